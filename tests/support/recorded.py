"""Answers for the tests of recordings, and their comparison."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pplx_widget as pplx
from pplx_widget.core.events import Event, Finished, Searching, Source, SourcesFound, Text
from pplx_widget.document.record import to_record

from .wire_server import CREATED, completed, delta, results

KEY = "pplx-0123456789abcdefghij"
ANSWER = [CREATED, *results(1, 2), delta("Cited [1]"), delta(" and said. 🚀"), completed()]


class Slow:
    """A custom provider."""

    async def stream(self, request: pplx.Request) -> AsyncIterator[Event]:
        yield Searching(("a query",))
        found = Source(3, "T", "https://example.org/3", "example.org", query="a query")
        yield SourcesFound((found,), ("a query",))
        for word in ("From ", "elsewhere ", "[3]."):
            yield Text(word)
        yield Finished("complete", None, "m")


def come_to(answer: pplx.Answer) -> dict[str, Any]:
    """Return the record of an answer without its times."""
    record = to_record(answer.question, answer._session.state)
    for name in ("asked", "timing"):
        record.pop(name, None)
    for step in record.get("steps", []):
        step.pop("at")
    return record
