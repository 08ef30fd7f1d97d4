"""Rate limits in the headers of a response: Perplexity's, OpenAI's, and those of common gateways."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ..core.http_errors import seconds_until, server_time

LONGEST: Final = 60.0
"""The longest window in seconds that is believed: a header may be wrong, absurd, or in another unit."""

UNLIMITED: Final = "pplx-widget"
"""The name of a local server without a limit: its headers are those of the service all the same."""

SHORT: Final = 2.0
"""A window that ends within so many seconds counts as one second, since headers give whole seconds."""

# A server's clock may be this much behind the end of its window.
_LATE = 2.0

# Names in order of preference, each with ``limit``, ``remaining`` or ``reset`` in the blank.
_FORMS = ("x-ratelimit-{}", "x-ratelimit-{}-requests", "ratelimit-{}")
_BUCKET = _FORMS[1]

_NUMBER = re.compile(r"\s*(\d{1,9})(?![\d.])", re.ASCII)
_WINDOW = re.compile(r";\s*w=(\d{1,6})(?!\d)", re.ASCII)
_DURATION = re.compile(
    r"(?:(\d{1,6})h)?(?:(\d{1,6})m(?!s))?(?:(\d{1,9}(?:\.\d{1,9})?)(ms|s))?", re.ASCII
)


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit on requests.

    Attributes
    ----------
    most : int
        Requests in one window.
    left : int
        Requests that were left when the response began.
    window : float
        The length of the window in seconds, as far as the headers tell.
    reset : float
        Seconds until the window ends.
    refill : int
        Requests that are allowed again at its end.
    """

    most: int
    left: int
    window: float
    reset: float
    refill: int


def read(headers: Mapping[str, str]) -> Limit | None:
    """Return the limit that the headers of a response name; None if they name none that is real.

    Parameters
    ----------
    headers : mapping
        The response's headers, names in lower case or a case-insensitive mapping.
    """
    if headers.get("server", "").strip() == UNLIMITED:
        return None
    for form in _FORMS:
        most, left = (
            _NUMBER.match(headers.get(form.format(n), "")) for n in ("limit", "remaining")
        )
        if most is None or left is None or int(most[1]) < 1:
            continue
        limit = int(most[1])
        remaining = min(int(left[1]), limit)
        reset = _reset(headers.get(form.format("reset"), "").strip(), headers)
        window = _WINDOW.search(headers.get(form.format("limit"), ""))
        if window is not None:
            seconds = min(max(1.0, float(window[1])), LONGEST)
        elif form == _BUCKET and reset is not None and remaining < limit:
            # A bucket that is refilled without a pause; the header says when it will be full.
            each = min(max(0.001, reset / (limit - remaining)), LONGEST)
            return Limit(limit, remaining, each * limit, each, 1)
        else:
            seconds = 1.0 if reset is None or reset <= SHORT else reset
        reset = seconds if reset is None else min(reset, seconds)
        return Limit(limit, remaining, seconds, reset, limit)
    return None


def _reset(value: str, headers: Mapping[str, str]) -> float | None:
    """Return the seconds until a reset; None unless they are plausible."""
    found = _DURATION.fullmatch(value)
    if value and found is not None:
        hours, minutes, number, unit = found.groups()
        seconds = float(number or 0) * (0.001 if unit == "ms" else 1.0)
        left: float | None = seconds + 60 * int(minutes or 0) + 3600 * int(hours or 0)
    else:
        left = seconds_until(value, server_time(headers))
    # A whole second more, since times are rounded.
    return (
        None if left is None or not -_LATE <= left <= LONGEST + 1 else min(max(0.0, left), LONGEST)
    )
