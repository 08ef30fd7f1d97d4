"""The chat-completions shape through the OpenAI SDK: for gateways and local servers."""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator
from typing import Any

from ..config import Connection
from ..events import Event
from ..request import Request
from ..trace import current
from . import chat_body, sdk
from ._follow import follow
from .chat_events import ChatReader


class Chat:
    """Asks a server of chat completions (``POST {base_url}/chat/completions``, streamed).

    Parameters
    ----------
    connection : Connection
        Where to ask and with which key.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def stream(self, request: Request) -> AsyncIterator[Event]:
        """Ask, and yield the events of the answer; see `Provider`."""
        where = self._connection
        body: dict[str, Any] = chat_body.body(request)
        current().asked("chat", body | {"stream": True})
        ask = functools.partial(
            sdk.ask,
            where,
            lambda client: client.chat.completions.create(
                **body, stream=True, timeout=sdk.timeout(where)
            ),
            sdk.dumped,
        )
        our_error = sdk.translator(where.host)
        return follow(ask, ChatReader(where.host), our_error, where.max_retries)
