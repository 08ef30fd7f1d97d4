"""Sends the answers of the local server: whole, as a stream, or refused."""

from __future__ import annotations

import json
import math
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import Any

from ..providers._limits import UNLIMITED
from ..providers.trace import SCRIPTED
from . import origins
from .faults import Piece, played
from .loopback import Loopback
from .network import Do, Line, chunk
from .strict import Refusal


class Replies(BaseHTTPRequestHandler):
    """The part of a handler that sends answers and refusals.

    The request's headers are neither kept nor printed, because they contain the key.
    """

    server: Loopback
    protocol_version = "HTTP/1.1"
    # Seconds after which an idle connection, or one to a client that does not read, is closed.
    timeout = 60.0
    # A delta is smaller than a packet: send it at once instead of waiting for more data.
    disable_nagle_algorithm = True

    def version_string(self) -> str:
        """Return the name of the server, from which our clients know whether the limit is real."""
        return "pplx-widget limited" if self.server.limit.real else UNLIMITED

    def setup(self) -> None:
        """Accept the connection and send all output through a `Line`."""
        super().setup()
        if idle := self.server.network.sever_idle:  # between two requests, too
            self.connection.settimeout(min(self.timeout, idle))
        self.wfile = self._line = Line(self.connection)

    def handle(self) -> None:
        """Answer requests until the client disconnects; a disconnect is never an error."""
        with suppress(ConnectionError):
            super().handle()

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer an unreadable request with a JSON error, like every other refusal."""
        del explain
        self.close_connection = True
        self._refuse(Refusal(int(code), "invalid_request", message or HTTPStatus(code).phrase))

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the parent's name)
        """Print the access log if the server is verbose."""
        if self.server.verbose:
            super().log_message(format, *args)

    def _stream(self, frames: Iterator[bytes], *, scripted: bool) -> None:
        """Send the frames of an answer as they come."""
        self.send_response(HTTPStatus.OK)
        self._send_common_headers("text/event-stream; charset=utf-8")
        self.send_header("Cache-Control", "no-cache")
        if scripted:
            self.send_header(SCRIPTED, "true")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for data in filter(None, frames):  # an empty chunk would end the answer
            self.wfile.write(chunk(data))
        self.wfile.write(chunk(b""))

    def _whole(self, response: dict[str, Any], *, scripted: bool) -> None:
        """Send a complete answer."""
        # With a fault, the body may not match the announced Content-Length.
        self.close_connection |= self.server.fault is not None
        content = json.dumps(response).encode()
        self._send_head(HTTPStatus.OK, "application/json", len(content), scripted=scripted)
        for data in self._due([(0.0, content)], lambda _: True):
            self.wfile.write(data)

    def _due(
        self, pieces: list[Piece], until: Callable[[float], bool], *, faulty: bool = True
    ) -> Iterator[bytes]:
        """Yield each piece of an answer when it is due, and perform the steps of the fault."""
        for step in played(self.server.fault if faulty else None, pieces):
            match step:
                case Do():
                    self._line.do(step)
                case float():
                    self._line.wait(time.monotonic() + step)
                case (t, data):
                    if not until(t):
                        return
                    yield data

    def _refuse(self, refused: Refusal, *, wait: float = 0.0) -> None:
        """Send an error; ``wait`` has the seconds until the question may be asked again."""
        content = json.dumps(refused.body).encode()
        self._send(refused.status, "application/json", content, wait=wait)

    def _send_json(self, body: dict[str, Any]) -> None:
        self._send(HTTPStatus.OK, "application/json", json.dumps(body).encode())

    def _send(self, status: int, content_type: str, content: bytes, *, wait: float = 0.0) -> None:
        self._send_head(status, content_type, len(content), wait=wait)
        if self.command != "HEAD":
            self.wfile.write(content)

    def _send_head(
        self,
        status: int,
        content_type: str,
        length: int,
        *,
        wait: float = 0.0,
        scripted: bool = False,
    ) -> None:
        self.send_response(status)
        self._send_common_headers(content_type, wait)
        self.send_header("Content-Length", str(length))
        if wait:
            self.send_header("Retry-After", str(math.ceil(wait)))
        if scripted:
            self.send_header(SCRIPTED, "true")
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()

    def _send_common_headers(self, content_type: str, wait: float = 0.0) -> None:
        self.send_header("Content-Type", content_type)
        self.send_header("x-request-id", str(uuid.uuid4()))
        for name, value in self.server.limit.headers(wait).items():
            self.send_header(name, value)
        self._send_permission()

    def _send_permission(self) -> None:
        headers = getattr(self, "headers", None)  # none yet if the request could not be read
        sent = headers.get_all("Origin", []) if headers else []
        if sent and self.server.origin and origins.welcome(sent, self.server.origin):
            for name, value in origins.permission(self.server.origin):
                self.send_header(name, value)
