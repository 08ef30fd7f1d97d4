"""Check whether a claim has a part that its passages lack."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal

from .align import Ground
from .compare import likeness
from .doubts import Doubt
from .lexicon import unspaced
from .texts import Word

_REST: Final = 0.6  # of the other words must be there, or the whole is a paraphrase
_ALMOST_ALL: Final = 0.85
_LACKING: Final = 0.34
_FEWEST: Final = 2
_INSERTED: Final = 3
_FEWEST_PAIRS: Final = 6
_ANCHORS: Final = 3
_RUN: Final = 4  # words in a row without a border between clauses


def check(ground: Ground) -> Iterator[Doubt]:
    """Yield a part of the claim that no passage contains, if they contain the rest."""
    claim = ground.claim
    fewest = _FEWEST_PAIRS if unspaced(claim.code) else _FEWEST
    content = claim.content
    for clause in range(len(claim.clauses)):
        start, stop = claim.span(clause)
        own = [word for word in content if start <= word.at < stop]
        rest = [word for word in content if word not in own]
        figures = [f for f in claim.figures if start <= f.at < stop]
        known = sum(
            any(likeness(f, g) == "same" for piece in ground.pieces for g in piece.figures)
            for f in figures
        )
        if len(own) + len(figures) < fewest or not own or not rest or known:
            continue
        if ground.covered(ground.pieces, own) > _LACKING:
            continue
        if ground.covered(ground.pieces, rest) >= _REST and _anchored(ground, rest):
            part = claim.text[start:stop].strip(" ,;:.")
            yield Doubt("not found", "check.added", part, "", ground.best, 0.7)
            return
    yield from _tail(ground, content)


def _anchored(ground: Ground, rest: list[Word]) -> bool:
    """Return whether enough of the claim is in one passage to know that it speaks of that."""
    if unspaced(ground.claim.code):
        return bool(rest)
    known = sum(any(ground.alike(word, piece) for piece in ground.support) for word in rest)
    figures = sum(
        any(likeness(f, g) == "same" for piece in ground.support for g in piece.figures)
        for f in ground.claim.figures
    )
    whole = len(rest) > 1 and known == len(rest)
    return whole or known + 2 * figures >= _ANCHORS


def _is_inserted(ground: Ground, run: list[Word]) -> bool:
    """Return whether a claim is a passage with some more words inside or at its end."""
    piece = ground.best
    rest = [word for word in ground.claim.content if word not in run]
    if piece is None or len(rest) < _ANCHORS or ground.cover(piece, rest) < _ALMOST_ALL:
        return False
    before = [word for word in rest if word.end <= run[0].at]
    after = [word for word in rest if word.at >= run[-1].end]
    if not before:
        return False
    left = max((there.end for there in ground.alike(before[-1], piece)), default=-1)
    right = (
        min((t.at for t in ground.alike(after[0], piece) if t.at >= left), default=-1)
        if after
        else len(piece.text)
    )
    between = [w for w in piece.content if left <= w.at < right]
    return 0 <= left <= right and (not between or not after)


def _tail(ground: Ground, content: list[Word]) -> Iterator[Doubt]:
    """Yield a run of words that no passage contains, within a clause."""
    run: list[Word] = []
    most: list[Word] = []
    for word in content:
        if any(ground.alike(word, piece) for piece in ground.pieces):
            run = []
        else:
            run = [*run, word]
            most = max(most, run, key=len)
    if not unspaced(ground.claim.code) and len(most) >= _FEWEST and _is_inserted(ground, most):
        part = ground.claim.text[most[0].at : most[-1].end]
        verdict: Literal["not found", "unclear"] = (
            "not found" if len(most) >= _INSERTED else "unclear"
        )
        yield Doubt(verdict, "check.added", part, "", ground.best, 0.65)
        return
    fewest = 3 * _RUN if unspaced(ground.claim.code) else _RUN
    rest = [word for word in content if word not in most]
    if (
        len(most) >= fewest
        and _anchored(ground, rest)
        and ground.covered(ground.pieces, rest) >= _REST
    ):
        part = ground.claim.text[most[0].at : most[-1].end]
        yield Doubt("not found", "check.added", part, "", ground.best, 0.6)
