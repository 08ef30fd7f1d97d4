"""Characters that nobody sees and that change how others read, shown by their names.

A text that is read in another order than it stands in deceives. Mirrors ``js/src/stream/visible.ts``.
"""

from __future__ import annotations

import re

from .urls import LEFTWARD

_NAMES = {
    "\u061c": "ALM",
    "\u200e": "LRM",
    "\u200f": "RLM",
    "\u202a": "LRE",
    "\u202b": "RLE",
    "\u202c": "PDF",
    "\u202d": "LRO",
    "\u202e": "RLO",
    "\u2066": "LRI",
    "\u2067": "RLI",
    "\u2068": "FSI",
    "\u2069": "PDI",
}
# The last of these are letters that only a machine reads.
_HIDDEN = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]|[\U000e0020-\U000e007e]")
# Where a script that is written from the right is mixed with others, these three belong to it.
_MARKS = frozenset("\u061c\u200e\u200f")


def visible(text: str, *, code: bool = False) -> str:
    """Return a text with every such character shown; in code no mark belongs, whatever its script."""
    if not _HIDDEN.search(text):
        return text
    allowed = not code and LEFTWARD.search(text)

    def shown(match: re.Match[str]) -> str:
        char = match[0]
        if allowed and char in _MARKS:
            return char
        name = _NAMES.get(char)
        return f"⟨{name}⟩" if name else chr(ord(char) - 0xE0000)

    return _HIDDEN.sub(shown, text)
