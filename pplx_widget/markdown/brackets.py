"""The search for the end of a link's text; mirrors ``js/src/markdown/brackets.ts``.

As in markdown-it, but bounded: its work would grow at least with the square of the number of brackets.
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
            # A bracket that starts no element is text. Otherwise it starts a link, and a link cannot
            # contain another link.
            if state.pos == at + 1:
                depth += 1
            elif disableNested:
                break
    state.pos = before
    return found
