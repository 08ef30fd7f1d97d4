"""Find citation markers in the text while it arrives, and resolve them into citations.

This module reads the lines of the text; `inline` finds the markers in them. Both agree with the parser
of whole texts at the end of each block. A marker may be split over any number of deltas.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from .events import Source
from .inline import Ids, Inline, Labels
from .tables import NOTE_INDENT, NOTE_LABEL

# The quote and list marks at the start of a line.
_CONTAINERS = re.compile(r"(?:[ \t]*(?:>|[-*+](?=[ \t])|\d{1,9}[.)](?=[ \t])))*[ \t]*")
_ITEM = re.compile(r"[-*+.)]")  # matches if these marks include a list mark
# The rest of a line that may still become another such mark, or a fence.
_UNDECIDED = re.compile(r"(?:[-*+]|\d{1,9}[.)]?|`{1,2}|~{1,2}|(?:```|~~~).{0,200})?\Z")
_FENCE = re.compile(r"(`{3,}(?=[^`]*\Z)|~{3,})(.*)\Z", re.DOTALL)
_FENCES = ("`", "~")
_CODE_INDENT = 4
_SPACE = " \t\r"
# The second line of a table, and the ends of its cells.
_DELIMITERS = re.compile(r"\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*\Z")
_HALF_DELIMITERS = re.compile(r"[|:-][|: \t-]*\Z")
_PIPE = re.compile(r"(?<!\\)\|")
_HEADING = re.compile(r"#{1,6}(?:[ \t]|\Z)")
_EMPTY_ITEM = re.compile(r"(?:[-*+]|[0-9]{1,9}[.)])[ \t\r]*\Z")
_NOTE = re.compile(rf"\[\^({NOTE_LABEL})\]:")
_HALF_NOTE = re.compile(rf"\[(?:\^(?:{NOTE_LABEL}\]?)?)?\Z")
# A line of marks that ends a paragraph, and the start of one.
_RULE = re.compile(r"([-*_])[ \t]*(?:\1[ \t]*){2,}\r?\Z")
_UNDERLINE = re.compile(r"(?:=+|-+)[ \t]*\r?\Z")
_HALF_RULE = re.compile(r"([-*_=])[ \t]*(?:\1[ \t]*)*\r?\Z")
# A longer line is not a fence.
_LONGEST_FENCE = 200
# A line of only such marks is decided at this length, or every delta would read it all again.
_LONGEST_MARKS = 200


@dataclass(frozen=True, slots=True)
class Citation:
    """A source that the text cites.

    Attributes
    ----------
    number : int
        The citation's number, from 1, in the order of first mention.
    id : int
        The source's id, as in the marker.
    source : Source
        The cited source.
    count : int
        How often the text cites it.
    """

    number: int
    id: int
    source: Source
    count: int


def resolve(
    mentions: Mapping[Ids, int],
    sources: Mapping[int, Source],
    numbers: dict[int, int] | None = None,
) -> tuple[Citation, ...]:
    """Return the citations for mentions (ids of a marker → count, in order of first mention).

    A marker with an unknown id stays text, so it is left out.

    Parameters
    ----------
    mentions : mapping of tuple of int to int
        How often the text contains each marker.
    sources : mapping of int to Source
        The sources by id.
    numbers : dict of int to int, optional
        The numbers that were given before, which do not change; new ones are added.
    """
    counts: dict[int, int] = {}
    for ids, count in mentions.items():
        if all(id_ in sources for id_ in ids):
            for id_ in ids:
                counts[id_] = counts.get(id_, 0) + count
    numbers = {} if numbers is None else numbers
    for id_ in counts:
        numbers.setdefault(id_, len(numbers) + 1)
    found = sorted((numbers[id_], id_, count) for id_, count in counts.items())
    return tuple(Citation(number, id_, sources[id_], count) for number, id_, count in found)


class MarkerScanner:
    """A scanner for markers in text that arrives in deltas.

    The start of a line decides its kind, and markers in code do not count. Text that may still become
    code, a formula or a link waits, at most until its paragraph ends.
    """

    def __init__(self) -> None:
        self._line = ""  # the start of the current line, while its kind is undecided
        self._rest: _Rest | None = None  # the kind of the current line, once it is decided
        self._fence = ""  # the opening marks of the current code block
        self._fence_quoted = False  # whether that block is in a quote
        self._item = 0  # the column where the text of the current list item begins
        self._labels = Labels()
        self._paragraph: Inline | None = None
        self._above = ""  # the line above, if it may be the head of a table
        self._pieces: list[str] = []  # of the current line
        self._current = ""  # the last character of the current row
        self._notes: set[str] = set()  # labels of footnotes
        self._in_note = False  # whether `_item` is the indent of a footnote
        self._repeats = False  # whether the text belongs to a second footnote of a label: not shown
        self._columns = 0  # of the open table
        self._cell = 0  # of the current row
        self._quotes = 0  # around the open paragraph

    def feed(self, text: str) -> list[Ids]:
        """Read the next delta and return the ids of each marker that it completes, in order."""
        found: list[Ids] = []
        if self._paragraph and self._rest is _TEXT and not self._columns and "\n" not in text:
            self._pieces.append(text)
            self._paragraph.feed(text, found)
            return found
        start = 0
        while (end := text.find("\n", start)) >= 0:
            self._take(text[start:end], found, ends=True)
            start = end + 1
        if start < len(text):
            self._take(text[start:], found, ends=False)
        return found

    def finish(self) -> list[Ids]:
        """End the text and return the ids of each remaining marker."""
        found: list[Ids] = []
        self._take("", found, ends=True)
        self._end_block(found)
        return found + self._labels.settle()

    def _take(self, piece: str, found: list[Ids], *, ends: bool) -> None:
        """Read a piece of a line; ``ends`` is True for the line's last piece."""
        if self._rest is None:
            line = self._line + piece
            self._line = ""
            self._rest = self._decide(line, found, ends=ends)
            if self._rest is None and not ends:
                self._line = line
        elif self._rest.is_text:
            self._read(piece, found)
        if ends:
            if self._rest is not None and self._rest.is_text:
                if self._columns:
                    self._end_cell(found)
                else:
                    self._above = "".join(self._pieces)
                    self._read("\n", found)
                if self._rest.is_heading:
                    self._end_block(found)
            self._rest = None

    def _read(self, piece: str, found: list[Ids]) -> None:
        """Read a piece of text."""
        if self._columns:
            self._read_row(piece, found)
            return
        self._pieces.append(piece)
        (self._paragraph or self._open()).feed(piece, found)

    def _open(self, *, defines: bool = True) -> Inline:
        if self._paragraph is None:
            self._paragraph = Inline(self._labels, defines=defines, shown=not self._repeats)
        return self._paragraph

    def _read_row(self, piece: str, found: list[Ids]) -> None:
        """Read a piece of a row; each cell is a text, and cells beyond the head are not shown."""
        start = 0
        text = self._current[-1:] + piece
        skip = len(self._current[-1:])
        for pipe in _PIPE.finditer(text, skip):
            self._feed_cell(text[max(start, skip) : pipe.start()], found)
            if self._cell or self._current + text[skip : pipe.start()]:
                self._end_cell(found)
            start = pipe.end()
            self._current = "|"
        self._feed_cell(text[max(start, skip) :], found)
        self._current = (self._current + piece)[-1:]

    def _feed_cell(self, piece: str, found: list[Ids]) -> None:
        if piece and self._cell < self._columns:
            self._open(defines=False).feed(piece if self._paragraph else piece.lstrip(), found)

    def _end_cell(self, found: list[Ids]) -> None:
        self._cell += 1
        if self._paragraph:
            self._paragraph.end(found)
            self._paragraph = None

    def _end_block(self, found: list[Ids]) -> None:
        """End the open paragraph or table."""
        if self._paragraph:
            self._paragraph.end(found)
        self._paragraph = None
        self._columns = 0
        self._above = ""

    def _decide(self, text: str, found: list[Ids], *, ends: bool) -> _Rest | None:
        """Decide the kind of a line and read it; None if it is undecided or has no text to scan."""
        line = _Line(text)
        if self._fence and not line.blank and self._leaves_container(line):
            self._fence = ""
        if self._fence:
            if ends and self._closes_fence(line):
                self._fence = ""
            return None if len(text) <= _LONGEST_FENCE else _CODE
        if line.blank:
            if ends:
                self._end_block(found)
            return None if len(text) <= _LONGEST_MARKS else _TEXT
        if not ends and _UNDECIDED.match(line.body):
            return None
        self._leave(line, found)
        if self._is_special(line, found, ends=ends):
            return None
        if not self._is_open:
            if self._is_code(line):
                return _CODE
            if line.columns < self._item and not (line.item or line.begins_note):
                self._item = 0
        return self._begin(line, found)

    def _closes_fence(self, line: _Line) -> bool:
        if line.item or bool(line.quotes) != self._fence_quoted:
            return False
        fence = line.fence
        return bool(fence and fence[1].startswith(self._fence) and not fence[2].strip())

    def _leaves_container(self, line: _Line) -> bool:
        """Return whether a line ends the quote or list item that contains the open code block."""
        if self._fence_quoted:
            return not line.quotes
        return line.indent < self._item

    def _is_deep(self, line: _Line) -> bool:
        """Return whether a line has the indent of code."""
        return line.columns >= self._item + _CODE_INDENT

    def _is_code(self, line: _Line) -> bool:
        """Return whether a line that continues no paragraph is indented code."""
        if line.quotes or line.item:
            return line.gap > _CODE_INDENT or line.indent >= self._item + _CODE_INDENT
        return self._is_deep(line)

    def _leave(self, line: _Line, found: list[Ids]) -> None:
        """End the open block if the indent or the quote mark of a line ends it."""
        if self._is_deep(line) and (
            self._columns or (self._paragraph and self._paragraph.is_defined)
        ):
            self._end_block(found)
        if self._repeats and line.begins_block:
            self._end_block(found)
            self._repeats = False

    def _is_special(self, line: _Line, found: list[Ids], *, ends: bool) -> bool:
        """Return whether a line has no text to scan, or may still turn out to have none."""
        if ends and line.fence and not (self._is_open and self._is_deep(line) and not line.item):
            self._end_block(found)
            self._fence = line.fence[1]
            self._fence_quoted = bool(line.quotes)
            self._item = line.columns if line.item else min(self._item, line.columns)
            return True
        if ends and not self._is_open and _EMPTY_ITEM.match(line.body):
            self._item = line.columns + len(line.body.rstrip()) + 1
            return True
        if not line.quotes and not line.item and line.columns < _CODE_INDENT:
            if not ends and _HALF_NOTE.match(line.body):
                return True
            self._begin_note(line, found)
        if self._is_rule(line, found, ends=ends):
            return True
        if not self._above or self._columns or len(line.body) > _LONGEST_MARKS:
            return False
        if not ends:
            return bool(_HALF_DELIMITERS.match(line.body))
        if not self._begins_table(line.body):
            return False
        columns = _cells(line.body)
        self._end_block(found)
        self._columns = columns
        return True

    def _begin(self, line: _Line, found: list[Ids]) -> _Rest:
        """Begin or continue a paragraph, a heading or a row."""
        heading = _HEADING.match(line.body)
        if line.item or heading or line.quotes > self._quotes:
            self._end_block(found)
        if not self._is_open:
            self._quotes = line.quotes
        if line.item or (heading and line.columns < self._item):
            self._item = line.columns if line.item else 0
            self._in_note = False
        self._pieces.clear()
        self._current, self._cell = "", 0
        if heading:
            self._open(defines=False)
        self._read(line.body, found)
        return _HEADING_TEXT if heading else _TEXT

    def _begin_note(self, line: _Line, found: list[Ids]) -> None:
        """Begin a footnote, if the line begins one; a line without indent ends the one before."""
        note = _NOTE.match(line.body)
        if self._is_open and (not note or (self._item and not self._in_note)):
            return
        if self._item and line.columns >= self._item:
            return
        self._end_block(found)
        label = note[1].lower().upper() if note else ""
        self._repeats = label in self._notes
        self._in_note = bool(label)
        if label:
            self._notes.add(label)
            self._item = NOTE_INDENT
            line.begins_note = True

    def _is_rule(self, line: _Line, found: list[Ids], *, ends: bool) -> bool:
        """Return whether a line is, or may become, a rule or the underline of a heading."""
        content = line.text.lstrip("> \t")
        if len(line.text) > _LONGEST_MARKS or not _HALF_RULE.match(content):
            return False
        if ends:
            inside = self._paragraph and line.indent >= (0 if self._in_note else self._item)
            underlines = inside and _UNDERLINE.match(content)
            if not underlines and not _RULE.match(content):
                return False
            self._end_block(found)
            if not underlines and line.indent == 0:
                self._item = 0
        return True

    @property
    def _is_open(self) -> bool:
        """Whether a paragraph or a table is open."""
        return self._paragraph is not None or self._columns > 0

    def _begins_table(self, body: str) -> bool:
        """Return whether a line is the second line of a table, below its head."""
        return (
            "|" in self._above
            and bool(_DELIMITERS.match(body.rstrip("\r")))
            and _cells(body) == _cells(self._above)
        )


