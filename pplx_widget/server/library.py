"""The shipped samples, and the search for the sample nearest to a question."""

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


_SAME = 0.95  # share of the words of the data that must be equal


class Library:
    """A collection of recorded answers, searchable by question.

    Parameters
    ----------
    exchanges : iterable of Exchange
        The recordings. A recording that cannot be played as an answer of the Agent API (another API
        format, or no terminal event) is ignored.

    Raises
    ------
    RecordingError
        If no recording can be played.
    """

    strict = False
    """Whether a question that was not recorded is refused."""

    def __init__(self, exchanges: Iterable[Exchange]) -> None:
        self.exchanges = tuple(
            e for e in exchanges if e.shape == "agent" and e.final and e.question
        )
        if not self.exchanges:
            raise RecordingError(
                "There is no sample to play.",
                "No recording contains a complete answer of the Agent API.",
                "Reinstall the package: `pip install --force-reinstall --no-deps pplx-widget`.",
            )
        self._phrasings = {
            exchange.id: [words(phrase) for phrase in (exchange.question, *exchange.also)]
            for exchange in self.exchanges
        }
        # Only words of the question itself: the data sent with it does not tell its topic.
        self._vocabulary = {
            exchange.id: {
                word
                for phrase in (exchange.question, *exchange.also)
                for word in words(phrase.partition("\n\n")[0])
            }
            for exchange in self.exchanges
        }
        # The number of samples in which a word occurs: a word of all samples tells little.
        self._spread = Counter(word for known in self._vocabulary.values() for word in known)

    @property
    def questions(self) -> tuple[str, ...]:
        """The questions that have an exact answer, one for each sample."""
        return tuple(exchange.question for exchange in self.exchanges)

    def nearest(self, question: str) -> tuple[Exchange, bool]:
        """Return the sample that answers a question best.

        Parameters
        ----------
        question : str
            Any text; may be empty.

        Returns
        -------
        exchange : Exchange
            The sample.
        exact : bool
            Whether it answers exactly this question or a known phrasing of it, ignoring case,
            punctuation and spaces. Small differences in the data sent with the question are ignored,
            because versions of pandas name the types of columns differently.
        """
        asked = words(question)
        for exchange in self.exchanges:
            if asked and asked in self._phrasings[exchange.id]:
                return exchange, True
            if _same_data(question, exchange.question):
                return exchange, True
        return max(self.exchanges, key=lambda e: self._similarity(asked, e.id)), False

    def refusal(self, question: str) -> Refusal | None:
        """Return the reason to refuse a question, or None. Samples answer every question."""
        if not self.strict:
            return None
        exchange, exact = Library.nearest(self, question)
        nearest = f"the nearest recorded question is: {exchange.question}"
        said = f"the recording has no answer to this question; {nearest}"
        return None if exact else Refusal(404, "not_recorded", said)

    def as_recorded(self, exchange: Exchange) -> Exchange:
        """Return an exchange in the API format in which it was recorded."""
        return exchange

    def _similarity(self, asked: tuple[str, ...], sample: str) -> tuple[float, float]:
        shared = math.fsum(map(self._rarity, set(asked) & self._vocabulary[sample]))
        # Spelling only breaks ties: "migrating" finds "migrate" although they share no word.
        spelled = difflib.SequenceMatcher(b=" ".join(asked))
        likeness = 0.0
        for phrase in self._phrasings[sample]:
            spelled.set_seq1(" ".join(phrase))
            likeness = max(likeness, spelled.ratio())
        return shared, likeness

    def _rarity(self, word: str) -> float:
        return math.log((1 + len(self.exchanges)) / self._spread[word])


def _same_data(question: str, sample: str) -> bool:
    """Return whether two questions are the same and the data sent with them nearly so."""
    (asked, _, data), (known, _, its_data) = question.partition("\n\n"), sample.partition("\n\n")
    if not (data and its_data and words(asked) == words(known)):
        return False
    given, expected = Counter(words(data)), Counter(words(its_data))
    shared = (given & expected).total()
    return shared >= _SAME * max(given.total(), expected.total())


def words(text: str) -> tuple[str, ...]:
    """Return the words of a text, case-folded and without punctuation."""
    return tuple(re.findall(r"\w+", unicodedata.normalize("NFKC", text).casefold()))


@functools.cache
def samples() -> Library:
    """Return the samples that come with the package; they are read once.

    Raises
    ------
    RecordingError
        If they are missing or damaged, because the installation is incomplete.
    """
    folder = resources.files(__package__) / "samples"
    files = sorted(folder.iterdir(), key=lambda f: f.name) if folder.is_dir() else []
    return Library(
        exchange
        for file in files
        if file.name.endswith(".jsonl")
        for exchange in parse(file.read_bytes(), name=file.name)
    )
