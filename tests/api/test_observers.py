"""Observers of an answer: they hear of changes, and their errors do not end the answer."""

from __future__ import annotations

import concurrent.futures
import sys
import threading

import pytest

import pplx_widget as pplx
from pplx_widget.core.runtime import runtime

from ..support.wire_server import WireServer, completed, delta

pytestmark = pytest.mark.usefixtures("asks_the_wire_server")


def test_observers_are_told_of_a_retry(server: WireServer) -> None:
    server.respond([delta("old"), completed()])
    answer = pplx.ask("q").wait(30)
    told: list[tuple[str, str]] = []
    answer.observe(lambda change: told.append((change.name, change.new)), names=["text", "status"])
    server.respond([delta("new"), completed()])
    answer.retry().wait(30)
    assert told[-2:] == [("status", "complete"), ("text", "new")] or told[-1] == (
        "status",
        "complete",
    )
    assert ("status", "connecting") in told or ("text", "") in told


def test_an_observer_that_exits_ends_nothing(server: WireServer) -> None:
    server.respond([delta("a"), completed()])
    answer = pplx.ask("q")
    answer.observe(lambda _: sys.exit(1), names="status")
    assert answer.wait(30).status == "complete"
    assert pplx.ask("again").wait(30).status == "complete"


def test_wait_inside_an_observer_says_so(server: WireServer) -> None:
    server.respond([delta("a"), completed()])
    caught: list[BaseException] = []
    answer = pplx.ask("q")

    def observer(_change: object) -> None:
        try:
            answer.wait()
        except RuntimeError as error:
            caught.append(error)

    answer.observe(observer, names="timing")
    answer.wait(30)
    assert caught


def test_a_failing_observer_does_not_end_the_answer(server: WireServer) -> None:
    server.respond([delta("a"), delta("b"), completed()])
    answer = pplx.ask("q")
    answer.observe(lambda _: 1 / 0, names="text")
    assert answer.wait(30).text == "ab"
    assert answer.status == "complete"


def test_a_failing_observer_silences_no_other(
    server: WireServer, caplog: pytest.LogCaptureFixture
) -> None:
    gate = threading.Event()
    server.respond([gate, delta("a"), completed()])
    answer = pplx.ask("q")
    told: list[str] = []
    handlers = [
        lambda _: 1 / 0,
        lambda change: told.append(change.new),
        lambda _: sys.exit(1),
        lambda change: told.append(change.name),
        told.append,
    ]
    for handler in handlers:
        answer.observe(handler, names="text")
    answer.observe(handlers[0])  # every trait, including those that change in the notebook
    answer.unobserve(told.append, names="text")
    gate.set()
    assert answer.wait(30).status == "complete"
    concurrent.futures.wait(runtime()._tasks, 5)
    assert told == ["a", "text"]
    failed = [record for record in caplog.records if "of 'text' failed" in record.getMessage()]
    assert len(failed) == 3
