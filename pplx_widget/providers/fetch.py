"""HTTP by a page's own `fetch`, where Python runs in a browser and has no sockets (JupyterLite).

The browser connects, verifies certificates and decompresses. It sends a question only to servers that
allow the page, and asks each of them first, with the names of all unusual headers.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import sys
from collections.abc import AsyncIterator, Iterator
from types import ModuleType
from typing import Any

from ..config import Connection
from ._pool import verification

# Headers that the browser sets itself, or that a server may not allow a page to send. None is needed.
_LEFT_OUT = (
    "accept-encoding",
    "connection",
    "content-length",
    "host",
    "user-agent",
    "x-pplx-integration",
    "x-stainless-",
)

# `fetch` has decompressed the body already.
_OF_THE_PACKING = frozenset({"content-encoding", "content-length"})


class FetchFailed(ConnectionError):
    """The browser did not fetch: the server refused the page, or could not be reached.

    The browser does not tell which, so the server may have received the question.
    """

    origin = ""
    """The page's origin, which a server has to allow."""


class FetchRedirected(ConnectionError):
    """The server redirected, and a page cannot see where to."""


class FetchTimeout(TimeoutError):
    """The server sent nothing for longer than the read timeout."""


def by_fetch() -> bool:
    """Return whether HTTP goes by `fetch`, because this Python has no sockets."""
    return sys.platform == "emscripten"


def connecting(connection: Connection, client: type, **of_sockets: Any) -> dict[str, Any]:
    """Return the keywords with which an HTTP client connects.

    Parameters
    ----------
    connection : Connection
        The server.
    client : type
        The class of the client, of httpx or httpx2.
    **of_sockets
        Further keywords of a client that has sockets.
    """
    if not by_fetch():
        return {"verify": verification(connection), **of_sockets}
    # The SDK has a subclass of the library's class.
    base = next(each for each in client.__mro__ if each.__name__ == "AsyncClient")
    return {"transport": transport(importlib.import_module(base.__module__.partition(".")[0]))}


def transport(library: ModuleType) -> Any:
    """Return a transport for a client of httpx or httpx2."""

    class Body(library.AsyncByteStream):  # type: ignore[name-defined] # known when it runs
        def __init__(self, fetched: _Fetched) -> None:
            self._fetched = fetched

        async def __aiter__(self) -> AsyncIterator[bytes]:
            async for piece in self._fetched.pieces():
                yield piece

        async def aclose(self) -> None:
            self._fetched.hang_up()

    class Fetch(library.AsyncBaseTransport):  # type: ignore[name-defined]
        async def handle_async_request(self, request: Any) -> Any:
            for name in [name for name in request.headers if name.startswith(_LEFT_OUT)]:
                del request.headers[name]
            fetched = _Fetched((request.extensions.get("timeout") or {}).get("read"))
            await fetched.ask(
                request.method, str(request.url), dict(request.headers), await request.aread()
            )
            return library.Response(fetched.status, headers=fetched.headers, stream=Body(fetched))

    return Fetch()


class _Fetched:
    """One request, and its response.

    Parameters
    ----------
    patience : float or None
        The most seconds until the head, and between two pieces of the body.
    """

    def __init__(self, patience: float | None) -> None:
        self._patience = patience
        self._js: Any = importlib.import_module("js")
        self._ffi: Any = importlib.import_module("pyodide.ffi")
        self._abort = self._js.AbortController.new()
        self._response: Any = None

    async def ask(self, method: str, url: str, headers: dict[str, str], body: bytes) -> None:
        """Send the request; return once the head of the response has arrived."""
        options = {
            "method": method,
            "headers": headers,
            "signal": self._abort.signal,
            "redirect": "manual",
            "credentials": "omit",
            "cache": "no-store",
            "referrerPolicy": "no-referrer",
        }
        if body:
            options["body"] = body
        sent = self._ffi.to_js(options, dict_converter=self._js.Object.fromEntries)
        with self._translated():
            self._response = await self._in_time(self._js.fetch(url, sent))
        if self._response.type == "opaqueredirect":
            raise FetchRedirected("the server redirects")

    @property
    def status(self) -> int:
        """The HTTP status."""
        return int(self._response.status)

    @property
    def headers(self) -> list[tuple[str, str]]:
        """The headers that the page may see."""
        named = [(str(name), str(value)) for name, value in self._response.headers.entries()]
        return [(name, value) for name, value in named if name not in _OF_THE_PACKING]

    async def pieces(self) -> AsyncIterator[bytes]:
        """Yield the body as it arrives."""
        if self._response.body is None:
            return
        reader = self._response.body.getReader()
        while True:
            with self._translated():
                read = await self._in_time(reader.read())
            if read.done:
                return
            yield read.value.to_bytes()

    def hang_up(self) -> None:
        """End the request, so that the server learns of it; does nothing after its end."""
        self._abort.abort()

    async def _in_time(self, promise: Any) -> Any:
        async with asyncio.timeout(self._patience):
            return await promise

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        """Hang up if the wait ends early, by a stop for example; raise this module's errors."""
        try:
            yield
        except TimeoutError:
            self.hang_up()
            raise FetchTimeout("the server sent nothing") from None
        except self._ffi.JsException as error:
            failed = FetchFailed(str(error))
            failed.origin = str(getattr(getattr(self._js, "location", None), "origin", ""))
            raise failed from None
        except BaseException:
            self.hang_up()
            raise
