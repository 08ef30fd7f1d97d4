"""The pace of one answer: the recorded times on the clock of this machine."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .network import Line

_LOOK = 0.1  # seconds between two looks at whether the answer was cancelled


class Pace:
    """A clock that waits for recorded times.

    Parameters
    ----------
    line : Line
        The connection to the client.
    speed : float
        How much faster than recorded; 0 does not wait.
    start : float, optional
        When the answer began, on the monotonic clock; now by default.
    """

    def __init__(self, line: Line, speed: float, start: float | None = None) -> None:
        self._line = line
        self._speed = speed
        self._start = time.monotonic() if start is None else start

    def until(self, t: float, cancelled: Callable[[], bool] = lambda: False) -> bool:
        """Wait until a time of the recording.

        Parameters
        ----------
        t : float
            Seconds since the request, as recorded.
        cancelled : callable, optional
            Tells whether the answer was cancelled, which ends the wait.

        Returns
        -------
        bool
            Whether the time has come; False if the answer was cancelled before.

        Raises
        ------
        ConnectionError
            As soon as the connection ends.
        """
        due = self._start + (t / self._speed if self._speed else 0.0)
        while not cancelled():
            left = due - time.monotonic()
            self._line.wait(due if left <= _LOOK else due - left + _LOOK)
            if left <= _LOOK:
                return True
        return False
