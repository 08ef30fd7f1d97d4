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

from .. import errors
from ..config import Connection
from ..events import Event
from ..request import Request
from . import Shape, agent_body, chat_body, http
from ._follow import Payloads, follow, read_out
from ._wire import Reader, failure
from .agent_events import AgentReader
from .chat_events import ChatReader
from .sse import FrameReader

_SHAPES: dict[Shape, tuple[str, Callable[[Request], dict[str, Any]], Callable[[str], Reader]]] = {
    "agent": ("responses", agent_body.body, AgentReader),
    "chat": ("chat/completions", chat_body.body, ChatReader),
}

# What a response may hand back that is nobody's business.
_SECRET_HEADERS = frozenset({"authorization", "proxy-authorization", "set-cookie", "cookie"})


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
        path, body, reader = _SHAPES[self._shape]
        where = self._connection

        def asking(request: Request) -> Callable[[], Awaitable[Payloads]]:
            return functools.partial(self._ask, path, body(request) | {"stream": True})

        # The chat shape has all turns in its body anyway.
        whole = agent_body.replayed(request) if self._shape == "agent" else None
        return follow(
            asking(request),
            reader(where.host),
            self._our_error,
            where.max_retries,
            asking(whole) if whole else None,
        )

    async def _ask(self, path: str, body: dict[str, Any]) -> AsyncGenerator[Any, None]:
        where = self._connection
        client = http.clients.client(where)
        request = client.build_request(
            "POST", f"{where.base_url}/{path}", json=body, timeout=http.timeout(where)
        )
        response = await client.send(request, stream=True)
        self.headers = MappingProxyType(
            {n: v for n, v in response.headers.items() if n not in _SECRET_HEADERS}
        )
        if response.is_success:
            return self._payloads(response)
        try:
            content = await response.aread()
        finally:
            await response.aclose()
        raise errors.from_response(response.status_code, response.headers, content, host=where.host)

    async def _payloads(self, response: httpx2.Response) -> AsyncGenerator[Any, None]:
        where, started = self._connection, False
        try:
            reader, chunks = FrameReader(), response.aiter_bytes()
            async for chunk in chunks:
                for frame in reader.feed(chunk):
                    if frame.data.startswith("[DONE]"):
                        await read_out(chunks)
                        return
                    payload = _parsed(frame.data)
                    if isinstance(payload, dict) and payload.get("error"):
                        raise failure(payload["error"], where.host)
                    started = True
                    yield payload
        finally:
            await response.aclose()
        if not started:
            errors.check_stream(self.headers.get("content-type", ""), host=where.host)

    def _our_error(self, error: Exception, started: bool) -> errors.PplxError:  # noqa: FBT001
        if isinstance(error, errors.PplxError):
            return error
        if isinstance(error, httpx2.HTTPError | httpx2.StreamError | OSError):
            return errors.from_transport(error, host=self._connection.host, started=started)
        return errors.unforeseen(error)


def _parsed(data: str) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        # The error would keep the text that it is about.
        pass
    raise errors.garbled()
