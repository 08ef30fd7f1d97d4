"""Values of a frame as short text on one line, in which nothing is hidden."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from ...core.text import clean

LONGEST = 80
"""Characters of a value that are shown at most."""

_DIGITS = 6  # of a number with a fraction
_PLAIN = re.compile(r"\w[\w .%/()°€$£&+-]*")


def cell(value: Any, longest: int = LONGEST) -> str:
    """Return a value as it stands in a row; ``""`` for None, a missing one."""
    if isinstance(value, str):
        return cut(_one_line(value), longest)
    if value is None:
        return ""
    if isinstance(value, bool | int):
        return str(value)
    if (number := _number(value)) is not None:
        return number
    if isinstance(value, dict | list | tuple | set):
        return cut(_one_line(_nested(value)), longest)
    said = _duration(value) if isinstance(value, timedelta) else _said(value)
    return cut(_one_line(said.removesuffix(" 00:00:00")), longest)  # days alone, if it is no more


def number(value: float) -> str:
    """Return a number with six digits that count; whole ones whole."""
    if not isinstance(value, float):  # of any length
        return str(int(value))
    if math.isfinite(value) and value == int(value) and abs(value) < 1e15:  # noqa: PLR2004
        return str(int(value))
    return "NaN" if math.isnan(value) else f"{value:.{_DIGITS}g}"


def quoted(value: Any, longest: int = LONGEST) -> str:
    """Return a value among others: in quotes, so that it is seen where it begins and ends."""
    text = cell(value, longest)
    return _in_quotes(text) if isinstance(value, str) else text


def name(value: Any) -> str:
    """Return a column's name: in quotes where it is more than words; of several levels, all of them."""
    if isinstance(value, tuple):
        return " / ".join(map(name, value))
    text = cell(value)
    return text if _PLAIN.fullmatch(text) else _in_quotes(text)


def csv_line(cells: Iterable[str]) -> str:
    """Return cells as a line of CSV (RFC 4180)."""
    return ",".join(map(_csv, cells)) or '""'


def cut(text: str, longest: int) -> str:
    """Return a text of at most ``longest`` characters, and how many more there were."""
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
    """Return a text whose line ends and hidden signs are written out: nothing in it has an effect."""
    text = clean(text)
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c == "\u00a0" else _written_out(c) for c in text)


def _written_out(char: str) -> str:
    return repr(char)[1:-1]


def _number(value: Any) -> str | None:
    """Return a number that is not Python's own, or one with a fraction; None for anything else."""
    if isinstance(value, float):
        return number(value)
    if hasattr(value, "dtype") and getattr(value, "ndim", 1) == 0 and value.dtype.kind in "iuf":
        return number(float(value)) if value.dtype.kind == "f" else number(value)
    return None


def _said(value: Any) -> str:
    try:
        return str(value)
    except Exception:  # noqa: BLE001 (an object of anybody's)
        return f"({type(value).__name__})"


def _duration(value: timedelta) -> str:
    """Return a duration as pandas writes it, also one of Python."""
    if type(value) is not timedelta:
        return _said(value)
    hours, _, rest = str(value - timedelta(days=value.days)).partition(":")
    return f"{value.days} days {'+' if value.days < 0 else ''}{hours:0>2}:{rest}"


def _nested(value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, default=_said)
    except (TypeError, ValueError, RecursionError):
        return f"({type(value).__name__})"
