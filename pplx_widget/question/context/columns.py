"""A column in one line: its type, and what is in it."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .cells import cell, number, quoted

if TYPE_CHECKING:
    import pandas as pd

_QUARTILES = [0.25, 0.5, 0.75]

_SAMPLED = 200_000
"""Values of a text column that are looked at, at most: counting millions of them takes seconds."""


@dataclass(frozen=True, slots=True)
class Column:
    """What can be said of a column.

    Attributes
    ----------
    name, type : str
        As the frame has them.
    facts : tuple of str
        Range and spread, or how many different values there are; the most telling first.
    top : tuple of (str, int)
        The most common values of texts and categories, with their counts; only values that come more
        than once.
    missing : int
        How many values there are not.
    note : str
        What it was not counted from.
    """

    name: str
    type: str
    facts: tuple[str, ...] = ()
    top: tuple[tuple[str, int], ...] = ()
    missing: int = 0
    note: str = ""

    def line(self, *, facts: int, top: int) -> str:
        """Return the line, with so many of the facts and of the most common values."""
        missing = f"{self.missing:,} missing" if self.missing else ""
        parts = [*self.facts[:facts], missing, self.note if facts else ""]
        said = "; ".join(part for part in parts if part)
        common = ", ".join(f"{value} {count:,}×" for value, count in self.top[:top])
        said = " — ".join(part for part in (said, common) if part)
        return f"{self.name} ({self.type})" + (f": {said}" if said else "")


def column(called: str, series: pd.Series, most: int) -> Column:
    """Describe a column.

    Parameters
    ----------
    called : str
        Its name.
    series : pandas.Series
        Its values.
    most : int
        How many of the most common values are wanted.
    """
    kind = str(series.dtype)
    missing = int(series.isna().sum())
    if len(series) == 0:
        return Column(called, kind)
    if missing == len(series):
        return Column(called, kind, ("all missing",))
    values = series.dropna()
    if _is_truth(values):
        return Column(called, kind, (_truth(values),), missing=missing)
    if values.dtype.kind in "iuf" and not hasattr(values, "cat"):
        return Column(called, kind, _numbers(values), missing=missing)
    if values.dtype.kind in "mM":
        span = f"{cell(values.min())} to {cell(values.max())}"
        return Column(called, kind, (span,), missing=missing)
    return _texts(called, kind, values, missing, most)


def _is_truth(values: pd.Series) -> bool:
    return bool(values.dtype.kind == "b")


def _truth(values: pd.Series) -> str:
    true = int(values.sum())
    return f"true {true:,}, false {len(values) - true:,}"


def _numbers(values: pd.Series) -> tuple[str, ...]:
    """Return range, quartiles, mean and standard deviation of those that are finite."""
    import numpy as np  # noqa: PLC0415 (who has a series has it)

    real = values.astype("float64")
    finite = real[~real.isin([math.inf, -math.inf])]
    parts = []
    if len(finite):
        # Whole ones as they are: a long one would be another as a float.
        exact = values if values.dtype.kind in "iu" else finite
        low, high = number(exact.min()), number(exact.max())
        parts.append(f"all {low}" if low == high else f"{low} to {high}")
        if low != high:
            with np.errstate(all="ignore"):  # what is too large is infinite
                quartiles = map(number, finite.quantile(_QUARTILES))
                mean, std = number(finite.mean()), number(finite.std())
            parts += [f"quartiles {', '.join(quartiles)}", f"mean {mean}, std {std}"]
    if infinite := len(real) - len(finite):
        parts.insert(1, f"{infinite:,} infinite")
    return tuple(parts)


def _texts(called: str, kind: str, values: pd.Series, missing: int, most: int) -> Column:
    """Describe texts, categories, and objects of any kind."""
    note = ""
    if len(values) > _SAMPLED:
        step = -(-len(values) // _SAMPLED)
        values, note = values.iloc[::step], f"counted from every {_ordinal(step)} value"
    types = Counter(type(value).__name__ for value in values)
    counts = None if kind == "object" and not types.keys() <= {"str"} else _counts(values)
    if counts is None:
        return Column(called, kind, _mixture(types, values), missing=missing, note=note)
    distinct = len(counts)
    facts = [f"{distinct:,} different {'value' if distinct == 1 else 'values'}"]
    if types.keys() <= {"str"} and not hasattr(values, "cat"):
        lengths = values.astype("object").map(len)
        facts.append(_characters(int(lengths.min()), int(lengths.max())))
    if hasattr(values, "cat") and (unused := len(values.cat.categories) - distinct):
        facts.append(f"{unused:,} more {'category' if unused == 1 else 'categories'} without any")
    top = tuple(
        (quoted(value), int(count)) for value, count in counts.head(most).items() if count > 1
    )
    return Column(called, kind, tuple(facts), top, missing, note)


def _counts(values: pd.Series) -> pd.Series | None:
    """Return how often each value comes, the most common first; None for what cannot be compared."""
    try:
        counts: pd.Series = values.value_counts()
    except (TypeError, NotImplementedError):  # lists of pyarrow, say
        return None
    return counts[counts > 0]  # without categories that nothing is of


def _mixture(types: Counter[str], values: pd.Series) -> tuple[str, ...]:
    """Return what kinds of objects there are, and the keys of dicts."""
    kinds = [f"{count:,} of type {kind}" for kind, count in types.most_common(4)]
    if rest := len(types) - len(kinds):
        kinds.append(f"{rest} more types")
    parts = [", ".join(kinds)]
    keys = Counter(cell(key, 40) for value in values if isinstance(value, dict) for key in value)
    # As with texts: what comes once may be somebody's name.
    if often := [key for key, count in keys.most_common(8) if count > 1]:
        parts.append("keys " + ", ".join(often))
    return tuple(parts)


def _characters(least: int, most: int) -> str:
    if least == most:
        return f"{most:,} {'character' if most == 1 else 'characters'}"
    return f"{least:,} to {most:,} characters"


def _ordinal(n: int) -> str:
    return {2: "second", 3: "third"}.get(n, f"{n}th")
