"""Sending the state of an answer to the page: numbered, coalesced patches at a limited rate.

The first change, the first text and a change after a pause go out at once. Changes during the pause
after a message go out together at its end. The pause is two animation frames, and longer if many
answers are live: a Jupyter server drops messages above 1000 per second, counted over all widgets.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable

from ..core.runtime import runtime
from ..core.state import AnswerState
from ..core.text import utf16_length
from ..runs.session import Session
from . import protocol
from .protocol import Patch

_PAUSE = 0.030  # s; half the messages of one a frame, and 6 ms later in the median (docs/design)
_MESSAGES_A_SECOND = 250  # for all live answers together
_CAN_WAIT = {"timing", "model"}  # changes of these alone cause no message


class Channel:
    """Sends the changes of one session's state.

    Parameters
    ----------
    session : Session
        The session whose state is sent.
    send : callable
        Called with each patch; sends it to the page.
    sent : callable
        Called with the names of the changed fields after each patch.
    send_whole : callable
        Sends the whole state, after text was withdrawn.
    seq : int
        The number of the last patch of the previous run, if there was one.
    """

    _live = 0  # answers in progress in this process

    def __init__(
        self,
        session: Session,
        send: Callable[[Patch], None],
        sent: Callable[[set[str]], None],
        send_whole: Callable[[], None],
        seq: int = 0,
    ) -> None:
        self.seq = seq
        self._at = self._parts = 0
        self._written = 0  # parts of the text that observers know
        self._whole = session.state.shown.whole
        self._session = session
        self._send = send
        self._sent = sent
        self._send_whole = send_whole
        self._timer: asyncio.TimerHandle | None = None
        self._next = 0.0
        self._counted = False
        self.mark()

    @property
    def callbacks(self) -> tuple[Callable[..., None], ...]:
        """The functions that the channel calls."""
        return self._send, self._sent, self._send_whole

    def mark(self, state: AnswerState | None = None) -> None:
        """Treat a whole state, by default the current one, as sent."""
        state = state or self._session.snapshot()
        shown = state.shown
        if shown.whole is not self._whole:
            self._whole, self._at, self._parts = shown.whole, 0, 0
        self._at += utf16_length(shown.since(self._parts))
        self._parts, self._written = shown.parts, state.text.parts
        self._fields = _fields(state)
        self._sources, self._citations = state.sources, state.citations
        self._images, self._steps = state.images, state.steps

    def touch(self) -> None:
        """Note a change: send it now, or together with others at the end of the pause."""
        over = self._session.state.status.final
        self._count(live=not over)
        first_text = self._parts == 0 and bool(self._session.state.shown)
        if over or not runtime().here():
            self.flush()
        elif first_text or runtime().loop.time() >= self._next:
            self._on_time()
        elif self._timer is None:
            self._timer = runtime().loop.call_at(self._next, self._on_time)

    def _on_time(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._next = runtime().loop.time() + max(_PAUSE, Channel._live / _MESSAGES_A_SECOND)
        self.flush()

    def _count(self, *, live: bool) -> None:
        if live != self._counted:
            self._counted = live
            Channel._live += 1 if live else -1

    def flush(self) -> None:
        """Send the changes since the last patch, if there are any. Works from any thread."""
        with self._session.lock:
            state = self._session.snapshot()
            patch, names = self._difference(state)
            if names <= _CAN_WAIT:
                return
            grows = state.shown.whole is self._whole
            self.mark(state)
            self.seq += 1
            patch["seq"] = self.seq
            if grows:
                self._send(patch)
            else:  # no patch takes text back
                self._send_whole()
        self._sent(names)

    def _difference(self, state: AnswerState) -> tuple[Patch, set[str]]:
        """Return the changes of a state since `mark`, and the names of the changed fields."""
        names: set[str] = set()
        patch: Patch = {
            "type": "patch",
            "seq": 0,
            "at": self._at,
            "elapsed": round(self._session.elapsed, 3),
        }
        shown = state.shown
        if shown.whole is not self._whole or state.text.parts != self._written:
            names.add("text")
        if shown.whole is self._whole and (text := shown.since(self._parts)):
            names.add("text")
            patch["text"] = text
        if state.sources is not self._sources:
            names.add("sources")
            sent = set(self._sources)
            patch["sources"] = [protocol.source(s) for s in state.sources if s not in sent]
        if state.citations is not self._citations:
            names.add("citations")
            known = set(self._citations)
            patch["citations"] = [protocol.citation(c) for c in state.citations if c not in known]
        if state.images is not self._images:  # further ones come behind them
            names.add("images")
            new = state.images[len(self._images) :]
            patch["images"] = [protocol.image(image) for image in new]
        if state.steps is not self._steps:
            names.add("steps")
            same = _common(self._steps, state.steps)
            items = [protocol.step(s) for s in state.steps[same:]]
            patch["steps"] = {"from": same, "items": items}
        for name, value in _fields(state).items():
            if value != self._fields[name]:
                names.add(name)
                patch[name] = value  # type: ignore[literal-required]
        return patch, names


def _after_fork() -> None:
    Channel._live = 0  # noqa: SLF001 (no answer is in progress in a child)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def _fields(state: AnswerState) -> dict[str, object]:
    """Return the small fields that are sent in full when they change."""
    return {
        "status": str(state.status),
        "reason": protocol.reason(state.reason),
        "place": protocol.place(state.place),
        "usage": protocol.usage(state.usage),
        "timing": protocol.timing(state.timing),
        "error": protocol.failure(state.error),
        "notes": [*state.notes],
        "evidence": protocol.quotes(state),
        "checked": protocol.checked(state),
        "model": state.model,
        "asked": protocol.moment(state.asked),
        "kept": protocol.moment(state.kept),
    }


def _common(old: tuple[object, ...], new: tuple[object, ...]) -> int:
    """Return the number of leading items that are the same objects."""
    count = 0
    for a, b in zip(old, new, strict=False):
        if a is not b:
            break
        count += 1
    return count
