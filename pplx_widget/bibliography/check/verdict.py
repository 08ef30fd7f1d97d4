"""Reach a verdict on one claim from the passages that it cites."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ...core.finding import Verdict
from . import added, amounts, cause, polarity, roles, strength
from .align import Ground, weight
from .compare import likeness
from .doubts import Doubt
from .lexicon import language, unspaced
from .texts import Piece, capitals, piece

_FOUND: Final = 0.75  # of the claim's words and figures
_FOUND_PAIRS: Final = 0.65  # of its pairs of characters
_TOGETHER: Final = 0.65
_ALIKE: Final = frozenset({"same", "loose"})
_SHORTEST: Final = 20  # characters of a snippet that can be compared
_RANK: Final = {"differs": 0, "not found": 1, "unclear": 2}
_DOUBT: Final = {"differs": 0.8, "not found": 0.6, "unclear": 0.4, "unread": 0.3, "found": 0.0}


@dataclass(frozen=True, slots=True)
class Compared:
    """The result of a comparison.

    Attributes
    ----------
    verdict : Verdict
        What it says.
    why : str
        The id of the words that explain it.
    claim, said : str
        The parts that differ; empty if there are none.
    piece : Piece or None
        The passage that fits best.
    doubt : float
        From 0 to 1.
    """

    verdict: Verdict
    why: str
    claim: str = ""
    said: str = ""
    piece: Piece | None = None
    doubt: float = 0.5


def compare(claim: str, pieces: Sequence[Piece], code: str | None = None) -> Compared:
    """Compare a claim with passages.

    Parameters
    ----------
    claim : str
        A sentence without Markdown and markers.
    pieces : sequence of Piece
        The passages of the sources that it cites; see `texts.passages`.
    code : str, optional
        The language of the claim; guessed from the sentence if not given.
    """
    said = [each for each in pieces if not each.title]
    if sum(len(each.text) for each in said) < _SHORTEST:
        return Compared("unread", "check.unread", doubt=_DOUBT["unread"])
    theirs = _language(said)
    own = code or language(claim, theirs)
    if any(each.code == own for each in said):
        theirs = own
    elif not _foreign(claim, own, theirs):
        own = theirs
    names = frozenset(word.text for each in pieces for word in each.words if word.name)
    ground = Ground(piece(claim, own, capitals=names | capitals(claim)), pieces)
    if own != theirs:
        return _across(ground)
    doubts = [
        doubt
        for part in (amounts, polarity, roles, strength, cause, added)
        for doubt in part.check(ground)
    ]
    return _verdict(ground, doubts)


def _language(said: Sequence[Piece]) -> str:
    return max(said, key=lambda each: len(each.text)).code


def _foreign(claim: str, own: str, theirs: str) -> bool:
    """Return whether a short claim is really in another language than its source."""
    from .lexicon import lexicon, words_of  # noqa: PLC0415 (used here only)

    words = [match[0].lower() for match in words_of(claim)]
    count = {
        code: sum(w in lexicon(code).words("function") for w in words) for code in (own, theirs)
    }
    return count[own] > count[theirs] + 1 or own in {"zh", "ja"} or theirs in {"zh", "ja"}


def _across(ground: Ground) -> Compared:
    """Compare only the figures of a claim with passages in another language."""
    missing = [d for d in amounts.check(ground) if d.verdict in {"not found", "differs"}]
    if missing:
        first = missing[0]
        return Compared("not found", "check.no_figure", first.claim, "", ground.best, 0.5)
    return Compared("unclear", "check.language", piece=ground.best, doubt=_DOUBT["unclear"])


def _cover(ground: Ground) -> float:
    """Return the share of words and figures of the claim that the passages contain."""
    pieces = [*ground.support, *(piece for piece in ground.pieces if piece.title)]
    total = sum(map(weight, ground.claim.content))
    figures = len(ground.claim.figures)
    if not total + figures:
        return 0.0
    return (ground.covered(pieces) * total + figures) / (total + figures)


def _is_together(ground: Ground) -> bool:
    """Return whether one passage has most of a short claim: scattered words prove little."""
    if len(ground.claim.clauses) > 1:
        return True
    claim = ground.claim
    titles = [each for each in ground.pieces if each.title]
    names = sum(map(weight, claim.content)) + len(claim.figures)
    most = 0.0
    for passage in ground.support:
        near = [passage, *titles, *filter(None, [passage.before])]
        words = ground.covered(near) * sum(map(weight, claim.content))
        figures = sum(any(likeness(f, g) in _ALIKE for g in passage.figures) for f in claim.figures)
        most = max(most, words + figures)
    return most >= _TOGETHER * names


def _verdict(ground: Ground, doubts: list[Doubt]) -> Compared:
    cover = _cover(ground)
    if doubts:
        worst = min(doubts, key=lambda d: (_RANK[d.verdict], -d.sure))
        strength_ = _DOUBT[worst.verdict] + 0.2 * worst.sure
        return Compared(
            worst.verdict, worst.why, worst.claim, worst.said, worst.piece or ground.best, strength_
        )
    if ground.best is not None and not _is_together(ground):
        return Compared("unclear", "check.scattered", piece=ground.best, doubt=0.45)
    if ground.best is not None and cover >= (
        _FOUND_PAIRS if unspaced(ground.claim.code) else _FOUND
    ):
        return Compared(
            "found", "check.found", piece=ground.best, doubt=round(0.3 * (1 - cover), 3)
        )
    return Compared("unclear", "check.unclear", piece=ground.best, doubt=0.5 - 0.2 * cover)
