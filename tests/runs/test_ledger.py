"""What was spent, and the budget: every run counts once, and what is unknown is never 0."""

from __future__ import annotations

import asyncio
import json
import math
import os
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator
from typing import Literal

import pytest

import pplx_widget as pplx
from pplx_widget.core.events import Event, Failed, Finished, Text, ToolUse, Usage, UsageReported
from pplx_widget.core.state import AnswerState
from pplx_widget.document.record import to_record
from pplx_widget.question.request import request
from pplx_widget.runs import ledger as ledgers
from pplx_widget.runs.ledger import TYPICAL, Ledger

from ..support.wire_server import CREATED, WireServer, completed, delta

USAGE = Usage(100, 50, 150, 0.01, tools=(ToolUse("search_web", 2, 0.004), ToolUse("fetch_url", 1)))


@pytest.fixture(autouse=True)
def clean_ledger(monkeypatch: pytest.MonkeyPatch) -> Iterator[Ledger]:
    ledger = Ledger()
    monkeypatch.setattr(ledgers, "ledger", ledger)
    monkeypatch.setattr("pplx_widget.runs.session.ledger", ledger)
    return ledger


class Says:
    """Answers with these events, and waits in the middle where it is to."""

    def __init__(self, *events: Event, gate: threading.Event | None = None) -> None:
        self.events, self.gate = events, gate
        self.asked = 0

    async def stream(self, _request: object) -> AsyncIterator[Event]:
        self.asked += 1
        yield Text("So")
        while self.gate and not self.gate.is_set():  # noqa: ASYNC110 (a thread's event)
            await asyncio.sleep(0.001)
        for event in self.events:
            yield event


def costs(amount: float | None, **usage: object) -> Says:
    return Says(UsageReported(Usage(10, 20, 30, amount, **usage)), Finished())  # type: ignore[arg-type]


def test_an_answer_and_its_retry_are_two_runs(server: WireServer) -> None:
    server.respond([CREATED, delta("Yes."), completed("Yes.")])
    pplx.configure(base_url=server.base_url)
    answer = pplx.ask("Is it?", effort="low").wait(30)
    answer.retry().wait(30)
    so_far = pplx.usage()
    assert (so_far.questions, so_far.unknown, so_far.running) == (2, 0, 0)
    assert math.isclose(so_far.cost, 0.01)
    assert (so_far.input_tokens, so_far.output_tokens, so_far.total_tokens) == (20, 40, 60)
    assert [(run.effort, run.model) for run in so_far.runs] == [("low", "perplexity/test")] * 2
    assert so_far.budget is so_far.left is None


def test_a_cost_that_was_not_named_is_unknown() -> None:
    gate = threading.Event()
    stopped = pplx.ask("q", provider=Says(gate=gate))
    while not stopped.text:
        time.sleep(0.001)
    assert pplx.usage().running == 1
    stopped.stop()
    stopped.wait(10)
    pplx.ask("q", provider=Says(Failed(pplx.ServiceFailed("It broke.")))).wait(10)
    pplx.ask("q", model="m", provider=costs(None)).wait(10)
    pplx.ask("q", model="m", provider=costs(0.02, currency="EUR")).wait(10)
    pplx.ask("q", model="m", provider=costs(0.02)).wait(10)
    so_far = pplx.usage()
    assert (so_far.questions, so_far.unknown, so_far.cost) == (5, 4, 0.02)
    assert [str(run.status) for run in so_far.runs[:2]] == ["stopped", "failed"]
    assert [run.cost for run in so_far.runs] == [None, None, None, None, 0.02]
    assert "$0.0200 and 4 of unknown cost" in repr(so_far)
    assert "fast    2 ×  cost unknown" in repr(so_far)


def test_a_question_that_was_never_sent_is_none() -> None:
    pplx.configure(base_url="https://api.perplexity.ai/v1")
    assert isinstance(pplx.ask("q").wait(10).error, pplx.MissingKey)
    assert pplx.usage().questions == 0
    assert repr(pplx.usage()) == "Nothing asked so far"


