"""A loopback server on bare sockets, which can misbehave in every way.

It plays one answer for each request, and repeats the last one. An answer is a list of steps:

================ ==================================================================================
bytes            are sent unchanged, in one segment
float            pauses for as many seconds
threading.Event  pauses until it is set
an iterator      sends its bytes until the client leaves
``STALL``        sends nothing more, and keeps the connection until the client leaves
``CLOSE``        closes the connection normally (FIN)
``RESET``        resets the connection (RST)
================ ==================================================================================

After an answer without ``CLOSE`` or ``RESET`` the connection waits for the next request.
"""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Self, TypeAlias

from pplx_widget.server.network import Do, chunk, tear_down

from .sockets import readable

STALL, CLOSE, RESET = Do
Step: TypeAlias = bytes | float | threading.Event | Iterator[bytes] | Do
Answer: TypeAlias = list[Step]

_TLS_HANDSHAKE = b"\x16"


# ---- answers ----------------------------------------------------------------------------------------


def head(status: int = 200, kind: str = "text/event-stream", **headers: str) -> bytes:
    """Return the status line and headers; ``retry_after="7"`` becomes ``Retry-After: 7``."""
    lines = [f"HTTP/1.1 {status} Whatever"]
    if kind:
        lines.append(f"Content-Type: {kind}")
    lines += [f"{name.title().replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "\r\n"]).encode()


def stream(*steps: Step, whole: bool = True, **headers: str) -> Answer:
    """Return a chunked stream, one chunk for each bytes; without the last, empty one if not ``whole``."""
    chunks = [chunk(step) if isinstance(step, bytes) else step for step in steps]
    begin = head(transfer_encoding="chunked", **headers)
    return [begin, *chunks, *([chunk(b"")] if whole else [])]


def reply(status: int, body: bytes = b"", kind: str = "text/html", **headers: str) -> Answer:
    """Return an answer in one piece."""
    return [head(status, kind, content_length=str(len(body)), **headers) + body]


# ---- the server -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Asked:
    """A received request.

    ``at`` is a time of the monotonic clock; ``connection`` counts from 0.
    """

    at: float
    connection: int
    line: str
    headers: dict[str, str]
    body: dict[str, Any]


class _Left(Exception):
    """The client closed its end."""


class FaultServer:
    """Plays answers on 127.0.0.1.

    ``certificate`` is the path of a PEM file with key and certificate, and turns TLS on. ``requests``
    holds the requests since the last `play`.
    """

    def __init__(self, certificate: str | None = None) -> None:
        self.requests: list[Asked] = []
        self._answers: list[Answer] = [[CLOSE]]
        self._changed = threading.Condition()
        self._open: set[int] = set()
        self._busy: set[int] = set()  # connections with a request in progress
        self._sockets: set[socket.socket] = set()
        self._scheme = "https" if certificate else "http"
        self._tls = None
        if certificate:
            self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._tls.load_cert_chain(certificate)

    def url(self, scheme: str = "") -> str:
        """Return the base URL; ``scheme`` replaces the scheme that the server speaks."""
        return f"{scheme or self._scheme}://127.0.0.1:{self._port}/v1"

    def play(self, *answers: Iterable[Step]) -> None:
        """Set the answers to the next requests, and forget the previous requests."""
        with self._changed:
            self._answers = [list(answer) for answer in answers]
            self.requests = []

    def wait_for_requests(self, count: int, timeout: float = 10) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: len(self.requests) >= count, timeout)

    def wait_until_idle(self, timeout: float = 10) -> bool:
        """Wait until every connection is closed or waits for a request."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._busy, timeout)

    @property
    def open(self) -> int:
        """The number of open connections."""
        with self._changed:
            return len(self._open)

    # ---- a connection -------------------------------------------------------------------------------

    def _serve(self, client: socket.socket, number: int) -> None:
        try:
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._tls:
                client = self._wrapped(client, self._tls)
                client.do_handshake()
            while True:
                self._wait_for_request(client, number)
                self._answer(client, number)
        except (OSError, _Left):
            pass
        finally:
            with self._changed:
                self._sockets.discard(client)
                client.close()
                self._open.discard(number)
                self._busy.discard(number)
                self._changed.notify_all()

    def _wrapped(self, client: socket.socket, tls: ssl.SSLContext) -> ssl.SSLSocket:
        wrapped = tls.wrap_socket(client, server_side=True, do_handshake_on_connect=False)
        with self._changed:
            self._sockets ^= {client, wrapped}
        return wrapped

    def _wait_for_request(self, client: socket.socket, number: int) -> None:
        with self._changed:
            self._busy.discard(number)
            self._changed.notify_all()
        # `select` does not see data that TLS has already decrypted.
        if not (isinstance(client, ssl.SSLSocket) and client.pending()):
            readable(client)
        with self._changed:
            self._busy.add(number)

    def _answer(self, client: socket.socket, number: int) -> None:
        data = b""
        while b"\r\n\r\n" not in data:
            data += _received(client)
            if data.startswith(_TLS_HANDSHAKE):  # as web servers reply to TLS on a plain port
                client.sendall(reply(400)[0])  # type: ignore[arg-type]
                raise _Left
        top, _, body = data.partition(b"\r\n\r\n")
        line, *fields = top.decode().split("\r\n")
        headers = {name.lower(): value for name, value in (f.split(": ", 1) for f in fields)}
        while len(body) < int(headers.get("content-length", 0)):
            body += _received(client)
        asked = Asked(time.monotonic(), number, line, headers, json.loads(body or b"{}"))
        with self._changed:
            answer = self._answers[min(len(self.requests), len(self._answers) - 1)]
            self.requests.append(asked)
            self._changed.notify_all()
        for step in answer:
            _do(client, step)

    # ---- the life of the server ---------------------------------------------------------------------

    def _accept(self) -> None:
        number = 0
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            with self._changed:
                self._sockets.add(client)
                self._open.add(number)
                self._busy.add(number)
            _thread(self._serve, client, number)
            number += 1

    def __enter__(self) -> Self:
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=128)
        self._port = self._listening.getsockname()[1]
        self._thread = _thread(self._accept)
        return self

    def __exit__(self, *_exc: object) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listening.close()
        with self._changed:
            for client in self._sockets:
                with contextlib.suppress(OSError):
                    client.shutdown(socket.SHUT_RDWR)
            self._changed.wait_for(lambda: not self._open, 10)


def _received(client: socket.socket) -> bytes:
    data = client.recv(65_536)
    if not data:
        raise _Left
    return data


def _do(client: socket.socket, step: Step) -> None:
    match step:
        case bytes():
            client.sendall(step)
        case float():
            _wait(client, step)
        case threading.Event():
            while not step.is_set():
                _wait(client, 0.01)
        case Do.STALL:
            _wait(client, None)
        case Do.RESET:
            tear_down(client)
            raise _Left
        case Do.CLOSE:
            raise _Left
        case _:
            for data in step:
                client.sendall(data)


def _wait(client: socket.socket, seconds: float | None) -> None:
    # In the middle of an answer the client sends nothing: if it is readable, it has closed.
    if readable(client, seconds):
        raise _Left


def _thread(work: Any, *arguments: Any) -> threading.Thread:
    thread = threading.Thread(target=work, args=arguments, name="fault server", daemon=True)
    thread.start()
    return thread
