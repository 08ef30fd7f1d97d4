"""A tree as the tokens that rich draws, so that it need not read Markdown again."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence

from markdown_it.token import Token

from ...core.visible import printable
from ...markdown.markdown_writer import is_inline
from ...markdown.tree import Element, Item, text_of

_BLOCKS = {
    "ul": "bullet_list",
    "ol": "ordered_list",
    "li": "list_item",
    "blockquote": "blockquote",
    "table": "table",
    "thead": "thead",
    "tbody": "tbody",
    "tr": "tr",
    **{f"h{level}": "heading" for level in range(1, 7)},
}
_CELLS = ("th", "td")
_MARKS = ("strong", "em", "s")


def to_tokens(items: Iterable[Item]) -> Iterator[Token]:
    """Yield the tokens of blocks; what stands in a line for itself makes a paragraph."""
    for in_line, group in itertools.groupby(items, is_inline):
        if in_line:
            yield from _holding("paragraph", "p", [*group])
        else:
            for item in group:
                if isinstance(item, Element):
                    yield from _block(item)


def _block(element: Element) -> Iterator[Token]:
    tag = element.tag
    if tag == "p":
        yield from _holding("paragraph", tag, element.children)
    elif tag in _CELLS:
        yield from _holding(tag, tag, element.children, {"style": element.attributes.get("style")})
    elif tag == "pre":
        yield _code(element)
    elif tag == "hr":
        yield Token("hr", tag, 0)
    elif tag.startswith("h") and tag in _BLOCKS:
        yield from _holding(_BLOCKS[tag], tag, element.children)
    elif tag in _BLOCKS:
        yield Token(f"{_BLOCKS[tag]}_open", tag, 1, attrs=_given(element.attributes))
        yield from to_tokens(element.children)
        yield Token(f"{_BLOCKS[tag]}_close", tag, -1)
    else:  # of which the terminal shows what it holds
        yield from to_tokens(element.children)


def _holding(
    name: str, tag: str, children: Sequence[Item], attributes: dict[str, str | None] | None = None
) -> Iterator[Token]:
    """Yield a block that holds a line."""
    yield Token(f"{name}_open", tag, 1, attrs=_given(attributes or {}))
    yield Token("inline", "", 0, children=[*_inline(children)])
    yield Token(f"{name}_close", tag, -1)


def _given(attributes: dict[str, str] | dict[str, str | None]) -> dict[str, str | int | float]:
    return {name: value for name, value in attributes.items() if value is not None}


def _code(element: Element) -> Token:
    inside = next((c for c in element.children if isinstance(c, Element)), element)
    language = inside.class_name.removeprefix("language-")
    return Token("fence", "code", 0, info=language, content=printable(text_of(inside), code=True))


def _inline(items: Iterable[Item]) -> Iterator[Token]:
    for item in items:
        if isinstance(item, str):
            for piece in re.split(r"(\n)", item):
                yield Token("softbreak", "br", 0) if piece == "\n" else _text(piece)
        elif item.tag in _MARKS:
            yield Token(f"{item.tag}_open", item.tag, 1)
            yield from _inline(item.children)
            yield Token(f"{item.tag}_close", item.tag, -1)
        elif item.tag == "a":
            yield Token("link_open", "a", 1, attrs={"href": item.attributes.get("href", "")})
            yield from _inline(item.children)
            yield Token("link_close", "a", -1)
        elif item.tag == "code":
            yield Token("code_inline", "code", 0, content=printable(text_of(item), code=True))
        elif item.tag == "sup":  # of a footnote
            yield _text(f"[^{text_of(item)}]")
        elif item.tag == "br":
            yield Token("hardbreak", "br", 0)
        else:
            yield from _inline(item.children)


def _text(content: str) -> Token:
    return Token("text", "", 0, content=printable(content))
