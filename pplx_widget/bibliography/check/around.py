"""Read the words around a figure: the other end of a range, "about", "more than", "a day"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from . import units
from .figure import CLOCK, COUNT, DATE, FACTOR, LABEL, ORDINAL, Figure
from .lexicon import ARTICLES, Lexicon, unspaced

_RANGE = re.compile(
    r"\s*(?:-|–|—|~|\bto\b|\band\b|\bor\b|\bbis\b|\bund\b|\bà\b|\bet\b|\ba\b|\by\b|\be\b|\btot\b"
    r"|\ben\b|\boder\b|\bfrom\b|至|到)\s*",
    re.IGNORECASE,
)
_BEFORE = 3  # words before a figure that may qualify it
_WORDS = re.compile(r"[^\W\d_]+")
_UNRANGED = frozenset({DATE, LABEL, CLOCK, ORDINAL, FACTOR})
_THAN = frozenset(["than", "als", "que", "de", "di", "do", "dan", "least", "most", "from", "à"])
_WIDE_APPROX = ("大约", "约", "近")
_WIDE_OVER = ("超过", "超")
_WIDE_UNDER = ("不到", "近")
_PER = re.compile(
    r"(?:(?:\s[a-zà-ÿ-]+){1,3}\s(?:per|pro|par|por)"
    r"|\s(?:times\s)?(?:an?|per|each|every|pro|je|par|por|al|im|in der|na)|/)(?=\s?[^\W\d])",
    re.IGNORECASE,
)
_STOP = re.compile(r"[,;:.!?()]\s")


def inherited(text: str, found: list[Figure]) -> Iterator[Figure]:
    """Yield the figures; in a range, both have the unit and the factor that one of them has."""
    for place, this in enumerate(found):
        before = found[place - 1] if place else None
        after = found[place + 1] if place + 1 < len(found) else None
        if after and _in_range(text, this, after) and _lacks(this, after):
            yield _like(this, after)
        elif before and _in_range(text, before, this) and before.is_money and this.kind == COUNT:
            yield replace(this, kind=before.kind, unit=before.unit)
        else:
            yield this


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
        this.is_money and this.values == this.written and after.kind == COUNT and with_factor
    )


def _like(this: Figure, after: Figure) -> Figure:
    scale = after.step / _digit_step(after)
    unit = units.find(after.unit)
    offset = unit.offset if unit else 0.0
    return replace(
        this,
        kind=this.kind if this.is_money else after.kind,
        unit=this.unit if this.is_money else after.unit,
        values=tuple(value * scale + offset for value in this.written),
        step=this.step * scale,
        coarse=this.coarse * scale,
    )


def _digit_step(figure: Figure) -> float:
    """Return the value of the last digit as written, without the unit."""
    match = re.search(r"[.,](\d+)(?!.*\d)", re.sub(r"\s", "", figure.text))
    return 10.0 ** -len(match[1]) if match and len(figure.written) == 1 else 1.0


def qualified(text: str, figure: Figure, start: int, words: Lexicon) -> Figure:
    """Return the figure with what the words before it say: about, more than, at most."""
    if (rate := _PER.match(text, figure.end)) and (
        unit := units.after(text, rate.end(), words.code)
    ):
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
    near = [word for word in near if word not in ARTICLES][-_BEFORE:]
    # "more" alone compares with another figure: "12 percent more 3".
    last = near[-2:] if near[-1:] and near[-1] in _THAN else near[-1:]
    return replace(
        figure,
        approx=any(word in words.words("approx") for word in near),
        over=any(word in words.words("over") for word in last),
        under=any(word in words.words("under") for word in last)
        or near[-2:] in (["up", "to"], ["as", "to"]),
    )