class _Line:
    """The start of a line: its quote and list marks, and the text after them."""

    def __init__(self, text: str) -> None:
        marks = _CONTAINERS.match(text)
        prefix = marks[0] if marks else ""
        self.text = text
        self.begins_note = False
        self.body = text[len(prefix) :]
        self.blank = not self.body.strip(_SPACE)
        self.fence = self.body[:1] in _FENCES and _FENCE.match(self.body.rstrip("\r"))
        self.columns = len(prefix.expandtabs(4)) if prefix else 0
        self.item = bool(prefix and _ITEM.search(prefix))
        self.quotes = prefix.count(">")

    @property
    def indent(self) -> int:
        """The columns of white space at the start of the line."""
        expanded = self.text.expandtabs(4)
        return len(expanded) - len(expanded.lstrip(" "))

    @property
    def gap(self) -> int:
        """The columns between the last mark and the text."""
        prefix = self.text[: len(self.text) - len(self.body)].expandtabs(4)
        return len(prefix) - len(prefix.rstrip(" "))

    @property
    def begins_block(self) -> bool:
        """Whether the line begins a quote or a list, outside of all others."""
        return self.indent == 0 and (self.item or self.text.startswith(">"))


def _cells(row: str) -> int:
    """Return the number of cells in a row of a table."""
    cells = _PIPE.split(row.strip())
    return len(cells) - (cells[0] == "") - (len(cells) > 1 and cells[-1] == "")


@dataclass(frozen=True, slots=True)
class _Rest:
    """The kind of the rest of a line: text or code, and whether the line is a heading."""

    is_text: bool
    is_heading: bool = False


_CODE = _Rest(is_text=False)
_TEXT = _Rest(is_text=True)
_HEADING_TEXT = _Rest(is_text=True, is_heading=True)
