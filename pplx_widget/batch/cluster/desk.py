"""What the workers of a cluster share, in Dask's scheduler: one pace, and the rows that are finished.

A worker may die at any moment, and Dask then runs its tasks again: neither may bypass the pace, and no
finished row may be asked again. Only the scheduler outlives every worker.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any, Final

from distributed import Scheduler, SchedulerPlugin

from ...providers._limits import Limit
from ...providers._pacer import MOST, Pacer
from ...providers._turns import Turns

TOLD: Final = "pplx_widget-told"
"""What workers tell the scheduler: see `Desk.told`."""

COMES: Final = "pplx_widget-comes"
"""Tells a worker that a turn has come."""

STOP: Final = "pplx_widget-stop"
"""Tells a worker that a row is not wanted any more."""


class Desk(SchedulerPlugin):
    """Lets the questions of all workers go at one pace, and keeps results until the client has them.

    Parameters
    ----------
    clock : callable
        Returns the seconds of a monotonic clock.
    """

    name = "pplx_widget-desk"
    idempotent = True

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock

    async def start(self, scheduler: Scheduler) -> None:
        """Take the messages of clients and workers."""
        self._scheduler = scheduler
        self._turns: dict[str, Turns] = {}  # by server
        self._waiting: dict[tuple[str, int], _Waiting] = {}  # by worker and turn
        # By worker and server: the questions whose answers are under way, and those without a head.
        self._open: Counter[tuple[str, str]] = Counter()
        self._unheard: Counter[tuple[str, str]] = Counter()
        self._asking: dict[str, str] = {}  # task → worker
        self._results: dict[str, bytes] = {}  # by task
        scheduler.handlers["pplx_widget_workers"] = self.workers
        scheduler.handlers["pplx_widget_begin"] = self.begin
        scheduler.handlers["pplx_widget_end"] = self.end
        scheduler.stream_handlers[TOLD] = self.told

    # ---- rows ------------------------------------------------------------------------------------

    def workers(self) -> int:
        """Return the number of workers."""
        return len(self._scheduler.workers)

    def begin(self, key: str, worker: str) -> bytes | None:
        """Note that a worker begins a task; return the result if it is known."""
        if (result := self._results.get(key)) is None:
            self._asking[key] = worker
        return result

    def end(self, key: str, result: bytes) -> None:
        """Keep the result of a task; a worker waits for this before its task ends."""
        self._asking.pop(key, None)
        if key in self._scheduler.tasks:
            self._results[key] = result

    def transition(
        self,
        key: Any,
        start: str,  # noqa: ARG002 (Dask's signature)
        finish: str,
        *_args: Any,
        **_options: Any,
    ) -> None:
        """Forget a task that the client has released; stop it if it is under way."""
        if finish != "forgotten":
            return
        self._results.pop(key, None)
        if (worker := self._asking.pop(key, None)) in self._scheduler.workers:
            self._scheduler.worker_send(str(worker), {"op": STOP, "key": key})

    # ---- pace ------------------------------------------------------------------------------------

    def told(self, worker: str, server: str, what: str, turn: int = 0, **more: Any) -> None:
        """Take a message of a worker, as its queue would take it; see `providers._turns.Turns`."""
        if worker not in self._scheduler.workers:
            return
        turns, its = self._turns_of(server), (worker, server)
        pacer, now = turns.pacer, self._clock()
        match what:
            case "enter":
                waiting = _Waiting(partial(self._comes, worker, server, turn))
                self._waiting[worker, turn] = waiting
                turns.enter(waiting, **more)
            case "leave":
                if (left := self._waiting.pop((worker, turn), None)) is not None:
                    turns.leave(left)
            case "sent":
                pacer.sent(now)
            case "head":
                self._unheard[its] -= 1
                limit = more["limit"] and Limit(*more["limit"])
                pacer.head(limit, now, success=more["success"])
            case "refused":
                pacer.refused(more["pace"], more["seconds"], now)
            case "failed":
                self._unheard[its] -= 1
                pacer.failed()
            case "over":
                self._open[its] -= 1
                pacer.over()
            case _:  # of another version
                pass
        turns.go()

    def _turns_of(self, server: str) -> Turns:
        if (turns := self._turns.get(server)) is None:
            turns = self._turns[server] = Turns(Pacer(), self._clock)
        turns.pacer.most = MOST * max(1, self.workers())
        return turns

    def _comes(self, worker: str, server: str, turn: int, pace: int) -> None:
        if self._waiting.pop((worker, turn), None) is None:  # of a lost worker
            self._turns[server].pacer.failed()
            self._turns[server].pacer.over()
            return
        self._open[worker, server] += 1
        self._unheard[worker, server] += 1
        self._scheduler.worker_send(
            worker, {"op": COMES, "server": server, "turn": turn, "pace": pace}
        )

    def remove_worker(self, scheduler: Scheduler, worker: str, **_options: Any) -> None:  # noqa: ARG002
        """End what a lost worker had under way."""
        # All of them before the first leaves the queue, since that lets the next one go.
        gone = [self._waiting.pop(its) for its in [*self._waiting] if its[0] == worker]
        for waiting in gone:
            for turns in self._turns.values():
                turns.leave(waiting)
        for server, turns in self._turns.items():
            for _ in range(self._unheard.pop((worker, server), 0)):
                turns.pacer.failed()
            for _ in range(self._open.pop((worker, server), 0)):
                turns.pacer.over()
            turns.go()


class _Waiting:
    """A turn of a worker, in the queue."""

    def __init__(self, comes: Callable[[int], None]) -> None:
        self.come = False
        self.place = 0
        self._comes = comes

    def told(self, place: int, seconds: float | None) -> None:  # noqa: ARG002 (a worker does not show it)
        self.place = place

    def comes(self, pace: int) -> None:
        self.come = True
        self._comes(pace)
