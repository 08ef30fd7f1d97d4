"""What the samples cannot do is said: an unknown question, and options that they do not follow."""

from __future__ import annotations

import pytest

import pplx_widget as pplx
from pplx_widget.server.faults import FAULTS
from pplx_widget.server.library import samples
from pplx_widget.server.server import LocalServer

from ..support.local_client import ASK


@pytest.mark.parametrize("provider", ["agent", "raw"])
@pytest.mark.parametrize("question", ["What is the capital of France?", "And in France?"])
def test_an_unknown_question_never_looks_like_a_real_answer(
    local: LocalServer, provider: str, question: str
) -> None:
    pplx.configure(base_url=local.base_url, provider=provider)
    search = pplx.Search(recency="week", required=True)
    answer = pplx.ask(question, effort="fast@2026-10-16.0", search=search).wait(30)
    assert answer.status == "complete"
    assert (tuple(answer.sources), tuple(answer.citations), answer.steps) == ((), (), ())
    assert answer.text.startswith("> **No sample answers this.**")
    assert "Filters of the search and other options are not applied." in answer.text
    for known in samples().questions:
        assert known.partition("\n\n")[0] in answer.text
    assert answer.usage is not None
    assert answer.usage.cost == 0


@pytest.mark.parametrize("fault", FAULTS)
def test_an_unknown_question_is_answered_with_the_fault(local: LocalServer, fault: str) -> None:
    pplx.configure(base_url=local.base_url, max_retries=0, timeout=1)
    local.fault = fault
    answer = pplx.ask("What is the capital of France?").wait(30)
    assert answer.status in ("complete", "failed")
    assert not answer.sources


def test_filters_are_said_not_to_be_applied(local: LocalServer) -> None:
    pplx.configure(base_url=local.base_url)
    said = {}
    for name, search in {
        "none": None,
        "offered": True,
        "off": False,
        "forced": "required",
        "filtered": pplx.Search(domains=["europa.eu"]),
    }.items():
        answer = pplx.ask(ASK["input"], search=search).wait(30)  # type: ignore[arg-type]
        assert answer.status == "complete"
        said[name] = "are not applied" in answer.text
    assert said == {
        "none": False,
        "offered": False,
        "off": True,
        "forced": False,
        "filtered": True,
    }
