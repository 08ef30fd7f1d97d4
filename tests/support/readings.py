"""Exports parsed again, by readers that interpret HTML, bare addresses and formulas.

A Markdown document becomes an outline: its visible text, block by block. Text that turned into markup
is a fault.
"""

from __future__ import annotations

import json
import re
import subprocess
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

import pypandoc
from markdown_it import MarkdownIt
from markdown_it.token import Token
from nbconvert.filters.markdown_mistune import markdown2html_mistune

from pplx_widget.core.tables import INLINE_STYLES
from pplx_widget.markdown.urls import safe_url

Outline = list[tuple[str, Any]]
"""Blocks: ``("p", text)``, ``("ol", [text, …])``, ``("ul", …)``, ``("quote", …)``, ``("code", text)``."""

MARKDOWN_IT = MarkdownIt("commonmark", {"html": True, "linkify": True})
MARKDOWN_IT.enable(["table", "strikethrough", "linkify"])
# As in the preview of VS Code: the name of a site alone does not become a link.
MARKDOWN_IT.linkify.set({"fuzzy_link": False})  # type: ignore[union-attr]

PANDOC = {
    # Pandoc's defaults without smart quotes, and without lists by letters and parentheses.
    "markdown": "markdown-smart-fancy_lists",
    "gfm": "gfm-emoji+tex_math_dollars",
    # CommonMark with all extensions of pandoc: attributes, definitions, divisions.
    "commonmark_x": "commonmark_x-smart-fancy_lists-emoji",
}
# Hostile text can keep a reader busy forever.
PANDOC_SECONDS, PANDOC_MEMORY = 60, "1g"

# Text in CommonMark that is markup to other readers: comments, cells, targets and fields of MyST,
# Pandoc's grid tables; roles and attributes; templates of Jekyll, shortcodes of Quarto.
_ELSEWHERE = re.compile(
    r"^[ \t]*(?:[%:]|\+\+\+|\+[-=:]|\(.*\)=[ \t]*$)|\{[{%#]|(?<!\\)\{|(?<![\w\\])@\w", re.MULTILINE
)


@dataclass
class Reading:
    """The result of reading a document.

    Attributes
    ----------
    outline : Outline
        Its blocks.
    links : list of str
        Targets of its links.
    bare : list of str
        Targets of links made from a bare address.
    faults : list of str
        Markup that text has become.
    definitions : dict of str to str
        Label → address.
    elsewhere : list of str
        Text that another reader would take for markup.
    """

    outline: Outline = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    bare: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    definitions: dict[str, str] = field(default_factory=dict)
    elsewhere: list[str] = field(default_factory=list)


def same(text: str) -> str:
    """Return a text with white space collapsed, as on a page."""
    return " ".join(text.split())


def address(href: str) -> str:
    """Return an address as markdown-it writes it."""
    return MARKDOWN_IT.normalizeLink(href)


# ---- markdown-it --------------------------------------------------------------------------------


def by_markdown_it(markdown: str) -> Reading:
    """Read CommonMark with tables, strikethrough, bare addresses, and HTML."""
    read = Reading()
    env: dict[str, Any] = {}
    tokens = MARKDOWN_IT.parse(markdown, env)
    read.definitions = {name: each["href"] for name, each in env.get("references", {}).items()}
    for token in _all(tokens):
        if token.type in ("html_block", "html_inline", "image"):
            read.faults.append(f"{token.type}: {token.content}")
        if token.type == "link_open":
            read.links.append(str(token.attrs["href"]))
            if token.markup == "linkify":
                read.bare.append(str(token.attrs["href"]))
    kinds = {"paragraph_open": "p", "ordered_list_open": "ol", "bullet_list_open": "ul"}
    kinds |= {"blockquote_open": "quote"}
    at = 0
    while at < len(tokens):
        token = tokens[at]
        if token.nesting == 0:
            kind = "code" if token.type in ("fence", "code_block") else token.type
            read.outline.append((kind, token.content.rstrip("\n")))
            at += 1
            continue
        end = next(
            i for i in range(at + 1, len(tokens)) if tokens[i].level == 0 and tokens[i].nesting < 0
        )
        inside = tokens[at + 1 : end]
        kind = kinds.get(token.type, token.type)
        texts = [_text(each) for each in inside if each.type == "inline"]
        read.elsewhere += [
            found[0] for each in inside for found in _ELSEWHERE.finditer(each.content)
        ]
        odd = {each.type.rpartition("_")[0] or each.type for each in inside}
        read.faults += [
            f"{name} in {kind}" for name in odd - {"list_item", "paragraph", "inline", ""}
        ]
        # An empty item has no paragraph.
        items = sum(each.type == "list_item_open" for each in inside)
        texts += [""] * (items - len(texts))
        read.outline.append((kind, same(texts[0]) if kind == "p" else sorted(map(same, texts))))
        at = end + 1
    return read


