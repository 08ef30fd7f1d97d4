"""Compare each sentence of an answer with the snippets that it cites."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ...core.events import Source
from ...core.state import AnswerState
from ...core.words import say
from ..audit import is_claim
from ..overlap import terms
from ..sentences import Sentence, sentences
from .finding import Finding
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
        return Check()  # its fields have evidence of their own
    by_id = {source.id: source for source in state.sources}
    number = {citation.id: citation.number for citation in state.citations}
    usual = language(text)
    findings, uncited = [], 0
    for sentence in sentences(text):
        ids = dict.fromkeys(marker.id for marker in sentence.markers if marker.id in by_id)
        if ids and sentence.text:
            cited = Cited(tuple(by_id[id_] for id_ in ids), number)
            findings.append(finding(sentence, cited, read or {}, usual))
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
    )


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
