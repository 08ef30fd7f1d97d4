"""Find shares in words: "two thirds", "one in eight", "3 out of 4", "jede achte", "三成"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from .figure import SHARE, Figure
from .lexicon import ARTICLES, Lexicon, unspaced, wide_value

_OUT_OF = re.compile(
    r"\b(\w+)\s+(?:out of|in|von|sur|de cada|su|em cada|op de)\s+(?:every\s+)?(\w+)\b",
    re.IGNORECASE,
)
_EACH = re.compile(r"\bjede[rmsn]?\s+(\w+?)(?:te|ste)[nrm]?\b", re.IGNORECASE)
_CROSS = re.compile(r"\b(\w+) (\w+) in (\w+)\b", re.IGNORECASE)
_ONE_OF = re.compile(r"\bun[eoa]?\s+\w+\s+(?:sur|su|de cada)\s+(\w+)\b", re.IGNORECASE)
_TENTHS = re.compile(r"([一二三四五六七八九两\d])成")
_PERCENT_OF = re.compile(r"百分之(\d+(?:\.\d+)?|[一二三四五六七八九十两]+)")
_WORDS = re.compile(r"[^\W\d_]+")
_GERMAN = {"ach": 8, "drit": 3, "sieb": 7}
_ONES = frozenset(["one", "ein", "einer", "eine", "un", "une", "uno", "una", "um", "uma", "een"])
_MOST = 100  # the largest number that a share is one of: "one in 100"
_TEN = 10
_NEAR = 16  # characters before a part that may hold its number
_AFTER_PART = re.compile(
    r"\s*(?:year|of an hour|d['’]heure|stunde|of (?:the )?(?:year|\d{4})|des jahres|\d{4}\b|time|hour"
    r"|victory|quarter)",
    re.IGNORECASE,
)
_PERIOD_BEFORE = re.compile(
    r"(?:first|second|third|fourth|last|ersten?|zweiten?|dritten?|vierten?) $", re.IGNORECASE
)
_AFTER_SHARE = re.compile(
    r"\W*(?:\Z|[^\w\s]|(?:of|the|less|more|fewer|higher|lower|as|from|in|to|since|on|by|for|was|were"
    r"|is|are|have|had)\b)",
    re.IGNORECASE,
)


def shares(text: str, words: Lexicon) -> Iterator[Figure]:
    """Yield the shares in words of a text."""
    if unspaced(words.code):
        yield from _wide(text)
        return
    yield from _of_a_number(text, words)
    yield from _one_of(text, words)
    for match in _WORDS.finditer(text):
        if share := _part(text, match, words):
            yield share


def _wide(text: str) -> Iterator[Figure]:
    for match in _PERCENT_OF.finditer(text):
        if (value := wide_value(match[1])) is not None:
            yield _share(match, value, 1.0)
    for match in _TENTHS.finditer(text):
        if (value := wide_value(match[1])) is not None:
            yield _share(match, value * 10, 5.0)


def _of_a_number(text: str, words: Lexicon) -> Iterator[Figure]:
    """Yield "3 out of 4" and "one in twenty", but not "15 in 2020"."""
    for match in _OUT_OF.finditer(text):
        first, second = _value(match[1], words), _value(match[2], words)
        if not first or not second or not first < second <= _MOST:
            continue
        if first <= _TEN or " in " not in match[0]:
            yield _share(match, 100 * first / second, 2.0)


def _one_of(text: str, words: Lexicon) -> Iterator[Figure]:
    """Yield "one crash in eleven", "une espèce sur cinq" and "jede achte"."""
    for match in _CROSS.finditer(text) if words.code == "en" else ():
        if _value(match[1], words) == 1 and (value := _value(match[3], words)):
            yield from _one(match, value)
    for match in _ONE_OF.finditer(text):
        yield from _one(match, _value(match[1], words))
    for match in _EACH.finditer(text) if words.code == "de" else ():
        yield from _one(match, _value(match[1], words) or _GERMAN.get(match[1].lower()))


def _one(match: re.Match[str], of: float | None) -> Iterator[Figure]:
    if of and 1 < of <= _MOST:
        yield _share(match, 100 / of, 1.0)


def _part(text: str, match: re.Match[str], words: Lexicon) -> Figure | None:
    """Return the share of a word such as "third", with the number before it."""
    part = words.values.get("parts", {}).get(match[0].lower())
    if part is None or _is_period(text, match):
        return None
    before = list(_WORDS.finditer(text, max(0, match.start() - _NEAR), match.start()))
    word = before[-1][0].lower() if before else ""
    count, at = words.values["numbers"].get(word, 0.0), match.start()
    if 0 < count < part:
        at = before[-1].start()
    else:
        count = 1.0
        if part > 2 and word not in ARTICLES:  # noqa: PLR2004 ("her third victory", but "in half")
            return None
        if words.code == "en" and _is_place(text, match):
            return None
    share = _share(match, 100 * count / part, 1.5)
    return replace(share, at=at, text=text[at : match.end()])


def _is_place(text: str, match: re.Match[str]) -> bool:
    """Return whether a word such as "third" counts places: "a third runway"."""
    return text[match.end() : match.end() + 1] == " " and not _AFTER_SHARE.match(text, match.end())


def _is_period(text: str, match: re.Match[str]) -> bool:
    """Return whether a word such as "quarter" or "half" is a part of a year or an hour."""
    return bool(
        _AFTER_PART.match(text, match.end()) or _PERIOD_BEFORE.search(text[: match.start()])
    )


def _share(match: re.Match[str], value: float, step: float) -> Figure:
    return Figure(match[0], match.start(), match.end(), SHARE, (value,), (), "%", step, step)


def _value(word: str, words: Lexicon) -> float | None:
    word = word.lower()
    if word.isascii() and word.isdigit():
        return float(word)
    if word in _ONES:
        return 1.0
    ordinals = words.values.get("ordinals", {})
    return words.values.get("numbers", {}).get(word) or ordinals.get(word)
