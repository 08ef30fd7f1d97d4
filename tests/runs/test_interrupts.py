"""An interrupt, or a thread that cannot start, at any moment: the next question is answered."""

from __future__ import annotations

import asyncio
import gc
import linecache
import pathlib
import socket
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from types import FrameType
from typing import Any

import pytest

import pplx_widget as pplx
from pplx_widget.core import runtime
from pplx_widget.core.events import Event, Finished, Text
from pplx_widget.core.runtime import Runtime
from pplx_widget.question.request import Request
from pplx_widget.runs import prepare
from pplx_widget.runs.ledger import ledger
from pplx_widget.widget.answer import Answer
from pplx_widget.widget.channel import Channel

from ..support.byte_server import LIMIT, until
from ..support.scripts import python
from ..support.wire_server import CREATED, WireServer, completed, delta

pytestmark = pytest.mark.slow

PACKAGE = str(pathlib.Path(pplx.__file__).parent)


class Waiting:
    """A provider that sends some text and waits."""

    async def stream(self, _request: Request) -> AsyncIterator[Event]:
        yield Text("So far")
        await asyncio.Event().wait()


class Saying:
    """A provider that sends some text and ends."""

    async def stream(self, _request: Request) -> AsyncIterator[Event]:
        yield Text("All of it")
        yield Finished()


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[Runtime]:
    """Install a runtime whose thread has not been started."""
    own = Runtime()
    monkeypatch.setattr(runtime, "_runtime", own)
    yield own
    own.close()


@pytest.fixture(autouse=True)
def alone() -> Iterator[None]:
    """Ask without a key, and leave no thread behind."""
    pplx.configure(base_url="http://127.0.0.1:9/v1")
    yield
    # Python still lists a thread whose start was interrupted.
    threading._limbo.clear()  # type: ignore[attr-defined]


def quiet() -> bool:
    """Return whether every counter says that nothing is in progress."""
    return not runtime.runtime()._tasks and not ledger._open and not Channel._live


def threads() -> int:
    listed = threading.enumerate()
    return sum(thread.name == "pplx_widget" and thread.is_alive() for thread in listed)


def interrupted_at(line: int, call: Callable[[], Any]) -> Any:
    """Call a function, with an interrupt before the ``line``-th line of this package that it reaches.

    The lines of `threading.Thread.start` count, too. Each line counts once: Python reports the line of
    a ``with`` again at the end of its block, where it handles no interrupt. Lines with ``try`` do not
    count, since Python handles none there either.
    """
    been: set[tuple[object, int]] = set()

    def each(frame: FrameType, event: str, _argument: object) -> Any:
        code = frame.f_code
        if not (code.co_filename.startswith(PACKAGE) or code is threading.Thread.start.__code__):
            return None
        here = linecache.getline(code.co_filename, frame.f_lineno).strip()
        if event == "line" and (code, frame.f_lineno) not in been and here != "try:":
            been.add((code, frame.f_lineno))
            if len(been) == line:
                raise KeyboardInterrupt
        return each

    before = sys.gettrace()
    gc.disable()  # an exception in a finalizer would be lost
    sys.settrace(each)
    try:
        return call()
    except KeyboardInterrupt:
        return None
    finally:
        sys.settrace(before)
        gc.enable()


def lines() -> Iterator[int]:
    """Count up to far more lines than any of these calls has."""
    yield from range(1, 3000)
    raise AssertionError("it does not end")


def test_the_thread_starts_whatever_interrupted_its_first_start() -> None:
    count = threads()
    for line in lines():
        own = Runtime()
        loop = interrupted_at(line, lambda own=own: own.loop)
        if loop is not None:
            own.close()
            break
        assert own.start(_one()).result(LIMIT) == 1, line
        own.close()
    assert line > 12
    until(lambda: threads() == count)
    gc.collect()  # a resource that was left open causes a warning here


