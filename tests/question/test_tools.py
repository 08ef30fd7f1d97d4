"""The service's tools: names and mappings are checked before anything is sent, and sent as given."""

from __future__ import annotations

import json
from typing import Any

import pytest

import pplx_widget as pplx
from pplx_widget.core import errors
from pplx_widget.core.errors import InvalidRequest
from pplx_widget.providers import agent_body, chat_body
from pplx_widget.providers.formats import FORMATS
from pplx_widget.question.request import Request
from pplx_widget.runs import prepare
from pplx_widget.server.strict import refusal

EVERY: list[Any] = [
    "people_search",
    {"type": "finance_search"},
    {"type": "fetch_url", "max_urls": 10},
    {
        "type": "image_search",
        "max_results": 3,
        "filters": {
            "domain_filter": ["nasa.gov", "-esa.int"],
            "format_filter": ["png", "webp"],
            "safe_search": False,
        },
    },
]
SENT = [{"type": "people_search"}, *EVERY[1:]]


def body(**options: Any) -> dict[str, Any]:
    made = FORMATS["agent"].body(prepare.prepared("q", **options).request)
    assert refusal(made) is None
    return made


def test_they_stand_beside_the_search_of_an_effort() -> None:
    assert body(tools=EVERY)["tools"] == SENT
    assert body(tools=EVERY, effort="low")["tools"] == SENT
    assert body(tools=("fetch_url",), search=True)["tools"] == [
        {"type": "web_search"},
        {"type": "fetch_url"},
    ]
    assert body(tools=iter(["fetch_url"]), search=pplx.Search(recency="day"))["tools"] == [
        {"type": "web_search", "filters": {"search_recency_filter": "day"}},
        {"type": "fetch_url"},
    ]


def test_a_model_keeps_its_search() -> None:
    model = "openai/gpt-5"
    sent = body(tools=["fetch_url"], model=model)["tools"]
    assert [tool["type"] for tool in sent] == ["web_search", "fetch_url"]
    assert body(tools=["fetch_url"], model=model, search=False)["tools"] == [{"type": "fetch_url"}]


@pytest.mark.parametrize("nothing", [None, [], ()])
def test_none_are_sent(nothing: Any) -> None:
    assert "tools" not in body(tools=nothing)


def test_an_option_that_is_none_is_not_given() -> None:
    assert body(tools=[{"type": "fetch_url", "max_urls": None}])["tools"] == [{"type": "fetch_url"}]


def test_a_request_has_a_copy() -> None:
    tool: dict[str, Any] = {"type": "image_search", "filters": {"domain_filter": ["nasa.gov"]}}
    request = Request(question="q", tools=(tool,))
    tool["filters"]["domain_filter"].append("/etc/passwd")
    assert request.tools[0]["filters"] == {"domain_filter": ["nasa.gov"]}


def test_numbers_of_numpy_are_numbers() -> None:
    numpy = pytest.importorskip("numpy")
    sent = body(tools=[{"type": "fetch_url", "max_urls": numpy.int64(3)}])
    assert json.dumps(sent["tools"]) == '[{"type": "fetch_url", "max_urls": 3}]'


def images(**options: Any) -> list[dict[str, Any]]:
    return [{"type": "image_search", **options}]


