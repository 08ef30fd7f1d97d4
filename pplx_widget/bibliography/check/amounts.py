"""Check the figures of a claim: each must be in a passage, with its unit, and of the same thing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal, NamedTuple

from .align import Ground
from .bindings import CLEAR, bound, same_kind
from .compare import computed, is_rest, likeness, same_number
from .doubts import Doubt
from .figure import COUNT, DATE, FACTOR, LABEL, ORDINAL, Figure
from .lexicon import poles_of, unspaced
from .texts import Piece, Word, dates_before

# How much of the claim a passage must contain before a figure of it counts as another value.
_RELEVANT: Final = 0.6
_COVERED: Final = 0.5
_SAME_NUMBER: Final = 0.3  # one number with another unit is a strong sign
_MOVED: Final = 0.34  # by how much more another passage fits
_UNFIT: Final = 0.2  # a passage that shares less with the claim is about something else
_NOUNS: Final = 3
_AFTER: Final = 40
_CHANGE: Final = 0  # the first opposition of each language is "more" and "less"
_COMPANY: Final = 0.15
_FEW: Final = 10  # small counts are computed by chance
_WEAK: Final = frozenset({ORDINAL, FACTOR})


class Match(NamedTuple):
    """A figure of a passage, and how well the passage fits the claim, from 0 to about 1."""

    fit: float
    piece: Piece
    figure: Figure


def check(ground: Ground) -> Iterator[Doubt]:
    """Yield what differs or is missing among the figures of a claim."""
    for figure in ground.claim.figures:
        yield from _checked(ground, figure)


def _checked(ground: Ground, figure: Figure) -> Iterator[Doubt]:
    found = _matches(ground, figure)
    first, close, rival, bare = (
        max(found[kind], key=_fit_of, default=None) for kind in ("same", "near", "differs", "loose")
    )
    strong = rival if rival and _is_value_of(figure, rival) else None
    if not first and bare and not (strong and strong.fit > bare.fit):
        first = bare
    if first:
        yield from _placed(ground, figure, first, rival)
    elif close and not (strong and strong.fit > close.fit + _MOVED):
        yield Doubt("unclear", "check.less_precise", figure.text, close.figure.text, close.piece)
    elif not _is_clear(ground, strong) and _implied(ground, figure):
        yield Doubt("unclear", "check.computed", figure.text)
    elif strong:
        sure = min(0.99, 0.5 + strong.fit / 2)
        said = strong.figure.text
        yield Doubt("differs", "check.figure", figure.text, said, strong.piece, sure)
    elif figure.kind in _WEAK or (_in_words(figure) and ground.covered(ground.pieces) < _COVERED):
        yield Doubt("unclear", "check.no_figure", figure.text)
    else:
        yield Doubt("not found", "check.no_figure", figure.text)


def _matches(ground: Ground, figure: Figure) -> dict[str, list[Match]]:
    """Return the figures of the passages by how they compare with a figure of the claim."""
    words = ground.near(figure.at)
    found: dict[str, list[Match]] = {kind: [] for kind in ("same", "near", "differs", "loose")}
    for piece in ground.pieces:
        fit = _fit(ground, piece, words) + _company(ground, figure, piece)
        for said in piece.figures:
            kind: str = likeness(figure, said)
            if kind == "loose" and _are_things(ground.claim, figure, piece, said):
                kind = "differs"
            elif kind == "differs" and not _is_rival(ground, figure, piece, said):
                continue
            if kind in found:
                found[kind].append(Match(fit, piece, said))
    return found


def _is_rival(ground: Ground, figure: Figure, piece: Piece, said: Figure) -> bool:
    """Return whether a figure of a passage may be another value of a figure of the claim."""
    return (
        not piece.title
        and _comparable(ground, figure, piece, said)
        and not any(likeness(f, said) == "same" for f in same_kind(ground, figure))
    )


def _are_things(claim: Piece, figure: Figure, piece: Piece, said: Figure) -> bool:
    """Return whether two equal numbers have different units: "two weeks", "two summers"."""
    return bool(not unspaced(piece.code) and _thing(claim, figure) and _thing(piece, said))


def _fit_of(match: Match) -> float:
    return match.fit


def _is_clear(ground: Ground, strong: Match | None) -> bool:
    """Return whether a passage fits so well that its other value cannot be part of a computation."""
    return (
        strong is not None
        and strong.fit >= CLEAR
        and not any(map(_speaks_of_change, (ground.claim, strong.piece)))
    )


def _in_words(figure: Figure) -> bool:
    """Return whether a figure is in words, as in "half a decade" and "two years later"."""
    return not any(map(str.isdigit, figure.text))


def _fit(ground: Ground, piece: Piece, words: list[Word]) -> float:
    pieces = (piece, piece.before) if piece.before else (piece,)
    return 0.6 * ground.covered(pieces, words) + 0.4 * ground.covered(pieces)


def _company(ground: Ground, figure: Figure, piece: Piece) -> float:
    """Return how much more a passage fits because it has other figures of the claim, too."""
    others = [f for f in ground.claim.figures if f is not figure]
    found = sum(any(likeness(f, g) == "same" for g in piece.figures) for f in others)
    return _COMPANY * found


def _is_value_of(figure: Figure, rival: Match) -> bool:
    """Return whether a figure of a passage is another value for a figure of the claim."""
    if same_number(figure, rival.figure) and figure.kind != DATE:
        return rival.fit >= _SAME_NUMBER
    return rival.fit >= _RELEVANT


def _comparable(ground: Ground, figure: Figure, piece: Piece, said: Figure) -> bool:
    """Return whether two counts count the same things; other figures are comparable by their unit."""
    if figure.kind not in {COUNT, ORDINAL, LABEL, FACTOR}:
        return True
    mine, theirs = _counted(ground.claim, figure), _counted(piece, said)
    if figure.kind == COUNT and not mine and not theirs:
        return True
    return (
        any(alike in theirs for word in mine for alike in ground.alike(word, piece))
        or _label(ground.claim, figure) == _label(piece, said) != ""
    )


def _thing(piece: Piece, figure: Figure) -> str:
    """Return the unit of a figure, or the word directly after it."""
    if figure.unit:
        return figure.unit
    following = next((w for w in piece.words if w.at >= figure.end), None)
    near = following is not None and following.at - figure.end <= 1
    return following.stem if near and following and following.content else ""


def _counted(piece: Piece, figure: Figure) -> list[Word]:
    """Return the first words after a figure, which say what it counts."""
    end = min([f.at for f in piece.figures if f.at >= figure.end] or [len(piece.text)])
    stop = piece.span(piece.clause(figure.at))[1]
    after = [w for w in piece.content if figure.end <= w.at < min(end, stop, figure.end + _AFTER)]
    if unspaced(piece.code) or not after:
        start = 0 if unspaced(piece.code) else piece.span(piece.clause(figure.at))[0]
        before = [w for w in piece.content if start <= w.at < figure.at]
        if not before and not after:  # "Robots delivered, 2023: 1,640"
            is_cell = piece.text[: figure.at].endswith(": ")
            before = [w for w in piece.content if w.at < figure.at and is_cell]
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
        elif ground.claim.negated and is_rest(figure, piece.figures):
            return True
    if figure.kind == DATE or not _compares(ground, figure):
        return False
    small = figure.kind == COUNT and figure.values[0] < _FEW
    both = [f for piece in ground.support[:2] for f in piece.figures]
    return any(computed(figure, piece.figures) for piece in ground.support) or (
        not small and computed(figure, both)
    )


def _compares(ground: Ground, figure: Figure) -> bool:
    """Return whether a claim computes: it speaks of a change or a share, or names another figure."""
    claim = ground.claim
    return (
        figure.kind in {FACTOR, "time"}
        or not figure.written
        or any(map(_speaks_of_change, (claim, *ground.support[:1])))
        or any(
            likeness(f, g) == "same"
            for f in claim.figures
            if f is not figure and f.kind != DATE
            for piece in ground.support
            for g in piece.figures
        )
    )


def _speaks_of_change(piece: Piece) -> bool:
    return any(axis == _CHANGE for w in piece.words for axis, _ in poles_of(w.text, piece.code))


# ---- figures of something else ----------------------------------------------------------------------


def _placed(ground: Ground, figure: Figure, first: Match, rival: Match | None) -> Iterator[Doubt]:
    """Yield a doubt if the passage says the figure of something else."""
    claimed = [f for f in ground.claim.figures if f is not figure]
    for other in first.piece.figures:
        if (
            other is first.figure
            or likeness(figure, other) != "differs"
            or not _comparable(ground, figure, first.piece, other)
            or any(likeness(f, other) == "same" for f in claimed if f.kind == figure.kind)
        ):
            continue
        if verdict := bound(ground, figure, first.piece, first.figure, other):
            yield Doubt(verdict, "check.moved", figure.text, other.text, first.piece, 0.8)
            return
    if rival and _of_another_year(ground, figure, first.piece, rival.piece):
        yield _moved("differs", figure, rival)
    elif (
        rival
        and not any(likeness(f, rival.figure) == "same" for f in claimed)
        and rival.piece is not first.piece
        and rival.fit >= max(_RELEVANT, first.fit + _MOVED)
    ):
        far = first.fit <= _UNFIT and ground.cover(first.piece) <= _UNFIT
        yield _moved("differs" if far else "unclear", figure, rival)
    elif first.fit <= _UNFIT and not (figure.kind == DATE and first.piece.title):
        yield _moved("unclear", figure, first)


def _moved(verdict: Literal["differs", "unclear"], figure: Figure, match: Match) -> Doubt:
    return Doubt(verdict, "check.moved", figure.text, match.figure.text, match.piece, 0.7)


def _of_another_year(ground: Ground, figure: Figure, piece: Piece, rival: Piece) -> bool:
    """Return whether the figure is of another year, and a passage has a value for the claim's year."""
    years = [f for f in ground.claim.figures if f.kind == DATE and f.days[0].year]
    if figure.kind == DATE or len(years) != 1:
        return False
    own = [likeness(years[0], f) for f in piece.figures if f.kind == DATE]
    theirs = [likeness(years[0], f) for f in rival.figures if f.kind == DATE]
    return (
        "differs" in own
        and not {"same", "near"} & set(own)
        and "same" in theirs
        and ground.cover(rival) >= ground.cover(piece)
    )
