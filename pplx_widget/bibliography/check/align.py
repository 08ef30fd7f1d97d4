"""Find the passages that a claim is about, and how much of it they contain."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from .texts import Piece, Word

_NAME: Final = 1.5  # a name counts more than another word
_MOST_PIECES: Final = 3  # that together support a claim
_GAIN: Final = 0.12  # of the claim that a further passage must add
_ACRONYM: Final = re.compile(r"[A-Z]{2,6}")


@dataclass(slots=True, eq=False)
class Ground:
    """A claim and the passages of the sources that it cites.

    Attributes
    ----------
    claim : Piece
        The sentence.
    pieces : sequence of Piece
        All passages, with the titles of the sources.
    support : list of Piece
        The passages that together contain most of the claim, the best one first.
    """

    claim: Piece
    pieces: Sequence[Piece]
    support: list[Piece] = field(default_factory=list)
    _alike: dict[tuple[int, int], list[Word]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.support = self._supporting()

    def alike(self, word: Word, there: Piece) -> list[Word]:
        """Return the words of a passage that are like a word of the claim."""
        key = (id(there), word.at)
        if key not in self._alike:
            self._alike[key] = there.alike(word) or _abbreviation(word, self.claim, there)
        return self._alike[key]

    def cover(self, there: Piece, words: Iterable[Word] | None = None) -> float:
        """Return the share of words of the claim that a passage contains, from 0 to 1.

        Parameters
        ----------
        there : Piece
            The passage.
        words : iterable of Word, optional
            Words of the claim; all that have a meaning if not given.
        """
        return self.covered((there,), words)

    def covered(self, pieces: Iterable[Piece], words: Iterable[Word] | None = None) -> float:
        """Return the share of words of the claim that some passages contain together."""
        chosen = self.claim.content if words is None else list(words)
        total = sum(map(weight, chosen))
        if not total:
            return 0.0
        there = list(pieces)
        found = sum(weight(w) for w in chosen if any(self.alike(w, piece) for piece in there))
        return found / total

    @property
    def best(self) -> Piece | None:
        """The passage that contains most of the claim, if any does."""
        return self.support[0] if self.support else None

    def near(self, at: int) -> list[Word]:
        """Return the words of the claim in the clause of a place; all if it has hardly any."""
        clause = self.claim.clause(at)
        own = [word for word in self.claim.content if self.claim.clause(word.at) == clause]
        return own if len(own) > 1 else self.claim.content

    def missing(self) -> list[Word]:
        """Return the words of the claim that no passage contains."""
        return [
            word
            for word in self.claim.content
            if not any(self.alike(word, piece) for piece in self.pieces)
        ]

    def _supporting(self) -> list[Piece]:
        from .compare import likeness  # noqa: PLC0415 (used here only)

        left = set(self.claim.content)
        figures = set(self.claim.figures)
        total = sum(map(weight, left)) + len(figures)
        rest = [piece for piece in self.pieces if not piece.title]
        chosen: list[Piece] = []
        while rest and len(chosen) < _MOST_PIECES and total:
            best, gain = None, 0.0
            for piece in rest:
                own = sum(weight(word) for word in left if self.alike(word, piece))
                own += sum(any(likeness(f, g) == "same" for g in piece.figures) for f in figures)
                if own > gain:
                    best, gain = piece, own
            if best is None or (chosen and gain / total < _GAIN):
                break
            chosen.append(best)
            rest.remove(best)
            left -= {word for word in left if self.alike(word, best)}
            figures -= {f for f in figures if any(likeness(f, g) == "same" for g in best.figures)}
        return chosen


def _abbreviation(word: Word, here: Piece, there: Piece) -> list[Word]:
    """Return the words of a passage that a name abbreviates, or its abbreviation there."""
    if not word.name:
        return []
    written = here.text[word.at : word.end]
    if _ACRONYM.fullmatch(written):
        return _run(there, written)
    acronyms = [w for w in there.words if w.name and _ACRONYM.fullmatch(there.text[w.at : w.end])]
    return [w for w in acronyms if word in _run(here, there.text[w.at : w.end])]


def _run(piece: Piece, initials: str) -> list[Word]:
    """Return the words of a text with capitals that have these initials, one after the other."""
    capitals = [word for word in piece.words if piece.text[word.at].isupper()]
    letters = "".join(piece.text[word.at] for word in capitals)
    at = letters.find(initials)
    return capitals[at : at + len(initials)] if at >= 0 else []


def weight(word: Word) -> float:
    """Return how much a word counts."""
    return _NAME if word.name else 1.0
