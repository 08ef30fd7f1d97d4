"""The listening socket of the local server, its open connections and its log."""

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
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal

from .faults import Fault, RateLimit
from .library import Library
from .limit import Limit
from .network import HungUp, Network, torn
from .stored import Run

_log = logging.getLogger("pplx_widget")

ADDRESS = "127.0.0.1"
_PATIENCE = 2.0  # seconds for the connections to end when the server closes


@dataclass(slots=True)
class Served:
    """The log entry of one question to the local server.

    Attributes
    ----------
    body : dict
        The body of the request. Headers are not kept.
    response_id : str
        The id of the answer.
    started : float
        Unix time in seconds.
    ended : float or None
        Unix time in seconds; None while the answer is being sent.
    outcome : {"complete", "closed by client", "closed by server", "failed"} or None
        How the answer ended; None while it is being sent.
    run : Run or None
        The answer itself, if it is one of the Agent API.
    """

    body: dict[str, Any]
    response_id: str = field(default_factory=lambda: f"resp_{uuid.uuid4()}")
    started: float = field(default_factory=time.time)
    ended: float | None = None
    outcome: Literal["complete", "closed by client", "closed by server", "failed"] | None = None
    run: Run | None = field(default=None, repr=False)
    _over: threading.Event = field(default_factory=threading.Event, repr=False)

    def wait(self, timeout: float | None = None) -> bool:
        """Wait at most ``timeout`` seconds for the end, and return whether the answer has ended."""
        return self._over.wait(timeout)


class Loopback(ThreadingHTTPServer):
    """A server that listens on 127.0.0.1 only, with the state that its request handlers need."""

    daemon_threads = True
    request_queue_size = 128
    # On Windows this option lets two programs listen on one port.
    allow_reuse_address = os.name != "nt"

    def __init__(
        self,
        handler: type[BaseHTTPRequestHandler],
        port: int,
        *,
        speed: float,
        library: Library,
        log: deque[Served],
        verbose: bool,
        network: Network,
        fault: Fault | None,
        rate: int | None = None,
        origin: str | None = None,
    ) -> None:
        self.speed = speed
        self.library = library
        self.verbose = verbose
        self.network = network
        self.fault = fault
        self.origin = origin
        self.rate_limit = RateLimit()
        self.limit = Limit(rate)
        self._log = log
        self._open: set[socket.socket] = set()
        self._changed = threading.Condition()
        self._ending = False
        super().__init__((ADDRESS, port), handler)

    def server_bind(self) -> None:
        """Bind without the parent's reverse DNS lookup, which can take long when offline."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = ADDRESS, self.server_address[1]

    def knows(self, response_id: Any) -> bool:
        """Return whether a conversation can continue from a response id; None starts a new one."""
        return response_id is None or any(s.response_id == response_id for s in tuple(self._log))

    def stored(self, response_id: str) -> Run | None:
        """Return an answer that was not asked for with ``store=false``, or None."""
        for served in tuple(self._log):
            if served.response_id == response_id and served.run and served.run.stored:
                return served.run
        return None

    @contextmanager
    def serving(self, body: dict[str, Any]) -> Iterator[Served]:
        """Log one answer and its outcome, also if it fails.

        Raises
        ------
        OSError
            If the connection ended before the answer was complete.
        """
        served = Served(body)
        self._log.append(served)
        served_as: Literal["complete", "closed by client", "closed by server", "failed"] = "failed"
        try:
            yield served
            served_as = "complete"
        except HungUp:
            served_as = "closed by server"
            raise
        except OSError:  # also the timeout of a client that does not read
            served_as = "closed by server" if self._ending else "closed by client"
            raise
        finally:
            served.outcome, served.ended = served_as, time.time()
            served._over.set()  # noqa: SLF001 (the class above belongs to this one)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serve a connection and list it as open while it lasts."""
        with self._changed:
            self._open.add(request)
        try:
            super().process_request_thread(request, client_address)
        finally:
            with self._changed:
                self._open.discard(request)
                self._changed.notify_all()

    def shutdown_request(self, request: Any) -> None:
        """Close a connection; if it is to be reset, skip the parent's orderly shutdown."""
        if torn(request):
            self.close_request(request)
        else:
            super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Log an exception in a handler; the parent would print it to stderr."""
        del request, client_address
        if not isinstance(sys.exception(), OSError):
            _log.error("The local server failed to handle a request.", exc_info=True)

    def end(self) -> None:
        """Stop listening, close all connections, and wait until their handlers have ended."""
        self._ending = True
        self.shutdown()
        self.server_close()
        with self._changed:
            for connection in self._open:
                with suppress(OSError):  # the client may close it at the same time
                    connection.shutdown(socket.SHUT_RDWR)
            self._changed.wait_for(lambda: not self._open, timeout=_PATIENCE)
