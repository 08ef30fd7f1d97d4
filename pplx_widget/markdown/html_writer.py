"""Text and trees as HTML."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from ..core.visible import visible, without_controls

if TYPE_CHECKING:  # it brings the parser, which text alone does without
    from .tree import Item

_VOID = frozenset({"br", "hr"})
_RAW = frozenset({"style"})  # browsers read no escapes in it; what it holds is ours
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;"}
_IN_TEXT = re.compile("[&<>]")
_IN_ATTRIBUTE = re.compile('[&<>"]')  # our quotation marks are double
_ANYWHERE = re.compile("[&<>\"']")
# It ends the HTML where a notebook is turned into Markdown: what follows would be read as that. Some
# readers look for tables before they look for HTML: a row of dashes makes one of the line above it.
_BEFORE_BLANK_LINE = re.compile(r"\n(?=[ \t]*(?:\n|[|:-][ \t|:-]*(?:\n|$)))")


def to_html(items: Iterable[Item]) -> str:
    """Return the items as HTML, all of their texts escaped (but for ``<style>``).

    Tags and names of attributes are written as they are: they are ours, never the wire's.
    """
    parts: list[str] = []
    for item in items:
        _write(item, parts)
    return "".join(parts)


def to_block(items: Iterable[Item]) -> str:
    """Return the items as an output: no line is blank or a row of dashes, so it stays HTML in Markdown.

    Control characters are shown as signs, since an output may be printed.
    """
    return _block(to_html(items))


def escaped(text: str) -> str:
    """Return a text as it stands in such an output, between tags or between quotation marks."""
    return _block(_ANYWHERE.sub(_escape, visible(text)))


def _block(html: str) -> str:
    return _BEFORE_BLANK_LINE.sub("&#10;", without_controls(html))


def _write(item: Item, parts: list[str], *, code: bool = False) -> None:
    if isinstance(item, str):
        parts.append(_IN_TEXT.sub(_escape, visible(item, code=code)))
        return
    attributes = (
        {"class": item.class_name, **item.attributes} if item.class_name else item.attributes
    )
    parts.append(f"<{item.tag}")
    parts.extend(
        f' {name}="{_IN_ATTRIBUTE.sub(_escape, visible(value))}"'
        for name, value in attributes.items()
    )
    parts.append(">")
    if item.tag in _VOID:
        return
    if item.tag in _RAW:
        parts.extend(child for child in item.children if isinstance(child, str))
    else:
        for child in item.children:
            _write(child, parts, code=code or item.tag == "code")
    parts.append(f"</{item.tag}>")


def _escape(match: re.Match[str]) -> str:
    return _ESCAPES[match[0]]
