"""What a worker of a cluster does: it asks rows, each a task, at the pace that the scheduler sets."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import Coroutine
from dataclasses import astuple
from functools import partial
from typing import Any, TypeVar, cast

from distributed import Reschedule, Worker, WorkerPlugin, get_worker, secede

from ...core.errors import PplxError
from ...core.events import Failed
from ...core.runtime import runtime
from ...core.state import AnswerState
from ...providers import _turns
from ...providers._limits import Limit
from ...providers._pacer import Pacer
from ..row import Row
from .desk import COMES, STOP, TOLD
from .order import Order, packed

T = TypeVar("T")


def ask_row(order: Order, question: str) -> bytes:
    """Ask a row; the task of a worker. Returns its packed record."""
    worker = get_worker()
    asker = cast("Asker", worker.plugins[Asker.name])
    key = str(worker.get_current_task())
    secede()  # a row waits for its answer and needs no processor
    return runtime().start(asker.answer(key, order, question)).result()


class Asker(WorkerPlugin):
    """Asks rows in a worker's process, on the background thread of this package."""

    name = "pplx_widget-asker"
    idempotent = True

    def setup(self, worker: Worker) -> None:
        """Take the messages of the scheduler."""
        self._worker = worker
        self._rows: dict[str, Row] = {}  # under way, by task
        self._stopped: set[str] = set()  # those of them that were stopped
        self._turns: dict[str, _SharedTurns] = {}  # by server
        worker.stream_handlers[COMES] = self._comes
        worker.stream_handlers[STOP] = self._stop

    def teardown(self, worker: Worker) -> None:  # noqa: ARG002 (Dask's signature)
        """Stop the rows under way: they cost money, and another worker asks them again."""
        for key in [*self._rows]:
            self._stop(key)

    async def answer(self, key: str, order: Order, question: str) -> bytes:
        """Ask a row, unless it is finished; return its packed record.

        Raises
        ------
        Reschedule
            The row was stopped: another worker asks it, unless the client has released it.
        """
        server, scheduler = order.base_url, self._worker.scheduler
        if server not in self._turns:
            self._turns[server] = _SharedTurns(partial(self._tell, server))
        known = await self._on_loop(
            scheduler.pplx_widget_begin(key=key, worker=self._worker.address)
        )
        if known is not None:
            return bytes(known)
        try:
            row = self._rows[key] = order.row(question)
        except PplxError as error:  # this worker has no key
            state = AnswerState()
            state.apply(Failed(error), 0)
        else:
            _turns.shared.set(self._turns[server])
            try:
                await row.run()
                if key in self._stopped:
                    raise Reschedule
            finally:
                self._rows.pop(key, None)
                self._stopped.discard(key)
            state = row.state
        result = packed(question, state)
        # Before the task ends: from now on it is not asked again.
        await self._on_loop(scheduler.pplx_widget_end(key=key, result=result))
        return result

    # ---- messages --------------------------------------------------------------------------------

    async def _on_loop(self, work: Coroutine[Any, Any, T]) -> T:
        """Await a coroutine on the worker's own loop."""
        loop = cast("Any", self._worker.loop).asyncio_loop  # Tornado's loop around it
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, loop))

    def _tell(self, server: str, what: str, **more: Any) -> None:
        """Send a message to the desk, from any thread; messages arrive in order."""
        message = {"op": TOLD, "server": server, "what": what, **more}

        def send() -> None:
            with contextlib.suppress(OSError):  # the scheduler has gone, and the worker ends
                self._worker.batched_stream.send(message)

        self._worker.loop.add_callback(send)

    def _comes(self, server: str, turn: int, pace: int) -> None:
        runtime().call(lambda: self._turns[server].comes(turn, pace))

    def _stop(self, key: str) -> None:
        if (row := self._rows.get(key)) is not None:
            self._stopped.add(key)
            row.stop()


class _SharedTurns(_turns.Turns):
    """The end of the scheduler's queue in a worker.

    Parameters
    ----------
    tell : callable
        Sends a message to the scheduler.
    """

    def __init__(self, tell: Any) -> None:
        super().__init__(_Reports(tell))
        self._tell_desk = tell
        self._numbers: dict[_turns.Waits, int] = {}
        self._by_number: dict[int, _turns.Waits] = {}

    def enter(self, turn: _turns.Waits, *, first: bool = False) -> None:
        number = next(_numbers)
        self._numbers[turn], self._by_number[number] = number, turn
        self._tell_desk("enter", turn=number, first=first)

    def leave(self, turn: _turns.Waits) -> None:
        if (number := self._numbers.pop(turn, None)) is not None:
            del self._by_number[number]
            self._tell_desk("leave", turn=number)

    def comes(self, number: int, pace: int) -> None:
        """Let the question with a number go."""
        if (turn := self._by_number.pop(number, None)) is None:  # it has left meanwhile
            self.pacer.failed()
            self.pacer.over()
        else:
            del self._numbers[turn]
            turn.comes(pace)

    def go(self) -> None:
        """Do nothing: the scheduler decides who goes."""


_numbers = itertools.count()


class _Reports(Pacer):
    """Tells the scheduler's pacer what happens."""

    def __init__(self, tell: Any) -> None:
        super().__init__()
        self._tell = tell

    def sent(self, now: float) -> None:  # noqa: ARG002 (the scheduler has its own clock)
        self._tell("sent")

    def head(self, limit: Limit | None, now: float, *, success: bool) -> None:  # noqa: ARG002
        self._tell("head", limit=limit and astuple(limit), success=success)

    def refused(self, pace: int, seconds: float, now: float) -> None:  # noqa: ARG002
        self._tell("refused", pace=pace, seconds=seconds)

    def failed(self) -> None:
        self._tell("failed")

    def over(self) -> None:
        self._tell("over")
