"""A Python without threads, as in a browser: answers run on the loop that is there."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
import types
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest

import pplx_widget as pplx
from pplx_widget.core import threads, waiting
from pplx_widget.core.runtime import Runtime, runtime
from pplx_widget.server.server import LocalServer, ServerError
from pplx_widget.widget.turns import Turns

T = TypeVar("T")

CAN_START = threads.can_start

TURBINES = Path(__file__).parents[2] / "notebooks" / "turbines.jsonl"
ABOUT_TURBINES = (
    "Which companies make the most wind turbines in Europe, and when were they founded?"
)


class PagesLoop(asyncio.SelectorEventLoop):
    """A loop as Pyodide's, which refuses a time that has passed."""

    def call_at(  # type: ignore[override]
        self, when: float, callback: Callable[..., object], *arguments: Any, context: Any = None
    ) -> asyncio.TimerHandle:
        if when < self.time():
            raise ValueError("Can't schedule in the past")
        return super().call_at(when, callback, *arguments, context=context)


@pytest.fixture(autouse=True)
def no_threads(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let no thread start."""
    monkeypatch.setattr(threads, "can_start", lambda: False)

    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError(f"can't start new thread: {thread.name}")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    monkeypatch.setattr("pplx_widget.core.runtime._runtime", Runtime())
    yield
    pplx.configure(provider="agent")


@pytest.fixture
def suspends(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a browser suspend the caller, as JSPI does; here a nested loop does it."""

    def run_sync(work: Awaitable[T]) -> T:
        loop, outer = asyncio.get_running_loop(), asyncio.current_task()
        assert outer is not None
        found = asyncio.ensure_future(work)
        asyncio.tasks._leave_task(loop, outer)
        try:
            while not found.done():
                loop._run_once()  # type: ignore[attr-defined]
        finally:
            asyncio.tasks._enter_task(loop, outer)
        return found.result()

    ffi = types.SimpleNamespace(can_run_sync=lambda: True, run_sync=run_sync)
    monkeypatch.setitem(sys.modules, "pyodide.ffi", ffi)
    monkeypatch.setitem(sys.modules, "pyodide", types.ModuleType("pyodide"))


def in_page(main: Callable[[], Awaitable[T]]) -> T:
    """Run a cell on a page's loop."""

    async def cell() -> T:
        return await main()

    with asyncio.Runner(loop_factory=PagesLoop) as runner:
        return runner.run(cell())


class Words:
    """A provider of words."""

    async def stream(self, request: pplx.Request) -> AsyncIterator[pplx.events.Event]:
        for word in ("one ", "two ", "three"):
            await asyncio.sleep(0)
            yield pplx.events.Text(word)
        yield pplx.events.Finished()


class Endless:
    """A provider that never ends, and sees a stop."""

    def __init__(self) -> None:
        self.begun, self.stopped = asyncio.Event(), False

    async def stream(self, request: pplx.Request) -> AsyncIterator[pplx.events.Event]:
        yield pplx.events.Text("begun")
        self.begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.stopped = True


@pytest.mark.parametrize(("pthreads", "starts"), [(None, True), (True, True), (False, False)])
def test_a_build_says_whether_threads_start(
    monkeypatch: pytest.MonkeyPatch, *, pthreads: bool | None, starts: bool
) -> None:
    if pthreads is not None:
        info = types.SimpleNamespace(pthreads=pthreads)
        monkeypatch.setattr(sys, "_emscripten_info", info, raising=False)
    assert CAN_START() is starts


def test_an_answer_is_awaited() -> None:
    async def cell() -> Any:
        return await pplx.ask("q", provider=Words())

    answer = in_page(cell)
    assert (answer.text, answer.status) == ("one two three", "complete")


def test_many_answers_run_at_once() -> None:
    async def cell() -> Any:
        return await asyncio.gather(*[pplx.ask("q", provider=Words()) for _ in range(100)])

    assert {answer.status for answer in in_page(cell)} == {"complete"}


def test_stop_reaches_the_provider() -> None:
    async def cell() -> Any:
        answer = pplx.ask("q", provider=(provider := Endless()))
        await provider.begun.wait()
        answer.stop()
        return await answer, provider

    answer, provider = in_page(cell)
    assert (answer.status, answer.text) == ("stopped", "begun")
    assert provider.stopped


def test_the_samples_and_a_replay_answer() -> None:
    async def cell() -> Any:
        sample = await pplx.ask("What is the CAP theorem?", provider=pplx.Samples(speed=None))
        return sample, await pplx.ask(ABOUT_TURBINES, provider=pplx.Replay(TURBINES, speed=50))

    assert [answer.status for answer in in_page(cell)] == ["complete", "complete"]


def test_astream_gives_the_events() -> None:
    async def cell() -> Any:
        return [event async for event in pplx.astream("q", provider=Words())]

    assert isinstance(in_page(cell)[-1], pplx.events.Finished)


def test_a_schema_is_read_in_place() -> None:
    class Json:
        async def stream(self, request: pplx.Request) -> AsyncIterator[pplx.events.Event]:
            yield pplx.events.Text('{"a": 1}')
            yield pplx.events.Finished()

    async def cell() -> Any:
        schema = {"type": "object", "properties": {"a": {"type": "integer"}}}
        return await pplx.ask("q", provider=Json(), schema=schema)

    assert in_page(cell).parsed == {"a": 1}


# ---- waiting ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wait", "instead"),
    [
        (lambda: pplx.ask("q", provider=Words()).wait(), "`await answer`"),
        (lambda: pplx.complete("q", provider=Words()), "`await pplx.ask(…)`"),
        (lambda: list(pplx.stream("q", provider=Words())), "`async for event in pplx.astream(…)`"),
        (pplx.models, "`await pplx.amodels()`"),
        (lambda: pplx.Replay(TURBINES).step(), "`await replay.astep()`"),
    ],
)
def test_what_cannot_wait_names_what_can(wait: Callable[[], Any], instead: str) -> None:
    async def cell() -> None:
        with pytest.raises(RuntimeError, match="cannot wait without `await`") as caught:
            wait()
        assert instead in str(caught.value)

    in_page(cell)


