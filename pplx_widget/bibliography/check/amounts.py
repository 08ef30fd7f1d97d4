"""Check the figures of a claim: is each in the passages, with its unit, and said of the same thing?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from .align import Ground, weight
from .compare import computed, likeness, same_number
from .doubts import Doubt
from .figures import COUNT, DATE, FACTOR, LABEL, ORDINAL, Figure
from .texts import Piece, Word, dates_before

# How much of the claim a passage must contain before a figure of it counts as another value.
_RELEVANT: Final = 0.5
_SAME_NUMBER: Final = 0.3  # one number with another unit is a strong sign
_MOVED: Final = 0.34  # by how much more another passage fits
_NOUNS: Final = 3
_AFTER: Final = 40
_COMMA: Final = 25  # characters that the border of a clause counts for
_WEAK: Final = frozenset({ORDINAL, FACTOR})


def check(ground: Ground) -> Iterator[Doubt]:
    """Yield what differs or is missing among the figures of a claim."""
    for figure in ground.claim.figures:
        yield from _checked(ground, figure)


def _checked(ground: Ground, figure: Figure) -> Iterator[Doubt]:
    words = ground.near(figure.at)
    same: list[tuple[float, Piece, Figure]] = []
    near: list[tuple[float, Piece, Figure]] = []
    other: list[tuple[float, Piece, Figure]] = []
    for piece in ground.pieces:
        fit = _fit(ground, piece, words)
        for said in piece.figures:
            kind = likeness(figure, said)
            if kind == "same":
                same.append((fit, piece, said))
            elif kind == "near":
                near.append((fit, piece, said))
            elif kind == "differs" and not piece.title and _comparable(ground, figure, piece, said):
                other.append((fit, piece, said))
    first = max(same, key=lambda each: each[0], default=None)
    rival = max(other, key=lambda each: each[0], default=None)
    if first:
        yield from _placed(ground, figure, first, rival)
        return
    if near:
        _, piece, said = max(near, key=lambda each: each[0])
        yield Doubt("unclear", "check.less_precise", figure.text, said.text, piece)
        return
    if _implied(ground, figure):
        yield Doubt("unclear", "check.computed", figure.text)
        return
    if rival and _is_value_of(figure, rival):
        fit, piece, said = rival
        yield Doubt("differs", "check.figure", figure.text, said.text, piece, min(0.99, 0.5 + fit / 2))
    elif figure.kind in _WEAK:
        yield Doubt("unclear", "check.no_figure", figure.text)
    else:
        yield Doubt("not found", "check.no_figure", figure.text)


def _fit(ground: Ground, piece: Piece, words: Iterable[Word]) -> float:
    return 0.6 * ground.cover(piece, words) + 0.4 * ground.cover(piece)


def _is_value_of(figure: Figure, rival: tuple[float, Piece, Figure]) -> bool:
    """Return whether a figure of a passage is another value for a figure of the claim."""
    fit, _, said = rival
    if same_number(figure, said) and figure.kind != DATE:
        return fit >= _SAME_NUMBER
    return fit >= _RELEVANT


def _comparable(ground: Ground, figure: Figure, piece: Piece, said: Figure) -> bool:
    """Return whether two counts count the same things; other figures are comparable by their unit."""
    if figure.kind not in {COUNT, ORDINAL, LABEL, FACTOR}:
        return True
    mine, theirs = _counted(ground.claim, figure), _counted(piece, said)
    if figure.kind == COUNT and not mine and not theirs:
        return True
    return any(
        alike in theirs for word in mine for alike in ground.alike(word, piece)
    ) or _label(ground.claim, figure) == _label(piece, said) != ""


def _counted(piece: Piece, figure: Figure) -> list[Word]:
    """Return the first words after a figure, which say what it counts."""
    end = min([f.at for f in piece.figures if f.at >= figure.end] or [len(piece.text)])
    stop = piece.span(piece.clause(figure.at))[1]
    after = [w for w in piece.content if figure.end <= w.at < min(end, stop, figure.end + _AFTER)]
    if piece.code in {"zh", "ja"} or not after:
        before = [w for w in piece.content if w.end <= figure.at]
        return after[:_NOUNS] + before[-_NOUNS:]
    return after[:_NOUNS]


def _label(piece: Piece, figure: Figure) -> str:
    """Return the word before a number that is a name: "version 2.9", "Python 3.8"."""
    before = [w for w in piece.words if w.end <= figure.at and figure.at - w.end <= 1]
    return before[-1].stem if before and (before[-1].name or figure.kind == LABEL) else ""


def _implied(ground: Ground, figure: Figure) -> bool:
    """Return whether a figure follows from the passages: by arithmetic, or from "the year before"."""
    for piece in ground.support:
        if figure.kind == DATE:
            years = dates_before(piece)
            if any(day.year in years for day in figure.days):
                return True
        elif computed(figure, piece.figures):
            return True
    both = [f for piece in ground.support[:2] for f in piece.figures]
    return figure.kind != DATE and figure.kind != COUNT and computed(figure, both)


# ---- figures of something else ----------------------------------------------------------------------


def _placed(
    ground: Ground,
    figure: Figure,
    first: tuple[float, Piece, Figure],
    rival: tuple[float, Piece, Figure] | None,
) -> Iterator[Doubt]:
    """Yield a doubt if the passage says the figure of something else."""
    fit, piece, said = first
    for other in piece.figures:
        if other is not said and likeness(figure, other) == "differs":
            verdict = _bound(ground, figure, piece, said, other)
            if verdict:
                yield Doubt(verdict, "check.moved", figure.text, other.text, piece, 0.8)
                return
    if rival and rival[1] is not piece and rival[0] >= max(_RELEVANT, fit + _MOVED):
        verdict = "differs" if figure.kind != COUNT or rival[0] >= 0.7 else "unclear"  # noqa: PLR2004
        yield Doubt(verdict, "check.moved", figure.text, rival[2].text, rival[1], 0.7)  # type: ignore[arg-type]


def _bound(
    ground: Ground, figure: Figure, piece: Piece, said: Figure, other: Figure
) -> str | None:
    """Return a verdict if the claim's words around a figure belong to another figure of a passage."""
    claim = ground.claim
    rivals = [f for f in claim.figures if f is not figure and f.kind == figure.kind]
    compared = [f for f in piece.figures if f.kind == said.kind]
    start = min(f.at for f in compared)
    own = theirs = 0.0
    for word in claim.content:
        if rivals and _distance(claim, word, figure) > min(_distance(claim, word, f) for f in rivals):
            continue
        found = ground.alike(word, piece)
        if len({w.at for w in found}) != 1:
            continue
        there = found[0]
        here, away = _distance(piece, there, said), _distance(piece, there, other)
        if there.at < start and not (there.name and _has_name(piece, start)):
            continue
        nearest = min(_distance(piece, there, f) for f in compared)
        if here == nearest < away:
            own += weight(word)
        elif away == nearest < here:
            theirs += weight(word)
    for mine in claim.figures:
        if mine is figure or mine.kind == figure.kind or mine.kind not in {DATE, COUNT}:
            continue
        for there_ in piece.figures:
            if likeness(mine, there_) == "same":
                here, away = _between(piece, there_, said), _between(piece, there_, other)
                if here < away:
                    own += 1
                elif away < here and there_.at > start:
                    theirs += 1
    if theirs >= 1 and not own:
        return "differs"
    if theirs > own:
        return "unclear"
    return None


def _has_name(piece: Piece, start: int) -> bool:
    return any(word.name for word in piece.content if word.at > start)


def _distance(piece: Piece, word: Word, figure: Figure) -> int:
    gap = figure.at - word.end if word.end <= figure.at else word.at - figure.end
    return gap + _borders(piece, word.at, figure.at)


def _between(piece: Piece, first: Figure, second: Figure) -> int:
    gap = second.at - first.end if first.end <= second.at else first.at - second.end
    return gap + _borders(piece, first.at, second.at)


def _borders(piece: Piece, first: int, second: int) -> int:
    return _COMMA * abs(piece.clause(first) - piece.clause(second))
