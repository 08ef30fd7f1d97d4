"""The request handler of the local server: it reads HTTP requests and sends recorded answers."""

from __future__ import annotations

import itertools
import json
import math
import re
import time
import uuid
from collections.abc import Iterator
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import urlsplit

from ..providers.trace import SCRIPTED
from ..recordings.format import question_in
from . import origins
from .faults import PAGE, Piece, played
from .loopback import Loopback
from .network import Do, Line, chunk
from .pace import Pace
from .script import as_chat, frame, perform, response
from .strict import (
    MAX_BODY,
    NOT_JSON,
    RATE_LIMITED,
    RETIRED,
    TOO_LARGE,
    UNKNOWN_PREVIOUS,
    Refusal,
    refusal,
)

_ASK = ("/v1/responses", "/v1/agent")
_CHAT = ("/chat/completions", "/v1/chat/completions")
_MODELS = ("/v1/models",)

# Values of the Host header. Full names only: anyone can own a domain like "127.example.com".
_LOOPBACK = re.compile(r"(localhost|127\.0\.0\.1|\[::1\])(:\d+)?", re.IGNORECASE)

# The limits of the service's lowest tier, as if each request were the first of its minute. This
# server has no limit, but a client may expect the headers.
_RATE_LIMIT = {"limit": "50", "remaining": "49", "reset": "60", "used": "1"}

_PIECE = 64 * 1024

_NOT_ASKED = Refusal(400, "invalid_request", "a browser sends its origin with OPTIONS")


