"""A loopback server that speaks the service's API and answers with recorded samples.

Nothing here reaches the network and no key is needed, so a demonstration, a lesson and a test
behave the same on every machine. What a client sees is the service's: frames at their recorded
times, strict bodies, its error answers.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import Self

from ..core.errors import PplxError
from .faults import Fault, known
from .handler import Handler
from .library import Library, samples
from .loopback import ADDRESS, Loopback, Served
from .network import PERFECT, Network

_REMEMBERED = 1000  # exchanges in the log


class ServerError(PplxError):
    """The local server cannot run."""

    kind = "local-server"


class LocalServer:
    """The service's stand-in on this machine.

    Parameters
    ----------
    port : int, optional
        TCP port on 127.0.0.1; 0 takes a free one.
    speed : float, optional
        How much faster than recorded the answers come: 2 is twice as fast, 0 does not wait at all.
    library : Library, optional
        What to answer with; the shipped samples by default.
    verbose : bool, optional
        Whether to print an access log to stderr.
    network : Network, optional
        What stands between this server and its clients; nothing by default.
    fault : str, optional
        What goes wrong with every answer: one of `FAULTS`.

    Raises
    ------
    ValueError
        If the speed is negative, the port none, or the fault unknown.

    Examples
    --------
    >>> with LocalServer(speed=0) as server:
    ...     server.base_url.startswith("http://127.0.0.1:")
    True
    """

    def __init__(
        self,
        *,
        port: int = 0,
        speed: float = 1.0,
        library: Library | None = None,
        verbose: bool = False,
        network: Network = PERFECT,
        fault: str | None = None,
    ) -> None:
        if not 0 <= speed < float("inf"):
            raise ValueError(f"speed is 0 or more, not {speed!r}")
        if not 0 <= port <= 65535:  # noqa: PLR2004 (the highest port)
            raise ValueError(f"port is from 0 to 65535, not {port!r}")
        self._port = port
        self._network, self._fault = network, known(fault)
        self._served: deque[Served] = deque(maxlen=_REMEMBERED)
        self._make = lambda: Loopback(
            Handler,
            port,
            speed=speed,
            library=library or samples(),
            log=self._served,
            verbose=verbose,
            network=self._network,
            fault=self._fault,
        )
        self._server: Loopback | None = None
        self._lock = threading.Lock()

    @property
    def base_url(self) -> str:
        """Where to ask, ``/v1`` included.

        Raises
        ------
        ServerError
            If the server does not run.
        """
        server = self._server
        if server is None:
            raise ServerError(
                "The local server does not run.",
                "It has not been started, or it was closed.",
                "Use it in a `with` block, or call `start()`.",
            )
        return f"http://{ADDRESS}:{server.server_address[1]}/v1"

    @property
    def exchanges(self) -> tuple[Served, ...]:
        """The questions that were answered or are being answered, oldest first; the last 1000."""
        return tuple(self._served)

    @property
    def network(self) -> Network:
        """What stands between; another one counts from the next answer on."""
        return self._network

    @network.setter
    def network(self, network: Network) -> None:
        self._network = network
        if self._server:
            self._server.network = network

    @property
    def fault(self) -> Fault | None:
        """What goes wrong; another one counts from the next answer on, None is nothing."""
        return self._fault

    @fault.setter
    def fault(self, fault: str | None) -> None:
        self._fault = known(fault)
        if self._server:
            self._server.fault = self._fault

    def start(self) -> Self:
        """Listen, on a thread of its own; where it listens already, nothing happens.

        Raises
        ------
        ServerError
            If the port is taken.
        RecordingError
            If the samples are missing or damaged.
        """
        with self._lock:
            if self._server is None:
                try:
                    server = self._make()
                except OSError as error:
                    raise ServerError(
                        f"Port {self._port} on {ADDRESS} cannot be used.",
                        f"{error.strerror or error}.",
                        "Choose another one; 0 takes any that is free.",
                    ) from error
                # Closing waits for one round of this poll.
                loop = threading.Thread(
                    target=server.serve_forever, args=(0.05,), name="pplx-local", daemon=True
                )
                loop.start()
                self._server = server
        return self

    def close(self) -> None:
        """Stop listening and end the answers on their way; closing twice does nothing."""
        with self._lock:
            server, self._server = self._server, None
            if server is not None:
                server.end()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_exc: object) -> None:
        self.close()
