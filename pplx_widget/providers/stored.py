"""The provider of a stored response: polls it by its id until it is over."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any, Final
from urllib.parse import quote

from ..config import Connection
from ..core import errors
from ..core.events import Event
from ..question.request import Request
from . import http
from ._follow import follow
from ._wire import mapping
from .agent_events import AgentReader

# Statuses of a response that is still being made (Perplexity's page on background mode).
_UNDER_WAY = frozenset({"queued", "in_progress"})
_PAUSE_S: Final = 2.0


class StoredStream:
    """Waits for a stored response, then yields its events all at once.

    Parameters
    ----------
    connection : Connection
        The server and its key.
    response_id : str
        The id of the response.
    """

    def __init__(self, connection: Connection, response_id: str) -> None:
        self._connection = connection
        self._path = f"responses/{quote(response_id, safe='')}"

    def stream(self, request: Request) -> AsyncIterator[Event]:  # noqa: ARG002 (there is no question)
        """Wait, and yield the events of the answer; see `Provider`."""
        where = self._connection
        return follow(
            self._ask, AgentReader(where.host), http.translator(where.host), where.max_retries
        )

    async def _ask(self) -> AsyncGenerator[Any, None]:
        return self._payloads(await self._fetched())

    async def _payloads(self, response: dict[str, Any]) -> AsyncGenerator[Any, None]:
        yield {"type": "response.created", "response": response}
        while response.get("status") in _UNDER_WAY:
            await asyncio.sleep(_PAUSE_S)
            response = await self._fetched()
        yield {"type": "response.done", "response": response}

    async def _fetched(self) -> dict[str, Any]:
        where = self._connection
        found = dict(mapping(await http.get_json(where, self._path)))
        if "status" not in found:
            lines = "error.no_response.what", "error.no_response.why", "error.no_response.try"
            raise errors.told(errors.ProviderFailed, *lines, host=where.host)
        return found
