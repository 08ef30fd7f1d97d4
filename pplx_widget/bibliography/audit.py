"""Find citations that deserve a check. The audit compares words and dates; it cannot judge truth."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from ..core.events import Source
from ..core.frames import frame
from ..core.state import AnswerState
from ..core.text import shortened
from ..question.request import Search
from . import dates
from .addresses import same_page
from .overlap import Terms, overlap, terms
from .sentences import Sentence, sentences

if TYPE_CHECKING:
    import pandas as pd

NO_SOURCE: Final = "marker without a source"
NEVER_CITED: Final = "source never cited"
DUPLICATE: Final = "duplicate source"
ODD_DATE: Final = "odd date"
NO_CITATION: Final = "sentence without a citation"
COMPARED: Final = "cited sentence"

_COLUMNS = {
    "kind": str,
    "what": str,
    "where": str,
    "at": "Int64",
    "id": "Int64",
    "words": "Int64",
    "shared_words": "Int64",
    "numbers": "Int64",
    "shared_numbers": "Int64",
}
_SHOWN = 300
_DATE = 40
# A sentence with fewer significant words is not a claim: "That is so."
_CLAIM = 3
_NO_CLAIMS = (":", "?", "？", "؟", "：")
_DAYS = {"hour": 1, "day": 1, "week": 7, "month": 31, "year": 366}
_TIMES = 2  # "much older" is more than twice as old


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding that deserves a check.

    Attributes
    ----------
    kind : str
        "marker without a source", "sentence without a citation", "cited sentence", "odd date",
        "duplicate source" or "source never cited".
    what : str
        A sentence that describes the finding.
    where : str
        The sentence of the answer, or the source's title.
    at : int or None
        The position in the answer's text, in characters.
    id : int or None
        The id of the source.
    words, shared_words, numbers, shared_numbers : int or None
        For a cited sentence: how many different words and numbers it has, and how many of them also
        occur in the title or snippet of the source.
    """

    kind: str
    what: str
    where: str
    at: int | None = None
    id: int | None = None
    words: int | None = None
    shared_words: int | None = None
    numbers: int | None = None
    shared_numbers: int | None = None


def audit(state: AnswerState, search: Search | bool | None = None) -> pd.DataFrame:  # noqa: FBT001
    """Return the findings as a data frame; see `pplx_widget.Answer.audit`."""
    today = state.asked.date() if state.asked else date.today()  # noqa: DTZ011
    return frame(map(asdict, findings(state, search, today)), _COLUMNS)


def findings(
    state: AnswerState,
    search: Search | bool | None,  # noqa: FBT001
    today: date,
) -> list[Finding]:
    """Return the findings for an answer: first those on its sentences, then those on its sources.

    Parameters
    ----------
    state : AnswerState
        The answer, which may be unfinished.
    search : Search, bool or None
        The search options of the question; a source outside their dates is odd.
    today : datetime.date
        The day of the question; later dates are odd.
    """
    return [
        *_of_text(state),
        *(f for source in state.sources if (f := _odd_date(source, search, today))),
        *_duplicates(state.sources),
        *_never_cited(state),
    ]


def _of_text(state: AnswerState) -> Iterator[Finding]:
    """Yield the findings for what a reader sees; a list of fields has no places in the text."""
    listed = state.shown.whole is not state.text.whole
    for finding in _of_sentences(sentences(str(state.shown)), state.sources):
        yield replace(finding, at=None) if listed else finding


def _of_sentences(said: Iterable[Sentence], sources: Iterable[Source]) -> Iterator[Finding]:
    by_id = {source.id: source for source in sources}
    known: dict[int, Terms] = {}
    for sentence in said:
        where = shortened(sentence.text, _SHOWN)
        claim = terms(sentence.text)
        for marker in sentence.markers:
            if marker.id not in by_id:
                what = f"No source has the id {marker.id}; the marker stays text."
                yield Finding(NO_SOURCE, what, where, marker.at, marker.id)
        cited = dict.fromkeys(m.id for m in sentence.markers if m.id in by_id)
        for id_ in cited:
            source = by_id[id_]
            if id_ not in known:
                known[id_] = terms(f"{source.title}\n{source.snippet}")
            yield _compared(sentence, claim, source, known[id_], where)
        if not sentence.markers and is_claim(sentence, claim):
            around = [f"[{id_}]" for id_ in sentence.around if id_ in by_id]
            what = (
                f"This sentence has no citation; its paragraph cites {', '.join(around)}."
                if around
                else "Neither this sentence nor its paragraph has a citation."
            )
            yield Finding(NO_CITATION, what, where, sentence.at)


def is_claim(sentence: Sentence, claim: Terms) -> bool:
    """Return whether a sentence should have a citation; headings, questions and lead-ins need none."""
    return (
        sentence.kind == "prose"
        and not sentence.text.endswith(_NO_CLAIMS)
        and len(claim.words) + len(claim.numbers) >= _CLAIM
    )


def _compared(sentence: Sentence, claim: Terms, source: Source, said: Terms, where: str) -> Finding:
    if not source.snippet.strip():
        what = "The service gave no snippet to compare with."
        return Finding(COMPARED, what, where, sentence.at, source.id)
    common = overlap(claim, said)
    what = f"{common.shared_words} of {common.words} words"
    if common.numbers:
        what += f" and {common.shared_numbers} of {common.numbers} numbers"
    what += " are in the source's title or snippet"
    what += f"; not there: {', '.join(common.missing)}." if common.missing else "."
    return Finding(
        COMPARED,
        what,
        where,
        sentence.at,
        source.id,
        common.words,
        common.shared_words,
        common.numbers,
        common.shared_numbers,
    )


def _odd_date(source: Source, search: Search | bool | None, today: date) -> Finding | None:  # noqa: FBT001
    if not source.date:
        return None
    odd = dates.oddity(source.date, today) or (
        _beyond(source, search, today) if isinstance(search, Search) else None
    )
    if odd is None:
        return None
    return Finding(
        ODD_DATE, f"{shortened(source.date, _DATE)!r} {odd}.", _named(source), id=source.id
    )


def _beyond(source: Source, search: Search, today: date) -> str | None:
    """Return how a source's date violates the search options; None if it does not."""
    day, updated = dates.whole(source.date), dates.whole(source.last_updated)
    if day is None:
        return None
    newest = max(day, updated or day)
    if search.recency and newest < today - _TIMES * timedelta(days=_DAYS[search.recency]):
        return f"is much older than the {search.recency} that was searched"
    if search.after and day < search.after:
        return f"is before {search.after}, the start of the period that was searched"
    if search.before and day > search.before:
        return f"is after {search.before}, the end of the period that was searched"
    return None


def _duplicates(sources: Iterable[Source]) -> Iterator[Finding]:
    first: dict[str, Source] = {}
    for source in sources:
        if not source.url.strip():  # figures of a company, say, have none
            continue
        before = first.setdefault(same_page(source.url), source)
        if before is not source:
            what = f"The same page as source {before.id}: {source.url}"
            yield Finding(DUPLICATE, what, _named(source), id=source.id)


def _never_cited(state: AnswerState) -> Iterator[Finding]:
    cited = {citation.id for citation in state.citations}
    for source in state.sources:
        if source.id not in cited:
            what = "Found, but not cited in the text."
            yield Finding(NEVER_CITED, what, _named(source), id=source.id)


def _named(source: Source) -> str:
    return shortened(source.title or source.url, _SHOWN)
