"""A loopback server that speaks the service's API and answers with recorded samples.

It needs no network and no key, so a demonstration, a lesson or a test behaves the same on every
machine. It imitates the service: frames arrive at their recorded times, and request bodies are
checked as strictly and refused with the same error responses.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import Self

from ..core import threads
from ..core.errors import PplxError
from . import origins
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
    """A local replacement for the service.

    Parameters
    ----------
    port : int, optional
        TCP port on 127.0.0.1; 0 takes a free port.
    speed : float, optional
        How much faster than recorded the answers arrive: 2 is twice as fast, 0 does not wait.
    library : Library, optional
        The answers; the shipped samples by default.
    verbose : bool, optional
        Whether to print an access log to stderr.
    network : Network, optional
        The simulated network between this server and its clients; a perfect one by default.
    fault : str, optional
        The fault of every answer: a name in `FAULTS`. No fault by default.
    rate : int, optional
        How many questions a second are answered; others are refused with status 429. All by default.
    allow_origin : str, optional
        The origin whose pages may ask too, such as ``"https://notebooks.example.org"``. By default no
        web page may.

    Raises
    ------
    ValueError
        If the speed is negative, the port or the rate is out of range, the fault is unknown, or the
        origin is not exactly one.

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
        rate: int | None = None,
        allow_origin: str | None = None,
    ) -> None:
        if not 0 <= speed < float("inf"):
            raise ValueError(f"speed must be 0 or more, not {speed!r}")
        if not 0 <= port <= 65535:  # noqa: PLR2004 (the highest port)
            raise ValueError(f"port must be from 0 to 65535, not {port!r}")
        if rate is not None and rate < 1:
            raise ValueError(f"rate must be 1 or more, not {rate!r}")
        origin = None if allow_origin is None else origins.checked(allow_origin)
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
            rate=rate,
            origin=origin,
        )
        self._server: Loopback | None = None
        self._lock = threading.Lock()

    @property
    def base_url(self) -> str:
        """The base URL of the server, including ``/v1``.

        Raises
        ------
        ServerError
            If the server is not running.
        """
        server = self._server
        if server is None:
            raise ServerError(
                "The local server is not running.",
                "It was not started, or it was closed.",
                "Use it in a `with` block, or call `start()`.",
            )
        return f"http://{ADDRESS}:{server.server_address[1]}/v1"

    @property
    def exchanges(self) -> tuple[Served, ...]:
        """The last 1000 questions, finished or in progress, oldest first."""
        return tuple(self._served)

    @property
    def network(self) -> Network:
        """The simulated network; a new value takes effect with the next answer."""
        return self._network

    @network.setter
    def network(self, network: Network) -> None:
        self._network = network
        if self._server:
            self._server.network = network

    @property
    def fault(self) -> Fault | None:
        """The fault, or None; a new value takes effect with the next answer."""
        return self._fault

    @fault.setter
    def fault(self, fault: str | None) -> None:
        self._fault = known(fault)
        if self._server:
            self._server.fault = self._fault

    def start(self) -> Self:
        """Start to listen, on a thread of its own; do nothing if the server is running.

        Raises
        ------
        ServerError
            If the port cannot be used, or this Python has no threads.
        RecordingError
            If the samples are missing or damaged.
        """
        if not threads.can_start():
            raise ServerError(
                "A local server cannot run here.",
                "This Python, in a browser, has neither threads nor sockets.",
                "Let the samples answer without a server: `pplx.configure(provider=pplx.Samples())`.",
            )
        with self._lock:
            if self._server is None:
                try:
                    server = self._make()
                except OSError as error:
                    raise ServerError(
                        f"Port {self._port} on {ADDRESS} cannot be used.",
                        f"{error.strerror or error}.",
                        "Choose another port, or 0 for any free port.",
                    ) from error
                # `close` waits for one round of this poll (in seconds).
                loop = threading.Thread(
                    target=server.serve_forever, args=(0.05,), name="pplx-local", daemon=True
                )
                loop.start()
                self._server = server
        return self

    def close(self) -> None:
        """Stop the server and end its unfinished answers; closing twice does nothing."""
        with self._lock:
            server, self._server = self._server, None
            if server is not None:
                server.end()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_exc: object) -> None:
        self.close()
