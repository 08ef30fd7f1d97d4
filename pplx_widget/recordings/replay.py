"""`replay`: answers questions from a recording, without key and network."""

from __future__ import annotations

import contextlib
import difflib
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final, Self

from ..core import errors
from ..core.errors import NotRecorded, PplxError
from ..core.events import Event
from ..core.options import FormatName
from ..core.text import shortened
from ..core.words import say
from ..providers import instead, trace
from ..providers.formats import FORMATS, shown
from ..question.request import Request
from .format import Exchange, read
from .player import Player
from .recorder import without_files

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


class Replay(Player):
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
        super().__init__(speed, paused=paused)
        self.path = Path(os.path.expanduser(path))  # noqa: PTH111 (never raises)
        self._exchanges = _read(self.path)
        self._played: dict[str, int] = {}  # how often, by the exchange's id

    @property
    def questions(self) -> tuple[str, ...]:
        """The questions that it answers, each once."""
        return tuple(dict.fromkeys(exchange.question for exchange in self._exchanges))

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
        return f"<Replay {self.path.name!r}: {len(self.questions)} questions, {self._how()}>"

    # ---- as a provider --------------------------------------------------------------------------

    def stream(self, request: Request) -> AsyncIterator[Event]:
        """Answer a question; see `Provider`."""
        exchange = self._chosen(request)
        trace.current().replays(exchange.moment)
        return self._play(exchange, exchange.request)

    def _chosen(self, request: Request) -> Exchange:
        """Return the exchange for a request; its options decide between several."""
        # A notebook keeps the question without the data that was sent with it.
        for asked in (_key(request.prompt), _key(request.question)):
            if same := [e for e in self._exchanges if asked in _keys(e)]:
                break
        else:
            raise self._not_recorded(request.question)
        alike = [e for e in same if _compared(e.request) == body_of(request, e.shape)]
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


def _keys(exchange: Exchange) -> list[str]:
    return [_key(wording) for wording in (exchange.question, *exchange.also)]


def _key(question: str) -> str:
    return " ".join(question.split())


def _compared(body: dict[str, Any]) -> dict[str, Any]:
    """Return a body without what does not belong to the question; a preset is an older effort."""
    names = {"preset": "effort"}
    return {names.get(name, name): value for name, value in body.items() if name != "stream"}


def body_of(request: Request, shape: FormatName) -> dict[str, Any] | None:
    """Return the body of a request in an API format; None if it cannot be sent in it."""
    try:
        body: dict[str, Any] = without_files(shown(FORMATS[shape].body(request), request))
    except PplxError:
        return None
    return _compared(body)
