"""A widget that follows one run: a channel updates the page, derived traits notify observers."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import traitlets

from ..core.state import Status
from ..runs.session import Session
from . import bundle, host, lifetime
from .channel import Channel
from .displays import Displays
from .protocol import Json, Patch
from .shown import Shown
from .traits import Derived, Observed

log = logging.getLogger("pplx_widget")


class Live(Observed, Shown):
    """A widget whose derived traits read one run; a retry replaces the run.

    Parameters
    ----------
    newest : Newest
        The run.
    displays : Displays
        The outputs that show the widget.
    unseen : bool
        Whether the widget stays unknown to the page until it is displayed.
    **traits
        As for any widget.
    """

    _bundle = traitlets.Unicode().tag(sync=True)

    seq = Derived[int](lambda live: live._channel.seq, int)  # noqa: SLF001 (its own)
    """The number of the newest message to the page."""

    _session: Session

    def __init__(self, newest: Newest, displays: Displays, *, unseen: bool, **traits: Any) -> None:
        # In a non-interactive run, a comm would only add the whole state of the widget to the file.
        unseen = unseen or host.non_interactive()
        self._told: dict[str, Any] = {"text": "", "status": Status.CONNECTING}
        self._newest = newest
        self._attach(newest.run, seq=0)
        # The lock prevents that a change gets lost between reading the state and opening the comm.
        with self._session.lock:
            code = {} if unseen or not host.has_front_end() else bundle.traits()
            super().__init__(displays, unseen=unseen, **traits, **code)

    def _attach(self, session: Session, seq: int) -> None:
        """Follow a run; ``seq`` is the number of the last message of the previous run."""
        self._session = self._newest.run = session
        self._channel = Channel(session, self._send_patch, self._on_sent, self._send_whole, seq)
        session.follow(self._on_change)

    @property
    def session(self) -> Session:
        """The current run; for use in this package."""
        return self._session

    @property
    def needs(self) -> Iterator[Session]:
        """The runs that the current run waits for."""
        run = self._session.before
        while run is not None:
            yield run
            run = run.before

    def holders(self) -> tuple[Any, ...]:
        """Return the objects of this package that refer to the widget."""
        return self._session.follower, *self._channel.callbacks

    def _appear(self) -> None:
        if self._unseen:
            if host.non_interactive():
                self._wait_for_the_end()  # inside another widget, the file keeps the final state
            with self._held():
                super()._appear()
            lifetime.watch(self)

    def _code(self) -> dict[str, str]:
        return bundle.traits()

    # ---- messages to the page ------------------------------------------------------------------------

    def get_state(self, key: Any = None, drop_defaults: bool = False) -> Json:  # noqa: FBT001, FBT002
        """Return the whole state for the page.

        The text and the number must be consistent: the next patch after this state has the next number.
        """
        with self._held():
            if self.comm is None:
                self._channel.mark()  # the first message on the comm contains the whole state
            else:
                self._channel.flush()
            state: Json = super().get_state(key, drop_defaults)
            return state

    @contextmanager
    def _held(self) -> Iterator[None]:
        """Lock the current run against changes and replacement."""
        while True:
            session = self._session
            with session.lock:
                if session is self._session:
                    yield
                    return

    def send_state(self, key: Any = None) -> None:
        """Send the whole state or the named traits, without those that the channel sends in patches."""
        if key is not None:
            key = ({key} if isinstance(key, str) else set(key)) - self._derived()
            if not key:
                return
        else:
            # The page already has the traits that never change, above all the code.
            key = self._derived()
        with self._held():
            super().send_state(key)

    def _derived(self) -> set[str]:
        """Return the names of the traits that are derived from the state."""
        return {name for name, trait in self.traits().items() if isinstance(trait, Derived)}

    def _send_patch(self, patch: Patch) -> None:
        if host.has_page(self.comm):
            try:
                if not (host.takes_unparented() and host.unparented(self.comm, patch)):
                    self.send(patch)
            except Exception:
                log.debug("a patch could not be sent", exc_info=True)

    def _on_change(self) -> None:
        self._channel.touch()
        if self._session.state.status.final:
            self._ended()

    def _send_whole(self) -> None:
        if self.comm is not None:
            try:
                self.send_state()
            except Exception:
                log.debug("the state could not be sent", exc_info=True)

    def _ended(self) -> None:
        """Act on the end of a run, after its state was sent to the page."""


class Newest:
    """A callable that returns the newest run of a widget, without a reference to the widget."""

    def __init__(self, run: Session) -> None:
        self.run = run

    def __call__(self) -> Session:
        """Return the newest run."""
        return self.run
