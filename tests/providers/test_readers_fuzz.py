"""The readers and the state on anything: never an exception, nothing twice, nothing lost."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pplx_widget.core.events import UNKNOWN_LENGTH, Event, Text, TextWithdrawn, Unknown
from pplx_widget.core.state import AnswerState
from pplx_widget.core.text import GrowingText
from pplx_widget.document.forms import mime_bundle
from pplx_widget.document.record import from_record, to_record
from pplx_widget.providers.agent_events import AgentReader
from pplx_widget.providers.chat_events import ChatReader
from pplx_widget.widget import protocol

from ..support.streams import agent_streams, chat_streams, examples, json_values, words

pytestmark = pytest.mark.slow

READERS: dict[str, Callable[[str], Any]] = {"agent": AgentReader, "chat": ChatReader}
STREAMS = {"agent": agent_streams, "chat": chat_streams}


@st.composite
def spoilt(draw: Callable[..., Any], streams: st.SearchStrategy[list[Any]]) -> list[Any]:
    """Return a stream in which some values are anything else."""
    stream = copy.deepcopy(draw(streams))
    for _ in range(draw(st.integers(0, 3))):
        spot: Any = stream
        while isinstance(spot, dict | list) and spot:
            keys = list(spot) if isinstance(spot, dict) else list(range(len(spot)))
            key = draw(st.sampled_from(keys))
            if (
                not isinstance(spot[key], dict | list)
                or not spot[key]
                or draw(st.integers(0, 3)) == 0
            ):
                spot[key] = draw(json_values())
                break
            spot = spot[key]
    return stream


def folded(events: list[Event]) -> AnswerState:
    state = AnswerState()
    for at, event in enumerate(events):
        state.apply(event, at)
    return state


@pytest.mark.parametrize("shape", READERS)
@examples(150)
@given(st.data())
def test_anything_is_read_and_can_be_shown(shape: str, more: st.DataObject) -> None:
    reader, events = READERS[shape]("host"), []
    for payload in more.draw(spoilt(STREAMS[shape])):
        ended = reader.ended
        told = reader.read(payload)
        assert not (ended and told)
        events += told
    events += reader.end(whole=more.draw(st.booleans()))
    assert all(isinstance(event, get_args(Event)) for event in events)
    state = folded(events)
    whole = GrowingText()
    for event in events:
        if isinstance(event, Text):
            whole.append(event.delta)
        if isinstance(event, TextWithdrawn):
            whole = GrowingText()
        if isinstance(event, Unknown):
            assert len(event.payload) <= UNKNOWN_LENGTH
    whole.finish()
    if state.status.final:
        assert str(state.text) == str(whole)
    # What leaves the kernel is JSON that any reader takes, in UTF-8.
    shown = [*map(protocol.source, state.sources), *map(protocol.step, state.steps)]
    shown += [protocol.usage(state.usage), protocol.failure(state.error), state.reason, state.model]
    json.dumps(shown, allow_nan=False, ensure_ascii=False).encode()
    if state.status.final:
        record = json.dumps(to_record("q", state), allow_nan=False, ensure_ascii=False)
        record.encode()
        _, again = from_record(json.loads(record))
        assert (str(again.text), again.status, again.usage) == (
            str(state.text),
            state.status,
            state.usage,
        )
        for document in mime_bundle("q", state).values():
            document.encode()


@examples(100)
@given(
    st.lists(words.filter(lambda word: "<" not in word), max_size=6),
    st.integers(0, 6),
    st.sets(st.integers(0, 2)),
)
def test_text_that_comes_late_comes_once(deltas: list[str], sent: int, later: set[int]) -> None:
    close, item, end = (place in later for place in range(3))
    whole = "".join(deltas).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    place = {"item_id": "m", "output_index": 0, "content_index": 0}
    message = {"type": "message", "id": "m", "content": [{"type": "output_text", "text": whole}]}
    payloads: list[Any] = [
        {"type": "response.output_text.delta", "delta": d, **place} for d in deltas[:sent]
    ]
    late = [
        {"type": "response.output_text.done", "text": whole, **place},
        {"type": "response.output_item.done", "item": message, "output_index": 0},
    ]
    payloads += [payload for payload, wanted in zip(late, (close, item), strict=True) if wanted]
    response = {"status": "completed", "output": [message] if end else []}
    payloads.append({"type": "response.completed", "response": response})
    reader = AgentReader("host")
    state = folded([event for payload in payloads for event in reader.read(payload)])
    complete = close or item or end or sent >= len(deltas)
    given_text = deltas if complete else deltas[:sent]
    expected = "".join(given_text).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    # A half without its other half is U+FFFD in the whole, which then differs from the deltas.
    if "\ufffd" not in whole:
        assert str(state.text) == expected
