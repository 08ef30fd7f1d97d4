"""Check whether a claim affirms what a passage denies, or says the opposite of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from .align import Ground
from .compare import likeness
from .doubts import Doubt
from .lexicon import poles_of, unspaced
from .texts import WHOLE_CLAUSE, Piece, Word

_COVER: Final = 0.6
_TURNED: Final = 0.2  # of the shared words
_WIDE_COVER: Final = 0.45
_FURTHER: Final = 0.75  # of the claim must be in a passage that is not the best one
_FIGURE: Final = 1.5
_COMPARATIVE: Final = re.compile(r"\b(?:\w{3,}er|more|less|plus|más|mehr|größer)\b")
_SUPERLATIVE: Final = re.compile(r"\b(?:\w{3,}est|most|least|\w{3,}ste[nr]?|la plus|le plus|más)\b")
_NO_LONGER: Final = frozenset({"longer", "yet", "ever"})
_LEAST: Final = 0.4
_WITHIN: Final = 0.75


def check(ground: Ground) -> Iterator[Doubt]:
    """Yield the words that are negated on one side only, and opposites."""
    for piece in ground.support:
        doubt = _negated(ground, piece) or _opposite(ground, piece)
        if doubt:
            yield doubt
            return


def _negated(ground: Ground, piece: Piece) -> Doubt | None:
    claim = ground.claim
    wide = unspaced(claim.code)
    turned: list[tuple[Word, Word]] = []
    kept = 0
    for word in claim.content:
        found = ground.alike(word, piece)
        if not found or (word.name and not wide):
            continue
        marks = {piece.is_negated(there.at) for there in found}
        own = _denials(claim, word.at)
        both = own and all(_denials(piece, there.at) == own for there in found)
        if len(marks) == 1 and claim.is_negated(word.at) not in marks and not both:
            if not _both_ways(claim, word):
                turned.append((word, found[0]))
        else:
            kept += 1
    if not turned or len(turned) < _TURNED * (len(turned) + kept):
        return None
    clause = claim.clause(turned[-1][0].at)
    words = [word for word in claim.content if claim.clause(word.at) == clause]
    fit = max(ground.cover(piece, words), ground.cover(piece))
    least = _WIDE_COVER if wide else _COVER
    if (fit < least or ground.cover(piece) < _LEAST) and not _is_within(ground, piece):
        return None
    if piece is not ground.best and fit < _FURTHER and not _is_within(ground, piece):
        return None
    if _flipped(ground, piece, turned) or not _same_deed(ground, piece):
        return None
    last, there = turned[-1]
    return Doubt(
        "differs", "check.negated", _around(claim, last.at), _around(piece, there.at), piece, 0.85
    )


def _both_ways(piece: Piece, word: Word) -> bool:
    """Return whether a text affirms a word in one place and negates it in another."""
    marks = {piece.is_negated(there.at) for there in piece.index.get(word.stem, ())}
    return len(marks) > 1


def _same_deed(ground: Ground, piece: Piece) -> bool:
    """Return whether the first word that a negation governs is in the other text, too.

    "did not surprise" does not contradict "had expected".
    """
    claim = ground.claim
    if claim.code in WHOLE_CLAUSE:
        return True
    found = False
    for here, there in ((claim, piece), (piece, claim)):
        for start, stop in here.negated:
            governed = [
                w for w in here.content if start <= w.at < stop and w.text not in _NO_LONGER
            ]
            known = [w for w in governed if there.alike(w)]
            if not known:
                continue
            marks = {there.is_negated(w.at) for w in there.alike(known[0])}
            if known[0] is governed[0] and marks == {here.is_negated(known[0].at)}:
                continue  # both deny the same deed
            found = found or known[0] is governed[0] or len(known) > len(governed) / 2
    return found


def _denials(piece: Piece, at: int) -> int:
    """Return the number of negations in the clause of a place."""
    start, stop = piece.span(piece.clause(at))
    return sum(first < stop and last > start for first, last in piece.negated)


def _is_within(ground: Ground, piece: Piece) -> bool:
    """Return whether a claim contains most of a short passage: "Bed rest is not recommended"."""
    words = piece.content
    found = [w for w in words if ground.claim.alike(w)]
    return len(found) > 1 and len(found) >= _WITHIN * len(words)


def _around(piece: Piece, at: int) -> str:
    """Return the clause of a place."""
    start, stop = piece.span(piece.clause(at))
    return piece.text[start:stop].strip(" ,;:.")


def _flipped(ground: Ground, piece: Piece, turned: list[tuple[Word, Word]]) -> bool:
    """Return whether an opposite makes up for a negation: "did not freeze", "stayed free of ice"."""
    clauses = {ground.claim.clause(word.at) for word, _ in turned}
    # "No dish was larger" says the same as "it was the largest".
    if _COMPARATIVE.search(ground.claim.text) and _SUPERLATIVE.search(piece.text):
        return True
    return any(
        _is_opposite(ground, word, piece)
        for word in ground.claim.words
        if ground.claim.clause(word.at) in clauses
    )


def _is_opposite(ground: Ground, word: Word, piece: Piece) -> bool:
    return bool(_opposites(ground, word, piece, None))


def _opposites(ground: Ground, word: Word, piece: Piece, clauses: set[int] | None) -> list[Word]:
    """Return the words of a passage that are the opposite of a word, unless it has that word, too."""
    code = ground.claim.code
    found: list[Word] = []
    for axis, side in poles_of(word.text, code):
        sides: dict[int, list[Word]] = {}
        for there in piece.words:
            if clauses is not None and piece.clause(there.at) not in clauses:
                continue
            for axis_, side_ in poles_of(there.text, piece.code):
                if axis_ == axis and not _is_negation(piece, there):
                    sides.setdefault(side_, []).append(there)
        if sides and side not in sides:
            found += [there for words in sides.values() for there in words]
    return found


def _is_negation(piece: Piece, word: Word) -> bool:
    return unspaced(piece.code) and any(cue in word.text for cue in piece.lexicon.words("negation"))


def _opposite(ground: Ground, piece: Piece) -> Doubt | None:
    claim = ground.claim
    if unspaced(claim.code):
        return _opposite_wide(ground, piece)
    for word in claim.words:
        if not poles_of(word.text, claim.code):
            continue
        rest = [w for w in ground.near(word.at) if not poles_of(w.text, claim.code)]
        if not rest:
            continue
        clauses = _aligned(ground, piece, word, rest)
        found = _opposites(ground, word, piece, clauses)
        if not found and sum(piece.clause(w.at) in clauses for w in piece.content) <= 1:
            clauses = set(
                range(len(piece.clauses))
            )  # "Apprentices and | people under 18 are excluded"
            found = _opposites(ground, word, piece, clauses)
        if not found or ground.alike(word, piece):
            continue
        if any(there.text == w.text or claim.alike(there) for there in found for w in claim.words):
            continue  # the claim has both: "35 percent less", "lowered it more"
        if _has_side(claim, found[0]):
            continue
        there = min(found, key=lambda w: _gap(ground, piece, rest, w))
        fit = max(
            _clause_cover(ground, piece, rest, clauses),
            0.9 * ground.cover(piece, rest),
            0.9 * _with_figures(ground, piece),
        )
        if fit < _COVER:
            continue
        if claim.is_negated(word.at) != piece.is_negated(there.at):
            continue
        return Doubt("differs", "check.opposite", word.text, there.text, piece, 0.8)
    return None


def _has_side(claim: Piece, there: Word) -> bool:
    """Return whether a text has a word of the same side as a word of another text."""
    sides = poles_of(there.text, claim.code)
    return any(sides & poles_of(word.text, claim.code) for word in claim.words)


def _gap(ground: Ground, piece: Piece, rest: list[Word], there: Word) -> int:
    return min(
        (abs(there.at - w.at) for word in rest for w in ground.alike(word, piece)), default=0
    )


def _aligned(ground: Ground, piece: Piece, word: Word, words: list[Word]) -> set[int]:
    """Return the clauses of a passage that share most with the clause of a word of the claim."""
    counts: dict[int, float] = {}
    own = ground.claim.clause(word.at)
    for figure in ground.claim.figures:
        if ground.claim.clause(figure.at) == own:
            for clause in {
                piece.clause(f.at) for f in piece.figures if likeness(figure, f) == "same"
            }:
                counts[clause] = counts.get(clause, 0) + _FIGURE
    for other in words:
        for clause in {piece.clause(there.at) for there in ground.alike(other, piece)}:
            counts[clause] = counts.get(clause, 0) + (2 if other.name else 1)
    best = max(counts.values(), default=0)
    return {clause for clause, count in counts.items() if count == best}


def _with_figures(ground: Ground, piece: Piece) -> float:
    """Return the share of words and figures of the claim that a passage contains."""
    claim = ground.claim
    same = sum(any(likeness(f, g) == "same" for g in piece.figures) for f in claim.figures)
    words = len(claim.content)
    return (ground.cover(piece) * words + same) / (words + len(claim.figures))


def _clause_cover(ground: Ground, piece: Piece, words: list[Word], clauses: set[int]) -> float:
    found = [
        word
        for word in words
        if any(piece.clause(there.at) in clauses for there in ground.alike(word, piece))
    ]
    return len(found) / len(words) if words else 0.0


def _opposite_wide(ground: Ground, piece: Piece) -> Doubt | None:
    """Compare opposites in a script without spaces, whose words are found as parts of the text."""
    claim = ground.claim
    if ground.cover(piece) < _COVER:
        return None
    poles = claim.lexicon.poles
    here = {(axis, side): w for w, at in poles.items() if w in claim.text for axis, side in at}
    there = {(axis, side): w for w, at in poles.items() if w in piece.text for axis, side in at}
    for (axis, side), word in here.items():
        others = [w for (axis_, side_), w in there.items() if axis_ == axis and side_ != side]
        if others and (axis, side) not in there and len(word) > 1:
            return Doubt("differs", "check.opposite", word, others[0], piece, 0.7)
    return None
