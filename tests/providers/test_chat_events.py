"""The chat-completions shape: each server's ways of saying the same."""

from __future__ import annotations

import itertools
import json
import pathlib
from typing import Any

import pytest

from pplx_widget.core import errors
from pplx_widget.core.events import (
    Event,
    Failed,
    Fetching,
    Finished,
    Image,
    ImagesFound,
    Opened,
    PagesFetched,
    Searching,
    SourcesFound,
    Text,
    Thought,
    ToolUse,
    Unknown,
    Usage,
    UsageReported,
)
from pplx_widget.providers.chat_events import ChatReader
from pplx_widget.providers.thoughts import Speech, Thoughts


def read(*payloads: Any) -> list[Event]:
    reader = ChatReader("host")
    events = [event for payload in payloads for event in reader.read(payload)]
    return events + reader.end(whole=True)


def chunk(content: Any = None, finish: str | None = None, **fields: Any) -> dict[str, Any]:
    choice = {"index": 0, "delta": {"content": content}, "finish_reason": finish}
    return {"object": "chat.completion.chunk", "id": "c", "choices": [choice]} | fields


def delta(**fields: Any) -> dict[str, Any]:
    return {"id": "c", "choices": [{"index": 0, "delta": fields, "finish_reason": None}]}


STOP = chunk(finish="stop")


def text_of(events: list[Event]) -> str:
    return "".join(e.delta for e in events if isinstance(e, Text))


def thoughts_of(events: list[Event]) -> list[str]:
    return [e.text for e in events if isinstance(e, Thought)]


def sources_of(events: list[Event]) -> list[tuple[int, str, str]]:
    return [
        (s.id, s.url, s.title) for e in events if isinstance(e, SourcesFound) for s in e.sources
    ]


def test_a_plain_answer() -> None:
    events = read(chunk("Hel", model="m-1"), chunk("lo"), STOP)
    assert events == [
        Opened("c", "m-1"),
        Text("Hel"),
        Text("lo"),
        Finished("complete", None, "m-1"),
    ]


def test_the_recorded_stream(wire: pathlib.Path) -> None:
    lines = (wire / "chat" / "perplexity-citations.chunks.txt").read_text("utf-8").splitlines()
    events = read(*(json.loads(line) for line in lines if line))
    assert text_of(events).startswith("The current population of **")
    assert [type(e) for e in events].count(SourcesFound) == 1  # every chunk has them
    assert sources_of(events)[1][:2] == (2, "https://en.wikipedia.org/wiki/San_Francisco")
    assert events[-2:] == [
        UsageReported(Usage(10, 336, 346)),
        Finished("complete", None, "sonar"),
    ]


def test_the_recorded_chunk_of_the_early_full_mode(wire: pathlib.Path) -> None:
    sent = (wire / "chat" / "early2025_full_mode_chunk.sse").read_text("utf-8")
    events = read(json.loads(sent.strip().removeprefix("data: ")))
    assert text_of(events) == "Finding"
    assert not any(isinstance(e, Finished) for e in events)


def test_the_documented_concise_mode(wire: pathlib.Path) -> None:
    lines = (wire / "chat" / "docs_concise_mode_examples.jsonl").read_text("utf-8").splitlines()
    events = read(*(json.loads(line) for line in lines if line))
    assert thoughts_of(events) == ["Searching the web for Seattle's current weather..."]
    assert Searching(("Seattle current weather",)) in events
    assert UsageReported(Usage(6, 238, 244, 0.01)) in events
    assert isinstance(events[-1], Finished)


def test_text_and_its_cumulative_message_are_shown_once() -> None:
    def both(piece: str, whole: str) -> dict[str, Any]:
        payload = chunk(piece)
        payload["choices"][0]["message"] = {"role": "assistant", "content": whole}
        return payload

    assert text_of(read(both("a", "a"), both("b", "ab"), both("", "ab"), STOP)) == "ab"
    # A message alone is as good, and one that is ahead of the deltas brings what they lack.
    assert text_of(read(both("", "a"), both("", "abc"), both("d", "abcd"), STOP)) == "abcd"
    # One that says something else is left alone.
    assert text_of(read(both("a", "a"), both("", "other words"), STOP)) == "a"


