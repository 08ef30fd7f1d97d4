"""Find the figures of a text: numbers with their units, shares, ordinals, versions and dates.

A figure as written has one or more possible values: "1.234" is a thousand or a fraction, by country.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from . import units
from .around import inherited, qualified
from .days import days
from .figure import CLOCK, COUNT, DATE, FACTOR, LABEL, ORDINAL, Figure
from .lexicon import Lexicon, lexicon, unspaced, wide_value
from .shares import shares

_NUMBER = re.compile(
    r"(?:\d{1,3}(?:[\u00a0\u202f\u2009'’ ]\d{3})+(?!\d)(?:[.,]\d+)?|\d+(?:[.,]\d+)*)"
)
# A number that belongs to a word is a part of a name: "CO2", "SHA-256".
_IN_NAME = re.compile(r"[A-Za-zÀ-ɏͰ-ӿ](?:[-–_]|v\.)?\Z|\d[.,]\Z")
_SCORE = re.compile(r"(?<![\w.,–-])(\d{1,2})[–-](\d{1,2})(?![\w.,–-]|\s?[%\w])")
_CLOCK = re.compile(r"(?<![\w:])\d{1,2}(?::\d{2}){1,2}(?![\d:])")
_VERSION = re.compile(r"(?<![\w.])(?!\d{1,3}(?:\.\d{3}){2,}(?!\.?\d))v?\d+(?:\.\d+){2,}(?![\w])")
_WIDE_FACTORS = {"万": 1e4, "億": 1e8, "亿": 1e8, "兆": 1e12, "千": 1e3, "百": 1e2}
_WIDE_NUMBER = re.compile(r"([一二两三四五六七八九十]+)(?=[个名座倍年月种项次位家台部章届])")
_WORDS = re.compile(r"[^\W\d_]+")
_GROUPS = re.compile(r"\d{1,3}([.,])\d{3}(?:\1\d{3})*")
_SHORT_FACTORS = {"k": 1e3, "m": 1e6, "mn": 1e6, "bn": 1e9, "b": 1e9, "tn": 1e12, "mm": 1e6}
_MONEY_FACTOR = re.compile(r"\s?(k|mn|mm|m|bn|b|tn)\b", re.IGNORECASE)
_WORD_FACTOR = re.compile(r"[-\s\u00a0]+([^\W\d_]+)\.?")
_AND = frozenset({"and", "und"})
_BIG = 1000
_SHORT = 3  # letters of an abbreviation with a full stop, such as "Mio."


def figures(text: str, code: str) -> tuple[Figure, ...]:
    """Return the figures of a text in the order of their places."""
    words = lexicon(code)
    found: list[Figure] = []
    taken = bytearray(len(text))
    for read in (_dates, _labels, _shares, _digits, _spelt):
        for figure in read(text, words, taken):
            if not any(taken[figure.at : figure.end]):
                taken[figure.at : figure.end] = b"\1" * (figure.end - figure.at)
                found.append(figure)
    found.sort(key=lambda figure: figure.at)
    made: list[Figure] = []
    for figure in inherited(text, found):
        made.append(qualified(text, figure, made[-1].end if made else 0, words))
    return tuple(made)


def _dates(text: str, words: Lexicon, taken: bytearray) -> Iterator[Figure]:
    del taken
    for day, at, end in days(text, words):
        yield Figure(text[at:end], at, end, DATE, days=day)


def _shares(text: str, words: Lexicon, taken: bytearray) -> Iterator[Figure]:
    del taken
    yield from shares(text, words)


def _labels(text: str, words: Lexicon, taken: bytearray) -> Iterator[Figure]:
    del words, taken
    for kind, pattern in ((CLOCK, _CLOCK), (LABEL, _VERSION)):
        for match in pattern.finditer(text):
            label = match[0].lstrip("v")
            yield Figure(match[0], match.start(), match.end(), kind, label=label)
    for match in _SCORE.finditer(text):
        if int(match[1]) > int(match[2]):  # otherwise it is a range
            label = f"{match[1]}-{match[2]}"
            yield Figure(match[0], match.start(), match.end(), LABEL, label=label)


def _digits(text: str, words: Lexicon, taken: bytearray) -> Iterator[Figure]:
    for match in _NUMBER.finditer(text):
        at, end = match.span()
        if taken[at] or (
            _IN_NAME.search(text[max(0, at - 3) : at]) and not _money_before(text, at)
        ):
            continue
        written, step, coarse = _values(match[0], words.code)
        follows = text[end : end + 1]
        if follows.isascii() and follows.isalpha() and not _glued(text, end, words.code):
            continue
        yield _with_unit(text, (at, end), (written, step, coarse), words)


def _glued(text: str, end: int, code: str) -> bool:
    """Return whether the letters directly after digits are a unit, a factor or an ordinal's ending."""
    word = re.match(r"[A-Za-z²³/]+", text[end:])
    return word is not None and (
        units.after(text, end, code) is not None
        or word[0].lower() in {*_SHORT_FACTORS, "st", "nd", "rd", "th", "er", "e", "x"}
    )


