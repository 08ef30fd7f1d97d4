from __future__ import annotations

import json
import pathlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pplx_widget.core import errors
from pplx_widget.core.events import (
    Event,
    Failed,
    Fetching,
    Finished,
    Image,
    ImagesFound,
    PagesFetched,
    Searching,
    SearchingImages,
    Source,
    SourcesFound,
    Text,
    Thought,
    ToolUse,
    Unknown,
    UsageReported,
)
from pplx_widget.providers.agent_events import AgentReader


def read(*payloads: object) -> list[Event]:
    reader = AgentReader("host")
    return [event for payload in payloads for event in reader.read(payload)]


def text_of(events: list[Event]) -> str:
    return "".join(e.delta for e in events if isinstance(e, Text))


def delta(text: str, item: str = "m", part: int = 0) -> dict[str, object]:
    return {
        "type": "response.output_text.delta",
        "delta": text,
        "item_id": item,
        "output_index": 1,
        "content_index": part,
    }


def message(text: str, item: str = "m") -> dict[str, object]:
    content = [{"type": "output_text", "text": text, "annotations": []}]
    return {"type": "message", "id": item, "content": content}


def ended(status: str = "completed", **fields: object) -> dict[str, object]:
    return {"type": f"response.{status}", "response": {"status": status} | fields}


def test_the_recorded_stream(wire: pathlib.Path) -> None:
    lines = (wire / "agent" / "web-search.sse").read_text("utf-8").splitlines()
    payloads = [json.loads(line[6:]) for line in lines if line.startswith("data: ")]
    events = read(*payloads)
    assert text_of(events).startswith("The official TypeScript website is **typescriptlang.org**")
    assert text_of(events).endswith("syntax for types.[7]")
    found = [s for e in events if isinstance(e, SourcesFound) for s in e.sources]
    assert {s.id for s in found} == set(range(1, 11))
    assert next(s for s in found if s.id == 7).site == "typescriptlang.org"
    assert isinstance(events[1], Searching)
    usage = next(e.usage for e in events if isinstance(e, UsageReported))
    assert (usage.total_tokens, usage.cost) == (3044, 0.00105)
    assert events[-1] == Finished("complete", None, "openai/gpt-6-luna")


def test_text_only_at_the_close_of_its_part() -> None:
    done = {
        "type": "response.output_text.done",
        "text": "whole",
        "item_id": "m",
        "content_index": 0,
    }
    assert text_of(read(done, ended(output=[message("whole")]))) == "whole"


def test_text_only_at_the_end() -> None:
    assert text_of(read(ended(output=[message("whole")]))) == "whole"


def test_what_is_missing_at_the_end_is_added_and_nothing_twice() -> None:
    item = {"type": "response.output_item.done", "output_index": 1, "item": message("abcdef")}
    events = read(delta("ab"), delta("cd"), item, ended(output=[message("abcdef")]))
    assert text_of(events) == "abcdef"


@pytest.mark.parametrize("item", ["other", ""])
def test_an_item_named_otherwise_at_the_end_is_not_shown_again(item: str) -> None:
    assert text_of(read(delta("abc"), ended(output=[message("abc", item)]))) == "abc"


def test_two_parts_and_two_messages() -> None:
    events = read(
        delta("a"),
        delta("b", part=1),
        delta("c", item="n"),
        ended(output=[message("a"), message("cd", "n")]),
    )
    assert text_of(events) == "ab\n\ncd"


def test_incomplete() -> None:
    events = read(
        delta("a"), ended("incomplete", incomplete_details={"reason": "max_output_tokens"})
    )
    assert events[-1] == Finished("incomplete", "cut off at the output limit (max_tokens)", None)


def test_the_recorded_truncation(wire: pathlib.Path) -> None:
    response = json.loads((wire / "agent" / "agent_incomplete_truncated.json").read_text())
    events = read({"type": "response.completed", "response": response})
    assert isinstance(events[-1], Finished)
    assert events[-1].status == "incomplete"


