"""Find out which of two figures of a passage the words of a claim belong to."""

from __future__ import annotations

from typing import Final, Literal

from .align import Ground, weight
from .compare import likeness
from .figure import COUNT, DATE, Figure
from .texts import Piece, Word

CLEAR: Final = 0.8
"""The share of a claim's words in a passage from which on they are nearly the same sentence."""

_COMMA: Final = 60  # characters that the border of a clause counts for


def bound(
    ground: Ground, figure: Figure, piece: Piece, said: Figure, other: Figure
) -> Literal["differs", "unclear"] | None:
    """Return a verdict if the claim's words around a figure belong to another figure of a passage."""
    own, theirs = _words_at(ground, figure, piece, (said, other))
    own_, theirs_ = _figures_at(ground, figure, piece, (said, other))
    own, theirs = own + own_, theirs + theirs_
    least = 1 if ground.cover(piece) >= CLEAR else 2
    if theirs >= max(least, 2 * own) or _has_their_name(ground, piece, said, other):
        return "differs"
    return "unclear" if theirs > own else None


def _words_at(
    ground: Ground, figure: Figure, piece: Piece, two: tuple[Figure, Figure]
) -> tuple[float, float]:
    """Return how many words around a figure of the claim are at each of two figures of a passage."""
    claim = ground.claim
    rivals = same_kind(ground, figure)
    compared = [f for f in piece.figures if f.kind == two[0].kind]
    start = min(f.at for f in compared)
    shared = not _has_own(piece, compared)
    counts = [0.0, 0.0]
    for word in claim.content:
        nearer = min((_distance(claim, word, f) for f in rivals), default=None)
        if nearer is not None and _distance(claim, word, figure) > nearer:
            continue
        found = {there.at: there for there in ground.alike(word, piece)}
        there = next(iter(found.values()), None)
        if there is None or len(found) != 1 or (there.at < start and shared):
            continue
        here, away = (_distance(piece, there, f) for f in two)
        nearest = min(_distance(piece, there, f) for f in compared)
        if here != away and nearest in {here, away}:
            counts[here > away] += weight(word)
    return counts[0], counts[1]


def _figures_at(
    ground: Ground, figure: Figure, piece: Piece, two: tuple[Figure, Figure]
) -> tuple[int, int]:
    """Return how many other figures of the claim are at each of two figures of a passage."""
    start = min(f.at for f in piece.figures if f.kind == two[0].kind)
    counts = [0, 0]
    for mine in ground.claim.figures:
        if mine.kind == figure.kind or mine.kind not in {DATE, COUNT}:
            continue
        for there in piece.figures:
            if likeness(mine, there) == "same":
                here, away = (_between(piece, there, f) for f in two)
                if here < away:
                    counts[0] += 1
                elif away < here and there.at > start:
                    counts[1] += 1
    return counts[0], counts[1]


def _has_their_name(ground: Ground, piece: Piece, said: Figure, other: Figure) -> bool:
    """Return whether the claim names whom another figure belongs to, and not whom this one does."""
    names = [w for w in piece.content if w.name]
    own = [w for w in names if _distance(piece, w, said) < _distance(piece, w, other)]
    theirs = [w for w in names if _distance(piece, w, other) < _distance(piece, w, said)]
    named = [w for w in ground.claim.content if w.name]
    has = {there.at for w in named for there in ground.alike(w, piece)}
    return (
        bool(own and theirs)
        and not any(w.at in has for w in own)
        and any(w.at in has for w in theirs)
        and not any(w.at in has for w in names if w not in own and w not in theirs)
    )


def same_kind(ground: Ground, figure: Figure) -> list[Figure]:
    """Return the other figures of the claim that are of one kind with a figure."""
    return [f for f in ground.claim.figures if f is not figure and f.kind == figure.kind]


def _has_own(piece: Piece, compared: list[Figure]) -> bool:
    """Return whether a further figure has words of its own before it: "… and Solvane 49 percent"."""
    last = compared[-1]
    clause = piece.clause(last.at)
    start, _ = piece.span(clause)
    before = max([0, *(f.end for f in compared if f is not last and f.end <= last.at)])
    if clause and not any(start <= word.at < last.at for word in piece.content):
        start, _ = piece.span(clause - 1)  # "and the canal has been a monument | since 1972"
        if start < before:
            return False
    return any(max(start, before) <= word.at < last.at for word in piece.content)


def _distance(piece: Piece, word: Word, figure: Figure) -> int:
    gap = figure.at - word.end if word.end <= figure.at else word.at - figure.end
    return gap + _borders(piece, word.at, figure.at)


def _between(piece: Piece, first: Figure, second: Figure) -> int:
    gap = second.at - first.end if first.end <= second.at else first.at - second.end
    return gap + _borders(piece, first.at, second.at)


def _borders(piece: Piece, first: int, second: int) -> int:
    return _COMMA * abs(piece.clause(first) - piece.clause(second))
