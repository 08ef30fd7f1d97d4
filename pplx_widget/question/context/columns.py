"""Describe a column in one line: its type and its values."""

from __future__ import annotations

import sys
from collections import Counter
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from . import frames
from .cells import cell, digits_for, number, quoted, single

if TYPE_CHECKING:
    from narwhals import Series

_QUARTILES = (0.25, 0.5, 0.75)

_SAMPLED = 200_000
"""The maximum number of text values to count: counting millions of them takes seconds."""


@dataclass(frozen=True, slots=True)
class Column:
    """The description of a column.

    Attributes
    ----------
    name, type : str
        The name and type in the data frame.
    facts : tuple of str
        Range and spread, or the number of different values; the most informative first.
    top : tuple of (str, int)
        The most common texts or categories with their counts, without values that occur only once.
    missing : int
        The number of missing values.
    note : str
        A note if only a sample of the values was counted, else ``""``.
    """

    name: str
    type: str
    facts: tuple[str, ...] = ()
    top: tuple[tuple[str, int], ...] = ()
    missing: int = 0
    note: str = ""

    def line(self, *, facts: int, top: int) -> str:
        """Return the line, with at most ``facts`` facts and ``top`` common values."""
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
        The column's name.
    native : object
        The column's values, as an object of their own library.
    most : int
        The number of most common values to return.
    """
    import narwhals.stable.v2 as nw  # noqa: PLC0415 (installed, since `frames.read` needs it)

    kind, values = frames.type_name(native), frames.values(native)
    missing = int(values.null_count())
    if len(values) == 0:
        return Column(called, kind)
    if missing == len(values):
        return Column(called, kind, ("all missing",))
    if missing:  # only then, since this copies the column
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
    """Return the smallest and the largest of times or durations."""
    import narwhals.stable.v2 as nw  # noqa: PLC0415

    if values.dtype == nw.Duration and values.implementation.is_pyarrow():  # it lacks `min`
        lengths = values.dt.total_microseconds()
        first, last = int(lengths.min()), int(lengths.max())
        return timedelta(microseconds=first), timedelta(microseconds=last)
    return values.min(), values.max()


def _truth(values: Series[Any]) -> str:
    true = int(values.sum())
    return f"true {true:,}, false {len(values) - true:,}"


def _numbers(values: Series[Any]) -> tuple[str, ...]:
    """Return range, quartiles, mean and standard deviation of the finite numbers."""
    import narwhals.stable.v2 as nw  # noqa: PLC0415

    real = finite = values
    if not values.dtype.is_integer():
        real = values.cast(nw.Float64)
        is_finite = real.is_finite()
        finite = real if is_finite.all() else real.filter(is_finite)
    parts = []
    if len(finite):
        # Only floats can be infinite; the range of other types is exact.
        exact = finite if values.dtype.is_float() else values
        ends = [exact.min(), exact.max()]
        if values.dtype == nw.Float32:
            ends = [single(float(end)) for end in ends]
        low, high = map(cell, ends)
        parts.append(f"all {low}" if low == high else f"{low} to {high}")
        if low != high:
            with _unlimited():
                digits = digits_for(*map(float, ends))
                quartiles = [number(finite.quantile(q, "linear"), digits) for q in _QUARTILES]
                mean, std = number(finite.mean(), digits), number(finite.std())
            parts += [f"quartiles {', '.join(quartiles)}", f"mean {mean}, std {std}"]
    if odd := len(real) - len(finite):
        nan = int(real.is_nan().sum())
        odd -= nan
        said = [f"{odd:,} infinite" if odd else "", f"{nan:,} NaN" if nan else ""]
        parts[1:1] = filter(None, said)
    return tuple(parts)


def _unlimited() -> AbstractContextManager[Any]:
    """Let overflows become infinite, whatever error handling numpy is set to."""
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
    """Return the number of categories, including unused ones; None for other types."""
    import narwhals.stable.v2 as nw  # noqa: PLC0415

    if not isinstance(values.dtype, nw.Categorical | nw.Enum):
        return None
    if values.dtype == nw.Categorical and values.implementation.is_polars():
        return 0  # unknown: all categorical columns of polars share their categories
    try:
        return len(values.cat.get_categories())
    except AttributeError:  # a pyarrow dictionary in a pandas column has no accessor
        return None


def _counts(values: list[Any]) -> Counter[Any] | None:
    """Return the count of each value, in order of appearance; None if values are not hashable."""
    try:
        return Counter(values)
    except TypeError:  # such as lists
        return None


def _mixture(types: Counter[str], values: list[Any]) -> tuple[str, ...]:
    """Return the counts of the objects' types, and the common keys of dicts."""
    kinds = [f"{count:,} of type {kind}" for kind, count in types.most_common(4)]
    if rest := len(types) - len(kinds):
        kinds.append(f"{rest} more types")
    parts = [", ".join(kinds)]
    # A struct has all its fields in every value, so fields that are None do not count.
    dicts = [value for value in values if isinstance(value, dict)]
    keys = Counter(cell(key, 40) for each in dicts for key in each if each[key] is not None)
    # As with texts, a key that occurs once may be a person's name.
    if often := [key for key, count in keys.most_common(8) if count > 1]:
        parts.append("keys " + ", ".join(often))
    return tuple(parts)


def _characters(least: int, most: int) -> str:
    if least == most:
        return f"{most:,} {'character' if most == 1 else 'characters'}"
    return f"{least:,} to {most:,} characters"


def _ordinal(n: int) -> str:
    return {2: "second", 3: "third"}.get(n, f"{n}th")
