"""The engine of a batch: asks its rows on the background thread, as many at once as there is room."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import time
import weakref
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, InvalidStateError
from enum import StrEnum

from ..core import errors, waiting
from ..core.errors import BudgetReached, PplxError
from ..core.events import Event, Retrying, Waiting
from ..core.runtime import TASK, runtime
from ..core.state import Status
from ..runs.ledger import ledger
from ..runs.prepare import Prepared, Way
from ..runs.session import Session
from ..runs.usage import Run, dollars
from .result import SKIPPED, RowResult, finished, not_asked, result
from .room import LAG, Room
from .row import Row

log = logging.getLogger("pplx_widget")

# How often the engine looks whether the event loop lags.
_BEAT_SECONDS = 0.25

# The pace of a batch is that of so many of its newest rows.
_NEWEST = 200

# Errors that every row would have: the rest fails with the first of them and is not sent.
_OF_ALL = (errors.MissingKey, errors.KeyRejected, errors.EndpointRetired)

_UNREACHED = (errors.ConnectionFailed, errors.TimedOut)


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


class Engine:
    """Asks the rows of a batch.

    Rows with the same question share one run; the first of them stands for all. Everything but reading
    happens on the background thread.

    Parameters
    ----------
    questions : sequence of str
        The question of each row.
    begin : Prepared
        One of them, with the options of all.
    budget : float or None
        US dollars that the rows may cost.
    room : Room
        How many rows may be under way.
    fragile : bool
        Whether the first failed row ends the batch: those under way continue, and the rest is skipped.
    """

    def __init__(
        self,
        questions: Sequence[str],
        begin: Prepared,
        *,
        budget: float | None = None,
        room: Room | None = None,
        fragile: bool = False,
    ) -> None:
        self._questions = questions
        self.begin = begin
        self.budget = budget
        self._room = room or Room()
        self._fragile = fragile
        first: dict[str, int] = {}
        self._first = [first.setdefault(question, i) for i, question in enumerate(questions)]
        self._alike: dict[int, list[int]] = {}  # the further rows with the question of a first one
        for row, its in enumerate(self._first):
            if row != its:
                self._alike.setdefault(its, []).append(row)
        self._states = ["waiting"] * len(questions)  # of the first rows
        self._results: dict[int, RowResult] = {}
        self._todo = deque(first.values())
        self._runs: dict[int, Row] = {}  # under way
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._looked: weakref.WeakValueDictionary[int, Row] = weakref.WeakValueDictionary()
        self._queued: set[int] = set()  # rows that wait for their turn
        self.counts: dict[str, int] = {"waiting": len(questions)} if questions else {}
        """The number of rows in each state."""
        self.finished: list[int] = []
        """The rows in the order in which they ended; a row that is asked again stands here twice."""
        self.status = BatchStatus.RUNNING
        self.spent = 0.0
        """The known costs in US dollars."""
        self._might = self._highest = 0.0  # what unknown costs may be; the highest cost of a row
        self._asked = 0  # rows whose cost counts
        self.error: PplxError | None = None
        """The error of the first row that failed, if that ends the batch."""
        self.runs: list[Run] = []
        """What the runs have cost."""
        self._ends: deque[float] = deque(maxlen=_NEWEST)
        self._watchers: list[Callable[[int], None]] = []
        self._over: Future[None] = Future()
        self._news: Future[None] = Future()
        self._wake: asyncio.Event | None = None  # while the engine drives
        self._way: Way | None = None
        _engines.add(self)

    # ---- what is known, from any thread ----------------------------------------------------------

    def __len__(self) -> int:
        return len(self._questions)

    def state(self, row: int) -> str:
        """Return the state of a row."""
        return self._states[self._first[row]]

    def question(self, row: int) -> str:
        """Return the question of a row."""
        return self._questions[row]

    def text(self, row: int) -> str:
        """Return the text of a row so far."""
        its = self._first[row]
        if (run := self._runs.get(its)) is not None:
            return str(run.state.text)
        found = self._results.get(its)
        return found.text if found else ""

    def result(self, row: int) -> RowResult | None:
        """Return the result of a row; None until it has ended."""
        return self._results.get(self._first[row])

    def repeats(self, row: int) -> bool:
        """Return whether an earlier row has the same question, so that this one cost nothing."""
        return self._first[row] != row

    @property
    def failed(self) -> tuple[int, ...]:
        """The numbers of the rows that failed."""
        return tuple(row for row in range(len(self)) if self.state(row) == "failed")

    @property
    def projected(self) -> float | None:
        """What the whole batch may cost in US dollars; None if no row has a known cost."""
        if not self._asked:
            return None
        return self.spent * (1 + (len(self._todo) + len(self._runs)) / self._asked)

    @property
    def rate(self) -> float:
        """Rows a minute."""
        ends = [*self._ends]
        took = time.monotonic() - ends[0] if ends else 0.0
        return (len(ends) - 1) / took * 60 if len(ends) > 1 and took > 0 else 0.0

    @property
    def left(self) -> float | None:
        """Seconds that the rest may take; None if that is unknown."""
        rest = len(self._todo) + len(self._runs)
        return 0.0 if not rest else rest / rate * 60 if (rate := self.rate) else None

    def watch(self, callback: Callable[[int], None]) -> None:
        """Call ``callback(row)`` on the loop's thread after each change of a row; -1 for the batch."""
        self._watchers = [*self._watchers, callback]

    def unwatch(self, callback: Callable[[int], None]) -> None:
        """Do not call it any more."""
        self._watchers = [each for each in self._watchers if each != callback]

    @property
    def over(self) -> Future[None]:
        """Done when no row is under way or about to be: complete, stopped, or paused."""
        return self._over

    @property
    def news(self) -> Future[None]:
        """Done at the next end of a row or change of the status."""
        return self._news

    # ---- commands, from any thread ---------------------------------------------------------------

    def start(self) -> None:
        """Ask the rows that wait.

        Raises
        ------
        InvalidRequest
            The provider cannot send such a request.
        PplxError
            The background thread cannot start.
        """
        self._way = self.begin.way()
        runtime().begin(self._drive).add_done_callback(self._left)

    def pause(self) -> None:
        """Ask no further rows; those under way continue."""
        self._command(self._pause)

    def resume(self) -> None:
        """Go on after a pause."""
        self._command(self._resume)

    def stop(self, reason: str | None = None) -> None:
        """Stop the rows under way, and skip the rest."""
        self._command(lambda: self._stop(reason))

    def abandon(self, reason: str) -> None:
        """Stop without waiting for it; also when the interpreter collects garbage or ends."""
        runtime().call(lambda: self._stop(reason))

    def retry_failed(self) -> None:
        """Ask the failed rows again."""
        self._command(self._retry_failed)

    def look(self, row: int) -> Session:
        """Return the run of a row, in progress or finished."""
        its = self._first[row]
        found: list[Session] = []
        self._command(lambda: found.append(self._looked_at(its)))
        return found[0]

    def _command(self, act: Callable[[], None]) -> None:
        """Call a function on the background thread, and wait until it has returned."""
        if runtime().here():
            act()
            return
        done: Future[None] = Future()

        def do() -> None:
            try:
                act()
            except BaseException as error:  # noqa: BLE001 (raised again in the waiting thread)
                done.set_exception(error)
            else:
                done.set_result(None)

        if runtime().call(do):
            waiting.wait(done, instead="it in a cell")
        else:  # no thread, so no row is under way
            act()

    # ---- on the background thread ----------------------------------------------------------------

    def _pause(self) -> None:
        if self.status is BatchStatus.RUNNING:
            self._become(BatchStatus.PAUSED)

    def _resume(self) -> None:
        if self.status is BatchStatus.PAUSED:
            self._become(BatchStatus.RUNNING)
            self._go_on()

    def _stop(self, reason: str | None) -> None:
        if self.status.final:
            return
        self._become(BatchStatus.STOPPED)
        self._skip(None)
        for run in [*self._runs.values()]:
            run.stop(reason)
        if self._wake is None:
            self._settle()

    def _retry_failed(self) -> None:
        self.error = None
        again = [row for row, state in enumerate(self._states) if state == "failed"]
        for row in again:
            del self._results[row]
            self._turn(row, "waiting")
        self._todo.extend(again)
        if again:
            self._become(BatchStatus.RUNNING)
            self._go_on()

    def _go_on(self) -> None:
        if self._wake is not None:
            self._wake.set()
            return
        if self._over.done():
            self._over = Future()
        self.start()

    def _looked_at(self, row: int) -> Session:
        if (ended := self._results.get(row)) is not None:
            return finished(self.begin.request.asking(self._questions[row]), ended)
        if (run := self._runs.get(row) or self._looked.get(row)) is None:
            run = self._looked[row] = self._made(row)
        return run

    def _made(self, row: int) -> Row:
        if self._way is None:
            raise RuntimeError("the batch has not begun")
        request = self.begin.request.asking(self._questions[row])
        return Row(request, self._way, lambda event: self._heard(row, event))

    async def _drive(self) -> None:
        self._wake = asyncio.Event()
        beat = asyncio.create_task(self._beat(), name=TASK)
        try:
            while True:
                self._wake.clear()
                self._fill()
                if not self._tasks and (not self._todo or self.status is not BatchStatus.RUNNING):
                    break
                await self._wake.wait()
        finally:
            beat.cancel()
            self._wake = None
            for task in [*self._tasks.values()]:
                task.cancel()
        if self.status is BatchStatus.RUNNING:
            self._become(BatchStatus.COMPLETE)
        self._settle()

    def _left(self, driven: Future[None]) -> None:
        """End the batch if its task ended otherwise than at its end."""
        broken = driven.cancelled() or driven.exception() is not None
        if broken and not self._over.done():
            if not driven.cancelled():
                log.error("a batch broke off", exc_info=driven.exception())
            self.status = BatchStatus.STOPPED
            self._settle()

    async def _beat(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + _BEAT_SECONDS
            await asyncio.sleep(_BEAT_SECONDS)
            if loop.time() - due > LAG:
                self._room.strained()

    def _fill(self) -> None:
        """Begin as many rows as there is room for."""
        while (
            self._todo
            and self.status is BatchStatus.RUNNING
            and len(self._runs) < self._room.size
            and self._affords()
        ):
            row = self._todo.popleft()
            run = self._looked.pop(row, None) or self._made(row)
            self._runs[row] = run
            self._tasks[row] = asyncio.create_task(self._ask(row, run), name=TASK)
            self._turn(row, "running")

    async def _ask(self, row: int, run: Row) -> None:
        """Ask one row, and note its result."""
        try:
            try:
                await self._run(run)
            finally:
                del self._runs[row]
                self._queued.discard(row)
                self._wakes()
            self._end(row, result(run.request, run.state, self._paid(run)))
        except BudgetReached as error:
            self._todo.appendleft(row)
            self._skip(error)
        finally:
            self._tasks.pop(row, None)
            self._wakes()

    async def _run(self, run: Row) -> None:
        way = self._way
        if way is None:
            raise RuntimeError("the batch has not begun")
        if way.missing_key is not None:
            run.fail(way.missing_key)
        else:
            await run.run(paid=way.paid, priced=way.priced)

    def _wakes(self) -> None:
        if self._wake is not None:
            self._wake.set()

    def _heard(self, row: int, event: Event) -> None:
        if isinstance(event, Waiting):
            (self._queued.add if event.place else self._queued.discard)(row)
        elif isinstance(event, Retrying) and not isinstance(event.error, _UNREACHED):
            self._room.strained()
        if self._watchers:
            self._tell(row)

    # ---- costs -----------------------------------------------------------------------------------

    def _affords(self) -> bool:
        """Return whether the budget allows a further row; if not, skip the rest."""
        if self.budget is None or self._way is None or not self._way.paid:
            return True
        a_row = self._highest or ledger.estimate(self.begin.request, priced=self._way.priced)
        counted = self.spent + self._might + a_row * len(self._runs)
        if counted < self.budget and counted + a_row <= self.budget:
            return True
        if not self._runs:  # the cost of those under way may leave room for more
            self._skip(_too_dear(self.budget, self.spent))
        return False

    def _paid(self, run: Row) -> float | None:
        """Count the cost of a finished run, and return it; None if it is unknown."""
        if (counted := run.counted) is None:
            return 0.0 if self._way is not None and not self._way.paid else None
        self.runs.append(counted)
        if counted.cost is None:
            self._might += counted.might
        else:
            self.spent += counted.cost
            if not counted.refused:
                self._asked += 1
                self._highest = max(self._highest, counted.cost)
        return counted.cost

    # ---- ends ------------------------------------------------------------------------------------

    def _end(self, row: int, found: RowResult) -> None:
        self._results[row] = found
        self._ends.append(time.monotonic())
        self._room.answered(full=not self._queued and len(self._runs) + 1 >= self._room.size)
        self._close(row, found.status)
        if found.status == Status.FAILED and self._fragile:
            self.error = self.error or found.error
            self._skip(found.error)
        elif isinstance(found.error, _OF_ALL):
            self._end_rest("failed", found.error)

    def _skip(self, error: PplxError | None) -> None:
        """Skip all rows that have not begun."""
        self._end_rest(SKIPPED, error)

    def _end_rest(self, status: str, error: PplxError | None) -> None:
        rest, self._todo = self._todo, deque()
        shared = not_asked(status, error)
        for row in rest:
            if (run := self._looked.get(row)) is not None:
                run.fail(error) if error else run.stop()
            self._results[row] = shared
            self._close(row, status)

    def _close(self, row: int, state: str) -> None:
        self.finished += (row, *self._alike.get(row, ()))
        self._turn(row, state)
        self._announce()

    def _turn(self, row: int, state: str) -> None:
        """Give a row and those like it another state."""
        alike = self._alike.get(row, ())
        before, many = self._states[row], 1 + len(alike)
        self._states[row] = state
        self.counts[before] -= many
        if not self.counts[before]:
            del self.counts[before]
        self.counts[state] = self.counts.get(state, 0) + many
        if self._watchers:
            for each in (row, *alike):
                self._tell(each)

    def _become(self, status: BatchStatus) -> None:
        self.status = status
        self._announce()
        self._tell(-1)

    def _announce(self) -> None:
        news, self._news = self._news, Future()
        with contextlib.suppress(InvalidStateError):
            news.set_result(None)

    def _settle(self) -> None:
        with contextlib.suppress(InvalidStateError):
            self._over.set_result(None)
        self._announce()
        self._tell(-1)

    def _tell(self, row: int) -> None:
        for callback in self._watchers:
            try:
                callback(row)
            except Exception:
                log.exception("a change of a batch could not be shown")

    def _after_fork(self) -> None:
        """End the batch in a forked child, where nothing asks its rows."""
        self._watchers, self._over, self._news = [], Future(), Future()
        self._runs, self._tasks, self._wake = {}, {}, None
        if not self.status.final:
            self.status = BatchStatus.STOPPED
            rest = [r for r, state in enumerate(self._states) if state in ("waiting", "running")]
            self._todo = deque(row for row in rest if self._first[row] == row)
            self._skip(None)
        self._settle()


def _too_dear(budget: float, spent: float) -> BudgetReached:
    return errors.told(
        BudgetReached,
        "error.batch_budget.what",
        "error.batch_budget.why",
        "error.batch_budget.try",
        budget=dollars(budget),
        spent=dollars(spent),
    )


# All engines, for a forked child.
_engines: weakref.WeakSet[Engine] = weakref.WeakSet()


def _after_fork() -> None:
    for engine in list(_engines):
        engine._after_fork()  # noqa: SLF001


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