class Handler(BaseHTTPRequestHandler):
    """The handler of the requests of one connection.

    The request's headers are neither kept nor printed, because they contain the key.
    """

    server: Loopback
    protocol_version = "HTTP/1.1"
    server_version = "pplx-widget"
    sys_version = ""
    # Seconds after which an idle connection, or one to a client that does not read, is closed.
    timeout = 60.0
    # A delta is smaller than a packet: send it at once instead of waiting for more data.
    disable_nagle_algorithm = True

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

    def do_GET(self) -> None:
        """Answer ``GET /v1/models``."""
        self._line.begin(self.server.network)
        if unwelcome := self._unwelcome():
            self._refuse(unwelcome)
        elif self._route() in _MODELS:
            models = [{"id": "local/scripted-sample", "object": "model", "owned_by": "local"}]
            self._send_json(HTTPStatus.OK, {"object": "list", "data": models})
        else:
            self._refuse(_not_found(self._route()))

    def do_OPTIONS(self) -> None:
        """Answer a browser's question whether a page may send a request."""
        self._line.begin(self.server.network)
        if (unwelcome := self._unwelcome()) or not self.headers.get("Origin"):
            self._refuse(unwelcome or _NOT_ASKED)
            return
        self.send_response(HTTPStatus.NO_CONTENT)
        for name, value in origins.preflight(dict(self.headers)):
            self.send_header(name, value)
        self._send_permission()
        self.end_headers()

    def do_POST(self) -> None:
        """Answer a question with a sample, or refuse it as the service would."""
        content = self._read_body()
        if content is None:
            return
        parsed = _json_object(content)
        body = parsed or {}
        self._line.begin(self.server.network)
        if unwelcome := self._unwelcome():
            self._refuse(unwelcome)
        elif refused := self._refusal(parsed):
            self._refuse(refused)
        elif not self.server.knows(body.get("previous_response_id")):
            self._refuse(UNKNOWN_PREVIOUS)
        elif self.server.fault == "429" and (seconds := self.server.rate_limit.wait()):
            self._refuse(RATE_LIMITED, retry_after=math.ceil(seconds))
        elif self.server.fault == "html":
            self._send(HTTPStatus.OK, "text/html; charset=utf-8", PAGE)
        else:
            self._answer(body)

    def _refusal(self, body: dict[str, Any] | None) -> Refusal | None:
        """Return the reason to refuse a question, or None."""
        library, route = self.server.library, self._route()
        # The service retired chat completions; a recording is served in both API formats.
        chat = route in _CHAT
        if chat and not library.strict:
            return RETIRED
        if not chat and route not in _ASK:
            return _not_found(route)
        if body is None:
            return NOT_JSON
        if chat and not question_in(body.get("messages")):
            return Refusal(400, "invalid_request", "messages is required", "messages")
        return (None if chat else refusal(body)) or library.refusal(_question(body))

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer an unreadable request with a JSON error, like every other refusal."""
        del explain
        self.close_connection = True
        self._refuse(Refusal(int(code), "invalid_request", message or HTTPStatus(code).phrase))

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the parent's name)
        """Print the access log if the server is verbose."""
        if self.server.verbose:
            super().log_message(format, *args)

    def _answer(self, body: dict[str, Any]) -> None:
        question = _question(body)
        exchange, exact = self.server.library.nearest(question)
        self._scripted = exchange.scripted
        with self.server.serving(body) as served:
            pace = Pace(self._line, self.server.speed)
            if self._route() in _CHAT:
                stream, whole = as_chat(
                    self.server.library.as_recorded(exchange), served.response_id
                )
            else:
                name = served.response_id
                said = perform(exchange, question, exact=exact, response_id=name)
                stream = [(event.t, frame(event)) for event in said]
                whole = response(exchange, question, exact=exact, response_id=name)
            if body.get("stream"):
                self._stream(stream, pace)
            else:
                self._whole([(exchange.duration, json.dumps(whole).encode())], pace)

    def _stream(self, pieces: list[Piece], pace: Pace) -> None:
        self.send_response(HTTPStatus.OK)
        self._send_common_headers("text/event-stream; charset=utf-8")
        self.send_header("Cache-Control", "no-cache")
        if self._scripted:
            self.send_header(SCRIPTED, "true")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for data in self._due(pieces, pace):
            self.wfile.write(chunk(data))
        self.wfile.write(chunk(b""))

    def _whole(self, pieces: list[Piece], pace: Pace) -> None:
        """Send the complete answer at the time of its last event."""
        # With a fault, the body may not match the announced Content-Length.
        self.close_connection |= self.server.fault is not None
        steps = self._due(pieces, pace)
        first = next(steps)  # waits until it is due, so that the head is not sent earlier
        said = {SCRIPTED: "true"} if self._scripted else {}
        size = sum(len(data) for _, data in pieces)
        self._send_head(HTTPStatus.OK, "application/json", size, **said)
        for data in itertools.chain([first], steps):
            self.wfile.write(data)

    def _due(self, pieces: list[Piece], pace: Pace) -> Iterator[bytes]:
        """Yield each piece of an answer when it is due, and perform the steps of the fault."""
        for step in played(self.server.fault, pieces):
            match step:
                case Do():
                    self._line.do(step)
                case float():
                    self._line.wait(time.monotonic() + step)
                case (t, data):
                    pace.until(t)
                    yield data

    def _route(self) -> str:
        return urlsplit(self.path).path.rstrip("/")

    def _unwelcome(self) -> Refusal | None:
        """Return the reason to refuse a request that may come from a web page, or None.

        A web page can make the browser send requests to this machine: through a host name that
        resolves to 127.0.0.1 (DNS rebinding), or across origins. Other programs do neither. One origin
        can be allowed.
        """
        if not _LOOPBACK.fullmatch(self.headers.get("Host", "")):
            return Refusal(403, "forbidden_host", "this server answers to loopback addresses only")
        if not origins.welcome(self.headers.get_all("Origin", []), self.server.origin):
            allowed = self.server.origin
            but = (
                f"answers to pages of {allowed} only" if allowed else "does not answer to web pages"
            )
            return Refusal(403, "forbidden_origin", f"this server {but}")
        return None

    def _send_permission(self) -> None:
        headers = getattr(self, "headers", None)  # none yet if the request could not be read
        sent = headers.get_all("Origin", []) if headers else []
        if sent and self.server.origin and origins.welcome(sent, self.server.origin):
            for name, value in origins.permission(self.server.origin):
                self.send_header(name, value)

    def _read_body(self) -> bytes | None:
        """Return the body, or None if it is refused; the refusal has been sent then."""
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit()):
            self.send_error(HTTPStatus.LENGTH_REQUIRED)
            return None
        if int(length) <= MAX_BODY:
            return self.rfile.read(int(length))
        self.close_connection = True
        self._refuse(TOO_LARGE)
        # Closing a connection with unread data resets it, and the client could lose the refusal:
        # read and discard some more data first.
        unread = min(int(length), 4 * MAX_BODY)
        while unread > 0 and (piece := self.rfile.read(min(unread, _PIECE))):
            unread -= len(piece)
        return None

    def _refuse(self, refused: Refusal, **headers: object) -> None:
        self._send_json(refused.status, refused.body, **headers)

    def _send_json(self, status: int, body: dict[str, Any], **headers: object) -> None:
        self._send(status, "application/json", json.dumps(body).encode(), **headers)

    def _send(self, status: int, content_type: str, content: bytes, **headers: object) -> None:
        self._send_head(status, content_type, len(content), **headers)
        self.wfile.write(content)

    def _send_head(self, status: int, content_type: str, length: int, **headers: object) -> None:
        self.send_response(status)
        self._send_common_headers(content_type)
        self.send_header("Content-Length", str(length))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), str(value))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()

    def _send_common_headers(self, content_type: str) -> None:
        self.send_header("Content-Type", content_type)
        self.send_header("x-request-id", str(uuid.uuid4()))
        for name, value in _RATE_LIMIT.items():
            self.send_header(f"x-ratelimit-{name}", value)
        self._send_permission()


def _question(body: dict[str, Any]) -> str:
    return question_in(body.get("input", body.get("messages")))


def _not_found(path: str) -> Refusal:
    return Refusal(404, "not_found", f"there is nothing at {path[:200] or '/'}")


def _json_object(content: bytes) -> dict[str, Any] | None:
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, dict) else None