def _with_unit(
    text: str,
    place: tuple[int, int],
    value: tuple[tuple[float, ...], float, float],
    words: Lexicon,
) -> Figure:
    """Return a figure with the factor and the unit around its digits or words."""
    (at, end), (written, step, coarse) = place, value
    money = _money_before(text, at)
    factor, end = _factor(text, end, words, money=bool(money))
    if ordinal := re.match(r"(?:st|nd|rd|th)\b", text[end:]):
        return Figure(
            text[at : end + ordinal.end()], at, end + ordinal.end(), ORDINAL, written, written
        )
    if unspaced(words.code) and factor >= 1e4 and (rest := re.match(r"\d{1,4}", text[end:])):  # noqa: PLR2004
        # "1万2000" is 12,000.
        written = tuple(value * factor + float(rest[0]) for value in written)
        end, factor, step, coarse = end + rest.end(), 1.0, 1.0, _coarse(float(rest[0]))
    unit: units.Unit | None = None
    if money:
        unit, at = money
    elif following := units.after(text, _of(text, end, factor), words.code):
        unit, end = following
    elif times := re.match(r"\s?(?:times\b|x\b|×|fold\b|mal\b|fois\b|veces\b|倍)", text[end:]):
        end += times.end()
        return Figure(
            text[at:end], at, end, FACTOR, written, written, "", step * factor, coarse * factor
        )
    if unit and unit.dimension.startswith("money:CENT"):
        unit = units.Unit("money:EUR", 0.01, 0.0, "cent")
    size, offset = (unit.size, unit.offset) if unit else (1.0, 0.0)
    kind = unit.dimension if unit else COUNT
    values = tuple(value * factor * size + offset for value in written)
    return Figure(
        text[at:end],
        at,
        end,
        kind,
        values,
        written,
        unit.name if unit else "",
        step * factor * size,
        coarse * factor * size,
        _steps(text[at:end], values, written, factor * size),
    )


def _steps(
    text: str, values: tuple[float, ...], written: tuple[float, ...], scale: float
) -> tuple[float, ...]:
    """Return the value of the last digit for each reading of "1,234": 1 and 0.001."""
    if len(values) != len(written) or len(written) < 2:  # noqa: PLR2004
        return ()
    places = len(re.findall(r"\d", re.split(r"[.,]", text)[-1])) if re.search("[.,]", text) else 0
    return tuple(scale * (1.0 if value.is_integer() else 10.0**-places) for value in written)


def _of(text: str, end: int, factor: float) -> int:
    """Return the place after a preposition between a million and its unit: "millions d'euros"."""
    of = re.match(r"\s(?:d['’]|(?=de |di |do )d\w)", text[end:]) if factor > 1 else None
    return end + of.end() if of else end


def _money_before(text: str, at: int) -> tuple[units.Unit, int] | None:
    for sign in (*units.SIGNS, *units.CODES):
        for gap in ("", " ", "\u00a0"):
            if text.endswith(sign + gap, 0, at):
                unit = units.find(sign)
                start = at - len(sign + gap)
                if unit and (not sign.isalpha() or not text[start - 1 : start].isalnum()):
                    return unit, start
    return None


