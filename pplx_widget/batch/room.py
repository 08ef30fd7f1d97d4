"""How many rows of a batch are under way: arithmetic alone.

The pacer (`providers._pacer`) decides when a question may be sent. The room decides how many rows hold
a connection: more while answers come, fewer if the service refuses or the event loop lags.
"""

from __future__ import annotations

from typing import Final

FIRST: Final = 8
MOST: Final = 256

# A refusal or a lag leaves so much of the room.
_LESS = 0.7

# The event loop lags if a timer comes so many seconds late.
LAG: Final = 0.25


class Room:
    """The number of rows that may be under way.

    Parameters
    ----------
    most : int
        The upper limit.
    fixed : bool
        Whether the limit is the user's, so that all of it is used from the beginning.
    """

    def __init__(self, most: int = MOST, *, fixed: bool = False) -> None:
        self._most = most
        self._fixed = fixed
        self._size = float(most if fixed else min(FIRST, most))
        self._slow = False  # after the first cut, the room grows by one in each round
        self._since_cut = 0

    @property
    def size(self) -> int:
        """The number of rows that may be under way now."""
        return int(self._size)

    def widen(self, most: int) -> None:
        """Raise the upper limit, because other machines ask."""
        if not self._fixed:
            self._most = max(self._most, most)

    def answered(self, *, full: bool) -> None:
        """Note that a row was answered; ``full`` says whether all the room was in use.

        Rows that wait for their turn do not fill the room: then the service is the limit.
        """
        self._since_cut += 1
        if full and not self._fixed:
            self._size = min(self._most, self._size + (1 / self._size if self._slow else 1))

    def strained(self) -> None:
        """Note that the service refused a row, or that the event loop lags.

        Rows that were under way at the last cut may be refused as well, so they do not cut again.
        """
        if self._fixed or (self._slow and self._since_cut < self.size):
            return
        self._slow, self._since_cut = True, 0
        self._size = max(1.0, self._size * _LESS)
