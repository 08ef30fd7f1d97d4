"""The words of each language that carry grammar or logic, from ``words.json``, and their stems."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from itertools import pairwise
from typing import Any

_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_KANA = re.compile("[\u3040-\u30ff]")
_WORD = re.compile(r"[^\W\d_]+(?:['’.&-](?=[^\W\d_])[^\W\d_]+)*", re.UNICODE)
_LANGUAGES = ("en", "de", "fr", "es", "it", "pt", "nl")
_LETTERS = {
    "de": set("ßäöü"),
    "fr": set("èêçœàû"),
    "es": set("ñ¿¡"),
    "pt": set("ãõ"),
    "it": set("ìòù"),
}
_SAMPLE = 400  # words are enough to know a language

# Endings that inflect, longest first, and how much of a word must stay.
_ENDINGS = {
    "en": "ations ation ingly edly ings ing edly ied ies ed es ly s e",
    "de": "enden endem ender endes ende end ungen ung ten tet est en em er es te st e n s t",
    "fr": "ements ement aient ées és ée ent er é es ait a s e x r",
    "es": "ciones ción aron ieron ando iendo ados adas ado ada as os es ar er ir an en ó a o e s",
    "it": "zioni zione ati ate ato ata are ere ire i e o a",
    "pt": "ções ção aram ados adas ado ada ou as os es ar er ir am em a o e s",
    "nl": "den ten de te en t e s",
}
_SHORTEST = 3
_VOWELS = "aeiouyäöü"


def word_set(words: str) -> frozenset[str]:
    """Return the words of a text as a set."""
    return frozenset(words.split())


ARTICLES = word_set("a an one ein einem einen un une uno um den een d der das")
_WIDE_DIGITS = {sign: value for value, sign in enumerate("零一二三四五六七八九十")} | {"两": 2}


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The words of one language.

    Attributes
    ----------
    code : str
        The language, such as "en".
    sets : dict of str to frozenset of str
        Sets of words by their role, such as "negation".
    phrases : dict of str to tuple of str
        Phrases by their role, longest first.
    values : dict of str to dict of str to float
        Words with a value: "numbers", "ordinals", "parts" and "times".
    months : dict of str to int
        The names of months.
    groups : dict of str to frozenset of str
        Each word → the groups of related words that it is in.
    poles : dict of str to frozenset of (int, int)
        Each word → the oppositions that it is in, and its side in each.
    """

    code: str
    sets: dict[str, frozenset[str]]
    phrases: dict[str, tuple[str, ...]]
    values: dict[str, dict[str, float]]
    months: dict[str, int]
    groups: dict[str, frozenset[str]]
    poles: dict[str, frozenset[tuple[int, int]]]

    def words(self, role: str) -> frozenset[str]:
        """Return the words with a role; empty if the language has none."""
        return self.sets.get(role, frozenset())


@cache
def _tables() -> dict[str, dict[str, Any]]:
    read = resources.files(__package__).joinpath("words.json").read_text("utf-8")
    tables: dict[str, dict[str, Any]] = json.loads(read)
    return tables


@cache
def lexicon(code: str) -> Lexicon:
    """Return the words of a language; those of English for an unknown one."""
    table = _tables().get(code) or _tables()["en"]
    sets, phrases, values = {}, {}, {}
    for role, entry in table.items():
        if role in {"numbers", "ordinals", "parts", "times"}:
            words = entry.split()
            values[role] = {w: float(v) for w, v in zip(words[::2], words[1::2], strict=True)}
        elif role in {"because", "therefore", "unnegated", "earlier"}:
            phrases[role] = tuple(sorted(entry, key=len, reverse=True))
        elif role not in {"months", "irregular", "same", "opposite"}:
            sets[role] = frozenset(entry.split())
    months = {
        name: number
        for number, names in enumerate(table.get("months", "").split("|"), 1)
        for name in names.split()
    }
    groups: dict[str, frozenset[str]] = {}
    for forms in filter(None, table.get("irregular", "").split("|")):
        first = forms.split()[0]
        for form in forms.split():
            groups[form] = groups.get(form, frozenset()) | {first}
    for place, group in enumerate(table.get("same", ())):
        for word in group.split():
            for key in (word, stem(word, code), *groups.get(word, ())):
                groups[key] = groups.get(key, frozenset()) | {f"#{place}"}
    return Lexicon(code, sets, phrases, values, months, groups, _poles(table, code))


