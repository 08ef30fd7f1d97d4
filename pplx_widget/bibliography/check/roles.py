"""Check who did what: names that the passages lack, and names that changed places."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from . import units
from .align import Ground
from .compare import likeness
from .doubts import Doubt
from .figure import DATE, Figure
from .lexicon import poles_of
from .replaced import is_topic, replaced
from .texts import Piece, Word

_COVER: Final = 0.6
_CLOSE: Final = 0.75
_LINK: Final = re.compile(
    r"\b(?:than|as|instead of|rather than|to|over|als|statt|nach|bis|que|au lieu de|en lugar de|di)\b"
)
_PARTICIPLE: Final = re.compile(r"\b(?:is|are|was|were|been|be|being)\s(?:\w+\s)?\w+(?:ed|en|t)\b")
_ACCORDING: Final = re.compile(
    r"(?:according to|laut|nach angaben|selon|según|secondo|segundo|volgens)(?:\s\w{1,3})?\Z"
)
_VERBATIM: Final = 0.85
_LONGEST: Final = 3  # words that take the place of others
_PASSIVE: Final = re.compile(
    r"\b(?:was|were|been|being|is|are|be|got)\b.{0,40}\bby\b|\b(?:wurde|wurden|worden)\b.*\b(?:von|durch)\b"
    r"|\b(?:été|est|sont)\b.{0,40}\bpar\b|\b(?:fue|fueron|sido)\b.{0,40}\bpor\b"
    r"|\b(?:stato|stata|fu)\b.{0,40}\bda\b|\b\w+(?:ed|en) by\b",
    re.IGNORECASE,
)


def check(ground: Ground) -> Iterator[Doubt]:
    """Yield names that are missing or in another's place."""
    yield from _missing(ground)
    for check_ in (_swapped, _crossed, replaced, _other_subject):
        doubts = list(check_(ground))
        yield from doubts
        if any(doubt.verdict == "differs" for doubt in doubts):
            return


def _known(ground: Ground, word: Word) -> bool:
    if any(ground.alike(word, piece) for piece in ground.pieces):
        return True
    written = ground.claim.text[word.at : word.end].removesuffix("'s").removesuffix("’s")
    if any(written.lower() in piece.text.lower() for piece in ground.pieces):
        return True
    parts = re.split(r"[-’'.]", written.lower())
    return len(parts) > 1 and all(
        any(part in piece.text.lower() for piece in ground.pieces) for part in parts if part
    )


def _missing(ground: Ground) -> Iterator[Doubt]:
    lost = [w for w in ground.claim.words if w.name and not _known(ground, w)]
    if not lost:
        return
    word = lost[0]
    written = " ".join(ground.claim.text[w.at : w.end] for w in lost)
    piece = ground.best
    if piece is not None:
        rest = [w for w in ground.claim.content if w not in lost]
        theirs = [w for w in piece.content if w.name and not _in_claim(ground, w)]
        if theirs and rest and ground.cover(piece, rest) >= _CLOSE:
            other = min(theirs, key=lambda w: _shift(ground, piece, word, w))
            yield Doubt(
                "differs",
                "check.other_name",
                written,
                piece.text[other.at : other.end],
                piece,
                0.75,
            )
            return
    yield Doubt("not found", "check.no_name", written, "", piece, 0.75)


def _in_claim(ground: Ground, word: Word) -> bool:
    return bool(ground.claim.alike(word)) or word.text in ground.claim.text.lower()


def _shift(ground: Ground, piece: Piece, mine: Word, theirs: Word) -> float:
    """Return how far two words are from having the same neighbours."""
    neighbours = sorted(ground.claim.content, key=lambda w: abs(w.at - mine.at))[1:4]
    gaps = [
        abs((there.at - theirs.at) - (word.at - mine.at))
        for word in neighbours
        for there in ground.alike(word, piece)
    ]
    return min(gaps, default=1000)


# ---- names that changed places ----------------------------------------------------------------------


def _swapped(ground: Ground) -> Iterator[Doubt]:
    claim, piece = ground.claim, ground.best
    if piece is None or ground.cover(piece) < _COVER:
        return
    if bool(_PASSIVE.search(claim.text)) != bool(_PASSIVE.search(piece.text)):
        return
    placed = _placed(ground, piece)
    yield from _compared(ground, piece, placed)
    blocks = _exchanged([there.at for _, there in placed])
    if blocks is None:
        return
    first, last = ([placed[place] for place in block] for block in blocks)
    verb = next((w for w in claim.content if w.at >= first[-1][0].end), None)
    if verb is not None and verb.at not in {mine.at for mine, _ in placed}:
        return  # another verb: "A sold it to B", "B got it from A"
    kinds = {_kind(mine) for block in (first, last) for mine, _ in block[-1:]}
    if len(kinds) > 1:
        return
    if kinds == {"word"} and (
        any(isinstance(w, Word) and isinstance(t, Word) and w.stem != t.stem for w, t in placed)
        or ground.cover(piece) < _VERBATIM
        or bool(_PARTICIPLE.search(claim.text)) != bool(_PARTICIPLE.search(piece.text))
    ):
        return
    here = [claim.text[b[0][0].at : b[-1][0].end] for b in (first, last)]
    there = [piece.text[b[0][1].at : b[-1][1].end] for b in (last, first)]
    if (
        _is_possessive(claim, piece, [*first, *last])
        or _is_turned(ground, piece)
        or _is_aside(piece, first)
        or _is_aside(piece, last)
    ):
        return
    yield Doubt("differs", "check.swapped", " … ".join(here), " … ".join(there), piece, 0.75)


