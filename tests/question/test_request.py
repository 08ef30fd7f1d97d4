from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

import pplx_widget as pplx
from pplx_widget.core import efforts, errors
from pplx_widget.document.record import to_record
from pplx_widget.providers import agent_body
from pplx_widget.providers.agent_body import body
from pplx_widget.providers.formats import FORMATS
from pplx_widget.question.request import Request, Search
from pplx_widget.runs import prepare
from pplx_widget.server.strict import refusal

from ..support.wire_server import CREATED, WireServer, completed, delta


@pytest.mark.parametrize("question", ["", "  \n", None, 3])
def test_an_empty_question(question: Any) -> None:
    with pytest.raises(errors.InvalidRequest, match="The question is"):
        pplx.ask(question)


def test_an_unknown_keyword_names_the_nearest() -> None:
    with pytest.raises(errors.UnknownOption, match="Did you mean 'effort'"):
        pplx.ask("q", efort="low")
    with pytest.raises(errors.UnknownOption, match="Did you mean 'base_url'"):
        pplx.configure(base_uri="x")
    with pytest.raises(TypeError):
        pplx.ask("q", nonsense=1)
    with pytest.raises(errors.UnknownOption, match="configure"):
        pplx.ask("q", api_key="k")


def test_an_unknown_effort_names_the_nearest() -> None:
    with pytest.raises(errors.InvalidRequest, match="Did you mean 'fast'"):
        pplx.ask("q", effort="fats")
    with pytest.raises(errors.InvalidRequest, match="effort"):
        pplx.configure(effort="highest")


@pytest.mark.parametrize(
    "options",
    [
        {"max_tokens": 15},
        {"max_tokens": 20.5},
        {"max_tokens": True},
        {"max_steps": 0},
        {"max_steps": 101},
        {"temperature": 2.1},
        {"temperature": float("nan")},
        {"top_p": -0.1},
        {"reasoning_effort": "lots"},
        {"instructions": " "},
        {"instructions": 0},
        {"models": "one"},
        {"models": ["a"], "model": "b"},
        {"search": "yes"},
        {"search": "Required"},
        {"messages": [{"role": "user"}]},
        {"messages": [{"role": "bot", "content": "x"}]},
        {"messages": "hello"},
        {"messages": 5},
        {"models": 5},
        {"effort": ""},
        {"effort": "fast@"},
        {"effort": "@2026-10-16.0"},
        {"effort": "quick@2026-10-16.0"},
        {"effort": "fast@2026 10"},
        {"effort": "fast@2026@10"},
        {"effort": ["fast"]},
        {"effort": "low", "preset": "high"},
        {"timeout": 0},
        {"timeout": (1, -1)},
        {"timeout": "long"},
        {"provider": "agnet"},
        {"provider": 3},
    ],
)
def test_options_out_of_range(options: dict[str, Any]) -> None:
    with pytest.raises(errors.InvalidRequest) as caught:
        pplx.ask("q", **options)
    assert caught.value.try_this


@pytest.mark.parametrize(
    "options",
    [
        {"recency": "fortnight"},
        {"domains": "europa.eu"},
        {"domains": ["https://europa.eu"]},
        {"domains": [f"{i}.org" for i in range(21)]},
        {"domains": [""]},
        {"max_results": 0},
        {"max_results": 51},
        {"context": "huge"},
        {"type": "deep"},
        {"after": "2026-01-01"},
        {"after": date(2026, 2, 1), "before": date(2026, 1, 1)},
        {"recency": "week", "after": date(2026, 1, 1)},
        {"recency": "week", "before": datetime(2026, 1, 1, tzinfo=UTC)},
        {"domains": ["a" * 250 + ".org"]},
        {"required": "yes"},
        {"required": None},
        {"country": "Germany"},
        {"country": "ÄÖ"},
        {"domains": 5},
        {"domains": ["-"]},
        {"domains": [" "]},
    ],
)
def test_filters_out_of_range(options: dict[str, Any]) -> None:
    with pytest.raises(errors.InvalidRequest):
        Search(**options)


def test_a_misspelt_filter_names_the_nearest() -> None:
    with pytest.raises(errors.UnknownOption, match="Did you mean 'domains'"):
        Search(domain=["europa.eu"])  # type: ignore[call-arg]
    with pytest.raises(errors.UnknownOption, match="Search\\(recency"):
        pplx.ask("q", recency="week")


def test_domains_from_any_iterable_and_moments_as_days() -> None:
    search = Search(domains=(d for d in ["a.org"]), after=datetime(2026, 1, 2, 3, tzinfo=UTC))  # type: ignore[arg-type]
    assert search.domains == ("a.org",)
    assert search.after == date(2026, 1, 2)


def test_what_is_wrong_is_shown_whatever_it_looks_like() -> None:
    with pytest.raises(errors.InvalidRequest, match="object object"):
        pplx.ask("q", search=object())  # type: ignore[arg-type]


def test_half_a_surrogate_pair_in_a_question_can_be_sent() -> None:
    assert Request(question="a\ud83d").question == "a\ufffd"


