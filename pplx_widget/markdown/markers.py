"""Citation markers as tokens; mirrors ``js/src/markdown/markers.ts``."""

from __future__ import annotations

import re

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock, reference
from markdown_it.rules_inline import StateInline

from ..core.markers import MARKER, ids_of
from ..core.tables import LIKE_MARKER

_MARKER = re.compile(MARKER)
_NO_LABEL = re.compile(rf"\[(?:\^|{LIKE_MARKER}\]:)")
_LONGEST_LABEL = 40
# The characters at which a rule may apply: markdown-it's, and the CJK brackets of markers.
_SPECIAL = re.compile(r"[\n!#$%&*+\-:<=>@\[\\\]^_`{}~【\uff3b]")


def markers(md: MarkdownIt) -> None:
    """Add ``citation`` tokens to the parser, with the marker's ids in their ``meta``."""
    md.inline.ruler.at("text", _text)
    # Before links, or `[1][3]` would be read as a link.
    md.inline.ruler.before("link", "citation", _citation)
    md.block.ruler.at("reference", _named_reference, {"alt": []})


def _text(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 (markdown-it's signature)
    special = _SPECIAL.search(state.src, state.pos, state.posMax)
    end = special.start() if special else state.posMax
    if end == state.pos:
        return False
    if not silent:
        state.pending += state.src[state.pos : end]
    state.pos = end
    return True


def _citation(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 (markdown-it's signature)
    # `silent` means the search for the end of a link's text. A marker inside it is text, because a link
    # cannot contain a link and the one that the model wrote takes precedence.
    if silent or state.linkLevel > 0:
        return False
    match = _MARKER.match(state.src, state.pos)
    if not match or not (ids := ids_of(match[0])):
        return False
    follower = state.src[match.end() : match.end() + 1]
    starts_line = state.pos == 0 or state.src[state.pos - 1] == "\n"
    # `[1]: …` at the start of a line is a list of sources that the model wrote, not a citation.
    if follower == "(" or (follower == ":" and starts_line):
        return False
    token = state.push("citation", "", 0)
    token.content = match[0]
    token.meta = {"ids": ids}
    state.pos = match.end()
    return True


def _named_reference(
    state: StateBlock,
    start_line: int,
    end_line: int,
    silent: bool,  # noqa: FBT001 (markdown-it's signature)
) -> bool:
    """Read a link definition, unless it is a footnote or like ``[1]: …``.

    A marker never links to an address that the model wrote.
    """
    start = state.bMarks[start_line] + state.tShift[start_line]
    if _NO_LABEL.match(state.src[start : start + _LONGEST_LABEL]):
        return False
    return reference(state, start_line, end_line, silent)