def test_a_question_interrupted_at_any_line_leaves_nothing_behind() -> None:
    until(quiet)
    begin = prepare.prepared("q", provider=Waiting())
    for line in lines():
        answer = interrupted_at(line, lambda: Answer.begun(begin))
        if answer is not None:
            break
        until(quiet)
    assert line > 60
    until(lambda: answer.text)
    answer.stop()
    assert answer.wait(LIMIT).status == "stopped"
    until(quiet)
    gc.collect()


def test_a_first_question_interrupted_at_any_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """It starts the thread; the next question is answered."""
    count = threads()
    begin, again = (prepare.prepared("q", provider=made()) for made in (Waiting, Saying))
    for line in lines():
        own = Runtime()
        monkeypatch.setattr(runtime, "_runtime", own)
        session = interrupted_at(line, begin)
        if session is None:
            assert Answer.begun(again).wait(LIMIT).text == "All of it", line
            until(quiet)
            own.close()
        else:
            session.stop()
            session.wait(LIMIT)
            own.close()
            break
    assert line > 60
    until(lambda: threads() == count)
    gc.collect()


def test_a_retry_interrupted_at_any_line_leaves_nothing_behind() -> None:
    answer = pplx.ask("q", provider=Waiting())
    for line in lines():
        answer.stop()
        answer.wait(LIMIT)
        until(quiet)
        if interrupted_at(line, answer.retry) is not None:
            break
    answer.stop()
    assert answer.wait(LIMIT).status == "stopped"
    until(quiet)


def no_thread(*_arguments: object, **_options: object) -> None:
    raise RuntimeError("can't start new thread")


def no_loop(*_arguments: object, **_options: object) -> None:
    raise OSError(24, "Too many open files")


REFUSALS: dict[str, tuple[Any, str, Any]] = {
    "no thread": (threading.Thread, "start", no_thread),
    "no event loop": (socket, "socketpair", no_loop),
}


@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_question_without_a_thread_says_so_and_the_next_one_is_answered(
    fresh: Runtime, refusal: str, tmp_path: pathlib.Path
) -> None:
    where, name, refuse = REFUSALS[refusal]
    recorder = pplx.record(tmp_path / "talk.jsonl")
    counted = len(ledger._runs)
    with pytest.MonkeyPatch.context() as system:
        system.setattr(where, name, refuse)
        answer = pplx.ask("q", provider=Saying())
        assert answer.wait(1).status == "failed"
        assert "refused to start" in str(answer.error)
        answer.stop()
        assert quiet()
        assert answer.retry().wait(1).status == "failed"
        with pytest.raises(pplx.PplxError, match="refused to start"):
            pplx.complete("q", provider=Saying())
        with pytest.raises(pplx.PplxError, match="refused to start"):
            list(pplx.stream("q", provider=Saying()))
        with pytest.raises(pplx.PplxError, match="refused to start"):
            pplx.models()
        race = pplx.race("q")
        assert race.wait(1).status == "failed"
        assert "could not be sent" in repr(race)
    recorder.wait(1)  # it does not wait for a run that has not started
    recorder.close()
    assert len(ledger._runs) == counted  # nothing was sent
    assert pplx.ask("q", provider=Saying()).wait(LIMIT).text == "All of it"
    assert answer.retry().wait(LIMIT).text == "All of it"
    until(quiet)
    gc.collect()
    assert fresh._thread is not None


@pytest.mark.parametrize(("provider", "times"), [("raw", 1), ("raw", 3), ("agent", 2)])
def test_worker_threads_that_cannot_be_had(server: WireServer, provider: str, times: int) -> None:
    """The first question of a script needs some, for imports and to resolve host names."""
    server.respond([CREATED, delta("plain"), completed()])
    done = python(
        f"""
        import threading
        import pplx_widget as pplx
        start, refused = threading.Thread.start, []
        def refuse(self):
            if self.name.startswith("pplx_widget ") and len(refused) < {times}:
                refused.append(self.name)
                raise RuntimeError("can't start new thread")
            start(self)
        threading.Thread.start = refuse
        pplx.configure(base_url={server.base_url!r}, max_retries=0)
        for attempt in range(10):
            answer = pplx.ask("q", provider={provider!r}).wait(30)
            if answer.status == "complete":
                break
            assert "refused to start" in str(answer.error) or "reached" in str(answer.error), answer.error
        print(answer.text)
        assert len(refused) == {times}
        """
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "plain\n", "")


