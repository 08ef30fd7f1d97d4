"""Compare a figure of a claim with a figure of a passage."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations
from typing import Final, Literal

from .days import agree
from .figure import CLOCK, COUNT, DATE, FACTOR, LABEL, ORDINAL, SHARE, Figure

Likeness = Literal["same", "near", "loose", "differs", "other"]
"""Equal; compatible, but less precise in the passage; an equal number, of which one has no unit;
another value of one quantity; not comparable."""

_EXACT: Final = 1e-6
_CONVERTED = 0.025  # of the value: "about 40 miles" for 64 km
_ABOUT = 0.05
_LIMIT = 1.35  # "more than 17,000" may be said of up to this many times as much
_FAHRENHEIT, _SLACK = 1.8, 0.06
_DEGREES = 0.6  # Kelvin
_POINTS = 1.6  # percentage points that a fraction in words may differ by
_ROUND_FROM = 1000  # from here on, zeros at the end may be rounding
_COUNTED: Final = frozenset({COUNT, FACTOR})
_WITHOUT_UNIT: Final = frozenset({COUNT, FACTOR, ORDINAL})


def likeness(claim: Figure, said: Figure) -> Likeness:
    """Return how a figure of a claim compares with one of a passage."""
    if DATE in {claim.kind, said.kind}:
        return _dates(claim, said)
    if claim.kind in {LABEL, CLOCK} or said.kind in {LABEL, CLOCK}:
        if claim.kind != said.kind:
            return "other"
        return "same" if claim.label == said.label else "differs"
    if claim.kind == said.kind:
        found = _values(claim, said)
        return (
            "differs"
            if found == "same" and claim.per and said.per not in {"", claim.per}
            else found
        )
    same_digits = _meet(claim.written, said.written)
    if {claim.kind, said.kind} & _WITHOUT_UNIT:
        if ORDINAL in {claim.kind, said.kind}:
            return "other"
        if _meet(claim.values, said.values):
            return "same" if abs(claim.values[0]) >= _ROUND_FROM else "loose"
        return "loose" if same_digits else "other"
    # One number with two units, such as 40 GWh and 40 MW, or 250 francs and 250 dollars.
    if same_digits or (_is_money(claim) and _is_money(said) and _meet(claim.values, said.values)):
        return "differs"
    return "other"


def same_number(claim: Figure, said: Figure) -> bool:
    """Return whether two figures are written with one number, whatever their units are."""
    return _meet(claim.written, said.written)


def _is_money(figure: Figure) -> bool:
    return figure.kind.startswith("money:")


def _dates(claim: Figure, said: Figure) -> Likeness:
    if claim.kind == said.kind:
        found = agree(claim.days, said.days)
        return "near" if found == "part" else found  # type: ignore[return-value]
    # A bare number such as 1900 is a year or a count.
    day, number = (claim, said) if claim.kind == DATE else (said, claim)
    year = day.days[0]
    bare = year.year is not None and not any((year.month, year.day, year.quarter, year.half))
    if bare and number.kind == COUNT and float(year.year or 0) in number.values:
        return "same"
    return "other"


def _meet(first: Iterable[float], second: Iterable[float]) -> bool:
    return any(abs(a - b) <= _EXACT * max(abs(a), abs(b)) for a in first for b in second)


def _values(claim: Figure, said: Figure) -> Likeness:
    if claim.kind == "temperature" and claim.unit != said.unit:
        steps = [
            a.written[0] / b.written[0] for a, b in ((claim, said), (said, claim)) if b.written[0]
        ]
        if any(abs(step - _FAHRENHEIT) < _SLACK for step in steps):
            return "same"  # "18 °F colder" for "10 °C colder"
    if _meet(claim.values, said.values):
        return "same"
    near = False
    for place, value in enumerate(claim.values):
        step = claim.steps[place] if claim.steps else claim.step
        for other in said.values:
            gap, size = abs(value - other), max(abs(value), abs(other))
            if gap <= _tolerance(claim, said, value, step):
                return "same"
            if claim.over and not said.over and value < other <= value * _LIMIT:
                return "same"
            if claim.under and not said.under and value / _LIMIT <= other < value:
                return "same"
            if said.over and other < value <= other * _LIMIT:
                near = True
            if said.under and other / _LIMIT <= value < other:
                near = True
            if gap <= _reverse(said, other) or (said.approx and gap <= _ABOUT * size):
                near = True
    return "near" if near else "differs"


def _tolerance(claim: Figure, said: Figure, value: float, digit: float) -> float:
    """Return by how much the passage's value may differ from the claim's because of rounding."""
    finer = min(said.steps, default=said.step) < digit
    step = digit / 2 if finer and digit <= claim.step else 0.0
    if claim.approx or abs(value) >= _ROUND_FROM * _scale(claim):
        step = max(step, min(claim.coarse / 2, _ABOUT * abs(value)))
    if claim.kind == "temperature":
        return max(step, _DEGREES if claim.unit != said.unit else 0.0)
    if claim.unit != said.unit:
        step = max(step, _CONVERTED * abs(value))
    if claim.kind == SHARE and not (claim.written and said.written):
        step = max(step, _POINTS * (2 if claim.approx else 1))
        step = min(step, 0.2 * abs(value))
    return step * (1 + _EXACT)


def _scale(figure: Figure) -> float:
    """Return the size of the figure's unit."""
    if figure.written and figure.written[0] and figure.kind != "temperature":
        return min(1.0, abs(figure.values[0] / figure.written[0])) or 1.0
    return 1.0