def test_the_recorded_page_fetch(wire: pathlib.Path) -> None:
    response = json.loads((wire / "agent" / "agent_low_fetch_url.json").read_text())
    events = read({"type": "response.completed", "response": response})
    assert "79 characters" in text_of(events)
    page = ("https://www.python.org/dev/peps/pep-0008/",)
    title = "www.python.org · dev · pepsPEP 8 – Style Guide for Python Code - peps.python.org"
    snippet = response["output"][0]["contents"][0]["snippet"]
    found = Source(0, title, *page, "python.org", snippet=snippet)
    assert [e for e in events if isinstance(e, Fetching | PagesFetched)] == [
        Fetching(page),
        PagesFetched(page, (found,)),
    ]
    assert events[-1] == Finished("complete", None, "openai/gpt-6-luna")


def test_fetched_pages() -> None:
    url = "https://example.org"
    assert read(
        {"type": "response.reasoning.fetch_url_queries", "urls": [url]},
        {"type": "response.reasoning.fetch_url_results", "contents": [{"url": url, "title": "t"}]},
    ) == [Fetching((url,)), PagesFetched((url,), (Source(0, "t", url, "example.org"),))]


def test_cancelled_by_the_service() -> None:
    assert read(ended("cancelled", error={"code": "cancelled"}))[-1] == Finished(
        "stopped", "cancelled by the service", None
    )


def test_refused() -> None:
    refusal = {"type": "response.refusal.delta", "delta": "I cannot.", "item_id": "m"}
    events = read(refusal, ended())
    assert text_of(events) == "I cannot."
    assert events[-1] == Finished("incomplete", "refused", None)


@pytest.mark.parametrize(
    "payload",
    [
        ended("failed", error={"code": "server_error", "message": "overloaded"}),
        {"type": "response.completed", "response": {"status": "failed", "error": None}},
        {"type": "error", "message": "overloaded"},
        {"type": "error", "error": {"message": "overloaded", "code": 500}},
    ],
)
def test_failed(payload: dict[str, object]) -> None:
    events = read(delta("kept"), payload, delta("late"))
    assert text_of(events) == "kept"
    assert isinstance(events[-1], Failed)
    assert isinstance(events[-1].error, errors.ServiceFailed)


def test_an_error_with_a_status_is_that_error() -> None:
    error = {"message": "slow down", "type": "request_rate_limit_exceeded", "code": 429}
    (event,) = read({"type": "error", "error": error})
    assert isinstance(event, Failed)
    assert isinstance(event.error, errors.RateLimited)


def test_hostile_results_are_passed_over() -> None:
    results = [
        {"id": "4", "url": "https://a.org", "title": "  A\n B ", "date": None, "snippet": 5},
        {"id": True, "url": "https://b.org"},
        {"id": None, "url": "https://c.org"},
        {"id": 5},
        {"id": 6, "url": "http://[bad", "title": "\ud83d"},
        "no mapping",
    ]
    (event,) = read({"type": "response.reasoning.search_results", "results": results})
    assert isinstance(event, SourcesFound)
    assert [(s.id, s.title, s.site) for s in event.sources] == [
        (4, "A B", "a.org"),
        (6, "\ufffd", ""),
    ]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=8,
)
TYPES = st.sampled_from(
    [
        "response.created",
        "response.output_text.delta",
        "response.output_text.done",
        "response.output_item.done",
        "response.reasoning.search_queries",
        "response.reasoning.search_results",
        "response.reasoning.fetch_url_queries",
        "response.reasoning.fetch_url_results",
        "response.reasoning.started",
        "response.completed",
        "response.failed",
        "error",
        "response.keepalive",
    ]
)
FIELDS = st.sampled_from(
    [
        "delta",
        "text",
        "item",
        "response",
        "results",
        "queries",
        "urls",
        "contents",
        "error",
        "thought",
    ]
)


