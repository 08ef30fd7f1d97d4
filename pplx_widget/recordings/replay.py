"""`replay`: answers questions from a recording, without key and network."""

from __future__ import annotations

import asyncio
import contextlib
import difflib
import math
import os
from collections.abc import AsyncGenerator, AsyncIterator, Iterable
from concurrent.futures import Future
from pathlib import Path
from typing import Any, Final, Self

from ..core import checks, errors
from ..core.errors import NotRecorded, PplxError
from ..core.events import Event, Finished, Noted, Retrying
from ..core.options import FormatName
from ..core.runtime import runtime
from ..core.text import shortened
from ..core.words import say
from ..document.record import error_from_record
from ..providers import instead, trace
from ..providers._payloads import recorded
from ..providers.formats import FORMATS, shown
from ..question.request import Request
from .format import Exchange, Note, RecordedEvent, read
from .pacing import Pace
from .recorder import without_files

_HOST: Final = "the recording"
_QUOTED: Final = 200


def replay(
    path: str | os.PathLike[str], speed: float | None = 1.0, *, paused: bool = False
) -> Replay:
    """Answer every question from a recording from now on, without key and network.

    Use it in a ``with`` block, or call it in one cell and ``close()`` the replay in another. Meanwhile
    the recording answers, whichever provider is named.

    Parameters
    ----------
    path : str or path
        A recording (``.jsonl``) as `record` makes one, or a notebook (``.ipynb``) with answers in it.
    speed : float or None, optional
        The speed relative to the recording; None (or infinity) gives everything at once.
    paused : bool, optional
        Whether events come only by `Replay.step`.

    Returns
    -------
    Replay
        It replays already.

    Raises
    ------
    RecordingError
        The file is missing, damaged or no recording.
    PplxError
        It holds no answer, or the notebook cannot be read.
    InvalidRequest
        The speed is not positive.

    Notes
    -----
    A question that is not in the recording gives a failed answer that names the nearest one
    (`NotRecorded`). Recorded more than once, it is answered in that order, and then from the first
    again; options count where the same question was recorded with different ones. A notebook keeps text
    and sources but not each piece's time: there the text comes evenly over the time that it took.

    Examples
    --------
    >>> import pplx_widget as pplx
    >>> with pplx.replay("talk.jsonl", speed=4):
    ...     pplx.ask("What is HTTP/3?").wait()
    <Answer 'What is HTTP/3?': complete>
    """
    return Replay(path, speed, paused=paused).start()


class Replay:
    """A recording that answers questions: returned by `replay`, and a value for ``provider=``.

    Parameters
    ----------
    path, speed, paused
        As for `replay`. As a provider it answers only the questions that name it.

    Examples
    --------
    >>> import pplx_widget as pplx
    >>> talk = pplx.Replay("talk.jsonl", paused=True)
    >>> answer = pplx.ask("What is HTTP/3?", provider=talk)
    >>> talk.step(5)
    5
    >>> talk.play()
    >>> answer.wait(60)
    <Answer 'What is HTTP/3?': complete>
    """

    paid: Final = False
    """Whether its answers may cost something; see `Provider`."""

    def __init__(
        self, path: str | os.PathLike[str], speed: float | None = 1.0, *, paused: bool = False
    ) -> None:
        self.path = Path(os.path.expanduser(path))  # noqa: PTH111 (never raises)
        self._pace = Pace(_checked(speed), paused=paused)
        self._exchanges = _read(self.path)
        self._played: dict[str, int] = {}  # how often, by the exchange's id

    @property
    def questions(self) -> tuple[str, ...]:
        """The questions that it answers, each once."""
        return tuple(dict.fromkeys(exchange.question for exchange in self._exchanges))

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
        if not isinstance(events, int) or events < 1:
            raise errors.InvalidRequest(
                f"step({checks.written(events)}) is not a number of events.",
                "",
                "Give a number from 1.",
            )
        if runtime().here():
            raise RuntimeError("step() inside an observer would wait for itself.")
        done: Future[int] = Future()

        async def go() -> None:
            # An answer that has just begun needs some turns to reach its first event.
            for _ in range(_BEGINNING):
                await asyncio.sleep(0)
            self._pace.step(events, done)

        runtime().begin(go)
        return done.result()

    def start(self) -> Self:
        """Answer every question from now on."""
        if self not in instead.providers:
            instead.providers.append(self)
        return self

    def close(self) -> None:
        """Answer no further questions; answers under way continue."""
        with contextlib.suppress(ValueError):
            instead.providers.remove(self)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def __repr__(self) -> str:
        how = (
            "paused" if self._pace.paused else f"speed {self.speed:g}" if self.speed else "at once"
        )
        return f"<Replay {self.path.name!r}: {len(self.questions)} questions, {how}>"

    # ---- as a provider --------------------------------------------------------------------------

    def stream(self, request: Request) -> AsyncIterator[Event]:
        """Answer a question; see `Provider`."""
        return self._stream(self._chosen(request))

    async def _stream(self, exchange: Exchange) -> AsyncGenerator[Event, None]:
        traced = trace.current()
        traced.asked(exchange.shape, exchange.request)
        traced.scripted = exchange.scripted
        traced.replays(exchange.moment)
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

    def _chosen(self, request: Request) -> Exchange:
        """Return the exchange for a request; its options decide between several."""
        # A notebook keeps the question without the data that was sent with it.
        for asked in (_key(request.prompt), _key(request.question)):
            if same := [e for e in self._exchanges if _key(e.question) == asked]:
                break
        else:
            raise self._not_recorded(request.question)
        alike = [e for e in same if _compared(e.request) == _body(request, e.shape)]
        chosen = min(alike or same, key=lambda e: self._played.get(e.id, 0))
        self._played[chosen.id] = self._played.get(chosen.id, 0) + 1
        return chosen

    def _not_recorded(self, question: str) -> NotRecorded:
        by_key = {_key(known): known for known in self.questions}
        near = difflib.get_close_matches(_key(question), by_key, n=1, cutoff=0.0)
        quoted = say("quote.marks", text=shortened(by_key[near[0]], _QUOTED)) if near else ""
        return errors.told(
            NotRecorded,
            "error.not_recorded.what",
            "error.not_recorded.why" if near else "",
            "error.not_recorded.try",
            file=self.path.name,
            question=quoted,
        )


# Turns of the event loop from `ask` to the first recorded event.
_BEGINNING: Final = 4


def _read(path: Path) -> tuple[Exchange, ...]:
    if path.suffix.lower() == ".ipynb":
        from .from_notebook import exchanges  # noqa: PLC0415 (knows widgets, for reading records)

        found = exchanges(path)
    else:
        found = read(path)
    answers = tuple(e for e in found if e.question)
    if not answers:
        raise PplxError(
            f"There is no answer in {path.name}.",
            "",
            "Record one: `with pplx.record(…):`; a notebook keeps answers once they are over and it "
            "is saved.",
        )
    return answers


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


def _key(question: str) -> str:
    return " ".join(question.split())


def _compared(body: dict[str, Any]) -> dict[str, Any]:
    """Return a body without what does not belong to the question; a preset is an older effort."""
    names = {"preset": "effort"}
    return {names.get(name, name): value for name, value in body.items() if name != "stream"}


def _body(request: Request, shape: FormatName) -> dict[str, Any] | None:
    """Return the body of a request in an API format; None if it cannot be sent in it."""
    try:
        body: dict[str, Any] = without_files(shown(FORMATS[shape].body(request), request))
    except PplxError:
        return None
    return _compared(body)


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
