"""A column in one line: its type, and what is in it."""

from __future__ import annotations

import sys
from collections import Counter
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from . import frames
from .cells import cell, number, quoted

if TYPE_CHECKING:
    from narwhals import Series

_QUARTILES = (0.25, 0.5, 0.75)

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


def column(called: str, native: Any, most: int) -> Column:
    """Describe a column.

    Parameters
    ----------
    called : str
        Its name.
    native : object
        Its values, as their own library has them.
    most : int
        How many of the most common values are wanted.
    """
    import narwhals.stable.v2 as nw  # noqa: PLC0415 (who has a series has it)

    kind, values = frames.type_name(native), frames.values(native)
    missing = int(values.null_count())
    if len(values) == 0:
        return Column(called, kind)
    if missing == len(values):
        return Column(called, kind, ("all missing",))
    if missing:  # a column of millions is copied
        values = values.drop_nulls()
    if values.dtype == nw.Boolean:
        return Column(called, kind, (_truth(values),), missing=missing)
    if values.dtype.is_numeric():
        return Column(called, kind, _numbers(values), missing=missing)
    if values.dtype.is_temporal():
        first, last = map(cell, _ends(values))
        return Column(called, kind, (f"{first} to {last}",), missing=missing)
    return _texts(called, kind, values, missing, most)


def _ends(values: Series[Any]) -> tuple[Any, Any]:
    """Return the first and the last of times or durations."""
    import narwhals.stable.v2 as nw  # noqa: PLC0415

    if values.dtype == nw.Duration and values.implementation.is_pyarrow():  # it compares none
        lengths = values.dt.total_microseconds()
        first, last = int(lengths.min()), int(lengths.max())
        return timedelta(microseconds=first), timedelta(microseconds=last)
    return values.min(), values.max()


def _truth(values: Series[Any]) -> str:
    true = int(values.sum())
    return f"true {true:,}, false {len(values) - true:,}"


def _numbers(values: Series[Any]) -> tuple[str, ...]:
    """Return range, quartiles, mean and standard deviation of those that are finite."""
    import narwhals.stable.v2 as nw  # noqa: PLC0415

    real = finite = values
    if not values.dtype.is_integer():
        real = values.cast(nw.Float64)
        is_finite = real.is_finite()
        finite = real if is_finite.all() else real.filter(is_finite)
    parts = []
    if len(finite):
        # Floats alone can be infinite; the others are said exactly.
        exact = finite if values.dtype.is_float() else values
        low, high = cell(exact.min()), cell(exact.max())
        parts.append(f"all {low}" if low == high else f"{low} to {high}")
        if low != high:
            with _unlimited():
                quartiles = [number(finite.quantile(q, "linear")) for q in _QUARTILES]
                mean, std = number(finite.mean()), number(finite.std())
            parts += [f"quartiles {', '.join(quartiles)}", f"mean {mean}, std {std}"]
    if odd := len(real) - len(finite):
        nan = int(real.is_nan().sum())
        odd -= nan
        said = [f"{odd:,} infinite" if odd else "", f"{nan:,} NaN" if nan else ""]
        parts[1:1] = filter(None, said)
    return tuple(parts)


def _unlimited() -> AbstractContextManager[Any]:
    """Let numbers that are too large be infinite, whatever numpy was told to say of them."""
    numpy = sys.modules.get("numpy")
    return numpy.errstate(all="ignore") if numpy else nullcontext()


def _texts(called: str, kind: str, values: Series[Any], missing: int, most: int) -> Column:
    """Describe texts, categories, and objects of any kind."""
    note = ""
    categories = _categories(values)
    if len(values) > _SAMPLED:
        step = -(-len(values) // _SAMPLED)
        values, note = values.gather_every(step), f"counted from every {_ordinal(step)} value"
    listed = values.to_list()
    types = Counter(type(value).__name__ for value in listed)
    only_texts = types.keys() <= {"str"}
    various = kind.lower() == "object" or "bytes" in types
    counts = None if various and not only_texts else _counts(listed)
    if counts is None:
        return Column(called, kind, _mixture(types, listed), missing=missing, note=note)
    distinct = len(counts)
    facts = [f"{distinct:,} different {'value' if distinct == 1 else 'values'}"]
    if only_texts and categories is None:
        facts.append(_characters(min(map(len, counts)), max(map(len, counts))))
    if unused := (categories or distinct) - distinct:
        facts.append(f"{unused:,} more {'category' if unused == 1 else 'categories'} without any")
    top = tuple((quoted(value), count) for value, count in counts.most_common(most) if count > 1)
    return Column(called, kind, tuple(facts), top, missing, note)


def _categories(values: Series[Any]) -> int | None:
    """Return how many categories there are, with those that nothing is of; None for other types."""
    import narwhals.stable.v2 as nw  # noqa: PLC0415

    if not isinstance(values.dtype, nw.Categorical | nw.Enum):
        return None
    if values.dtype == nw.Categorical and values.implementation.is_polars():
        return 0  # they are not the column's own: all such columns share them
    try:
        return len(values.cat.get_categories())
    except AttributeError:  # a dictionary of pyarrow in a column of pandas has no accessor
        return None


def _counts(values: list[Any]) -> Counter[Any] | None:
    """Return how often each value comes, in order of appearance; None for what cannot be compared."""
    try:
        return Counter(values)
    except TypeError:  # lists, say
        return None


def _mixture(types: Counter[str], values: list[Any]) -> tuple[str, ...]:
    """Return what kinds of objects there are, and the keys of dicts."""
    kinds = [f"{count:,} of type {kind}" for kind, count in types.most_common(4)]
    if rest := len(types) - len(kinds):
        kinds.append(f"{rest} more types")
    parts = [", ".join(kinds)]
    # A struct's fields are all there in each of its values.
    dicts = [value for value in values if isinstance(value, dict)]
    keys = Counter(cell(key, 40) for each in dicts for key in each if each[key] is not None)
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
