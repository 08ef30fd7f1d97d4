"""Corrections of markdown-it's block rules to those of CommonMark's reference parsers and the page."""

from __future__ import annotations

from collections.abc import Callable

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock, blockquote, fence, heading, hr, list_block, table

_Rule = Callable[[StateBlock, int, int, bool], bool]


def blocks(md: MarkdownIt, deepest: int) -> None:
    """Correct the block rules, and limit the nesting of blocks to ``deepest`` levels."""
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
        # A lazy line of a quote continues its paragraph, whatever it looks like: if it had started a
        # block, the quote would have ended. markdown-it loses its indent in a nested quote.
        if silent and state.sCount[start_line] < 0:
            return False
        # markdown-it drops deeper blocks; here their marks become text.
        if levels and state.level + levels >= deepest:
            return False
        return rule(state, start_line, end_line, silent)

    return mended


def _where_nothing_else_begins(rule: _Rule) -> _Rule:
    """Return the rule for tables without those whose first line starts a quote, list or heading."""

    def mended(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:  # noqa: FBT001
        # A lazy line of a paragraph does not start a table either.
        if state.sCount[start_line] < state.blkIndent:
            return False
        others = state.md.block.ruler.getRules("blockquote")
        if any(other(state, start_line, end_line, True) for other in others):
            return False
        return rule(state, start_line, end_line, silent)

    return mended
