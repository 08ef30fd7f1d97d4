"""Escaping of text, so that it reads back as text: only the escapes that its surroundings require.

``5 * 3`` needs none, ``*3*`` does. If a backslash cannot help, a character reference is used.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum, auto

from ..core.markers import MARKER, ids_of
from .bare import escape_bare
from .link_parts import ENTITY, TAG
from .pieces import DELIMITERS, SPACE, Kind, Piece, is_space, reference

_MARKER = re.compile(MARKER)
_MOST_PIECES = 200  # of a marker
# The label of one of our reference links: in brackets it would link to a source, whatever precedes it.
_LABEL = re.compile(r"s[0-9a-f]{4}-[0-9]+")
# Line starts that have a meaning in CommonMark, its tables or Pandoc. The first character must be
# escaped; in a numbered item, the one after the number.
_LINE_START = re.compile(
    r"""
      [-+*](?=[ \t]|\Z|\[[ xX]\]\s)        # an item
    | [>|]
    | [-=]+[ \t]*\Z                        # an underline, to nbconvert of both
    | ([-*_])[ \t]*(?:\1[ \t]*){2,}\Z       # a rule
    | (?=[^-]*-)[|:-][-|: \t]*\Z            # the rule of a table
    | ~(?=[ \t])                           # a definition
    """,
    re.VERBOSE,
)
# Line starts that have a meaning for other readers. `#` is a heading (nbconvert needs no space after
# it); `%` a comment (LaTeX, MyST), a title (Pandoc) or a magic (IPython); `:` a definition, a field or
# a division; `+++` the end of a cell (MyST) or metadata; the others are grid tables and admonitions.
_ELSEWHERE = re.compile(r"[#%:]|\+{3}|\+[-=:]|[!?]{3}")
# A MyST target, which MyST does not show. The `=` after the parenthesis must be escaped.
_TARGET = re.compile(r"\(.*\)(?==[ \t]*\Z)")
# At the start of a line, readers take even an unfinished tag for HTML.
_TAG_ALONE = re.compile(rf"(?<=\n)[ \t]*{TAG.pattern}")
# After one or two backslashes, these start a formula in Jupyter.
_TEX = ("(", "[", "begin")
_TASK = re.compile(r"\[[ xX]\]\s")
_NUMBERED = re.compile(r"[0-9]{1,9}(?=[.)](?:[ \t]|\Z))")


class Place(Enum):
    """The place of inline items, which decides which characters have a meaning."""

    PARAGRAPH = auto()
    HEADING = auto()  # on one line
    CELL = auto()  # on one line, between pipes


def escape(pieces: list[Piece], place: Place) -> None:
    """Decide how each piece of text is written."""
    _Escaper(pieces, place).escape()


class _Escaper:
    def __init__(self, pieces: list[Piece], place: Place) -> None:
        self._pieces = pieces
        self._place = place
        whole = "".join(piece.source for piece in pieces)
        self._tildes = whole.count("~")
        self._dollars = whole.count("$")
        self._powers = sum(piece.kind is Kind.TEXT and piece.source == "^" for piece in pieces)
        self._formulas = any(piece.kind in (Kind.FORMULA, Kind.CITATION) for piece in pieces)
        self._defines = "]:" in whole

    def escape(self) -> None:
        pieces = self._pieces
        emphasis: list[str] = []  # the marks of the open emphasis, without strong
        for i, piece in enumerate(pieces):
            if piece.kind is Kind.TEXT:
                piece.out = self._written(i, piece.source)
                # Pandoc ends emphasis at this mark even after white space.
                if piece.out in emphasis:
                    piece.out = "\\" + piece.out
            elif piece.kind is Kind.OPEN and len(piece.source) == 1:
                emphasis.append(piece.source)
            elif piece.kind is Kind.CLOSE and len(piece.source) == 1:
                emphasis.pop()
        self._escape_brackets()
        self._escape_other_markers()
        self._disarm_formulas()
        escape_bare(pieces)
        if self._place is Place.PARAGRAPH:
            for i in self._line_starts():
                self._escape_line_start(i)
        if self._place is Place.HEADING:
            self._escape_closing_marks()

    def _before(self, i: int) -> str:
        return self._pieces[i - 1].source[-1:] if i else "\n"

    def _after(self, i: int) -> str:
        return self._pieces[i + 1].source[:1] if i + 1 < len(self._pieces) else "\n"

    def _written(self, i: int, c: str) -> str:
        if c == "\\" and self._begins_formula(i):
            return reference(c)
        if c == "$" and self._beside_math(i):
            return reference(c)
        after = self._after(i)
        if c == "<" and (after.isalpha() or after in ("/", "!", "?")):
            return "&lt;"
        if c == "&":
            rest = "".join(piece.source for piece in self._pieces[i : i + 4])
            return "&amp;" if ENTITY.match(rest) else c
        if len(c) == 1 and is_space(c):
            return self._space(i, c, self._before(i), after)
        return "\\" + c if self._means(i, c, after) else c

    def _means(self, i: int, c: str, after: str) -> bool:
        """Return whether a character needs an escape anywhere in a line."""
        before = self._before(i)
        match c:
            # A brace starts attributes, roles, shortcodes and templates (Pandoc, MyST, Quarto, Jekyll).
            case "\\" | "`" | "{":
                return True
            case "%" | "#":  # `{%` and `{#` are templates too
                return before == "{"
            case "@":  # a citation or a numbered example in Pandoc, Quarto and MyST
                return not (before.isalnum() or is_space(after))
            case "*":
                return not self._alone(i)
            case "_":
                return not (self._alone(i) or (before.isalnum() and after.isalnum()))
            case "~":
                return self._tildes > 1
            case "$":
                return self._dollars > 1
            case "^":  # a pair of them is a superscript in Pandoc
                return after == "[" or self._powers > 1
            case "!":
                return after == "["
            case "[":
                # The start of a paragraph may look like a link definition.
                return (i == 0 and self._defines) or (before == "*" and self._is_task(i))
            case "|":
                return self._place is Place.CELL or after == "\n"
            case _:
                return False

    def _begins_formula(self, i: int) -> bool:
        """Return whether a backslash, or a second one, would start a formula."""
        return i + 1 < len(self._pieces) and self._pieces[i + 1].source in _TEX

    def _alone(self, i: int) -> bool:
        """Return whether both neighbours are white space that will not be written as a reference."""
        return all(self._stays(j) for j in (i - 1, i + 1))

    def _stays(self, i: int) -> bool:
        pieces = self._pieces
        if not 0 <= i < len(pieces):
            return True
        piece, around = pieces[i], (pieces[i - 1 : i + 2] if i else [])
        return (
            piece.kind is Kind.TEXT
            and piece.source in SPACE
            and self._space(i, piece.source, self._before(i), self._after(i)) == piece.source
            and not any(each.kind in DELIMITERS for each in around)
        )

    def _is_task(self, i: int) -> bool:
        return bool(_TASK.fullmatch("".join(piece.source for piece in self._pieces[i : i + 4])))

    def _beside_math(self, i: int) -> bool:
        neighbours = self._pieces[max(i - 1, 0) : i + 2]
        return any(piece.kind is Kind.FORMULA and "$" in piece.source for piece in neighbours)

    def _space(self, i: int, c: str, before: str, after: str) -> str:
        """Return white space, as a reference if readers would remove it (at edges and line ends)."""
        edge = i in (0, len(self._pieces) - 1)
        if c == "\n":
            # Two line ends in a row would end the paragraph.
            ends = before == "\n" or self._place is not Place.PARAGRAPH
            return reference(c) if edge or ends else c
        at_line_end = c in SPACE and "\n" in (before, after)
        # Pandoc recognizes a task even if its brackets are escaped.
        task = i == len("[x]") and self._is_task(0)
        return reference(c) if edge or at_line_end or task else c

    def _escape_brackets(self) -> None:
        r"""Keep brackets from forming a link or a citation.

        ``\[`` and ``\]`` are never used together, because many readers take them for a formula. The
        exception is a number inside a link, since our citations look like that.
        """
        pieces = self._pieces
        opened: list[int | None] = []  # None marks the start of a link
        closers = any(
            piece.source == "]" if piece.linked else "\\]" in piece.source for piece in pieces
        )
        for i, piece in enumerate(pieces):
            if piece.kind is Kind.LINK_OPEN:
                opened.append(None)
            elif piece.kind is Kind.LINK_CLOSE:
                while opened and (start := opened.pop()) is not None:
                    pieces[start].out = reference("[")
            elif piece.kind is not Kind.TEXT:
                continue
            elif piece.source == "[":
                opened.append(i)
            elif piece.source == "]":
                start = opened[-1] if opened else None
                if start is not None:
                    opened.pop()
                    self._escape_pair(start, i, closers=closers, within=bool(opened))
                elif piece.linked or self._after(i) == "(":
                    piece.out = reference("]")

    def _escape_pair(self, start: int, end: int, *, closers: bool, within: bool) -> None:
        pieces = self._pieces
        first, last = pieces[start], pieces[end]
        marker = self._is_marker(start + 1, end)
        after = self._after(end)
        means = after in "({" or (after == ":" and self._before(start) == "\n")
        # A footnote mention, inside which Pandoc ignores escapes.
        noted = first.said and self._after(start) == "^"
        if first.linked and marker:
            first.out, last.out = "\\[", "\\]"
        elif noted or (first.linked and means):
            first.out, last.out = reference("["), reference("]")
        elif marker or means:
            first.out = reference("[") if closers else "\\["
            # Otherwise this bracket could end a link that starts at an earlier bracket, or, for some
            # readers, inside a formula.
            if after == "(" and (within or self._formulas):
                last.out = reference("]")

    def _is_marker(self, start: int, end: int) -> bool:
        """Return whether the text between two brackets looks like a marker or one of our labels."""
        if end - start > _MOST_PIECES:
            return False
        inner = "".join(piece.source for piece in self._pieces[start:end])
        marker = _MARKER.fullmatch(f"[{inner}]")
        return bool((marker and ids_of(marker[0])) or _LABEL.fullmatch(inner.strip().casefold()))

    def _escape_other_markers(self) -> None:
        """Escape markers with a CJK bracket, which `_escape_brackets` does not see."""
        whole = "".join(piece.source for piece in self._pieces)
        found = {m.start() for m in _MARKER.finditer(whole) if m[0][0] + m[0][-1] != "[]"}
        at = 0
        for piece in self._pieces if found else ():
            if at in found and piece.kind is Kind.TEXT:
                piece.out = reference(piece.source)
            at += len(piece.source)

    def _disarm_formulas(self) -> None:
        """Keep readers without math from finding HTML, images, links or blocks in formulas.

        Such a reader would fetch the image. TeX ignores the added spaces.
        """
        tag_may_end = False
        for piece in reversed(self._pieces):
            tag_may_end |= ">" in piece.source
            if piece.kind is Kind.FORMULA:
                out = _without_blocks(piece.source).replace("](", "] (")
                piece.out = (TAG if tag_may_end else _TAG_ALONE).sub("< ", out)

    def _line_starts(self) -> Iterator[int]:
        for i, piece in enumerate(self._pieces):
            if piece.kind is Kind.TEXT and (i == 0 or self._pieces[i - 1].out.endswith("\n")):
                yield i

    def _escape_line_start(self, i: int) -> None:
        pieces = self._pieces
        end = next((j for j in range(i, len(pieces)) if "\n" in pieces[j].source), len(pieces))
        line = "".join(piece.source for piece in pieces[i:end])
        if _LINE_START.match(line) or _ELSEWHERE.match(line):
            if pieces[i].out == pieces[i].source:
                pieces[i].out = "\\" + pieces[i].source
        elif _NUMBERED.match(line):
            pieces[i + 1].out = "\\" + pieces[i + 1].source
        elif _TARGET.match(line):
            sign = next(j for j in reversed(range(i, end)) if pieces[j].source == "=")
            pieces[sign].out = "\\="

    def _escape_closing_marks(self) -> None:
        """Escape a ``#`` at the end of a heading, which readers would take for a closing mark."""
        i = len(self._pieces)
        while i and self._pieces[i - 1].source == "#":
            i -= 1
        if i < len(self._pieces) and self._before(i) in SPACE:
            self._pieces[i].out = "\\#"


def _without_blocks(formula: str) -> str:
    """Return a formula without lines that would start a block; TeX reads a line end as a space."""
    first, *lines = formula.split("\n")
    return first + "".join((" " if _begins_block(line) else "\n") + line for line in lines)


def _begins_block(line: str) -> bool:
    # A footnote (`[^`) can start without a blank line before it.
    return line.startswith(("~~~", "[^")) or any(
        begins.match(line) for begins in (_LINE_START, _ELSEWHERE, _NUMBERED, _TARGET)
    )
