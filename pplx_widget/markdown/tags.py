"""The HTML that models write in Markdown and that is not text: ``<br>``, ``<sub>`` and ``<sup>``.

Mirrors ``js/src/markdown/tags.ts``.
"""

from __future__ import annotations

import re

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline

from ..core.tables import LINE_BREAK, SPACE, TAG

_TAG = re.compile(TAG, re.IGNORECASE)
_LINE_BREAK = re.compile(LINE_BREAK, re.IGNORECASE)


def tags(md: MarkdownIt) -> None:
    """Add these tags to the parser; a tag that is not closed in its line is text."""
    md.inline.ruler.before("autolink", "tag", _tag)


def _tag(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 (markdown-it's signature)
    if state.src[state.pos] != "<":
        return False
    if line_break := _LINE_BREAK.match(state.src, state.pos, state.posMax):
        if not silent:
            state.pending = state.pending.rstrip(SPACE)
            state.push("hardbreak", "br", 0)
        state.pos = line_break.end()
        return True
    match = _TAG.match(state.src, state.pos, state.posMax)
    if not match:
        return False
    if not silent:
        limit, name = state.posMax, match[1].lower()
        state.push(f"{name}_open", name, 1)
        state.pos, state.posMax = match.span(2)
        state.md.inline.tokenize(state)
        state.posMax = limit
        state.push(f"{name}_close", name, -1)
    state.pos = match.end()
    return True
