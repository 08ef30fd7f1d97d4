"""The provider of a race: both ways to receive an answer over plain HTTP, with all bytes counted."""

from __future__ import annotations

import functools
import json
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

from ...config import Connection
from ...core import errors
from ...core.events import Event
from ...providers import _body, _extras, _preset, http
from ...providers._follow import follow
from ...providers._payloads import is_known, payload_of, whole
from ...providers.formats import ApiFormat
from ...providers.sse import FrameReader
from ...question.request import Request
from .meter import Meter, Way


class Measured:
    """A provider that counts the bytes it receives.

    Parameters
    ----------
    connection : Connection
        The server and the key.
    api : ApiFormat
        The API format of the server.
    way : {"whole", "streamed"}
        Whether to request the whole answer at once or a stream.
    meter : Meter
        Counts the bytes.
    """

    def __init__(self, connection: Connection, api: ApiFormat, way: Way, meter: Meter) -> None:
        self._connection = connection
        self._api = api
        self._read = self._streamed if way == "streamed" else self._whole
        self._streams = way == "streamed"
        self._meter = meter

    def stream(self, request: Request) -> AsyncIterator[Event]:
        """Send the request and yield the events of the answer; see `Provider`."""
        api = self._api
        ask = functools.partial(self._ask, request)
        where = self._connection
        return follow(ask, api.reader(where.host), http.translator(where.host), where.max_retries)

    async def _ask(self, request: Request) -> AsyncGenerator[Any, None]:
        body = self._api.body(request) | {"stream": self._streams}
        if not self._streams:
            body.pop("stream_options", None)
        # Without compression, which would change the number of bytes.
        plain = {"Accept-Encoding": "identity"}
        where = self._connection

        async def send(body: dict[str, Any]) -> _body.Response:
            with _extras.sending(request):
                return await http.post(where, self._api.path, body, plain)

        older, our_error = self._api.as_preset(body, request), http.translator(where.host)
        return self._read(await _preset.post(send, body, older, where, our_error))

    async def _streamed(self, response: _body.Response) -> AsyncGenerator[Any, None]:
        reader, read = FrameReader(), False
        try:
            async for data in _body.pieces(response):
                frames = reader.feed(data)
                self._meter.read(len(data), rest=_rest(data) if frames else None)
                for frame in frames:
                    if frame.says_nothing:
                        continue
                    read = True
                    yield payload_of(frame)
        finally:
            await response.aclose()
        if not read:
            kind = response.headers.get("content-type", "")
            if not kind.startswith("text/event-stream"):
                raise errors.no_stream(kind, host=self._connection.host)

    async def _whole(self, response: _body.Response) -> AsyncGenerator[Any, None]:
        body = bytearray()
        try:
            async for data in _body.pieces(response):
                body += data
                self._meter.read(len(data))
                if len(body) > _body.MOST_OF_A_BODY:
                    raise errors.oversized("error.oversized.answer", _body.MOST_OF_A_BODY // 2**20)
        finally:
            await response.aclose()
        answer = _whole_answer(body, response.headers.get("content-type", ""))
        if not is_known(answer):
            raise errors.no_stream(
                response.headers.get("content-type", ""), host=self._connection.host
            )
        for payload in whole(answer, self._api.name):
            yield payload


def _rest(data: bytes) -> int:
    """Return the number of bytes after the last frame that ends in ``data``."""
    ends = (data.rfind(end) + len(end) for end in (b"\n\n", b"\r\n\r\n", b"\r\r") if end in data)
    return len(data) - max(ends, default=len(data))


def _whole_answer(body: bytearray, kind: str) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        # Not chained, since this exception would keep the whole text in memory.
        pass
    raise errors.garbled("error.garbled.body" if "json" in kind else "error.garbled.page")
