"""Checks for costs and token counts from any source: an implausible number counts as unknown.

The budget adds up costs, so a negative or infinite one would disable it.
"""

from __future__ import annotations

import math
from typing import Any, Final

# JavaScript cannot represent larger whole numbers exactly, and records do not accept them.
LARGEST: Final = 2**53

DOLLARS: Final = "USD"

# The upper bound for one question. The most expensive effort typically costs $0.21, and the longest
# runs in the service's documentation cost tens of dollars: a higher cost is a mistake in units, such as
# micro-dollars. Other currencies have no such bound, since a thousand rials are less than a cent.
MOST_DOLLARS: Final = 1000.0

# A tenth of the price of one token of the cheapest model: a lower cost is noise, in any currency.
_LEAST: Final = 1e-9

# The upper bound for token and call counts: a request has at most 32 MiB, a run at most 100 steps.
_MOST_THINGS: Final = 10**9


def amount(value: Any, currency: str = "") -> float | None:
    """Return the cost of one question or tool; None if the value is implausible in the currency.

    Minus zero counts as negative: no service sends it on purpose.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    most = MOST_DOLLARS if currency == DOLLARS else LARGEST
    if not (value == 0 or _LEAST <= value <= most) or math.copysign(1, value) < 0:
        return None
    return float(value)


def count(value: Any) -> int:
    """Return a number of tokens or calls; 0, which also means unknown, if the value is not valid."""
    whole = isinstance(value, int) and not isinstance(value, bool)
    return int(value) if whole and 0 < value <= _MOST_THINGS else 0
