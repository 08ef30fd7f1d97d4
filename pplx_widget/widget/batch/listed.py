"""A list of answers as the rows of a table."""

from __future__ import annotations

import asyncio
import functools
import weakref
from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from ...core.errors import PplxError
from ...core.runtime import runtime
from ...core.state import Status
from ...document.record import FURTHER, to_record
from .. import protocol

if TYPE_CHECKING:
    from ..answer import Answer

_EVERY = 0.1  # seconds between two looks at answers in progress


class Listed:
    """The answers of a list as rows; see `Rows`.

    Parameters
    ----------
    answers : sequence of Answer
        The answers, in progress or finished.
    """

    projected = None
    """The expected cost is unknown."""

    left = None
    """The expected time is unknown."""

    rate = 0.0
    """The answers were asked one by one, so no rate is told."""

    def __init__(self, answers: Sequence[Answer]) -> None:
        self._answers = tuple(answers)
        self._changed: list[Callable[[int], None]] = []
        self._seen: list[object] = [None] * len(answers)
        self._looking = False
        for answer in set(self._answers):
            # The answers outlive the table.
            answer.observe(functools.partial(_restarted, weakref.ref(self)), "status")

    def __len__(self) -> int:
        return len(self._answers)

    @property
    def status(self) -> str:
        """``running`` while an answer is in progress, else ``complete``."""
        return "complete" if all(a.status.final for a in self._answers) else "running"

    @property
    def counts(self) -> Counter[str]:
        """The number of answers in each state."""
        return Counter(map(self.state, range(len(self))))

    @property
    def spent(self) -> float:
        """The cost of the answers so far."""
        first = {id(answer): row for row, answer in enumerate(self._answers)}
        return sum(self.cost(row) or 0.0 for row in first.values())

    def state(self, row: int) -> str:
        """Return the state of an answer."""
        status = self._answers[row].status
        if status.final:
            return str(status)
        return "waiting" if status is Status.QUEUED else "running"

    def question(self, row: int) -> str:
        """Return the question of an answer."""
        return str(self._answers[row].question)

    def text(self, row: int) -> str:
        """Return the text of an answer so far."""
        return str(self._answers[row].text)

    def error(self, row: int) -> PplxError | None:
        """Return the error of an answer."""
        return self._answers[row].error

    def cost(self, row: int) -> float | None:
        """Return the cost of an answer."""
        usage = self._answers[row].usage
        return usage.cost if usage and usage.currency == "USD" else None

    def found(self, row: int) -> int | None:
        """Return the number of an answer's sources."""
        answer = self._answers[row]
        return len(answer.sources) if answer.status.final else None

    def sources(self, row: int) -> list[dict[str, Any]]:
        """Return the sources of an answer."""
        return [protocol.source(source) for source in self._answers[row].sources]

    def answer(self, row: int) -> Answer:
        """Return the answer."""
        return self._answers[row]

    def can(self) -> tuple[str, ...]:
        """Return ``stop`` while an answer is in progress, else ``retry`` if one failed."""
        if self.status == "running":
            return ("stop",)
        return ("retry",) if any(self._retried()) else ()

    def do(self, action: str) -> None:
        """Stop all answers, or ask the failed ones again."""
        if action == "stop":
            for answer in self._answers:
                answer.stop()
        elif action == "retry":
            for answer in dict.fromkeys(self._retried()):
                answer.retry()

    def _retried(self) -> list[Answer]:
        return [a for a in self._answers if (e := a.error) is not None and e.retry]

    def records(self, rows: list[int]) -> dict[str, Any]:
        """Return the records of these answers as those of one output."""
        answers = [self._answers[row] for row in rows]
        made = [to_record(a.question, a.session.snapshot(), a.context) for a in answers]
        first, *others = made or [{}]
        return {**first, FURTHER: others} if others else first

    def wait(self) -> None:
        """Wait until all answers are over."""
        for answer in self._answers:
            answer.wait()

    def watch(self, changed: Callable[[int], None]) -> None:
        """Call ``changed(row)`` after each change of an answer, and ``changed(-1)`` at the end."""
        self._changed.append(changed)
        self.look_on()

    def look_on(self) -> None:
        """Look at the answers in progress until all are over."""
        if not self._looking and self.status == "running":
            self._looking = runtime().call(functools.partial(_look, weakref.ref(self)))

    def look(self) -> bool:
        """Tell the changes; return whether an answer is still in progress."""
        for row, answer in enumerate(self._answers):
            state = answer.session.snapshot()
            now = (answer.session, state.status, state.text.parts, len(state.sources))
            if now != self._seen[row]:
                self._seen[row] = now
                self._tell(row)
        self._looking = self.status == "running"
        if not self._looking:
            self._tell(-1)
        return self._looking

    def _tell(self, row: int) -> None:
        for changed in self._changed:
            changed(row)


def _restarted(ref: weakref.ref[Listed], _change: object) -> None:
    if (rows := ref()) is not None:
        rows.look_on()


def _look(ref: weakref.ref[Listed]) -> None:
    if (rows := ref()) is not None and rows.look():
        asyncio.get_running_loop().call_later(_EVERY, _look, ref)
