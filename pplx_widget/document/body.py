"""The text of an answer as HTML and Markdown, block by block.

A block that another one follows does not change any more, so most of a long text is written while it
arrives, and the rest in pieces that leave other threads their turn. The result is the same as if the
text was written as a whole. A text with definitions of links or with footnotes is written as a whole,
because these have an effect on earlier blocks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from markdown_it.token import Token

from ..core.citations import Citation
from ..core.tables import HEADINGS, INLINE_STYLES
from ..markdown import urls
from ..markdown.ends import drop_stray_end
from ..markdown.html_writer import to_html
from ..markdown.markdown_writer import START, Joint, continued
from ..markdown.math import leads_elsewhere
from ..markdown.parser import parse
from ..markdown.tree import Element, Item, text_of, to_tree
from .highlight import coloured

Cited = dict[int, tuple[int, bool]]
"""The cited sources by the ids of their markers: the number, and whether the address is safe."""

# Characters that are written at once: about 3 ms.
_SLICE = 1_000

# In the written HTML, these stand for what depends on the rest of the answer. Text cannot contain them,
# since its "<" is escaped.
_HOLE = re.compile(r"<(!?)(\d+)>")
_SAFE_MATH = "pplx-math pplx-math"

_LEVELS = {f"h{level}": tag for level, tag in enumerate(HEADINGS, 1)}
_DELIMITERS = re.compile(r"\$|\\[(\[]|\\begin\b")
_IN_PARENTHESES = re.compile(r"\\\(\s*([^$]*?)\s*\\\)", re.DOTALL)
_IN_BRACKETS = re.compile(r"\\\[\s*([^$]*?)\s*\\\]", re.DOTALL)


@dataclass(slots=True)
class _Code:
    """Code in a known language, as HTML."""

    plain: str
    coloured: str


@dataclass(slots=True)
class _Block:
    """One or several blocks of a text.

    Attributes
    ----------
    source : str
        The Markdown of the answer.
    used : dict
        The entry of each marker's id when the block was written; None for an unknown source.
    html : list of str
        The HTML of each top-level element, with holes for citations and code.
    lines : list of str
        The lines of the document's Markdown.
    before, after : Joint
        What this Markdown continues, and what continues it.
    ends : bool
        Whether it was written as the end of the text: its Markdown does not end in a stray mark.
    """

    source: str
    used: dict[int, tuple[int, bool] | None] = field(default_factory=dict)
    html: list[str] = field(default_factory=list)
    codes: list[_Code] = field(default_factory=list)
    looks_like_math: bool = False
    lines: list[str] = field(default_factory=list)
    before: Joint = START
    after: Joint = START
    ends: bool = False


class Body:
    """The text of one answer, which grows.

    Only one thread at a time may call its methods.
    """

    def __init__(self) -> None:
        self._blocks: list[_Block] = []
        self._done = 0  # characters in the blocks
        self._look = _SLICE  # characters after them that are parsed next
        self._whole = False  # a definition or a footnote was found
        self._over = False

    def advance(self, text: str, cited: Cited, *, over: bool = False) -> bool:
        """Write a further piece of the text; return whether more can be written now.

        Parameters
        ----------
        text : str
            The text so far.
        cited : Cited
            The sources known so far.
        over : bool
            Whether the text is complete.
        """
        if self._over or (self._whole and not over):
            return False
        if self._whole:
            self._blocks = [_block(text, parse(text), cited, START, ends=True)]
            self._over = True
            return False
        end = self._done + self._look
        last = over and end >= len(text)
        if end > len(text) and not last:
            return False
        if not last:
            end = text.rfind("\n", self._done, end) + 1
        piece = text[self._done : end]
        env: dict[str, Any] = {}
        tokens = parse(piece, env)
        if _reaches_back(piece, env, tokens):
            self._whole = True
            return over
        cut, size = (len(tokens), len(piece)) if last else _closed(tokens, piece)
        if size:
            self._add(piece[:size], tokens[:cut], cited, ends=last)
        self._look = _SLICE if size else 2 * self._look
        self._over = last and not self._whole
        return not self._over and (over or self._done + self._look <= len(text))

    def complete(self, text: str, cited: Cited) -> None:
        """Write the rest, and again the blocks with changed citations: sources may arrive later."""
        while self.advance(text, cited, over=True):
            pass
        joint = START
        for i, block in enumerate(self._blocks):
            known = all(cited.get(id_) == entry for id_, entry in block.used.items())
            if not known or block.before != joint:
                self._blocks[i] = _again(block, cited, joint, ends=block.ends)
            joint = self._blocks[i].after
        for i in reversed(range(len(self._blocks))):
            if not self._blocks[i].ends:
                self._blocks[i] = _again(self._blocks[i], cited, self._blocks[i].before, ends=True)
            if self._blocks[i].lines:
                break

    def _add(self, source: str, tokens: list[Token], cited: Cited, *, ends: bool) -> None:
        before = self._blocks[-1].after if self._blocks else START
        block = _block(source, tokens, cited, before, ends=ends)
        if self._blocks and _is_text(block):
            self._whole = (
                True  # text that belongs to no element could join that of the block before
            )
        self._blocks.append(block)
        self._done += len(source)

    # ---- the complete text ---------------------------------------------------------------------------

    @property
    def markdown(self) -> str:
        """The Markdown, with placeholders for `with_citations`."""
        return "\n".join(line for block in self._blocks for line in block.lines)

    @property
    def looks_like_math(self) -> bool:
        """Whether a host would typeset ordinary text or an unsafe formula."""
        return any(block.looks_like_math for block in self._blocks)

    @property
    def has_code(self) -> bool:
        """Whether a piece of code has colours."""
        return any(block.codes for block in self._blocks)

    def html(self, chip: Callable[[int], str], *, colours: bool, math: str) -> list[str]:
        """Return the HTML of each top-level element.

        Parameters
        ----------
        chip : callable
            Returns the HTML of a citation; called in the order of the text.
        colours : bool
            Whether code has colours.
        math : str
            The classes of formulas that may be typeset.
        """
        pieces: list[str] = []
        for block in self._blocks:

            def filled(hole: re.Match[str], codes: list[_Code] = block.codes) -> str:
                if not hole[1]:
                    return chip(int(hole[2]))
                code = codes[int(hole[2])]
                return code.coloured if colours else code.plain

            for html in block.html:
                piece = _HOLE.sub(filled, html) if block.used or block.codes else html
                pieces.append(piece.replace(f'class="{_SAFE_MATH}"', f'class="{math}"'))
        return pieces


def cited(citations: Iterable[Citation]) -> Cited:
    """Return the cited sources as a body needs them."""
    return {c.id: (c.number, urls.safe_url(c.source.url) is not None) for c in citations}


def _reaches_back(piece: str, env: Mapping[str, Any], tokens: list[Token]) -> bool:
    """Return whether a piece has an effect on others, or lines that are counted otherwise."""
    return (
        bool(env.get("references")) or "\r" in piece or any(t.type == "notes_open" for t in tokens)
    )


def _closed(tokens: list[Token], piece: str) -> tuple[int, int]:
    """Return how many tokens and characters belong to blocks that another block follows."""
    for at in range(len(tokens) - 1, 0, -1):
        token = tokens[at]
        if token.level == 0 and token.nesting >= 0 and token.map:
            size = 0
            for _ in range(token.map[0]):
                size = piece.index("\n", size) + 1
            return at, size
    return 0, 0


def _block(source: str, tokens: list[Token], cited: Cited, before: Joint, *, ends: bool) -> _Block:
    block = _Block(source, before=before, ends=ends)

    def hole(id_: int) -> Item | None:
        entry = block.used[id_] = cited.get(id_)
        return Element("", [f"<{id_}>"]) if entry else None

    def cite(id_: int) -> Item | None:
        if (entry := cited.get(id_)) is None:
            return None
        number, linked = entry
        return Element("cite", [str(number)], attributes={"href": ""} if linked else {})

    items = to_tree(tokens, hole)
    block.looks_like_math = any(map(_looks_like_math, items))
    _leave_holes(items, block.codes)
    block.html = [to_html([item]) for item in items]
    items = to_tree(tokens, cite, runs=False)
    _write_math_in_dollars(items)
    if ends:
        drop_stray_end(items)
    block.lines, block.after = continued(items, before)
    return block


def _again(block: _Block, cited: Cited, before: Joint, *, ends: bool) -> _Block:
    return _block(block.source, parse(block.source), cited, before, ends=ends)


def _is_text(block: _Block) -> bool:
    return bool(block.html) and not block.html[0].startswith("<")


def _looks_like_math(item: Item) -> bool:
    """Return whether a host would typeset ordinary text or an unsafe formula in the item."""
    if isinstance(item, str):
        return bool(_DELIMITERS.search(item))
    if item.class_name == "pplx-math":
        return leads_elsewhere(text_of(item))
    return item.tag != "code" and any(map(_looks_like_math, item.children))


def _leave_holes(items: Iterable[Item], codes: list[_Code]) -> None:
    """Replace code that can have colours by holes, and mark the formulas that a host may typeset.

    Headings get their levels below the question.
    """
    for item in items:
        if isinstance(item, str):
            continue
        item.tag = _LEVELS.get(item.tag, item.tag)
        if style := INLINE_STYLES.get(item.class_name or item.tag):
            item.attributes["style"] = style
        if item.class_name == "pplx-math":
            if not leads_elsewhere(text_of(item)):
                item.class_name = _SAFE_MATH
        elif item.tag == "code" and item.class_name.startswith("language-"):
            code = "".join(child for child in item.children if isinstance(child, str))
            colours = coloured(item.class_name.removeprefix("language-"), code)
            if any(isinstance(each, Element) for each in colours):
                item.children = [Element("", [f"<!{len(codes)}>"])]
                codes.append(_Code(to_html([code], code=True), to_html(colours, code=True)))
        else:
            _leave_holes(item.children, codes)


def _write_math_in_dollars(items: Iterable[Item]) -> None:
    r"""Replace ``\(…\)`` and ``\[…\]`` by the delimiters that pandoc, GitHub and Jupyter recognize.

    An unsafe formula becomes text, as in the HTML.
    """
    for item in items:
        if isinstance(item, str):
            continue
        if item.class_name == "pplx-math":
            if leads_elsewhere(text_of(item)):
                item.class_name = ""
                continue
            item.children = [
                _IN_PARENTHESES.sub(r"$\1$", _IN_BRACKETS.sub(r"$$\1$$", text_of(item)))
            ]
        else:
            _write_math_in_dollars(item.children)
