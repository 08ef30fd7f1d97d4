"""The budget: no function sends a question that could exceed it, even with many at once."""

from __future__ import annotations

import asyncio
import math
import os
import subprocess
import sys
import threading

import pytest

import pplx_widget as pplx
from pplx_widget.core.events import Failed, Finished, Text, Usage, UsageReported
from pplx_widget.core.state import AnswerState
from pplx_widget.question.request import Request
from pplx_widget.runs.ledger import TYPICAL, Ledger

from ..support.costs import Says, costs
from ..support.wire_server import CREATED, WireServer, completed, delta

pytestmark = pytest.mark.usefixtures("clean_ledger")


def test_a_question_that_could_pass_the_budget_is_not_sent(server: WireServer) -> None:
    server.respond([CREATED, delta("Yes."), completed("Yes.")])  # 0.005 each
    pplx.configure(base_url=server.base_url, budget=0.012)
    answers = [pplx.ask("q", effort="low").wait(30) for _ in range(3)]
    assert [str(answer.status) for answer in answers] == ["complete", "complete", "failed"]
    assert len(server.requests) == 2
    error = answers[-1].error
    assert isinstance(error, pplx.BudgetReached)
    assert "$0.0120" in error.what
    assert "spent $0.0100" in error.why
    assert "$0.0050" in error.why
    assert "budget=None" in error.try_this
    assert pplx.usage().questions == 2
    assert pplx.usage().left == pytest.approx(0.002)
    assert "left" in repr(pplx.usage())
    # A retry fails in the same way until the budget is raised.
    assert isinstance(answers[-1].retry().wait(30).error, pplx.BudgetReached)
    pplx.configure(timeout=5)
    assert pplx.usage().budget == 0.012
    pplx.configure(budget=None)
    assert answers[-1].retry().wait(30).status == "complete"
    assert len(server.requests) == 3


def test_answers_under_way_count() -> None:
    gate = threading.Event()
    pplx.ask("q", effort="low", provider=costs(0.4)).wait(10)
    pplx.configure(budget=1)
    under_way = pplx.ask(
        "q", effort="low", provider=Says(UsageReported(Usage(cost=0.1)), Finished(), gate=gate)
    )
    refused = costs(0.1)
    assert isinstance(pplx.ask("q", effort="low", provider=refused).error, pplx.BudgetReached)
    assert refused.asked == 0
    # An effort without known costs, at a server to which Perplexity's prices do not apply.
    assert pplx.ask("q", effort="high", provider=costs(0.01)).wait(10).status == "complete"
    gate.set()
    under_way.wait(10)
    assert pplx.ask("q", effort="low", provider=refused).wait(10).status == "complete"


def test_no_more_than_the_budget_however_many_ask_at_once(clean_ledger: Ledger) -> None:
    pplx.configure(budget=TYPICAL["low"] * 10.5)
    asked = Request(question="q", effort="low")
    admitted: list[object] = []
    barrier = threading.Barrier(8)

    def ask() -> None:
        barrier.wait()
        for _ in range(5):
            try:
                admitted.append(clean_ledger.begin(asked, priced=True))
            except pplx.BudgetReached:
                continue

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(admitted) == 10


def test_before_the_first_of_an_effort_its_typical_cost_counts(clean_ledger: Ledger) -> None:
    pplx.configure(budget=0.05)
    clean_ledger.begin(Request(question="q", effort="medium"), priced=True)
    with pytest.raises(pplx.BudgetReached, match="typical cost"):
        clean_ledger.begin(Request(question="q", effort="xhigh"), priced=True)
    # Also by a pinned or an older name.
    for name in ("xhigh@2026-10-16.0", "advanced-deep-research"):
        with pytest.raises(pplx.BudgetReached, match="typical cost"):
            clean_ledger.begin(Request(question="q", effort=name), priced=True)
    clean_ledger.begin(Request(question="q", effort="xhigh"), priced=False)
    clean_ledger.begin(Request(question="q", model="a/b"), priced=True)
    assert list(TYPICAL.values()) == sorted(TYPICAL.values())


def test_what_ended_without_a_cost_counts_by_its_estimate(clean_ledger: Ledger) -> None:
    asked = Request(question="q", effort="low")
    for events, counts in (
        ([Text("So"), Finished("stopped")], True),
        ([Finished("stopped")], True),
        ([Failed(pplx.TimedOut("It stopped responding."))], True),
        ([Failed(pplx.KeyRejected("No."))], False),
    ):
        before = clean_ledger.so_far().counted
        entry, state = clean_ledger.begin(asked, priced=True), AnswerState()
        for event in events:
            state.apply(event, 1.0)
        clean_ledger.end(entry, asked, state)
        clean_ledger.end(entry, asked, state)  # no effect the second time
        after = clean_ledger.so_far()
        assert after.counted - before == pytest.approx(TYPICAL["low"] if counts else 0)
        assert after.cost == 0
    assert (after.questions, after.unknown) == (4, 3)


@pytest.mark.parametrize("budget", [-1, "1", True, math.nan])
def test_a_budget_that_cannot_be(budget: object) -> None:
    with pytest.raises(pplx.InvalidRequest, match="budget"):
        pplx.configure(budget=budget)  # type: ignore[arg-type]


def test_a_budget_of_nothing_stops_all() -> None:
    pplx.configure(budget=0)
    assert isinstance(pplx.ask("q", provider=costs(None)).error, pplx.BudgetReached)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_leaves_what_is_under_way_to_its_parent() -> None:
    code = """
import os, threading, warnings
import pplx_widget as pplx
from tests.support.costs import Says, costs
warnings.filterwarnings("ignore", "This process .* is multi-threaded", DeprecationWarning)
pplx.ask("q", provider=costs(0.25)).wait(10)
gate = threading.Event()
under_way = pplx.ask("q", provider=Says(*costs(0.25).events, gate=gate))
if (child := os.fork()) == 0:
    assert under_way.wait(10).status == "failed"
    so_far = pplx.usage()
    assert (so_far.questions, so_far.running, so_far.cost) == (1, 0, 0.25), so_far
    assert pplx.ask("q", provider=costs(0.5)).wait(10).status == "complete"
    assert pplx.usage().cost == 0.75
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
gate.set()
under_way.wait(10)
assert (pplx.usage().questions, pplx.usage().cost) == (2, 0.5)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], check=False, capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_every_door_counts_and_is_stopped(server: WireServer) -> None:
    server.respond([CREATED, delta("Yes."), completed("Yes.")])  # 0.005 each
    pplx.configure(base_url=server.base_url)
    pplx.ask("q").wait(30).ask("And?").wait(30)
    list(pplx.stream("q"))
    pplx.complete("q")

    async def read() -> None:
        async for _ in pplx.astream("q"):
            pass

    asyncio.run(read())
    assert (pplx.usage().questions, pplx.usage().cost) == (5, pytest.approx(0.025))
    pplx.configure(budget=0.025)
    with pytest.raises(pplx.BudgetReached):
        list(pplx.stream("q"))
    with pytest.raises(pplx.BudgetReached):
        asyncio.run(read())
    with pytest.raises(pplx.BudgetReached):
        pplx.complete("q")
    assert len(server.requests) == 5