def test_it_is_told_before_whoever_waits_or_watches() -> None:
    seen: list[int] = []
    told, gate = threading.Event(), threading.Event()

    def watch(change: dict[str, object]) -> None:
        if change["new"] == "complete":
            seen.append(pplx.usage().questions)
            told.set()

    answer = pplx.ask("q", provider=Says(Finished(), gate=gate))
    answer.observe(watch, names="status")
    gate.set()
    answer.wait(10)
    assert pplx.usage().questions == 1
    assert told.wait(10)
    assert seen == [1]


def test_frames() -> None:
    pytest.importorskip("pandas")
    for options in ({"effort": "low"}, {"effort": "low"}, {"model": "m"}):
        answer = pplx.ask("q", provider=Says(UsageReported(USAGE), Finished()), **options)  # type: ignore[arg-type]
        answer.wait(10)
    pplx.ask("q", effort="low", provider=Says(Finished())).wait(10)
    so_far = pplx.usage()
    by_effort = so_far.to_frame()
    assert by_effort[["effort", "questions", "input_tokens", "unknown"]].fillna(
        ""
    ).values.tolist() == [
        ["low", 3, 200, 1],
        ["", 1, 100, 0],
    ]
    assert by_effort["cost"].sum() == pytest.approx(so_far.cost) == pytest.approx(0.03)
    by_tool = so_far.to_frame(by="tool").set_index("tool")
    assert by_tool["calls"].to_dict() == {"search_web": 6, "fetch_url": 3}
    assert by_tool["cost"]["search_web"] == pytest.approx(0.012)
    assert math.isnan(by_tool["cost"]["fetch_url"])
    assert by_tool["unknown"].to_dict() == {"search_web": 0, "fetch_url": 3}
    by_run = so_far.to_frame(by="run")
    assert len(by_run) == 4
    assert by_run["cost"].isna().tolist() == [False, False, False, True]
    empty = Ledger().so_far()
    for by, made in (("effort", by_effort), ("tool", so_far.to_frame(by="tool")), ("run", by_run)):
        assert list(empty.to_frame(by=by).dtypes) == list(made.dtypes)  # type: ignore[arg-type]
    with pytest.raises(pplx.InvalidRequest):
        so_far.to_frame(by="day")  # type: ignore[arg-type]


# ---- the budget -------------------------------------------------------------------------------------


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
    # Trying again says so again, until there is more.
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
    # An effort of which nothing is known here, at a server whose prices are not the service's.
    assert pplx.ask("q", effort="high", provider=costs(0.01)).wait(10).status == "complete"
    gate.set()
    under_way.wait(10)
    assert pplx.ask("q", effort="low", provider=refused).wait(10).status == "complete"


def test_no_more_than_the_budget_however_many_ask_at_once(clean_ledger: Ledger) -> None:
    pplx.configure(budget=TYPICAL["low"] * 10.5)
    asked = request("q", effort="low")
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
    clean_ledger.begin(request("q", effort="medium"), priced=True)
    with pytest.raises(pplx.BudgetReached, match="typically"):
        clean_ledger.begin(request("q", effort="xhigh"), priced=True)
    clean_ledger.begin(request("q", effort="xhigh"), priced=False)
    clean_ledger.begin(request("q", model="a/b"), priced=True)
    assert list(TYPICAL.values()) == sorted(TYPICAL.values())


def test_what_ended_without_a_cost_counts_by_its_estimate(clean_ledger: Ledger) -> None:
    asked = request("q", effort="low")
    for events, counts in (
        ([Text("So"), Finished("stopped")], True),
        ([Finished("stopped")], True),
        ([Failed(pplx.TimedOut("It fell silent."))], True),
        ([Failed(pplx.KeyRejected("No."))], False),
    ):
        before = clean_ledger.so_far().counted
        entry, state = clean_ledger.begin(asked, priced=True), AnswerState()
        for event in events:
            state.apply(event, 1.0)
        clean_ledger.end(entry, asked, state)
        clean_ledger.end(entry, asked, state)  # once is enough
        after = clean_ledger.so_far()
        assert after.counted - before == pytest.approx(TYPICAL["low"] if counts else 0)
        assert after.cost == 0
    assert (after.questions, after.unknown) == (4, 3)


# ---- costs that cannot be ---------------------------------------------------------------------------

