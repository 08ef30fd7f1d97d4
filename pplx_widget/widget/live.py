"""A widget that follows one run as it goes on: the page by a channel, observers by derived traits."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import traitlets

from ..core.state import Status
from ..runs.session import Session
from . import bundle, host
from .channel import Channel
from .displays import Displays
from .protocol import Json, Patch
from .shown import Shown
from .traits import Derived, Observed

log = logging.getLogger("pplx_widget")


class Live(Observed, Shown):
    """A widget whose derived traits read one run, which a retry replaces by the next.

    Parameters
    ----------
    newest : Newest
        The run.
    displays : Displays
        The outputs that show it.
    unseen : bool
        Whether no page is told of it before it is shown.
    **traits
        As for any widget.
    """

    _bundle = traitlets.Unicode().tag(sync=True)

    seq = Derived[int](lambda live: live._channel.seq, int)  # noqa: SLF001 (its own)
    """The number of the newest message to the page."""

    _session: Session

    def __init__(self, newest: Newest, displays: Displays, *, unseen: bool, **traits: Any) -> None:
        # Where nobody watches, a comm would only leave the widget's whole state in the file.
        unseen = unseen or host.non_interactive()
        self._told: dict[str, Any] = {"text": "", "status": Status.CONNECTING}
        self._newest = newest
        self._attach(newest.run, seq=0)
        # The lock keeps a change from getting lost between the opening's state and the comm.
        with self._session.lock:
            code = {} if unseen else bundle.traits()
            super().__init__(displays, unseen=unseen, **traits, **code)

    def _attach(self, session: Session, seq: int) -> None:
        """Follow a run; `seq` is the number of the last message of the run before."""
        self._session = self._newest.run = session
        self._channel = Channel(session, self._send_patch, self._on_sent, self._send_whole, seq)
        session.follow(self._on_change)

    @property
    def session(self) -> Session:
        """The present run; for the rest of this package."""
        return self._session

    @property
    def needs(self) -> Iterator[Session]:
        """The runs that it waits for."""
        run = self._session.before
        while run is not None:
            yield run
            run = run.before

    def holders(self) -> tuple[Any, ...]:
        """Return the objects by which its own parts refer to it."""
        return self._session.follower, *self._channel.callbacks

    def _appear(self) -> None:
        if self._unseen:
            non_interactive = host.non_interactive()
            if non_interactive:
                self._wait_for_nobody()  # the file keeps the state of what stands in another widget
            with self._held():
                self._unseen = False
                for name, value in {} if non_interactive else bundle.traits().items():
                    self.set_trait(name, value)
                self.open()

    @property
    def model_id(self) -> str:
        """The id by which other widgets and the page name this one."""
        self._appear()
        return str(super().model_id)

    # ---- what the page is told -----------------------------------------------------------------------

    def get_state(self, key: Any = None, drop_defaults: bool = False) -> Json:  # noqa: FBT001, FBT002
        """Return what the page gets when it asks for the whole.

        Text and number belong together: a patch that the page gets after this state has to be the
        next one.
        """
        with self._held():
            if self.comm is None:
                self._channel.mark()  # the opening carries all that there is
            else:
                self._channel.flush()
            state: Json = super().get_state(key, drop_defaults)
            return state

    @contextmanager
    def _held(self) -> Iterator[None]:
        """Keep the present run as it is: no change, and no other run in its place."""
        while True:
            session = self._session
            with session.lock:
                if session is self._session:
                    yield
                    return

    def send_state(self, key: Any = None) -> None:
        """Send the whole, or traits by name; what the channel sends in patches is left to it."""
        if key is not None:
            key = ({key} if isinstance(key, str) else set(key)) - self._derived()
            if not key:
                return
        else:
            # What never changes (the code above all) is in the page already.
            key = self._derived()
        with self._held():
            super().send_state(key)

    def _derived(self) -> set[str]:
        """Return the names of the traits that show the state."""
        return {name for name, trait in self.traits().items() if isinstance(trait, Derived)}

    def _send_patch(self, patch: Patch) -> None:
        if host.has_page(self.comm):
            try:
                self.send(patch)
            except Exception:
                log.debug("a patch could not be sent", exc_info=True)

    def _on_change(self) -> None:
        self._channel.touch()
        if not self._session.state.status.final:
            return
        self._send_whole()
        self._ended()

    def _send_whole(self) -> None:
        if self.comm is not None:
            try:
                self.send_state()
            except Exception:
                log.debug("the state could not be sent", exc_info=True)

    def _ended(self) -> None:
        """Act on the end of a run, once the page has its state."""


class Newest:
    """Returns the newest run of a widget; it does not refer to the widget."""

    def __init__(self, run: Session) -> None:
        self.run = run

    def __call__(self) -> Session:
        """Return it."""
        return self.run
