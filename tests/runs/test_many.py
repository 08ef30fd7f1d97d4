"""Two hundred answers at once: one thread runs all of them, each advances, and nothing is left over."""

from __future__ import annotations

import asyncio
import operator
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psutil
import pytest

import pplx_widget as pplx
from pplx_widget.core.runtime import runtime

from ..support.byte_server import HEAD, PROVIDERS, ByteServer, Client, end, opening, text, until

MANY = 200
PIECES = 5
SECONDS = 60.0  # the limit for steps that take a few seconds

PROCESS = psutil.Process()

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(PROCESS, "num_fds"), reason="counts open files"),
]
each_provider = pytest.mark.parametrize(("provider", "shape"), PROVIDERS, ids=str)


class Rounds(ByteServer):
    """A server that sends the next piece only when all clients have received the one before."""

    def __init__(self, shape: str) -> None:
        super().__init__(self._talk_to)
        self.shape = shape
        self.asked: set[str] = set()
        self._go = [asyncio.Event() for _ in range(PIECES + 1)]

    async def _talk_to(self, client: Client) -> None:
        self.asked.add(client.asked)
        await client.send(HEAD + opening(self.shape))
        for number, go in enumerate(self._go):
            await go.wait()
            words = text(self.shape, f"{client.asked}.{number} ")
            await client.send(words if number < PIECES else end(self.shape))

    def go(self, number: int) -> None:
        self.loop.call_soon_threadsafe(self._go[number].set)


def ask_all(server: ByteServer, provider: Any, count: int = MANY) -> list[pplx.Answer]:
    pplx.configure(base_url=server.base_url)
    return [pplx.ask(f"q{i}", provider=provider, model="m") for i in range(count)]


def said(answer: pplx.Answer, pieces: int) -> str:
    return "".join(f"{answer.question}.{number} " for number in range(pieces))


@contextmanager
def nothing_stays() -> Iterator[None]:
    """Wait until there are no more threads, tasks and open files than before."""
    until(lambda: not runtime()._tasks)
    before = counts()
    yield
    until(lambda: all(map(operator.le, counts(), before)))


def counts() -> tuple[int, int, int]:
    tasks = len(asyncio.all_tasks(runtime().loop))
    # asyncio keeps a few worker threads, and adds one when all of them are busy.
    threads = sum(not thread.name.startswith("asyncio_") for thread in threading.enumerate())
    return tasks, threads, PROCESS.num_fds()


def warm(provider: Any, shape: str) -> None:
    """Create everything that outlives the first answers: imports, clients, worker threads."""
    with Rounds(shape) as server:
        for number in range(PIECES + 1):
            server.go(number)
        for answer in ask_all(server, provider, 20):
            assert answer.wait(SECONDS).status == "complete"
        until(lambda: not server.open)


@each_provider
def test_all_go_forward_together(provider: Any, shape: str) -> None:
    warm(provider, shape)
    with nothing_stays(), Rounds(shape) as server:
        answers = ask_all(server, provider)
        names = [thread.name for thread in threading.enumerate()]
        assert names.count("pplx_widget") == 1
        until(lambda: len(server.asked) == MANY, SECONDS)
        assert server.open == MANY
        for number in range(PIECES):
            server.go(number)
            until(lambda n=number: all(a.text == said(a, n + 1) for a in answers), SECONDS)
            assert {answer.status for answer in answers} == {"streaming"}
        server.go(PIECES)
        assert [answer.wait(SECONDS).error for answer in answers] == [None] * MANY
        assert {answer.status for answer in answers} == {"complete"}
        assert all(answer.text == said(answer, PIECES) for answer in answers)
        until(lambda: not server.open)


@each_provider
def test_all_are_stopped_together(provider: Any, shape: str) -> None:
    warm(provider, shape)
    with nothing_stays(), Rounds(shape) as server:
        answers = ask_all(server, provider)
        server.go(0)
        until(lambda: all(answer.text for answer in answers), SECONDS)
        begun = time.monotonic()
        for answer in answers:
            answer.stop()
        for answer in answers:
            assert answer.wait(SECONDS).status == "stopped"
            assert answer.text == said(answer, 1)
        until(lambda: not server.open, SECONDS)
        assert time.monotonic() - begun < 20
        assert len(server.left) == MANY
