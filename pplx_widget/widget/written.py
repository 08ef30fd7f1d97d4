"""The forms of an answer, most of which are written while it arrives."""

from __future__ import annotations

import asyncio
import importlib
import logging
import sys
import threading
import time
from typing import TYPE_CHECKING

from ..core import errors
from ..core.citations import Citation
from ..core.runtime import runtime
from ..core.state import AnswerState
from ..runs.session import Session
from .turns import Turns

if TYPE_CHECKING:  # an import would load the parser; see `Written.advance`
    from ..core.finding import Checked
    from ..document.body import Body, Cited
    from ..document.forms import Forms

log = logging.getLogger("pplx_widget")

_FORMS = "pplx_widget.document.forms"

# Seconds between two pieces, each of which takes about 3 ms.
_PAUSE = 0.05

_PATIENCE = 2.0


class Written:
    """The text and the forms of an answer's newest run."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._next = 0.0
        self._body: tuple[Session, Body] | None = None
        self._forms: tuple[Session, Checked | None, Forms] | None = None
        self._cited: tuple[tuple[Citation, ...], Cited] = ((), {})

    def advance(self, run: Session) -> None:
        """Write a further piece of an answer in progress, if it is time; on the background thread."""
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + _PAUSE
        if _FORMS not in sys.modules:
            _load()
            return
        state = run.snapshot()
        if state.as_code or not self._lock.acquire(blocking=False):
            return
        try:
            self._begun(run).advance(str(state.shown), self._known(state))
        except Exception:  # the document is written as a whole then
            log.exception("a part of an answer could not be written before its end")
        finally:
            self._lock.release()

    def prepare(self, run: Session) -> None:
        """Write the forms of a finished run, with pauses for other threads."""
        state, turns = run.snapshot(), Turns()
        # In a forked process, a thread of the parent may hold the lock for ever.
        if not self._lock.acquire(timeout=_PATIENCE):
            return
        try:
            body = self._begun(run)
            if not state.as_code:
                text, known = str(state.shown), self._known(state)
                while body.advance(text, known, over=True):
                    turns()
            self._forms = run, state.checked, _forms(run, state, body, turns)
        except Exception:  # the caller writes the document again, and reports the error
            log.debug("an answer could not be written", exc_info=True)
        finally:
            self._body = None
            self._lock.release()

    def forms(self, run: Session, state: AnswerState) -> Forms:
        """Return the forms of a finished run, once."""
        made, self._forms = self._forms, None
        if made is not None and made[0] is run and made[1] is state.checked:
            return made[2]
        if not self._lock.acquire(blocking=False):  # another thread is at it, with pauses
            return _forms(run, state)
        try:
            return _forms(run, state, self._begun(run))
        finally:
            self._body = None
            self._lock.release()

    def _begun(self, run: Session) -> Body:
        from ..document.body import Body  # noqa: PLC0415 (see `advance`)

        if self._body is None or self._body[0] is not run:
            self._body = run, Body()
        return self._body[1]

    def _known(self, state: AnswerState) -> Cited:
        from ..document.body import cited  # noqa: PLC0415 (see `advance`)

        if self._cited[0] is not state.citations:
            self._cited = state.citations, cited(state.citations)
        return self._cited[1]


def _forms(
    run: Session, state: AnswerState, begun: Body | None = None, turns: Turns | None = None
) -> Forms:
    from ..document import forms  # noqa: PLC0415 (see `Written.advance`)

    asked = run.request
    return forms.written(asked.question, state, asked.context, begun=begun, pause=turns)


def _load() -> None:
    """Load the parser and the lexers in another thread, because that takes a while."""
    global _loading  # noqa: PLW0603
    if not _loading:
        _loading = True
        try:
            runtime().begin(_load_beside)
        except errors.PplxError:  # no thread: they are loaded at the answer's end
            log.debug("the parser was not loaded early", exc_info=True)


_loading = False


async def _load_beside() -> None:
    await asyncio.to_thread(importlib.import_module, _FORMS)
