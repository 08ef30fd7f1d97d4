"""GFM's tasks: list items that start with ``[ ]`` or ``[x]``."""

from __future__ import annotations

import re

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore

from ..core.tables import TASK

_TASK = re.compile(TASK)


def tasks(md: MarkdownIt) -> None:
    """Add tasks to the parser: the text of an item gets ``done`` in its ``meta`` and loses its mark."""
    md.core.ruler.before("inline", "tasks", _tasks)


def _tasks(state: StateCore) -> None:
    for item, paragraph, text in zip(
        state.tokens, state.tokens[1:], state.tokens[2:], strict=False
    ):
        if item.type == "list_item_open" and paragraph.type == "paragraph_open":
            task = _TASK.match(text.content)
            if task:
                text.content = text.content[task.end() :]
                text.meta = {"done": not task[0].startswith("[ ]")}
