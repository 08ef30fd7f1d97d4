"""What was refused costs nothing; what may have been billed is unknown."""

from __future__ import annotations

import threading

import pytest

import pplx_widget as pplx
from pplx_widget.core.events import Failed
from pplx_widget.core.state import AnswerState
from pplx_widget.question.request import Request
from pplx_widget.runs.ledger import TYPICAL, Ledger

from ..support.wire_server import CREATED, WireServer, completed, delta


@pytest.fixture
def asked_before(server: WireServer, clean_ledger: Ledger) -> WireServer:
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
    asked = Request(question="q", effort="low")
    entry, state = clean_ledger.begin(asked, priced=True), AnswerState()
    state.apply(Failed(pplx.RateLimited("Too many.")), 1.0)
    clean_ledger.end(entry, asked, state)
    clean_ledger.begin(asked, priced=True)
    with pytest.raises(pplx.BudgetReached, match="usual cost"):
        clean_ledger.begin(asked, priced=True)
