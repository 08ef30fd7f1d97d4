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
    own_body : callable
        Makes the body of a request from its options.
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
    own_body: Callable[[Request], dict[str, Any]]
    reader: Callable[[str], Reader]
    notices: Callable[[Request], Sequence[str]] = _no_notices
    without_id: Callable[[Request], Request | None] = _no_id

    def body(self, request: Request, *, stream: bool = False) -> dict[str, Any]:
        """Return the body of a request; the asker's further fields are merged last."""
        body = self.own_body(request)
        if stream:
            body["stream"] = True
        return body | dict(request.extra_body or {})


def shown(body: Mapping[str, Any], request: Request) -> dict[str, Any]:
    """Return the body of a request without the keys in the asker's further fields."""
    return {**body, **(request.extra_body.shown if request.extra_body else {})}


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
