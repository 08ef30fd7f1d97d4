"""The ledger: the cost of each run, and impossible costs."""

from __future__ import annotations

import json
import math
import threading
import time
from typing import Literal

import pytest

import pplx_widget as pplx
from pplx_widget.core.events import Failed, Finished, ToolUse, Usage, UsageReported
from pplx_widget.core.state import AnswerState
from pplx_widget.document.record import to_record
from pplx_widget.runs.ledger import Ledger

from ..support.costs import Says, costs
from ..support.wire_server import CREATED, WireServer, completed, delta

pytestmark = pytest.mark.usefixtures("clean_ledger")

USAGE = Usage(100, 50, 150, 0.01, tools=(ToolUse("search_web", 2, 0.004), ToolUse("fetch_url", 1)))


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
    assert repr(pplx.usage()) == "No questions so far"


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
    """Return the bytes of an answer whose end reports this cost."""
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
    # Another question is within the budget. It counts by its estimate, since its cost is unknown.
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
    # A thousand rials are less than a cent; they do not count for a budget in dollars.
    rials = Usage(cost=250_000.0, currency="IRR", tools=(ToolUse("search_web", 1, 125_000.0),))
    assert (rials.cost, rials.tools[0].cost) == (250_000.0, 125_000.0)
    assert Usage(cost=-1.0, currency="IRR").cost is None
