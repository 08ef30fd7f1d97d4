r"""Find citation markers in the text while it arrives, and resolve them into citations.

A marker is ``[1]`` or ``[web:11]``; the number is a source's id. It is not a marker inside a code span
or code block, if it is escaped (``\[1]``), directly before ``(`` (the text of a link), or as ``[1]:``
at the start of a line (a link definition). A marker may be split over any number of deltas.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from .events import Source
from .tables import HALF_MARKER, MARKER_ID, MARKER_PREFIX

_MARKER = re.compile(rf"\[{MARKER_PREFIX}({MARKER_ID})\]")
# The start of a marker at the end of the text so far, which the next delta may complete.
_HALF = re.compile(rf"\[{HALF_MARKER}\Z")
_SPECIAL = re.compile(r"[\\`\[]")
_TICKS = re.compile(r"`+")
# The quote and list marks at the start of a line.
_CONTAINERS = re.compile(r"(?:[ \t]*(?:>|[-*+](?=[ \t])|\d{1,9}[.)](?=[ \t])))*[ \t]*")
_ITEM = re.compile(r"[-*+.)]")  # matches if these marks include a list mark
# The rest of a line that may still become another such mark, or a fence.
_UNDECIDED = re.compile(r"(?:[-*+]|\d{1,9}[.)]?|`{1,2}|~{1,2}|(?:```|~~~).{0,200})?\Z")
_FENCE = re.compile(r"(`{3,}(?=[^`]*\Z)|~{3,})(.*)\Z", re.DOTALL)
_CODE_INDENT = 4
# Backticks whose code span is not closed within so many characters are plain text.
_LONGEST_SPAN = 10_000
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


def resolve(mentions: Mapping[int, int], sources: Mapping[int, Source]) -> tuple[Citation, ...]:
    """Return the citations for mentions (id → count, in order of first mention).

    Mentions of unknown ids are left out: their markers stay text.
    """
    found = [(id_, count) for id_, count in mentions.items() if id_ in sources]
    return tuple(
        Citation(number, id_, sources[id_], count)
        for number, (id_, count) in enumerate(found, start=1)
    )


class MarkerScanner:
    """A scanner for markers in text that arrives in deltas.

    The start of a line decides its kind, and markers in code do not count. While a code span is open,
    the text after its backticks waits. If the paragraph ends before the code span closes, the backticks
    were plain text, and the waiting text is scanned for markers.
    """

    def __init__(self) -> None:
        self._line = ""  # the start of the current line, while its kind is undecided
        self._rest: _Rest | None = None  # the kind of the current line, once it is decided
        self._fence = ""  # the opening marks of the current code block
        self._fence_quoted = False  # whether that block is in a quote
        self._item = 0  # the column where the text of the current list item begins
        self._paragraph = _Paragraph()

    def feed(self, text: str) -> list[int]:
        """Read the next delta and return the ids of the markers that it completes, in order."""
        found: list[int] = []
        start = 0
        while (end := text.find("\n", start)) >= 0:
            self._take(text[start:end], found, ends=True)
            start = end + 1
        if start < len(text):
            self._take(text[start:], found, ends=False)
        return found

    def finish(self) -> list[int]:
        """End the text and return the ids of the remaining markers."""
        found: list[int] = []
        self._take("", found, ends=True)
        self._paragraph.end(found)
        return found

    def _take(self, piece: str, found: list[int], *, ends: bool) -> None:
        """Read a piece of a line; ``ends`` is True for the line's last piece."""
        if self._rest is None:
            line = self._line + piece
            self._line = ""
            self._rest = self._decide(line, found, ends=ends)
            if self._rest is None and not ends:
                self._line = line
        elif self._rest.is_text:
            self._paragraph.feed(piece, found)
        if ends:
            if self._rest is not None and self._rest.is_text:
                self._paragraph.feed("\n", found)
                if self._rest.stands_alone:
                    self._paragraph.end(found)
            self._rest = None

    def _decide(  # noqa: C901 (one rule per line)
        self, line: str, found: list[int], *, ends: bool
    ) -> _Rest | None:
        """Decide the kind of a line and read it; None if it is undecided or has no text to scan."""
        marks = _CONTAINERS.match(line)
        prefix = marks[0] if marks else ""
        body = line[len(prefix) :]
        fence = _FENCE.match(body.rstrip("\r"))
        columns = len(prefix.expandtabs(4))
        if self._fence and body.strip() and self._leaves_container(prefix, columns):
            self._fence = ""
        if self._fence:
            if ends and fence and fence[1].startswith(self._fence) and not fence[2].strip():
                self._fence = ""
            return None if len(line) <= _LONGEST_FENCE else _CODE
        if not body.strip():
            if ends:
                self._paragraph.end(found)
            return None if len(line) <= _LONGEST_MARKS else _TEXT
        if not ends and _UNDECIDED.match(body):
            return None
        item = bool(_ITEM.search(prefix))
        if (
            fence
            and ends
            and not (self._paragraph and columns >= self._item + _CODE_INDENT and not item)
        ):
            self._paragraph.end(found)
            self._fence = fence[1]
            self._fence_quoted = ">" in prefix
            self._item = columns if item else min(self._item, columns)
            return None
        if not self._paragraph and not item:
            if columns >= self._item + _CODE_INDENT and ">" not in prefix:
                return _CODE
            if columns < self._item:
                self._item = 0
        alone = body[0] in "#|"
        if item or alone:
            self._paragraph.end(found)
        if item:
            self._item = columns
        self._paragraph.feed(body, found)
        return _ALONE if alone else _TEXT

    def _leaves_container(self, prefix: str, columns: int) -> bool:
        """Return whether a line ends the quote or list item that contains the open code block."""
        if self._fence_quoted:
            return ">" not in prefix
        return columns < self._item


