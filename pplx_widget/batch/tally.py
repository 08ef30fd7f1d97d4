"""The figures of a batch: the state and result of each row, costs and pace; and its watchers."""

from __future__ import annotations

import contextlib
import logging
import time
from array import array
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, InvalidStateError
from enum import StrEnum

from ..core import errors
from ..core.errors import BudgetReached
from ..runs.usage import Run, dollars
from .result import RowResult

log = logging.getLogger("pplx_widget")

# The pace of a batch is that of so many of its newest rows.
_NEWEST = 200


class BatchStatus(StrEnum):
    """The status of a batch; a `str`, so you can write ``batch.status == "complete"``.

    Attributes
    ----------
    RUNNING : BatchStatus
        Rows are asked.
    PAUSED : BatchStatus
        No further rows are asked until ``resume()``; those under way continue.
    STOPPED : BatchStatus
        You stopped the batch.
    COMPLETE : BatchStatus
        Every row has ended, with whatever status.
    """

    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"
    COMPLETE = "complete"

    @property
    def final(self) -> bool:
        """Whether the batch has ended."""
        return self in (BatchStatus.STOPPED, BatchStatus.COMPLETE)


class Tally:
    """The rows of a batch; any thread reads it, and the background thread changes it.

    Rows with the same question share one run: the first of them stands for all.

    Parameters
    ----------
    questions : sequence of str
        The question of each row.

    Attributes
    ----------
    status : BatchStatus
        The status of the batch.
    counts : dict of str to int
        The number of rows in each state.
    finished : list of int
        The rows in the order in which they ended; a row that is asked again is in it twice.
    moments, spendings : array of float
        For each of them, when it ended, in seconds of asking (without breaks), and the known costs by
        then, in US dollars.
    spent : float
        The known costs in US dollars.
    runs : list of Run
        The cost of each run.
    over : Future
        Done when no row is under way or about to be: complete, stopped, or paused.
    news : Future
        Done at the next end of a row or change of the status.
    """

    def __init__(self, questions: Sequence[str]) -> None:
        self._questions = questions
        first: dict[str, int] = {}
        self._first = [first.setdefault(question, i) for i, question in enumerate(questions)]
        self._alike: dict[int, list[int]] = {}  # the further rows with the question of a first one
        for row, its in enumerate(self._first):
            if row != its:
                self._alike.setdefault(its, []).append(row)
        self._states = ["waiting"] * len(questions)  # of the first rows
        self._results: dict[int, RowResult] = {}
        self._rounds: dict[int, int] = {}
        self._open = len(first)  # first rows that have not ended
        self.status = BatchStatus.RUNNING
        self.counts: dict[str, int] = {"waiting": len(questions)} if questions else {}
        self.finished: list[int] = []
        self.moments, self.spendings = array("d"), array("d")
        self._asked = 0.0  # seconds of asking until the last break
        self._since: float | None = time.monotonic()  # None in a break
        self.spent = 0.0
        self.runs: list[Run] = []
        self._might = 0.0  # what the runs of unknown cost may have cost
        self._highest = 0.0  # the highest cost of a run
        self._costs = 0  # the number of known ones
        self._ends: deque[float] = deque(maxlen=_NEWEST)
        self._watchers: list[Callable[[int], None]] = []
        self.over: Future[None] = Future()
        self.news: Future[None] = Future()

    # ---- rows ------------------------------------------------------------------------------------

    def __len__(self) -> int:
        return len(self._questions)

    def state(self, row: int) -> str:
        """Return the state of a row."""
        return self._states[self._first[row]]

    def question(self, row: int) -> str:
        """Return the question of a row."""
        return self._questions[row]

    def result(self, row: int) -> RowResult | None:
        """Return the result of a row; None until it has ended."""
        return self._results.get(self._first[row])

    def round(self, row: int) -> int:
        """Return how often a row was asked again."""
        return self._rounds.get(self._first[row], 0)

    def repeats(self, row: int) -> bool:
        """Return whether an earlier row has the same question, so that this one cost nothing."""
        return self._first[row] != row

    @property
    def failed(self) -> tuple[int, ...]:
        """The numbers of the rows that failed."""
        return tuple(row for row in range(len(self)) if self.state(row) == "failed")

    # ---- costs and pace --------------------------------------------------------------------------

    @property
    def counted(self) -> float:
        """The known costs in US dollars, and estimates of those that are not known."""
        return self.spent + self._might

    @property
    def projected(self) -> float | None:
        """What the whole batch may cost in US dollars; None if no run has a known cost."""
        return self.spent * (1 + self._open / self._costs) if self._costs else None

    @property
    def seconds(self) -> float:
        """How long rows have been asked, without the breaks after a pause or an end."""
        since = self._since
        return self._asked + (0.0 if since is None else time.monotonic() - since)

    @property
    def rate(self) -> float:
        """Rows a minute; 0 before two rows have been asked."""
        ends = [*self._ends]
        took = time.monotonic() - ends[0] if ends else 0.0
        return (len(ends) - 1) / took * 60 if len(ends) > 1 and took > 0 else 0.0

    @property
    def left(self) -> float | None:
        """Seconds that the rest may take; None if that is unknown."""
        if not self._open:
            return 0.0
        return self._open / rate * 60 if (rate := self.rate) else None

    def _count(self, run: Run) -> None:
        """Count the cost of a run."""
        self.runs.append(run)
        if run.cost is None:
            self._might += run.might
        elif not run.refused:
            self.spent += run.cost
            self._costs += 1
            self._highest = max(self._highest, run.cost)

    # ---- changes ---------------------------------------------------------------------------------

    def watch(self, callback: Callable[[int], None]) -> None:
        """Call ``callback(row)`` on the loop's thread after each change of a row; -1 for the batch."""
        self._watchers = [*self._watchers, callback]

    def unwatch(self, callback: Callable[[int], None]) -> None:
        """Do not call it any more."""
        self._watchers = [each for each in self._watchers if each != callback]

    def _end(self, row: int, found: RowResult) -> None:
        """Note the result of a first row."""
        self._results[row] = found
        self._open -= 1
        rows = (row, *self._alike.get(row, ()))
        self.moments.extend([self.seconds] * len(rows))
        self.spendings.extend([self.spent] * len(rows))
        self.finished += rows  # the last of the three, for readers in other threads
        self._turn(row, found.status)
        self._announce()

    def _again(self, row: int) -> None:
        """Note that a first row is asked again."""
        del self._results[row]
        self._rounds[row] = self._rounds.get(row, 0) + 1
        self._open += 1
        self._turn(row, "waiting")

    def _turn(self, row: int, state: str) -> None:
        """Give a first row and those like it another state."""
        alike = self._alike.get(row, ())
        before, many = self._states[row], 1 + len(alike)
        self._states[row] = state
        self.counts[state] = self.counts.get(state, 0) + many
        self.counts[before] -= many
        if not self.counts[before]:
            del self.counts[before]
        self._tell(row)

    def _become(self, status: BatchStatus) -> None:
        self.status = status
        self._announce()
        self._tell(-1)

    def _settle(self) -> None:
        """Note that no row is under way or about to be."""
        self._asked, self._since = self.seconds, None
        with contextlib.suppress(InvalidStateError):
            self.over.set_result(None)
        self._announce()
        self._tell(-1)

    def _announce(self) -> None:
        news, self.news = self.news, Future()
        with contextlib.suppress(InvalidStateError):
            news.set_result(None)

    def _tell(self, row: int) -> None:
        if not self._watchers:
            return
        for each in (row, *self._alike.get(row, ())):
            for callback in self._watchers:
                try:
                    callback(each)
                except Exception:
                    log.exception("a change of a batch could not be shown")


def too_dear(budget: float, spent: float) -> BudgetReached:
    """Return the error of rows that the budget of the batch leaves no room for."""
    return errors.told(
        BudgetReached,
        "error.batch_budget.what",
        "error.batch_budget.why",
        "error.batch_budget.try",
        budget=dollars(budget),
        spent=dollars(spent),
    )