def _reverse(said: Figure, value: float) -> float:
    """Return by how much a claim may be more precise than a rounded passage."""
    if said.approx or abs(value) >= _ROUND_FROM * _scale(said):
        return min(said.coarse / 2, _ABOUT * abs(value))
    return 0.0


def computed(claim: Figure, said: Iterable[Figure]) -> bool:
    """Return whether a figure may be computed from two of a passage: a difference, a sum, a ratio."""
    return any(
        _rounds(claim, value)
        for first, second in combinations(said, 2)
        for value in _results(claim, first, second)
    )


def is_rest(claim: Figure, said: Iterable[Figure]) -> bool:
    """Return whether a share is the rest of one in a passage: 63 % for 37 %."""
    return claim.kind == SHARE and any(
        _rounds(claim, 100 - f.values[0]) for f in said if f.kind == SHARE
    )


_UNCOMPUTED: Final = frozenset({ORDINAL, LABEL, CLOCK, DATE})


def _results(claim: Figure, first: Figure, second: Figure) -> Iterator[float]:
    if first.kind == second.kind == DATE:
        years = [figure.days[0].year for figure in (first, second)]
        if claim.kind == "time" and years[0] and years[1]:
            yield abs(years[0] - years[1]) * 31556952
        return
    if not first.values or not second.values or {first.kind, second.kind} & _UNCOMPUTED:
        return
    if first.kind != second.kind and COUNT not in {first.kind, second.kind}:
        return
    a, b = first.values[0], second.values[0]
    if claim.kind in {first.kind, second.kind}:
        yield abs(a - b)
        yield a + b
    if not a or not b:
        return
    if claim.kind == SHARE:
        yield abs(100 * (a - b) / a)
        yield abs(100 * (a - b) / b)
        yield 100 * min(a, b) / max(a, b)
        yield 100 - 100 * min(a, b) / max(a, b)
    if claim.kind in {FACTOR, COUNT}:
        yield max(a, b) / min(a, b)


def _rounds(claim: Figure, value: float) -> bool:
    for own in claim.values:
        slack = claim.coarse / 2 if claim.approx else claim.step / 2
        if claim.kind == SHARE and not claim.written:
            slack = _POINTS
        slack = max(slack, 0.02 * abs(own) if claim.approx or claim.kind == FACTOR else 0.0)
        if own and abs(own - value) <= slack * (1 + _EXACT):
            return True
    return False
