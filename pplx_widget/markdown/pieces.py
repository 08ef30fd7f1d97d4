"""Inline items as pieces of Markdown: words, characters, and syntax.

This module chooses the syntax for each element; `escape` decides how the text is written.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum, auto

from ..core.tables import TASK_OPEN
from ..core.visible import printable
from .link_parts import destination, link_title
from .tree import Element, Item, text_of


class Kind(Enum):
    """The kind of a piece."""

    TEXT = auto()
    RAW = auto()
    FORMULA = auto()
    CITATION = auto()
    OPEN = auto()  # the marks around emphasis
    CLOSE = auto()
    LINK_OPEN = auto()
    LINK_CLOSE = auto()


@dataclass(slots=True)
class Piece:
    """A word, a character of text, or a piece of syntax.

    Attributes
    ----------
    kind : Kind
        The kind of the piece.
    source : str
        Its content before escaping.
    linked : bool
        Whether it is inside the text of a link.
    said : bool
        Whether it comes from text that was not Markdown.
    out : str
        Its Markdown, as written to the output.
    """

    kind: Kind
    source: str
    linked: bool = False
    said: bool = False
    out: str = field(init=False)

    def __post_init__(self) -> None:
        self.out = self.source


SPACE = " \t\n"
DELIMITERS = (Kind.OPEN, Kind.CLOSE)
_BEGINS = (Kind.OPEN, Kind.LINK_OPEN)
_ENDS = (Kind.CLOSE, Kind.LINK_CLOSE)

_WORDS = re.compile(r"[^\W_]+|.", re.DOTALL)
# Readers decode the text of an autolink, so only addresses without encoded characters become one.
_AUTOLINK = re.compile(r"https?://[A-Za-z0-9./?=#_~:-]+")
HARD_BREAK = "\\\n"
_LINE_ENDS = ("\n", HARD_BREAK)
_TICKS = re.compile(r"`+")
# Quarto and knitr run a code span that starts like this: `r 1 + 1`, `{python} x`. A space prevents it.
_RUN = re.compile(r"r[ #]|\{")
_MATH = "pplx-math"
# The contents of `<sub>` and `<sup>`. Escaped, they stay below the limit of the parser's pattern.
_PLAIN = frozenset({"em", "strong", "s", "sub", "sup", "cite", "span", "text"})
_LONGEST_RAISED = 60
_UNRAISED = re.compile("[`\n]")

# The placeholder of a citation. No text contains a NUL, since `printable` replaces it.
HOLE = "\0{}\0"


def to_pieces(items: Sequence[Item]) -> list[Piece]:
    """Return inline items as pieces without escapes.

    Line ends at the edges are dropped: they were next to items that are not shown.
    """
    pieces = _Builder().build(items)
    for edge, marks in ((0, _BEGINS), (-1, _ENDS)):
        at = edge
        # Also inside emphasis and links, where a line end would be read as a mark.
        while -len(pieces) <= at < len(pieces):
            if pieces[at].source in _LINE_ENDS:
                del pieces[at]
            elif pieces[at].kind in marks:
                at += 1 if edge == 0 else -1
            else:
                break
    return pieces if any(piece.kind not in (*_BEGINS, *_ENDS) for piece in pieces) else []


class _Builder:
    def __init__(self) -> None:
        self._pieces: list[Piece] = []
        self._linked = False
        self._said = False

    def build(self, items: Sequence[Item]) -> list[Piece]:
        self._add(items, {}, "")
        return self._pieces

    def _put(self, kind: Kind, source: str) -> None:
        self._pieces.append(Piece(kind, source, self._linked, self._said))

    def _add(self, items: Sequence[Item], around: dict[str, str], parent: str) -> None:
        """Add items inside emphasis; ``around`` maps tags to marks, ``parent`` is the nearest mark."""
        for i, item in enumerate(items):
            if isinstance(item, str):
                for word in _WORDS.findall(printable(item)):
                    self._put(Kind.TEXT, word)
                continue
            if raw := _raw(item):
                self._put(Kind.RAW, raw)
                continue
            match item.tag:
                case "em" | "strong" | "s":
                    self._add_emphasis(item, around, parent if i == len(items) - 1 else "")
                case "a":
                    self._add_link(item, around)
                case "sub" | "sup" if not item.class_name and _fits(item):
                    self._put(Kind.RAW, f"<{item.tag}>")
                    self._add(item.children, around, "")
                    self._put(Kind.RAW, f"</{item.tag}>")
                case "sup":
                    # The space between two citations is for pages without our stylesheet.
                    links = [child for child in item.children if child != " "]
                    self._add(links, around, "")
                case "span" if item.class_name == _MATH:
                    self._put(Kind.FORMULA, printable(text_of(item)))
                case "cite":
                    self._add_citation(item)
                case "text":
                    outer, self._said = self._said, True
                    self._add(item.children, around, parent)
                    self._said = outer
                case _:
                    self._add(item.children, around, "")

    def _add_emphasis(self, element: Element, around: dict[str, str], touches: str) -> None:
        """Add emphasis; ``touches`` is the mark of outer emphasis with the same end, or ``""``."""
        if not any(map(text_of, element.children)):
            return  # marks with nothing between them would be read as text or a rule
        if element.tag == "s":
            mark, marks = "~", "~~"
        else:
            mark = self._free_mark(touches, around.get(element.tag, ""))
            marks = mark * (1 + (element.tag == "strong"))
            around = {**around, element.tag: mark}
        self._put(Kind.OPEN, marks)
        self._add(element.children, around, mark)
        self._put(Kind.CLOSE, marks)

    def _free_mark(self, touches: str, around: str) -> str:
        """Return a mark that differs from the marks next to it."""
        last = self._pieces[-1] if self._pieces else None
        before = last.source[0] if last and last.kind in DELIMITERS else ""
        taken = before if before in ("*", "_") else touches or around
        return "_" if taken == "*" else "*"

    def _add_citation(self, element: Element) -> None:
        number = text_of(element)
        # The source is what the escaping of its neighbours needs; the output is a placeholder.
        bare = rf"\[{number}\]"
        self._put(Kind.CITATION, f"[{bare}]" if "href" in element.attributes else bare)
        self._pieces[-1].out = HOLE.format(number)

    def _add_link(self, element: Element, around: dict[str, str]) -> None:
        href, title = element.attributes.get("href", ""), element.attributes.get("title", "")
        label = element.attributes.get("label", "")
        # A link cannot contain a link, and an image in a link would be one.
        if not href or self._linked:
            self._add(element.children, around, "")
            return
        if element.children == [href] and not title and _AUTOLINK.fullmatch(href):
            self._put(Kind.RAW, f"<{href}>")
            return
        outer, self._linked = self._linked, True
        self._put(Kind.LINK_OPEN, "[")
        self._add(element.children, around, "")
        shown = f' "{link_title(title)}"' if title else ""
        to = f"[{label}]" if label else f"({destination(href)}{shown})"
        self._put(Kind.LINK_CLOSE, f"]{to}")
        self._linked = outer


def _fits(element: Element) -> bool:
    """Return whether the parser will read the tags around these children, however they are escaped."""
    text = text_of(element)
    return (
        0 < len(text) <= _LONGEST_RAISED
        and not _UNRAISED.search(text)
        and _is_plain(element.children)
    )


def _is_plain(items: Sequence[Item]) -> bool:
    return all(
        isinstance(item, str) or (item.tag in _PLAIN and _is_plain(item.children)) for item in items
    )


def _raw(element: Element) -> str:
    """Return the syntax of an element without child elements, ``""`` for any other element."""
    if element.class_name in _MARKS:
        return _MARKS[element.class_name](text_of(element))
    match element.tag:
        case "code":
            return _code_span(printable(text_of(element), code=True))
        case "br":
            return HARD_BREAK
        case _:
            return ""


def _note(letter: str) -> str:
    # As text, since many readers would take a footnote for a link definition.
    return f"{reference('[')}^{letter}]"


def _task(mark: str) -> str:
    return "[ ]" if mark == TASK_OPEN else "[x]"


# The Markdown of footnote mentions and tasks, by their classes.
_MARKS = {"pplx-note-ref": _note, "pplx-task": _task}


def _code_span(code: str) -> str:
    ticks = {len(run) for run in _TICKS.findall(code)}
    fence = "`" * next(n for n in range(1, len(ticks) + 2) if n not in ticks)
    # Readers remove one space at both ends, which lets code start with a backtick.
    ends = code[:1] + code[-1:]
    padded = "`" in ends or (ends == "  " and code.strip(" ")) or _RUN.match(code)
    return f"{fence} {code} {fence}" if padded else f"{fence}{code}{fence}"


def is_space(c: str) -> bool:
    """Return whether any reader treats a character as white space."""
    return c.isspace() or c == "\ufeff"


def reference(c: str) -> str:
    """Return the numeric reference of a character, which is text in any surroundings."""
    return f"&#{ord(c)};"
