"""The shipped samples, and the search for the sample nearest to a question."""

from __future__ import annotations

import difflib
import functools
from collections import Counter
from importlib import resources
from typing import TYPE_CHECKING

from ..recordings.format import Exchange, RecordingError, parse
from .likeness import Topics, text_of, words
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
        self._topics = Topics(
            {
                exchange.id: (
                    map(_question, (exchange.question, *exchange.also)),
                    text_of(exchange),
                )
                for exchange in self.exchanges
            }
        )

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
        return max(self.exchanges, key=lambda e: self._likeness(question, e)), False

    def find(self, question: str) -> tuple[Exchange, bool] | None:
        """Return the sample that answers a question, and whether it does so exactly.

        Returns
        -------
        tuple or None
            As of `nearest`; None if the nearest sample is about something else.
        """
        exchange, exact = self.nearest(question)
        if exact:
            return exchange, True
        has_data = _DATA in exchange.question
        close = self._topics.is_close(_question(question), exchange.id) and (
            not has_data or _alike(_data(question), _data(exchange.question))
        )
        return (exchange, False) if close else None

    def known(self, question: str, exchange: Exchange) -> float:
        """Return which share of a question's words the phrasings of a sample contain, from 0 to 1."""
        return self._topics.likeness(_question(question), exchange.id)[0]

    def refusal(self, question: str) -> Refusal | None:
        """Return the reason to refuse a question, or None. Samples answer every question."""
        if not self.strict:
            return None
        exchange, exact = self.nearest(question)
        nearest = f"the nearest recorded question is: {exchange.question}"
        said = f"the recording has no answer to this question; {nearest}"
        return None if exact else Refusal(404, "not_recorded", said)

    def as_recorded(self, exchange: Exchange) -> Exchange:
        """Return an exchange in the API format in which it was recorded."""
        return exchange

    def _likeness(self, question: str, sample: Exchange) -> tuple[float, float, float]:
        # Spelling only breaks ties between samples with the same words.
        spelled = difflib.SequenceMatcher(b=" ".join(words(_question(question))))
        likeness = 0.0
        for phrase in (sample.question, *sample.also):
            spelled.set_seq1(" ".join(words(_question(phrase))))
            likeness = max(likeness, spelled.ratio())
        return *self._topics.likeness(_question(question), sample.id), likeness


# How the summary of the user's data begins, which follows the question.
_DATA = "\n\nData for this question, "


def _question(text: str) -> str:
    """Return a question without the data that was sent with it, which does not tell its topic."""
    return text.partition(_DATA)[0]


def _data(text: str) -> str:
    return text.partition(_DATA)[2]


def _same_data(question: str, sample: str) -> bool:
    """Return whether two questions are the same and the data sent with them nearly so."""
    same = words(_question(question)) == words(_question(sample))
    return same and _alike(_data(question), _data(sample))


def _alike(data: str, others: str) -> bool:
    if not (data and others):
        return False
    given, expected = Counter(words(data)), Counter(words(others))
    shared = (given & expected).total()
    return shared >= _SAME * max(given.total(), expected.total())


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