def test_what_is_sent_for_nothing_but_a_question() -> None:
    assert body(Request(question="q")) == {"input": "q", "effort": "fast"}


def test_what_is_sent_for_every_option() -> None:
    search = Search(
        domains=["europa.eu", "-example.com"],
        recency="month",
        updated_after=date(2026, 1, 2),
        context="high",
        max_results=5,
        type="fast",
        country="de",
    )
    asked = Request(
        question="q",
        effort="low",
        instructions="be brief",
        messages=[{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}],
        search=search,
        max_tokens=100,
        max_steps=3,
        temperature=0,
        top_p=0.5,
        reasoning_effort="low",
        language="de",
    )
    assert body(asked) == {
        "input": [
            {"type": "message", "role": "user", "content": "a"},
            {"type": "message", "role": "assistant", "content": "b"},
            {"type": "message", "role": "user", "content": "q"},
        ],
        "instructions": "be brief",
        "max_output_tokens": 100,
        "temperature": 0,
        "top_p": 0.5,
        "reasoning": {"effort": "low"},
        "tools": [
            {
                "type": "web_search",
                "search_type": "fast",
                "search_context_size": "high",
                "max_results": 5,
                "user_location": {"country": "DE"},
                "filters": {
                    "search_domain_filter": ["europa.eu", "-example.com"],
                    "search_recency_filter": "month",
                    "last_updated_after_filter": "01/02/2026",
                },
            }
        ],
        "effort": "low",
        "max_steps": 3,
        "language_preference": "de",
    }


def test_a_bare_model_gets_the_search() -> None:
    tools = [{"type": "web_search"}]
    assert body(Request(question="q", model="a/b")) == {
        "input": "q",
        "model": "a/b",
        "tools": tools,
    }
    assert body(Request(question="q", model="a/b", search=False)) == {"input": "q", "model": "a/b"}
    assert body(Request(question="q", models=["a/b", "c/d"])) == {
        "input": "q",
        "tools": tools,
        "models": ["a/b", "c/d"],
    }


@pytest.mark.parametrize(
    ("model", "effort"),
    [
        ("sonar", "fast"),
        ("sonar-pro", "low"),
        ("sonar-reasoning", "medium"),
        ("sonar-reasoning-pro", "medium"),
        ("sonar-deep-research", "high"),
        ("perplexity/sonar-pro", "low"),
        (" Perplexity/Sonar-Reasoning-Pro", "medium"),
        ("perplexity/sonar-deep-research", "high"),
        ("perplexity/r1-1776", "fast"),
        ("llama-3.1-sonar-large-128k-online", "fast"),
        ("pplx-70b-online", "fast"),
        ("sonar-medium-online", "fast"),
        ("r1-1776", "fast"),
    ],
)
def test_retired_models_ask_for_their_effort(model: str, effort: str) -> None:
    sent = {"input": "q", "effort": effort}
    for asked in (Request(question="q", model=model), Request(question="q", models=[model])):
        assert body(asked) == sent
        (note,) = agent_body.notices(asked)
        assert f'"{model}" is retired' in note
        assert f'the effort "{effort}"' in note
    assert body(Request(question="q", model=model, effort="xhigh"))["effort"] == "xhigh"
    assert agent_body.notices(Request(question="q", model="a/b", effort="high")) == []


@pytest.mark.parametrize(
    "model",
    ["perplexity/sonar", "Perplexity/Sonar ", "openrouter/sonar", "perplexity/sonar-2", "sonar-3"],
)
def test_a_model_that_may_exist_is_asked_as_it_is_named(model: str) -> None:
    asked = Request(question="q", model=model)
    assert body(asked)["model"] == model
    assert agent_body.notices(asked) == []


def test_a_retired_model_without_a_search_is_no_effort_which_would_search() -> None:
    asked = Request(question="q", model="sonar-pro", search=False)
    assert body(asked) == {"input": "q", "model": "perplexity/sonar"}
    assert 'the model "perplexity/sonar" was asked' in agent_body.notices(asked)[0]


@pytest.mark.parametrize("options", [{}, {"effort": "low"}, {"model": "a/b", "effort": "low"}])
def test_without_a_search_an_effort_calls_no_tool(options: dict[str, Any]) -> None:
    sent = body(Request(question="q", search=False, **options))
    assert (sent["max_tool_calls"], sent["effort"]) == (0, options.get("effort", "fast"))
    assert "tools" not in sent
    assert refusal(sent) is None


@pytest.mark.parametrize("options", [{}, {"effort": "low"}, {"model": "a/b"}, {"models": ["a/b"]}])
def test_a_search_can_be_forced(options: dict[str, Any]) -> None:
    tool = {"type": "web_search"}
    sent = body(Request(question="q", search="required", **options))  # type: ignore[arg-type]
    assert (sent["tools"], sent["tool_choice"]) == ([tool], tool)
    search = Search(recency="week", required=True)
    sent = body(Request(question="q", search=search, **options))
    filtered = {**tool, "filters": {"search_recency_filter": "week"}}
    assert (sent["tools"], sent["tool_choice"]) == ([filtered], tool)
    assert refusal(sent) is None
    for offered in (True, Search(recency="week"), Search()):
        sent = body(Request(question="q", search=offered, **options))
        assert "tool_choice" not in sent
        assert sent["tools"][0]["type"] == "web_search"


