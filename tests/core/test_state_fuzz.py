"""The state and the channel with any sequence of events that a provider may yield."""

from __future__ import annotations

import json
from typing import Any, get_args

import pytest
from hypothesis import find, given
from hypothesis import strategies as st

from pplx_widget.core import errors
from pplx_widget.core.events import (
    Event,
    Failed,
    Fetching,
    Finished,
    Image,
    ImagesFound,
    Noted,
    Opened,
    PagesFetched,
    Retrying,
    Searching,
    SearchingImages,
    Source,
    SourcesFound,
    Text,
    TextWithdrawn,
    Thought,
    ToolUse,
    Unknown,
    Usage,
    UsageReported,
    Waiting,
)
from pplx_widget.core.sanitize import sanitized
from pplx_widget.core.state import AnswerState
from pplx_widget.document.record import from_record, to_record
from pplx_widget.providers.agent_events import AgentReader
from pplx_widget.question.request import Request
from pplx_widget.recordings.agent_writer import AgentWriter
from pplx_widget.runs.session import Session
from pplx_widget.widget import protocol
from pplx_widget.widget.channel import Channel
from pplx_widget.widget.protocol import Json

from ..support.streams import examples

pytestmark = pytest.mark.slow

# Any character, including lone surrogates.
characters = st.characters(exclude_categories=())
texts = st.text(characters, max_size=6) | st.sampled_from(["", "\ud83d", "\ude80", "\0", "🚀"])
# Deltas that together may form markers and characters.
deltas = texts | st.text("[]0123:web`\n\ud83d\ude80.", max_size=5)
ids = st.integers(0, 4) | st.integers() | st.sampled_from([2**53, -(2**53), 10**30])
counts = st.integers(0, 10) | st.integers()
amounts = st.none() | st.floats() | st.integers()


