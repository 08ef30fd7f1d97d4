"""Both shapes by hand, without the SDK: httpx2, server-sent events, JSON.

For those who cannot take the SDK, and for speed: a piece of text costs a fraction of what it costs
through the SDK's types.
"""

from __future__ import annotations

import functools
import json
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Any

import httpx2

from .. import errors, trace
from ..config import Connection
from ..events import Event
from ..request import Request
from . import Shape, agent_body, http
from ._follow import Payloads, follow, read_out
from ._wire import failure
from .sse import FrameReader, FrameSplitter


class RawStream:
    """Asks a server and reads its stream.

    Parameters
    ----------
    connection : Connection
        Where to ask and with which key.
    shape : {"agent", "chat"}
        What is spoken there.

    Attributes
    ----------
    headers : mapping
        Those of the last response, names in lower case; without cookies and authorization.
    """

    def __init__(self, connection: Connection, shape: Shape = "agent") -> None:
        self._connection = connection
        self._shape = shape
        self.headers: Mapping[str, str] = MappingProxyType({})

    def stream(self, request: Request) -> AsyncIterator[Event]:
        """Ask, and yield the events of the answer; see `Provider`."""
        path, body, reader = http.SHAPES[self._shape]
        where, traced = self._connection, trace.current()

        def asking(request: Request) -> Callable[[], Awaitable[Payloads]]:
            return functools.partial(self._ask, path, body(request) | {"stream": True}, traced)

        # The chat shape has all turns in its body anyway.
        whole = agent_body.replayed(request) if self._shape == "agent" else None
        return follow(
            asking(request),
            reader(where.host),
            http.translator(where.host),
            where.max_retries,
            replay=asking(whole) if whole else None,
            notes=agent_body.notes(request) if self._shape == "agent" else (),
        )

    async def _ask(
        self, path: str, body: dict[str, Any], traced: trace.Trace
    ) -> AsyncGenerator[Any, None]:
        where = self._connection
        traced.asked(self._shape, body, exact=True)
        client = http.clients.client(where)
        request = client.build_request(
            "POST",
            f"{where.base_url}/{path}",
            json=body,
            timeout=http.timeout(where),
            extensions={"trace": http.moments(traced)},
        )
        response = await client.send(request, stream=True)
        traced.head(response.status_code, response.request.headers, response.headers)
        self.headers = MappingProxyType(
            {n: v for n, v in response.headers.items() if n not in trace.SECRET_HEADERS}
        )
        if response.is_success:
            return self._payloads(response, traced)
        raise await http.refusal(response, where.host)

    async def _payloads(
        self, response: httpx2.Response, traced: trace.Trace
    ) -> AsyncGenerator[Any, None]:
        where, started = self._connection, False
        splitter = FrameSplitter()
        try:
            reader, chunks = FrameReader(), response.aiter_bytes()
            async for chunk in chunks:
                traced.read(len(chunk))
                for raw in splitter.feed(chunk):
                    frames = reader.feed(raw)
                    if not frames:  # a comment, say
                        traced.frame(None, raw)
                    for frame in frames:
                        if frame.data.startswith("[DONE]"):
                            traced.frame(None, raw)
                            await read_out(chunks)
                            return
                        try:
                            payload = _parsed(frame.data)
                        except errors.PplxError:
                            traced.frame(None, raw)
                            raise
                        traced.frame(payload, raw)
                        if isinstance(payload, dict) and payload.get("error"):
                            raise failure(payload["error"], where.host)
                        started = True
                        yield payload
        finally:
            if rest := splitter.rest:
                traced.frame(None, rest)
            await response.aclose()
        if not started:
            errors.check_stream(self.headers.get("content-type", ""), host=where.host)


def _parsed(data: str) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        # The error would keep the text that it is about.
        pass
    raise errors.garbled()
