"""Find the figures of a text: numbers with their units, shares, ordinals, versions and dates.

A figure as written has one or more possible values: "1.234" is a thousand or a fraction, by country.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from . import units
from .days import Day, days
from .lexicon import Lexicon, lexicon, unspaced

COUNT: Final = "count"
SHARE: Final = "share"
DATE: Final = "date"
ORDINAL: Final = "ordinal"
FACTOR: Final = "factor"
LABEL: Final = "label"
CLOCK: Final = "clock"

_DIGITS = (
    r"(?:\d{1,3}(?:[\u00a0\u202f\u2009'’ ]\d{3})+(?!\d)(?:[.,]\d+)?|\d+(?:[.,]\d+)*)"
)
_NUMBER = re.compile(_DIGITS)
# A number that belongs to a word is a part of a name: "CO2", "SHA-256".
_IN_NAME = re.compile(r"[A-Za-zÀ-ɏͰ-ӿ](?:[-–_]|v\.)?\Z|\d[.,]\Z")
_SCORE = re.compile(r"(?<![\w.,–-])(\d{1,2})[–-](\d{1,2})(?![\w.,–-]|\s?[%\w])")
_CLOCK = re.compile(r"(?<![\w:])\d{1,2}(?::\d{2}){1,2}(?![\d:])")
_VERSION = re.compile(r"(?<![\w.])(?!\d{1,3}(?:\.\d{3}){2,}(?!\.?\d))v?\d+(?:\.\d+){2,}(?![\w])")
_OUT_OF = re.compile(
    r"\b(\w+)\s+(?:out of|in|von|sur|de cada|su|em cada|op de)\s+(?:every\s+)?(\w+)\b", re.IGNORECASE
)
_EACH = re.compile(r"\bjede[rmsn]?\s+(\w+?)(?:te|ste)[nrm]?\b", re.IGNORECASE)
_CROSS = re.compile(r"\b(\w+) (\w+) in (\w+)\b", re.IGNORECASE)
_ONE_OF = re.compile(r"\bun[eoa]?\s+\w+\s+(?:sur|su|de cada)\s+(\w+)\b", re.IGNORECASE)
_TENTHS = re.compile(r"([一二三四五六七八九两\d])成")
_PERCENT_OF = re.compile(r"百分之([\d.]+|[一二三四五六七八九十两]+)")
_WIDE_FACTORS = {"万": 1e4, "億": 1e8, "亿": 1e8, "兆": 1e12, "千": 1e3, "百": 1e2}
_WIDE_DIGITS = {sign: value for value, sign in enumerate("零一二三四五六七八九十")} | {"两": 2}
_WIDE_NUMBER = re.compile(r"([一二两三四五六七八九十]+)(?=[个名座倍年月种项次位家台部章届])")
_WORDS = re.compile(r"[^\W\d_]+")
_GROUPS = re.compile(r"\d{1,3}([.,])\d{3}(?:\1\d{3})*")
_SHORT_FACTORS = {"k": 1e3, "m": 1e6, "mn": 1e6, "bn": 1e9, "b": 1e9, "tn": 1e12, "mm": 1e6}
_MONEY_FACTOR = re.compile(r"\s?(k|mn|mm|m|bn|b|tn)\b", re.IGNORECASE)
_WORD_FACTOR = re.compile(r"[-\s\u00a0]+([^\W\d_]+)\.?")
_RANGE = re.compile(
    r"\s*(?:-|–|—|~|\bto\b|\band\b|\bor\b|\bbis\b|\bund\b|\bà\b|\bet\b|\ba\b|\by\b|\be\b|\btot\b"
    r"|\ben\b|\boder\b|\bfrom\b|至|到)\s*",
    re.IGNORECASE,
)
_BEFORE = 3  # words before a figure that may qualify it
_YEARS = (1000, 2200)
_BARE_YEAR = re.compile(r"[12]\d{3}")
_BIG = 1000
_NEAR_WORDS = 4


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of a text.

    Attributes
    ----------
    text : str
        The figure as written, with its unit.
    at, end : int
        Its place in the text, in characters.
    kind : str
        The dimension of its unit, or `COUNT`, `SHARE`, `DATE`, `ORDINAL`, `FACTOR`, `LABEL`, `CLOCK`.
    values : tuple of float
        Its possible values, in the base unit of its dimension.
    written : tuple of float
        Its possible values without the unit and words such as "million".
    unit : str
        The name of its unit; empty without one.
    step : float
        The value of its last digit, in the base unit.
    coarse : float
        The value of its last digit that is not zero.
    steps : tuple of float
        The value of the last digit in each of its values, if they differ.
    approx, over, under : bool
        Whether it is said to be rounded, a lower limit, an upper limit.
    days : tuple of Day
        For a date: its possible readings.
    label : str
        For `LABEL` and `CLOCK`: the text that must be equal.
    per : str
        The name of the unit that it is a rate of, as in "3 euros a day".
    """

    text: str
    at: int
    end: int
    kind: str
    values: tuple[float, ...] = ()
    written: tuple[float, ...] = ()
    unit: str = ""
    step: float = 1.0
    coarse: float = 1.0
    steps: tuple[float, ...] = ()
    approx: bool = False
    over: bool = False
    under: bool = False
    days: tuple[Day, ...] = ()
    label: str = ""
    per: str = ""


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
    made = []
    for figure in _inherited(text, found):
        made.append(_qualified(text, figure, made[-1].end if made else 0, words))
    return tuple(made)


