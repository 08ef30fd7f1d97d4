"""GitHub's own renderer, and comparable trees of its pages and ours."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html.parser import HTMLParser
from typing import Any
from urllib.parse import unquote

import cmarkgfm
from cmarkgfm.cmark import Options

# A single tilde is text in our Markdown.
OPTIONS = Options.CMARK_OPT_STRIKETHROUGH_DOUBLE_TILDE
EXTENSIONS = ["table", "strikethrough", "autolink", "tasklist"]

_RAW_HTML = "<!-- raw HTML omitted -->"
_VOID = {"br", "hr", "img", "input"}
_BLOCKS = frozenset(
    "p h1 h2 h3 h4 h5 h6 ul ol li blockquote pre hr table thead tbody tr th td".split()  # noqa: SIM905
)
_LANGUAGE = re.compile(r"language-[a-z0-9+#-]{1,20}")
_ALIGNED = "pplx-align-"

Node = tuple[str, dict[str, str], list[Any]]


def rendered(text: str) -> str:
    """Return a text as GitHub renders it, before sanitizing."""
    unsafe = OPTIONS | Options.CMARK_OPT_UNSAFE
    page = str(cmarkgfm.markdown_to_html_with_extensions(text, unsafe, EXTENSIONS))
    # GitHub adds a line end to code blocks.
    return page.replace("\n</code></pre>", "</code></pre>")


def has_raw_html(text: str) -> bool:
    """Return whether GitHub finds raw HTML in a text."""
    safe = cmarkgfm.markdown_to_html_with_extensions(text, OPTIONS, EXTENSIONS)
    return _RAW_HTML in safe


def tree(page: str) -> list[Any]:
    """Return a page of either renderer as a tree with our names, without details that only one has."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    return _wordless(_same(reader.stack[0]))


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.stack: list[Node] = [("", {}, [])]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node: Node = (tag, {name: value or "" for name, value in attrs}, [])
        self.stack[-1][2].append(node)
        if tag not in _VOID:
            self.stack.append(node)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        opened = self.stack.pop()
        assert opened[0] == tag

    def handle_data(self, data: str) -> None:
        self.stack[-1][2].append(data)


def _same(node: Node) -> list[Any]:
    """Return the children of a node with the common names."""
    tag, _, children = node
    found = _joined(
        each
        for child in children
        for each in ([child] if isinstance(child, str) else _renamed(child))
    )
    if tag in {"code", "pre"}:
        return found
    # A line end has no meaning after a hard break and around blocks.
    return [each for each in _trimmed(found, tag) if each != ""]


def _trimmed(found: list[Any], tag: str) -> list[Any]:
    trimmed: list[Any] = []
    around = tag if tag in _BLOCKS else "p" if tag == "" else ""
    for at, each in enumerate(found):
        text = each
        if isinstance(text, str):
            before = found[at - 1][0] if at else around
            after = found[at + 1][0] if at + 1 < len(found) else around
            if before in _BLOCKS or before == "br":
                text = text.lstrip("\n")
            if after in _BLOCKS:
                text = text.rstrip("\n")
        trimmed.append(text)
    return trimmed


def _renamed(node: Node) -> list[Any]:
    tag, attributes, _ = node
    children = _same(node)
    kind = attributes.get("class", "")
    match tag:
        case "del":
            return [("s", {}, children)]
        case "div" | "span":  # the scroll container of a table, and the mark of a task
            return children
        case "input":
            return ["☑" if "checked" in attributes else "☐"]
        case "img":
            return [_picture(attributes["src"], attributes["alt"])]
        case "a" if kind == "pplx-image":
            return [_picture(attributes["href"], attributes.get("title", ""))]
        case "a":
            return [("a", {"href": unquote(attributes["href"])}, _words(children))]
        case "ol" if attributes.get("start", "1") != "1":
            return [("ol", {"start": attributes["start"]}, children)]
        case "th" | "td":
            aligned = attributes.get("align") or kind.removeprefix(_ALIGNED)
            return [(tag, {"align": aligned}, children)]
        case "li":
            return [(tag, {}, _marked(children))]
        case "strong":
            return [(tag, {}, _once_strong(children))]
        case "code":
            named = kind.lower() if _LANGUAGE.fullmatch(kind.lower()) else ""
            return [(tag, {"class": named}, children)]
        case _:
            return [(tag, {}, children)]


def _words(children: list[Any]) -> list[Any]:
    """Return the content of a link, with pictures replaced by their text."""
    return _joined(
        part for each in children for part in (each[2] if _is(each, "img") else [each]) if part
    )


def _once_strong(children: list[Any]) -> list[Any]:
    """Return the content of strong text, without nested strong elements."""
    return _joined(
        part for each in children for part in (each[2] if _is(each, "strong") else [each])
    )


def _marked(children: list[Any]) -> list[Any]:
    """Return a list item with its task mark inside its paragraph."""
    if len(children) > 1 and children[0] in ("☐ ", "☑ ") and _is(children[1], "p"):
        mark, (tag, attributes, inside), *rest = children
        return [(tag, attributes, _joined([mark, *inside])), *rest]
    return children


def _joined(items: Iterable[Any]) -> list[Any]:
    """Return the items, with adjacent texts joined."""
    found: list[Any] = []
    for each in items:
        if isinstance(each, str) and found and isinstance(found[-1], str):
            found[-1] += each
        else:
            found.append(each)
    return found


def _is(item: Any, tag: str) -> bool:
    return not isinstance(item, str) and item[0] == tag


def _picture(address: str, words: str) -> Node:
    return ("img", {"src": unquote(address)}, [words])


def _wordless(children: list[Any]) -> list[Any]:
    """Return the tree without the texts of pictures, which the two renderers write differently."""
    return [
        each
        if isinstance(each, str)
        else (each[0], each[1], [] if each[0] == "img" else _wordless(each[2]))
        for each in children
    ]
