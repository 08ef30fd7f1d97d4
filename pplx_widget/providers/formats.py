"""The API formats: for each its path, its request body and its reader."""

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


def _no_other_name(_body: dict[str, Any], _request: Request) -> None:
    return None


@dataclass(frozen=True)
class ApiFormat:
    """An API format.

    Attributes
    ----------
    name : {"agent", "chat"}
        Its name in options and recordings.
    path : str
        The path of its endpoint below the base URL.
    check : callable
        Raises `InvalidRequest` for a request that the format cannot express.
    own_body : callable
        Makes the body of a request from its options.
    reader : callable
        Makes the reader of a stream from the name of the host.
    notices : callable
        Returns a sentence for each part of a request that was reinterpreted.
    without_id : callable
        Returns the request with all turns in place of the previous answer's id; None if it has no id.
    as_preset : callable
        Returns a body with the effort under its older name; None if the body has no effort.
    """

    name: FormatName
    path: str
    check: Callable[[Request], None]
    own_body: Callable[[Request], dict[str, Any]]
    reader: Callable[[str], Reader]
    notices: Callable[[Request], Sequence[str]] = _no_notices
    without_id: Callable[[Request], Request | None] = _no_id
    as_preset: Callable[[dict[str, Any], Request], dict[str, Any] | None] = _no_other_name

    def body(self, request: Request, *, stream: bool = False) -> dict[str, Any]:
        """Return the body of a request; the fields of ``extra_body`` are merged last."""
        body = self.own_body(request)
        if stream:
            body["stream"] = True
        return body | dict(request.extra_body or {})


def shown(body: Mapping[str, Any], request: Request) -> dict[str, Any]:
    """Return the body of a request with the keys in ``extra_body`` masked."""
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
        agent_body.as_preset,
    ),
    # The chat format always has all turns in its body.
    "chat": ApiFormat("chat", "chat/completions", chat_body.check, chat_body.body, ChatReader),
}
