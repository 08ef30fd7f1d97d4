"""The outputs of one answer: when it ends, its document takes the place of the live view."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator

from ..core import errors, words
from ..core.runtime import runtime
from ..runs.session import Session
from . import host
from .displays import Content, Displays
from .documents import Document, Keys, document, together
from .protocol import Json


class Outputs:
    """The documents of one answer, and the displays that show them.

    An answer that was asked beneath another one, from the page, is shown in the same displays. Except
    for ``named`` this refers to no answer: another reference would keep the answer under way.

    Parameters
    ----------
    run : callable
        Returns the newest run of the answer.
    named : callable
        Called with the key of each new document, before a display shows it.
    above : Outputs, optional
        Those of the answer that it was asked beneath.
    """

    def __init__(
        self,
        run: Callable[[], Session],
        named: Callable[[str], None],
        above: Outputs | None = None,
    ) -> None:
        self.displays: Displays = above.displays if above else Displays("an answer")
        self.named = named
        self.above = above
        """The outputs of the answer above, while that is open."""
        self.below: list[Outputs] = []
        """The outputs of the open answers beneath, oldest first."""
        self._run = run
        # The page's view keeps the words that it began with.
        self._language = words.chosen()
        self._keys = Keys()
        self._made: tuple[Session, Document] | None = None

    # ---- answers that share them ---------------------------------------------------------------------

    def leave(self) -> None:
        """Take this answer out of the documents of the others: it is closed."""
        if self.above is not None:
            with contextlib.suppress(ValueError):  # it was not taken in yet
                self.above.below.remove(self)
        for each in self.below:
            each.above = None

    @property
    def top(self) -> Outputs:
        """The outputs of the answer above all others."""
        return self.above.top if self.above else self

    def all(self) -> Iterator[Outputs]:
        """Yield these outputs and those beneath, from top to bottom."""
        yield self
        for each in [*self.below]:
            yield from each.all()

    # ---- documents -----------------------------------------------------------------------------------

    def content(self) -> Content | None:
        """Return the documents of this answer and those beneath; None while this one is under way."""
        with self.displays.lock:
            found = [each.document() for each in self.all()]
        documents = [each for each in found if each]
        return together(documents) if found[0] else None

    def document(self) -> Document | None:
        """Return the document of the newest run, if that is over."""
        return self._finished(self._run())

    def _finished(self, run: Session) -> Document | None:
        """Return a run's document if the run is over and none came after it. Works from any thread."""
        state = run.snapshot()
        if not state.status.final:
            return None
        with self.displays.lock:
            if run is not self._run():
                return None
            if self._made is None or self._made[0] is not run:
                asked = run.request
                with words.speaking(self._language):
                    made = document(self._keys, asked.question, state, asked.context)
                self._made = run, made
                self.named(made.key)
            return self._made[1]

    def settle(self) -> None:
        """Put the document in the place of every live view."""
        self._settle(self._run())

    def renew(self) -> None:
        """Make the document again, in the language that is spoken now."""
        with self.displays.lock:
            self._made = None
        self.settle_beside()

    def settle_beside(self) -> None:
        """Settle beside the loop, which other answers need: a long text takes a while."""
        if not host.in_kernel():
            return
        run = self._run()
        try:
            runtime().begin(lambda: self._beside(run))
        except errors.PplxError:  # no thread can be had
            self._settle(run)

    async def _beside(self, run: Session) -> None:
        try:
            await asyncio.to_thread(self._settle, run)
        except errors.PplxError:  # no further thread can be had
            self._settle(run)

    def _settle(self, run: Session) -> None:
        self.displays.settle(lambda: self.top.content() if self._finished(run) else None)

    def message(self) -> Json | None:
        """Return the document for the page: to copy it, or to put it where the kernel cannot reach."""
        from ..document import forms  # noqa: PLC0415 (see `documents.document`)

        run = self._run()
        if not (finished := self._finished(run)):
            return None
        data, metadata = self.top.content() or (finished.data, finished.metadata)
        answer = (run.request.question, run.snapshot(), run.request.context)
        with words.speaking(self._language):
            return {
                "type": "settled",
                "key": finished.key,
                "markdown": forms.markdown(*answer),
                "plain": forms.unmarked(*answer),
                "data": data,
                "metadata": metadata,
            }
