"""When the next question may be sent to a service: arithmetic alone, without a clock of its own.

Before the first head of a response, few questions are under way. After it, the limit in its headers
counts; without one, each head lets a few more go. A refusal (HTTP 429, or 503 with a time to wait)
makes all questions wait, and slows those down that follow.
"""

from __future__ import annotations

import math
import random
from collections import deque
from collections.abc import Callable
from typing import Final

from ._limits import SHORT, Limit

UNHEARD: Final = 4
"""How many questions may be under way before the first head of a response has come."""

MOST: Final = 1000
"""How many answers may be under way: the HTTP clients have as many connections."""

# How many more may be under way after each head that names no limit.
_MORE = 4

# After so many heads without a limit, an earlier limit no longer counts.
_FORGET = 8

# Each pause is longer by a random part of it, so that kernels that share a limit do not keep step. The
# smallest part is for the network: two questions must not arrive closer to each other than they left.
_SPREAD = 0.02, 0.05
# If a head comes later than usual, the service may have begun to count later: by this part of a pause.
# The shortest time to the last few heads is usual.
_LATE = 0.08
_TYPICAL = 10
# Questions that were refused together return within a quarter of the time to wait, or of a second.
_RETURN = 0.25, 0.25

# After a refusal that the limit does not explain, another program uses the account too.
_SLOWER = 1.25
_RECOVERS = 0.8
_SLOWEST = 8.0

# A service that refuses without naming a limit: at most one question a second at first.
_GUESS_SECONDS = 1.0
_NO_GUESS = 0.01

# Its own generator: a seed that a user sets for reproducible figures must not affect the pauses.
_chance = random.SystemRandom()


class Pacer:
    """Decides when questions may be sent. All times are seconds of one monotonic clock.

    Parameters
    ----------
    chance : callable
        Returns a random number between its two arguments.
    """

    def __init__(self, chance: Callable[[float, float], float] = _chance.uniform) -> None:
        self._chance = chance
        self._limit: Limit | None = None
        self._window = 0.0
        self._left = 0  # of a long window
        self._reset = self._blocked = self._last = -math.inf
        self._guess = 0.0  # seconds between two questions, after a refusal that named no limit
        self._slow = 1.0
        self._epoch = 0  # counts the changes of the pace
        self._took: deque[float] = deque(maxlen=_TYPICAL)  # from questions to their heads
        self._bare = 0  # heads without a limit since the last one with it
        self._heard = False
        self._room = UNHEARD
        self._unheard = self._open = 0
        self.most = MOST
        """How many answers may be under way."""
        self._sent: deque[float] = deque(maxlen=MOST)
        self._spread = chance(*_SPREAD)

    # ---- when ----------------------------------------------------------------------------------

    def ready(self, waiting: int, now: float) -> float:
        """Return when the next of ``waiting`` questions may go: infinity if only an event can tell.

        The time may have passed already.
        """
        if self._open >= self.most or (self._limit is None and self._unheard >= self._room):
            return math.inf
        at = self._blocked
        if self._limit is None:
            return max(at, self._last + self._interval * (1 + self._spread))
        most = self._limit.most
        short = self._window <= SHORT
        if not self._fits(waiting, now):
            at = max(at, self._last + self._interval * (1 + self._spread))
        # Within each window no more than the limit, whenever the service's window begins.
        if short and len(self._sent) >= most:
            at = max(at, self._sent[-most] + self._window * (1 + self._spread))
        elif not short and self._left <= 0:
            at = max(at, self._reset)
        return at

    def _fits(self, waiting: int, now: float) -> bool:
        """Return whether the limit allows all waiting questions now."""
        if self._limit is None or self._slow > 1:
            return False
        if self._window > SHORT:
            return waiting <= (self._limit.refill if now >= self._reset else self._left)
        before = self._limit.most - waiting + 1  # of so many, the first must be out of the window
        if before < 1:
            return False
        return len(self._sent) < before or self._sent[-before] <= now - self._window

    @property
    def _interval(self) -> float:
        """Seconds between two questions if more wait than the limit allows now."""
        if self._limit is None:
            return self._guess * self._slow
        return self._window / self._limit.most * self._slow

    def wait(self, place: int, waiting: int, now: float) -> float | None:
        """Estimate the seconds until the question at a place may go; None if that is unknown."""
        at = self.ready(waiting, now)
        if math.isinf(at):
            return None
        return max(0.0, at - now) + (place - 1) * self._interval

    # ---- what happens -----------------------------------------------------------------------------

    def go(self, now: float) -> int:
        """Note that a question goes, and return the pace at which it does: see `refused`."""
        if self._limit is not None and self._window > SHORT:
            if now >= self._reset and self._left <= 0:
                self._left = self._limit.refill
            self._left -= 1
        self._last = now
        self._sent.append(now)
        self._spread = self._chance(*_SPREAD)
        self._unheard += 1
        self._open += 1
        return self._epoch

    def sent(self, now: float) -> None:
        """Note that a question is out: before that it may have had no connection yet."""
        self._last = max(self._last, now)

    def head(self, limit: Limit | None, now: float, *, success: bool) -> None:
        """Note the head of a response."""
        self._unheard -= 1
        self._heard = True
        if limit is not None:
            self._learn(limit, now)
        if not self._unheard:  # otherwise this may be the head of an earlier question
            took = now - self._last
            self._took.append(took)
            usual = min(self._took) if len(self._took) == self._took.maxlen else 0.0
            self._last += min(took - usual, _LATE * self._interval)
        elif success:
            self._bare += 1
            self._room = min(self._room + _MORE, self.most)
            if self._bare >= _FORGET:
                self._limit = None
        if success:
            self._recover()

    def _learn(self, limit: Limit, now: float) -> None:
        old = self._limit
        if old is None or old.most != limit.most:
            self._window, self._slow = limit.window, 1.0
            self._guess = 0.0
            self._epoch += 1
        self._limit, self._bare = limit, 0
        # A header says how much of the window is left, so the longest one is nearest to the window.
        self._window = max(self._window, limit.window)
        # The others under way may have reached the service later.
        self._left = limit.left - self._unheard
        self._reset = now + limit.reset * (1 + self._spread)

    def _recover(self) -> None:
        if self._limit is not None:
            self._slow = 1.0 + (self._slow - 1.0) * _RECOVERS
            if self._slow < 1.0 + _NO_GUESS:
                self._slow = 1.0
        elif self._guess:
            self._slow *= _RECOVERS
            if self._guess * self._slow < _NO_GUESS:
                self._guess, self._slow = 0.0, 1.0

    def refused(self, pace: int, seconds: float, now: float) -> None:
        """Note a refusal: all wait for some seconds.

        Several refusals at one ``pace`` (see `go`) slow down only once.
        """
        again = seconds + self._chance(0.0, min(_RETURN[0] * seconds, _RETURN[1]))
        self._blocked = max(self._blocked, now + again)
        if pace != self._epoch:
            return
        self._epoch += 1
        if self._limit is not None or self._guess:
            self._slow = min(self._slow * _SLOWER, _SLOWEST)
        else:
            self._guess = min(seconds, _GUESS_SECONDS)

    def failed(self) -> None:
        """Note that no head will come: the connection failed, or the question was stopped."""
        self._unheard -= 1
        if not self._heard:  # the server may be down, so let more of those that wait find out
            self._room = min(self._room * 2, self.most)

    def over(self) -> None:
        """Note that an answer is over."""
        self._open -= 1
