"""The rate limit of the local server, and the headers that tell clients about it."""

from __future__ import annotations

import math
import threading
import time

# The limit of the highest tier. Without a limit, each request counts as the first of its second.
_HIGHEST_TIER = 33


class Limit:
    """A limit on the questions of each second.

    Parameters
    ----------
    rate : int, optional
        How many questions a second are answered; all by default.
    """

    def __init__(self, rate: int | None = None) -> None:
        self._rate = rate
        self._second = 0
        self._used = 0
        self._lock = threading.Lock()

    @property
    def real(self) -> bool:
        """Whether questions are refused."""
        return self._rate is not None

    def take(self) -> float:
        """Count a question, and return the seconds until it may be asked again; 0 if it is answered."""
        if self._rate is None:
            return 0.0
        with self._lock:
            now = time.time()
            self._begin(now)
            if self._used < self._rate:
                self._used += 1
                return 0.0
            return self._second + 1 - now

    def headers(self, wait: float = 0.0) -> dict[str, str]:
        """Return the headers of an answer.

        Parameters
        ----------
        wait : float, optional
            The seconds until a refused question may be asked again.
        """
        with self._lock:
            now = time.time()
            self._begin(now)
            limit = self._rate or _HIGHEST_TIER
            used = limit if wait else 1 if self._rate is None else self._used
            values = {
                "limit": limit,
                "remaining": limit - used,
                "reset": math.ceil(now + wait) if wait else self._second + 1,
                "used": used,
            }
        return {f"x-ratelimit-{name}": str(value) for name, value in values.items()}

    def _begin(self, now: float) -> None:
        if int(now) != self._second:
            self._second, self._used = int(now), 0
