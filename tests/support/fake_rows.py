"""Rows that change as in a batch, in virtual time: `FakeRows.go` carries them to a moment."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from pplx_widget.core.errors import PplxError, RateLimited
from pplx_widget.core.events import (
    Failed,
    Finished,
    Source,
    SourcesFound,
    Text,
    Usage,
    UsageReported,
)
from pplx_widget.core.runtime import runtime
from pplx_widget.core.state import AnswerState, Status
from pplx_widget.document.record import batch_to_record, to_record
from pplx_widget.widget import protocol
from pplx_widget.widget.answer import Answer

WORDS = [
    "The",
    "directive",
    "sets",
    "out",
    "**rules**",
    "for",
    "the",
    "market",
    "[1],",
    "by",
    "law.",
]


class _Result:
    def __init__(self, row: int, text: str) -> None:
        failed = row % 97 == 13
        self.status = Status.FAILED if failed else Status.COMPLETE
        self.error = (
            RateLimited("The service refused the question.", "Too many.") if failed else None
        )
        self.sources = () if failed else tuple(_source(row, i) for i in range(1, row % 5 + 2))
        self.usage = None if failed else Usage(20, 300, 320, 0.002 + row % 7 / 1000)
        self.text = text


def _source(row: int, i: int) -> Source:
    page = (row + i) % 40
    return Source(i, f"Page {page}", f"https://example{page}.org/{page}", f"example{page}.org")


class FakeRows:
    """A batch of ``n`` rows, of which ``rate`` end in a second and ``live`` run at a time."""

    def __init__(self, n: int, *, rate: float = 30.0, live: int = 30, tokens: int = 120) -> None:
        self.now = 0.0
        self.paused = self.stopped = False
        self.actions: list[str] = []
        self._n, self._rate, self._live, self._tokens = n, rate, live, tokens
        self._took = live / rate
        self._changed: list[Callable[[int], None]] = []
        self._results: dict[int, _Result] = {}
        self._running: dict[int, int] = {}  # by row: tokens so far
        self._next = 0
        self.counts: Counter[str] = Counter(waiting=n)

    def __len__(self) -> int:
        return self._n

    def go(self, now: float) -> None:
        """Carry the batch to a moment, in seconds."""
        self.now = now
        if self.paused or self.stopped:
            return
        begun = min(self._n, int(now * self._rate) + self._live)
        changed = []
        while self._next < begun:
            self._running[self._next] = 0
            self._count("waiting", "running")
            changed.append(self._next)
            self._next += 1
        for row in list(self._running):
            started = max(0.0, (row - self._live) / self._rate)
            share = (now - started) / self._took
            if share >= 1:
                del self._running[row]
                self._results[row] = result = _Result(row, self._text(row, self._tokens))
                self._count("running", str(result.status))
                changed.append(row)
            elif (tokens := int(share * self._tokens)) != self._running[row]:
                self._running[row] = tokens
                changed.append(row)
        self._tell(*changed, *([-1] if self.status == "complete" else []))

    def _count(self, before: str, after: str) -> None:
        self.counts[before] -= 1
        self.counts[after] += 1

    def _tell(self, *rows: int) -> None:
        for row in rows:
            for changed in self._changed:
                changed(row)

    def _text(self, row: int, tokens: int) -> str:
        words = (WORDS[(row + i) % len(WORDS)] for i in range(tokens))
        return f"**Row {row}**: " + " ".join(words)

    @property
    def status(self) -> str:
        if self.stopped:
            return "stopped"
        if self.paused:
            return "paused"
        return "complete" if len(self._results) == self._n else "running"

    @property
    def spent(self) -> float:
        return 0.003 * len(self._results)

    @property
    def projected(self) -> float | None:
        return 0.003 * self._n

    @property
    def rate(self) -> float:
        return 60 * self._rate

    @property
    def left(self) -> float | None:
        return (self._n - len(self._results)) / self._rate

    def state(self, row: int) -> str:
        if (result := self._results.get(row)) is not None:
            return str(result.status)
        return "running" if row in self._running else "waiting"

    def question(self, row: int) -> str:
        return f"What does rule {row} of the directive mean for a small company in the market?"

    def text(self, row: int) -> str:
        if (result := self._results.get(row)) is not None:
            return "" if result.error else result.text
        return self._text(row, self._running[row]) if row in self._running else ""

    def error(self, row: int) -> PplxError | None:
        return result.error if (result := self._results.get(row)) else None

    def cost(self, row: int) -> float | None:
        usage = result.usage if (result := self._results.get(row)) else None
        return usage.cost if usage else None

    def found(self, row: int) -> int | None:
        return len(result.sources) if (result := self._results.get(row)) else None

    def sources(self, row: int) -> list[dict[str, Any]]:
        result = self._results.get(row)
        return [protocol.source(source) for source in result.sources] if result else []

    def record(self, row: int) -> dict[str, Any]:
        state, result = AnswerState(), self._results[row]
        state.apply(SourcesFound(result.sources), 0)
        if result.usage:
            state.apply(UsageReported(result.usage), 1)
        state.apply(Text(self.text(row)), 1)
        state.apply(Failed(result.error) if result.error else Finished("complete"), 2)
        return to_record(self.question(row), state)

    def answer(self, row: int) -> Answer:
        return Answer.from_record(self.record(row))

    def watch(self, changed: Callable[[int], None]) -> None:
        self._changed.append(changed)

    def can(self) -> tuple[str, ...]:
        if self.status == "complete":
            return ("retry",)
        if self.stopped:
            return ()
        return ("resume" if self.paused else "pause", "stop")

    def do(self, action: str) -> None:
        self.actions.append(action)
        if action in ("pause", "resume"):
            self.paused = action == "pause"
        if action == "stop":
            self.stopped = True
            for row in range(self._n):
                if self.state(row) in ("running", "waiting"):
                    self._count(self.state(row), "stopped")
                    self._results[row] = _Result(row, "")
                    self._results[row].status = Status.STOPPED
                    self._running.pop(row, None)
        if action == "retry":
            for row in [row for row, result in self._results.items() if result.error]:
                self._count(self.state(row), "running")
                del self._results[row]
                self._running[row] = 0
                self._tell(row)
        self._tell(-1)

    def records(self, rows: list[int]) -> dict[str, Any]:
        kept = ((row, self.cost(row), self.record(row)) for row in rows)
        return batch_to_record(self.status, kept)

    def wait(self) -> None:
        self.go(1e9)


def run(rows: FakeRows) -> None:
    """Carry the batch on in real time, on the background thread."""

    async def drive() -> None:
        last = time.monotonic()
        while not rows.stopped and rows.status != "complete":
            await asyncio.sleep(0.03)
            now = time.monotonic()
            if not rows.paused:
                rows.go(rows.now + now - last)
            last = now

    runtime().begin(drive)