def _dates(text: str, words: Lexicon, taken: bytearray) -> Iterator[Figure]:
    del taken
    for day, at, end in days(text, words):
        yield Figure(text[at:end], at, end, DATE, days=day)


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


def _shares(text: str, words: Lexicon, taken: bytearray) -> Iterator[Figure]:
    """Yield shares in words: "two thirds", "one in eight", "3 out of 4", "jede achte", "三成"."""
    del taken
    if unspaced(words.code):
        for match in _PERCENT_OF.finditer(text):
            if (value := _wide_value(match[1])) is not None:
                yield _share(match, value, 1.0)
        for match in _TENTHS.finditer(text):
            if (value := _wide_value(match[1])) is not None:
                yield _share(match, value * 10, 5.0)
        return
    for match in _OUT_OF.finditer(text):
        first, second = _value(match[1], words), _value(match[2], words)
        if first and second and first < second and second <= 100 and not (  # noqa: PLR2004
            " in " in match[0] and first > 10  # noqa: PLR2004 ("15 in 2020" is no share)
        ):
            yield _share(match, 100 * first / second, 2.0)
    if words.code == "en":
        for match in _CROSS.finditer(text):
            first, second = _value(match[1], words), _value(match[3], words)
            if first == 1 and second and 1 < second <= 100:  # noqa: PLR2004
                yield _share(match, 100 / second, 1.0)
    for match in _ONE_OF.finditer(text):
        second = _value(match[1], words)
        if second and 1 < second <= 100:  # noqa: PLR2004
            yield _share(match, 100 / second, 1.0)
    if words.code == "de":
        for match in _EACH.finditer(text):
            if value := _value(match[1], words) or {"ach": 8, "drit": 3, "sieb": 7}.get(match[1]):
                yield _share(match, 100 / value, 1.0)
    parts = words.values.get("parts", {})
    for match in _WORDS.finditer(text):
        part = parts.get(match[0].lower())
        if part is None:
            continue
        before = list(_WORDS.finditer(text, max(0, match.start() - 16), match.start()))
        count, at = 1.0, match.start()
        if before:
            word = before[-1][0].lower()
            numbers = words.values["numbers"]
            if word in numbers and numbers[word] < part:
                count, at = numbers[word], before[-1].start()
            elif part > 2 and word not in _ARTICLES:  # noqa: PLR2004 ("her third victory")
                continue
        elif part > 2:  # noqa: PLR2004
            continue
        if _is_period(text, match, words) or (count == 1 and words.code == "en" and _is_place(text, match)):  # noqa: PLR2004
            continue
        yield replace(
            _share(match, 100 * count / part, 1.5), at=at, text=text[at : match.end()]
        )


_ARTICLES = frozenset("a an one ein einem einen un une uno um den een d der das".split())
_AFTER_PART = re.compile(
    r"\s*(?:year|of an hour|d['’]heure|stunde|of (?:the )?(?:year|\d{4})|des jahres|\d{4}\b|time|hour|victory|quarter)", re.IGNORECASE
)
_PERIOD_BEFORE = re.compile(r"(?:first|second|third|fourth|last|ersten?|zweiten?|dritten?|vierten?) $", re.IGNORECASE)


