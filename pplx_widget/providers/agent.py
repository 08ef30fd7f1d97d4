"""The Agent API through the OpenAI SDK: the default provider."""

from __future__ import annotations

import functools
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from openai import AsyncOpenAI, AsyncStream
from openai.resources.responses import AsyncResponses

from ..config import Connection
from ..events import Event
from ..request import Request
from ..trace import current
from . import agent_body, sdk
from ._follow import Payloads, follow
from .agent_events import AgentReader


class Agent:
    """Asks the Agent API (``POST {base_url}/responses``, streamed).

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
        types_ready = sdk.prepare_types()

        def asking(request: Request) -> Callable[[], Awaitable[Payloads]]:
            def create(client: AsyncOpenAI) -> Awaitable[AsyncStream[Any]]:
                current().asked("agent", agent_body.body(request) | {"stream": True})
                return client.responses.create(
                    **body(request), stream=True, timeout=sdk.timeout(where)
                )

            return functools.partial(sdk.ask, where, create, _payload, types_ready)

        whole = agent_body.replayed(request)
        return follow(
            asking(request),
            AgentReader(where.host),
            sdk.translator(where.host),
            where.max_retries,
            replay=asking(whole) if whole else None,
            notes=agent_body.notes(request),
        )


def body(request: Request) -> dict[str, Any]:
    """Return the arguments of ``responses.create``; what it has none for goes in ``extra_body``."""
    arguments: dict[str, Any] = {}
    extra: dict[str, Any] = {}
    for name, value in agent_body.body(request).items():
        (arguments if name in _TYPED else extra)[name] = value
    return arguments | ({"extra_body": extra} if extra else {})


_TYPED = frozenset(inspect.signature(AsyncResponses.create).parameters)


def _payload(event: Any) -> Any:
    """Return an event of the SDK as the mapping that came over the wire.

    Events that the SDK does not know arrive as objects of some other class with the right ``type``
    and every field as an attribute, so the class says nothing and the fields are all there.
    """
    if (
        getattr(event, "type", None) == "response.output_text.delta"
    ):  # by far the most: spare it the whole dump
        return {
            "type": event.type,
            "delta": event.delta,
            "item_id": getattr(event, "item_id", None),
            "output_index": getattr(event, "output_index", None),
            "content_index": getattr(event, "content_index", None),
        }
    return sdk.dumped(event)
