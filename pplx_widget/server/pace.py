"""The clock of one answer: a recording's moments in those of this machine."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .network import Line


class Pace:
    """Waits for the recorded moments.

    Parameters
    ----------
    line : Line
        The way to the client.
    speed : float
        How much faster than recorded; 0 means without waiting.
    """

    def __init__(self, line: Line, speed: float) -> None:
        self._line = line
        self._speed = speed
        self._start = time.monotonic()

    def until(self, t: float) -> None:
        """Wait until a moment of the recording.

        Parameters
        ----------
        t : float
            Seconds since the request, as recorded.

        Raises
        ------
        ConnectionError
            As soon as the connection ends, also in the middle of the wait.
        """
        self._line.wait(self._start + (t / self._speed if self._speed else 0.0))
