"""Trees and text as HTML."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from ..core.visible import visible, without_controls

if TYPE_CHECKING:  # an import would load the parser, which escaping text does not need
    from .tree import Item

_VOID = frozenset({"br", "hr"})
_RAW = frozenset({"style"})  # browsers ignore escapes in it; its content is always our own
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;"}
_IN_TEXT = re.compile("[&<>]")
_IN_ATTRIBUTE = re.compile('[&<>"]')  # we use double quotation marks
_ANYWHERE = re.compile("[&<>\"']")
# When a notebook is converted to Markdown, a blank line ends the HTML, and the rest would be read as
# Markdown. Some readers look for tables before HTML: a row of dashes turns the line above into one.
_BEFORE_BLANK_LINE = re.compile(r"\n(?=[ \t]*(?:\n|[|:-][ \t|:-]*(?:\n|$)))")


def to_html(items: Iterable[Item], *, code: bool = False) -> str:
    """Return the items as HTML, with all text escaped except in ``<style>``.

    Names of tags and attributes are not escaped: they are always our own, never from the wire. The
    children of an element without a tag are HTML already. ``code`` says that the items are code.
    """
    parts: list[str] = []
    for item in items:
        _write(item, parts, code=code)
    return "".join(parts)


def to_block(items: Iterable[Item]) -> str:
    """Return the items as HTML that stays HTML inside Markdown: no blank line, no row of dashes.

    Control characters are shown as symbols, since the output may be printed.
    """
    return _block(to_html(items))


def escaped(text: str) -> str:
    """Return a text escaped for such HTML, between tags or between quotation marks."""
    return _block(_ANYWHERE.sub(_escape, visible(text)))


def _block(html: str) -> str:
    return _BEFORE_BLANK_LINE.sub("&#10;", without_controls(html))


def _write(item: Item, parts: list[str], *, code: bool = False) -> None:
    if isinstance(item, str):
        parts.append(_IN_TEXT.sub(_escape, visible(item, code=code)))
        return
    if not item.tag:
        parts.extend(child for child in item.children if isinstance(child, str))
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