def _factor(text: str, end: int, words: Lexicon, *, money: bool) -> tuple[float, int]:
    """Return the product of the words or signs for thousands and millions after a number."""
    factor = 1.0
    if unspaced(words.code):
        while text[end : end + 1] in _WIDE_FACTORS and not (
            text[end] == "千" and text[end + 1 : end + 2] in {"米", "克", "瓦"}
        ):
            factor *= _WIDE_FACTORS[text[end]]
            end += 1
        return factor, end
    numbers = words.values.get("numbers", {})
    while (match := _WORD_FACTOR.match(text, end)) and (
        numbers.get(match[1].lower(), 0) >= 100  # noqa: PLR2004
        and match[1].lower() != "cents"
    ):
        factor *= numbers[match[1].lower()]
        end = match.end(1)
        if match[0].endswith(".") and len(match[1]) <= _SHORT:
            end += 1
    if factor == 1.0 and (short := _MONEY_FACTOR.match(text, end)):
        name = short[1].lower()
        glued = not short[0][0].isspace()
        if money or (name in {"bn", "mn", "tn"}) or (glued and name == "k"):
            return _SHORT_FACTORS[name], short.end()
    return factor, end


def _spelt(text: str, words: Lexicon, taken: bytearray) -> Iterator[Figure]:
    """Yield the numbers in words: "twelve thousand six hundred", "elf", "third", "twice"."""
    if unspaced(words.code):
        for match in _WIDE_NUMBER.finditer(text):
            if (value := wide_value(match[1])) is not None and not taken[match.start()]:
                yield _with_unit(text, match.span(), ((value,), 1.0, 1.0), words)
        return
    numbers = words.values.get("numbers", {})
    ordinals = words.values.get("ordinals", {})
    times = words.values.get("times", {})
    run: list[tuple[re.Match[str], float]] = []
    for match in _WORDS.finditer(text):
        word = match[0].lower()
        if run and not _joins(text[run[-1][0].end() : match.start()]):
            yield from _spelt_run(text, run, words)
            run = []
        if taken[match.start()]:
            continue
        if word in numbers:
            run.append((match, numbers[word]))
            continue
        if word in _AND:
            continue
        yield from _spelt_run(text, run, words)
        run = []
        if word in ordinals:
            value = ordinals[word]
            yield Figure(match[0], match.start(), match.end(), ORDINAL, (value,), (value,))
        elif word in times:
            value = times[word]
            yield Figure(match[0], match.start(), match.end(), FACTOR, (value,), (value,))
    yield from _spelt_run(text, run, words)


def _joins(between: str) -> bool:
    return between in {" ", "-", "\u00a0"} or between.strip() in _AND


def _spelt_run(
    text: str, run: list[tuple[re.Match[str], float]], words: Lexicon
) -> Iterator[Figure]:
    if not run:
        return
    total, part = 0.0, 0.0
    for _, value in run:
        if value >= _BIG:
            total, part = total + (part or 1.0) * value, 0.0
        elif value == 100:  # noqa: PLR2004
            part = (part or 1.0) * value
        else:
            part += value
    at, end = run[0][0].start(), run[-1][0].end()
    if text[at:end].lower() == "one":
        following = units.after(text, end, words.code)
        if following is None or following[0].dimension != "time":
            return
    value = total + part
    yield _with_unit(text, (at, end), ((value,), 1.0, _coarse(value)), words)


def _values(written: str, code: str) -> tuple[tuple[float, ...], float, float]:
    """Return the possible values of digits, and the values of their last digits."""
    digits = re.sub(r"[\u00a0\u202f\u2009'’ ]", "", written)
    marks = [sign for sign in digits if sign in ".,"]
    found = []
    step = 1.0
    if not marks or _GROUPS.fullmatch(digits):
        found.append(float(re.sub(r"[.,]", "", digits)))
    # English never has a decimal comma, German hardly ever a decimal point before three digits.
    grouped = bool(found) and (code, "".join(marks[-1:])) in {("en", ","), ("de", ".")}
    if marks and not grouped and marks.count(marks[-1]) == 1 and len(set(marks[:-1])) <= 1:
        whole, _, part = digits.rpartition(marks[-1])
        found.append(float(re.sub(r"[.,]", "", whole) + "." + part))
        if len(found) == 1:
            step = 10.0 ** -len(part)
    if not found:  # such as "1.2,3"
        found.append(float(re.sub(r"[.,]", "", digits)))
    return tuple(found), step, step if step < 1 else _coarse(found[0])


def _coarse(value: float) -> float:
    step = 1.0
    while value and value % (step * 10) == 0:
        step *= 10
    return step
