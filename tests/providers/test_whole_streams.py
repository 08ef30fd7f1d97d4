"""Whole streams in the shapes of each service, through every provider that can meet them."""

from __future__ import annotations

import json
import pathlib
from collections.abc import Iterator
from typing import Any

import pytest

from pplx_widget.core.events import Fetching, Finished, SourcesFound, Text, UsageReported
from pplx_widget.core.state import AnswerState

from ..support import whole_streams
from ..support.asker import PAIRS, Asker
from ..support.whole_streams import WholeStream
from ..support.wire_server import WireServer

EVERY = pytest.mark.parametrize(
    ("shape", "name"),
    [("agent", name) for name in whole_streams.AGENT]
    + [("chat", name) for name in whole_streams.CHAT],
)


@pytest.fixture(scope="module")
def asker() -> Iterator[Asker]:
    with WireServer() as server:
        asker = Asker(server)
        yield asker
        asker.close()


def written(shape: str, name: str) -> WholeStream:
    return (whole_streams.AGENT if shape == "agent" else whole_streams.CHAT)[name]()


@EVERY
def test_what_is_read_in_it(asker: Asker, shape: str, name: str) -> None:
    exchange = written(shape, name)
    sent = exchange.sent
    for provider in PAIRS[shape]:
        for size in (len(sent), 11):
            asker.server.respond([sent[at : at + size] for at in range(0, len(sent), size)])
            events = ask(asker, provider, shape)
            state = AnswerState()
            for at, event in enumerate(events):
                if not isinstance(event, tuple):  # an error, in a form that can be compared
                    state.apply(event, at)
            assert str(state.text) == exchange.text
            last = events[-1]
            ended = last.status if isinstance(last, Finished) else "failed"
            assert ended == exchange.status
            assert tuple(source.id for source in state.sources) == exchange.sources
            assert tuple(citation.id for citation in state.citations) == exchange.cited
            for kind, said in (
                ("search", exchange.searched),
                ("read", exchange.read),
                ("thought", exchange.thoughts),
            ):
                steps = [step for step in state.steps if step.kind == kind]
                assert tuple(item for step in steps for item in step.items) == said
            assert (state.usage.cost if state.usage else None) == exchange.cost


@EVERY
def test_every_provider_tells_the_same(asker: Asker, shape: str, name: str) -> None:
    asker.server.respond(written(shape, name).sent)
    ours, theirs = (ask(asker, provider, shape) for provider in PAIRS[shape])
    assert ours == theirs


def ask(asker: Asker, provider: Any, shape: str) -> list[Any]:
    return asker.ask(provider, model="sonar" if shape == "chat" else None)


def test_the_sources_come_before_the_text(asker: Asker) -> None:
    asker.server.respond(whole_streams.search().sent)
    events = asker.ask("agent")
    kinds = [type(event) for event in events]
    assert kinds.index(SourcesFound) < kinds.index(Text)
    found = [each for event in events if isinstance(event, SourcesFound) for each in event.sources]
    seven = next(source for source in found if source.id == 7)
    assert (seven.site, seven.date) == ("bees.example.org", "2006-11-28")
    usage = next(event.usage for event in events if isinstance(event, UsageReported))
    assert (usage.total_tokens, usage.cost) == (100, 0.0021)
    (tool,) = usage.tools
    assert (tool.name, tool.calls, tool.cost) == ("search_web", 1, 0.002)
    assert events[-1] == Finished("complete", None, "maker/model-1")


def test_a_page_that_stands_in_the_last_event_alone(asker: Asker) -> None:
    asker.server.respond(whole_streams.whole().sent)
    events = asker.ask("agent")
    assert Fetching(("https://style.example.org/lines",)) in events


# ---- beside the recordings ---------------------------------------------------------------------


def keys(payloads: list[Any]) -> dict[str, set[str]]:
    """Return the names of the fields by the type of the event."""
    found: dict[str, set[str]] = {}
    for payload in payloads:
        found.setdefault(payload.get("type", payload.get("object")), set()).update(payload)
    return found


def test_the_written_search_has_the_shape_of_the_recorded_one(wire: pathlib.Path) -> None:
    lines = (wire / "agent" / "web-search.sse").read_text("utf-8").splitlines()
    recorded = keys([json.loads(line[6:]) for line in lines if line.startswith("data: ")])
    assert keys(whole_streams.search().payloads) == recorded


def test_the_written_chats_have_the_shape_of_the_recorded_ones(wire: pathlib.Path) -> None:
    for name, exchange in (
        ("perplexity-citations.chunks.txt", whole_streams.sonar()),
        ("docs_concise_mode_examples.jsonl", whole_streams.concise()),
    ):
        lines = (wire / "chat" / name).read_text("utf-8").splitlines()
        recorded = keys([json.loads(line) for line in lines if line])
        assert keys(exchange.payloads).keys() == recorded.keys()
        assert recorded["chat.completion.chunk" if "citations" in name else "message"] <= set.union(
            *keys(exchange.payloads).values()
        )
