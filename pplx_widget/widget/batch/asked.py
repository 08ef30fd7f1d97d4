"""The rows of `ask_many` as those of a table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from ...batch.engine import Engine
from ...batch.tally import BatchStatus
from ...core.errors import PplxError
from ...document.compact import packed
from ...document.record import batch_to_record

if TYPE_CHECKING:
    from ..answer import Answer


class Asked:
    """The rows of an engine; see `Rows`.

    Parameters
    ----------
    engine : Engine
        The engine.
    answer : callable
        Returns the answer of a row: a method of the batch, which so lives as long as its table.
    """

    def __init__(self, engine: Engine, answer: Callable[[int], Answer]) -> None:
        self._engine = engine
        self._found: dict[int, int] = {}
        self.answer = answer
        self.state, self.question, self.watch = engine.state, engine.question, engine.watch

    def __len__(self) -> int:
        return len(self._engine)

    @property
    def status(self) -> str:
        """The status of the batch."""
        return str(self._engine.status)

    @property
    def counts(self) -> Mapping[str, int]:
        """The number of rows in each state."""
        return dict(self._engine.counts)

    @property
    def spent(self) -> float:
        """The known costs so far."""
        return self._engine.spent

    @property
    def projected(self) -> float | None:
        """What the whole batch may cost."""
        return self._engine.projected

    @property
    def rate(self) -> float:
        """Rows a minute."""
        return self._engine.rate

    @property
    def left(self) -> float | None:
        """Seconds that the rest may take."""
        return self._engine.left

    def text(self, row: int) -> str:
        """Return the text of a row so far; empty if it is in a store that cannot be read."""
        try:
            return self._engine.text(row)
        except PplxError:
            return ""

    def error(self, row: int) -> PplxError | None:
        """Return the error of a row."""
        found = self._engine.result(row)
        return found.error if found else None

    def cost(self, row: int) -> float | None:
        """Return the cost of a row; 0 for one that repeats an earlier question."""
        found = self._engine.result(row)
        return (0.0 if self._engine.repeats(row) else found.cost) if found else None

    def found(self, row: int) -> int | None:
        """Return the number of a row's sources."""
        if self._engine.result(row) is None:
            self._found.pop(row, None)  # it is asked again
            return None
        if row not in self._found:  # reading a record takes a while, and the table sorts all rows
            self._found[row] = len(self.sources(row))
        return self._found[row]

    def sources(self, row: int) -> list[dict[str, Any]]:
        """Return the sources of a row."""
        record = self._record(row)
        found: list[dict[str, Any]] = record.get("sources", []) if record else []
        return found

    def _record(self, row: int) -> dict[str, Any] | None:
        found = self._engine.result(row)
        try:
            return found.record if found else None
        except PplxError:  # the store cannot be read
            return None

    def records(self, rows: Iterable[int]) -> dict[str, Any]:
        """Return the record of the batch."""
        kept = ((row, self.cost(row), r) for row in rows if (r := self._record(row)))
        return packed(batch_to_record(self.status, kept, self._engine.noted()))

    def can(self) -> tuple[str, ...]:
        """Return the actions that are possible now."""
        asks = self._engine.asks and self._engine.counts.get("failed")
        retry = ("retry",) if asks else ()
        match self._engine.status:
            case BatchStatus.RUNNING:
                return "pause", "stop"
            case BatchStatus.PAUSED:
                return "resume", "stop", *retry
            case _:
                return retry

    def do(self, action: str) -> None:
        """Carry out an action."""
        engine = self._engine
        acts = {
            "pause": engine.pause,
            "resume": engine.resume,
            "stop": engine.stop,
            "retry": engine.retry_failed,
        }
        acts[action]()

    def wait(self) -> None:
        """Wait until no row is under way or about to be."""
        self._engine.over.result()
