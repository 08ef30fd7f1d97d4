"""Check who did what: names that the passages lack, and names that changed places."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from .align import Ground
from .doubts import Doubt
from .texts import Piece, Word

_COVER: Final = 0.6
_CLOSE: Final = 0.75
_PASSIVE: Final = re.compile(
    r"\b(?:was|were|been|being|is|are|be|got)\b.{0,40}\bby\b|\b(?:wurde|wurden|worden)\b.*\b(?:von|durch)\b"
    r"|\b(?:été|est|sont)\b.{0,40}\bpar\b|\b(?:fue|fueron|sido)\b.{0,40}\bpor\b"
    r"|\b(?:stato|stata|fu)\b.{0,40}\bda\b|\b\w+(?:ed|en) by\b",
    re.IGNORECASE,
)
_SHORTEST_ACRONYM: Final = 2


def check(ground: Ground) -> Iterator[Doubt]:
    """Yield names that are missing or in another's place."""
    yield from _missing(ground)
    yield from _swapped(ground)
    yield from _other_subject(ground)


def _known(ground: Ground, word: Word) -> bool:
    if any(ground.alike(word, piece) for piece in ground.pieces):
        return True
    written = ground.claim.text[word.at : word.end].removesuffix("'s").removesuffix("’s")
    if any(written.lower() in piece.text.lower() for piece in ground.pieces):
        return True
    parts = re.split(r"[-’'.]", written.lower())
    if len(parts) > 1 and all(
        any(part in piece.text.lower() for piece in ground.pieces) for part in parts if part
    ):
        return True
    return _abbreviated(ground, word, written)


def _abbreviated(ground: Ground, word: Word, written: str) -> bool:
    """Return whether a name is an abbreviation in the passages, or the other way round."""
    if written.isupper() and len(written) >= _SHORTEST_ACRONYM:
        return any(written in initials for piece in ground.pieces for initials in _initials(piece))
    acronyms = {
        w for piece in ground.pieces for w in re.findall(r"\b[A-Z]{2,6}\b", piece.text)
    }
    place = next(i for i, w in enumerate(ground.claim.words) if w is word)
    for acronym in acronyms:
        for first in range(max(0, place - len(acronym) * 2), place + 1):
            run = [w for w in ground.claim.words[first : first + len(acronym) * 2]]
            letters = [w for w in run if ground.claim.text[w.at].isupper()][: len(acronym)]
            if word in letters and "".join(
                ground.claim.text[w.at] for w in letters
            ) == acronym:
                return True
    return False


def _initials(piece: Piece) -> Iterator[str]:
    capitals = [w for w in piece.words if piece.text[w.at].isupper()]
    yield "".join(piece.text[w.at] for w in capitals)


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
                "differs", "check.other_name", written, piece.text[other.at : other.end], piece, 0.75
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
    if len(placed) < 3:  # noqa: PLR2004
        return
    for first, (mine, theirs) in enumerate(placed):
        for mine_, theirs_ in placed[first + 1 :]:
            if theirs_.at >= theirs.at or mine.end + 1 >= mine_.at:
                continue
            between = [
                (word, there)
                for word, there in placed
                if mine.end <= word.at < mine_.at and theirs_.at < there.at < theirs.at
            ]
            apart = not mine.name or not mine_.name
            if not between:
                continue
            if apart and not _two_things(ground, piece, mine, mine_, placed):
                continue
            yield Doubt(
                "differs",
                "check.swapped",
                f"{_text(claim, mine)} … {_text(claim, mine_)}",
                f"{_text(piece, theirs_)} … {_text(piece, theirs)}",
                piece,
                0.7,
            )
            return


def _text(piece: Piece, word: Word) -> str:
    return piece.text[word.at : word.end]


def _placed(ground: Ground, piece: Piece) -> list[tuple[Word, Word]]:
    """Return the words of the claim that a passage has once, each with its place there."""
    placed = []
    for word in ground.claim.content:
        found = {there.at: there for there in ground.alike(word, piece)}
        if len(found) == 1:
            placed.append((word, next(iter(found.values()))))
    return placed


def _two_things(
    ground: Ground, piece: Piece, mine: Word, mine_: Word, placed: list[tuple[Word, Word]]
) -> bool:
    """Return whether only two words changed places in an otherwise equal order."""
    if ground.cover(piece) < 0.85 or len(placed) < 4:  # noqa: PLR2004
        return False
    rest = [there.at for word, there in placed if word not in {mine, mine_}]
    return rest == sorted(rest)


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
    if any(_in_claim(ground, w) for w in theirs) or _is_topic(ground, subject):
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


def _is_topic(ground: Ground, subject: list[Word]) -> bool:
    titles = [piece for piece in ground.pieces if piece.title]
    return any(ground.alike(w, piece) for piece in titles for w in subject)


def _subject(piece: Piece) -> list[Word]:
    """Return the first name of a sentence, if it stands before other words with a meaning."""
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