def test_text_that_stands_only_in_the_last_message() -> None:
    done = {
        "object": "chat.completion.done",
        "choices": [{"index": 0, "message": {"content": "abc"}, "finish_reason": "stop"}],
    }
    assert text_of(read(chunk("ab"), done, done)) == "abc"
    assert text_of(read(done)) == "abc"


def test_half_a_surrogate_pair_before_the_message() -> None:
    done = {"object": "chat.completion.done", "choices": [{"message": {"content": "a😀b"}}]}
    joined = text_of(read(chunk("a\ud83d"), chunk("\ude00"), done))
    assert joined.encode("utf-16", "surrogatepass").decode("utf-16") == "a😀b"


@pytest.mark.parametrize("where", ["every", "last"])
@pytest.mark.parametrize("field", ["citations", "search_results"])
def test_sources_in_every_chunk_or_in_the_last(where: str, field: str) -> None:
    urls = ["https://www.a.org/1", "https://b.org/2"]
    listed: Any = urls if field == "citations" else [{"url": u, "title": "T"} for u in urls]
    first = {field: listed} if where == "every" else {}
    events = read(chunk("a", **first), chunk("b[2]", **first), chunk("", "stop", **{field: listed}))
    titles = ["a.org", "b.org"] if field == "citations" else ["T", "T"]
    assert sources_of(events) == [(1, urls[0], titles[0]), (2, urls[1], titles[1])]


def test_a_newer_list_of_citations_replaces() -> None:
    events = read(
        chunk("a", citations=["https://a.org"]),
        chunk("b", citations=["https://b.org", "https://a.org"]),
        chunk("c", citations=[]),
    )
    found = [e for e in events if isinstance(e, SourcesFound)]
    assert all(e.replace for e in found)
    assert [[s.url for s in e.sources] for e in found] == [
        ["https://a.org"],
        ["https://b.org", "https://a.org"],
    ]


def test_search_results_say_what_stands_at_the_citations() -> None:
    results = [
        {"url": "https://b.org", "title": "B", "date": "2026-01-02"},
        {"url": "https://a.org", "title": "A"},
    ]
    events = read(chunk("x", citations=["https://a.org", "https://b.org"], search_results=results))
    assert sources_of(events) == [(1, "https://a.org", "A"), (2, "https://b.org", "B")]


def test_cumulative_usage_is_reported_once() -> None:
    events = read(
        chunk("a", usage={"prompt_tokens": 10, "completion_tokens": 1, "total_tokens": 11}),
        chunk("b", finish="stop", usage=None),
        {"choices": [], "usage": {"prompt_tokens": 10, "completion_tokens": 2, "cost": 0.25}},
    )
    assert [e for e in events if isinstance(e, UsageReported)] == [
        UsageReported(Usage(10, 2, 12, 0.25))
    ]
    assert isinstance(events[-1], Finished)


def test_usage_of_a_searching_model() -> None:
    usage = {
        "prompt_tokens": 1,
        "completion_tokens": 9,
        "completion_tokens_details": {"reasoning_tokens": 4},
        "num_search_queries": 3,
        "cost": {"total_cost": 0.5, "search_queries_cost": 0.1, "currency": "EUR"},
    }
    (reported,) = [e.usage for e in read(chunk("a", usage=usage)) if isinstance(e, UsageReported)]
    assert reported == Usage(1, 9, 10, 0.5, "EUR", 4, (ToolUse("search_web", 3, 0.1),))


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning"])
def test_reasoning_beside_the_text(field: str) -> None:
    pieces = ["First ", "one.\n", "\nSecond", " one."]
    events = read(*(delta(**{field: p}) for p in pieces), chunk("Text."), STOP)
    assert thoughts_of(events) == ["First one.", "Second one."]
    assert text_of(events) == "Text."
    assert events.index(Thought("Second one.")) < events.index(Text("Text."))


