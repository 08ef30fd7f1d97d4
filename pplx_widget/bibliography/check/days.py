"""Find the dates of a text, and compare them part by part."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from .lexicon import Lexicon, unspaced, word_set


class Day(NamedTuple):
    """A date, of which parts may be unknown.

    Attributes
    ----------
    year, month, day, quarter, half : int or None
        The parts. A quarter and a half belong to a year.
    decade : bool
        Whether the year is the first one of a decade.
    """

    year: int | None = None
    month: int | None = None
    day: int | None = None
    quarter: int | None = None
    half: int | None = None
    decade: bool = False


_ISO = re.compile(r"(?<![\d-])(\d{4})-(\d{1,2})(?:-(\d{1,2}))?(?![\d-])")
_SLASHES = re.compile(r"(?<![\d/.])(\d{1,2})([/.])(\d{1,2})\2(\d{4})(?![\d/])")
_WIDE = re.compile(r"(?:(\d{4})年(?:度|末|底|初)?)?(?:(\d{1,2})月(?:(\d{1,2})[日号])?)?")
_QUARTER = re.compile(
    r"\b(?:Q([1-4])|(first|second|third|fourth) quarter|(erste|zweite|dritte|vierte)[ns]? Quartal)"
    r"(?:\s+(?:of\s+)?(\d{4}))?",
    re.IGNORECASE,
)
_HALF = re.compile(
    r"\b(?:H([12])|(first|second) half|(erste|zweite)[ns]? (?:Halbjahr|Hälfte))"
    r"(?:\s+of (?:the|that) year)?(?:\s+(?:of\s+|des Jahres\s+)?(\d{4}))?",
    re.IGNORECASE,
)
_PLACES = {
    "first": 1, "second": 2, "third": 3, "fourth": 4,
    "erste": 1, "zweite": 2, "dritte": 3, "vierte": 4,
}  # fmt: skip
_DECADE = re.compile(r"(?<!\d)(\d{3})0(?:s\b|er\b(?! ?\w*\d))")
_YEAR = re.compile(
    r"(?<![\d.,'’\w$€£¥-])(1[0-9]\d\d|20\d\d|21\d\d)(?![\d%])(?![.,]\d)(?!\s?(?:°|%|km|m\b|kg|MW|€|\$))"
)
_YEAR_RANGE = re.compile(r"(?<![\d.,])(1\d{3}|20\d\d)\s?[-–/]\s?(1\d{3}|20\d\d|\d\d)(?![\d.,-])")
_DAY = r"(?:the\s+)?(\d{1,2})(?:st|nd|rd|th|er|º|\.)?(?:\s?[-–/]\s?(\d{1,2})\.?)?"
_BEFORE_MONTHS = word_set(
    "in since until of by last this next and from to between for early late mid during"
)
_BEFORE_YEARS = word_set(
    "in since of until till by from to and between before after during around year years early late"
    " mid end spring summer autumn winter fall for im seit ab bis jahr jahre von um ende anfang und"
    " vor nach en depuis de à et entre dès fin début avant après année desde a y hasta año nel dal tot"
    " van sinds"
)
_NEXT_WORD = re.compile(r" ([^\W\d_]{3,})")
_LAST_MONTH, _LAST_DAY = 12, 31


def days(text: str, words: Lexicon) -> Iterator[tuple[tuple[Day, ...], int, int]]:
    """Yield the possible readings of each date, and its place in the text, in characters."""
    yield from _iso(text)
    if unspaced(words.code):
        yield from _wide(text)
        return
    yield from _parts_of_years(text)
    if words.months:
        yield from _named(text, words)
    for match in _DECADE.finditer(text):
        yield (Day(int(match[1]) * 10, decade=True),), match.start(), match.end()
    for match in _YEAR_RANGE.finditer(text):
        last = match[2] if len(match[2]) == len(match[1]) else match[1][:2] + match[2]
        if int(last) > int(match[1]):
            yield (Day(int(match[1])),), match.start(1), match.end(1)
            yield (Day(int(last)),), match.start(2), match.end(2)
    for match in _YEAR.finditer(text):
        if _counts(text, match, words):
            continue
        yield (Day(int(match[1])),), match.start(), match.end()


def _counts(text: str, match: re.Match[str], words: Lexicon) -> bool:
    """Return whether a number such as 1900 counts what follows: "it has 1900 houses"."""
    following = _NEXT_WORD.match(text, match.end())
    if not following or following[1].lower() in words.words("function"):
        return False
    before = text[: match.start()].split()
    return bool(before) and before[-1].lower().strip("(,;") not in _BEFORE_YEARS


def _iso(text: str) -> Iterator[tuple[tuple[Day, ...], int, int]]:
    for match in _ISO.finditer(text):
        month, day = int(match[2]), int(match[3]) if match[3] else None
        if 0 < month <= _LAST_MONTH:
            yield (Day(int(match[1]), month, day),), match.start(), match.end()
    for match in _SLASHES.finditer(text):
        first, second, year = int(match[1]), int(match[3]), int(match[4])
        readings = [Day(year, second, first)] if second <= _LAST_MONTH else []
        if match[2] == "/" and first <= _LAST_MONTH and first != second:
            readings.append(Day(year, first, second))
        if readings:
            yield tuple(readings), match.start(), match.end()


def _wide(text: str) -> Iterator[tuple[tuple[Day, ...], int, int]]:
    for match in _WIDE.finditer(text):
        if match[0]:
            year, month, day = (int(part) if part else None for part in match.groups())
            yield (Day(year, month, day),), match.start(), match.end()


def _parts_of_years(text: str) -> Iterator[tuple[tuple[Day, ...], int, int]]:
    for match in _QUARTER.finditer(text):
        number = int(match[1]) if match[1] else _PLACES[(match[2] or match[3]).lower()]
        year = int(match[4]) if match[4] else None
        yield (Day(year, quarter=number),), match.start(), match.end()
    for match in _HALF.finditer(text):
        number = int(match[1]) if match[1] else _PLACES[(match[2] or match[3]).lower()]
        year = int(match[4]) if match[4] else None
        other = re.match(r"\s+(?:of|des|der)\s+(?!the year|year)", text[match.end() :])
        if year or match[1] or "Halbjahr" in match[0] or not other:
            yield (Day(year, half=number),), match.start(), match.end()


def _pattern(words: Lexicon) -> tuple[re.Pattern[str], re.Pattern[str]]:
    names = "|".join(sorted(map(re.escape, words.months), key=len, reverse=True))
    year = r"(?:,?\s+(?:de\s+|do\s+|del\s+|of\s+)?(\d{4}))?"
    first = re.compile(rf"(?<![\w.,]){_DAY}\s+(?:of\s+|de\s+)?({names})\b\.?{year}", re.IGNORECASE)
    second = re.compile(
        rf"\b({names})\b\.?(?:\s+{_DAY}(?!\d|[.,]\d|\s?(?:%|percent)))?{year}", re.IGNORECASE
    )
    return first, second


_PATTERNS: dict[str, tuple[re.Pattern[str], re.Pattern[str]]] = {}


def _named(text: str, words: Lexicon) -> Iterator[tuple[tuple[Day, ...], int, int]]:
    if words.code not in _PATTERNS:
        _PATTERNS[words.code] = _pattern(words)
    day_first, month_first = _PATTERNS[words.code]
    for match in day_first.finditer(text):
        year = int(match[4]) if match[4] else None
        month = words.months[match[3].lower()]
        readings = [Day(year, month, int(day)) for day in match.group(1, 2) if day]
        if all(0 < (reading.day or 0) <= _LAST_DAY for reading in readings):
            yield tuple(readings), match.start(), match.end()
    for match in month_first.finditer(text):
        # "may" and "march" are verbs, too.
        if not match[1][0].isupper() and words.code == "en":
            continue
        if match[1].lower() in {"may", "march", "sept", "mar", "dec"} and not (
            match[2] or match[4]
        ):
            before = text[: match.start()].rstrip().rsplit(" ", 1)[-1].lower()
            if before not in _BEFORE_MONTHS:
                continue
        year = int(match[4]) if match[4] else None
        day = int(match[2]) if match[2] else None
        if day is None or 0 < day <= _LAST_DAY:
            reading = Day(year, words.months[match[1].lower()], day)
            yield (reading,), match.start(), match.start() + len(match[0].rstrip(" ,"))


def agree(claim: tuple[Day, ...], said: tuple[Day, ...]) -> str:
    """Compare two dates.

    Returns
    -------
    str
        "same" if the text has all parts of the claim and they are equal, "part" if the known parts are
        equal but the text has fewer, "differs" if a part differs.
    """
    verdicts = {_agree(this, that) for this in claim for that in said}
    return next(v for v in ("same", "part", "differs", "other") if v in verdicts)


def _agree(claim: Day, said: Day) -> str:
    if claim.decade or said.decade:
        if claim.year is None or said.year is None:
            return "other"
        near = claim.year // 10 == said.year // 10
        return ("same" if claim.decade else "part") if near else "differs"
    shared, missing = 0, 0
    said = _derived(said, claim)
    for this, that in zip(claim[:5], said[:5], strict=True):
        if this is None:
            continue
        if that is None:
            missing += 1
        elif this != that:
            return "differs"
        else:
            shared += 1
    if not shared:
        return "other"
    return "part" if missing else "same"


def _derived(said: Day, claim: Day) -> Day:
    """Return a date with the quarter or half that its month lies in, if the claim names one."""
    month = said.month
    if month and claim.quarter:
        said = said._replace(quarter=(month + 2) // 3)
    if month and claim.half:
        said = said._replace(half=(month + 5) // 6)
    return said