def test_nothing_is_asked_for_an_answer_that_nobody_could_read() -> None:
    asked = []

    class Counts(Words):
        def stream(self, request: pplx.Request) -> AsyncIterator[pplx.events.Event]:
            asked.append(request)
            return super().stream(request)

    async def cell() -> None:
        for wait in (pplx.complete, lambda *a, **b: next(pplx.stream(*a, **b))):
            with pytest.raises(RuntimeError):
                wait("q", provider=Counts())
        await asyncio.sleep(0.01)

    in_page(cell)
    assert asked == []


def test_a_finished_answer_needs_no_wait() -> None:
    async def cell() -> Any:
        return (await pplx.ask("q", provider=Words())).wait(1)

    assert in_page(cell).status == "complete"


def test_step_has_a_form_to_await() -> None:
    async def cell() -> Any:
        replay = pplx.Replay(TURBINES, paused=True)
        answer = pplx.ask(ABOUT_TURBINES, provider=replay)
        took = await replay.astep(3)
        replay.speed = None
        replay.play()
        return took, await answer

    took, answer = in_page(cell)
    assert (took, answer.status) == (3, "complete")


@pytest.mark.usefixtures("suspends")
def test_a_browser_that_suspends_cells_can_wait() -> None:
    async def cell() -> Any:
        replay = pplx.Replay(TURBINES, paused=True)
        stepped = pplx.ask(ABOUT_TURBINES, provider=replay)
        took = replay.step(2)
        stepped.stop()
        return (
            pplx.ask("q", provider=Words()).wait(5).text,
            pplx.complete("q", provider=Words()).text,
            [type(event) for event in pplx.stream("q", provider=Words())][-1],
            took,
        )

    assert in_page(cell) == ("one two three", "one two three", pplx.events.Finished, 2)


@pytest.mark.usefixtures("suspends")
def test_a_wait_ends_in_time_and_the_answer_goes_on() -> None:
    async def cell() -> Any:
        answer = pplx.ask("q", provider=Endless())
        with pytest.raises(TimeoutError, match="It goes on"):
            answer.wait(0.01)
        status = answer.status
        answer.stop()
        await answer
        return status

    assert not in_page(cell).final


@pytest.mark.usefixtures("suspends")
def test_an_observer_cannot_wait_for_its_own_answer() -> None:
    said = []

    async def cell() -> None:
        answer = pplx.ask("q", provider=Words())

        def wait(_change: Any) -> None:
            try:
                answer.wait()
            except RuntimeError as error:
                said.append(str(error))

        answer.observe(wait, names="status")
        await answer

    in_page(cell)
    assert "inside an observer" in said[0]


def test_a_mailbox_keeps_what_came_before_its_reader() -> None:
    async def cell() -> Any:
        box: waiting.Mailbox[int] = waiting.Mailbox()
        box.put(1)
        box.put(2)
        return box.get(instead=""), box.get(instead="")

    assert in_page(cell) == (1, 2)


def test_a_recording_waits_for_nothing_that_cannot_come(tmp_path: Path) -> None:
    async def cell() -> Any:
        with pplx.record(tmp_path / "talk.jsonl") as recorder:
            answer = pplx.ask("q", provider=Words())
            with pytest.raises(RuntimeError, match="await answer"):
                recorder.wait()
            await answer
        return recorder.wait(5)

    in_page(cell)
    assert pplx.Replay(tmp_path / "talk.jsonl").questions == ("q",)


# ---- the loop ---------------------------------------------------------------------------------------


def test_a_time_that_has_passed_means_soon() -> None:
    async def cell() -> Any:
        loop, reached = threads.running_loop(), asyncio.Event()
        loop.call_at(loop.time() - 5, reached.set)
        await reached.wait()
        return runtime().loop is loop

    assert in_page(cell)


def test_a_loop_that_takes_the_past_keeps_its_own_way() -> None:
    async def main() -> Any:
        loop = threads.running_loop()
        return "call_at" in vars(loop)

    assert asyncio.run(main()) is False


def test_work_for_another_thread_is_done_in_place() -> None:
    async def cell() -> Any:
        threads.running_loop()
        with pytest.raises(ZeroDivisionError):
            await asyncio.to_thread(lambda: 1 / 0)
        return await asyncio.to_thread(threading.current_thread)

    assert in_page(cell) is threading.main_thread()


def test_a_document_is_written_without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(time, "thread_time")  # as in a browser
    monkeypatch.delattr(time, "sleep")
    turns = Turns()
    turns()
    turns()


def test_without_a_loop_the_answer_says_so() -> None:
    answer = pplx.ask("q", provider=Words())
    assert answer.status == "failed"
    assert "cannot start threads" in str(answer.error)


def test_a_local_server_says_that_it_cannot_run() -> None:
    with pytest.raises(ServerError, match="Samples"):
        LocalServer().start()