IMPOSSIBLE = [
    -3,
    -1e-12,
    -0.0,
    5e-324,
    1e-10,
    1000.01,
    1e300,
    10**400,
    math.inf,
    -math.inf,
    math.nan,
    True,
    "0.5",
    [0.5],
]


def bills(cost: object, shape: str) -> list[bytes]:
    """Return an answer at the end of which a server names this cost."""
    if shape == "agent":
        usage = {"cost": {"total_cost": cost, "currency": "USD"}, "input_tokens": -5}
        return [CREATED, delta("Yes."), completed("Yes.", usage=usage)]
    choice = {"index": 0, "delta": {"content": "Yes."}, "finish_reason": "stop"}
    usage = {"cost": {"total_cost": cost}, "prompt_tokens": -5}
    chunk = json.dumps({"choices": [choice], "usage": usage})
    return [f"data: {chunk}\n\n".encode(), b"data: [DONE]\n\n"]


@pytest.mark.parametrize("cost", IMPOSSIBLE)
@pytest.mark.parametrize("shape", ["agent", "chat"])
def test_a_cost_that_cannot_be_lifts_no_budget(
    server: WireServer, shape: Literal["agent", "chat"], cost: object
) -> None:
    pplx.configure(base_url=server.base_url, provider=pplx.Raw(shape), model="m")
    server.respond(bills(0.004, shape))
    assert pplx.ask("q").wait(30).usage.cost == 0.004  # type: ignore[union-attr]
    pplx.configure(budget=0.01)
    server.respond(bills(cost, shape))
    answers = [pplx.ask("q").wait(30) for _ in range(6)]
    # One more is within the budget: by its estimate, since its cost is unknown.
    assert len(server.requests) == 2
    assert [type(answer.error) for answer in answers[1:]] == [pplx.BudgetReached] * 5
    assert answers[0].usage is not None
    assert (answers[0].usage.cost, answers[0].usage.input_tokens) == (None, 0)
    so_far = pplx.usage()
    assert (so_far.cost, so_far.unknown, so_far.counted) == (0.004, 1, 0.008)
    assert so_far.total_tokens == 0


@pytest.mark.parametrize("cost", IMPOSSIBLE)
def test_nor_does_one_from_a_provider_of_ones_own(cost: float) -> None:
    tools = (ToolUse("search_web", -2, cost), ToolUse("fetch_url", 10**30, 0.001))
    usage = Usage(-1, 10**30, True, cost, reasoning_tokens=-7, tools=tools)
    answer = pplx.ask("q", model="m", provider=Says(UsageReported(usage), Finished())).wait(10)
    assert answer.usage == Usage(tools=(ToolUse("search_web"), ToolUse("fetch_url", 0, 0.001)))
    assert (pplx.usage().unknown, pplx.usage().cost, pplx.usage().total_tokens) == (1, 0, 0)
    assert "-" not in repr(pplx.usage())


@pytest.mark.parametrize("cost", IMPOSSIBLE)
def test_nor_is_one_read_from_a_record(cost: object) -> None:
    state = AnswerState()
    for event in (UsageReported(USAGE), Finished()):
        state.apply(event, 1.0)
    record = to_record("q", state)
    record["usage"]["cost"] = record["usage"]["tools"][0]["cost"] = cost
    record["usage"]["input_tokens"] = -100
    usage = pplx.Answer.from_record(record).usage
    assert usage is not None
    assert (usage.cost, usage.tools[0].cost, usage.input_tokens) == (None, None, 0)


def test_costs_that_can_be() -> None:
    for cost in (0, 0.0, 1e-9, 0.25, 1, 1000):
        assert Usage(cost=cost).cost == cost
        assert type(Usage(cost=cost).cost) is float
    # A thousand rials are less than a cent; they count for no budget in dollars.
    rials = Usage(cost=250_000.0, currency="IRR", tools=(ToolUse("search_web", 1, 125_000.0),))
    assert (rials.cost, rials.tools[0].cost) == (250_000.0, 125_000.0)
    assert Usage(cost=-1.0, currency="IRR").cost is None


# ---- what was refused costs nothing -----------------------------------------------------------------


