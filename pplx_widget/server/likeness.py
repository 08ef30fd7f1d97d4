"""How close a question is to the topic of a sample.

Only words that tell a topic count, by their stems. A sample is close to a question if its phrasings
contain more than half of the question's words, weighted by how rare they are, and its phrasings and
answer together contain most of them. So a question that only shares a word with a sample ("How do I
migrate to Canada?") is not close to it.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final

from ..recordings.format import Exchange

# Measured with the questions in `tests/server/test_samples.py`.
_KNOWN: Final = 0.5  # the phrasings have more than this weighted share of its words
_COVERED: Final = 0.6  # the phrasings and the answer have at least this share of them

_PLAIN_WORDS: Final = """
a about after all also an and another any are as at be because been before being between both but by
can compare could d did difference do does doesn doing don down during each example explain find for
from get gets give had has have having he her here him his how i if in into is it its just like ll
look looks m make many may me mean means might more most much must my need no nor not of off on only
or other our out over own please re s same say says see she should show simple so some such t tell
than that the their them then there these they this those through to too under up us use used uses
using ve versus very vs was we were what when where whether which while who whom why will with
without work works would you your

aber als am an auch auf aus bei bin bis das dem den denn der des die dies diese dieser dieses doch du
durch ein eine einem einen einer eines er erkläre es für gib gibt haben hat ich ihr im in ist kann
kannst können man mehr mein mir mit nach nicht noch nur oder ob sich sie sind so über um und uns unter
vom von vor wann war waren warum was welche welchem welchen welcher welches wenn wer werden weshalb wie
wieso wieviel wird wir wo woher wohin womit worin wozu wurde wurden zu zum zur zwischen
"""
_ENDINGS: Final = (("ies", "y"), ("ing", ""), ("ed", ""), ("es", "e"), ("s", ""))
_SHORTEST_STEM: Final = 3


def words(text: str) -> tuple[str, ...]:
    """Return the words of a text, case-folded and without punctuation."""
    return tuple(re.findall(r"\w+", unicodedata.normalize("NFKC", text).casefold()))


# Words that tell no topic.
_PLAIN: Final = frozenset(words(_PLAIN_WORDS))


class Topics:
    """The topics of samples.

    Parameters
    ----------
    samples : mapping of str to (iterable of str, str)
        The phrasings and the answer of each sample, by its id.
    """

    def __init__(self, samples: Mapping[str, tuple[Iterable[str], str]]) -> None:
        self._asked = {id_: _topic(" ".join(said)) for id_, (said, _) in samples.items()}
        self._told = {
            id_: self._asked[id_] | _topic(answer) for id_, (_, answer) in samples.items()
        }
        self._spread = Counter(word for known in self._asked.values() for word in known)

    def likeness(self, question: str, sample: str) -> tuple[float, float]:
        """Return the shares for `_KNOWN` and `_COVERED`; 0 without a word that tells a topic."""
        asked = _topic(question)
        if not asked:
            return 0.0, 0.0
        known = math.fsum(map(self._rarity, asked & self._asked[sample]))
        total = math.fsum(map(self._rarity, asked))
        return known / total, len(asked & self._told[sample]) / len(asked)

    def is_close(self, question: str, sample: str) -> bool:
        """Return whether a sample is about the topic of a question."""
        known, covered = self.likeness(question, sample)
        return known > _KNOWN and covered >= _COVERED

    def _rarity(self, word: str) -> float:
        # A word of all samples tells little; one of none is as rare as one of a single sample.
        return math.log((1 + len(self._asked)) / (self._spread[word] or 1))


def text_of(exchange: Exchange) -> str:
    """Return the text of a recorded answer and the titles of its sources."""
    found: list[str] = []
    for item in _objects((exchange.final or {}).get("output")):
        found += [str(part.get("text") or "") for part in _objects(item.get("content"))]
        found += [str(result.get("title") or "") for result in _objects(item.get("results"))]
    return " ".join(found)


def _objects(value: Any) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _topic(text: str) -> frozenset[str]:
    return frozenset(_stem(word) for word in words(text) if word not in _PLAIN)


def _stem(word: str) -> str:
    for ending, instead in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_STEM:
            word = word.removesuffix(ending) + instead
            break
    return word[:-1] if word.endswith("e") and len(word) > _SHORTEST_STEM + 1 else word
