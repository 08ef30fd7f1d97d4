"""Answers that share one output: the one that a cell shows, and what was asked beneath it."""

from __future__ import annotations

from collections.abc import Sequence

from ..core.assets import asset
from ..document.record import FURTHER, KEY
from .displays import Bundle, Document

# Of Markdown, where dashes would make the line before them a heading.
_RULE = "\n\n***\n\n"


def together(documents: Sequence[Document]) -> tuple[Bundle, Bundle]:
    """Return the documents of one conversation as one output: its data and its metadata.

    The first stands as it would alone. The page finds each by the class that its key names, and one
    stylesheet is enough for all.
    """
    first, *others = documents
    if not others:
        return first.data, first.metadata
    style = f"<style>{asset('answer.css').strip()}</style>"
    rest = [each.data["text/html"].replace(style, "") for each in others]
    data = {
        "text/html": "\n".join([first.data["text/html"], *rest]),
        "text/markdown": _RULE.join(each.data["text/markdown"].strip("\n") for each in documents),
        "text/plain": "\n\n\n".join(each.data["text/plain"].strip("\n") for each in documents),
    }
    further = [each.metadata[KEY] for each in others]
    return data, {**first.metadata, KEY: {**first.metadata[KEY], FURTHER: further}}