def test_reasoning_by_two_names_is_taken_once() -> None:
    assert thoughts_of(read(delta(reasoning="a", reasoning_content="a"), STOP)) == ["a"]


@pytest.mark.parametrize(
    ("content", "thoughts", "text"),
    [
        ("<think>a b</think>\n\nc", ["a b"], "c"),
        ("\n<think>\na</think>c</think>", ["a"], "c</think>"),
        ("<think></think>c", [], "c"),
        ("<think>a</thin", ["a</thin"], ""),
        ("<think>a", ["a"], ""),
        ("<thi", [], "<thi"),
        ("  x<think>y</think>", [], "  x<think>y</think>"),
        ("a <think>b</think>", [], "a <think>b</think>"),
        ("", [], ""),
    ],
)
def test_thoughts_in_tags_split_anywhere(content: str, thoughts: list[str], text: str) -> None:
    for cuts in itertools.combinations(range(len(content) + 1), 2):
        bounds = [0, *cuts, len(content)]
        pieces = [content[a:b] for a, b in itertools.pairwise(bounds)]
        events = read(*map(chunk, pieces), STOP)
        assert thoughts_of(events) == thoughts
        assert text_of(events) == text


def test_a_cut_stream_loses_nothing_that_was_held_back() -> None:
    assert text_of(read(chunk("<th"))) == "<th"
    assert thoughts_of(read(chunk("<think>so far </"))) == ["so far </"]


def test_long_reasoning_without_paragraphs_comes_in_pieces() -> None:
    words = "word " * 1000
    whole, split = Thoughts(), Thoughts()
    paragraphs = whole.feed(words) + whole.finish()
    assert paragraphs == [p for c in words for p in split.feed(c)] + split.finish()
    assert all(len(p) <= Thoughts.LONGEST for p in paragraphs)
    assert " ".join(paragraphs) == words.strip()
    endless = Thoughts()
    assert "".join(endless.feed("x" * 5000) + endless.finish()) == "x" * 5000


def test_text_is_given_on_at_once() -> None:
    speech = Speech()
    assert speech.text("T") == [Text("T")]
    assert speech.text(" < 5") == [Text(" < 5")]
    assert speech.text("a </") == [Text("a ")]  # a closing tag may begin
    assert speech.text("b>") == [Text("</b>")]


@pytest.mark.parametrize(
    ("finish", "reason"),
    [
        ("stop", None),
        ("eos", None),
        ("length", "cut off at the output limit (max_tokens)"),
        ("content_filter", "withheld by a content filter"),
        ("tool_calls", "stopped to call a tool that is not there"),
    ],
)
def test_how_it_ended(finish: str, reason: str | None) -> None:
    status = "incomplete" if reason else "complete"
    assert read(chunk("a"), chunk(finish=finish))[-1] == Finished(status, reason, None)  # type: ignore[arg-type]


def test_a_refusal_is_shown_and_never_complete() -> None:
    events = read(delta(refusal="I can"), delta(refusal="not."), STOP)
    assert text_of(events) == "I cannot."
    assert events[-1] == Finished("incomplete", "refused", None)