def _poles(table: dict[str, Any], code: str) -> dict[str, frozenset[tuple[int, int]]]:
    poles: dict[str, frozenset[tuple[int, int]]] = {}
    for axis, opposition in enumerate(table.get("opposite", ())):
        for side, words in enumerate(opposition.split(" | ")):
            for word in words.split():
                for key in {word, _inflected(word, code)}:
                    poles[key] = poles.get(key, frozenset()) | {(axis, side)}
    return poles


def _inflected(word: str, code: str) -> str:
    return f"~{stem(word, code)}"


@lru_cache(maxsize=8192)
def poles_of(word: str, code: str) -> frozenset[tuple[int, int]]:
    """Return the oppositions that a word is in: pairs of an axis and a side."""
    known = lexicon(code).poles
    if word in known:
        return known[word]
    for form in lexicon(code).groups.get(word, ()):
        if form in known:
            return known[form]
    return known.get(_inflected(word, code), frozenset())


@lru_cache(maxsize=8192)
def keys_of(word: str, code: str) -> frozenset[str]:
    """Return the stem of a word, its irregular base, and its groups of related words."""
    groups = lexicon(code).groups
    own = stem(word, code)
    found = {own} | groups.get(word, frozenset()) | groups.get(own, frozenset())
    for base in groups.get(word, frozenset()):
        found |= groups.get(base, frozenset())
        if not base.startswith("#"):
            found.add(stem(base, code))
    return frozenset(found)


@lru_cache(maxsize=8192)
def stem(word: str, code: str) -> str:
    """Return a word without its inflection, as far as its ending tells."""
    word = word.removesuffix("'s").removesuffix("’s")
    if len(word) <= _SHORTEST:
        return word
    for ending in _ENDINGS.get(code, "").split():
        rest = word.removesuffix(ending)
        if rest != word and len(rest) >= _SHORTEST and any(sign in _VOWELS for sign in rest):
            if ending in {"ies", "ied"}:
                return f"{rest}y"
            if ending == "s" and rest.endswith(("s", "u", "i")):
                return word
            if (
                code == "en"
                and len(rest) > _SHORTEST
                and rest[-1] == rest[-2]
                and rest[-1] not in "ls"
            ):
                rest = rest[:-1]
            return rest.removesuffix("e") if len(rest) > _SHORTEST else rest
    return word


@lru_cache(maxsize=1024)
def language(text: str, usual: str = "") -> str:
    """Return the most likely language of a text, by its script and its most common words.

    Parameters
    ----------
    text : str
        The text.
    usual : str
        The language to assume if the text does not clearly have another one.
    """
    if 3 * len(_UNSPACED.findall(text)) >= max(1, sum(map(str.isalpha, text))):
        return "ja" if _KANA.search(text) else "zh"
    words = [match[0].lower() for match in _WORD.finditer(text)][:_SAMPLE]
    letters = set(text.lower())
    counts = {
        code: sum(w in lexicon(code).words("function") for w in words)
        + 2 * len(letters & _LETTERS.get(code, set()))
        for code in _LANGUAGES
    }
    best = max(counts.values(), default=0)
    if usual and best <= counts.get(usual, 0):
        return usual
    return next(code for code in _LANGUAGES if counts[code] == best) if best else "en"


def unspaced(code: str) -> bool:
    """Return whether a language is written without spaces between its words."""
    return code in {"zh", "ja"}


def words_of(text: str) -> Iterator[re.Match[str]]:
    """Iterate over the words of a text."""
    return _WORD.finditer(text)


def pairs(run: str) -> list[str]:
    """Return the pairs of neighbouring characters of a text without spaces."""
    return ["".join(pair) for pair in pairwise(run)]


def wide_value(written: str) -> float | None:
    """Return the value of a number in Chinese signs or digits; None if it has others."""
    if written.replace(".", "").isdigit() and written.isascii():
        return float(written)
    total, digit = 0, 0
    for sign in written:
        if sign == "十":
            total, digit = total + (digit or 1) * 10, 0
        elif sign in _WIDE_DIGITS:
            digit = _WIDE_DIGITS[sign]
        else:
            return None
    return float(total + digit)
