"""Amounts of money and numbers of tokens, whoever names them: plausible, or not known.

A budget adds costs up, so a negative or an endless one would lift it.
"""

from __future__ import annotations

import math
from typing import Any, Final

# Whole numbers beyond this are not the same in JavaScript, and no record takes others.
LARGEST: Final = 2**53

DOLLARS: Final = "USD"

# Of one question. The dearest effort typically costs $0.21, and the longest runs that the service
# describes cost tens of dollars: a thousand is a slip of units, such as micro-dollars. Other currencies
# have no such bound, since a thousand rials are less than a cent.
MOST_DOLLARS: Final = 1000.0

# A tenth of what a single token of the cheapest model costs: less is noise, in any currency.
_LEAST: Final = 1e-9

# The longest request has 32 MiB, and a run 100 steps at most.
_MOST_THINGS: Final = 10**9


def amount(value: Any, currency: str = "") -> float | None:
    """Return what one question or one tool cost; None for what cannot be a cost in that currency.

    Minus zero is negative too: no service names it on purpose.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    most = MOST_DOLLARS if currency == DOLLARS else LARGEST
    if not (value == 0 or _LEAST <= value <= most) or math.copysign(1, value) < 0:
        return None
    return float(value)


def count(value: Any) -> int:
    """Return a number of tokens or calls; 0, which stands for an unknown one too, for what is none."""
    whole = isinstance(value, int) and not isinstance(value, bool)
    return int(value) if whole and 0 < value <= _MOST_THINGS else 0
