"""Asking in virtual time: an event loop whose clock jumps to the next timer, and servers with limits."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, Callable, Coroutine
from typing import Any, TypeVar

from pplx_widget.core import http_errors
from pplx_widget.core.errors import PplxError
from pplx_widget.core.events import Event
from pplx_widget.providers import _turns
from pplx_widget.providers._follow import follow
from pplx_widget.providers._pacer import Pacer
from pplx_widget.providers._turns import Turns
from pplx_widget.providers.agent_events import AgentReader

T = TypeVar("T")

DONE = {"type": "response.completed", "response": {"status": "completed", "output": []}}
START = 1_800_000_000.4  # Unix time at the start, within a second


class Loop(asyncio.SelectorEventLoop):
    """An event loop without real time."""

    def __init__(self) -> None:
        super().__init__()
        self._now = 0.0
        really = self._selector.select  # type: ignore[attr-defined]

        def select(timeout: float | None = None) -> Any:
            self._now += timeout or 0.0
            return really(0)

        self._selector.select = select  # type: ignore[attr-defined]

    def time(self) -> float:
        """Return the virtual time in seconds."""
        return self._now


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine in virtual time."""
    with asyncio.Runner(loop_factory=Loop) as runner:
        return runner.run(main)


Allows = Callable[[list[float], float], bool]
"""Whether a request is allowed now, after those that were allowed at these times."""


def spaced(seconds: float) -> Allows:
    """Return the rule of a server that wants so many seconds between two requests."""
    return lambda before, now: not before or now - before[-1] >= seconds


def windows(most: int, seconds: float) -> Allows:
    """Return the rule of a server with windows of a fixed length, which begin at whole multiples."""
    return lambda before, now: (
        sum((START + at) // seconds == (START + now) // seconds for at in before) < most
    )


def sliding(most: int, seconds: float) -> Allows:
    """Return the rule of a server that looks back by a fixed time."""
    return lambda before, now: sum(at > now - seconds for at in before) < most


class Server:
    """A service in virtual time.

    Parameters
    ----------
    allows : callable
        Its limit.
    headers : callable
        Returns the headers of a response, from whether it is allowed, and the Unix time.
    latency : float
        The longest time to a head in seconds; each is random.
    """

    def __init__(
        self,
        allows: Allows = lambda _before, _now: True,
        headers: Callable[[bool, float], dict[str, str]] = lambda _allowed, _now: {},
        *,
        latency: float = 0.02,
        answering: float = 5.0,
        seed: int = 1,
    ) -> None:
        self._allows, self._headers = allows, headers
        self._latency, self._answering = latency, answering
        self._random = random.Random(seed)
        self.turns = Turns(Pacer(self._random.uniform), asyncio.get_running_loop().time)
        self.came: list[float] = []
        self.allowed: list[float] = []
        self.first_head: float | None = None

    async def _asked(self) -> AsyncGenerator[Any, None]:
        loop, turn = asyncio.get_running_loop(), _turns.current()
        assert turn is not None
        await turn.note("http11.send_request_body.complete")
        await asyncio.sleep(self._random.uniform(0, self._latency / 2))
        now = loop.time()
        self.came.append(now)
        if allowed := self._allows(self.allowed, now):
            self.allowed.append(now)
        headers = self._headers(allowed, START + now)
        await asyncio.sleep(self._random.uniform(0, self._latency / 2))
        if self.first_head is None:
            self.first_head = loop.time()
        turn.head(200 if allowed else 429, headers)
        if not allowed:
            raise http_errors.from_response(429, headers, None)
        return self._payloads()

    async def _payloads(self) -> AsyncGenerator[Any, None]:
        await asyncio.sleep(self._answering)
        yield {"type": "response.output_text.delta", "delta": "Yes."}
        yield DONE

    def ask(self, *, retries: int = 2) -> AsyncGenerator[Event, None]:
        """Ask a question; yields its events."""
        return follow(
            self._asked,
            AgentReader("test"),
            lambda error, _started: error,  # type: ignore[arg-type, return-value]
            retries,
            turns=self.turns,
            connect=5.0,
        )

    async def ask_many(self, count: int) -> list[list[Any]]:
        """Ask questions at once; return the events of each, with the error at the end of a failed one."""
        return await asyncio.gather(*(gathered(self.ask()) for _ in range(count)))

    @property
    def refused(self) -> int:
        """How many requests were refused."""
        return len(self.came) - len(self.allowed)


async def gathered(events: AsyncGenerator[Event, None]) -> list[Any]:
    """Return all events, and the error that ended them if there is one."""
    seen: list[Any] = []
    try:
        async for event in events:
            seen.append(event)  # noqa: PERF401 (it may raise in between)
    except PplxError as error:
        seen.append(error)
    return seen
