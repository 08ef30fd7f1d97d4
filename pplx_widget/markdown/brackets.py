"""Where the text of a link ends; mirrors ``js/src/markdown/brackets.ts``.

markdown-it's own search, with an end to it: very many brackets would cost their square, and then some.
"""

from __future__ import annotations

from markdown_it.rules_inline import StateInline

from ..core.tables import DEEPEST_BRACKETS, LONGEST_LINK_TEXT


def parse_link_label(state: StateInline, start: int, disableNested: bool = False) -> int:  # noqa: FBT001, FBT002, N803 (markdown-it's)
    """Return the position of the bracket that closes the one at ``start``, or -1."""
    before = state.pos
    end = min(state.posMax, start + LONGEST_LINK_TEXT)
    found = -1
    depth = 1
    state.pos = start + 1
    while state.pos < end and depth <= DEEPEST_BRACKETS:
        at = state.pos
        char = state.src[at]
        if char == "]":
            depth -= 1
            if depth == 0:
                found = at
                break
        state.md.inline.skipToken(state)
        if char == "[":
            # A bracket that begins nothing is text; what it begins is a link, which cannot stand in
            # another.
            if state.pos == at + 1:
                depth += 1
            elif disableNested:
                break
    state.pos = before
    return found