def _all(tokens: Iterable[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from _all(token.children or ())


def _text(token: Token) -> str:
    ends = ("softbreak", "hardbreak")
    return "".join("\n" if t.type in ends else t.content for t in token.children or ())


# ---- pandoc -------------------------------------------------------------------------------------


def by_pandoc(markdown: str, reader: str) -> Reading:
    """Read with pandoc, which knows formulas, attributes, raw HTML and TeX, notes and metadata."""
    command = [
        pypandoc.get_pandoc_path(),
        *("+RTS", f"-M{PANDOC_MEMORY}", "-RTS", "--sandbox"),
        "--from",
        PANDOC[reader],
        "--to",
        "json",
        "--preserve-tabs",
    ]
    made = subprocess.run(
        command, input=markdown.encode(), capture_output=True, check=True, timeout=PANDOC_SECONDS
    )
    document = json.loads(made.stdout)
    read = Reading()
    if document["meta"]:
        read.faults.append(f"metadata: {document['meta']}")
    for block in document["blocks"]:
        kind, content = block["t"], block.get("c")
        match kind:
            case "Para":
                read.outline.append(("p", same(_inline(content, read))))
            case "BlockQuote":
                read.outline.append(("quote", sorted(_plain(each, read) for each in content)))
            case "OrderedList" | "BulletList":
                items = content[1] if kind == "OrderedList" else content
                texts = [" / ".join(_plain(each, read) for each in item) for item in items]
                read.outline.append((kind[0].lower() + "l", sorted(texts)))
            case "CodeBlock":
                read.outline.append(("code", content[1].rstrip("\n")))
            case _:
                read.outline.append((kind, json.dumps(content)))
    read.outline = [("ul" if kind == "bl" else kind, text) for kind, text in read.outline]
    return read


def _plain(block: Any, read: Reading) -> str:
    if block["t"] not in ("Para", "Plain"):
        read.faults.append(f"{block['t']} within: {block.get('c')}")
        return ""
    return same(_inline(block["c"], read))


def _inline(items: list[Any], read: Reading) -> str:
    text = ""
    for item in items:
        kind, content = item["t"], item.get("c")
        match kind:
            case "Str":
                text += content
            case "Space" | "SoftBreak" | "LineBreak":
                text += " "
            case "Strong" | "Emph" | "Strikeout":
                text += _inline(content, read)
            case "Link":
                # Skip links to the document's headings, which pandoc makes of their names.
                if not content[2][0].startswith("#"):
                    read.links.append(content[2][0])
                # Pandoc does not write a link inside a link.
                outer = [*read.links]
                text += _inline(content[1], read)
                read.links = outer
            case "Span":
                text += _inline(content[1], read)
            case "Code":
                text += content[1]
            case _:
                read.faults.append(f"{kind}: {content}")
    return text


# ---- nbconvert ----------------------------------------------------------------------------------


def by_nbconvert(markdown: str) -> str:
    """Return nbconvert's HTML of a notebook's Markdown; its mistune keeps raw HTML."""
    return str(markdown2html_mistune(markdown))


# ---- HTML ---------------------------------------------------------------------------------------

_TAGS = frozenset(
    "html head meta title style body div span b strong em i var samp s p h1 h2 h3 h4 h5 h6 ul ol li"  # noqa: SIM905
    " blockquote pre code table thead tbody tr th td hr br a sup details summary img mark"
    " math semantics annotation mrow mi mn mo ms mtext mspace mfrac msqrt mroot mstyle mpadded mphantom"
    " menclose msub msup msubsup munder mover munderover mmultiscripts mprescripts mtable mtr mtd".split()
)
_ATTRIBUTES = frozenset(
    [
        "class",
        "href",
        "rel",
        "target",
        "title",
        "start",
        "value",
        "dir",
        "style",
        "alt",
        "src",
        "charset",
        "name",
        "content",
        "http-equiv",
        "id",
        "lang",
        "aria-label",
        "xmlns",
        "display",
        "encoding",
        "mathvariant",
        "stretchy",
        "fence",
        "separator",
        "form",
        "lspace",
        "rspace",
        "movablelimits",
        "accent",
        "accentunder",
        "linethickness",
        "columnalign",
        "rowspacing",
        "columnspacing",
        "columnlines",
        "rowlines",
        "displaystyle",
        "scriptlevel",
        "width",
        "height",
        "depth",
        "voffset",
        "minsize",
        "maxsize",
        "notation",
        "largeop",
        "symmetric",
    ]
)
_CLASS = re.compile(
    r"(?:(?:pplx(?:-[a-z0-9-]+)?|language-[a-z0-9+#-]+|(?:tex2jax|mathjax)_\w+) ?)+"
)
_WIDTH = re.compile(r"width:[0-9.]+%")
_VOID = frozenset({"br", "hr", "img", "meta"})
_STYLES = (
    "text-align: start",
    "text-align: start; white-space: nowrap",
    *INLINE_STYLES.values(),
    *(f"text-align:{align}" for align in ("start", "end", "center")),
)


class Html(HTMLParser):
    """A strict reader of HTML, which reports everything outside a short list of tags and attributes.

    Parameters
    ----------
    text : str
        An output, or a whole page.
    """

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.faults: list[str] = []
        self.styles: list[str] = []
        self.classes: dict[str, list[str]] = {}
        """Class → the texts of the elements that have it."""
        self._open: list[tuple[str, list[str]]] = []
        self.feed(text)
        self.close()
        if self._open:
            self.faults.append(f"never closed: {[tag for tag, _ in self._open]}")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _TAGS:
            self.faults.append(f"<{tag}>")
        names: list[str] = []
        for name, value in attrs:
            if name not in _ATTRIBUTES:
                self.faults.append(f"{name}={value}")
            match name:
                case "href":
                    self.links.append(value or "")
                case "class":
                    names = (value or "").split()
                    if not _CLASS.fullmatch(value or ""):
                        self.faults.append(f"class={value}")
                case "style" if value not in _STYLES and not _WIDTH.fullmatch(value or ""):
                    self.faults.append(f"style={value}")
                case "value" if not (value or "").isdigit():
                    self.faults.append(f"value={value}")
                case "src" if not (value or "").startswith("data:image/svg+xml;base64,"):
                    self.faults.append(f"src={value}")
        if tag not in _VOID:
            self._open.append((tag, names))
            for each in names:
                self.classes.setdefault(each, []).append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        # HTML ignores the slash: `<p/>` is an open tag.
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop()[0] != tag:
            self.faults.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1][0] == "style":
            self.styles.append(data)
            return
        for _, names in self._open:
            for each in names:
                self.classes[each][-1] += data

    def handle_comment(self, data: str) -> None:
        self.faults.append(f"<!--{data}")

    def handle_pi(self, data: str) -> None:
        self.faults.append(f"<?{data}")

    def handle_decl(self, decl: str) -> None:
        if decl.lower() != "doctype html":
            self.faults.append(f"<!{decl}")

    unknown_decl: Callable[[str], None] = handle_comment


def stays_html(output: str) -> bool:
    """Return whether Markdown takes the whole output for one block of HTML."""
    return [token.type for token in MARKDOWN_IT.parse(output)] == ["html_block"]


def harmless(address: str) -> bool:
    """Return whether a link made from a bare address is safe or leads nowhere.

    One reader makes a link of two slashes after an entity in a formula. A host with a percent sign does
    not exist.
    """
    return bool(safe_url(address)) or address.startswith("//") or "%" in urlsplit(address).netloc


# ---- terminal output ----------------------------------------------------------------------------

_OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\U000e0020-\U000e007e]")


def obeyed(text: str) -> list[str]:
    """Return the control characters of terminals, and those that change the reading order."""
    return [f"U+{ord(char):04X}" for char in _OBEYED.findall(text)]


def hidden(text: str) -> list[str]:
    kept = "\u200c\u200d"  # they join letters
    categories = ("Cc", "Cf", "Cs", "Zl", "Zp")
    return [c for c in text if unicodedata.category(c) in categories and c not in kept]
