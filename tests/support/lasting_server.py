"""A loopback service whose runs go on without a reader: streams that are cut, taken up and cancelled."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

from .sockets import readable

Json = dict[str, Any]

ID = "resp_1"


def run(*words: str, item: str = "msg_1", **fields: Any) -> list[Json]:
    """Return the events of a run that says these words, numbered with gaps."""
    events: list[Json] = [{"type": "response.created", "response": stored((), "in_progress")}]
    events += [
        {
            "type": "response.output_text.delta",
            "item_id": item,
            "output_index": 0,
            "content_index": 0,
            "delta": word,
        }
        for word in words
    ]
    last = {"type": "response.completed", "response": stored(words, item=item) | fields}
    return [e | {"sequence_number": 3 * n} for n, e in enumerate([*events, last])]


def stored(words: tuple[str, ...], status: str = "completed", *, item: str = "msg_1") -> Json:
    """Return the response as a GET returns it."""
    said = [{"type": "output_text", "text": "".join(words)}]
    message = {"type": "message", "id": item, "role": "assistant", "content": said}
    return {
        "id": ID,
        "object": "response",
        "status": status,
        "model": "some/model",
        "output": [message] if words else [],
        "usage": {"input_tokens": 1, "output_tokens": 2, "total_tokens": 3},
    }


class Says:
    """What the service does with one request.

    Parameters
    ----------
    *sent : dict, bytes or threading.Event
        Events or bytes to send, and gates to wait for.
    status : int
        The HTTP status.
    whole : object
        A JSON body, in place of events.
    cut : bool
        Whether the connection is reset at the end.
    """

    def __init__(self, *sent: Any, status: int = 200, whole: Any = None, cut: bool = False) -> None:
        self.sent, self.status, self.whole, self.cut = sent, status, whole, cut


class LastingServer:
    """Answers requests with the given `Says`, by method; the last one of each is repeated."""

    def __init__(self) -> None:
        self.says: dict[str, list[Says]] = {"ask": [], "stream": [], "poll": [], "cancel": []}
        self.asked: list[tuple[str, Json]] = []
        self.headers: list[dict[str, str]] = []
        self.heard = threading.Condition()
        self.cancelled = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                body = json.loads(self.rfile.read(length) or b"null")
                kind = "cancel" if self.path.endswith("/cancel") else "ask"
                outer.answer(self, kind, {"path": self.path, "body": body})

            def do_GET(self) -> None:
                query = dict(parse_qsl(urlsplit(self.path).query))
                kind = "stream" if "stream" in query else "poll"
                outer.answer(self, kind, query | {"path": urlsplit(self.path).path})

            def log_message(self, *_args: Any) -> None:
                """Log nothing."""

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_port}/v1"

    @property
    def kinds(self) -> list[str]:
        """The kinds of the requests so far."""
        return [kind for kind, _ in self.asked]

    def wait_for(self, enough: Callable[[], bool]) -> None:
        """Wait until the requests so far satisfy a condition."""
        with self.heard:
            assert self.heard.wait_for(enough, 30), self.asked

    def answer(self, handler: BaseHTTPRequestHandler, kind: str, request: Json) -> None:
        with self.heard:
            self.asked.append((kind, request))
            self.headers.append({k.lower(): v for k, v in handler.headers.items()})
            if kind == "cancel":
                self.cancelled.set()
            says = self.says[kind]
            do = says.pop(0) if len(says) > 1 else (says[0] if says else Says(status=404, whole={}))
            self.heard.notify_all()
        handler.close_connection = True
        with contextlib.suppress(OSError):  # the client hung up
            self._send(handler, do)

    @staticmethod
    def _send(handler: BaseHTTPRequestHandler, do: Says) -> None:
        for gate in (g for g in do.sent[:1] if isinstance(g, threading.Event)):
            _wait(handler, gate)
        handler.send_response(do.status)
        handler.send_header("Connection", "close")
        if do.whole is not None:
            body = json.dumps(do.whole).encode()
            handler.send_header("Content-Type", "application/json")
            handler.send_header("Content-Length", str(len(body)))
            handler.end_headers()
            handler.wfile.write(body)
            return
        handler.send_header("Content-Type", "text/event-stream")
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        for piece in do.sent:
            if isinstance(piece, threading.Event):
                _wait(handler, piece)
                continue
            data = piece if isinstance(piece, bytes) else f"data: {json.dumps(piece)}\n\n".encode()
            handler.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        if not do.cut:
            handler.wfile.write(b"0\r\n\r\n")

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


def _wait(handler: BaseHTTPRequestHandler, gate: threading.Event) -> None:
    while not gate.wait(0.01):
        if readable(handler.connection, 0):
            raise ConnectionAbortedError
