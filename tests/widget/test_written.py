"""A document is written while its answer arrives, and leaves a busy cell its time."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator

import pytest

import pplx_widget as pplx
from pplx_widget.core.events import Event, Finished, Source, SourcesFound, Text
from pplx_widget.document import body, forms
from pplx_widget.question.request import Request
from pplx_widget.runs.session import Session
from pplx_widget.widget import host, turns, written
from pplx_widget.widget.turns import Turns

from ..support.recording_comm import RecordingComm
from ..support.shell import Shell

SOURCES = tuple(Source(i, f"Page {i}", f"https://e.org/{i}", "e.org") for i in range(1, 5))
PARAGRAPH = "Words of *prose* with a claim.[1][3] And `code`.\n\n- a point\n- another[2]\n\n"


def finished(text: str) -> Session:
    run = Session(Request(question="Q?"), lambda: pytest.fail("no provider"))
    for event in (SourcesFound(SOURCES), Text(text), Finished()):
        run.state.apply(event, 1.0)
    return run


def test_the_forms_are_those_of_the_whole_text() -> None:
    run = finished(PARAGRAPH * 60)
    made = written.Written()
    for _ in range(9):
        made._next = 0.0
        made.advance(run)
    made.prepare(run)
    state = run.snapshot()
    assert made.forms(run, state).bundle() == forms.mime_bundle("Q?", state)


def test_a_thread_that_needs_the_forms_at_once_does_not_wait_for_another() -> None:
    run = finished(PARAGRAPH * 30)
    made = written.Written()
    with made._lock:
        found = made.forms(run, run.snapshot())
    assert found.bundle() == forms.mime_bundle("Q?", run.snapshot())


def test_most_is_written_before_the_end(
    comms: list[RecordingComm], monkeypatch: pytest.MonkeyPatch
) -> None:
    shell = Shell()
    monkeypatch.setattr(host, "shell", lambda: shell)
    monkeypatch.setattr(written, "_PAUSE", 0.0)
    shown, over = threading.Event(), threading.Event()
    ended: list[bool] = []
    real = body._block

    def noted(*arguments: object, **options: object) -> object:
        ended.append(over.is_set())
        return real(*arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(body, "_block", noted)

    class Slow:
        async def stream(self, request: Request) -> AsyncIterator[Event]:
            yield SourcesFound(SOURCES)
            await asyncio.to_thread(shown.wait, 30)
            for _ in range(60):
                yield Text(PARAGRAPH)
            over.set()
            yield Finished()

    answer = pplx.ask("Q?", provider=Slow())
    answer._ipython_display_()
    shown.set()
    answer.wait(30)
    shell.wait_for(2)
    assert "pplx-settled" in shell.published[-1][2]["text/html"]
    assert ended.count(False) >= 3
    assert ended.count(True) <= 3


@pytest.mark.parametrize("interval", [0.005, 0.0005])  # usual, and while answers are under way
def test_pauses_are_for_others_only(monkeypatch: pytest.MonkeyPatch, interval: float) -> None:
    monkeypatch.setattr("sys.getswitchinterval", lambda: interval)
    slept: list[float] = []
    clock = iter(range(1_000))
    monkeypatch.setattr(turns, "time", Clock(slept, lambda: next(clock) * 0.02 * interval))
    calm = Turns()
    for _ in range(50):
        calm()
    assert set(slept) == {0}
    slept.clear()
    monkeypatch.setattr(turns, "time", Clock(slept, lambda: next(clock) * interval))
    disturbed = Turns()
    for _ in range(50):
        disturbed()
    assert turns._ALL - 0.001 <= sum(slept) <= turns._ALL


class Clock:
    """A clock in place of the module `time`: each piece of work takes 4 ms of the processor."""

    def __init__(self, slept: list[float], now: object) -> None:
        self.monotonic = now
        self.sleep = slept.append
        self._worked = 0.0

    def thread_time(self) -> float:
        self._worked += 0.002
        return self._worked
