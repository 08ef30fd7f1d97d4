"""A data frame as text: its shape, one line per column, the first rows, and a note of the rest."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from typing import Any

from ...core.once import once
from .cells import DIGITS, cell, csv_line, name, single
from .columns import Column, column
from .frames import Frame, type_name, values
from .tokens import tokens

# Decreasing levels of detail: (facts, most common values) per column.
_MOST = 8
_DETAILS = ((9, _MOST), (9, 5), (9, 3), (9, 1), (9, 0), (1, 0))
# The characters of a value and the digits of a number; None for all digits.
_WRITINGS = ((80, None), (80, DIGITS), (40, DIGITS), (20, DIGITS))
_FOR_COLUMNS = 0.7  # the share of the tokens for columns, if rows are shown too
_SHORTEST = 6  # the fewest tokens for a column's line; if these do not fit, no column is described
_FOR_NOTES = 56  # tokens reserved for the note of omitted parts


class Table:
    """A data frame with a name, whose columns can be excluded.

    Parameters
    ----------
    called : str
        The table's name.
    frame : Frame
        The data, which is never changed.
    """

    def __init__(self, called: str, frame: Frame) -> None:
        self.called = called
        self._frame = frame
        # Positions, since names can occur twice; levels of an index come first.
        self._kept_back: set[int] = set()

    @property
    def names(self) -> list[Any]:
        """The names of the index's levels and of the columns."""
        return [each for each, _ in self._frame.levels + self._frame.columns]

    @property
    def shape(self) -> str:
        """The rows and columns, including excluded columns: ``"12 rows × 4 columns"``."""
        columns = len(self._frame.columns)
        return f"{_count(self._frame.rows, 'row')} × {_count(columns, 'column')}"

    def keep_back(self, column: Any) -> bool:
        """Exclude all columns with a name; return whether there are any."""
        places = {i for i, each in enumerate(self.names) if _same(each, column)}
        self._kept_back |= places
        return bool(places)

    def write(self, room: int, head: int) -> tuple[str, list[str]]:
        """Return the text, of at most about ``room`` tokens, and notes of the omitted parts."""
        title = f"{name(self.called)}: {self.shape}"
        room -= tokens(title) + _FOR_NOTES
        has_rows = head > 0 and self._frame.rows > 0
        lines, shown, notes = self._columns(room * (_FOR_COLUMNS if has_rows else 1))
        pieces = [title]
        if lines:
            pieces.append("\n".join(["Columns:", *lines]))
            room -= tokens(pieces[-1])
        rows, how = self._rows(shown, head, room) if has_rows and lines else ([], "")
        total = self._frame.rows
        if rows:
            count = len(rows) - 1
            first = f"First {count:,} rows" if count > 1 else "First row"
            which = "All rows" if count == total else first
            pieces.append("\n".join([f"{which} ({how}):", *rows]))
        if missing := total - max(0, len(rows) - 1):
            notes.insert(0, f"{missing:,} of {_count(total, 'row')}" if rows else "all rows")
        if self._kept_back:
            notes.append(f"{_count(len(self._kept_back), 'column')} that the user keeps back")
        if notes:
            pieces.append("Left out: " + "; ".join(notes) + ".")
        return "\n\n".join(pieces), notes

    # ---- columns ------------------------------------------------------------------------------------

    @once
    def _kept(self) -> list[tuple[int, str, Any]]:
        """The columns that are not excluded: position, name, values."""
        series = enumerate(self._series())
        return [(i, *each) for i, each in series if i not in self._kept_back]

    def _series(self) -> Iterator[tuple[str, Any]]:
        """Yield the levels of the index and the columns; a repeated name becomes ``name #2``."""
        seen: Counter[str] = Counter()
        for level, series in self._frame.levels:
            called = f"{name(level)} [index]"
            seen[called] += 1
            yield called, series
        for each, series in self._frame.columns:
            called = name(each)
            seen[called] += 1
            yield called if seen[called] == 1 else f"{called} #{seen[called]}", series

    def _columns(self, room: float) -> tuple[list[str], list[int], list[str]]:
        """Return the lines, the positions of the columns in them, and notes of omitted parts."""
        kept = self._kept
        if _SHORTEST * len(kept) <= room:
            described = [column(called, series, _MOST) for _, called, series in kept]
            for facts, top in _DETAILS:
                lines = [each.line(facts=facts, top=top) for each in described]
                if tokens("\n".join(lines)) <= room:
                    return lines, [i for i, _, _ in kept], _unsaid(described, facts, top)
        # Only names, grouped by type, as many as fit.
        shown = len(kept)
        typed = [(called, type_name(series)) for _, called, series in kept]
        while shown and tokens("\n".join(_by_type(typed[:shown]))) > room:
            shown = shown * 9 // 10
        notes = ["the contents of the columns"]
        if missing := len(kept) - shown:
            notes.append(f"{missing:,} of {_count(len(kept), 'column')}")
        return _by_type(typed[:shown]), [i for i, _, _ in kept[:shown]], notes

    # ---- rows ---------------------------------------------------------------------------------------

    def _rows(self, shown: list[int], head: int, room: int) -> tuple[list[str], str]:
        """Return the column names and the first rows that fit, and how they are written.

        There are no lines if no row fits.
        """
        places = set(shown)
        chosen = [(called, each) for i, called, each in self._kept if i in places]
        header = csv_line(called for called, _ in chosen)
        series = [_first(each, head) for _, each in chosen]
        lines: list[str] = []
        digits: int | None = None
        for longest, digits in _WRITINGS:
            rows = zip(*series, strict=True)
            lines = [csv_line(cell(v, longest, digits=digits) for v in row) for row in rows]
            if tokens("\n".join([header, *lines])) <= room:
                break
        while lines and tokens("\n".join([header, *lines])) > room:
            lines.pop()
        rounded = digits is not None and _are_rounded(series, len(lines))
        how = f"CSV, numbers rounded to {DIGITS} digits" if rounded else "CSV"
        return ([header, *lines], how) if lines else ([], "")


def _are_rounded(series: list[list[Any]], rows: int) -> bool:
    """Return whether a number of the first rows loses digits."""
    return any(
        cell(value) != cell(value, digits=DIGITS) for column in series for value in column[:rows]
    )


def _first(column: Any, head: int) -> list[Any]:
    """Return the first values, with None for every missing value."""
    import narwhals.stable.v2 as nw  # noqa: PLC0415 (installed, since `frames.read` needs it)

    first = values(column, head)
    missing = first.is_null().to_list()
    listed = first.to_list()
    if first.dtype == nw.Float32:
        listed = [single(v) if isinstance(v, float) else v for v in listed]
    return [None if gone else v for v, gone in zip(listed, missing, strict=True)]


def _by_type(columns: list[tuple[str, str]]) -> list[str]:
    groups = itertools.groupby(columns, key=lambda each: each[1])
    return [f"{kind}: " + ", ".join(called for called, _ in group) for kind, group in groups]


def _unsaid(described: list[Column], facts: int, top: int) -> list[str]:
    if any(len(each.facts) > facts for each in described):
        return ["most of the contents of the columns"]
    if any(len(each.top) > top for each in described):
        return [f"common values beyond {top} per column" if top else "the most common values"]
    return []


def _same(a: Any, b: Any) -> bool:
    try:
        return bool(a == b) or (isinstance(a, tuple) and b in a)
    except (TypeError, ValueError):
        return False


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
