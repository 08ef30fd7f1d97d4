"""One row of a batch: a run without a trace, whose texts are joined before they are applied."""

from __future__ import annotations

import asyncio
import time
import weakref
from collections.abc import Callable

from ..core.errors import unforeseen
from ..core.events import Event, Failed, Text
from ..core.state import AnswerState
from ..providers import trace as traces
from ..question.request import Request
from ..runs.ledger import ledger
from ..runs.parsed import read_again
from ..runs.prepare import Way
from ..runs.session import Session

# For so many seconds, texts are joined: to apply one costs ten times as much as to read it.
_JOIN = 0.05


class Row(Session):
    """The run of one row; a batch runs it in a task of its own.

    Parameters
    ----------
    request : Request
        The question and its options.
    way : Way
        How it is asked.
    heard : callable
        Called with each applied event, on the background thread.
    """

    shared = True

    def __init__(self, request: Request, way: Way, heard: Callable[[Event], None]) -> None:
        super().__init__(request, way.make, heard=heard, place=way.place)
        self.way = way
        self._streams = False  # whether the newest event was a text that may be joined
        self._traces = False
        self._joined: list[str] = []
        self._newest = 0.0  # when the newest of these texts came
        self._timer: asyncio.TimerHandle | None = None

    async def run(self) -> None:
        """Ask the question, and return when the run is over, with any final status.

        Raises
        ------
        BudgetReached
            The estimated cost would exceed the budget of `configure`; the run has not begun.
        """
        if self.state.status.final:  # stopped before it began
            return
        if self.way.paid:
            self._entry = ledger.begin(self.request, priced=self.way.priced)
        try:
            self._asked = time.monotonic()
            self._connect()
            if traces.beginnings:  # a recorder wants all
                self._traces = True  # each text belongs to a frame
                begun = traces.made(self.request, self._asked)
                self._trace = weakref.ref(begun)
                traces.begin(begun)
                await self._traced(begun)
            else:
                traces.enter(traces.NOTHING)
                await self._drive()
        except Exception as error:  # noqa: BLE001 (a row without an end would hold up its batch)
            self._apply(Failed(unforeseen(error)))

    def answer(self, state: AnswerState) -> None:
        """End the run with an answer of the store."""
        schema = self.request.schema
        self._take((state, schema and read_again(schema, state)))

    def _joins(self, event: Event) -> bool:
        # The first text is applied at once, since it changes the status.
        if type(event) is not Text or not self._streams:
            self._streams = not self._traces and isinstance(event, Text)
            return False
        self._joined.append(event.delta)
        self._newest = time.monotonic()
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_JOIN, self._join)
        return True

    def _apply(
        self, event: Event, *, ours: bool = True, at: float | None = None, deltas: int = 1
    ) -> None:
        if self._joined:
            self._join()
        super()._apply(event, ours=ours, at=at, deltas=deltas)

    def _join(self) -> None:
        """Apply the texts that came."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if texts := self._joined:
            self._joined = []
            at = self._newest - self._asked
            super()._apply(Text("".join(texts)), ours=False, at=at, deltas=len(texts))
