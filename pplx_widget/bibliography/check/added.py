"""Check whether a claim has a part that its passages lack."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from .align import Ground
from .compare import likeness
from .doubts import Doubt
from .lexicon import unspaced
from .texts import Word

_REST: Final = 0.6  # of the other words must be there, or the whole is a paraphrase
_LACKING: Final = 0.34
_FEWEST: Final = 2
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
        if len(own) < fewest or not rest or known:
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
    known = max(
        (
            sum(bool(ground.alike(word, piece)) for word in rest)
            + sum(
                any(likeness(f, g) == "same" for g in piece.figures) for f in ground.claim.figures
            )
            for piece in ground.pieces
        ),
        default=0,
    )
    return known >= _ANCHORS


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
    fewest = 3 * _RUN if unspaced(ground.claim.code) else _RUN
    rest = [word for word in content if word not in most]
    if (
        len(most) >= fewest
        and _anchored(ground, rest)
        and ground.covered(ground.pieces, rest) >= _REST
    ):
        part = ground.claim.text[most[0].at : most[-1].end]
        yield Doubt("not found", "check.added", part, "", ground.best, 0.6)
