"""Check the figures of a claim: is each in the passages, with its unit, and said of the same thing?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal

from .align import Ground, weight
from .compare import computed, is_rest, likeness, same_number
from .doubts import Doubt
from .figure import COUNT, DATE, FACTOR, LABEL, ORDINAL, Figure
from .lexicon import poles_of, unspaced
from .texts import Piece, Word, dates_before

# How much of the claim a passage must contain before a figure of it counts as another value.
_RELEVANT: Final = 0.5
_SAME_NUMBER: Final = 0.3  # one number with another unit is a strong sign
_MOVED: Final = 0.34  # by how much more another passage fits
_CLEAR: Final = 0.8
_UNFIT: Final = 0.2  # a passage that shares less with the claim is about something else
_NOUNS: Final = 3
_AFTER: Final = 40
_COMMA: Final = 60  # characters that the border of a clause counts for
_CHANGE: Final = 0  # the first opposition of each language is "more" and "less"
_COMPANY: Final = 0.15
_FEW: Final = 10  # small counts are computed by chance
_WEAK: Final = frozenset({ORDINAL, FACTOR})


def check(ground: Ground) -> Iterator[Doubt]:
    """Yield what differs or is missing among the figures of a claim."""
    for figure in ground.claim.figures:
        yield from _checked(ground, figure)


def _checked(ground: Ground, figure: Figure) -> Iterator[Doubt]:
    words = ground.near(figure.at)
    same: list[tuple[float, Piece, Figure]] = []
    near: list[tuple[float, Piece, Figure]] = []
    loose: list[tuple[float, Piece, Figure]] = []
    other: list[tuple[float, Piece, Figure]] = []
    for piece in ground.pieces:
        fit = _fit(ground, piece, words) + _company(ground, figure, piece)
        for said in piece.figures:
            kind = likeness(figure, said)
            if kind == "same":
                same.append((fit, piece, said))
            elif kind == "near":
                near.append((fit, piece, said))
            elif kind == "loose":
                things = _thing(ground.claim, figure), _thing(piece, said)
                (other if all(things) and not unspaced(piece.code) else loose).append(
                    (fit, piece, said)
                )
            elif (
                kind == "differs"
                and not piece.title
                and _comparable(ground, figure, piece, said)
                and not any(likeness(f, said) == "same" for f in _rivals(ground, figure))
            ):
                other.append((fit, piece, said))
    first, close, rival, bare = (
        max(found, key=lambda each: each[0], default=None) for found in (same, near, other, loose)
    )
    strong = rival if rival and _is_value_of(figure, rival) else None
    if not first and bare and not (strong and strong[0] > bare[0]):
        first = bare
    if first:
        yield from _placed(ground, figure, first, rival)
        return
    if close and not (strong and strong[0] > close[0] + _MOVED):
        _, piece, said = close
        yield Doubt("unclear", "check.less_precise", figure.text, said.text, piece)
        return
    clear = (
        strong
        and strong[0] >= _CLEAR
        and not any(map(_speaks_of_change, (ground.claim, strong[1])))
    )
    if not clear and _implied(ground, figure):
        yield Doubt("unclear", "check.computed", figure.text)
        return
    if strong:
        fit, piece, said = strong
        yield Doubt(
            "differs", "check.figure", figure.text, said.text, piece, min(0.99, 0.5 + fit / 2)
        )
    elif figure.kind in _WEAK or (_in_words(figure) and ground.covered(ground.pieces) < _RELEVANT):
        yield Doubt("unclear", "check.no_figure", figure.text)
    else:
        yield Doubt("not found", "check.no_figure", figure.text)


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


def _placed(
    ground: Ground,
    figure: Figure,
    first: tuple[float, Piece, Figure],
    rival: tuple[float, Piece, Figure] | None,
) -> Iterator[Doubt]:
    """Yield a doubt if the passage says the figure of something else."""
    fit, piece, said = first
    for other in piece.figures:
        if (
            other is not said
            and likeness(figure, other) == "differs"
            and _comparable(ground, figure, piece, other)
        ):
            if any(likeness(f, other) == "same" for f in _rivals(ground, figure)):
                continue
            verdict = _bound(ground, figure, piece, said, other)
            if verdict:
                yield Doubt(verdict, "check.moved", figure.text, other.text, piece, 0.8)
                return
    if rival and _of_another_year(ground, figure, piece, rival[1]):
        yield Doubt("differs", "check.moved", figure.text, rival[2].text, rival[1], 0.75)
        return
    claimed = rival and any(likeness(f, rival[2]) == "same" for f in ground.claim.figures)
    if rival and not claimed and rival[1] is not piece and rival[0] >= max(_RELEVANT, fit + _MOVED):
        far = fit <= _UNFIT and ground.cover(piece) <= _UNFIT
        verdict: Literal["differs", "unclear"] = "differs" if far else "unclear"
        yield Doubt(verdict, "check.moved", figure.text, rival[2].text, rival[1], 0.7)
    elif fit <= _UNFIT and not (figure.kind == DATE and piece.title):
        yield Doubt("unclear", "check.moved", figure.text, said.text, piece, 0.5)


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


def _bound(
    ground: Ground, figure: Figure, piece: Piece, said: Figure, other: Figure
) -> Literal["differs", "unclear"] | None:
    """Return a verdict if the claim's words around a figure belong to another figure of a passage."""
    claim = ground.claim
    rivals = _rivals(ground, figure)
    compared = [f for f in piece.figures if f.kind == said.kind]
    start = min(f.at for f in compared)
    shared = not _has_own(piece, compared)
    own = theirs = 0.0
    for word in claim.content:
        if rivals and _distance(claim, word, figure) > min(
            _distance(claim, word, f) for f in rivals
        ):
            continue
        found = ground.alike(word, piece)
        if len({w.at for w in found}) != 1:
            continue
        there = found[0]
        here, away = _distance(piece, there, said), _distance(piece, there, other)
        if there.at < start and shared:
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
    least = 1 if ground.cover(piece) >= _CLEAR else 2
    if theirs >= max(least, 2 * own) or _has_their_name(ground, piece, said, other):
        return "differs"
    if theirs > own:
        return "unclear"
    return None


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


def _rivals(ground: Ground, figure: Figure) -> list[Figure]:
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
