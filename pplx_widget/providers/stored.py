"""The provider of a stored response: takes its events up by its id, or polls it until it is over."""

from __future__ import annotations

from collections.abc import AsyncIterator

from ..config import Connection
from ..core.events import Event
from ..question.request import Request
from . import http, trace
from ._follow import follow
from .agent_events import AgentReader
from .lasting import Lasting


class StoredStream:
    """Yields the events of a stored response, from its beginning.

    Parameters
    ----------
    connection : Connection
        The server and its key.
    response_id : str
        The id of the response.
    """

    def __init__(self, connection: Connection, response_id: str) -> None:
        self._connection = connection
        self._id = response_id
        self.goes_on: Lasting | None = None

    def stream(self, request: Request) -> AsyncIterator[Event]:
        """Take the response up, and yield the events of the answer; see `Provider`."""
        where, reader = self._connection, AgentReader(self._connection.host)
        trace.current().asked("agent", {"input": request.question})
        self.goes_on = Lasting(where, http, reader, request, self._id)
        return follow(self.goes_on.resume, reader, http.translator(where.host), where.max_retries)
