"""The questions of a lesson as recorded exchanges, with times as if they had been streamed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from typing import Final

from ..core.events import (
    Event,
    Fetching,
    Finished,
    Opened,
    PagesFetched,
    Searching,
    Source,
    SourcesFound,
    Text,
    Thought,
)
from .agent_writer import AgentWriter
from .format import Exchange, RecordedEvent
from .from_notebook import pieces
from .lesson import Part

MODEL: Final = "local/lesson"

# Seconds, about those of the service.
_OPENED: Final = 0.3
_SEARCH: Final = 1.2
_READ: Final = 0.8
_THOUGHT: Final = 0.6
_BEFORE_TEXT: Final = 0.4


def exchanges(parts: list[Part]) -> list[Exchange]:
    """Return an exchange for each question of a lesson."""
    names = _names(parts)
    return [_exchange(name, part) for name, part in zip(names, parts, strict=True)]


def _names(parts: list[Part]) -> Iterator[str]:
    """Yield a name for each question, from its words."""
    taken: set[str] = set()
    for part in parts:
        words = re.findall(r"\w+", part.question.casefold())
        name = "-".join(words)[:60].strip("-") or "question"
        numbered = (f"{name}-{n}" for n in count(2))
        while name in taken:
            name = next(numbered)
        taken.add(name)
        yield name


def _exchange(name: str, part: Part) -> Exchange:
    writer = AgentWriter(MODEL)
    events = [
        RecordedEvent(round(at, 3), payload)
        for at, event in _events(part)
        for payload in writer.write(event)
    ]
    return Exchange(
        id=name,
        shape="agent",
        scripted=True,
        recorded="",
        also=tuple(part.also),
        request={"input": part.question},
        events=tuple(events),
    )


def _events(part: Part) -> Iterator[tuple[float, Event]]:
    at = _OPENED
    yield at, Opened(model=MODEL)
    for event, seconds in _steps(part):
        yield at, event
        at += seconds
    at += _BEFORE_TEXT
    for piece in pieces(part.text):
        yield at, Text(piece)
        at += 1 / part.pace
    yield at, Finished("complete", None, MODEL)


def _steps(part: Part) -> Iterator[tuple[Event, float]]:
    """Yield the steps, each with the seconds that it takes; the sources come with the searches."""
    steps = list(part.steps)
    pages = {source.url: source for source in part.sources.values()}
    read = {url for kind, url in steps if kind == "read" and url in pages}
    found = [source for source in part.sources.values() if source.url not in read]
    searches = sum(kind == "search" for kind, _ in steps)
    if found and not searches:
        steps.insert(0, ("search", part.question))
        searches = 1
    size = -(-len(found) // max(searches, 1))
    for kind, text in steps:
        match kind:
            case "search":
                some, found = found[:size], found[size:]
                yield Searching((text,)), _SEARCH
                yield SourcesFound(_found_by(some, text), (text,)), 0.0
            case "read":
                yield Fetching((text,)), _READ
                yield PagesFetched((text,), (pages[text],) if text in pages else ()), 0.0
            case _:
                yield Thought(text), _THOUGHT


def _found_by(sources: list[Source], query: str) -> tuple[Source, ...]:
    return tuple(replace(source, query=query) for source in sources)