def _crossed(ground: Ground) -> Iterator[Doubt]:
    """Yield a doubt if two clauses of a claim each begin in one clause of a passage and end in another.

    "A caused the loss, B played a part" for "B caused the loss; A played a part".
    """
    claim = ground.claim
    ends = []
    for clause in range(len(claim.clauses)):
        start, stop = claim.span(clause)
        own = [w for w in claim.content if start <= w.at < stop]
        places = [place for w in own if (place := _places(ground, w))]
        if len(places) > 2 and not places[0] & places[-1]:  # noqa: PLR2004
            ends.append((clause, places[0], places[-1]))
    for (_, first, last), (clause_, first_, last_) in pairwise(ends):
        if first & last_ and last & first_ and _neighbours_of(ground, first | last):
            start, _ = claim.span(clause_ - 1)
            part = claim.text[start : claim.span(clause_)[1]].strip(" ,;")
            yield Doubt("differs", "check.swapped", part, ground.support[0].text, ground.best, 0.7)
            return


def _neighbours_of(ground: Ground, places: set[tuple[int, int]]) -> bool:
    """Return whether clauses are in one passage, or in one and the next that goes on with it."""
    pieces = [ground.support[number] for number in {number for number, _ in places}]
    return len(pieces) == 1 or (
        len(pieces) == 2  # noqa: PLR2004
        and (pieces[0].before is pieces[1] or pieces[1].before is pieces[0])
    )


def _places(ground: Ground, word: Word) -> set[tuple[int, int]]:
    """Return the clauses of the passages that have a word."""
    return {
        (number, piece.clause(there.at))
        for number, piece in enumerate(ground.support)
        for there in ground.alike(word, piece)
    }


def _compared(
    ground: Ground, piece: Piece, placed: list[tuple[Word | Figure, Word | Figure]]
) -> Iterator[Doubt]:
    """Yield two things that changed places around "than", "rather than", or "from … to"."""
    words = [pair for pair in placed if isinstance(pair[0], Word)]
    claim = ground.claim
    for place in range(1, len(words)):
        mine = claim.text[words[place - 1][0].end : words[place][0].at].lower()
        if not (link := _LINK.search(mine)) or words[place - 1][1].at <= words[place][1].at:
            continue
        # The words after the link come directly before those before it.
        first, last = words[place - 1][1], words[place][1]
        theirs = piece.text[last.end : first.at].lower()
        inner = [w for w in piece.content if last.end <= w.at < first.at]
        if (there := _LINK.search(theirs)) and there[0] == link[0] and len(inner) <= _LONGEST:
            here = claim.text[words[place - 1][0].at : words[place][0].end]
            yield Doubt(
                "differs", "check.swapped", here, piece.text[last.at : first.end], piece, 0.75
            )
            return


def _kind(item: Word | Figure) -> str:
    if isinstance(item, Figure):
        return "figure"
    return "name" if item.name else "word"


def _exchanged(places: list[int]) -> tuple[range, range] | None:
    """Return two blocks that changed places around a third one, if nothing else moved.

    Examples
    --------
    >>> _exchanged([30, 10, 20, 0, 40])  # the words 30 and 0 of a passage changed places
    (range(0, 1), range(3, 4))
    >>> _exchanged([20, 30, 0, 10])  # the end came to the front
    """
    order = sorted(places)
    first = next((i for i, at in enumerate(places) if at != order[i]), None)
    if first is None:
        return None
    last = max(i for i, at in enumerate(places) if at != order[i]) + 1
    ranks = [order.index(at) for at in places[first:last]]
    cuts = [i + 1 for i, (a, b) in enumerate(pairwise(ranks)) if b != a + 1]
    if len(cuts) != 2:  # noqa: PLR2004 (three blocks)
        return None
    return range(first, first + cuts[0]), range(first + cuts[1], last)


def _is_turned(ground: Ground, piece: Piece) -> bool:
    """Return whether an opposite makes up for the exchange: "A is larger than B", "B is smaller"."""
    mine, theirs = _sides(ground.claim), _sides(piece)
    return any(axis in theirs and not sides & theirs[axis] for axis, sides in mine.items())


def _sides(piece: Piece) -> dict[int, set[int]]:
    """Return the oppositions that a text has words of, each with the sides."""
    sides: dict[int, set[int]] = {}
    for word in piece.words:
        for axis, side in poles_of(word.text, piece.code):
            sides.setdefault(axis, set()).add(side)
    return sides


