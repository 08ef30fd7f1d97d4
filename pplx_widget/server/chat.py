"""Recorded answers as chat completions."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from ..core.events import Event, Source, SourcesFound, Text
from ..core.markers import MARKER, ids_of
from ..recordings.chat_writer import ChatWriter
from ..recordings.format import Exchange, RecordedEvent
from .script import events_of, frame

_LAST = b"data: [DONE]\n\n"
# Code, which has no markers, or a marker that is not the text of a link.
_MARKED = re.compile(rf"(?P<code>```.*?(?:```|\Z)|`[^`\n]+`)|(?P<marker>{MARKER})(?!\()", re.DOTALL)

_Places = dict[int, int]  # a source's id → its place in the list of citations, from 1


def as_chat(
    exchange: Exchange, response_id: str
) -> tuple[list[tuple[float, bytes]], dict[str, Any]]:
    """Return an answer as chat completions: its frames with their times, and the complete response.

    Every chunk lists all citations, as the service did, because many clients read only the first.
    Frames that were recorded in this API format are not changed.

    Parameters
    ----------
    exchange : Exchange
        The recording, in either API format.
    response_id : str
        The id of this answer.
    """
    said = list(events_of(exchange))
    heard = [event for _, event in said]
    # In a recording of this format an id is a place already.
    events = heard if exchange.shape == "chat" else numbered(heard)
    writer = ChatWriter(
        response_id,
        str(exchange.request.get("model") or "local/replayed"),
        created=int(time.time()),
        sources=_sources(events),
    )
    written = [
        RecordedEvent(t, chunk)
        for (t, _), event in zip(said, events, strict=True)
        for chunk in writer.write(event)
    ]
    chosen = exchange.events if exchange.shape == "chat" else written
    frames = [(event.t, _chat_frame(event)) for event in chosen]
    if not any(data.startswith(_LAST[:12]) for _, data in frames):
        frames.append((exchange.duration, _LAST))
    return frames, writer.whole()


def numbered(events: Iterable[Event]) -> list[Event]:
    """Return events whose sources have the ids 1, 2, 3 and so on, and whose text has these numbers.

    In chat completions a marker names a place in a list, which has no empty places. The service's ids
    may have gaps. A marker without a source does not become one of another source: its bracket is
    written as a character reference.
    """
    found = list(events)
    ids = sorted({s.id for e in found if isinstance(e, SourcesFound) for s in e.sources})
    places = {id_: place for place, id_ in enumerate(ids, 1)}
    if not places or all(id_ == place for id_, place in places.items()):
        return found
    texts = iter(_renumbered([e.delta for e in found if isinstance(e, Text)], places))
    return [_renumber(event, places, texts) for event in found]


def _renumber(event: Event, places: _Places, texts: Iterator[str]) -> Event:
    match event:
        case Text():
            return Text(next(texts))
        case SourcesFound(sources=sources):
            return replace(event, sources=tuple(replace(s, id=places[s.id]) for s in sources))
        case _:
            return event


def _renumbered(deltas: list[str], places: _Places) -> list[str]:
    """Return the deltas with other numbers; a marker that is split belongs to its first delta."""
    text = "".join(deltas)
    edits = [
        (found.start(), found.end(), _marker(found["marker"], places))
        for found in _MARKED.finditer(text)
        if found["marker"]
    ]
    written, at, number = [], 0, 0
    for delta in deltas:
        start, end = at, at + len(delta)
        pieces: list[str] = []
        while number < len(edits) and edits[number][0] < end:
            begins, ends, marker = edits[number]
            pieces.append(text[start:begins])
            if begins >= at:
                pieces.append(marker)
            start = max(start, min(ends, end))
            if ends > end:
                break
            number += 1
        written.append("".join([*pieces, text[start:end]]))
        at = end
    return written


def _marker(marker: str, places: _Places) -> str:
    ids = ids_of(marker)
    if ids and all(id_ in places for id_ in ids):
        return "".join(f"[{places[id_]}]" for id_ in ids)
    taken = any(0 < id_ <= len(places) for id_ in ids)
    return f"&#91;{marker[1:]}" if taken else marker


def _sources(events: list[Event]) -> dict[int, Source]:
    sources: dict[int, Source] = {}
    for event in events:
        if isinstance(event, SourcesFound):
            new = {s.id: s for s in reversed(event.sources)}
            sources = sources | new if event.replace else new | sources
    return sources


def _chat_frame(event: RecordedEvent) -> bytes:
    if event.raw is not None:
        return frame(event)
    payload = json.dumps(event.data, ensure_ascii=False, separators=(",", ":"))
    # JSON may contain half of a surrogate pair, which UTF-8 cannot encode.
    return f"data: {payload}\n\n".encode("utf-8", "replace")