@pytest.mark.parametrize(
    ("tools", "says"),
    [
        ("fetch_url", r'\["fetch_url"'),
        ({"type": "fetch_url"}, r'\["fetch_url"'),
        (3, r'\["fetch_url"'),
        ([3], '"type"'),
        ([None], '"type"'),
        ([{}], '"type"'),
        ([{"type": 3}], '"type"'),
        (["fetch_urls"], "Did you mean 'fetch_url'"),
        ([""], "It has 'fetch_url'"),
        (["web_search"], r"pplx.Search\(…\)"),
        ([{"type": "web_search", "search_type": "fast"}], "search=True"),
        ([{"type": "function", "name": "f"}], "extra_body"),
        (["sandbox"], "extra_body"),
        (["mcp"], "extra_body"),
        (["fetch_url", {"type": "fetch_url"}], "more than once"),
        ([{"type": "fetch_url", "max_url": 3}], "Did you mean 'max_urls'"),
        ([{"type": "fetch_url", 3: 3}], "It takes 'max_urls'"),
        ([{"type": "people_search", "max_results": 3}], "It takes no options"),
        ([{"type": "finance_search", "tickers": ["X"]}], "It takes no options"),
        ([{"type": "fetch_url", "max_urls": 0}], "from 1 to 10"),
        ([{"type": "fetch_url", "max_urls": 11}], "from 1 to 10"),
        ([{"type": "fetch_url", "max_urls": True}], "from 1 to 10"),
        ([{"type": "fetch_url", "max_urls": "3"}], "from 1 to 10"),
        ([{"type": "fetch_url", "max_urls": 2.0}], "from 1 to 10"),
        (images(max_results=0), "at least 1"),
        (images(max_results=10**30), "at least 1"),
        (images(filters=["png"]), "a mapping with 'domain_filter'"),
        (images(filters={"format": ["png"]}), "Did you mean 'format_filter'"),
        (images(filters={"format_filter": ["jpg"]}), "Did you mean 'jpeg'"),
        (images(filters={"format_filter": "png"}), r"\['png'\]|\[\"png\"\]"),
        (images(filters={"format_filter": [None]}), "'bmp'"),
        (images(filters={"domain_filter": ["https://nasa.gov/"]}), "nasa.gov"),
        (images(filters={"domain_filter": "nasa.gov"}), "a list of sites"),
        (images(filters={"safe_search": "yes"}), "True or False"),
    ],
)
def test_an_error_names_what_to_give(tools: Any, says: str) -> None:
    with pytest.raises(errors.InvalidRequest, match=says) as caught:
        pplx.ask("q", tools=tools)
    assert "None" not in str(caught.value) or "[None]" in repr(tools)


def test_a_misplaced_key_is_not_shown() -> None:
    key = "pplx-0123456789abcdefghijklmnop"
    with pytest.raises(errors.InvalidRequest) as caught:
        pplx.ask("q", tools=[{"type": "fetch_url", "api_key": key}])
    assert key not in str(caught.value)
    with pytest.raises(errors.InvalidRequest) as caught:
        pplx.ask("q", tools=[{"kind": "fetch_url", "api_key": key}])
    assert key not in str(caught.value)


def test_chat_completions_refuse_them() -> None:
    request = prepare.prepared("q", model="m", tools=["fetch_url"]).request
    with pytest.raises(errors.InvalidRequest, match=r"(?s)tools cannot be sent.*Agent API"):
        chat_body.check(request)
    with pytest.raises(errors.InvalidRequest, match="tools cannot be sent"):
        pplx.ask("q", provider="chat", model="m", tools=["fetch_url"])


def test_a_follow_up_question_keeps_them_or_has_its_own() -> None:
    first = prepare.prepared("q", tools=["fetch_url"])
    assert first.then("r", lambda: None).request.tools == ({"type": "fetch_url"},)  # type: ignore[arg-type, return-value]
    other = first.then("r", lambda: None, tools=["people_search"])  # type: ignore[arg-type, return-value]
    assert other.request.tools == ({"type": "people_search"},)


@pytest.mark.parametrize(
    ("tool", "says"),
    [
        ({"type": "fetch_url", "max_url": 3}, 'unknown field "max_url"'),
        ({"type": "people_search", "max_results": 3}, 'unknown field "max_results"'),
        ({"type": "image_search", "filters": {"format": 3}}, 'unknown field "format"'),
        ({"type": "fetch_url", "max_urls": 11}, "max_urls must be at least 1 and at most 10"),
        ({"type": "image_search", "max_results": 0}, "max_results must be at least 1"),
        ({"type": "image_search", "filters": {"format_filter": ["jpg"]}}, "format_filter must be"),
    ],
)
def test_the_local_server_refuses_what_the_service_would(tool: dict[str, Any], says: str) -> None:
    refused = refusal({"input": "q", "preset": "fast", "tools": [tool]})
    assert refused
    assert says in refused.message


@pytest.mark.parametrize("options", [{}, {"effort": "low"}])
def test_tools_need_those_of_the_effort(options: dict[str, Any]) -> None:
    # The service turns all tools of an effort off together.
    request = Request(question="q", search=False, tools=["fetch_url"], **options)
    with pytest.raises(InvalidRequest, match="search=False"):
        agent_body.check(request)
    agent_body.check(Request(question="q", model="a/model", search=False, tools=["fetch_url"]))
