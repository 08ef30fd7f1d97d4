"""A provider for batches: it answers each question by a function, and remembers the questions."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable

from pplx_widget.core.events import (
    Event,
    Finished,
    Source,
    SourcesFound,
    Text,
    Usage,
    UsageReported,
)
from pplx_widget.question.request import Request

SOURCE = Source(1, "A title", "https://example.org/1", "example.org")
LIMIT = 30.0


def answer(text: str, cost: float | None = 0.01) -> list[Event]:
    """Return the events of a complete answer."""
    used = UsageReported(Usage(10, 20, 30, cost=cost))
    return [SourcesFound((SOURCE,)), *map(Text, text.split(" ")), used, Finished()]


class Answers:
    """Answers each question with the events of ``say(question)``, which may raise.

    With ``gate``, each answer waits for it after its first event.
    """

    server = "test"

    def __init__(
        self,
        say: Callable[[str], list[Event]] = lambda question: answer(f"To {question}:[1]"),
        gate: threading.Event | None = None,
    ) -> None:
        self._say, self._gate = say, gate
        self.asked: list[str] = []
        self.most = self._open = 0

    async def stream(self, request: Request) -> AsyncIterator[Event]:
        self.asked.append(request.question)
        self._open += 1
        self.most = max(self.most, self._open)
        try:
            first, *rest = self._say(request.question)
            yield first
            while self._gate and not self._gate.is_set():  # noqa: ASYNC110 (a thread's event)
                await asyncio.sleep(0.001)
            for event in rest:
                await asyncio.sleep(0)
                yield event
        finally:
            self._open -= 1
