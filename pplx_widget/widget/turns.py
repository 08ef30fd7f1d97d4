"""Pauses of a long computation, so that a cell that computes at the same time hardly slows down."""

from __future__ import annotations

import sys
import time

from ..core import threads

# A thread that computes gives the interpreter away after the switch interval, which is short while
# answers are under way. A wait of less than this part of it means that no other thread wants it.
_UNDISTURBED = 0.4

# A pause takes so many times as long as the work before it, so a cell loses 10 ms in any 100 at most.
_TIMES = 16
_LONGEST = 0.12

# Seconds of pauses, after which the page should have the document rather than the cell its time.
_ALL = 0.6


class Turns:
    """The pauses of one computation; call it between pieces of a few milliseconds."""

    def __init__(self) -> None:
        self._alone = not threads.can_start()  # a browser's Python has no clock for threads, either
        self._worked = 0.0 if self._alone else time.thread_time()
        self._left = _ALL

    def __call__(self) -> None:
        """Let other threads run; if one of them computes, for longer."""
        if self._alone:
            return
        worked = time.thread_time() - self._worked
        start = time.monotonic()
        time.sleep(0)
        waited = time.monotonic() - start
        if waited > _UNDISTURBED * sys.getswitchinterval() and self._left > 0:
            pause = min(worked * _TIMES, _LONGEST, self._left)
            self._left -= pause
            time.sleep(pause)
        self._worked = time.thread_time()