def test_a_stream_without_a_finish_reason_was_cut() -> None:
    assert not any(isinstance(e, Finished | Failed) for e in read(chunk("a")))


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        ({"message": "no more", "code": 429}, errors.RateLimited),
        ({"message": "no more", "code": "429"}, errors.RateLimited),  # LiteLLM
        ({"message": "overloaded"}, errors.ServiceFailed),
        ("overloaded", errors.ServiceFailed),
    ],
)
def test_an_error_in_mid_stream(error: Any, expected: type[errors.PplxError]) -> None:
    reader = ChatReader("host")
    assert text_of(reader.read(chunk("so far"))) == "so far"
    (failed,) = reader.read({"error": error})
    assert isinstance(failed, Failed)
    assert isinstance(failed.error, expected)
    assert ("no more" in str(failed.error)) or ("overloaded" in str(failed.error))
    assert reader.ended
    assert reader.read(chunk("more")) == reader.end(whole=True) == []


def test_an_error_as_the_finish_reason() -> None:
    assert isinstance(read(chunk("a"), chunk(finish="error"))[-1], Failed)


def test_images() -> None:
    images = [{"image_url": "https://a.org/i.png", "origin_url": "https://a.org", "title": " A "}]
    events = read(chunk("a", images=images), chunk("b", images=images))
    assert [e for e in events if isinstance(e, ImagesFound)] == [
        ImagesFound((Image("https://a.org/i.png", "https://a.org", "A"),))
    ]


def test_steps_of_the_concise_mode() -> None:
    search = {
        "thought": "Looking.",
        "type": "web_search",
        "web_search": {
            "search_keywords": ["q1", "q2"],
            "search_results": [{"url": "https://a.org", "title": "A"}, {"url": "https://b.org"}],
        },
    }
    again = search | {
        "thought": "",
        "web_search": search["web_search"] | {"search_keywords": ["q3"]},
    }  # type: ignore[operator]
    fetch = {"thought": "Reading.", "fetch_url_content": {"contents": [{"url": "https://b.org"}]}}
    done = delta()
    done["choices"][0]["message"] = {"reasoning_steps": [search, again, fetch]}
    final = chunk("x", search_results=[{"url": "https://b.org", "title": "B"}])
    events = read(
        delta(reasoning_steps=[search]), delta(reasoning_steps=[again, fetch]), done, final
    )
    assert thoughts_of(events) == ["Looking.", "Reading."]
    assert [e for e in events if isinstance(e, Searching | Fetching | PagesFetched)] == [
        Searching(("q1", "q2")),
        Searching(("q3",)),
        Fetching(("https://b.org",)),
        PagesFetched(("https://b.org",)),
    ]
    found = [e for e in events if isinstance(e, SourcesFound)]
    assert [[s.id for s in e.sources] for e in found] == [[1, 2], [1, 2], [1]]  # each address once
    assert [e.replace for e in found] == [False, False, True]


def test_content_in_parts() -> None:
    assert text_of(read(chunk([{"type": "text", "text": "a"}, {"type": "image_url"}]), STOP)) == "a"


def test_further_choices_are_not_mixed_in() -> None:
    other = chunk("no")
    other["choices"][0]["index"] = 1
    assert text_of(read(chunk("a"), other, STOP)) == "a"


def test_what_nothing_understands_is_kept() -> None:
    events = read({"object": "chat.brand_new", "value": [1]}, chunk("a"), STOP)
    assert events[0] == Unknown("chat.brand_new", '{"object": "chat.brand_new", "value": [1]}')


@pytest.mark.parametrize(
    "payload",
    [
        None,
        [],
        5,
        {},
        {"choices": None},
        {"choices": 5, "usage": []},
        {"choices": [None, 5, {}]},
        {"choices": [{"delta": None, "message": 3, "finish_reason": {}}]},
        {"choices": [], "citations": [None, 3, {}], "search_results": [[]], "images": [3]},
        {"choices": [], "usage": {"prompt_tokens": "x", "cost": {"total_cost": 10**400}}},
        {"choices": [{"delta": {"content": 3, "reasoning": [], "reasoning_steps": [{}]}}]},
    ],
)
def test_nothing_malformed_is_fatal(payload: Any) -> None:
    assert text_of(read(chunk("a"), payload, chunk("b"), STOP)) == "ab"
