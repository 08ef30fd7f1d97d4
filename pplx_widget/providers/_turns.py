"""The queue of the questions for one service with one key, on the event loop of the answers.

A question takes a turn for each attempt, the first and the repetitions, so there is no other pause
between them. The turn also limits the time to connect: the loop may be late, and the question may wait
for other connects, and neither is the network's fault.
"""

from __future__ import annotations

import asyncio
import itertools
import math
import time
import weakref
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final, Protocol

from ..config import Connection
from ..core.events import LAST_PLACE
from ..core.secret import Secret
from . import _limits
from ._pacer import Pacer

CONNECTS: Final = 32
"""How many connections are opened at once: more would only wait for the processor and the network."""

# Seconds between two reports of the places.
_TELL_SECONDS = 0.25

# The time to connect passes in so many steps of the loop at least.
_STEPS = 20


class ConnectTimeout(TimeoutError):
    """The connection was not made in time, not counting the time in which the loop was busy."""


class Waits(Protocol):
    """What waits in a queue."""

    come: bool
    place: int

    def told(self, place: int, seconds: float | None) -> None:
        """Take the place in the queue and the time to wait."""
        ...

    def comes(self, pace: int) -> None:
        """Let the question go."""
        ...


class Turns:
    """Lets questions go as the `Pacer` says, in the order in which they came.

    Parameters
    ----------
    pacer : Pacer, optional
        Decides when.
    clock : callable
        Returns the seconds of a monotonic clock.
    """

    def __init__(
        self, pacer: Pacer | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.pacer = pacer or Pacer()
        self.clock = clock
        self.connects = asyncio.Semaphore(CONNECTS)
        self._waiting: OrderedDict[Waits, None] = OrderedDict()
        self._timer: asyncio.TimerHandle | None = None
        self._telling: asyncio.TimerHandle | None = None

    def enter(self, turn: Waits, *, first: bool = False) -> None:
        """Put a turn at the end of the queue, or first."""
        self._waiting[turn] = None
        if first:
            self._waiting.move_to_end(turn, last=False)
        self.go()
        if not turn.come:
            # The last one knows its place at once, without counting.
            self._tell_one(turn, 1 if first else len(self._waiting))
            if self._telling is None:
                self._tell_later()

    def leave(self, turn: Waits) -> None:
        """Take a turn out of the queue."""
        if turn in self._waiting:
            del self._waiting[turn]
            self.go()

    def go(self) -> None:
        """Let all go that may go now, and look again later."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        while self._waiting:
            now = self.clock()
            at = self.pacer.ready(len(self._waiting), now)
            if at > now:
                if not math.isinf(at):
                    self._timer = asyncio.get_running_loop().call_later(at - now, self.go)
                return
            turn, _ = self._waiting.popitem(last=False)
            turn.comes(self.pacer.go(now))

    def _tell_later(self) -> None:
        self._telling = asyncio.get_running_loop().call_later(_TELL_SECONDS, self._tell)

    def _tell(self) -> None:
        """Tell the first ones in the queue their places."""
        self._telling = None
        for place, turn in enumerate(itertools.islice(self._waiting, LAST_PLACE), start=1):
            if turn.place != place:
                self._tell_one(turn, place)
        if self._waiting:
            self._tell_later()

    def _tell_one(self, turn: Waits, place: int) -> None:
        wait = self.pacer.wait(place, len(self._waiting), self.clock())
        turn.told(min(place, LAST_PLACE + 1), wait)


class Turn:
    """One question's place in the queue, and its attempts.

    Parameters
    ----------
    turns : Turns
        The queue; the turn enters it at once.
    connect : float
        Seconds to connect.

    Attributes
    ----------
    come : bool
        Whether the question may be sent.
    place : int
        Its place in the queue from 1; `LAST_PLACE` + 1 for all behind that.
    seconds : float or None
        About how long it will wait, if that is known.
    """

    def __init__(self, turns: Turns, connect: float) -> None:
        self.come = False
        self.place = 0
        self.seconds: float | None = None
        self._turns = turns
        self._connect = connect
        self._pace = 0
        self._unheard = False
        self._news = asyncio.Event()
        self._pause: asyncio.TimerHandle | None = None
        self._connecting = False
        self._limit: asyncio.Timeout | None = None
        self._watch: asyncio.TimerHandle | None = None
        turns.enter(self)

    def now(self) -> tuple[int, float | None]:
        """Return the place and the time to wait; until it is in the queue, the first place."""
        self._news.clear()
        return self.place or 1, self.seconds

    async def changed(self) -> None:
        """Wait for news since `now`: the turn has come, or its place has changed."""
        await self._news.wait()

    async def has_come(self) -> None:
        """Wait until the turn has come."""
        while not self.come:
            self._news.clear()
            await self._news.wait()

    def told(self, place: int, seconds: float | None) -> None:
        """Take the place in the queue and the time to wait."""
        self.place, self.seconds = place, seconds
        self._news.set()

    def comes(self, pace: int) -> None:
        """Let the question go."""
        self.come, self.place, self._pace, self._unheard = True, 0, pace, True
        self._news.set()

    def again(self, pause: float, *, refused: bool) -> None:
        """Wait for another attempt, ahead of all that have made none.

        Parameters
        ----------
        pause : float
            Seconds to wait at least.
        refused : bool
            Whether the service refused the question, so that all others wait as well.
        """
        self._over()
        self.seconds = pause
        if refused:
            self._turns.pacer.refused(self._pace, pause, self._turns.clock())
            self._turns.enter(self, first=True)
        else:
            loop = asyncio.get_running_loop()
            self._pause = loop.call_later(pause, self._enter_again)

    def _enter_again(self) -> None:
        self._pause = None
        self._turns.enter(self, first=True)

    def close(self) -> None:
        """End the turn: the answer is over, or the question was stopped while it waited."""
        if self._pause is not None:
            self._pause.cancel()
            self._pause = None
        self._over()
        self._turns.leave(self)

    def _over(self) -> None:
        if self.come:
            self.come = False
            if self._unheard:
                self._unheard = False
                self._turns.pacer.failed()
            self._turns.pacer.over()
            self._turns.go()

    # ---- called by the hooks of the HTTP clients ---------------------------------------------------

    @contextmanager
    def sending(self) -> Iterator[asyncio.Timeout]:
        """Let the hooks find this turn, as long as the block lasts."""
        token = _current.set(self)
        self._limit = asyncio.timeout(None)
        try:
            yield self._limit
        finally:
            self._limit = None
            self._connected()
            _current.reset(token)

    async def note(self, moment: str) -> None:
        """Note a moment of the request, by its name in httpcore."""
        # The first part names the kind of connection, such as one through a proxy.
        match moment.partition(".")[2]:
            case "connect_tcp.started":
                await self._turns.connects.acquire()
                self._connecting = True
                self._time()
            case "start_tls.started":
                self._time()
            case (
                "connect_tcp.complete"
                | "connect_tcp.failed"
                | "start_tls.complete"
                | "start_tls.failed"
            ):
                self._connected()
            case "send_request_body.complete":
                self._turns.pacer.sent(self._turns.clock())
            case _:
                pass

    def head(self, status: int, headers: Mapping[str, str]) -> None:
        """Note the head of the response."""
        if self._unheard:
            self._unheard = False
            success = 200 <= status < 300  # noqa: PLR2004
            limit = _limits.read(headers)
            self._turns.pacer.head(limit, self._turns.clock(), success=success)
            self._turns.go()

    def _time(self) -> None:
        """Begin the time to connect. The loop's delays do not count: each step takes its full time."""
        step, limit = self._connect / _STEPS, self._limit
        loop = asyncio.get_running_loop()

        def passed(left: int) -> None:
            if left:
                self._watch = loop.call_later(step, passed, left - 1)
            elif limit is not None:
                limit.reschedule(loop.time())

        passed(_STEPS)

    def _connected(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None
        if self._connecting:
            self._connecting = False
            self._turns.connects.release()


_current: ContextVar[Turn | None] = ContextVar("pplx_turn", default=None)


def current() -> Turn | None:
    """Return the turn of the request that the running task sends; None for other requests."""
    return _current.get()


def limits(connect: float) -> dict[str, Any]:
    """Return the further limits of a request for the ``Timeout`` of an HTTP client.

    A turn limits the time to connect itself. No request fails because it waits for a free connection.
    """
    return {"connect": connect if current() is None else None, "pool": None}


shared: ContextVar[Turns | None] = ContextVar("pplx_turns", default=None)
"""The queue of the running task, if it shares one with other processes."""

# Per loop: a forked child, and a loop that was given up, have queues of their own.
_all: weakref.WeakKeyDictionary[
    asyncio.AbstractEventLoop, dict[tuple[str, Secret | None], Turns]
] = weakref.WeakKeyDictionary()


def of(connection: Connection) -> Turns:
    """Return the queue for a connection on the running loop, or the one that the task shares."""
    if (elsewhere := shared.get()) is not None:
        return elsewhere
    here = _all.setdefault(asyncio.get_running_loop(), {})
    where = connection.base_url, connection.key
    if where not in here:
        here[where] = Turns()
    return here[where]
