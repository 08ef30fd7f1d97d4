"""The bytes of a response, unpacked within bounds: the same for both transports.

An HTTP client unpacks whatever one read brings, without a limit: 64 kB of gzip may hold 64 MB, and
packed twice far more. So a body is read as it came over the wire and unpacked here, a piece at a time.
"""

from __future__ import annotations

import asyncio
import contextlib
import zlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Mapping
from typing import Any, Final, Protocol

from ..core import errors, http_errors
from . import _extras, trace

ACCEPTED: Final = "gzip, deflate"
"""What may be sent packed; nothing else is unpacked."""

MOST_OF_A_BODY: Final = 32 * 2**20
"""Bytes of a body that is read whole: a list of models, or a stored response."""

_PIECE = 2**16

# An error says what it has to say in a few hundred bytes; what comes after these is not read.
_MOST_OF_AN_ERROR = 16 * 2**10
_ERROR_SECONDS = 5.0


class Response(Protocol):
    """What the responses of httpx and httpx2 have in common."""

    @property
    def status_code(self) -> int:
        """The HTTP status."""
        ...

    @property
    def is_success(self) -> bool:
        """Whether the status is one of 200 to 299."""
        ...

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers, by names in any case."""
        ...

    @property
    def request(self) -> Any:
        """The request that it answers."""
        ...

    def aiter_raw(self) -> AsyncIterator[bytes]:
        """Give the body as it came."""
        ...

    async def aclose(self) -> None:
        """Close it, and its connection unless all of it was read."""
        ...


async def pieces(response: Response) -> AsyncGenerator[bytes, None]:
    """Yield the body of a response, unpacked, in pieces that take little memory.

    Raises
    ------
    ProviderFailed
        It is packed in a way that was not asked for, or its packing is broken.
    """
    unpack = _unpacker(response.headers.get("content-encoding", ""))
    async for data in response.aiter_raw():
        for number, piece in enumerate(unpack(data)):
            if number:  # one read may hold very many: the other answers have their turn
                await asyncio.sleep(0)
            yield piece


async def whole(response: Response) -> bytes:
    """Return the body of a response, and close it.

    Raises
    ------
    ProviderFailed
        It is larger than `MOST_OF_A_BODY`, or cannot be unpacked.
    """
    body = bytearray()
    try:
        async for piece in pieces(response):
            body += piece
            if len(body) > MOST_OF_A_BODY:
                raise errors.oversized("error.oversized.response", MOST_OF_A_BODY // 2**20)
    finally:
        await response.aclose()
    return bytes(body)


def hooks(host: str) -> dict[str, list[Callable[..., Any]]]:
    """Return the event hooks of a client, for what no answer does without.

    They note the moments and the head of each request for its trace, and raise what a response says
    that is no success, before the client reads its body.
    """

    async def sends(request: Any) -> None:
        _extras.add_headers(request)
        request.extensions["trace"] = _moments(trace.current())

    async def answered(response: Response) -> None:
        head = response.status_code, response.request.headers, response.headers
        trace.current().head(*head)
        if not response.is_success:
            body = await _beginning(response)
            raise http_errors.from_response(
                response.status_code, response.headers, body, host=host, extra=_extras.fields()
            )

    return {"request": [sends], "response": [answered]}


async def _beginning(response: Response) -> bytes:
    """Return the first bytes of an error's body; whatever is wrong with the rest is not told."""
    body = bytearray()
    with contextlib.suppress(Exception):
        async with asyncio.timeout(_ERROR_SECONDS):
            async for piece in pieces(response):
                body += piece
                if len(body) >= _MOST_OF_AN_ERROR:
                    break
    await response.aclose()
    return bytes(body[:_MOST_OF_AN_ERROR])


# The names that httpcore and httpcore2 have for the moments of a request, in order.
_MOMENTS = {
    "connection.connect_tcp.complete": "connect",
    "connection.start_tls.complete": "tls",
    "http11.send_request_body.complete": "sent",
}


def _moments(traced: trace.Trace) -> Callable[[str, dict[str, Any]], Any]:
    """Return what notes the moments of a request that only the transport sees."""
    traced.reused = True

    async def note(name: str, _info: dict[str, Any]) -> None:
        if name == "connection.connect_tcp.started":
            traced.reused = False
        if moment := _MOMENTS.get(name):
            traced.mark(moment)

    return note


# ---- unpacking --------------------------------------------------------------------------------------


def _unpacker(encoding: str) -> Callable[[bytes], Iterator[bytes]]:
    match encoding.strip().lower():
        case "" | "identity":
            return lambda data: iter((data,))
        case "gzip" | "x-gzip" | "deflate":
            return _Inflater().feed
        case _:
            raise errors.garbled("error.garbled.packing")


class _Inflater:
    """Unpacks gzip, and deflate with or without the header of zlib, a piece at a time."""

    def __init__(self) -> None:
        self._inflate: Any = None
        self._waiting = b""  # too little to tell which of the three it is
        self._unpacks = self._first = True

    def feed(self, data: bytes) -> Iterator[bytes]:
        try:
            yield from self._unpacked(data)
        except zlib.error:
            raise errors.garbled("error.garbled.unpacking") from None

    def _unpacked(self, data: bytes) -> Iterator[bytes]:
        while data and self._unpacks:
            if self._inflate is None:
                data, self._waiting = self._waiting + data, b""
                # gzip may consist of several parts. Anything else after the end is padding.
                self._unpacks = self._first or data[:1] == _GZIP[:1]
                if len(data) < _TELLING or not self._unpacks:
                    self._waiting = data[:1]
                    return
                self._inflate, self._first = zlib.decompressobj(_window(data)), False
            # Also without new input: it keeps what did not fit into the piece before.
            while piece := self._inflate.decompress(data, _PIECE):
                data = self._inflate.unconsumed_tail
                yield piece
            data = b""
            if self._inflate.eof:
                data, self._inflate = self._inflate.unused_data, None


_GZIP = b"\x1f\x8b"
_TELLING = 2  # bytes


def _window(data: bytes) -> int:
    """Return the ``wbits`` of zlib for data that begins so."""
    if data.startswith(_GZIP):
        return zlib.MAX_WBITS | 16
    has_header = data[0] & 15 == 8 and int.from_bytes(data[:2]) % 31 == 0  # noqa: PLR2004 (RFC 1950)
    return zlib.MAX_WBITS if has_header else -zlib.MAX_WBITS
