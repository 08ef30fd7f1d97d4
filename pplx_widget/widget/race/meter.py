"""The bytes of one lane, counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Way: TypeAlias = Literal["whole", "streamed"]
"""Waited for whole, with one blocking request; or read as it comes."""


@dataclass(slots=True)
class Meter:
    """Counts the bytes of an answer's body.

    Attributes
    ----------
    bytes : int
        That have arrived, without HTTP's own.
    held : int
        The most that had to be kept at one moment until something could be read of them: the whole
        body, or the largest frame of a stream.
    """

    bytes: int = 0
    held: int = 0
    _waiting: int = 0

    def read(self, size: int, *, rest: int | None = None) -> None:
        """Count bytes that came; ``rest`` of them wait for more, or all where it is None."""
        self.bytes += size
        self._waiting += size
        self.held = max(self.held, self._waiting)
        if rest is not None:
            self._waiting = rest
