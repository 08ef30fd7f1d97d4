"""Read the service's dates: usually ``YYYY-MM-DD``, often missing, sometimes absurd."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import TypeAlias

Parts: TypeAlias = tuple[int, ...]
"""A year, a year and a month, or a year, a month and a day."""

_DATE = re.compile(r"(\d{4})(?:[-/](\d{1,2})(?:[-/](\d{1,2})(?:[T ].*)?)?)?", re.DOTALL)
# No web page is older; an earlier date comes from a wrong clock or a default.
_FIRST_YEAR = 1990
# In another time zone it may already be tomorrow.
_AHEAD = timedelta(days=1)


def parts(text: str | None) -> Parts | None:
    """Return the parts of a date; None if the text is not an existing date."""
    read = _DATE.fullmatch((text or "").strip())
    if not read:
        return None
    found = tuple(int(part) for part in read.groups() if part)
    try:
        _first_day(found)
    except ValueError:
        return None
    return found


def whole(text: str | None) -> date | None:
    """Return a date with year, month and day; None if the text does not have all three."""
    found = parts(text)
    return date(*found) if found and len(found) == len(("year", "month", "day")) else None


def oddity(text: str, today: date) -> str | None:
    """Return why a date is odd: unreadable, in the future, or older than the web; None if it is not."""
    found = parts(text)
    if found is None:
        return "is not a date"
    if found[0] < _FIRST_YEAR:
        return "is older than the web"
    if _first_day(found) - _AHEAD > today:
        return "is in the future"
    return None


def plausible(text: str | None, today: date) -> Parts | None:
    """Return the parts of a date; None if it is missing or odd."""
    return parts(text) if text and not oddity(text, today) else None


def _first_day(found: Parts) -> date:
    year, month, day = (*found, 1, 1)[:3]
    return date(year, month, day)
