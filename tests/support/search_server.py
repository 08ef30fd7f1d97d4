"""A loopback server with the Search API, and with answers of the Agent API beside it."""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from .wire_server import CREATED, completed

Json = dict[str, Any]


def result(n: int, **fields: Any) -> Json:
    """Return a result."""
    return {
        "title": f"Page {n}",
        "url": f"https://site{n}.example/page",
        "snippet": f"Words of page {n}.",
        "date": "2026-11-02",
        "last_updated": None,
    } | fields


class SearchServer:
    """Answers ``POST /search`` with the given bodies; the last one is repeated."""

    def __init__(self) -> None:
        self.says: list[tuple[int, Any]] = [(200, {"id": "s1", "results": [result(1), result(2)]})]
        self.text = "Yes."
        self.asked: list[tuple[str, Json, dict[str, str]]] = []
        self.wait_for = 1  # the first response waits until so many requests have come
        self.before_first = 0  # the requests that had come then
        lock, outer = threading.Lock(), self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                head = {name.lower(): value for name, value in self.headers.items()}
                with lock:
                    outer.asked.append((self.path, body, head))
                    says = outer.says
                    searches = self.path.endswith("/search")
                    status, found = (
                        (says.pop(0) if len(says) > 1 else says[0]) if searches else (200, 0)
                    )
                while len(outer.asked) < outer.wait_for:
                    time.sleep(0.001)
                outer.before_first = outer.before_first or len(outer.asked)
                self.send_response(status)
                kind = "application/json" if searches else "text/event-stream"
                self.send_header("Content-Type", kind)
                self.end_headers()
                text = found if isinstance(found, bytes) else json.dumps(found).encode()
                self.wfile.write(text if searches else CREATED + completed(outer.text))

            def log_message(self, *_args: Any) -> None:
                """Log nothing."""

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_port}/v1"

    @property
    def bodies(self) -> list[Json]:
        """The bodies of the searches so far."""
        return [body for path, body, _ in self.asked if path.endswith("/search")]

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()