_AFTER_SHARE = re.compile(
    r"\W*(?:\Z|[^\w\s]|(?:of|the|less|more|fewer|higher|lower|as|from|in|to|since|on|by|for|was|were|is|are|have|had"
    r"|der|des|de|d|weniger|mehr|von|du|al|del|di|van)\b)",
    re.IGNORECASE,
)


def _is_place(text: str, match: re.Match[str]) -> bool:
    """Return whether a word such as "third" counts places: "a third runway"."""
    return text[match.end() : match.end() + 1] == " " and not _AFTER_SHARE.match(text, match.end())


def _is_period(text: str, match: re.Match[str], words: Lexicon) -> bool:
    """Return whether a word such as "quarter" or "half" is a part of a year."""
    del words
    return bool(
        _AFTER_PART.match(text, match.end()) or _PERIOD_BEFORE.search(text[: match.start()])
    )


def _share(match: re.Match[str], value: float, step: float) -> Figure:
    return Figure(match[0], match.start(), match.end(), SHARE, (value,), (), "%", step, step)


def _value(word: str, words: Lexicon) -> float | None:
    word = word.lower()
    if word.isascii() and word.isdigit():
        return float(word)
    if word in {"one", "ein", "einer", "eine", "un", "une", "uno", "una", "um", "uma", "een"}:
        return 1.0
    ordinals = words.values.get("ordinals", {})
    return words.values.get("numbers", {}).get(word) or ordinals.get(word)


def _digits(text: str, words: Lexicon, taken: bytearray) -> Iterator[Figure]:
    for match in _NUMBER.finditer(text):
        at, end = match.span()
        if taken[at] or (_IN_NAME.search(text[max(0, at - 3) : at]) and not _money_before(text, at)):
            continue
        written, step, coarse = _values(match[0], words.code)
        follows = text[end : end + 1]
        if follows.isascii() and follows.isalpha() and not _glued(text, end, words.code):
            continue
        yield _with_unit(text, (at, end), (written, step, coarse), words)


def _glued(text: str, end: int, code: str) -> bool:
    """Return whether the letters directly after digits are a unit, a factor or an ordinal's ending."""
    word = re.match(r"[A-Za-z²³/]+", text[end:])
    return bool(word) and (
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
    return tuple(scale * (1.0 if value == int(value) else 10.0**-places) for value in written)


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
        and match[1].lower() not in {"cents"}
    ):
        factor *= numbers[match[1].lower()]
        end = match.end(1)
        if match[0].endswith(".") and len(match[1]) <= _BEFORE:
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
            if (value := _wide_value(match[1])) is not None and not taken[match.start()]:
                yield _with_unit(text, match.span(), ((value,), 1.0, 1.0), words)
        return
    numbers = words.values.get("numbers", {})
    ordinals = words.values.get("ordinals", {})
    times = words.values.get("times", {})
    run: list[tuple[re.Match[str], float]] = []
    for match in (*_WORDS.finditer(text), None):
        word = match[0].lower() if match else ""
        if run and (match is None or not _joins(text[run[-1][0].end() : match.start()])):
            yield from _spelt_run(text, run, words)
            run = []
        if match is None or taken[match.start()]:
            continue
        if word in numbers or (word == "one" and run):
            if not (word in {"million", "millions", "hundred", "thousand"} and not run and False):
                run.append((match, numbers.get(word, 1.0)))
            continue
        if run and word in {"and", "und"}:
            continue
        if run:
            yield from _spelt_run(text, run, words)
            run = []
        if word in ordinals and not (match.start() and word == "second" and text[match.end() :][:1] == "s"):
            value = ordinals[word]
            yield Figure(match[0], match.start(), match.end(), ORDINAL, (value,), (value,))
        elif word in times:
            value = times[word]
            yield Figure(match[0], match.start(), match.end(), FACTOR, (value,), (value,))


def _joins(between: str) -> bool:
    return between in {" ", "-", "\u00a0"} or between.strip() in {"and", "und"}


