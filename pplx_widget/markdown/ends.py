"""The end of a text that was cut: marks that opened something, with nothing after them."""

from __future__ import annotations

import re

from .tree import Item

# After white space these marks would have opened emphasis, code, a link, a picture or an escape.
_STRAY = re.compile(r"(?:(?<=\s)|\A)(?:[*_~`]+|!?\[|!|\\)\s*\Z")
_OPEN = frozenset("p h1 h2 h3 h4 h5 h6 ul ol li blockquote strong em s".split())  # noqa: SIM905


def drop_stray_end(items: list[Item]) -> None:
    """Remove stray marks, line breaks and empty blocks from the end of a tree."""
    while items:
        last = items[-1]
        if isinstance(last, str):
            items[-1] = _STRAY.sub("", last).rstrip()
            if items[-1]:
                return
        elif last.tag in _OPEN:
            drop_stray_end(last.children)
            if last.children:
                return
        elif last.tag != "br":
            return
        items.pop()
