"""The pace of one answer: the recorded times on the clock of this machine."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .network import Line


class Pace:
    """A clock that waits for recorded times.

    Parameters
    ----------
    line : Line
        The connection to the client.
    speed : float
        How much faster than recorded; 0 does not wait.
    """

    def __init__(self, line: Line, speed: float) -> None:
        self._line = line
        self._speed = speed
        self._start = time.monotonic()

    def until(self, t: float) -> None:
        """Wait until a time of the recording.

        Parameters
        ----------
        t : float
            Seconds since the request, as recorded.

        Raises
        ------
        ConnectionError
            As soon as the connection ends.
        """
        self._line.wait(self._start + (t / self._speed if self._speed else 0.0))
