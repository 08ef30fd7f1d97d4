"""The formats of the API: for each its path, how a question is put and how a stream is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..core.options import FormatName
from ..question.request import Request
from . import agent_body, chat_body
from ._wire import Reader
from .agent_events import AgentReader
from .chat_events import ChatReader


def _no_notices(_request: Request) -> Sequence[str]:
    return ()


def _no_id(_request: Request) -> None:
    return None


@dataclass(frozen=True)
class ApiFormat:
    """One of them.

    Attributes
    ----------
    name : {"agent", "chat"}
        What options and recordings call it.
    path : str
        Of its endpoint, below the base URL.
    check : callable
        Raises `InvalidRequest` for a request that cannot be sent in it.
    body : callable
        Makes the body of a request.
    reader : callable
        Makes the reader of a stream, for the host that is asked.
    notices : callable
        Returns a sentence for each thing that is asked otherwise than it was put.
    without_id : callable
        Returns the request with all turns in place of the id that stands for them; None if no id does.
    """

    name: FormatName
    path: str
    check: Callable[[Request], None]
    body: Callable[[Request], dict[str, Any]]
    reader: Callable[[str], Reader]
    notices: Callable[[Request], Sequence[str]] = _no_notices
    without_id: Callable[[Request], Request | None] = _no_id


FORMATS: Mapping[FormatName, ApiFormat] = {
    "agent": ApiFormat(
        "agent",
        "responses",
        agent_body.check,
        agent_body.body,
        AgentReader,
        agent_body.notices,
        agent_body.without_id,
    ),
    # The chat format has all turns in its body anyway.
    "chat": ApiFormat("chat", "chat/completions", chat_body.check, chat_body.body, ChatReader),
}
