"""The messages on the comm, as sent by the kernel; the counterpart of ``js/src/protocol.ts``.

Tests compare both with ``tests/golden/channel.json``.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any, NotRequired, TypedDict

from ..core import words
from ..core.assets import asset, page_words
from ..core.citations import Citation
from ..core.errors import PplxError
from ..core.events import Image, Source, Usage
from ..core.state import AnswerState, Place, Step, Timing
from ..core.words import translated
from ..document import wording
from ..question.context.summary import Summary

if TYPE_CHECKING:
    from ..core.finding import Finding
    from ..document.findings import Findings

Json = dict[str, Any]


class Patch(TypedDict):
    """All changes since the last patch, in one message. Absent fields have not changed.

    ``at`` is the position of ``text``: the length of the preceding text in UTF-16 code units. A field
    ``id`` is not allowed: ipykernel 7.4 would remember the message as a request that awaits a reply.
    """

    type: str
    seq: int
    at: int
    elapsed: float
    text: NotRequired[str]
    sources: NotRequired[list[Json]]
    citations: NotRequired[list[Json]]
    images: NotRequired[list[Json]]
    steps: NotRequired[Json]
    status: NotRequired[str]
    reason: NotRequired[str | None]
    place: NotRequired[Json | None]
    usage: NotRequired[Json | None]
    timing: NotRequired[Json]
    error: NotRequired[Json | None]
    notes: NotRequired[list[str]]
    evidence: NotRequired[Json | None]
    checked: NotRequired[Json | None]
    model: NotRequired[str | None]
    asked: NotRequired[str | None]
    kept: NotRequired[str | None]


class Chunk(TypedDict):
    """A chunk of the page's code, sent when the page first needs it."""

    type: str
    name: str
    code: str


def chunk(name: str) -> Chunk | None:
    """Return a chunk for the page, an ES module; no words if the page has them."""
    if name == "words":
        return page_language()
    return {"type": "chunk", "name": name, "code": asset(f"{name}.js")}


def page_language() -> Chunk | None:
    """Return the words of the page's language as a part; None if another one was chosen."""
    language = words.language()
    if words.chosen() or language == words.ENGLISH:
        return None
    code = f"export default {json.dumps(page_words(language), ensure_ascii=False)};"
    return {"type": "chunk", "name": "words", "code": code}


def source(value: Source) -> Json:
    """Return a source for the page."""
    return {
        "id": value.id,
        "title": value.title,
        "url": value.url,
        "site": value.site,
        "date": value.date,
        "last_updated": value.last_updated,
        "snippet": value.snippet,
        "query": value.query,
    }


def image(value: Image) -> Json:
    """Return an image for the page."""
    return {
        "url": value.url,
        "origin": value.origin,
        "title": value.title,
        "width": value.width,
        "height": value.height,
    }


def context(value: Summary | None) -> Json | None:
    """Return the context sent with the question, for the page."""
    return None if value is None else {"label": value.label, "text": value.text}


def citation(value: Citation) -> Json:
    """Return a citation for the page, which finds the source by its id."""
    return {"number": value.number, "id": value.id, "count": value.count}


def quotes(state: AnswerState) -> Json | None:
    """Return the quotes of a structured answer for the page: in words; None if there are none."""
    if not state.fields:
        return None
    from ..document.quotes import Quotes  # noqa: PLC0415 (few answers have them)

    found = Quotes.of(state)
    if not found.rows:
        return None
    rows = [
        {
            "name": row.name,
            "quote": row.quote,
            "url": row.source.url if row.source else "",
            "source": row.about,
            "warning": row.warning,
            "missing": row.missing,
        }
        for row in found.rows
    ]
    return {"heading": found.heading, "open": found.missing, "rows": rows}


def checked(state: AnswerState) -> Json | None:
    """Return the findings of a check for the page: in words; None if there was none."""
    if state.checked is None:
        return None
    from ..document import findings  # noqa: PLC0415 (few answers have them)

    found = findings.Findings.of(state.checked, state.sources)
    marks = [
        {"chip": chip, "sign": findings.SIGNS[each.verdict], "verdict": each.verdict}
        | {"words": findings.spoken(each), "row": _place(found, each)}
        for chip, placed in sorted(findings.marks(state.checked).items())
        for each in placed
    ]
    rows = [
        {
            "verdict": row.finding.verdict,
            "label": f"{findings.SIGNS[row.finding.verdict]} {row.label}",
            "sentence": [*row.sentence],
            "why": row.finding.why,
            "quote": [*row.quote],
            "url": row.source.url if row.source else "",
            "source": row.about,
        }
        for row in found.rows
    ]
    told = {"heading": found.heading, "remark": found.remark, "open": found.open}
    return {**told, "rows": rows, "marks": marks}


def _place(found: Findings, finding: Finding) -> int:
    """Return the place of a finding in the list; -1 if it is not there."""
    places = (n for n, row in enumerate(found.rows) if row.finding is finding)
    return next(places, -1)


def step(value: Step) -> Json:
    """Return a step for the page, with the same field names as in a record."""
    told = {
        "kind": value.kind,
        "at": seconds(value.at),
        "items": _items(value),
        "found": value.found,
    }
    return told if value.seconds is None else told | {"seconds": seconds(value.seconds)}


def _items(step: Step) -> list[str]:
    if step.kind != "retry":
        return [*step.items]
    # A state keeps the kind of the error in English.
    kind, *others = step.items
    return [translated(kind, "kind"), *others]


def reason(value: str | None) -> str | None:
    """Return the reason of an end as the page gets it: in the language that is spoken."""
    return value and translated(value, "reason")


def place(value: Place | None) -> Json | None:
    """Return the place of a question that waits for its turn, for the page: in words."""
    if value is None:
        return None
    return {
        "words": wording.waiting(value.number),
        "at": seconds(value.at),
        "seconds": seconds(value.seconds),
    }


def usage(value: Usage | None) -> Json | None:
    """Return the usage for the page."""
    if value is None:
        return None
    return {
        "input_tokens": value.input_tokens,
        "output_tokens": value.output_tokens,
        "total_tokens": value.total_tokens,
        "cost": value.cost,
        "currency": value.currency,
    }


def timing(value: Timing) -> Json:
    """Return the times of an answer for the page."""
    return {
        "first_event": seconds(value.first_event),
        "first_token": seconds(value.first_token),
        "finished": seconds(value.finished),
        "tokens_per_second": seconds(value.tokens_per_second),
    }


def moment(value: datetime | None) -> str | None:
    """Return a time for the page, which shows its date as written here."""
    return None if value is None else value.isoformat(timespec="seconds")


def failure(value: PplxError | None) -> Json | None:
    """Return an error for the page."""
    if value is None:
        return None
    return {
        "kind": value.kind,
        "lines": value.lines,
        "request_id": value.request_id,
        "retry": value.retry,
    }


def seconds(value: float | None) -> float | None:
    """Return a number rounded to three decimals; more would be noise that costs bytes."""
    return None if value is None else round(value, 3)