def _spelt_run(
    text: str, run: list[tuple[re.Match[str], float]], words: Lexicon
) -> Iterator[Figure]:
    total, part = 0.0, 0.0
    for _, value in run:
        if value >= _BIG:
            total, part = total + (part or 1.0) * value, 0.0
        elif value == 100:  # noqa: PLR2004
            part = (part or 1.0) * value
        else:
            part += value
    at, end = run[0][0].start(), run[-1][0].end()
    if len(run) == 1 and text[at:end].lower() == "one":
        if not (following := units.after(text, end, words.code)) or following[0].dimension != "time":
            return
    value = total + part
    yield _with_unit(text, (at, end), ((value,), 1.0, _coarse(value)), words)


def _wide_value(written: str) -> float | None:
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


def _inherited(text: str, found: list[Figure]) -> Iterator[Figure]:
    """Yield the figures; in a range, both have the unit and the factor that one of them has."""
    for place, this in enumerate(found):
        before = found[place - 1] if place else None
        after = found[place + 1] if place + 1 < len(found) else None
        if after and _in_range(text, this, after) and _lacks(this, after):
            yield _like(this, after)
        elif before and _in_range(text, before, this) and _is_money(before) and this.kind == COUNT:
            yield replace(this, kind=before.kind, unit=before.unit)
        else:
            yield this


_UNRANGED = frozenset({DATE, LABEL, CLOCK, ORDINAL, FACTOR})


def _is_money(figure: Figure) -> bool:
    return figure.kind.startswith("money:")


def _in_range(text: str, first: Figure, second: Figure) -> bool:
    return (
        bool(first.written and second.written)
        and not {first.kind, second.kind} & _UNRANGED
        and bool(_RANGE.fullmatch(text[first.end : second.at]))
    )


def _lacks(this: Figure, after: Figure) -> bool:
    """Return whether the first figure of a range lacks the unit or the factor of the second one."""
    plain = this.kind == COUNT and this.values == this.written
    with_factor = after.values != after.written
    return (plain and (after.kind != COUNT or with_factor)) or (
        _is_money(this) and this.values == this.written and after.kind == COUNT and with_factor
    )


def _like(this: Figure, after: Figure) -> Figure:
    scale = after.step / _digit_step(after)
    unit = units.find(after.unit)
    offset = unit.offset if unit else 0.0
    return replace(
        this,
        kind=this.kind if _is_money(this) else after.kind,
        unit=this.unit if _is_money(this) else after.unit,
        values=tuple(value * scale + offset for value in this.written),
        step=this.step * scale,
        coarse=this.coarse * scale,
    )


def _digit_step(figure: Figure) -> float:
    """Return the value of the last digit as written, without the unit."""
    match = re.search(r"[.,](\d+)(?!.*\d)", re.sub(r"\s", "", figure.text))
    return 10.0 ** -len(match[1]) if match and len(figure.written) == 1 else 1.0


_WIDE_APPROX = ("大约", "约", "近")
_WIDE_OVER = ("超过", "超")
_WIDE_UNDER = ("不到", "近")
_PER = re.compile(
    r"(?:(?:\s[a-zà-ÿ-]+){1,3}\s(?:per|pro|par|por)|\s(?:times\s)?(?:an?|per|each|every|pro|je|par|por|al|per|im|in der|na)|/)(?=\s?[^\W\d])",
    re.IGNORECASE,
)
_STOP = re.compile(r"[,;:.!?()]\s")


def _qualified(text: str, figure: Figure, start: int, words: Lexicon) -> Figure:
    """Return the figure with what the words before it say: about, more than, at most."""
    if (rate := _PER.match(text, figure.end)) and (unit := units.after(text, rate.end(), words.code)):
        figure = replace(figure, per=unit[0].name)
    before = text[start : figure.at]
    if unspaced(words.code):
        return replace(
            figure,
            approx=before.endswith(_WIDE_APPROX),
            over=before.endswith(_WIDE_OVER),
            under=before.endswith(_WIDE_UNDER),
        )
    before = _STOP.split(before)[-1]
    near = [match[0].lower() for match in _WORDS.finditer(before)]
    near = [word for word in near if word not in _ARTICLES][-_BEFORE:]
    # "more" alone compares with another figure: "12 percent more 3".
    last = near[-2:] if near[-1:] and near[-1] in _THAN else near[-1:]
    return replace(
        figure,
        approx=any(word in words.words("approx") for word in near),
        over=any(word in words.words("over") for word in last),
        under=any(word in words.words("under") for word in last)
        or near[-2:] in (["up", "to"], ["as", "to"]),
    )


_THAN = frozenset("than als que de di do dan least most from à".split())
