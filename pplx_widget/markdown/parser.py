"""Markdown to tokens: CommonMark with GFM's extensions, and raw HTML as text except `tags`.

The page does the same, with its own parser for blocks (``js/src/markdown/machine.ts``) and the
JavaScript markdown-it for the text in them (``js/src/markdown/inline.ts``).
"""

from __future__ import annotations

import re
from functools import cache
from types import SimpleNamespace
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from ..core.tables import DEEPEST, SPACE
from .autolinks import autolinks
from .brackets import parse_link_label
from .commonmark import blocks
from .delimiters import delimiters
from .footnotes import footnotes
from .markers import markers
from .math import math
from .tags import tags
from .tasks import tasks

_INDENT = re.compile(r"\n[ \t]+")


def parse(text: str, env: dict[str, Any] | None = None) -> list[Token]:
    """Return the tokens of a text, with the addresses of links unchanged.

    ``env`` receives what markdown-it finds beside them: ``references`` are the definitions of links.
    """
    return _parser().parse(text, env)


@cache
def _parser() -> MarkdownIt:
    options = {"html": False, "linkify": False, "typographer": False, "maxNesting": DEEPEST}
    md = MarkdownIt("default", options).use(markers).use(math)
    md.use(blocks, DEEPEST).use(tasks).use(autolinks).use(footnotes)
    md.use(delimiters).use(tags)
    md.inline.ruler.before("escape", "backslash", _backslash)
    md.core.ruler.after("block", "trim", _trim)
    # Only `urls.py` checks and normalizes addresses, when the tree is built.
    md.normalizeLink = md.normalizeLinkText = _as_written  # type: ignore[assignment, method-assign]
    md.validateLink = _any  # type: ignore[assignment, method-assign]
    md.helpers = SimpleNamespace(**{**vars(md.helpers), "parseLinkLabel": parse_link_label})  # type: ignore[assignment]
    return md


def _backslash(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 (markdown-it's signature)
    """Keep a backslash from consuming the space after it, which may start a hard line break."""
    if not state.src.startswith("\\ ", state.pos):
        return False
    if not silent:
        state.pending += "\\"
    state.pos += 1
    return True


def _trim(state: StateCore) -> None:
    """Trim all inline text and its lines, because parsers differ in the white space they remove."""
    for token in state.tokens:
        if token.type == "inline":
            token.content = _INDENT.sub("\n", token.content.strip(SPACE))


def _as_written(address: str) -> str:
    return address


def _any(_: str) -> bool:
    return True
