"""Values of a data frame as short text: one line, no invisible characters."""

from __future__ import annotations

import json
import math
import re
import struct
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from ...core.text import clean

LONGEST = 80
"""The maximum number of characters shown of a value."""

DIGITS = 6
"""Significant digits of a rounded number with a fraction."""

_MOST_DIGITS = 15  # all of them are exact in a float
_PLAIN = re.compile(r"\w[\w .%/()°€$£&+-]*")


def cell(value: Any, longest: int = LONGEST, *, digits: int | None = None) -> str:
    """Return a value as the text of a table cell; ``""`` for None, a missing value.

    Numbers are whole, unless ``digits`` says how many significant digits they have.
    """
    if isinstance(value, str):
        return cut(_one_line(value), longest)
    if value is None:
        return ""
    if isinstance(value, bool | int):
        return _said(value)  # Python refuses to write more than 4,300 digits
    if (found := _number(value, digits)) is not None:
        return found
    if isinstance(value, dict | list | tuple | set):
        return cut(_one_line(_nested(value)), longest)
    said = _duration(value) if isinstance(value, timedelta) else _said(value)
    return cut(_one_line(said.removesuffix(" 00:00:00")), longest)  # a day without a time


def number(value: float, digits: int | None = DIGITS) -> str:
    """Return a number with significant digits, None for all; a whole number with all its digits."""
    if not isinstance(value, float):  # an integer of any size
        return str(int(value))
    if math.isfinite(value) and value == int(value) and abs(value) < 1e15:  # noqa: PLR2004
        return str(int(value))
    if math.isnan(value):
        return "NaN"
    return repr(value) if digits is None else f"{value:.{digits}g}"


def digits_for(low: float, high: float) -> int:
    """Return the digits that tell numbers of this range apart, as six do from zero to the largest."""
    spread, largest = high - low, max(abs(low), abs(high))
    if not 0 < spread < math.inf:
        return DIGITS
    lost = math.ceil(math.log10(min(largest / spread, 1e15)))  # digits that all the numbers share
    return min(_MOST_DIGITS, max(DIGITS, DIGITS - 1 + lost))


def single(value: float) -> float:
    """Return the float with the fewest digits that is the same number in single precision."""
    if not math.isfinite(value):
        return value
    written = (float(f"{value:.{digits}g}") for digits in range(DIGITS, 9))
    return next((each for each in written if _in_single(each) == value), value)


def _in_single(value: float) -> float:
    try:
        return float(struct.unpack("f", struct.pack("f", value))[0])
    except OverflowError:
        return math.inf


def quoted(value: Any, longest: int = LONGEST) -> str:
    """Return a value for a list of values; strings in quotes, so that their ends are clear."""
    text = cell(value, longest)
    return _in_quotes(text) if isinstance(value, str) else text


def name(value: Any) -> str:
    """Return a column's name, in quotes if it has special characters; multiple levels are joined."""
    if isinstance(value, tuple):
        return " / ".join(map(name, value))
    text = cell(value)
    return text if _PLAIN.fullmatch(text) else _in_quotes(text)


def csv_line(cells: Iterable[str]) -> str:
    """Return cells as a line of CSV (RFC 4180)."""
    return ",".join(map(_csv, cells)) or '""'


def cut(text: str, longest: int) -> str:
    """Return a text cut to ``longest`` characters, followed by the number of characters cut."""
    if len(text) <= longest:
        return text
    return f"{text[:longest]}…(+{len(text) - longest:,} characters)"


def _in_quotes(text: str) -> str:
    return '"' + text.replace('"', '\\"') + '"'


def _csv(text: str) -> str:
    if re.search(r'[",]|^\s|\s$', text):
        return '"' + text.replace('"', '""') + '"'
    return text


def _one_line(text: str) -> str:
    """Return a text on one line, with control and invisible characters as escape sequences."""
    text = clean(text)
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c == "\u00a0" else _written_out(c) for c in text)


def _written_out(char: str) -> str:
    return repr(char)[1:-1]


def _number(value: Any, digits: int | None) -> str | None:
    """Return a float or a number of numpy as text; None for any other value."""
    if isinstance(value, float):
        return number(float(value), digits)
    if hasattr(value, "dtype") and getattr(value, "ndim", 1) == 0 and value.dtype.kind in "iuf":
        if value.dtype.kind != "f":
            return number(value)
        whole = float(value)
        return number(single(whole) if value.dtype.itemsize <= 4 else whole, digits)  # noqa: PLR2004
    return None


def _said(value: Any) -> str:
    try:
        return str(value)
    except Exception:  # noqa: BLE001 (the user's objects may raise anything)
        return f"({type(value).__name__})"


def _duration(value: timedelta) -> str:
    """Return a duration in the format of pandas, for Python's durations too."""
    if type(value) is not timedelta:
        return _said(value)
    hours, _, rest = str(value - timedelta(days=value.days)).partition(":")
    return f"{value.days} days {'+' if value.days < 0 else ''}{hours:0>2}:{rest}"


def _nested(value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, default=_said)
    except (TypeError, ValueError, RecursionError):
        return f"({type(value).__name__})"
