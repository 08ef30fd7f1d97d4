"""A loopback HTTP server with the answers of a test, on real sockets."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import SHUT_RDWR, SO_REUSEADDR, SOL_SOCKET, socket
from typing import Any, Self

from .sockets import readable


def frame(**payload: Any) -> bytes:
    """Return the bytes of an event."""
    return f"event: {payload['type']}\ndata: {json.dumps(payload)}\n\n".encode()


def delta(text: str) -> bytes:
    return frame(
        type="response.output_text.delta",
        delta=text,
        item_id="msg_1",
        output_index=1,
        content_index=0,
    )


def results(*ids: int, query: str = "a query") -> list[bytes]:
    """Return a search with its results."""
    found = [
        {
            "id": i,
            "title": f"Title {i}",
            "url": f"https://example.org/{i}",
            "snippet": f"Snippet {i}.",
        }
        for i in ids
    ]
    return [
        frame(type="response.reasoning.search_queries", call_id=query, queries=[query]),
        frame(type="response.reasoning.search_results", call_id=query, results=found),
    ]


def completed(text: str = "", **fields: Any) -> bytes:
    message = {
        "type": "message",
        "id": "msg_1",
        "role": "assistant",
        "status": "completed",
        "content": [{"type": "output_text", "text": text, "annotations": []}],
    }
    response = {
        "id": "resp_1",
        "object": "response",
        "created_at": 0,
        "status": "completed",
        "model": "perplexity/test",
        "output": [message] if text else [],
        "usage": {
            "input_tokens": 10,
            "output_tokens": 20,
            "total_tokens": 30,
            "cost": {"total_cost": 0.005, "currency": "USD"},
        },
    }
    return frame(type="response.completed", response=response | fields)


CREATED = frame(
    type="response.created",
    response={"id": "resp_1", "object": "response", "created_at": 0, "model": "fast", "output": []},
)


def _hung_up(handler: BaseHTTPRequestHandler, seconds: float) -> bool:
    """Wait some seconds; return True at once if the client closes, since it sends nothing else."""
    return readable(handler.connection, seconds)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128  # with the default of 5, a sixth connection may be reset

    def __init__(self, address: tuple[str, int], handler: Any, bound: socket | None = None) -> None:
        super().__init__(address, handler, bind_and_activate=bound is None)
        self.connections: set[socket] = set()
        if bound is not None:
            self.socket.close()
            self.socket, self.server_port = bound, address[1]
            self.server_activate()

    def process_request(self, request: Any, client_address: Any) -> None:
        self.connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self.connections.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        """Close the connections that clients keep alive."""
        for connection in list(self.connections):
            with suppress(OSError):
                connection.shutdown(SHUT_RDWR)

    def handle_error(self, *_args: Any) -> None:
        """Ignore clients that hung up."""


class WireServer:
    """Answers every POST as set by `respond`, and remembers the requests.

    The pieces of a stream are bytes to send, and pauses: a `threading.Event`, or a number of seconds.
    """

    def __init__(self) -> None:
        self.requests: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.client_left = threading.Event()
        self.finished = threading.Event()
        self.connections: set[int] = set()  # the clients' ports
        # Called before each answer, with the number of earlier requests and the path.
        self.before: Callable[[int, str], object] = lambda _count, _path: None
        self._answer: tuple[int, dict[str, str], list[Any], bool] = (200, {}, [], True)
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                outer._handle(self)

            def log_message(self, *_args: Any) -> None:
                pass

        self._http = _Server(("127.0.0.1", 0), Handler)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_port}/v1"

    def respond(
        self,
        pieces: Iterable[bytes | threading.Event | float] | bytes,
        *,
        status: int = 200,
        headers: dict[str, str] | None = None,
        whole: bool = True,
    ) -> None:
        """Set the answer to all later requests; if not ``whole``, the connection is cut at the end."""
        sent = {"Content-Type": "text/event-stream; charset=utf-8"} | (headers or {})
        self._answer = (
            status,
            sent,
            [pieces] if isinstance(pieces, bytes) else list(pieces),
            whole,
        )

    def _handle(self, handler: BaseHTTPRequestHandler) -> None:
        length = int(handler.headers.get("Content-Length", 0))
        body = json.loads(handler.rfile.read(length))
        self.connections.add(handler.client_address[1])
        self.requests.append(body | {"path": handler.path})
        self.headers.append({k.lower(): v for k, v in handler.headers.items()})
        self.before(len(self.requests) - 1, handler.path)
        status, headers, pieces, whole = self._answer
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        try:
            for piece in pieces:
                if isinstance(piece, threading.Event):
                    self._wait(handler, piece)
                elif isinstance(piece, float):
                    if _hung_up(handler, piece):
                        raise ConnectionAbortedError
                elif piece:
                    handler.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            if whole:
                handler.wfile.write(b"0\r\n\r\n")
                self.finished.set()
            else:
                handler.close_connection = True
        except OSError:
            handler.close_connection = True
            self.client_left.set()

    @staticmethod
    def _wait(handler: BaseHTTPRequestHandler, gate: threading.Event) -> None:
        while not gate.wait(0.01):
            if _hung_up(handler, 0):
                raise ConnectionAbortedError

    def close_for_now(self) -> int:
        """Refuse connections from now on; return the port."""
        self._http.shutdown()
        self._http.server_close()
        # Bound but not listening: it refuses connections, and no other process can take the port.
        self._held = socket()
        self._held.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
        self._held.bind(self._http.server_address)
        return self._http.server_port

    def open_again(self) -> None:
        """Listen on the same port again."""
        self.__exit__()
        port = self._http.server_port
        self._http = _Server(("127.0.0.1", port), self._http.RequestHandlerClass, self._held)
        self.__enter__()

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._http.hang_up()
        self._thread.join()
