"""Asks a wire server through any provider, and returns what came in a form that can be compared."""

from __future__ import annotations

import asyncio
from typing import Any

import pplx_widget as pplx
from pplx_widget import config, providers
from pplx_widget.core import errors
from pplx_widget.core.events import Event, Failed
from pplx_widget.providers import Raw, http, sdk
from pplx_widget.question.request import request

from .wire_server import WireServer

PAIRS: dict[str, list[Any]] = {"agent": ["agent", "raw"], "chat": ["chat", Raw("chat")]}
"""The providers of each shape: with the SDK and without."""


class Asker:
    """Asks a wire server through any provider, on a loop of its own."""

    def __init__(self, server: WireServer) -> None:
        self.server = server
        self._runner = asyncio.Runner()

    def ask(self, provider: Any, *, model: str | None = None, **options: Any) -> list[Any]:
        """Return the events, and last what was raised, in a form that can be compared."""
        pplx.configure(base_url=self.server.base_url, max_retries=0)
        asked = request("q", model=model, **options)
        return self._runner.run(self._ask(provider, asked))

    async def _ask(self, provider: Any, asked: pplx.Request) -> list[Any]:
        where = config.connection(timeout=5)
        self.provider = await providers.resolve(provider, where, asked)()
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
