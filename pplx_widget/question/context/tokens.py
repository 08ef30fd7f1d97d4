"""Estimate the number of tokens of a text, since the service's tokeniser is not known."""

from __future__ import annotations

import re

# Up to six Latin letters or three digits count as one token; any other character counts alone.
_PIECE = re.compile(r"[A-Za-z]{1,6}|\d{1,3}|\n|[^\s\w]|_|[^\W\d_A-Za-z]")


def tokens(text: str) -> int:
    """Return the estimated number of tokens of a text.

    Compared with a tokeniser whose table is public (that of anthropic 0.25), the estimate is 1.0 to 1.2
    times as high for tables and English, 1.7 times for Russian, 0.8 times for German and Japanese.
    """
    return sum(1 for _ in _PIECE.finditer(text))


def rounded(count: int) -> str:
    """Return an estimate as text, rounded to two significant digits."""
    if count < 100:  # noqa: PLR2004
        return str(max(count, 1))
    unit = 10 ** (len(str(count)) - 2)
    return f"{round(count / unit) * unit:,}"
