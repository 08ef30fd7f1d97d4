"""Dates as the service sends them: usually ``YYYY-MM-DD``, often missing, sometimes absurd."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import TypeAlias

Parts: TypeAlias = tuple[int, ...]
"""A year, a year and a month, or a year, a month and a day."""

_DATE = re.compile(r"(\d{4})(?:[-/](\d{1,2})(?:[-/](\d{1,2})(?:[T ].*)?)?)?", re.DOTALL)
# No page of the web is older; what is says that somebody's clock or default was.
_FIRST_YEAR = 1990
# It may be tomorrow already where the page is.
_AHEAD = timedelta(days=1)


def parts(text: str | None) -> Parts | None:
    """Return what a date says, or None where it says no date that there is."""
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
    """Return the day that a date names, or None where it names none."""
    found = parts(text)
    return date(*found) if found and len(found) == len(("year", "month", "day")) else None


def oddity(text: str, today: date) -> str | None:
    """Return what is odd about a date: unreadable, in the future, or from before the web; or None."""
    found = parts(text)
    if found is None:
        return "is no date"
    if found[0] < _FIRST_YEAR:
        return "is from before there was a web"
    if _first_day(found) - _AHEAD > today:
        return "is in the future"
    return None


def plausible(text: str | None, today: date) -> Parts | None:
    """Return what a date says unless it is odd."""
    return parts(text) if text and not oddity(text, today) else None


def _first_day(found: Parts) -> date:
    year, month, day = (*found, 1, 1)[:3]
    return date(year, month, day)
