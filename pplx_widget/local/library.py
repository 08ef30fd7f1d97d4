"""The shipped samples, and which of them is nearest to a question."""

from __future__ import annotations

import difflib
import functools
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from importlib import resources

from .recording import Exchange, RecordingError, parse


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

    def __init__(self, exchanges: Iterable[Exchange]) -> None:
        self.exchanges = tuple(e for e in exchanges if e.shape == "agent" and e.final and e.question)
        if not self.exchanges:
            raise RecordingError(
                "There is no sample to play.",
                "No recording here holds a whole answer of the Agent API.",
                "Reinstall: `pip install --force-reinstall --no-deps pplx-widget`.",
            )
        self._phrasings = [
            (words(phrase), exchange)
            for exchange in self.exchanges
            for phrase in (exchange.question, *exchange.also)
        ]
        # In how many samples a word occurs, in any phrasing: what all of them share says little.
        self._spread = Counter(
            word
            for exchange in self.exchanges
            for word in {w for phrase in (exchange.question, *exchange.also) for w in words(phrase)}
        )

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
            and spaces apart.
        """
        asked = words(question)
        for phrase, exchange in self._phrasings:
            if asked and phrase == asked:
                return exchange, True
        _, nearest = max(self._phrasings, key=lambda known: self._similarity(asked, known[0]))
        return nearest, False

    def _similarity(self, asked: tuple[str, ...], known: tuple[str, ...]) -> tuple[float, float]:
        shared, all_words = set(asked) & set(known), set(asked) | set(known)
        total = sum(map(self._weight, all_words))
        overlap = sum(map(self._weight, shared)) / total if total else 0.0
        # Spelling decides between equals only, so "rate-limits" still finds "rate-limited".
        return overlap, difflib.SequenceMatcher(None, " ".join(asked), " ".join(known)).ratio()

    def _weight(self, word: str) -> float:
        """Rarity over the samples (inverse document frequency, smoothed)."""
        return math.log(1 + len(self.exchanges) / (1 + self._spread[word]))


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