@given(st.lists(st.tuples(TYPES, st.dictionaries(FIELDS, JSON, max_size=4)), max_size=5))
def test_any_payload_is_read_without_an_exception(
    payloads: list[tuple[str, dict[str, object]]],
) -> None:
    read(*({"type": kind} | fields for kind, fields in payloads))
    read(None, 3, "x", [])


def test_images_that_a_search_found() -> None:
    results = [
        {"image_url": "https://a.org/i.png", "origin_url": "https://a.org", "title": "I"},
        {},
    ]
    events = read(
        {"type": "response.reasoning.image_search_queries", "queries": ["cats"]},
        {"type": "response.reasoning.image_search_results", "results": results},
    )
    assert events == [
        SearchingImages(("cats",)),
        ImagesFound((Image("https://a.org/i.png", "https://a.org", "I"),)),
    ]


def test_what_each_tool_took() -> None:
    usage = {
        "input_tokens": 1,
        "tool_calls_details": {"search_web": {"invocation": 2}, "fetch_url": {"cost_usd": 0.5}},
        "cost": {"tool_calls_cost_details": {"search_web": 0.25, "other": 1}},
    }
    (reported, _) = read(ended(usage=usage))
    assert isinstance(reported, UsageReported)
    assert reported.usage.tools == (
        ToolUse("search_web", 2, 0.25),
        ToolUse("fetch_url", 0, 0.5),
        ToolUse("other", 0, 1.0),
    )


def test_what_nothing_understands_is_kept_and_bounded() -> None:
    (event,) = read({"type": "response.brand_new", "value": "x" * 5000})
    assert isinstance(event, Unknown)
    assert event.type == "response.brand_new"
    assert len(event.payload) == 2000
    assert read({"type": "response.keepalive"}, {"type": "response.in_progress"}, {}) == []


def test_an_unknown_item_is_kept_once() -> None:
    item = {"type": "sandbox_results", "id": "s", "results": [1]}
    events = read(
        {"type": "response.output_item.done", "output_index": 1, "item": item},
        ended(output=[{"type": "function_call"}, item]),
    )
    assert [e.type for e in events if isinstance(e, Unknown)] == ["sandbox_results"]


@pytest.mark.parametrize("cost", [float("nan"), float("inf"), 10**400, "1", True, None])
def test_a_cost_that_is_none(cost: object) -> None:
    (reported, _) = read(ended(usage={"input_tokens": 1, "cost": {"total_cost": cost}}))
    assert isinstance(reported, UsageReported)
    assert reported.usage.cost is None


def test_a_pair_in_halves_is_not_shown_again() -> None:
    events = read(delta("a\ud83d"), delta("\ude00"), ended(output=[message("a😀b")]))
    assert text_of(events).encode("utf-16", "surrogatepass").decode("utf-16") == "a😀b"


def test_pages_that_the_stream_told_of_are_not_told_again() -> None:
    contents = [{"url": "https://a.org"}]
    events = read(
        {"type": "response.reasoning.fetch_url_queries", "urls": ["https://a.org"]},
        {"type": "response.reasoning.fetch_url_results", "contents": contents},
        ended(output=[{"type": "fetch_url_results", "contents": contents}]),
    )
    assert [type(e) for e in events] == [Fetching, PagesFetched, Finished]


def test_reasoning_of_other_servers_of_this_shape() -> None:
    events = read(
        {"type": "response.reasoning_summary_text.delta", "delta": "Hm"},
        {"type": "response.reasoning_summary_text.done", "text": "Hm."},
    )
    assert events == [Thought("Hm.")]


@pytest.mark.parametrize("count", [10**400, 2**53 + 1, True, -1, 1.5, "3", None])
def test_a_count_that_is_none(count: object) -> None:
    (reported, _) = read(ended(usage={"input_tokens": count, "total_tokens": count, "x": 1}))
    assert isinstance(reported, UsageReported)
    assert (reported.usage.input_tokens, reported.usage.total_tokens) == (0, 0)
    assert type(reported.usage.input_tokens) is int
