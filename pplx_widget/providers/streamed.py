"""Asking a server and reading its stream: both shapes of the API, through either transport."""

from __future__ import annotations

import functools
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from typing import Any, NamedTuple, Protocol

from ..config import Connection
from ..core import errors
from ..core.events import Event
from ..question.request import Request
from . import Shape, agent_body, chat_body, trace
from ._body import Response
from ._follow import Payloads, follow
from ._payloads import payloads
from ._wire import Reader
from .agent_events import AgentReader
from .chat_events import ChatReader


class Spoken(NamedTuple):
    """What there is to know of a shape.

    Attributes
    ----------
    path : str
        Of its endpoint, below the base URL.
    body : callable
        Makes the body of a request.
    reader : callable
        Makes the reader of a stream, for the host that is asked.
    """

    path: str
    body: Callable[[Request], dict[str, Any]]
    reader: Callable[[str], Reader]


SHAPES: Mapping[Shape, Spoken] = {
    "agent": Spoken("responses", agent_body.body, AgentReader),
    "chat": Spoken("chat/completions", chat_body.body, ChatReader),
}


class Transport(Protocol):
    """The modules `sdk` and `http`."""

    async def post(self, connection: Connection, path: str, body: Mapping[str, Any]) -> Response:
        """Ask; return the response once its head is there, and says that a stream follows."""
        ...

    def translator(self, host: str) -> Callable[[Exception, bool], errors.PplxError]:
        """Return what makes the transport's exceptions ours."""
        ...


class Streamed:
    """Asks a server and reads its stream.

    Parameters
    ----------
    connection : Connection
        The server, and the key for it.
    shape : {"agent", "chat"}
        What is spoken there.
    transport : Transport
        Who asks: the OpenAI SDK, or httpx2 alone.
    """

    def __init__(self, connection: Connection, shape: Shape, transport: Transport) -> None:
        self._connection = connection
        self._shape = shape
        self._transport = transport

    def stream(self, request: Request) -> AsyncIterator[Event]:
        """Ask, and yield the events of the answer; see `Provider`."""
        spoken, where, traced = SHAPES[self._shape], self._connection, trace.current()

        def asking(request: Request) -> Callable[[], Awaitable[Payloads]]:
            body = spoken.body(request) | {"stream": True}
            return functools.partial(self._ask, spoken.path, body, traced)

        # The chat shape has all turns in its body anyway.
        whole = agent_body.replayed(request) if self._shape == "agent" else None
        return follow(
            asking(request),
            spoken.reader(where.host),
            self._transport.translator(where.host),
            where.max_retries,
            replay=asking(whole) if whole else None,
            notes=agent_body.notes(request) if self._shape == "agent" else (),
        )

    async def _ask(
        self, path: str, body: dict[str, Any], traced: trace.Trace
    ) -> AsyncGenerator[Any, None]:
        where = self._connection
        traced.asked(self._shape, body, exact=True)
        response = await self._transport.post(where, path, body)
        return payloads(response, traced, where.host)