def several(values: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(values, max_size=3).map(tuple)


maybe = st.none() | texts
sources = st.builds(Source, ids, texts, texts, texts, maybe, maybe, texts, maybe)
usages = st.builds(
    Usage,
    counts,
    counts,
    counts,
    amounts,
    st.just("EUR"),
    counts,
    several(st.builds(ToolUse, texts, counts, amounts)),
    counts,
)
failures = st.builds(
    errors.PplxError,
    texts.map("It failed{}".format),
    texts,
    texts,
    request_id=maybe,
)
beginnings: list[st.SearchStrategy[Any]] = [
    st.builds(Opened, maybe, maybe),
    st.builds(Retrying, failures, st.floats(0, 600)),
    st.builds(Noted, texts),
    st.builds(Searching, several(texts)),
    st.builds(SourcesFound, several(sources), several(texts), st.booleans()),
    st.builds(SearchingImages, several(texts)),
    st.builds(ImagesFound, several(st.builds(Image, texts, texts, texts))),
    st.builds(Fetching, several(texts)),
    st.builds(PagesFetched, several(texts)),
    st.builds(Thought, texts),
    st.builds(UsageReported, usages),
    st.builds(Unknown, texts, texts),
    st.just(TextWithdrawn()),
    st.builds(Waiting, st.integers(0, 101), st.none() | st.floats(0, 600)),
]
ends: list[st.SearchStrategy[Any]] = [
    st.builds(Finished, st.sampled_from(["complete", "incomplete", "stopped"]), maybe, maybe),
    st.builds(Failed, failures),
]
text = st.builds(Text, deltas)
# Mostly text; sometimes an end, with events after it.
events = st.one_of(*beginnings, *[text] * 6, *ends)
sequences = st.lists(events, max_size=12) | st.lists(st.one_of(*beginnings, text), max_size=20)
moments = st.floats(0, 1e6) | st.just(0.0)


def test_every_kind_of_event_is_among_them() -> None:
    kinds = (*beginnings, *ends, text)
    made = {type(find(kind, lambda _event: True)) for kind in kinds}
    assert made == set(get_args(Event))


def joined(parts: list[str]) -> str:
    """Return the joined text, with surrogates paired or replaced."""
    return "".join(parts).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def whole(state: AnswerState) -> Json:
    """Return everything that the page gets of a state."""
    return {
        "text": str(state.text),
        "status": str(state.status),
        "reason": state.reason,
        "model": state.model,
        "sources": [protocol.source(s) for s in state.sources],
        "citations": [protocol.citation(c) for c in state.citations],
        "steps": [protocol.step(s) for s in state.steps],
        "usage": protocol.usage(state.usage),
        "timing": protocol.timing(state.timing),
        "error": protocol.failure(state.error),
    }


def sent(value: Any) -> Any:
    """Return a message as the page receives it: strict JSON in UTF-8."""
    return json.loads(json.dumps(value, allow_nan=False, ensure_ascii=False).encode())


@examples(150)
@given(sequences, st.data())
def test_any_events_in_any_order(happened: list[Event], more: st.DataObject) -> None:
    state = AnswerState()
    told: list[str] = []
    for event in happened:
        before = whole(state)
        was_over = state.status.final
        state.apply(event, more.draw(moments))  # not sanitized: it never fails
        if was_over:
            assert whole(state) == before
        elif isinstance(event, Text):
            told.append(event.delta)
        elif isinstance(event, TextWithdrawn):
            told.clear()
        text = str(state.text)
        assert state.text.since(0) == text
        # A half of a surrogate pair at the end waits for the other half.
        assert joined(told) in ((text, text + "\ufffd") if not state.status.final else (text,))
        known = {source.id for source in state.sources}
        assert len(known) == len(state.sources)
        assert {c.id for c in state.citations} <= known
        assert [c.number for c in state.citations] == list(range(1, len(state.citations) + 1))


@examples(100)
@given(sequences, st.one_of(*ends))
def test_a_record_gives_the_state_back(happened: list[Event], end: Event) -> None:
    state = AnswerState()
    for at, event in enumerate([*happened, end]):
        state.apply(sanitized(event), at / 7)
    record = to_record("q", state)
    _, again = from_record(sent(record))
    assert to_record("q", again) == record
    assert (str(again.text), again.status) == (str(state.text), state.status)
    assert again.citations == state.citations or len(again.citations) == len(state.citations)


@examples(150)
@given(sequences, st.data())
def test_patches_add_up_to_the_state(happened: list[Event], more: st.DataObject) -> None:
    session = Session(Request(question="q"), None)  # type: ignore[arg-type]
    state, patches = session.state, []
    happened = [sanitized(event) for event in happened]
    earlier = more.draw(st.integers(0, 3))
    for event in happened[:earlier]:
        state.apply(event, 0.5)
    page = sent(whole(state))
    channel = Channel(session, patches.append, lambda _names: None, lambda: patches.append({}))
    for number, event in enumerate(happened[earlier:]):
        state.apply(event, float(number))
        if more.draw(st.booleans()) or state.status.final:
            channel.flush()
            for patch in patches:
                page = folded(page, sent(patch)) if patch else sent(whole(state))
            expected = sent(whole(state))
            if not patches:  # changes too small for a message
                page |= {name: expected[name] for name in ("timing", "model")}
            assert page == expected
            patches.clear()


def folded(page: Json, patch: Json) -> Json:
    """Return the page's state after a patch, as ``js/src/store.ts`` computes it."""
    assert patch["at"] == len(page["text"].encode("utf-16-le")) // 2
    after = page | {name: value for name, value in patch.items() if name in page}
    after["text"] = page["text"] + patch.get("text", "")
    by_id = {s["id"]: s for s in page["sources"] + patch.get("sources", [])}
    after["sources"] = [*by_id.values()]
    by_number = {c["number"]: c for c in page["citations"] + patch.get("citations", [])}
    after["citations"] = [by_number[number] for number in sorted(by_number)]
    steps = patch.get("steps", {"from": len(page["steps"]), "items": []})
    after["steps"] = page["steps"][: steps["from"]] + steps["items"]
    return after


@examples(100)
@given(sequences)
def test_events_written_as_payloads_and_read_again_come_to_the_same(said: list[Event]) -> None:
    said = [Text("Words."), *(event for event in said if event != TextWithdrawn())]
    writer, reader = AgentWriter(), AgentReader("")
    first, again = AnswerState(), AnswerState()
    for event in [*map(sanitized, said), Finished()]:
        first.apply(event, 0)
        for payload in writer.write(event):
            for read in reader.read(json.loads(json.dumps(payload))):
                again.apply(read, 0)
    assert (str(again.text), again.status) == (str(first.text), first.status)
    assert [s.items for s in again.steps if s.kind == "search"] == [
        tuple(filter(None, s.items)) for s in first.steps if s.kind == "search"
    ]
