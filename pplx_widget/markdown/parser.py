"""Markdown to tokens: CommonMark with GFM's extensions, raw HTML as text.

The page reads the same: blocks with its own machine (``js/src/markdown/machine.ts``), the text in them
with a parser of the same family (``js/src/markdown/inline.ts``).
"""

from __future__ import annotations

import re
from functools import cache
from types import SimpleNamespace

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from ..core.tables import DEEPEST, SPACE
from .autolinks import autolinks
from .brackets import parse_link_label
from .commonmark import blocks
from .footnotes import notes
from .markers import markers
from .math import math
from .tasks import tasks

_INDENT = re.compile(r"\n[ \t]+")


def parse(text: str) -> list[Token]:
    """Return the tokens of a whole text, addresses of links as they were written."""
    return _parser().parse(text)


@cache
def _parser() -> MarkdownIt:
    options = {"html": False, "linkify": False, "typographer": False, "maxNesting": DEEPEST}
    md = MarkdownIt("default", options).use(markers).use(math)
    md.use(blocks, DEEPEST).use(tasks).use(autolinks).use(notes)
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
            token.content = _INDENT.sub("\n", token.content.strip(SPACE))


def _as_written(address: str) -> str:
    return address


def _any(_: str) -> bool:
    return True
