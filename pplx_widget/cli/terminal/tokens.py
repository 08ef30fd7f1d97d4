"""Conversion of a document tree to the tokens that rich draws, without parsing Markdown again."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator

from markdown_it.token import Token

from ...core.visible import printable
from ...markdown.markdown_writer import is_inline
from ...markdown.tree import Element, Item, text_of

# Blocks that contain text, and blocks that contain blocks: tag → the name in Markdown's parser.
_LINES = {"p": "paragraph", "th": "th", "td": "td"} | {f"h{n}": "heading" for n in range(1, 7)}
_BLOCKS = {
    "ul": "bullet_list",
    "ol": "ordered_list",
    "li": "list_item",
    "blockquote": "blockquote",
    "table": "table",
    "thead": "thead",
    "tbody": "tbody",
    "tr": "tr",
}
_RAISED = {"sup": "^", "sub": "_"}  # a terminal has one size of letters
_MARKS = ("strong", "em", "s")


def to_tokens(items: Iterable[Item]) -> Iterator[Token]:
    """Yield the tokens of blocks; inline items outside a block make a paragraph."""
    for in_line, group in itertools.groupby(items, is_inline):
        if in_line:
            yield from _block(Element("p", [*group]))
        else:
            for item in group:
                if isinstance(item, Element):
                    yield from _block(item)


def _block(element: Element) -> Iterator[Token]:
    tag = element.tag
    if tag in _LINES:
        inside = Token("inline", "", 0, children=[*_inline(element.children)])
        yield from _around(_LINES[tag], element, [inside])
    elif tag in _BLOCKS:
        yield from _around(_BLOCKS[tag], element, to_tokens(element.children))
    elif tag == "pre":
        yield _code(element)
    elif tag == "hr":
        yield Token("hr", tag, 0)
    else:  # other elements: the terminal shows their contents
        yield from to_tokens(element.children)


def _around(name: str, element: Element, inside: Iterable[Token]) -> Iterator[Token]:
    yield Token(f"{name}_open", element.tag, 1, attrs={**element.attributes})
    yield from inside
    yield Token(f"{name}_close", element.tag, -1)


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
        elif item.tag == "sup" and item.class_name == "pplx-note-ref":  # a footnote mark
            yield _text(f"[^{text_of(item)}]")
        elif item.tag in _RAISED:
            yield _text(_RAISED[item.tag])
            yield from _inline(item.children)
        elif item.tag == "br":
            yield Token("hardbreak", "br", 0)
        else:
            yield from _inline(item.children)


def _text(content: str) -> Token:
    return Token("text", "", 0, content=printable(content))
