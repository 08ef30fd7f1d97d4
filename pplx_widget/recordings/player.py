"""Plays recorded answers as a provider does, at their recorded times or step by step."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncGenerator, Iterable, Mapping
from concurrent.futures import Future
from typing import Any, Final

from ..core import checks, errors, waiting
from ..core.events import Event, Finished, Noted, Retrying
from ..core.runtime import runtime
from ..document.record import error_from_record
from ..providers import trace
from ..providers._payloads import recorded
from ..providers.formats import FORMATS
from .format import Exchange, Note, RecordedEvent
from .pacing import Pace

_HOST: Final = "the recording"

# Turns of the event loop from `ask` to the first recorded event.
_BEGINNING: Final = 4


class Player:
    """The controls of a replay.

    Parameters
    ----------
    speed : float or None
        The speed relative to the recording; None gives everything at once.
    paused : bool
        Whether events come only by `step`.
    """

    def __init__(self, speed: float | None, *, paused: bool) -> None:
        self._pace = Pace(_checked(speed), paused=paused)

    @property
    def speed(self) -> float | None:
        """The speed relative to the recording; None does not wait. It can be set at any moment."""
        return self._pace.speed

    @speed.setter
    def speed(self, speed: float | None) -> None:
        checked = _checked(speed)
        runtime().call(lambda: self._pace.change(checked, paused=self._pace.paused))

    def pause(self) -> None:
        """Hold all answers until `play` or `step`."""
        runtime().call(lambda: self._pace.change(self._pace.speed, paused=True))

    def play(self) -> None:
        """Continue."""
        runtime().call(lambda: self._pace.change(self._pace.speed, paused=False))

    def step(self, events: int = 1) -> int:
        """Let the next events of all answers come, and pause.

        Parameters
        ----------
        events : int
            How many, from 1.

        Returns
        -------
        int
            How many came; fewer if the answers are over. The answers include them by then.
        """
        if waiting.would_block_itself():
            raise RuntimeError("step() inside an observer would wait for itself.")
        instead = "`await replay.astep()`"
        waiting.check(instead=instead)
        return waiting.wait(self._step(events), instead=instead)

    async def astep(self, events: int = 1) -> int:
        """Let the next events of all answers come without blocking the caller; otherwise like `step`.

        Parameters
        ----------
        events : int
            How many, from 1.

        Returns
        -------
        int
            How many came; fewer if the answers are over. The answers include them by then.
        """
        return await asyncio.wrap_future(self._step(events))

    def _step(self, events: int) -> Future[int]:
        if not isinstance(events, int) or events < 1:
            raise errors.InvalidRequest(
                f"step({checks.written(events)}) is not a number of events.",
                "",
                "Give a number from 1.",
            )
        done: Future[int] = Future()

        async def go() -> None:
            # An answer that has just begun needs some turns to reach its first event.
            for _ in range(_BEGINNING):
                await asyncio.sleep(0)
            self._pace.step(events, done)

        runtime().begin(go)
        return done

    def _how(self) -> str:
        """Return the speed, in words."""
        if self._pace.paused:
            return "paused"
        return f"speed {self.speed:g}" if self.speed else "at once"

    async def _play(
        self, exchange: Exchange, body: Mapping[str, Any]
    ) -> AsyncGenerator[Event, None]:
        """Yield the events of a recorded answer; ``body`` is that of the request, for the trace."""
        traced = trace.current()
        traced.asked(exchange.shape, body)
        traced.scripted = exchange.scripted
        reader = FORMATS[exchange.shape].reader(_HOST)
        with self._pace.run() as run:
            for moment in _in_order(exchange.events, exchange.notes):
                await run.until(moment.t)
                if isinstance(moment, RecordedEvent):
                    _trace(traced, moment)
                    for payload in recorded(moment.raw, moment.data, exchange.shape):
                        for event in reader.read(payload):
                            yield event
                elif moment.kind == "retrying":
                    yield Retrying(error_from_record(moment.error), moment.seconds)
                elif moment.kind == "noted":
                    yield Noted(moment.text)
                else:
                    for event in reader.end(whole=False):  # text that was held back
                        yield event
                    if moment.kind == "failed":
                        raise error_from_record(moment.error)
                    yield Finished("stopped", moment.text or None)
            for event in reader.end(whole=True):
                yield event


def _checked(speed: Any) -> float | None:
    if speed is None:
        return None
    if (
        isinstance(speed, bool)
        or not isinstance(speed, int | float)
        or not speed > 0
        or checks.is_huge(speed)
    ):
        raise errors.InvalidRequest(
            f"speed cannot be {checks.written(speed)}.",
            "It is how much faster than recorded.",
            "Give a number above zero, or None for all at once; `paused=True` and `step()` go by hand.",
        )
    return None if math.isinf(speed) else float(speed)


def _in_order(events: Iterable[RecordedEvent], notes: Iterable[Note]) -> list[RecordedEvent | Note]:
    # At the same time a retry comes before an answer, and an end after it.
    notes = tuple(notes)
    first = [note for note in notes if note.kind in ("retrying", "noted")]
    last = [note for note in notes if note.kind not in ("retrying", "noted")]
    return sorted([*first, *events, *last], key=lambda moment: moment.t)


def _trace(traced: trace.Trace, event: RecordedEvent) -> None:
    for t, size in event.reads:
        traced.read(size, ago=max(0.0, event.t - t))
    raw = event.raw
    traced.frame(
        event.data, None if raw is None else raw.encode("utf-8", "surrogateescape"), size=400
    )
