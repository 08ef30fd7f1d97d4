"""The age of an answer: how old one of the cache may be."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta
from typing import Any

from ..core import checks

ANY_AGE = timedelta.max
"""The limit of ``cache=True``."""

_UNITS = ("seconds", "minutes", "hours", "days", "weeks")
_WRITTEN = re.compile(rf"(\d+(?:\.\d+)?)\s*({'|'.join(u[:-1] for u in _UNITS)})s?", re.IGNORECASE)


def check_age(name: str, value: Any) -> timedelta:
    """Return an age from a `timedelta`, or from a text such as ``"7 days"``.

    Raises
    ------
    InvalidRequest
        The value is neither, or not positive.
    """
    age = value if isinstance(value, timedelta) else None
    if isinstance(value, str) and (found := _WRITTEN.fullmatch(value.strip())):
        number, unit = float(found[1]), f"{found[2].lower()}s"
        try:
            age = timedelta(**{unit: number}) if math.isfinite(number) else None
        except OverflowError:
            age = ANY_AGE
    if age is None or age <= timedelta():
        allowed = f'a timedelta, or a number of {", ".join(_UNITS[:-1])} or weeks such as "7 days"'
        raise checks.invalid(name, value, allowed)
    return age


def check_cache(value: Any) -> timedelta | None:
    """Return the highest age for a value of ``cache=``; None for None and False.

    Raises
    ------
    InvalidRequest
        The value is neither an age, True, False nor None.
    """
    if value is None or isinstance(value, bool):
        return ANY_AGE if value else None
    return check_age("cache", value)


def since(age: timedelta) -> datetime | None:
    """Return the moment that was that long ago; None if it is before all answers."""
    try:
        return datetime.now(UTC) - age
    except OverflowError:
        return None
