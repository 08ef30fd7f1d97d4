"""Tokens to a simple tree of elements; only the tags of this module can reach a document.

Mirrors ``js/src/markdown/tree.ts``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TypeAlias

from markdown_it.token import Token

from ..core.tables import DEEPEST, INLINE_STYLES, LANGUAGE, LINK_ATTRIBUTES, TASK_DONE, TASK_OPEN
from .urls import Address, disguised_host, safe_url

_WORD = re.compile(r"[^ \t]+")
_LANGUAGE = re.compile(LANGUAGE)
_ALIGNED = re.compile(r"text-align:(left|center|right)")
_TAGS = frozenset(
    "p h1 h2 h3 h4 h5 h6 ul ol li blockquote strong em s sub sup table thead tbody tr th td".split()  # noqa: SIM905
)
_INLINE = frozenset({"strong", "em", "s", "sub", "sup", "a"})
_BOXES = {"notes_open": "pplx-notes", "note_open": "pplx-note"}
_CITATIONS = "pplx-cite"


@dataclass(slots=True)
class Element:
    """An element of a document.

    Attributes
    ----------
    tag : str
        The name of the HTML tag.
    children : list of Item
        The child elements and texts.
    class_name : str
        The classes, ``""`` for none.
    attributes : dict of str to str
        The other attributes.
    """

    tag: str
    children: list[Item] = field(default_factory=list)
    class_name: str = ""
    attributes: dict[str, str] = field(default_factory=dict)


Item: TypeAlias = str | Element
"""A text or an element."""

Cite: TypeAlias = Callable[[int], Item | None]
"""Returns the item to show for an id, or None to keep the text of its marker (no such source)."""


def to_tree(tokens: Iterable[Token], cite: Cite, *, runs: bool = True) -> list[Item]:
    """Return the tree of a parsed text.

    Parameters
    ----------
    tokens : iterable of Token
        The tokens from `parse`.
    cite : Cite
        Returns the item for a marker.
    runs : bool
        Whether neighbouring citations are joined in one ``<sup>``, with spaces between them. If not,
        each one is placed directly in the text.
    """
    root: list[Item] = []
    # The list that collects children, and the link to finish when it is complete.
    stack: list[tuple[list[Item], _Link | None]] = [(root, None)]
    for token in tokens:
        into = stack[-1][0]
        if token.nesting == 1:
            stack.append(_opened(token, into, len(stack)))
        elif token.nesting == -1:
            _, link_ = stack.pop()
            if link_:
                link_.finish()
        elif token.type == "inline":
            into += _marks(token)
            for item in to_tree(token.children or (), cite, runs=runs):
                _append(into, item)
        elif token.type == "citation":
            chips = [chip for id_ in token.meta["ids"] if (chip := cite(id_)) is not None]
            if len(chips) < len(token.meta["ids"]):
                _append(into, token.content)
            else:
                for chip in chips:
                    (_append_citation if runs else _append)(into, chip)
        else:
            for item in _leaf(token):
                _append(into, item)
    return root


def summary(children: list[Item], class_name: str = "") -> Element:
    """Return the line that unfolds a ``details`` element.

    Browsers give it a counter that counts nothing, and Chromium goes through the whole page whenever
    an element with a counter comes (`benchmarks/opened.py`), so it has none here.
    """
    return Element("summary", children, class_name, {"style": INLINE_STYLES["summary"]})


def link(address: Address, children: list[Item]) -> Element:
    """Return a link that sends no referrer and opens in a new tab."""
    return Element("a", children, attributes={"href": address.href, **LINK_ATTRIBUTES})


@dataclass(slots=True)
class _Link:
    element: Element
    address: Address

    def finish(self) -> None:
        self.element.children = _without_links(self.element.children)
        text = "".join(map(text_of, self.element.children))
        if host := disguised_host(text, self.address):
            _append(self.element.children, f" ({host})")


def _opened(token: Token, into: list[Item], depth: int) -> tuple[list[Item], _Link | None]:
    if depth > DEEPEST and token.tag in _INLINE:
        return into, None
    if token.type == "link_open":
        address = safe_url(str(token.attrGet("href") or ""))
        if not address:
            return into, None
        element = link(address, [])
        into.append(element)
        return element.children, _Link(element, address)
    if token.type in _BOXES:
        box = Element("div", [], _BOXES[token.type])
        into.append(box)
        return box.children, None
    # Paragraphs of a tight list and unknown elements only show their content.
    if token.hidden or token.tag not in _TAGS:
        return into, None
    element = Element(token.tag)
    if align := _ALIGNED.fullmatch(str(token.attrGet("style"))):
        element.class_name = f"pplx-align-{align[1]}"
    if (start := token.attrGet("start")) is not None:
        element.attributes["start"] = str(int(start))
    # In a box of its own, so that a wide table scrolls sideways.
    into.append(Element("div", [element], "pplx-table") if token.tag == "table" else element)
    return element.children, None


def _without_links(items: list[Item]) -> list[Item]:
    """Return the children of a link without inner links; the link of an image becomes its text."""
    kept: list[Item] = []
    for item in items:
        if isinstance(item, Element) and item.tag == "a":
            _append(kept, item.attributes.get("title") or text_of(item))
        else:
            if isinstance(item, Element):
                item.children = _without_links(item.children)
            _append(kept, item)
    return kept


def _marks(token: Token) -> list[Item]:
    """Return the items before a text: the letter of a footnote, the mark of a task."""
    marks: list[Item] = []
    if "letter" in token.meta:
        marks += [_note(token.meta["letter"]), " "]
    if "done" in token.meta:
        marks += [_task(token.meta["done"]), " "]
    return marks


def _note(letter: str) -> Element:
    return Element("sup", [letter], "pplx-note-ref")


def _task(done: bool) -> Element:  # noqa: FBT001
    """Return the mark of a task, as text because sanitizers remove checkboxes."""
    return Element("span", [TASK_DONE if done else TASK_OPEN], "pplx-task")


def _leaf(token: Token) -> list[Item]:
    match token.type:
        case "text" | "text_special":
            return [token.content]
        case "softbreak":
            return ["\n"]
        case "hardbreak":
            return [Element("br")]
        case "hr":
            return [Element("hr")]
        case "code_inline":
            return [Element("code", [token.content])]
        case "code_block" | "fence":
            return [_code(token)]
        case "math":
            return [Element("span", [token.content], "pplx-math")]
        case "image":
            return [_image(token)]
        case "note":
            return [_note(token.meta["letter"]) if token.meta["letter"] else token.content]
        case "note_letter":
            return [Element("p", [_note(token.meta["letter"])])]
        case _:
            return []


def _code(token: Token) -> Element:
    word = _WORD.search(token.info)
    language = word[0].lower() if word else ""
    class_name = f"language-{language}" if _LANGUAGE.fullmatch(language) else ""
    code: Item = token.content.removesuffix("\n")
    return Element("pre", [Element("code", [code] if code else [], class_name)])


def _image(token: Token) -> Item:
    """Return a link to an image; fetching the image would reveal the question to its host."""
    address = safe_url(str(token.attrGet("src") or ""))
    if not address or address.href.startswith("mailto:"):
        return token.content
    words = f" ({token.content})" if token.content else ""
    chip = link(address, [f"image: {address.host}{words}"])
    chip.class_name = "pplx-image"
    if token.content:
        chip.attributes["title"] = token.content
    return chip


def _append(into: list[Item], item: Item) -> None:
    """Append an item; join neighbouring texts."""
    if not item:
        return
    if isinstance(item, str) and into and isinstance(last := into[-1], str):
        into[-1] = last + item
    else:
        into.append(item)


def _append_citation(into: list[Item], chip: Item) -> None:
    last = into[-1] if into else None
    if isinstance(last, Element) and last.class_name == _CITATIONS:
        # The space separates the two numbers on a page without our stylesheet.
        last.children += [" ", chip]
    else:
        into.append(Element("sup", [chip], _CITATIONS))


def text_of(item: Item) -> str:
    """Return the text of an item, without any markup."""
    return item if isinstance(item, str) else "".join(map(text_of, item.children))