def test_empty_instructions_are_sent_since_they_clear_those_of_an_effort() -> None:
    assert body(Request(question="q", instructions="")) == {
        "input": "q",
        "effort": "fast",
        "instructions": "",
    }


@pytest.mark.parametrize(
    ("effort", "meant"),
    [
        *((name, name) for name in efforts.EFFORTS),
        ("fast@2026-10-16.0", "fast"),
        ("xhigh@2026-11-02.12", "xhigh"),
        ("fast-search", "fast"),
        ("pro-search", "low"),
        ("deep-research", "medium"),
        ("advanced-deep-research", "high"),
    ],
)
def test_every_name_of_an_effort_is_sent_as_it_is(effort: str, meant: str) -> None:
    pplx.configure(effort=effort)
    asked = prepare.prepared("q").request
    assert body(asked) == body(Request(question="q", effort=effort))
    assert body(asked) == {"input": "q", "effort": effort}
    assert refusal(body(asked)) is None
    assert efforts.meant(effort) == meant


def test_a_misspelt_effort_with_a_version_names_the_nearest() -> None:
    with pytest.raises(errors.InvalidRequest, match="Did you mean 'medium'"):
        pplx.ask("q", effort="medum@2026-10-16.0")
    with pytest.raises(errors.InvalidRequest, match="Did you mean 'pro-search'"):
        pplx.ask("q", effort="prosearch")


@pytest.mark.parametrize("name", ["effort", "preset"])
def test_an_effort_in_extra_body_replaces_that_of_the_options(name: str) -> None:
    """The service lets `effort` win over `preset`, so the default must not be beside it."""
    for options in ({}, {"effort": "low"}, {"search": False}):
        asked = prepare.prepared("q", extra_body={name: "high"}, **options).request
        sent = FORMATS["agent"].body(asked)
        assert {n: v for n, v in sent.items() if n in ("effort", "preset")} == {name: "high"}
        assert sent.get("max_tool_calls") == (0 if "search" in options else None)


def test_of_a_configured_model_and_effort_the_later_counts() -> None:
    def named(**options: Any) -> tuple[str | None, str | None]:
        asked = prepare.prepared("q", **options).request
        return asked.model, asked.effort

    pplx.configure(model="a/b")
    assert named() == ("a/b", None)
    assert named(effort="low") == (None, "low")
    assert named(preset="low") == (None, "low")
    pplx.configure(effort="high")
    assert named() == (None, "high")
    assert named(model="c/d") == ("c/d", None)
    pplx.configure(timeout=9)
    assert named() == (None, "high")
    pplx.configure(model="a/b")
    assert named() == ("a/b", None)
    pplx.configure(model="a/b", effort="low")
    assert named() == ("a/b", "low")


def test_retired_models_among_others_become_the_model_of_their_maker() -> None:
    asked = Request(question="q", models=["sonar-pro", "openai/gpt-5", "sonar"])
    assert body(asked)["models"] == ["perplexity/sonar", "openai/gpt-5"]
    assert agent_body.notices(asked) == [
        '"sonar-pro" and "sonar" are retired with the Sonar API; the model "perplexity/sonar" was asked '
        "in their place."
    ]
    assert refusal(agent_body.body(asked)) is None


def test_what_was_understood_is_said_on_the_answer(server: WireServer) -> None:
    pplx.configure(base_url=server.base_url)
    server.respond([CREATED, delta("Yes."), completed()])
    for provider in ("agent", "raw"):
        answer = pplx.ask("q", model="sonar", provider=provider).wait(30)
        assert answer.notes == (
            '"sonar" is retired with the Sonar API; the effort "fast" was asked in its place.',
        )
        for form in (answer.to_markdown(), answer.to_html()):
            assert "is retired with the Sonar API" in form
        loaded = pplx.Answer.from_record(to_record("q", answer._session.state))
        assert loaded.notes == answer.notes
    # A gateway may really have a model of this name.
    answer = pplx.ask("q", model="sonar", provider="chat").wait(30)
    assert (answer.notes, server.requests[-1]["model"]) == ((), "sonar")


def test_the_old_base_url_is_said_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepare, "_corrected", set())
    monkeypatch.setenv("PERPLEXITY_BASE_URL", "https://api.perplexity.ai/v1/")
    assert pplx.ask("q").wait(30).notes == ()
    monkeypatch.setenv("PERPLEXITY_BASE_URL", "https://api.perplexity.ai")
    (note,) = pplx.ask("q").wait(30).notes
    assert "went to https://api.perplexity.ai/v1 instead" in note
    assert pplx.ask("q").wait(30).notes == ()
    pplx.configure(base_url="api.perplexity.ai/chat/completions")
    assert "/chat/completions" in pplx.ask("q").wait(30).notes[0]
