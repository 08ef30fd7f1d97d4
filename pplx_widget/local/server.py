"""A loopback server that speaks the service's API and answers with recorded samples.

Nothing here reaches the network and no key is needed, so a demonstration, a lesson and a test
behave the same on every machine. What a client sees is the service's: frames at their recorded
times, strict bodies, its error answers.
"""

from __future__ import annotations

import logging
import os
import socket
import socketserver
import sys
import threading
import time
import uuid
from collections import deque
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Literal, Self

from pplx_widget.errors import PplxError

from .handler import Handler
from .library import Library, samples

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

_log = logging.getLogger("pplx_widget")

_ADDRESS = "127.0.0.1"
_REMEMBERED = 1000  # exchanges in the log
_PATIENCE = 2.0  # seconds for the connections to end when the server closes


class ServerError(PplxError):
    """The local server cannot run."""

    kind = "local-server"


@dataclass(slots=True)
class Served:
    """One question to the local server and how answering it ended.

    Attributes
    ----------
    body : dict
        The body of the request. Headers are not kept.
    response_id : str
        The id that the answer went by.
    started : float
        Unix time in seconds.
    ended : float or None
        Unix time in seconds; None while the answer is on its way.
    outcome : {"complete", "closed by client", "closed by server", "failed"} or None
        How it ended; None while it is on its way.
    """

    body: dict[str, Any]
    response_id: str = field(default_factory=lambda: f"resp_{uuid.uuid4()}")
    started: float = field(default_factory=time.time)
    ended: float | None = None
    outcome: Literal["complete", "closed by client", "closed by server", "failed"] | None = None
    _over: threading.Event = field(default_factory=threading.Event, repr=False)

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for the end, ``timeout`` seconds at most, and return whether it has come."""
        return self._over.wait(timeout)


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

    Raises
    ------
    ValueError
        If the speed is negative or the port none.

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
    ) -> None:
        if not 0 <= speed < float("inf"):
            raise ValueError(f"speed is 0 or more, not {speed!r}")
        if not 0 <= port <= 65535:  # noqa: PLR2004 (the highest port)
            raise ValueError(f"port is from 0 to 65535, not {port!r}")
        self._port = port
        self._served: deque[Served] = deque(maxlen=_REMEMBERED)
        self._make = lambda: Loopback(
            port, speed, library or samples(), self._served, verbose=verbose
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
        return f"http://{_ADDRESS}:{server.server_address[1]}/v1"

    @property
    def exchanges(self) -> tuple[Served, ...]:
        """The questions that were answered or are being answered, oldest first; the last 1000."""
        return tuple(self._served)

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
                        f"Port {self._port} on {_ADDRESS} cannot be used.",
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

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class Loopback(ThreadingHTTPServer):
    """The listening socket, its open connections and the log: what a `Handler` gets to see."""

    daemon_threads = True
    request_queue_size = 128
    # On Windows the option lets two programs listen on one port.
    allow_reuse_address = os.name != "nt"

    def __init__(
        self, port: int, speed: float, library: Library, log: deque[Served], *, verbose: bool
    ) -> None:
        self.speed = speed
        self.library = library
        self.verbose = verbose
        self._log = log
        self._open: set[socket.socket] = set()
        self._changed = threading.Condition()
        self._ending = False
        super().__init__((_ADDRESS, port), Handler)

    def server_bind(self) -> None:
        """Bind, without the parent's reverse look-up of the address: offline that may take long."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = _ADDRESS, self.server_address[1]

    def knows(self, response_id: Any) -> bool:
        """Return whether a conversation can go on from a response; None is a fresh start."""
        return response_id is None or any(s.response_id == response_id for s in tuple(self._log))

    @contextmanager
    def serving(self, body: dict[str, Any]) -> Iterator[Served]:
        """Keep the log of one answer, however it ends.

        Raises
        ------
        OSError
            What ended it, where the connection did.
        """
        served = Served(body)
        self._log.append(served)
        served_as: Literal["complete", "closed by client", "closed by server", "failed"] = "failed"
        try:
            yield served
            served_as = "complete"
        except OSError:  # also the timeout of a client that does not read
            served_as = "closed by server" if self._ending else "closed by client"
            raise
        finally:
            served.outcome, served.ended = served_as, time.time()
            served._over.set()  # noqa: SLF001 (the log and its entries are one thing)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serve a connection and know of it for as long as it lasts."""
        with self._changed:
            self._open.add(request)
        try:
            super().process_request_thread(request, client_address)
        finally:
            with self._changed:
                self._open.discard(request)
                self._changed.notify_all()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Log what went wrong in a handler; the parent would print it to stderr."""
        del request, client_address
        if not isinstance(sys.exception(), OSError):
            _log.error("the local server failed at a request", exc_info=True)

    def end(self) -> None:
        """Stop listening, hang up, and wait until the handlers have noticed."""
        self._ending = True
        self.shutdown()
        self.server_close()
        with self._changed:
            for connection in self._open:
                with suppress(OSError):  # closed by the client in this moment
                    connection.shutdown(socket.SHUT_RDWR)
            self._changed.wait_for(lambda: not self._open, timeout=_PATIENCE)
