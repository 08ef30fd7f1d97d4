"""Checks of options; the errors name the allowed values."""

from __future__ import annotations

import math
import operator
import re
from datetime import timedelta
from typing import Any, Final

from .amounts import LARGEST
from .errors import InvalidRequest, nearest


def written(value: object) -> str:
    """Return the repr of any value, for an error; its type if that fails."""
    try:
        return repr(value)
    except Exception:  # noqa: BLE001 (a number of more than 4,300 digits, or any object)
        return f"a value of type {type(value).__name__}"


def invalid(name: str, value: object, allowed: str, hint: str = "") -> InvalidRequest:
    """Return the error for an option with an invalid value."""
    return InvalidRequest(f"{name} cannot be {written(value)}.", hint, f"It must be {allowed}.")


def one_of(name: str, value: object, allowed: tuple[str, ...]) -> None:
    """Raise unless the value is None or one of the allowed strings."""
    if value is not None and value not in allowed:
        hint = nearest(value, allowed) if isinstance(value, str) else ""
        raise invalid(name, value, "one of " + ", ".join(map(repr, allowed)), hint)


def text(name: str, value: object) -> None:
    """Raise unless the value is None or a string that is not blank."""
    if value is not None and not (isinstance(value, str) and value.strip()):
        raise invalid(name, value, "a text that is not empty")


def flag(name: str, value: object) -> None:
    """Raise unless the value is None, True or False."""
    if value is not None and not isinstance(value, bool):
        raise invalid(name, value, "True or False")


def whole_number(name: str, value: object, low: int, high: int | None = None) -> None:
    """Raise unless the value is None or a whole number in the range."""
    if value is None:
        return
    try:
        whole = operator.index(value)  # type: ignore[arg-type] # accepts numpy's integers too
    except TypeError:
        whole = low - 1
    if isinstance(value, bool) or not low <= whole <= (LARGEST if high is None else high):
        span = f"at least {low}" if high is None else f"from {low} to {high}"
        raise invalid(name, value, f"a whole number {span}")


def number(name: str, value: object, low: float, high: float) -> None:
    """Raise unless the value is None or a number in the range."""
    if value is None:
        return
    real = isinstance(value, int | float) and not isinstance(value, bool)
    if not real or not low <= value <= high or is_huge(value):  # type: ignore[operator]
        span = f"at least {low:g}" if high == math.inf else f"from {low:g} to {high:g}"
        raise invalid(name, value, f"a number {span}")


def is_huge(value: object) -> bool:
    """Return whether a value is a whole number that JavaScript and floats do not have exactly."""
    return isinstance(value, int) and abs(value) > LARGEST


ANY_AGE: Final = timedelta.max
"""No limit of an age."""

_UNITS = ("seconds", "minutes", "hours", "days", "weeks")
_AGE = re.compile(rf"(\d+(?:\.\d+)?)\s*({'|'.join(u[:-1] for u in _UNITS)})s?", re.IGNORECASE)


def age(name: str, value: Any) -> timedelta:
    """Return an age from a `timedelta` or a text such as ``"7 days"``; raise for anything else."""
    read = value if isinstance(value, timedelta) else None
    if isinstance(value, str) and (found := _AGE.fullmatch(value.strip())):
        try:
            read = timedelta(**{f"{found[2].lower()}s": float(found[1])})
        except OverflowError:
            read = ANY_AGE
    if read is None or read <= timedelta():
        units = ", ".join(_UNITS[:-1])
        raise invalid(
            name, value, f'a timedelta, or a number of {units} or weeks, such as "7 days"'
        )
    return read