@dataclass(frozen=True, slots=True)
class _Rest:
    """The kind of the rest of a line: text or code, and whether the line ends its paragraph."""

    is_text: bool
    stands_alone: bool = False


_CODE = _Rest(is_text=False)
_TEXT = _Rest(is_text=True)
_ALONE = _Rest(is_text=True, stands_alone=True)  # a heading or a row of a table


class _Paragraph:
    """The inline text of one block; only the undecided rest of it is kept."""

    def __init__(self) -> None:
        self._reset()

    def _reset(self) -> None:
        self._text = ""
        self._line_start = True  # whether `_text` begins at the start of a line
        # If `_text` begins with a code span, its end is not within so many characters.
        self._searched = 0
        self._begun = False

    def __bool__(self) -> bool:
        return self._begun

    def feed(self, piece: str, found: list[int]) -> None:
        """Read the next piece."""
        self._begun = True
        self._text += piece
        self._read(found, last=len(self._text) > _LONGEST_SPAN)

    def end(self, found: list[int]) -> None:
        """End the block and decide its undecided rest."""
        self._read(found, last=True)
        self._reset()

    def _read(self, found: list[int], *, last: bool) -> None:
        text, at = self._text, 0
        while special := _SPECIAL.search(text, at):
            start = special.start()
            match text[start]:
                case "\\":
                    next_at = start + 2 if start + 1 < len(text) or last else None
                case "`":
                    next_at = self._code_span(text, start, last=last)
                case _:
                    next_at = self._bracket(text, start, found, last=last)
            if next_at is None:
                self._keep(text, start)
                return
            self._searched = 0
            at = next_at
        self._keep(text, len(text))

    def _keep(self, text: str, start: int) -> None:
        if start:
            self._line_start = text[start - 1] == "\n"
            self._text = text[start:]

    def _code_span(self, text: str, start: int, *, last: bool) -> int | None:
        """Return the position to continue from after backticks; None if more text is needed."""
        ticks = _TICKS.match(text, start)
        assert ticks  # noqa: S101 (for the type checker: the caller saw a backtick)
        if ticks.end() == len(text) and not last:
            return None
        search_from = max(ticks.end(), start + self._searched)
        for run in _TICKS.finditer(text, search_from):
            if run.end() == len(text) and not last:
                search_from = run.start()
                break
            if len(run[0]) == len(ticks[0]):
                return run.end()
            search_from = run.end()
        else:
            search_from = len(text)
        if last:
            return ticks.end()
        self._searched = search_from - start
        return None

    def _bracket(self, text: str, start: int, found: list[int], *, last: bool) -> int | None:
        """Return the position to continue from after ``[``; None if more text is needed."""
        marker = _MARKER.match(text, start)
        if not marker:
            return None if not last and _HALF.match(text, start) else start + 1
        if marker.end() == len(text) and not last:
            return None
        follower = text[marker.end() : marker.end() + 1]
        line_start = text[start - 1] == "\n" if start else self._line_start
        if follower != "(" and not (follower == ":" and line_start):
            found.append(int(marker[1]))
        return marker.end()
