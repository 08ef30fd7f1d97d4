"""Serves the demo site on this machine."""

from __future__ import annotations

import functools
import http.server
import os
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serves the site's files."""

    extensions_map = {  # noqa: RUF012 (the parent's)
        **http.server.SimpleHTTPRequestHandler.extensions_map,
        ".js": "text/javascript",
        ".mjs": "text/javascript",
        ".wasm": "application/wasm",
        ".whl": "application/zip",
    }

    sent = 0
    """The bytes of all files that were sent."""

    def copyfile(self, source: Any, outputfile: Any) -> None:
        """Send a file, and count it."""
        Handler.sent += os.fstat(source.fileno()).st_size
        with suppress(ConnectionError):  # the page was closed
            super().copyfile(source, outputfile)

    def log_message(self, *_arguments: Any) -> None:
        """Print nothing."""


def server(folder: Path, port: int = 0) -> http.server.ThreadingHTTPServer:
    """Return a server of the site on this machine."""
    handler = functools.partial(Handler, directory=str(folder))
    return http.server.ThreadingHTTPServer(("127.0.0.1", port), handler)


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve the site, and yield its address."""
    with server(folder) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_address[1]}"
        running.shutdown()
