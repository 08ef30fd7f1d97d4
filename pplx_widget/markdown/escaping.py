"""Text that reads back as text: what each character of it needs, by what stands around it.

`5 * 3` is safe where `*3*` is not. Where a backslash cannot help, a character reference does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum, auto

from ..core.tables import MARKER_ID, MARKER_PREFIX
from .bare import escape_bare
from .link_parts import ENTITY, TAG
from .pieces import DELIMITERS, SPACE, Kind, Piece, is_space, reference

_MARKER = re.compile(MARKER_PREFIX + MARKER_ID)
# The label of a reference of ours: in brackets it would lead to a source, whatever stands before it.
_LABEL = re.compile(r"s[0-9a-f]{4}-[0-9]+")
# What gives a line a meaning of its own, in CommonMark, its tables and Pandoc: the first character is
# to be escaped, or of a numbered item the one after the number.
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
# What some reader takes for structure at the start of a line. `#` is a heading, to nbconvert without a
# space; `%` a comment (LaTeX, MyST), a title (Pandoc) or a magic (IPython); `:` a definition, a field
# or a division; `+++` the end of a cell (MyST) or metadata; the others grid tables and admonitions.
_ELSEWHERE = re.compile(r"[#%:]|\+{3}|\+[-=:]|[!?]{3}")
# A MyST target, which is not shown; to be escaped is the sign after the parenthesis.
_TARGET = re.compile(r"\(.*\)(?==[ \t]*\Z)")
# On a line of its own this needs no end.
_TAG_ALONE = re.compile(rf"(?<=\n)[ \t]*{TAG.pattern}")
# After a backslash, also after two, these begin a formula in Jupyter.
_TEX = ("(", "[", "begin")
_TASK = re.compile(r"\[[ xX]\]\s")
_NUMBERED = re.compile(r"[0-9]{1,9}(?=[.)](?:[ \t]|\Z))")


class Place(Enum):
    """Where inline items stand, since that decides what has a meaning there."""

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
        emphasis: list[str] = []  # the marks of what it stands in, but for the strong
        for i, piece in enumerate(pieces):
            if piece.kind is Kind.TEXT:
                piece.out = self._written(i, piece.source)
                # Pandoc ends it there also after white space.
                if piece.out in emphasis:
                    piece.out = "\\" + piece.out
            elif piece.kind is Kind.OPEN and len(piece.source) == 1:
                emphasis.append(piece.source)
            elif piece.kind is Kind.CLOSE and len(piece.source) == 1:
                emphasis.pop()
        self._escape_brackets()
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
        """Tell whether a character would mean something, wherever in its line it stands."""
        before = self._before(i)
        match c:
            # A brace begins attributes, roles, shortcodes and templates: Pandoc, MyST, Quarto, Jekyll.
            case "\\" | "`" | "{":
                return True
            case "%" | "#":  # `{%` and `{#` are templates too
                return before == "{"
            case "@":  # a citation or a numbered example, to Pandoc, Quarto and MyST
                return not (before.isalnum() or is_space(after))
            case "*":
                return not self._alone(i)
            case "_":
                return not (self._alone(i) or (before.isalnum() and after.isalnum()))
            case "~":
                return self._tildes > 1
            case "$":
                return self._dollars > 1
            case "^":  # two are Pandoc's superscript
                return after == "[" or self._powers > 1
            case "!":
                return after == "["
            case "[":
                # A paragraph may begin like the definition of a link.
                return (i == 0 and self._defines) or (before == "*" and self._is_task(i))
            case "|":
                return self._place is Place.CELL or after == "\n"
            case _:
                return False

    def _begins_formula(self, i: int) -> bool:
        """Tell whether a backslash would begin a formula, also after another one."""
        return i + 1 < len(self._pieces) and self._pieces[i + 1].source in _TEX

    def _alone(self, i: int) -> bool:
        """Tell whether there is white space on both sides that no reference is going to stand for."""
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
        """Keep white space that a reader would take away: at the edges, and beside line ends."""
        edge = i in (0, len(self._pieces) - 1)
        if c == "\n":
            # Two line ends would end the paragraph.
            ends = before == "\n" or self._place is not Place.PARAGRAPH
            return reference(c) if edge or ends else c
        at_line_end = c in SPACE and "\n" in (before, after)
        # Pandoc finds a task whether its brackets are escaped or not.
        task = i == len("[x]") and self._is_task(0)
        return reference(c) if edge or at_line_end or task else c

    def _escape_brackets(self) -> None:
        r"""Keep brackets from making a link or a citation.

        Never by ``\[`` and ``\]`` together, which to many readers is a formula; only around a number
        in a link, which is what our citations look like.
        """
        pieces = self._pieces
        opened: list[int | None] = []  # None is where a link begins
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
        # A mention of a footnote, in which Pandoc reads no escapes.
        noted = first.said and self._after(start) == "^"
        if first.linked and marker:
            first.out, last.out = "\\[", "\\]"
        elif noted or (first.linked and means):
            first.out, last.out = reference("["), reference("]")
        elif marker or means:
            first.out = reference("[") if closers else "\\["
            # Else the end of a link that begins at a bracket before, or to some readers in a formula.
            if after == "(" and (within or self._formulas):
                last.out = reference("]")

    def _is_marker(self, start: int, end: int) -> bool:
        """Tell whether what stands between two brackets would be a citation, or a label of ours."""
        inside = (start, end)
        while start < end and is_space(self._pieces[start].source):
            start += 1
        while start < end and is_space(self._pieces[end - 1].source):
            end -= 1
        if end - start > 3:  # noqa: PLR2004 ("web", ":", "1")
            return False
        inner = "".join(piece.source for piece in self._pieces[start:end])
        marker = (start, end) == inside and _MARKER.fullmatch(inner)
        return bool(marker or _LABEL.fullmatch(inner.casefold()))

    def _disarm_formulas(self) -> None:
        """Keep formulas from being HTML, images, links or blocks to a reader that knows no math.

        Such a reader would fetch the image. To TeX a space there means nothing.
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
        """Escape the ``#`` that a heading ends with, which would be taken for its end."""
        i = len(self._pieces)
        while i and self._pieces[i - 1].source == "#":
            i -= 1
        if i < len(self._pieces) and self._before(i) in SPACE:
            self._pieces[i].out = "\\#"


def _without_blocks(formula: str) -> str:
    """Return a formula of which no line begins a block; to TeX a line end is a space."""
    first, *lines = formula.split("\n")
    return first + "".join((" " if _begins_block(line) else "\n") + line for line in lines)


def _begins_block(line: str) -> bool:
    # A footnote (`[^`) needs no blank line before it.
    return line.startswith(("~~~", "[^")) or any(
        begins.match(line) for begins in (_LINE_START, _ELSEWHERE, _NUMBERED, _TARGET)
    )
