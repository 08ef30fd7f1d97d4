"""The notebook's numbers in Markdown that is printed while it arrives.

A marker in the text names the service's id of a source; the notebook numbers the sources by their first
mention. Whether brackets are a marker is known only when their block ends (they may be in code), so the
text from the first bracket of a block on waits until then.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from markdown_it.token import Token

from ...markdown.parser import parse

_BRACKET = re.compile(r"[\[【]")
# Brackets that may be a marker, in any of its forms.
_CANDIDATE = re.compile(r"[\[【][^\[\]【】\n]{0,60}\d[^\[\]【】\n]{0,60}[\]】]")
_BLANK_LINE = re.compile(r"\n[ \t\r]*\n\Z")  # it ends a paragraph
_SHORT = 4000  # a block of fewer characters is parsed at each blank line
_SHARE = 8  # the part of a block that has to be new before it is parsed again
_FIRST_STAND_IN = 100_001  # a marker's number has at most six digits

Number = Callable[[int], int | None]


class Numbers:
    """Markdown that arrives in pieces, with other numbers in its markers.

    Parameters
    ----------
    number : callable
        Takes a source's id and returns its number, or None if the source is not known; then the marker
        stays.
    """

    def __init__(self, number: Number) -> None:
        self._number = number
        self._text = ""  # from the start of the current block
        self._printed = 0  # the length of its part that was returned already
        self._searched = 0  # the length of its part that ends in a complete line and was parsed

    def feed(self, text: str) -> str:
        """Take the next piece and return the text that can be printed now."""
        self._text += text
        return self._closed_blocks() + self._without_brackets()

    def end(self) -> str:
        """Return the rest of the text."""
        rest = self._numbered(self._text, len(self._text))
        self._text, self._printed, self._searched = "", 0, 0
        return rest

    def _without_brackets(self) -> str:
        bracket = _BRACKET.search(self._text, self._printed)
        end = bracket.start() if bracket else len(self._text)
        found, self._printed = self._text[self._printed : end], end
        return found

    def _closed_blocks(self) -> str:
        end = self._text.rfind("\n") + 1
        ends_block = _BLANK_LINE.search(self._text, 0, end) is not None
        # To parse a long block at each of its lines would take quadratic time.
        share = 0 if ends_block and end < _SHORT else end // _SHARE
        if end <= self._searched + share:
            return ""
        self._searched = end
        whole = self._text[:end]
        tokens = parse(whole)
        closed = _line(whole, _last(tokens))
        if ends_block:
            closed = end
        found = self._numbered(whole, closed) if closed > self._printed else ""
        # Only the last block at the top can still grow.
        start = min(_line(whole, _last(tokens, level=0)), self._printed)
        self._text = self._text[start:]
        self._printed -= start
        self._searched -= start
        return found

    def _numbered(self, text: str, end: int) -> str:
        """Return a text from the printed part up to ``end``, with numbers, and count it as printed."""
        start, pieces = self._printed, []
        found = [match for match in _CANDIDATE.finditer(text) if match.end() <= end]
        markers = _markers(text, found)
        for i, match in enumerate(found):
            if i not in markers or match.start() < start:
                continue
            pieces += [text[start : match.start()], self._marker(match[0])]
            start = match.end()
        self._printed = max(self._printed, end)
        return "".join([*pieces, text[start:end]])

    def _marker(self, written: str) -> str:
        numbers = [self._number(id_) for id_ in _ids(parse(f".{written}"))]
        if not numbers or None in numbers:
            return written
        return "".join(f"[{number}]" for number in numbers)


def _markers(text: str, candidates: list[re.Match[str]]) -> set[int]:
    """Return which candidates are markers, by parsing the text with a number of its own in each."""
    if not candidates:
        return set()
    pieces, at = [], 0
    for i, match in enumerate(candidates):
        pieces += [text[at : match.start()], f"[{_FIRST_STAND_IN + i}]"]
        at = match.end()
    return {id_ - _FIRST_STAND_IN for id_ in _ids(parse("".join([*pieces, text[at:]])))}


def _ids(tokens: list[Token]) -> Iterator[int]:
    for token in tokens:
        if token.type == "citation":
            yield from token.meta["ids"]
        yield from _ids(token.children or [])


def _last(tokens: list[Token], level: int | None = None) -> int:
    """Return the line at which the last block begins."""
    maps = [t.map for t in tokens if t.map and (level is None or t.level == level)]
    return max((begins for begins, _ in maps), default=0)


def _line(text: str, number: int) -> int:
    """Return the position of a line."""
    return sum(map(len, text.split("\n")[:number])) + number
