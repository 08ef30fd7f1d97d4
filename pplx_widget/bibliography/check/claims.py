"""Compare each sentence of an answer with the snippets that it cites."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from ...core.events import Source
from ...core.finding import Finding
from ...core.state import AnswerState
from ...core.words import say
from ..audit import is_claim
from ..overlap import terms
from ..sentences import Sentence, sentences
from .findings import Check
from .lexicon import language
from .texts import Piece, passages
from .verdict import Compared, compare

_SHORT = 20  # characters of a snippet that can be compared
_SHOWN = 120  # characters of a part that differs
_LEAST = 0.02  # no comparison of texts leaves none


@dataclass(frozen=True, slots=True)
class Cited:
    """What a sentence cites.

    Attributes
    ----------
    sources : tuple of Source
        The sources that exist, in the order of their markers.
    number : dict of int to int
        The id of each source → the number of its citation.
    """

    sources: tuple[Source, ...]
    number: dict[int, int]


def checked(state: AnswerState, read: Mapping[int, str] | None = None) -> Check:
    """Compare the sentences of an answer with what they cite; free and offline.

    Parameters
    ----------
    state : AnswerState
        The answer, which may be unfinished.
    read : mapping of int to str, optional
        The ids of sources → the texts of their pages, which are read beside the snippets.
    """
    text = str(state.text)
    if state.structured:
        return _fields(state)
    by_id = {source.id: source for source in state.sources}
    number = {citation.id: citation.number for citation in state.citations}
    usual = language(text)
    findings, uncited, chips = [], 0, 0
    for sentence in sentences(text):
        own = _chips(sentence, by_id)
        chips += own
        ids = dict.fromkeys(marker.id for marker in sentence.markers if marker.id in by_id)
        if ids and sentence.text:
            cited = Cited(tuple(by_id[id_] for id_ in ids), number)
            found = finding(sentence, cited, read or {}, usual)
            findings.append(replace(found, _chip=chips - 1 if own else -1))
        elif not sentence.markers and is_claim(sentence, terms(sentence.text)):
            uncited += 1
    return Check(findings, uncited)


def finding(sentence: Sentence, cited: Cited, read: Mapping[int, str], usual: str = "") -> Finding:
    """Compare a sentence with what it cites; ``usual`` is the language of the answer."""
    pieces: list[Piece] = []
    unread = 0
    for source in cited.sources:
        text = "\n\n".join(filter(None, (source.snippet, read.get(source.id, ""))))
        unread += len(text.strip()) < _SHORT
        pieces += passages(source.id, source.title, text)
    found = compare(sentence.text, pieces, language(sentence.text, usual) if usual else None)
    if found.verdict == "not found" and unread:
        # The part may be in the source that has no snippet.
        found = Compared("unread", "check.part_unread", piece=found.piece, doubt=found.doubt / 2)
    id_ = found.piece.source if found.piece else cited.sources[0].id
    return Finding(
        sentence.text,
        found.verdict,
        cited.number.get(id_),
        id_,
        found.piece.text if found.piece and not found.piece.title else "",
        say(found.why, claim=_short(found.claim), said=_short(found.said)),
        round(min(1.0, max(_LEAST, found.doubt)), 2),
        _span=(sentence.at, sentence.markers[-1].at if sentence.markers else sentence.at),
        _ids=tuple(source.id for source in cited.sources),
        _parts=(found.claim, found.said),
    )


def _chips(sentence: Sentence, known: Mapping[int, Source]) -> int:
    """Return the number of citations that a sentence shows; a marker with an unknown id is text."""
    by_place: dict[int, list[bool]] = {}
    for marker in sentence.markers:
        by_place.setdefault(marker.at, []).append(marker.id in known)
    return sum(len(ids) for ids in by_place.values() if all(ids))


def _fields(state: AnswerState) -> Check:
    """Compare the values of a structured answer that are text with the quotes for them."""
    sources = {source.id: source for source in state.sources}
    number = {citation.id: citation.number for citation in state.citations}
    findings = []
    for each in state.fields:
        source = sources.get(-1 if each.id is None else each.id)
        if not isinstance(each.value, str) or not each.quote or source is None:
            continue
        passage = each.quote if len(each.quote) >= _SHORT else source.snippet
        quoted = replace(source, snippet=passage, title="")
        claim = Sentence(each.value, 0, (), "prose", ())
        found = finding(claim, Cited((quoted,), number), {})
        if each.quoted is False:
            found = replace(found, verdict="not found", why=say("evidence.missing"), doubt=0.7)
        findings.append(replace(found, sentence=f"{each.path}: {each.value}"))
    return Check(findings)


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
