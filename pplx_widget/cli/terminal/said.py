"""Progress, sources and last line of an answer, safe to print in a terminal."""

from __future__ import annotations

from dataclasses import dataclass

from ...core import visible
from ...core.citations import Citation
from ...core.events import (
    Event,
    Fetching,
    ImagesFound,
    Retrying,
    Searching,
    SearchingImages,
    SourcesFound,
    Waiting,
)
from ...core.state import AnswerState, Status
from ...core.words import count, decimal, say
from ...document import model, wording
from ...document.images import Images
from ...markdown import urls

_LONGEST = 2000  # characters of a title or an address
_WORTH_A_WORD = 2  # seconds; a shorter wait is over before it is read


def printable(text: str) -> str:
    """Return text from the service with control characters replaced by visible signs."""
    # A lone carriage return is not a line end: a terminal would overwrite the line.
    return visible.printable(text.replace("\r\n", "\n").replace("\r", "\u240d"))


def progress(event: Event) -> str:
    """Return a line about the progress, or ``""`` if an event has none to report."""
    match event:
        case Retrying(error=error, seconds=seconds):
            return printable(visible.one_line(_retrying(error.what, seconds)))
        case Waiting(place=place, seconds=seconds):
            return _waiting(place, seconds)
        case Searching(queries=queries) | SearchingImages(queries=queries):
            asked = wording.shortened("; ".join(queries), 200)
            return printable(say("phase.searching", what=asked))
        case SourcesFound(sources=sources):
            return count(len(sources), "speech.found")
        case ImagesFound(images=images):
            return count(len(images), "count.image")
        case Fetching(urls=pages):
            return say("phase.reading", what=count(len(pages), "count.page"))
        case _:
            return ""


def _waiting(place: int, seconds: float | None) -> str:
    if place < 1:
        return ""
    about = "" if seconds is None or seconds < _WORTH_A_WORD else f"{seconds:.0f}"
    line = wording.waiting(place)
    return f"{line}, {say('phase.turn.about', n=about)}" if about else line


def _retrying(what: str, seconds: float) -> str:
    return say("terminal.retrying", what=what, n=f"{seconds:.0f}")


@dataclass(frozen=True)
class Row:
    """A cited source, ready to print; ``number`` is its marker in the printed text, such as ``[2]``."""

    number: str
    title: str
    address: str
    site: str
    date: str


def number(id_: int, state: AnswerState) -> int | None:
    """Return the notebook's number of a cited source; None if the text does not cite it so far."""
    return next((c.number for c in state.citations if c.id == id_), None)


def sources(state: AnswerState) -> list[Row]:
    """Return the cited sources, ordered by their numbers in the text."""
    return [_row(citation) for citation in state.citations]


def _row(citation: Citation) -> Row:
    source = citation.source
    address = urls.safe_url(source.url)
    fields = (
        model.title(source),
        address.href if address else "",
        model.site(source),
        source.date or "",
    )
    shown = (printable(wording.shortened(field, _LONGEST)) for field in fields)
    return Row(f"[{citation.number}]", *shown)


def images(state: AnswerState) -> list[str]:
    """Return a heading and a line for each image; none without images."""
    return [printable(line) for line in Images.of(state.images).lines]


def last_line(state: AnswerState) -> str:
    """Return the last line: the outcome if the answer is not complete, the cost and the time."""
    took = state.timing.finished
    if state.status.final:
        line = wording.last_line(state, dated=False)
    else:
        line = wording.phase(Status.STREAMING)
    parts_ = [visible.one_line(line), decimal(f"{took:.1f}") + " s" if took is not None else ""]
    return printable(" · ".join(filter(None, parts_)))
