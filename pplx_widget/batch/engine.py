"""The engine of a batch: asks its rows on the background thread, as many at once as there is room."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
import os
import time
import weakref
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..core import errors, waiting
from ..core.errors import BudgetReached, PplxError
from ..core.events import Event, Retrying, Waiting
from ..core.runtime import TASK, runtime
from ..core.state import Status
from ..core.words import say
from ..runs.ledger import ledger
from ..runs.prepare import Prepared, Way
from ..runs.session import Session
from .result import SKIPPED, Load, RowResult, finished, from_store, result
from .room import LAG, Room
from .row import Row
from .tally import BatchStatus, Tally, too_dear

if TYPE_CHECKING:
    from ..store import row as stored
    from .cluster.cluster import Cluster
    from .kept import Kept
    from .shared import Shared

log = logging.getLogger("pplx_widget")

# Results that were read from a store and stay in memory; rows that are looked up at once.
_LOADED = 256
_LOOK_UP = 500

# How often the engine looks whether the event loop lags.
_BEAT_SECONDS = 0.25

# Errors that every row would have: the rest fails with the first of them and is not sent.
_OF_ALL = (errors.MissingKey, errors.KeyRejected, errors.EndpointRetired)
_UNREACHED = (errors.ConnectionFailed, errors.TimedOut)


class Engine(Tally):
    """Asks the rows of a batch.

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
    store : Path or None
        The store in which the batch goes on where an earlier call ended.
    cluster : Cluster or None
        Asks the rows in place of this process.
    """

    asks = True
    """Whether rows can be asked again."""

    def __init__(
        self,
        questions: Sequence[str],
        begin: Prepared,
        *,
        budget: float | None = None,
        room: Room | None = None,
        fragile: bool = False,
        store: Path | None = None,
        cluster: Cluster | None = None,
    ) -> None:
        super().__init__(questions)
        self.begin = begin
        self.budget = budget
        self.error: PplxError | None = None
        """The error of the first row that failed, if that ends the batch."""
        self.notices: tuple[str, ...] = ()
        """What went wrong with the store."""
        self._room = room or Room()
        self._fragile = fragile
        self._store = store
        self._cluster = cluster
        self._kept: Kept | None = None
        self._shared: Shared | None = None  # if other processes may ask rows of the same store
        self._looks_up = True
        self._loaded = functools.lru_cache(_LOADED)(self._load)
        self._way: Way | None = None
        self._todo = deque(row for row, its in enumerate(self._first) if row == its)
        self._runs: dict[int, Row] = {}  # under way
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._asking = 0  # rows under way, without those that are being written
        self._queued: set[int] = set()  # rows that wait for their turn
        self._looked: weakref.WeakValueDictionary[int, Row] = weakref.WeakValueDictionary()
        self._driving = False
        self._wake: asyncio.Event | None = None  # while the engine drives, once it has begun
        _engines.add(self)

    def text(self, row: int) -> str:
        """Return the text of a row so far."""
        its = self._first[row]
        if (run := self._runs.get(its)) is not None:
            return str(run.state.text)
        found = self._results.get(its)
        return found.text if found else ""

    def records(self) -> Iterator[dict[str, Any] | None]:
        """Yield the record of each row, in order; None for one without. The store is read in chunks.

        Raises
        ------
        StoreFailed
            It is in a store that cannot be read.
        """
        for at in range(0, len(self), _LOOK_UP):
            some = range(at, min(at + _LOOK_UP, len(self)))
            found = [self.result(row) for row in some]
            asked = {
                self.question(i) for i, its in zip(some, found, strict=True) if its and its.stored
            }
            rows = self._kept.rows(asked) if self._kept and asked else {}
            for row, its in zip(some, found, strict=True):
                old = rows.get(self.question(row)) or its
                yield old.record if old else None

    def look(self, row: int) -> Session:
        """Return the run of a row, in progress or finished.

        Raises
        ------
        StoreFailed
            The row is in a store that cannot be read.
        """
        its = self._first[row]
        found: list[Session] = []
        waiting.carry_out(lambda: found.append(self._looked_at(its)))
        return found[0]

    # ---- commands, from any thread ---------------------------------------------------------------

    def start(self) -> None:
        """Ask the rows that wait.

        Raises
        ------
        InvalidRequest
            The provider cannot send such a request.
        StoreFailed
            The store cannot be used.
        PplxError
            The background thread cannot start.
        """
        self._way = self.begin.way(store=self._store)
        if self._cluster is not None:
            self._way = self._cluster.way(self.begin.request, self._way)
        if self._kept is None and (keeping := self._way.keeping) is not None:
            from .kept import Kept  # noqa: PLC0415 (loads SQLite)
            from .shared import Shared  # noqa: PLC0415

            goes_on = self._store is not None and not self.begin.refresh
            self._kept = Kept(keeping, self.begin.request, goes_on=goes_on)
            if goes_on:
                self._shared = Shared(
                    self._kept, self._questions, self._restore, self._unread, self._wakes
                )
        self._driving = True
        try:
            runtime().begin(self._drive).add_done_callback(self._left)
        except BaseException:  # no thread, or an interrupt
            self._driving = False
            raise

    def pause(self) -> None:
        """Ask no further rows; those under way continue."""
        waiting.carry_out(self._pause)

    def resume(self) -> None:
        """Go on after a pause."""
        waiting.carry_out(self._resume)

    def stop(self, reason: str | None = None) -> None:
        """Stop the rows under way, and skip the rest."""
        waiting.carry_out(lambda: self._stop(reason))

    def abandon(self, reason: str) -> None:
        """Stop without waiting for it; also when the interpreter collects garbage or ends."""
        if not self.status.final:
            runtime().call(lambda: self._stop(reason))

    def retry_failed(self) -> None:
        """Ask the failed rows again."""
        waiting.carry_out(self._retry_failed)

    # ---- commands, on the background thread ------------------------------------------------------

    def _pause(self) -> None:
        if self.status is BatchStatus.RUNNING:
            self._become(BatchStatus.PAUSED)
            self._wakes()  # rows may wait for those of another process

    def _resume(self) -> None:
        if self.status is BatchStatus.PAUSED:
            self._become(BatchStatus.RUNNING)
            self._go_on()

    def _stop(self, reason: str | None) -> None:
        if self.status.final:
            return
        self._become(BatchStatus.STOPPED)
        self._end_rest(SKIPPED, None)
        for run in [*self._runs.values()]:
            run.stop(reason)
        self._wakes()
        if not self._driving:
            self._settle()

    def _retry_failed(self) -> None:
        self.error = None
        again = [r for r, its in enumerate(self._first) if r == its and self._states[r] == "failed"]
        for row in again:
            self._looked.pop(row, None)  # an answer of the failed run may still be in use
            self._again(row)
        self._todo.extend(again)
        if again:
            self._become(BatchStatus.RUNNING)
            self._go_on()

    def _go_on(self) -> None:
        if self.over.done():
            self.over = Future()
            self._since = time.monotonic()
        if self._driving:
            self._wakes()
        else:
            self.start()

    def _looked_at(self, row: int) -> Session:
        if (ended := self._results.get(row)) is not None:
            return finished(self.begin.request.asking(self._questions[row]), ended)
        if (run := self._runs.get(row) or self._looked.get(row)) is None:
            run = self._looked[row] = self._made(row)
        return run

    # ---- asking ----------------------------------------------------------------------------------

    async def _drive(self) -> None:
        self._wake = asyncio.Event()
        beats = [asyncio.create_task(self._beat(), name=TASK)]
        if self._shared:
            beats.append(asyncio.create_task(self._shared.renew(), name=TASK))
        try:
            await self._look_up()
            while True:
                self._wake.clear()
                self._fill()
                if not self._idle:
                    await self._wake.wait()
                    continue
                if self._shared:
                    await self._shared.release()
                if self._idle:
                    break
        finally:
            self._wake, self._driving = None, False
            for task in (*beats, *self._tasks.values()):
                task.cancel()
        if self.status is BatchStatus.RUNNING:
            self._become(BatchStatus.COMPLETE)
        self._settle()

    @property
    def _idle(self) -> bool:
        return not self._tasks and (not self._todo or self.status is not BatchStatus.RUNNING)

    def _left(self, driven: Future[None]) -> None:
        """End the batch if its task broke off."""
        error = None if driven.cancelled() else driven.exception()
        if driven.cancelled() or error is not None:
            self._driving = False
            if error is not None:
                log.error("a batch broke off", exc_info=error)
                self._end_rest("failed", errors.unforeseen(error))
            self._become(BatchStatus.STOPPED)
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
            and self._asking < self._room.size
            and (self._shared is None or self._shared.has(self._todo[0]))
            and self._affords()
        ):
            row = self._todo.popleft()
            if self._shared:
                self._shared.begun(row)
            run = self._runs[row] = self._looked.get(row) or self._made(row)
            self._asking += 1
            self._tasks[row] = asyncio.create_task(self._ask(row, run), name=TASK)
            self._turn(row, "running")
        if self._shared and self.status is BatchStatus.RUNNING:
            self._shared.more(self._todo, self._room.size)

    def _affords(self) -> bool:
        """Return whether the budget allows a further row; if not, skip the rest."""
        if self.budget is None or self._way is None or not self._way.paid:
            return True
        a_row = self._highest or ledger.estimate(self.begin.request, priced=self._way.priced)
        counted = self.counted + a_row * self._asking
        if counted < self.budget and counted + a_row <= self.budget:
            return True
        if not self._asking:  # what those under way cost may leave room for more
            self._end_rest(SKIPPED, too_dear(self.budget, self.spent))
        return False

    def _made(self, row: int) -> Row:
        if self._way is None:
            raise RuntimeError("the batch has not begun")
        request = self.begin.request.asking(self._questions[row])
        make = Row if self._cluster is None else self._cluster.row
        return make(request, self._way, functools.partial(self._heard, row))

    async def _ask(self, row: int, run: Row) -> None:
        """Ask one row, keep its answer, and note its result."""
        try:
            try:
                await self._run(run)
            finally:
                self._room.answered(full=not self._queued and self._asking >= self._room.size)
                self._asking -= 1
                self._queued.discard(row)
                self._wakes()
            if run.counted is not None:
                self._count(run.counted)
            load = self._loads(row) if await self._written(run) else None
            del self._runs[row]
            self._ended(row, result(run, load))
        except BudgetReached as error:  # of `configure`
            self._todo.appendleft(row)
            self._end_rest(SKIPPED, error)
        except Exception as error:  # a row without an end would hold up its batch
            log.exception("a row of a batch broke off")
            self._ended(row, RowResult("failed", errors.unforeseen(error)))
        finally:
            self._runs.pop(row, None)
            self._tasks.pop(row, None)
            self._wakes()

    async def _run(self, run: Row) -> None:
        way = run.way
        if way.missing_key is not None:
            run.fail(way.missing_key)
        else:
            await run.run()

    def _wakes(self) -> None:
        if self._wake is not None:
            self._wake.set()

    def _heard(self, row: int, event: Event) -> None:
        if isinstance(event, Waiting):
            (self._queued.add if event.place else self._queued.discard)(row)
        elif isinstance(event, Retrying) and not isinstance(event.error, _UNREACHED):
            self._room.strained()
        self._tell(row)

    def _ended(self, row: int, found: RowResult) -> None:
        self._ends.append(time.monotonic())
        self._end(row, found)
        if found.status == Status.FAILED and self._fragile:
            self.error = self.error or found.error
            self._end_rest(SKIPPED, found.error)
        elif isinstance(found.error, _OF_ALL) or self._lost():
            self._end_rest("failed", found.error)

    def _lost(self) -> bool:
        """Return whether the cluster that asks cannot ask any more."""
        return self._cluster is not None and self._cluster.lost

    def _end_rest(self, status: str, error: PplxError | None) -> None:
        """End all rows that have not begun."""
        rest = [*self._todo]
        self._todo.clear()
        shared = RowResult(status, error)
        for row in rest:
            if (run := self._looked.get(row)) is not None:
                run.fail(error) if error else run.stop()
            self._end(row, shared)

    # ---- the store -------------------------------------------------------------------------------

    async def _look_up(self) -> None:
        """End the rows that the store has."""
        if self._kept is None or not self._looks_up:
            return
        self._looks_up = False
        rest = [*self._todo]
        for at in range(0, len(rest), _LOOK_UP):
            some = rest[at : at + _LOOK_UP]
            asked = [self._questions[row] for row in some]
            try:
                rows = await asyncio.to_thread(self._kept.found, asked)
            except PplxError as error:
                self._unread(error)
                return
            if self.status.final:
                return
            for row, question in zip(some, asked, strict=True):
                if (old := rows.get(question)) is not None:
                    self._restore(row, old)
        self._todo = deque(row for row in rest if self._states[row] == "waiting")

    def _restore(self, row: int, old: stored.Row) -> None:
        found = from_store(old, self._loads(row))
        if (run := self._looked.get(row)) is not None and (state := found.state()):
            run.answer(state)
        self._end(row, found)

    async def _written(self, run: Row) -> bool:
        """Write a row to the store, before it is shown as done; return whether it is there."""
        if self._kept is None:
            return False
        try:
            await self._kept.put(run.request, run.state)
        except PplxError as error:  # the row stays in memory
            self._notice("notice.not_kept", error)
            return False
        return True

    def noted(self) -> tuple[str, str] | None:
        """Note all rows in the store; return its file's name and the batch's, or None without one."""
        with contextlib.suppress(PplxError):  # the document has its rows anyway
            return self._kept.note(self._questions) if self._kept else None
        return None

    def _loads(self, row: int) -> Load:
        return functools.partial(self._loaded, row)

    def _load(self, row: int) -> RowResult | None:
        asked = self._questions[row]
        found = self._kept.rows([asked]).get(asked) if self._kept else None
        return from_store(found) if found else None

    def _unread(self, error: PplxError) -> None:
        self._notice("notice.not_looked_up", error)

    def _notice(self, id_: str, error: PplxError) -> None:
        text = say(id_, why=str(error))
        if text not in self.notices:
            log.warning("%s", text)
            self.notices = (*self.notices, text)
            self._tell(-1)

    def _after_fork(self) -> None:
        """End the batch in a forked child: only the parent asks its rows."""
        self._watchers, self.over, self.news = [], Future(), Future()
        self._runs, self._tasks, self._wake, self._driving = {}, {}, None, False
        self._shared = None  # the claims are the parent's
        if not self.status.final:
            self.status = BatchStatus.STOPPED
            rest = [r for r, state in enumerate(self._states) if state in ("waiting", "running")]
            self._todo = deque(row for row in rest if self._first[row] == row)
            self._end_rest(SKIPPED, None)
        self._settle()


# All engines, for a forked child.
_engines: weakref.WeakSet[Engine] = weakref.WeakSet()


def _after_fork() -> None:
    for engine in list(_engines):
        engine._after_fork()  # noqa: SLF001


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
