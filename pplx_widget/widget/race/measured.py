"""The provider of a race: both ways to receive an answer over plain HTTP, with all bytes counted."""

from __future__ import annotations

import functools
import json
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

import httpx2

from ...config import Connection
from ...core import errors
from ...core.events import Event
from ...providers import _body, http
from ...providers._follow import follow
from ...providers._payloads import parsed
from ...providers._wire import failure
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
        asked = api.body(request) | {"stream": self._streams}
        if not self._streams:
            asked.pop("stream_options", None)
        ask = functools.partial(self._ask, api.path, asked)
        where = self._connection
        return follow(ask, api.reader(where.host), http.translator(where.host), where.max_retries)

    async def _ask(self, path: str, body: dict[str, Any]) -> AsyncGenerator[Any, None]:
        # Without compression, which would change the number of bytes.
        plain = {"Accept-Encoding": "identity"}
        return self._read(await http.post(self._connection, path, body, plain))

    async def _streamed(self, response: httpx2.Response) -> AsyncGenerator[Any, None]:
        reader, read = FrameReader(), False
        try:
            async for data in _body.pieces(response):
                frames = reader.feed(data)
                self._meter.read(len(data), rest=_rest(data) if frames else None)
                for frame in frames:
                    if frame.says_nothing or frame.data.startswith("[DONE]"):
                        continue
                    payload = parsed(frame.data)
                    if isinstance(payload, dict) and payload.get("error"):
                        raise failure(payload["error"], self._connection.host)
                    read = True
                    yield payload
        finally:
            await response.aclose()
        if not read:
            kind = response.headers.get("content-type", "")
            errors.check_stream(kind, host=self._connection.host)

    async def _whole(self, response: httpx2.Response) -> AsyncGenerator[Any, None]:
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
        if self._api.name == "chat" or not isinstance(answer, dict):
            yield answer
        else:  # the same payload as the last event of a stream
            yield {"type": f"response.{answer.get('status')}", "response": answer}


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