def _is_possessive(
    claim: Piece, piece: Piece, pairs: list[tuple[Word | Figure, Word | Figure]]
) -> bool:
    """Return whether one has "Kolm's chief Aalders" and the other "Aalders, the chief of Kolm"."""
    for mine, theirs in pairs:
        for (text, word), (text_, word_) in (
            ((claim.text, mine), (piece.text, theirs)),
            ((piece.text, theirs), (claim.text, mine)),
        ):
            owns = text[word.at : word.end].endswith(("'s", "’s")) or text[word.end :].startswith(
                "'"
            )
            if owns and text_[: word_.at].rstrip().endswith(("of", "from", "by", "at", "the")):
                return True
    return False


def _is_aside(piece: Piece, block: list[tuple[Word | Figure, Word | Figure]]) -> bool:
    """Return whether words may be anywhere: a time, or "according to the agency"."""
    words = [there for _, there in block if isinstance(there, Word)]
    unit = units.find(words[-1].text) if words else None
    before = piece.text[: block[0][1].at].lower().rstrip()
    return bool(unit and unit.dimension == "time") or bool(_ACCORDING.search(before))


def _text(piece: Piece, word: Word) -> str:
    return piece.text[word.at : word.end]


def _placed(ground: Ground, piece: Piece) -> list[tuple[Word | Figure, Word | Figure]]:
    """Return the words and figures of the claim that a passage has once, with their places there."""
    placed: list[tuple[Word | Figure, Word | Figure]] = []
    for word in ground.claim.content:
        found = {there.at: there for there in ground.alike(word, piece)}
        if len(found) == 1:
            placed.append((word, next(iter(found.values()))))
    for figure in ground.claim.figures:
        if figure.kind == DATE:  # its place is free
            continue
        same = [f for f in piece.figures if likeness(figure, f) == "same"]
        if len(same) == 1:
            placed.append((figure, same[0]))
    placed.sort(key=lambda pair: pair[0].at)
    taken: set[int] = set()
    return [
        pair
        for pair in placed
        if pair[1].at not in taken and not taken.add(pair[1].at)  # type: ignore[func-returns-value]
    ]


def _other_subject(ground: Ground) -> Iterator[Doubt]:
    """Yield a doubt if a passage says of one name what the claim says of another one."""
    claim, piece = ground.claim, ground.best
    if piece is None or piece.title:
        return
    subject = _subject(claim)
    if not subject or any(ground.alike(w, piece) for w in subject):
        if subject:
            yield from _other_clause(ground, piece, subject)
        return
    rest = [w for w in claim.content if w not in subject]
    theirs = _subject(piece)
    if not theirs or not rest or ground.cover(piece, rest) < _COVER:
        return
    if any(_in_claim(ground, w) for w in theirs) or is_topic(ground, subject):
        return
    if not any(ground.alike(w, p) for w in subject for p in ground.pieces):
        return  # it is missing, which is reported elsewhere
    yield Doubt(
        "differs",
        "check.other_name",
        " ".join(_text(claim, w) for w in subject),
        " ".join(_text(piece, w) for w in theirs),
        piece,
        0.7,
    )


def _subject(piece: Piece) -> list[Word]:
    """Return the first name of a sentence, if it comes before other words with a meaning."""
    names: list[Word] = []
    for word in piece.words:
        if word.name and (not names or word.at - names[-1].end <= 1):
            names.append(word)
        elif names:
            break
    if not names:
        return []
    before = [w for w in piece.content if w.at < names[0].at]
    return names if len(before) <= 2 else []  # noqa: PLR2004


def _other_clause(ground: Ground, piece: Piece, subject: list[Word]) -> Iterator[Doubt]:
    """Yield a doubt if the passage has the claim's name in one clause and its deed in another one."""
    claim = ground.claim
    rest = [w for w in ground.near(subject[0].at) if w not in subject and not w.name]
    own = {piece.clause(there.at) for w in subject for there in ground.alike(w, piece)}
    if len(rest) < 2 or len(own) != 1:  # noqa: PLR2004
        return
    here = [w for w in rest if any(piece.clause(t.at) in own for t in ground.alike(w, piece))]
    counts: dict[int, list[Word]] = {}
    for word in rest:
        for clause in {piece.clause(t.at) for t in ground.alike(word, piece)} - own:
            counts.setdefault(clause, []).append(word)
    if here or not counts:
        return
    clause, words = max(counts.items(), key=lambda each: len(each[1]))
    start, stop = piece.span(clause)
    theirs = [w for w in piece.words if w.name and start <= w.at < stop]
    first = min(t.at for w in words for t in ground.alike(w, piece) if start <= t.at < stop)
    theirs = [w for w in theirs if w.at < first and not _in_claim(ground, w)]
    if theirs and len(words) >= 0.6 * len(rest):
        yield Doubt(
            "differs",
            "check.other_name",
            " ".join(_text(claim, w) for w in subject),
            " ".join(_text(piece, w) for w in theirs),
            piece,
            0.7,
        )
