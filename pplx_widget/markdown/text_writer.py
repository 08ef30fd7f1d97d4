"""A tree as plain text: no Markdown, tables with tabs, links with their addresses."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from urllib.parse import unquote

from .markdown_writer import is_inline, rows
from .tree import Element, Item, text_of


def to_text(items: Sequence[Item]) -> str:
    """Return a tree as plain text, without a line end at its end."""
    return "\n".join(_blocks(items))


def _blocks(items: Sequence[Item], *, tight: bool = False) -> list[str]:
    lines: list[str] = []
    for inline, group in itertools.groupby(items, is_inline):
        for block in [list(group)] if inline else [[item] for item in group]:
            first = block[0]
            written = (
                _inline(block) if inline or isinstance(first, str) else _block(first, tight=tight)
            )
            if lines and written and not tight:
                lines.append("")
            lines += written
    return lines


def _block(element: Element, *, tight: bool) -> list[str]:
    match element.tag:
        case "p" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6":
            return _inline(element.children)
        case "ul" | "ol":
            return _list(element)
        case "blockquote":
            return [f"> {line}".rstrip() for line in _blocks(element.children)]
        case "pre":
            return text_of(element).rstrip("\n").split("\n")
        case "table":
            return ["\t".join(_one_line(cell) for cell in row) for row in rows(element)]
        case "hr":
            return ["———"]
        case _:
            return _blocks(element.children, tight=tight)


def _list(element: Element) -> list[str]:
    lines: list[str] = []
    items = (item for item in element.children if isinstance(item, Element))
    for number, item in enumerate(items, start=int(element.attributes.get("start", "1"))):
        mark = f"{number}. " if element.tag == "ol" else "" if _has_box(item) else "• "
        first, *more = _blocks(item.children, tight=True) or [""]
        indent = " " * (len(mark) or 2)
        lines += [mark + first, *(indent + line if line else "" for line in more)]
    return lines


def _has_box(item: Element) -> bool:
    first = next(iter(item.children), "")
    if isinstance(first, Element) and first.tag == "p":
        first = next(iter(first.children), "")
    return isinstance(first, Element) and first.class_name == "pplx-task"


def _one_line(cell: Element) -> str:
    return " ".join(_inline(cell.children))


def _inline(items: Iterable[Item]) -> list[str]:
    return "".join(map(_said, items)).split("\n")


def _said(item: Item) -> str:
    if isinstance(item, str):
        return item
    said = "".join(map(_said, item.children))
    if item.tag == "br":
        return "\n"
    if item.class_name == "pplx-note-ref":
        return f"[{said}]"
    address = item.attributes.get("href", "")
    bare = address.removeprefix("mailto:").removeprefix("https://").removeprefix("http://")
    shown = any(each.rstrip("/") in said for each in (bare, unquote(bare)))
    return said if not bare or shown else f"{said} ({address})"
