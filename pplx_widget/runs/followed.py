"""A run as others see it: its state, which they follow, and its end, for which they wait."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections.abc import Callable, Generator
from concurrent.futures import Future, InvalidStateError
from typing import TYPE_CHECKING, Any

from ..core import waiting
from ..core.state import AnswerState

if TYPE_CHECKING:
    from ..core.finding import Checked

log = logging.getLogger("pplx_widget")


class Followed:
    """The state of a run, and its end.

    Parameters
    ----------
    state : AnswerState
        The state. Only the run changes it, with the lock held. Readers of more than one field take a
        snapshot.
    """

    def __init__(self, state: AnswerState) -> None:
        self.state = state
        self.lock = threading.RLock()
        self._changed: Callable[[], None] = _no_follower
        self._over: Future[None] = Future()

    @property
    def follower(self) -> Callable[[], None]:
        """The function that is called after each change."""
        return self._changed

    def follow(self, changed: Callable[[], None]) -> None:
        """Call ``changed()`` on the background thread after each further change."""
        self._changed = changed

    def snapshot(self) -> AnswerState:
        """Return a consistent copy of the current state, which does not change later."""
        with self.lock:
            return self.state.snapshot()

    def keep(self, checked: Checked) -> bool:
        """Keep the findings of a check, if the run is over; return whether it is."""
        with self.lock:
            if self.state.status.final:
                self.state.checked = checked
                return True
        return False

    def wait(self, timeout: float | None = None) -> None:
        """Wait until the run is over.

        Raises
        ------
        TimeoutError
            The run was not over after ``timeout`` seconds.
        RuntimeError
            The caller is an observer of the run, or this Python cannot wait (see `waiting.wait`).
        """
        waiting.refuse_itself(self._over, "answer")
        try:
            waiting.wait(self._over, timeout, instead="`await answer`")
        except TimeoutError:
            raise waiting.too_long("answer", timeout) from None

    def __await__(self) -> Generator[Any, None, None]:
        # Shielded: cancelling the waiting task must not stop the answer.
        return asyncio.shield(asyncio.wrap_future(self._over)).__await__()

    def _tell(self) -> None:
        try:
            self._changed()
        except Exception:
            # Continue, so that callers who wait for the end do not wait forever.
            log.exception("a change of an answer could not be shown")
        if self.state.status.final:
            self._changed = _no_follower  # the old follower would keep the answer alive
            with contextlib.suppress(InvalidStateError):
                self._over.set_result(None)

    def _begin_again(self) -> None:
        """Forget the followers and the waiting threads, which belong to the parent of this process."""
        self.lock = threading.RLock()
        self._over, self._changed = Future(), _no_follower


def _no_follower() -> None:
    """Replace the follower of a run that has none."""
