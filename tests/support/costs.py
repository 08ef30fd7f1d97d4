"""A provider that reports its cost."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator

from pplx_widget.core.events import Event, Finished, Text, Usage, UsageReported


class Says:
    """Answers with these events, after waiting for ``gate`` if it is given."""

    def __init__(self, *events: Event, gate: threading.Event | None = None) -> None:
        self.events, self.gate = events, gate
        self.asked = 0

    async def stream(self, _request: object) -> AsyncIterator[Event]:
        self.asked += 1
        yield Text("So")
        while self.gate and not self.gate.is_set():  # noqa: ASYNC110 (a thread's event)
            await asyncio.sleep(0.001)
        for event in self.events:
            yield event


def costs(amount: float | None, **usage: object) -> Says:
    return Says(UsageReported(Usage(10, 20, 30, amount, **usage)), Finished())  # type: ignore[arg-type]
