"""The shipped samples, and which of them is nearest to a question."""

from __future__ import annotations

import difflib
import functools
import math
import re
import unicodedata
from collections import Counter
from importlib import resources
from typing import TYPE_CHECKING

from ..recordings.format import Exchange, RecordingError, parse
from .strict import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterable


_SAME = 0.95  # of the words


class Library:
    """A shelf of recorded answers that can be asked.

    Parameters
    ----------
    exchanges : iterable of Exchange
        The recordings. Those that cannot be played as an answer of the Agent API (another shape, or
        cut before the terminal event) are left out.

    Raises
    ------
    RecordingError
        If none is left.
    """

    strict = False
    """Whether it has no answer to a question that is not in it."""

    def __init__(self, exchanges: Iterable[Exchange]) -> None:
        self.exchanges = tuple(
            e for e in exchanges if e.shape == "agent" and e.final and e.question
        )
        if not self.exchanges:
            raise RecordingError(
                "There is no sample to play.",
                "No recording here holds a whole answer of the Agent API.",
                "Reinstall: `pip install --force-reinstall --no-deps pplx-widget`.",
            )
        self._phrasings = {
            exchange.id: [words(phrase) for phrase in (exchange.question, *exchange.also)]
            for exchange in self.exchanges
        }
        # Of what came with a question no word counts: it says nothing of what was asked.
        self._vocabulary = {
            exchange.id: {
                word
                for phrase in (exchange.question, *exchange.also)
                for word in words(phrase.partition("\n\n")[0])
            }
            for exchange in self.exchanges
        }
        # In how many samples a word occurs: what all of them share says little.
        self._spread = Counter(word for known in self._vocabulary.values() for word in known)

    @property
    def questions(self) -> tuple[str, ...]:
        """The questions that are answered as they stand, one a sample."""
        return tuple(exchange.question for exchange in self.exchanges)

    def nearest(self, question: str) -> tuple[Exchange, bool]:
        """Return the sample that answers a question best.

        Parameters
        ----------
        question : str
            Anything, also nothing.

        Returns
        -------
        exchange : Exchange
            The sample.
        exact : bool
            Whether it answers this very question, or another phrasing of it: case, punctuation
            and spaces apart. Of data that came with the question, small differences do not count:
            versions of pandas name the types of columns differently.
        """
        asked = words(question)
        for exchange in self.exchanges:
            if asked and asked in self._phrasings[exchange.id]:
                return exchange, True
            if _same_data(question, exchange.question):
                return exchange, True
        return max(self.exchanges, key=lambda e: self._similarity(asked, e.id)), False

    def refusal(self, question: str) -> Refusal | None:
        """Return why a question has no answer here: a library of samples has one to everything."""
        if not self.strict:
            return None
        exchange, exact = Library.nearest(self, question)
        said = f"the recording has no answer to this question; the nearest is: {exchange.question}"
        return None if exact else Refusal(404, "not_recorded", said)

    def as_recorded(self, exchange: Exchange) -> Exchange:
        """Return an exchange in the shape in which it was recorded."""
        return exchange

    def _similarity(self, asked: tuple[str, ...], sample: str) -> tuple[float, float]:
        shared = math.fsum(map(self._rarity, set(asked) & self._vocabulary[sample]))
        # Spelling decides between equals only: with no word in common, "migrating" finds "migrate".
        spelled = difflib.SequenceMatcher(b=" ".join(asked))
        likeness = 0.0
        for phrase in self._phrasings[sample]:
            spelled.set_seq1(" ".join(phrase))
            likeness = max(likeness, spelled.ratio())
        return shared, likeness

    def _rarity(self, word: str) -> float:
        return math.log((1 + len(self.exchanges)) / self._spread[word])


def _same_data(question: str, sample: str) -> bool:
    """Return whether two questions are the same and so is, nearly, what came with them."""
    (asked, _, data), (known, _, its_data) = question.partition("\n\n"), sample.partition("\n\n")
    if not (data and its_data and words(asked) == words(known)):
        return False
    given, expected = Counter(words(data)), Counter(words(its_data))
    shared = (given & expected).total()
    return shared >= _SAME * max(given.total(), expected.total())


def words(text: str) -> tuple[str, ...]:
    """Return the words of a text without case, punctuation and spaces."""
    return tuple(re.findall(r"\w+", unicodedata.normalize("NFKC", text).casefold()))


@functools.cache
def samples() -> Library:
    """Return the samples that come with the package, read once.

    Raises
    ------
    RecordingError
        If they are missing or damaged: the installation is incomplete.
    """
    folder = resources.files(__package__) / "samples"
    files = sorted(folder.iterdir(), key=lambda f: f.name) if folder.is_dir() else []
    return Library(
        exchange
        for file in files
        if file.name.endswith(".jsonl")
        for exchange in parse(file.read_bytes(), name=file.name)
    )
