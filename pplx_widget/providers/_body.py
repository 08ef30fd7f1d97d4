"""The bytes of a response, decompressed within bounds, for both transports.

HTTP clients decompress each read without a limit: 64 kB of gzip may hold 64 MB, and nested gzip far
more. So bodies are read raw and decompressed here in small pieces.
"""

from __future__ import annotations

import asyncio
import contextlib
import zlib
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
from typing import Any, Final, Protocol

from ..core import errors, http_errors
from . import _extras, _turns, trace

ACCEPTED: Final = "gzip, deflate"
"""The compressions that a server may use."""

MOST_OF_A_BODY: Final = 32 * 2**20
"""The size limit of a body that is read whole, such as a list of models or a stored response."""

_PIECE = 2**16

# An error message takes a few hundred bytes. The rest of a longer body is not read.
_MOST_OF_AN_ERROR = 16 * 2**10
_ERROR_SECONDS = 5.0


class Response(Protocol):
    """The interface that the responses of httpx and httpx2 share."""

    @property
    def status_code(self) -> int:
        """The HTTP status."""
        ...

    @property
    def is_success(self) -> bool:
        """Whether the status is 200 to 299."""
        ...

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers; names are case-insensitive."""
        ...

    @property
    def request(self) -> Any:
        """The request that it answers."""
        ...

    def aiter_raw(self) -> AsyncGenerator[bytes, None]:
        """Yield the body without decompression."""
        ...

    async def aclose(self) -> None:
        """Close the response; also the connection, unless the body was read to its end."""
        ...


def pieces(response: Response) -> AsyncGenerator[bytes, None]:
    """Return the decompressed body of a response in small pieces.

    The iteration raises `ProviderFailed` if the compression was not offered, or the data is corrupt.
    """
    packing = response.headers.get("content-encoding", "").strip().lower()
    return response.aiter_raw() if packing in ("", "identity") else _unpacked(response, packing)


async def _unpacked(response: Response, packing: str) -> AsyncGenerator[bytes, None]:
    unpack = _unpacker(packing)
    async for data in response.aiter_raw():
        for number, piece in enumerate(unpack(data)):
            if number:  # one read may hold very many pieces; other answers need the loop too
                await asyncio.sleep(0)
            yield piece


async def whole(response: Response) -> bytes:
    """Return the body of a response, and close it.

    Raises
    ------
    ProviderFailed
        It is larger than `MOST_OF_A_BODY`, or cannot be decompressed.
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
    """Return the event hooks of a client.

    They add the further headers, note the timing and the heads in the trace and in the turn, and raise
    the error of an unsuccessful response before the client reads its body.
    """

    async def sends(request: Any) -> None:
        _extras.add_headers(request)
        request.extensions["trace"] = _moments(trace.current())

    async def answered(response: Response) -> None:
        head = response.status_code, response.request.headers, response.headers
        trace.current().head(*head)
        if (turn := _turns.current()) is not None:
            turn.head(response.status_code, response.headers)
        if not response.is_success:
            body = await _beginning(response)
            raise http_errors.from_response(
                response.status_code, response.headers, body, host=host, extra=_extras.fields()
            )

    return {"request": [sends], "response": [answered]}


async def _beginning(response: Response) -> bytes:
    """Return the first bytes of an error's body; failures while reading it are ignored."""
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
    """Return a function that records the moments of a request that only the transport sees."""
    traced.reused, turn = True, _turns.current()

    async def note(name: str, _info: dict[str, Any]) -> None:
        if name == "connection.connect_tcp.started":
            traced.reused = False
        if moment := _MOMENTS.get(name):
            traced.mark(moment)
        if turn is not None:
            await turn.note(name)

    return note


# ---- decompression -----------------------------------------------------------------------------


def _unpacker(packing: str) -> Callable[[bytes], Iterator[bytes]]:
    match packing:
        case "gzip" | "x-gzip" | "deflate":
            return _Inflater().feed
        case _:
            raise errors.garbled("error.garbled.packing")


class _Inflater:
    """Decompresses gzip, and deflate with or without a zlib header, piece by piece."""

    def __init__(self) -> None:
        self._inflate: Any = None
        self._waiting = b""  # too few bytes to tell the three formats apart
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
                # gzip data may have several members. Anything else after the end is padding.
                self._unpacks = self._first or data[:1] == _GZIP[:1]
                if len(data) < _TELLING or not self._unpacks:
                    self._waiting = data[:1]
                    return
                self._inflate, self._first = zlib.decompressobj(_window(data)), False
            # Also without new input: the object keeps output that exceeded the piece before.
            while piece := self._inflate.decompress(data, _PIECE):
                data = self._inflate.unconsumed_tail
                yield piece
            data = b""
            if self._inflate.eof:
                data, self._inflate = self._inflate.unused_data, None


_GZIP = b"\x1f\x8b"
_TELLING = 2  # bytes


def _window(data: bytes) -> int:
    """Return zlib's ``wbits`` for data with this beginning."""
    if data.startswith(_GZIP):
        return zlib.MAX_WBITS | 16
    has_header = data[0] & 15 == 8 and int.from_bytes(data[:2]) % 31 == 0  # noqa: PLR2004 (RFC 1950)
    return zlib.MAX_WBITS if has_header else -zlib.MAX_WBITS
