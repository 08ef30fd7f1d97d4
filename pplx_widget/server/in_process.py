"""The samples as a provider: they answer without a server."""

from __future__ import annotations

import os
import uuid
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from ..core.events import Event
from ..providers.formats import FORMATS
from ..question.request import Request
from ..recordings.format import Note
from ..recordings.player import Player
from ..recordings.replay import body_of
from .lessons import lessons
from .library import samples
from .script import perform
from .strict import chooses_search
from .unknown import answer_to


class Samples(Player):
    """The scripted samples, as a value for ``provider=``: no key, no network, no server.

    They answer as `pplx-widget serve` does: a question that no sample answers gets the list of their
    questions, and an answer to a similar question says so. Their costs are examples, and are counted as
    if they were paid.

    Parameters
    ----------
    folder : str or path, optional
        A folder with recordings (``.jsonl``) that answer in place of the shipped samples, such as those
        that `pplx-widget sample` makes of lessons.
    speed : float or None, optional
        The speed relative to the recording; None gives everything at once.
    paused : bool, optional
        Whether events come only by `step`.

    Raises
    ------
    RecordingError
        The samples are missing or damaged, or the folder has none.
    InvalidRequest
        The speed is not positive.

    Examples
    --------
    >>> import pplx_widget as pplx
    >>> pplx.configure(provider=pplx.Samples(speed=4))
    >>> pplx.ask("What is HTTP/3?").wait(60)
    <Answer 'What is HTTP/3?': complete>
    """

    paid: Final = True
    """Whether its answers may cost something; see `Provider`. Lessons on cost count the examples."""

    def __init__(
        self,
        folder: str | os.PathLike[str] | None = None,
        *,
        speed: float | None = 1.0,
        paused: bool = False,
    ) -> None:
        super().__init__(speed, paused=paused)
        own = None if folder is None else Path(os.path.expanduser(folder))  # noqa: PTH111 (never raises)
        self._library = samples() if own is None else lessons(own)
        self.server = "samples" if own is None else f"samples of {own.resolve()}"
        """The name of what it asks; see `Provider`."""

    @property
    def questions(self) -> tuple[str, ...]:
        """The questions that have a sample of their own."""
        return self._library.questions

    def stream(self, request: Request) -> AsyncIterator[Event]:
        """Answer a question; see `Provider`."""
        filtered = chooses_search(body_of(request, "agent") or {})
        exchange, preface = answer_to(request.prompt, self._library, filtered=filtered)
        said = perform(exchange, preface, f"resp_{uuid.uuid4()}")
        body = body_of(request, exchange.shape) or exchange.request
        notices = tuple(
            Note(0.0, "noted", {}, text=notice) for notice in FORMATS["agent"].notices(request)
        )
        return self._play(replace(exchange, events=tuple(said), notes=notices), body)

    def __repr__(self) -> str:
        return f"<Samples: {len(self.questions)} questions, {self._how()}>"