def test_a_first_start_that_fails_in_a_script(server: WireServer) -> None:
    """Nothing is printed at the exit: no thread to join, no coroutine that was never awaited."""
    done = python(
        """
        import threading
        import pplx_widget as pplx
        def refuse(self):
            raise RuntimeError("can't start new thread")
        threading.Thread.start = refuse
        print(pplx.ask("q", provider="raw").wait(5).status)
        """,
        PERPLEXITY_BASE_URL=server.base_url,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "failed\n", "")


class Stopping:
    """A provider that stops its own event loop."""

    async def stream(self, _request: Request) -> AsyncIterator[Event]:
        asyncio.get_running_loop().stop()
        yield Text("All of it")
        yield Finished()


def test_a_provider_that_stops_the_loop_stops_no_other_answer(fresh: Runtime) -> None:
    for _ in range(3):
        assert pplx.ask("q", provider=Stopping()).wait(LIMIT).text == "All of it"
        assert pplx.ask("q", provider=Saying()).wait(LIMIT).text == "All of it"


def test_a_loop_that_fails_once_goes_on(fresh: Runtime) -> None:
    answer = pplx.ask("q", provider=Waiting())
    until(lambda: answer.text)
    loop, thread = fresh.loop, fresh._thread

    def fail() -> None:
        del loop._run_once  # type: ignore[attr-defined]
        no_loop()

    loop._run_once = fail  # type: ignore[attr-defined]
    fresh.call(lambda: None)
    answer.stop()
    assert answer.wait(LIMIT).status == "stopped"
    assert fresh._thread is thread


def test_a_thread_that_dies_fails_its_answers_and_the_next_question_starts_another() -> None:
    done = python(
        """
        import asyncio, logging
        import pplx_widget as pplx
        from pplx_widget.runs.ledger import ledger
        from pplx_widget.core.runtime import runtime
        from pplx_widget.widget.channel import Channel
        logging.getLogger("asyncio").disabled = True  # it logs unfinished tasks
        class Waiting:
            async def stream(self, request):
                yield pplx.events.Text("So far")
                await asyncio.Event().wait()
        class Saying:
            async def stream(self, request):
                yield pplx.events.Text("All of it")
                yield pplx.events.Finished()
        def broken():
            raise OSError(9, "Bad file descriptor")
        answer = pplx.ask("q", provider=Waiting())
        while not answer.text:
            pass
        queued = answer.ask("And?")
        thread = runtime()._thread
        runtime().loop._run_once = broken
        runtime().call(lambda: None)
        for one in (answer, queued):
            print(one.wait(20).status, "lost" in str(one.error), one.text)
        thread.join(20)
        answer.stop()
        assert not runtime()._tasks and not ledger._open and not Channel._live
        print(answer.retry() is answer and runtime()._thread is not thread)
        print(pplx.ask("q", provider=Saying()).wait(20).text)
        """
    )
    assert done.returncode == 0
    assert done.stdout.splitlines() == [
        "failed True So far",
        "failed True ",
        "True",
        "All of it",
    ]


def test_what_asks_after_our_end_is_told_that_it_is_too_late() -> None:
    done = python(
        """
        import atexit
        import pplx_widget as pplx
        from pplx_widget.core import runtime
        class Saying:
            async def stream(self, request):
                yield pplx.events.Finished()
        def late():
            answer = pplx.ask("q", provider=Saying())
            print(answer.wait(5).status, "ending" in str(answer.error))
        pplx.ask("q", provider=Saying()).wait(20)
        # It runs last, as if it had been registered before the package was imported.
        atexit.unregister(runtime._close)
        atexit.register(late)
        atexit.register(runtime._close)
        """
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "failed True\n", "")


async def _one() -> int:
    return 1
