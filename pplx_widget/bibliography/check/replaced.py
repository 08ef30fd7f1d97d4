"""Find words that fill the place of others in an otherwise equal sentence."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import Final, Literal

from .align import Ground
from .compare import likeness
from .doubts import Doubt
from .lexicon import unspaced, word_set
from .texts import Piece, Word

_SAME: Final = 0.6  # of the words must be equal before one is compared with another in its place
_FEWEST: Final = 3
_LONGEST: Final = 3  # words that take the place of others
_CLOSE_BY: Final = 3  # characters between a thing and its name
_VERBATIM: Final = 0.85
_BEFORE_NOUNS: Final = word_set(
    "after before during since until the a an this that these those its their his her our of in by"
    " for from with le la les un une des du de d l par el los las una del por il lo gli di da o os as"
    " um uma do het een van door"
)


def replaced(ground: Ground) -> Iterator[Doubt]:
    """Yield words that fill the place of others in an otherwise equal sentence."""
    piece = ground.best
    if piece is None or piece.title:
        return
    if unspaced(piece.code):
        yield from _substituted_signs(ground, piece)
        return
    mine = ground.claim.content
    theirs = piece.content
    matched = {w.at for w in mine if ground.alike(w, piece)}
    taken = {there.at for w in mine for there in ground.alike(w, piece)}
    rest = [w for w in mine if w.at in matched]
    figures = sum(
        any(likeness(f, g) == "same" for g in piece.figures) for f in ground.claim.figures
    )
    if len(rest) + 2 * figures < _FEWEST or len(rest) + figures < _SAME * len(mine):
        return
    for run in _runs(mine, matched):
        left, right = _neighbours(mine, run)
        for other in _runs(theirs, taken):
            left_, right_ = _neighbours(theirs, other)
            if not (_same(ground, piece, left, left_) and _same(ground, piece, right, right_)):
                continue
            if left is None and right is None:
                continue
            yield from _exchange(ground, piece, run, other)
            return


def _substituted_signs(ground: Ground, piece: Piece) -> Iterator[Doubt]:
    """Yield signs in the place of others, in a script without spaces between words."""
    mine, theirs = ground.claim.text, piece.text
    blocks = SequenceMatcher(None, mine, theirs, autojunk=False).get_opcodes()
    for place, (kind, start, end, start_, end_) in enumerate(blocks):
        if kind != "replace" or not 2 <= end - start <= 4 or not 2 <= end_ - start_ <= 4:  # noqa: PLR2004
            continue
        before = blocks[place - 1] if place else None
        in_figure = any(f.at < end and f.end > start for f in ground.claim.figures)
        if before and before[0] == "equal" and before[2] - before[1] > 1 and not in_figure:
            here, there = mine[start:end], theirs[start_:end_]
            yield Doubt("unclear", "check.other_name", here, there, piece, 0.6)
            return


def _runs(words: list[Word], matched: set[int]) -> Iterator[list[Word]]:
    run: list[Word] = []
    for word in words:
        if word.at in matched:
            if run:
                yield run
            run = []
        else:
            run.append(word)
    if run:
        yield run


def _neighbours(words: list[Word], run: list[Word]) -> tuple[Word | None, Word | None]:
    first, last = words.index(run[0]), words.index(run[-1])
    return (
        words[first - 1] if first else None,
        words[last + 1] if last + 1 < len(words) else None,
    )


def _same(ground: Ground, piece: Piece, mine: Word | None, theirs: Word | None) -> bool:
    if mine is None:
        return True
    if theirs is None:
        return False
    return any(there.at == theirs.at for there in ground.alike(mine, piece))


def _exchange(ground: Ground, piece: Piece, run: list[Word], other: list[Word]) -> Iterator[Doubt]:
    if max(len(run), len(other)) > _LONGEST:
        return
    proper = any(w.name for w in run) and any(w.name for w in other)
    if not proper and (is_topic(ground, run) or is_topic(ground, other)):
        return
    here = ground.claim.text[run[0].at : run[-1].end]
    there = piece.text[other[0].at : other[-1].end]
    known = all(any(ground.alike(w, p) for p in ground.pieces) for w in run)
    common = any(run[0].text in p.text.split() for p in ground.pieces)
    either = (any(w.name for w in run) and _named(piece, other)) or (
        any(w.name for w in other) and _named(ground.claim, run)
    )
    names = either and not common and piece.code != "de"
    if not names and not _is_thing(ground, run[0]):
        return  # another verb says the same, or its opposite, which is found elsewhere
    verdict: Literal["differs", "unclear"] = "unclear"
    rest = [w for w in ground.claim.content if w not in run]
    clear = len(rest) >= _FEWEST and ground.cover(piece, rest) >= _VERBATIM
    if names or (known and clear and not _one_thing(ground, run, other)):
        verdict = "differs"
    yield Doubt(verdict, "check.other_name", here, there, piece, 0.7)


def _named(piece: Piece, run: list[Word]) -> bool:
    return any(w.name for w in run) or piece.text[run[0].at].isupper()


def _is_thing(ground: Ground, word: Word) -> bool:
    """Return whether a word is probably a noun, and not a verb: the word before it tells."""
    claim = ground.claim
    before = [w for w in claim.words if w.end <= word.at]
    if not before or word.name or claim.code == "de":
        return claim.text[word.at].isupper()
    return before[-1].text in _BEFORE_NOUNS


def _one_thing(ground: Ground, run: list[Word], other: list[Word]) -> bool:
    """Return whether a source names both as one thing: "the operator Nordlys", "X is an airline"."""
    for piece in ground.pieces:
        first = [there for w in run for there in ground.alike(w, piece)]
        second = [w for w in piece.content if any(w.keys & o.keys for o in other)]
        for a in first:
            for b in second:
                gap = max(a.at, b.at) - min(a.end, b.end)
                between = piece.text[min(a.end, b.end) : max(a.at, b.at)].lower().split()
                if gap <= _CLOSE_BY or set(between) & piece.lexicon.words("copula"):
                    return True
    return False


def is_topic(ground: Ground, subject: list[Word]) -> bool:
    """Return whether the title of a source has one of some words."""
    titles = [piece for piece in ground.pieces if piece.title]
    keys = {key for piece in titles for w in piece.content for key in w.keys}
    return any(w.keys & keys for w in subject)