@pytest.fixture
def asked_before(server: WireServer) -> WireServer:
    """A server at which one question of this effort has cost 0.005."""
    pplx.configure(base_url=server.base_url, max_retries=0)
    server.respond([CREATED, delta("Yes."), completed("Yes.")])
    pplx.ask("q").wait(30)
    return server


@pytest.mark.parametrize("provider", ["agent", "raw"])
@pytest.mark.parametrize("status", [400, 401, 403, 404, 413, 422, 429])
def test_a_refused_question_costs_nothing(
    asked_before: WireServer, status: int, provider: str
) -> None:
    asked_before.respond(b"{}", status=status)
    assert pplx.ask("q", provider=provider).wait(30).status == "failed"
    so_far = pplx.usage()
    assert (so_far.questions, so_far.unknown) == (2, 0)
    assert so_far.cost == so_far.counted == 0.005
    assert [run.refused for run in so_far.runs] == [False, True]
    assert "unknown" not in repr(so_far)


@pytest.mark.usefixtures("asked_before")
def test_nor_does_one_that_reached_no_server() -> None:
    with WireServer() as gone:
        nowhere = gone.base_url
    pplx.configure(base_url=nowhere)
    assert isinstance(pplx.ask("q").wait(30).error, pplx.ConnectionFailed)
    assert (pplx.usage().unknown, pplx.usage().counted) == (0, 0.005)


@pytest.mark.parametrize("provider", ["agent", "raw"])
def test_one_whose_connection_is_closed_without_an_answer_may_be_billed(
    asked_before: WireServer, provider: str
) -> None:
    def hang_up(_number: int, _path: str) -> None:
        raise ConnectionAbortedError

    asked_before.before = hang_up
    answer = pplx.ask("q", provider=provider).wait(30)
    assert isinstance(answer.error, pplx.ConnectionFailed)
    assert "hung up" in answer.error.what
    assert (pplx.usage().unknown, pplx.usage().counted) == (1, 0.01)


@pytest.mark.parametrize("status", [500, 502, 503])
def test_what_a_failing_service_bills_is_unknown(asked_before: WireServer, status: int) -> None:
    asked_before.respond(b"{}", status=status)
    pplx.ask("q").wait(30)
    assert (pplx.usage().unknown, pplx.usage().cost, pplx.usage().counted) == (1, 0.005, 0.01)


def test_so_is_what_a_silent_one_bills(asked_before: WireServer) -> None:
    asked_before.respond([threading.Event()])
    assert isinstance(pplx.ask("q", timeout=0.2).wait(30).error, pplx.TimedOut)
    assert (pplx.usage().unknown, pplx.usage().counted) == (1, 0.01)


@pytest.mark.parametrize(
    ("first", "then", "unknown"), [(429, 200, 0), (429, 401, 0), (503, 401, 0)]
)
def test_a_question_that_is_asked_again_by_itself_is_one_run(
    asked_before: WireServer, first: int, then: int, unknown: int
) -> None:
    headers = {"retry-after-ms": "1"}
    asked_before.respond(b"{}", status=first, headers=headers)

    def before(number: int, _path: str) -> None:
        if number == 2 and then == 200:
            asked_before.respond([CREATED, delta("Yes."), completed("Yes.")])
        elif number == 2:
            asked_before.respond(b"{}", status=then)

    asked_before.before = before
    pplx.configure(max_retries=1)
    pplx.ask("q").wait(30)
    assert len(asked_before.requests) == 3
    so_far = pplx.usage()
    assert (so_far.questions, so_far.unknown) == (2, unknown)
    assert so_far.counted == pytest.approx(0.01 if then == 200 or unknown else 0.005)


def test_what_was_refused_says_nothing_of_the_next_cost(clean_ledger: Ledger) -> None:
    pplx.configure(budget=TYPICAL["low"] * 1.5)
    asked = request("q", effort="low")
    entry, state = clean_ledger.begin(asked, priced=True), AnswerState()
    state.apply(Failed(pplx.RateLimited("Too many.")), 1.0)
    clean_ledger.end(entry, asked, state)
    clean_ledger.begin(asked, priced=True)
    with pytest.raises(pplx.BudgetReached, match="typically"):
        clean_ledger.begin(asked, priced=True)


# ---- budgets ----------------------------------------------------------------------------------------


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
from tests.runs.test_ledger import Says, costs
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
