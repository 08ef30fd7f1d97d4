"""A model compares the sentences of an answer: its price, its refusal, and verdicts that are broken."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

import pplx_widget as pplx
from pplx_widget.bibliography.check.claims import checked
from pplx_widget.core.events import (
    Event,
    Failed,
    Finished,
    PagesFetched,
    Text,
    Usage,
    UsageReported,
)
from pplx_widget.runs import judge as module
from pplx_widget.runs.judge import Judge, Judging, judge, pages
from pplx_widget.runs.ledger import TYPICAL
from pplx_widget.widget import checked as shown
from pplx_widget.widget import host

from ..bibliography.test_audit import answer, source

pytestmark = pytest.mark.usefixtures("clean_ledger")

SNIPPET = "The bridge has seven arches and is **213** metres long."
STATE = answer(
    "The bridge is supported by nine spans.[1] It measures 213 metres.[1]",
    source(1, snippet=SNIPPET),
)


class Model:
    """A model that answers each question with the next text."""

    def __init__(self, *texts: Any, cost: float | None = 0.002) -> None:
        self.texts = [t if isinstance(t, str) else json.dumps(t) for t in texts]
        self.cost = cost
        self.requests: list[Any] = []

    async def stream(self, request: Any) -> AsyncIterator[Event]:
        self.requests.append(request)
        yield Text(self.texts[len(self.requests) - 1])
        yield UsageReported(Usage(10, 20, 30, self.cost))
        yield Finished()


def verdict(
    number: int, verdict: str, quote: str = "has seven arches", reason: str = "arches"
) -> dict[str, Any]:
    return {"sentence": number, "verdict": verdict, "quote": quote, "reason": reason}


def said(*verdicts: Any) -> dict[str, Any]:
    return {"verdicts": list(verdicts)}


def judging(model: Model, by: Judge | None = None) -> Judging:
    return Judging(checked(STATE), STATE, by or Judge("low", 1.0), {}, model)


def test_a_model_judges_and_the_finding_says_so() -> None:
    model = Model(said(verdict(1, "differs"), verdict(2, "found", "is 213 metres long")))
    first, second = judging(model).run()
    assert (first.verdict, second.verdict) == ("differs", "found")
    assert first.why == "A model (low) compared them: arches"
    assert first.quote == "has seven arches"
    assert first.id == 1
    assert first.doubt > second.doubt
    assert first.span == checked(STATE)[0].span
    request = model.requests[0]
    assert request.search is False
    assert request.effort == "low"
    assert "nine spans" in request.question
    assert SNIPPET in request.question


@pytest.mark.parametrize(
    "text",
    [
        "not JSON at all",
        [],
        {},
        {"verdicts": "found"},
        said(),
        said("found", None, 7),
        said(verdict(3, "found"), verdict(0, "found"), {**verdict(1, "found"), "sentence": True}),
        said(verdict(1, "true"), verdict(2, "unread")),
        said(verdict(1, "found", quote="has nine spans"), verdict(2, "differs", quote="")),
        said({"sentence": 1, "verdict": "found"}),
        said({**verdict(1, "found"), "quote": 5}),
    ],
)
def test_a_broken_verdict_leaves_the_offline_finding(text: Any) -> None:
    assert judging(Model(text)).run() == checked(STATE)


def test_a_missing_sentence_keeps_its_finding() -> None:
    first, second = judging(Model(said(verdict(1, "not found", quote="")))).run()
    assert first.verdict == "not found"
    assert second == checked(STATE)[1]


def test_the_price_is_known_before(monkeypatch: pytest.MonkeyPatch) -> None:
    model = Model(said(), said())
    assert judging(model).price == pytest.approx(TYPICAL["low"])
    monkeypatch.setattr(module, "MOST_SENTENCES", 1)
    twice = judging(model)
    assert twice.price == pytest.approx(2 * TYPICAL["low"])
    assert twice.sentences == 2
    assert not model.requests


def test_no_question_above_the_budget() -> None:
    model = Model(said())
    with pytest.raises(pplx.BudgetReached, match="could cost more") as caught:
        shown.checked(STATE, False, ("low", 0.001), model)
    assert '("low", 0.01)' in str(caught.value)
    assert not model.requests
    assert shown.checked(STATE, False, ("low", 0.01), model) == checked(STATE)
    assert len(model.requests) == 1


def test_costs_above_the_estimate_end_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_SENTENCES", 1)
    model = Model(said(verdict(1, "differs")), said(verdict(1, "differs")), cost=0.5)
    first, second = judging(model, Judge("low", 0.5)).run()
    assert len(model.requests) == 1
    assert first.verdict == "differs"
    assert second == checked(STATE)[1]


def test_without_a_budget_a_script_refuses() -> None:
    model = Model(said())
    with pytest.raises(pplx.InvalidRequest, match="without a budget") as caught:
        shown.checked(STATE, False, "low", model)
    assert "$0.0046" in str(caught.value)
    assert not model.requests


@pytest.mark.parametrize("run_by", ["nbclient", ""])
def test_in_a_notebook_a_button_asks(monkeypatch: pytest.MonkeyPatch, run_by: str) -> None:
    monkeypatch.setattr(host, "in_kernel", lambda: True)
    monkeypatch.setattr(host, "non_interactive", lambda: bool(run_by))
    model = Model(said(verdict(1, "differs")))
    if run_by:
        with pytest.raises(pplx.InvalidRequest, match="without a budget"):
            shown.checked(STATE, False, "low", model)
        return
    offer = shown.checked(STATE, False, "low", model)
    assert isinstance(offer, shown.Offer)
    assert offer == checked(STATE)
    assert offer.label == "Let a model (low) compare 2 sentences: about $0.0046"
    assert not model.requests
    assert offer.judge()[0].verdict == "differs"


def test_the_budget_of_the_kernel_counts_too(clean_settings: None) -> None:
    model = Model(said(), said(), cost=0.02)
    pplx.configure(budget=0.03)
    shown.checked(STATE, False, ("low", 1), model)
    with pytest.raises(pplx.BudgetReached, match="exceed your budget"):
        shown.checked(STATE, False, ("low", 1), model)
    assert len(model.requests) == 1


def test_nothing_to_judge_costs_nothing() -> None:
    state = answer("The bridge has nine arches.[1]", source(1))
    assert [f.verdict for f in shown.checked(state, False, "low", Model())] == ["unread"]


@pytest.mark.parametrize("value", [5, "", ("low",), ("low", "much"), ("low", -1), (None, 1), True])
def test_other_arguments(value: Any) -> None:
    with pytest.raises(pplx.InvalidRequest):
        judge(value)


def test_a_failed_question_is_raised() -> None:
    class Fails:
        async def stream(self, _request: Any) -> AsyncIterator[Event]:
            yield Failed(pplx.ServiceFailed("It failed."))

    with pytest.raises(pplx.ServiceFailed):
        Judging(checked(STATE), STATE, Judge("low", 1), {}, Fails()).run()


def test_whole_pages_are_read_by_the_service() -> None:
    asked: list[Any] = []

    class Fetches:
        async def stream(self, request: Any) -> AsyncIterator[Event]:
            asked.append(request)
            page = source(
                7,
                "https://www.example.org/1/",
                snippet="The bridge is supported by nine spans of stone.",
            )
            yield PagesFetched((page.url,), (page,))
            yield Text("done")
            yield Finished()

    assert pages(STATE, Fetches()) == {1: "The bridge is supported by nine spans of stone."}
    assert asked[0].tools == ({"type": "fetch_url", "max_urls": 1},)
    assert "https://example.org/1" in asked[0].question
    check = shown.checked(STATE, True, None, Fetches())
    assert check[0].verdict == "found"
    assert check[0].quote.startswith("The bridge is supported")


def test_no_page_is_no_question() -> None:
    assert pages(answer("Nothing is cited."), Model()) == {}
