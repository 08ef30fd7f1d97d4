"""A saved notebook as a recording: its answers with their times, from the records in its outputs."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import TypeVar

from ..core.events import (
    Event,
    Finished,
    Image,
    ImagesFound,
    Opened,
    Source,
    SourcesFound,
    Text,
    UsageReported,
)
from ..core.state import AnswerState, Status
from ..core.state import events_of as of_step
from ..document.record import error_to_record, from_record
from ..document.saved import find
from ..providers.agent_events import CANCELLED
from .agent_writer import AgentWriter
from .format import Exchange, Note, RecordedEvent

T = TypeVar("T")

_PIECE = re.compile(r"\s*\S+|\s+")

# Pieces a second, if a file does not say how long the text took.
_PIECES_A_SECOND = 60.0

# Limits, since the file may come from anyone: pieces of a text, and repeated sources.
_MOST_PIECES = 20_000
_MOST_AGAIN = 10_000


def exchanges(path: Path) -> list[Exchange]:
    """Return the answers of a notebook as recorded exchanges, in its order.

    Raises
    ------
    PplxError
        It is not a notebook, or an answer in it cannot be read.
    """
    records = (record for saved in find(path) for record in saved.answers)
    return [_exchange(number, *from_record(record)) for number, record in enumerate(records)]


def _exchange(number: int, question: str, state: AnswerState) -> Exchange:
    writer = AgentWriter(state.model or "")
    finished = state.timing.finished or 0.0
    events: list[RecordedEvent] = []
    notes: list[Note] = []
    for t, event in events_of(state):
        events += [RecordedEvent(round(t, 6), payload) for payload in writer.write(event)]
    for step in state.steps:
        if step.kind == "retry":
            name, what = step.items
            why = {"kind": name.lower().replace(" ", "-"), "what": what}
            notes.append(Note(step.at, "retrying", why, step.seconds or 0.0))
    notes += [Note(0.0, "noted", {}, text=text) for text in state.notes]
    end = max([finished, *(e.t for e in events)])
    if state.error is not None:
        notes.append(Note(end, "failed", error_to_record(state.error)))
    elif state.status is Status.STOPPED and state.reason != CANCELLED:
        notes.append(Note(end, "stopped", {}, text=state.reason or ""))
    return Exchange(
        id=f"answer-{number + 1}",
        shape="agent",
        scripted=False,
        recorded=state.asked.isoformat() if state.asked else "",
        also=(),
        request={"input": question},
        events=tuple(events),
        notes=tuple(notes),
    )


def events_of(state: AnswerState) -> Iterator[tuple[float, Event]]:
    """Yield the events of a final state, each with its time in seconds."""
    timing = state.timing
    finished = timing.finished or 0.0
    first = timing.first_token if timing.first_token is not None else finished
    began = timing.first_event if timing.first_event is not None else min(first, finished)
    if timing.first_event is not None:
        yield began, Opened()
    yield from _steps(state, began, first)
    said = pieces(str(state.text))
    last = timing.last_token if timing.last_token is not None else finished
    if last <= first and len(said) > 1:
        last = first + len(said) / _PIECES_A_SECOND
    for place, piece in enumerate(said):
        yield first + (last - first) * place / max(1, len(said) - 1), Text(piece)
    end = max(finished, last)
    if state.usage is not None:
        yield end, UsageReported(state.usage)
    match state.status:
        case Status.COMPLETE:
            yield end, Finished("complete", None, state.model)
        case Status.INCOMPLETE:
            yield end, Finished("incomplete", state.reason, state.model)
        case Status.STOPPED if state.reason == CANCELLED:
            yield end, Finished("stopped", state.reason, state.model)


def pieces(text: str) -> list[str]:
    """Return a text in pieces of a word each, as a stream brings it; of more words if it is long."""
    words = _PIECE.findall(text)
    together = math.ceil(len(words) / _MOST_PIECES)
    if together <= 1:
        return words
    return ["".join(words[at : at + together]) for at in range(0, len(words), together)]


def _steps(state: AnswerState, began: float, first: float) -> Iterator[tuple[float, Event]]:
    """Give each step its sources and images, and the others before the text."""
    left = dict.fromkeys(state.sources)
    images = dict.fromkeys(state.images)
    given: list[Source] = []
    shown: list[Image] = []
    spare = _MOST_AGAIN
    steps = [step for step in state.steps if step.kind != "retry"]
    for step, after in zip(steps, [*(s.at for s in steps), first][1:], strict=True):
        at = step.at
        sources: tuple[Source, ...] = ()
        pictures: tuple[Image, ...] = ()
        if step.kind == "search" and step.found is not None:
            found = _taken(left, (s for s in left if s.query == " · ".join(step.items)), given)
            sources = (*found, *_again(given, min(step.found - len(found), spare)))
            spare -= len(sources) - len(found)
        elif step.kind == "read":
            sources = _taken(left, (s for s in left if not s.query and s.url in step.items), given)
        elif step.kind == "images" and step.found is not None:
            new = _taken(images, islice(images, step.found), shown)
            pictures = (*new, *_again(shown, min(step.found - len(new), spare)))
            spare -= len(pictures) - len(new)
        for event in of_step(step, sources, pictures):
            yield at, event
            at = max(at, after)
    if left:
        yield max(began, first), SourcesFound(tuple(left))
    if images:
        yield max(began, first), ImagesFound(tuple(images))


def _taken(left: dict[T, None], found: Iterable[T], given: list[T]) -> tuple[T, ...]:
    """Move the finds of a step from those that are left to those that were given."""
    taken = tuple(found)
    for each in taken:
        left.pop(each)
    given += taken
    return taken


def _again(given: list[T], missing: int) -> Iterator[T]:
    """Repeat earlier finds: a step says how many there were, and some may have come before."""
    return (given[i % len(given)] for i in range(missing if given else 0))
