"""The provider that asks a server and reads its stream, in either API format, by either transport."""

from __future__ import annotations

import functools
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from typing import Any

from ..config import Connection
from ..core.events import Event
from ..question.request import Request
from . import _extras, _preset, _turns, trace
from ._body import Response
from ._follow import Payloads, follow
from ._payloads import payloads
from .agent_events import AgentReader
from .formats import ApiFormat, shown
from .lasting import Lasting, Transport, lasts


class Streamed:
    """Asks a server and reads its stream.

    Parameters
    ----------
    connection : Connection
        The server, and the key for it.
    api : ApiFormat
        The API format of the server.
    transport : Transport
        The OpenAI SDK, or httpx2 alone.
    """

    def __init__(self, connection: Connection, api: ApiFormat, transport: Transport) -> None:
        self._connection = connection
        self._api = api
        self._transport = transport
        self.goes_on: Lasting | None = None

    def stream(self, request: Request) -> AsyncIterator[Event]:
        """Ask, and yield the events of the answer; see `Provider`."""
        api, where, traced = self._api, self._connection, trace.current()

        def asking(request: Request) -> Callable[[], Awaitable[Payloads]]:
            ask = functools.partial(self._ask, request, traced)
            return functools.partial(self.goes_on.begin, ask) if self.goes_on else ask

        whole, reader = api.without_id(request), api.reader(where.host)
        if isinstance(reader, AgentReader) and lasts(request):
            self.goes_on = Lasting(where, self._transport, reader, request)
        return follow(
            asking(request),
            reader,
            self._transport.translator(where.host),
            where.max_retries,
            in_full=asking(whole) if whole else None,
            notices=api.notices(request),
            turns=_turns.of(where),
            connect=where.timeout.connect,
        )

    async def _ask(self, request: Request, traced: trace.Trace) -> AsyncGenerator[Any, None]:
        where, body = self._connection, self._api.body(request, stream=True)

        async def send(body: dict[str, Any]) -> Response:
            traced.asked(self._api.name, shown(body, request))
            with _extras.sending(request):
                return await self._transport.post(where, self._api.path, body)

        older, our_error = (
            self._api.as_preset(body, request),
            self._transport.translator(where.host),
        )
        response = await _preset.post(send, body, older, where, our_error)
        return payloads(response, traced, where.host, self._api.name)
