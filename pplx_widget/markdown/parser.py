"""Markdown to tokens: CommonMark with GFM's extensions, raw HTML as text.

The page reads the same: blocks with its own machine (``js/src/stream/machine.ts``), the text in them
with a parser of the same family (``js/src/stream/inline.ts``).
"""

from __future__ import annotations

import re
from functools import cache
from types import SimpleNamespace

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from .autolinks import autolinks
from .brackets import parse_link_label
from .commonmark import blocks
from .footnotes import notes
from .markers import markers
from .math import math
from .tasks import tasks

# Deeper nesting stays text, as in the page, which thousands of levels would crash.
_MAX_NESTING = 40
_INDENT = re.compile(r"\n[ \t]+")
# What JavaScript trims.
_WHITE_SPACE = (
    "\t\n\v\f\r \xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000\ufeff"
)


def parse(text: str) -> list[Token]:
    """Return the tokens of a whole text, addresses of links as they were written."""
    return _parser().parse(text)


@cache
def _parser() -> MarkdownIt:
    options = {"html": False, "linkify": False, "typographer": False, "maxNesting": _MAX_NESTING}
    md = MarkdownIt("default", options).use(markers).use(math)
    md.use(blocks, _MAX_NESTING).use(tasks).use(autolinks).use(notes)
    md.inline.ruler.before("escape", "backslash", _backslash)
    md.core.ruler.after("block", "trim", _trim)
    # Every address is judged and normalised where the link is made (urls.py), and nowhere else.
    md.normalizeLink = md.normalizeLinkText = _as_written  # type: ignore[assignment, method-assign]
    md.validateLink = _any  # type: ignore[assignment, method-assign]
    md.helpers = SimpleNamespace(**{**vars(md.helpers), "parseLinkLabel": parse_link_label})  # type: ignore[assignment]
    return md


def _backslash(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 (markdown-it's signature)
    """Keep a backslash from taking the space after it, which may begin a hard line break."""
    if not state.src.startswith("\\ ", state.pos):
        return False
    if not silent:
        state.pending += "\\"
    state.pos += 1
    return True


def _trim(state: StateCore) -> None:
    """Trim all inline text and its lines: parsers differ in what they take off their ends."""
    for token in state.tokens:
        if token.type == "inline":
            token.content = _INDENT.sub("\n", token.content.strip(_WHITE_SPACE))


def _as_written(address: str) -> str:
    return address


def _any(_: str) -> bool:
    return True
