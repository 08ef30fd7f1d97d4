"""The outputs of one answer: at its end, its document replaces the live view."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Protocol

from ..core import errors, words
from ..core.runtime import runtime
from ..runs.session import Session
from . import host
from .displays import Content, Displays
from .documents import Document, Keys, named, together
from .protocol import Json
from .written import Written

if TYPE_CHECKING:
    from ..core.finding import Checked

log = logging.getLogger("pplx_widget")


class Within(Protocol):
    """The outputs of a widget that contains the answer, such as a comparison or a chat."""

    model_id: str
    """The id of the widget, if it alone shows the answer; empty if the answer has outputs, too."""
    displays: Displays

    def add(self, outputs: Outputs) -> None:
        """Contain a further answer."""
        ...

    def content(self) -> Content | None:
        """Return the document of the widget; None if there is none yet."""
        ...

    def settle(self) -> None:
        """Replace what they show by the document of the widget."""
        ...


class Outputs:
    """The documents of one answer, and the displays that show them.

    A follow-up answer that was asked on the page, beneath another answer, is shown in the same
    displays. Only ``named`` refers to the answer: another reference would keep the answer going.

    Parameters
    ----------
    run : callable
        Returns the newest run of the answer.
    named : callable
        Called with the key of each new document, before a display shows it.
    above : Outputs, optional
        The outputs of the answer that this one was asked beneath.
    within : Within, optional
        The outputs of the widget that contains the answer.
    """

    def __init__(
        self,
        run: Callable[[], Session],
        named: Callable[[str], None],
        above: Outputs | None = None,
        within: Within | None = None,
    ) -> None:
        self.displays: Displays = above.displays if above else Displays("an answer")
        self.named = named
        self.above = above
        """The outputs of the answer above, while that is open."""
        self.within: Within | None = above.within if above else within
        """The outputs of the widget that contains the answer."""
        self.below: list[Outputs] = []
        """The outputs of the open answers beneath, oldest first."""
        self.run = run
        """Returns the newest run of the answer."""
        # The page's view keeps the words that it began with.
        self._language = words.chosen()
        self._keys = Keys()
        self._written = Written()
        self._made: tuple[tuple[Session, Checked | None], Document] | None = None
        if within is not None:
            within.add(self)

    # ---- answers that share displays -----------------------------------------------------------------

    def leave(self) -> None:
        """Remove this answer, which was closed, from the documents of the others."""
        if self.above is not None:
            with contextlib.suppress(ValueError):  # it was not added yet
                self.above.below.remove(self)
        for each in self.below:
            each.above = None

    @property
    def top(self) -> Outputs:
        """The outputs of the topmost answer."""
        return self.above.top if self.above else self

    def all(self) -> Iterator[Outputs]:
        """Yield these outputs and those beneath, from top to bottom."""
        yield self
        for each in [*self.below]:
            yield from each.all()

    @property
    def used(self) -> bool:
        """Whether an output has shown the answer."""
        return self.displays.used or (self.within is not None and self.within.displays.used)

    # ---- documents -----------------------------------------------------------------------------------

    def content(self) -> Content | None:
        """Return the documents of this answer and those beneath; None while this one is in progress."""
        with self.displays.lock:
            found = [each.document() for each in self.all()]
        documents = [each for each in found if each]
        return together(documents) if found[0] else None

    def document(self) -> Document | None:
        """Return the document of the newest run, or None if the run is in progress."""
        return self._finished(self.run())

    def _finished(self, run: Session) -> Document | None:
        """Return a run's document if it is over and still the newest. Works from any thread."""
        state = run.snapshot()
        if not state.status.final:
            return None
        with self.displays.lock:
            if run is not self.run():
                return None
            of = run, state.checked
            if self._made is None or self._made[0] != of:
                with words.speaking(self._language):
                    made = named(self._keys, self._written.forms(run, state))
                self._made = of, made
                self.named(made.key)
            return self._made[1]

    def advance(self) -> None:
        """Write the text that does not change any more, while the rest arrives."""
        if self.used and host.in_kernel():
            self._written.advance(self.run())

    def settle(self) -> None:
        """Replace every live view by the document."""
        self._settle(self.run())

    def renew(self) -> None:
        """Make the document again, in the language that is spoken now."""
        with self.displays.lock:
            self._made = None
        self.settle_beside()

    def settle_beside(self) -> None:
        """Settle in another thread, because a long text would block the event loop of all answers."""
        if not host.in_kernel():
            return
        run = self.run()
        try:
            runtime().begin(lambda: self._beside(run))
        except errors.PplxError:  # the background thread cannot start
            self._settle(run)

    async def _beside(self, run: Session) -> None:
        try:
            await asyncio.to_thread(self._settle_slowly, run)
        except errors.PplxError:  # no further thread can start
            self._settle(run)
        except Exception:  # unseen, and the output would stay a live view
            log.exception("an answer could not be settled with pauses")
            self._settle(run)

    def _settle_slowly(self, run: Session) -> None:
        """Settle with pauses, for which no lock is held."""
        if self.used and run.state.status.final:
            with words.speaking(self._language):
                self._written.prepare(run)
        self._settle(run)

    def _settle(self, run: Session) -> None:
        self.displays.settle(lambda: self.top.content() if self._finished(run) else None)
        if self.within is not None:
            self.within.settle()

    def message(self) -> Json | None:
        """Return the message with the document, which the page copies or places in outputs itself."""
        from ..document import forms  # noqa: PLC0415 (see `documents.document`)

        run = self.run()
        if not (finished := self._finished(run)):
            return None
        own = self.top.content() or (finished.data, finished.metadata)
        whole = self.within.content() if self.within and self.within.model_id else own
        data, metadata = whole or own
        answer = (run.request.question, run.snapshot(), run.request.context)
        with words.speaking(self._language):
            return {
                "type": "settled",
                "key": finished.key,
                "markdown": forms.markdown(*answer),
                "plain": forms.unmarked(*answer),
                "data": data,
                "metadata": metadata,
                "file": host.has_file() and whole is not None,
            }
