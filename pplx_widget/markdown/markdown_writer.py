"""A tree as Markdown that every CommonMark reader parses to the same tree.

The output contains no images or link definitions, and no raw HTML except ``<sub>``, ``<sup>`` and, in
headings and tables, ``<br>``. `escape` keeps text from being read as syntax.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from ..core.visible import printable
from .escaping import Place
from .inline_markdown import inline
from .pieces import HOLE
from .tree import Element, Item, text_of

_INLINE = {"strong", "em", "s", "code", "a", "br", "sub", "sup", "span", "cite", "text"}
_CITATION = re.compile(HOLE.format("([0-9]+)"))
_FENCE = re.compile(r"^[ \t]*(`{3,})", re.MULTILINE)
_LANGUAGE = re.compile(r"language-([a-z0-9+#-]+)")
_ALIGNED = {"pplx-align-left": ":---", "pplx-align-center": ":---:", "pplx-align-right": "---:"}
_HIGHEST_NUMBER = 999_999_999  # of a list item
_UNDERLINES = {"h1": "===", "h2": "---"}


def to_markdown(items: Sequence[Item]) -> str:
    r"""Return a tree as Markdown, without a line end at its end.

    Parameters
    ----------
    items : sequence of str or Element
        Blocks, or inline items, which make a paragraph.

    Notes
    -----
    The parser of this package reads the same tree back, except for classes and the ``sup`` around
    citations, which Markdown cannot express. Every ``a`` becomes a link, even if it came from an image,
    so that nothing is fetched; math keeps its own delimiters.

    Three elements exist for this form only. A ``text`` holds text that was not Markdown, in which not
    even a safe address becomes a link. An ``a`` with the attribute ``label`` links to the definition
    with that label, which the caller writes. A ``cite`` holds the number of a citation, which
    `with_citations` writes; an ``href`` of any value says that it will be a link.
    """
    return "\n".join(_blocks(items))


def with_citations(markdown: str, write: Callable[[int], str]) -> str:
    """Return the output of `to_markdown` with the result of ``write`` for each citation.

    So one output of `to_markdown` serves several forms of citations.
    """
    return _CITATION.sub(lambda citation: write(int(citation[1])), markdown)


@dataclass(frozen=True, slots=True)
class Joint:
    """The end of some Markdown, on which the Markdown of the next block depends."""

    empty: bool = True
    tag: str = ""
    mark: str = ""


START: Final = Joint()
"""The start of a text."""


def continued(items: Sequence[Item], before: Joint) -> tuple[list[str], Joint]:
    """Return the lines of further blocks of a text, and the new end of it."""
    return _continued(items, before, tight=False)


def _blocks(items: Sequence[Item], *, tight: bool = False, avoid: str = "") -> list[str]:
    """Return the lines of blocks; ``avoid`` is the mark of the list item that contains them."""
    return _continued(items, Joint(mark=avoid), tight=tight)[0]


def _continued(items: Sequence[Item], before: Joint, *, tight: bool) -> tuple[list[str], Joint]:
    lines: list[str] = []
    empty, last_list, last_mark = before.empty, before.tag, before.mark
    for in_line, group in itertools.groupby(items, is_inline):
        for block in [list(group)] if in_line else [[item] for item in group]:
            first = block[0]
            if in_line or isinstance(first, str):
                written, tag = inline(block), "p"
            else:
                tag = first.tag
                # Two lists in a row would be one if they had the same mark.
                same = tag == last_list or (empty and tag == "ul")
                last_mark = _mark(tag, last_mark if same else "")
                written = _block(first, last_mark)
            if not written:
                continue
            if not empty and not tight:
                lines.append("")
            lines += written
            empty, last_list = False, tag
    return lines, Joint(empty, last_list, last_mark)


def is_inline(item: Item) -> bool:
    """Return whether an item is inline, and not a block."""
    return isinstance(item, str) or item.tag in _INLINE


def _block(element: Element, mark: str) -> list[str]:
    match element.tag:
        case "p":
            return inline(element.children)
        case "h1" | "h2" | "h3" | "h4" | "h5" | "h6":
            return _heading(element)
        case "ul" | "ol":
            return _list(element, mark)
        case "blockquote":
            return [f"> {line}" if line else ">" for line in _blocks(element.children) or [""]]
        case "pre":
            return _code(element)
        case "table":
            return _table(element)
        case "hr":
            return ["***"]  # dashes could underline a heading or start a file's metadata
        case _:
            return _blocks(element.children)


def _heading(element: Element) -> list[str]:
    underline = _UNDERLINES.get(element.tag)
    if underline:
        lines = inline(element.children)
        if len(lines) > 1:
            return [*lines, underline]
    marks = "#" * int(element.tag[1])
    return [f"{marks} {inline(element.children, Place.HEADING)[0]}".rstrip()]


def _mark(tag: str, taken: str) -> str:
    """Return the mark of a list next to one whose mark is ``taken``."""
    if tag == "ol":
        return ")" if taken == "." else "."
    return "+" if taken == "-" else "-"


def _list(element: Element, mark: str) -> list[str]:
    items = [item for item in element.children if isinstance(item, Element)]
    tight = not any(
        isinstance(child, Element) and child.tag == "p" for item in items for child in item.children
    )
    lines: list[str] = []
    number = int(element.attributes.get("start", "1"))
    for item in items:
        if lines and not tight:
            lines.append("")
        bullet = f"{min(number, _HIGHEST_NUMBER)}{mark}" if element.tag == "ol" else mark
        lines += _hung(bullet, _blocks(item.children, tight=tight, avoid=mark))
        number += 1
    return lines


def _hung(bullet: str, lines: Sequence[str]) -> Iterator[str]:
    indent = " " * (len(bullet) + 1)
    yield f"{bullet} {lines[0]}" if lines else bullet
    yield from (indent + line if line else "" for line in lines[1:])


def _code(element: Element) -> list[str]:
    code = next((c for c in element.children if isinstance(c, Element)), element)
    language = _LANGUAGE.fullmatch(code.class_name)
    text = printable(text_of(code), code=True)
    fence = "`" * max([3, *(len(ticks) + 1 for ticks in _FENCE.findall(text))])
    return [fence + (language[1] if language else ""), *(text.split("\n") if text else []), fence]


def _table(element: Element) -> list[str]:
    head, *body = rows(element)
    # A cell's alignment is its class.
    rule = [_ALIGNED.get(cell.class_name, "---") for cell in head]
    return [_row(_cells(head)), _row(rule), *(_row(_cells(cells)) for cells in body)]


def rows(element: Element) -> Iterator[list[Element]]:
    """Yield the cells of each row of a table, header first."""
    for child in element.children:
        if isinstance(child, Element):
            if child.tag == "tr":
                yield [cell for cell in child.children if isinstance(cell, Element)]
            else:
                yield from rows(child)


def _cells(cells: Sequence[Element]) -> list[str]:
    return [inline(cell.children, Place.CELL)[0] for cell in cells]


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
