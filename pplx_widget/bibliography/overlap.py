"""Count the words and numbers that two texts share, without regard to their meaning."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from ..core.tables import COMMON_WORDS, SHORTEST_LATIN_WORD, SHORTEST_OTHER_WORD

# Scripts without spaces between words. There, each pair of neighbouring characters counts as a word.
UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003134f]"
)
_GRAMMAR = re.compile("[\u3040-\u309f]+")  # only Hiragana, which mostly marks grammar

# A number that is not part of a word such as "CO2" or "v1.2", except in scripts without spaces. A mark
# or a non-breaking space may separate thousands.
_NUMBER = re.compile(
    r"(?<![A-Za-z\u00c0-\u024f\u0370-\u04ff\d])(?<!\d[.,])"
    r"(?:\d{1,3}(?:['’\u00a0\u2009\u202f]\d{3})+(?:[.,]\d+)?(?!\d)|\d+(?:[.,]\d+)*)"
)
_GROUPS = re.compile(r"[0-9]{1,3}([.,])[0-9]{3}(?:\1[0-9]{3})*")


@dataclass(frozen=True, slots=True)
class Terms:
    """The words and numbers of a text, in a form that can be compared.

    Attributes
    ----------
    words : frozenset of str
        The significant words, in lower case and without a plural's s. In scripts without spaces
        between words: pairs of neighbouring characters.
    numbers : dict of str to set of str
        Each number as written → its possible values.
    """

    words: frozenset[str]
    numbers: dict[str, set[str]]


@dataclass(frozen=True, slots=True)
class Overlap:
    """The overlap of a claim with a text.

    Attributes
    ----------
    words, numbers : int
        How many different words and numbers the claim has.
    shared_words, shared_numbers : int
        How many of them also occur in the text.
    missing : tuple of str
        The numbers that do not occur in the text, as written in the claim.
    """

    words: int
    shared_words: int
    numbers: int
    shared_numbers: int
    missing: tuple[str, ...]


def terms(text: str) -> Terms:
    """Return the words and numbers of a text."""
    # Find numbers first: NFKC turns the non-breaking spaces that separate thousands into plain ones.
    numbers = {match[0]: _values(match[0]) for match in _NUMBER.finditer(text)}
    plain = unicodedata.normalize("NFKC", text).lower()
    return Terms(frozenset(key for run in _runs(plain) for key in _keys(run)), numbers)


def overlap(claim: Terms, said: Terms) -> Overlap:
    """Compare a claim with a text."""
    there = set().union(*said.numbers.values())
    missing = tuple(written for written, values in claim.numbers.items() if not values & there)
    return Overlap(
        words=len(claim.words),
        shared_words=len(claim.words & said.words),
        numbers=len(claim.numbers),
        shared_numbers=len(claim.numbers) - len(missing),
        missing=missing,
    )


def _runs(text: str) -> Iterator[str]:
    """Yield runs of letters, their marks and digits; runs of scripts without spaces are separate."""
    for kind, run in groupby(text, _kind):
        if kind:
            yield "".join(run)


def _kind(sign: str) -> str:
    if unicodedata.category(sign)[0] not in "LMN":
        return ""
    return "unspaced" if UNSPACED.match(sign) else "word"


def _keys(run: str) -> Iterator[str]:
    if UNSPACED.match(run):
        pairs = (run[i : i + 2] for i in range(len(run) - 1))
        yield from (pair for pair in pairs if not _GRAMMAR.fullmatch(pair))
    elif run.isnumeric():
        return
    elif any(map(str.isnumeric, run)):
        yield run
    else:
        shortest = SHORTEST_LATIN_WORD if _is_latin(run) else SHORTEST_OTHER_WORD
        if len(run) >= shortest and run not in COMMON_WORDS:
            yield run.removesuffix("s") if len(run) > SHORTEST_LATIN_WORD else run


def _is_latin(run: str) -> bool:
    return run.isascii() or unicodedata.name(run[0], "").startswith("LATIN")


def _values(written: str) -> set[str]:
    """Return the possible values of a number: "1,234" is a thousand or a fraction, by country."""
    digits = "".join(
        sign if sign in ".," else str(unicodedata.decimal(sign))
        for sign in written
        if sign in ".," or sign.isdecimal()
    )
    marks = [sign for sign in digits if sign in ".,"]
    values = set()
    if not marks or _GROUPS.fullmatch(digits):
        values.add(_plain(digits))
    # The last mark may be the decimal mark if it occurs once.
    if marks and marks.count(marks[-1]) == 1 and len(set(marks[:-1])) <= 1:
        whole, _, part = digits.rpartition(marks[-1])
        values.add(".".join(filter(None, (_plain(whole), part.rstrip("0")))))
    # Anything else is a date or a version.
    return values or {digits}


def _plain(digits: str) -> str:
    return re.sub(r"[.,]", "", digits).lstrip("0") or "0"
