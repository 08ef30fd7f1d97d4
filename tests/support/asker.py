"""Ask a wire server through any provider, and compare the events."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pplx_widget as pplx
from pplx_widget import config, providers
from pplx_widget.core import errors
from pplx_widget.core.events import Event, Failed
from pplx_widget.providers import Raw, http, sdk
from pplx_widget.question.request import Request

from .wire_server import CREATED, WireServer, completed, delta, results

PAIRS: dict[str, list[Any]] = {"agent": ["agent", "raw"], "chat": ["chat", Raw("chat")]}
ALL = [(provider, shape) for shape, pair in PAIRS.items() for provider in pair]


class Asker:
    """Asks a wire server through any provider, on its own event loop."""

    def __init__(self, server: WireServer) -> None:
        self.server = server
        self._runner = asyncio.Runner()

    def ask(self, provider: Any, *, model: str | None = None, **options: Any) -> list[Any]:
        """Return the events, and the error that ended them if any, in a comparable form."""
        pplx.configure(base_url=self.server.base_url, max_retries=0)
        asked = Request(question="q", model=model, **options)
        return self._runner.run(self._ask(provider, asked))

    async def _ask(self, provider: Any, asked: pplx.Request) -> list[Any]:
        where = config.connection(timeout=5)
        self.provider = await providers.describe(provider).make(where)
        events: list[Any] = []
        try:
            async for event in self.provider.stream(asked):
                events.append(event)  # noqa: PERF401 (it may raise in between)
        except errors.PplxError as error:
            events.append(error)
        return [_comparable(event) for event in events]

    def close(self) -> None:
        self._runner.run(http.clients.close())
        self._runner.run(sdk.clients.close())
        self._runner.close()


def _comparable(event: Event | errors.PplxError) -> Any:
    error = event.error if isinstance(event, Failed) else event
    if isinstance(error, errors.PplxError):
        raised = "Failed" if isinstance(event, Failed) else "raised"
        return raised, type(error).__name__, error.what, error.why, error.try_this, error.request_id
    return event


def model_for(shape: str) -> str | None:
    return "m" if shape == "chat" else None


def chunk(content: str | None = None, finish: str | None = None, **fields: Any) -> bytes:
    choice = {"index": 0, "delta": {"content": content}, "finish_reason": finish}
    payload = {"id": "c", "object": "chat.completion.chunk", "model": "m", "choices": [choice]}
    return b"data: %s\n\n" % json.dumps(payload | fields).encode()


DONE = b"data: [DONE]\n\n"

GOOD = {
    "agent": [CREATED, *results(1, 2), delta("Hello "), delta("you[1]"), completed("Hello you[1]")],
    "chat": [
        chunk("Hello ", citations=["https://a.org"]),
        chunk("you[1]"),
        chunk("", "stop"),
        DONE,
    ],
}
