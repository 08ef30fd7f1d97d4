"""The provider that asks a server and reads its stream, in either API format, by either transport."""

from __future__ import annotations

import functools
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from typing import Any, Protocol

from ..config import Connection
from ..core import errors
from ..core.events import Event
from ..question.request import Request
from . import _extras, _preset, _turns, trace
from ._body import Response
from ._follow import Payloads, follow
from ._payloads import payloads
from .formats import ApiFormat, shown


class Transport(Protocol):
    """The modules `sdk` and `http`."""

    async def post(self, connection: Connection, path: str, body: Mapping[str, Any]) -> Response:
        """Send the request; return the response once its head has arrived and reports success."""
        ...

    def translator(self, host: str) -> Callable[[Exception, bool], errors.PplxError]:
        """Return a function that converts the transport's exceptions to `PplxError`."""
        ...


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

    def stream(self, request: Request) -> AsyncIterator[Event]:
        """Ask, and yield the events of the answer; see `Provider`."""
        api, where, traced = self._api, self._connection, trace.current()

        def asking(request: Request) -> Callable[[], Awaitable[Payloads]]:
            return functools.partial(self._ask, request, traced)

        whole = api.without_id(request)
        return follow(
            asking(request),
            api.reader(where.host),
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
