"""Counting the bytes of one lane."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Way: TypeAlias = Literal["whole", "streamed"]
"""The whole answer from one blocking request, or a stream that is read as it arrives."""


@dataclass(slots=True)
class Meter:
    """Counts the bytes of a response body.

    Attributes
    ----------
    bytes : int
        Number of bytes received, without the overhead of HTTP.
    held : int
        Peak number of bytes that had to be buffered before they could be read: the whole body, or the
        largest frame of a stream.
    """

    bytes: int = 0
    held: int = 0
    _waiting: int = 0

    def read(self, size: int, *, rest: int | None = None) -> None:
        """Count received bytes; ``rest`` of them, or all if it is None, must be buffered."""
        self.bytes += size
        self._waiting += size
        self.held = max(self.held, self._waiting)
        if rest is not None:
            self._waiting = rest
