"""Where markdown-it reads blocks otherwise than CommonMark's own readers and the page do."""

from __future__ import annotations

from collections.abc import Callable

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock, blockquote, fence, heading, hr, list_block, table

_Rule = Callable[[StateBlock, int, int, bool], bool]


def blocks(md: MarkdownIt, deepest: int) -> None:
    """Mend the block rules, and let no more than ``deepest`` of them stand in each other."""
    ruler = md.block.ruler
    ruler.at("table", _where_nothing_else_begins(table), {"alt": ["paragraph", "reference"]})
    for name, rule, levels, others in (
        ("fence", fence, 0, ["paragraph", "reference", "blockquote", "list"]),
        ("blockquote", blockquote, 1, ["paragraph", "reference", "blockquote", "list"]),
        ("hr", hr, 0, ["paragraph", "reference", "blockquote", "list"]),
        ("list", list_block, 2, ["paragraph", "reference", "blockquote"]),
        ("heading", heading, 0, ["paragraph", "reference", "blockquote"]),
    ):
        ruler.at(name, _mended(rule, levels, deepest), {"alt": others})


def _mended(rule: _Rule, levels: int, deepest: int) -> _Rule:
    def mended(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:  # noqa: FBT001
        # A lazy line of a quote goes on with its paragraph whatever it looks like: had it begun
        # something, the quote would have ended. In a quote within the quote its indent is forgotten.
        if silent and state.sCount[start_line] < 0:
            return False
        # The parser leaves out what is deeper; here its marks are text.
        if levels and state.level + levels >= deepest:
            return False
        return rule(state, start_line, end_line, silent)

    return mended


def _where_nothing_else_begins(rule: _Rule) -> _Rule:
    """Return the rule for tables, whose head is no quote, list or heading with pipes in it."""

    def mended(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:  # noqa: FBT001
        # Nor a lazy line of a paragraph.
        if state.sCount[start_line] < state.blkIndent:
            return False
        others = state.md.block.ruler.getRules("blockquote")
        if any(other(state, start_line, end_line, True) for other in others):
            return False
        return rule(state, start_line, end_line, silent)

    return mended
