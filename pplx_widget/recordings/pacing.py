"""The clock of a replay, which all its answers share; runs on the background thread."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from concurrent.futures import Future


class Pace:
    """Controls how the recorded time passes.

    Parameters
    ----------
    speed : float or None
        Recorded seconds a second; None does not wait at all.
    paused : bool
        Whether events come only by `step`.
    """

    def __init__(self, speed: float | None, *, paused: bool) -> None:
        self.speed = speed
        self.paused = paused
        self._passed = 0.0  # recorded seconds up to `_since`
        self._since: float | None = None
        self._changed: asyncio.Event | None = None
        self._steps = 0  # that may be taken
        self._taken = 0
        self._waiters: list[Future[int]] = []  # of `step`
        self._runs = self._waiting = 0

    @property
    def now(self) -> float:
        """Recorded seconds since the first answer began."""
        time = asyncio.get_running_loop().time()
        if self._since is None:
            self._since = time
        if not self.paused and self.speed is not None:
            self._passed += (time - self._since) * self.speed
        self._since = time
        return self._passed

    def change(self, speed: float | None, *, paused: bool) -> None:
        """Change the speed, or pause."""
        _ = self.now  # time so far passes at the old speed
        self.speed, self.paused = speed, paused
        self._wake()

    def step(self, count: int, done: Future[int]) -> None:
        """Let the next events come, then pause; ``done`` gets their number after they are applied."""
        self.change(self.speed, paused=True)
        self._steps += count
        self._waiters.append(done)
        self._settle()

    @contextlib.contextmanager
    def run(self) -> Iterator[Run]:
        """Keep the time of one answer."""
        self._runs += 1
        try:
            yield Run(self, self.now)
        finally:
            self._runs -= 1
            self._settle()

    def _wake(self) -> None:
        if self._changed is not None:
            self._changed.set()
            self._changed = None

    def take(self) -> bool:
        """Take a step if one is allowed."""
        if not (self.paused and self._steps):
            return False
        self._steps -= 1
        self._taken += 1
        return True

    async def wait(self, seconds: float | None) -> None:
        """Wait for some seconds, or until the speed or the steps change."""
        if self._changed is None:
            self._changed = asyncio.Event()
        changed = self._changed
        self._waiting += 1
        self._settle()
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await changed.wait()
        finally:
            self._waiting -= 1

    def _settle(self) -> None:
        """Resolve the waiting steps once all are taken and every answer waits again."""
        if self._runs > 0 and (self._steps > 0 or self._waiting < self._runs):
            return
        taken, self._taken, self._steps = self._taken, 0, 0
        waiters, self._waiters = self._waiters, []
        for done in waiters:
            done.set_result(taken)


class Run:
    """The time of one answer."""

    def __init__(self, pace: Pace, start: float) -> None:
        self._pace = pace
        self._start = start

    async def until(self, t: float) -> None:
        """Wait for a moment of the recording, in seconds since the request."""
        pace = self._pace
        while True:
            now = pace.now
            if pace.take():
                self._start = now - t  # the time continues from here
                return
            if pace.paused:
                await pace.wait(None)
            elif pace.speed is None:
                return
            elif (left := (self._start + t - now) / pace.speed) > 0:
                await pace.wait(left)
            else:
                return
