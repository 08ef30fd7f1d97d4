"""Find the citation markers in the inline text of one block, which grows.

A marker in code, a formula, an address, or the text of a link or an image is text. So a marker is found
only when no later text can make it a part of one of these. The rules are those of the parser
(``pplx_widget/markdown``), which reads whole texts.
"""

from __future__ import annotations

import re
import sys
from typing import Final

from .markers import MARKER, ids_of
from .tables import (
    DEEPEST,
    DEEPEST_BRACKETS,
    FORMULAS,
    HALF_MARKER,
    LETTER_OR_DIGIT,
    LIKE_MARKER,
    LONGEST_LINK_TEXT,
    MARKER_ID,
    MARKER_PREFIX,
    MARKER_SEPARATOR,
)

Ids = tuple[int, ...]

_MARKER = re.compile(MARKER)
# The start of a marker at the end of the text so far.
_HALF = re.compile(
    rf"[\[【\uff3b](?:{MARKER_PREFIX}{MARKER_ID}{MARKER_SEPARATOR})*{HALF_MARKER}[ †]?\Z"
    rf"|[\[【\uff3b][^\[\]【】\n]{{1,120}}†[^\]】\n]{{0,40}}\Z"
)
_SPECIAL = re.compile(r"[\\`$<\[【\uff3b]|!(?=\[|\Z)")
_IN_LABEL = re.compile(r"[\\`$<!\[\]]")
_TICKS = re.compile("`+")
# Each formula, text that may still become one, and the character that completes it.
_BODIES = (
    r"(?:[^$`\\]|\\[^`])",
    r"(?:[^$`\\]|\\[^`])",
    r"(?:[^`\\]|\\[^`()])",
    r"(?:[^`\\]|\\[^`\[\]])",
)
_FORMULAS = tuple(
    (
        re.compile(formula),
        re.compile(formula.partition(body)[0] + body + rf"{{0,2000}}(?:\\|{end})?\Z"),
        wanted,
    )
    for formula, body, end, wanted in zip(
        FORMULAS, _BODIES, (r"\$", r"\$.?", r"\\", r"\\"), "$$)]", strict=True
    )
)
_FEW = 40  # characters after a dollar decide whether a formula may begin
_LONGEST_FORMULA = 2010
_LETTER_OR_DIGIT = re.compile(LETTER_OR_DIGIT)
_MAIL = r"[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+"
_ADDRESS = re.compile(
    rf"<(?:[a-zA-Z][a-zA-Z0-9+.-]{{1,31}}:[^<>\x00-\x20]*|{_MAIL}@[a-zA-Z0-9.-]+)>"
)
_HALF_ADDRESS = re.compile(
    rf"<(?:[a-zA-Z][a-zA-Z0-9+.-]*(?::[^<>\x00-\x20]*)?|{_MAIL}(?:@[a-zA-Z0-9.-]*)?)?\Z"
)
_GAP = re.compile(r"[ \t\n]*")
_LINE_GAP = re.compile(r"[ \t]*\n?[ \t]*")
_LINE_END = re.compile(r"[ \t]*(?:\n|\Z)")
_LABEL = re.compile(r"\[((?:[^\[\]\\]|\\.){1,999})\]:", re.DOTALL)
_HALF_LABEL = re.compile(r"\[(?:[^\[\]\\]|\\.){0,999}(?:\\|\]:?)?\Z", re.DOTALL)
_LIKE_MARKER = re.compile(LIKE_MARKER)
_PLAIN_ADDRESS = re.compile(r"[^\x00-\x20\x7f\\()]+")
_CLOSES = {'"': '"', "'": "'", "(": ")"}
_DEEPEST_PARENTHESES = 32
_TOO_DEEP = sys.maxsize
LONGEST: Final = 10_000
"""Code, addresses and titles that do not end within so many characters are plain text."""


class _Undecided(Exception):
    """More text is needed: the character ``wanted`` (``""`` for any), or ``length`` characters."""

    def __init__(self, wanted: str = "", length: int = 0) -> None:
        self.wanted = wanted
        self.length = length


class Labels:
    """The labels of the link definitions so far, and the markers that a later one would change."""

    def __init__(self) -> None:
        self._known: set[str] = set()
        self._doubtful: list[tuple[str, Ids]] = []

    def define(self, label: str) -> None:
        """Add the label of a definition."""
        self._known.add(_normal(label))

    def __contains__(self, label: str) -> bool:
        return _normal(label) in self._known

    def doubt(self, label: str, ids: Ids) -> None:
        """Add a marker in brackets before ``[label]``: the text of a link if the label is defined."""
        self._doubtful.append((label, ids))

    def settle(self) -> list[Ids]:
        """Return these markers at the end of the text, without those in links."""
        return [ids for label, ids in self._doubtful if label not in self]


def _normal(label: str) -> str:
    return " ".join(label.split()).lower().upper()


class Inline:
    """The inline text of one block; only the undecided end of it is kept."""

    def __init__(self, labels: Labels, *, defines: bool = True, shown: bool = True) -> None:
        self._labels = labels
        self._defines = defines  # whether definitions may still begin the text
        self._shown = shown
        self.text = ""
        self._at = 0
        self._last = False
        self._wanted, self._length = "", 0
        self._level = 0
        self._memo: dict[int, int] = {}
        self._doubted = (0, "")  # the end of the brackets before `[label]`, and the label

    def feed(self, piece: str, found: list[Ids]) -> None:
        """Read the next piece."""
        if piece and piece[0] != "[" and not self.text:
            self._defines = False
        if self._at == len(self.text) and not self._defines and not _SPECIAL.search(piece):
            self.text = piece[-1:] or self.text
            self._at = len(self.text)
            return
        self.text += piece
        if self._wanted in piece or len(self.text) >= self._length:
            self._read(found)

    def end(self, found: list[Ids]) -> None:
        """End the block and decide its undecided rest."""
        self._last = True
        self._read(found)

    @property
    def is_defined(self) -> bool:
        """Whether the text consists of complete link definitions only."""
        if not self._defines:
            return False
        rest = Inline(Labels())
        rest.text, rest._last = self.text[self._at :], True
        while rest._take_definition():
            pass
        return rest._at >= len(rest.text)

    def _read(self, found: list[Ids]) -> None:
        self._wanted = ""
        try:
            while self._defines:
                self._defines = self._take_definition()
            while special := _SPECIAL.search(self.text, self._at):
                self._at = special.start()
                self._at = self._after(found)
            self._at = len(self.text)
        except _Undecided as undecided:
            self._wanted, self._length = undecided.wanted, undecided.length
        self._forget()

    def _forget(self) -> None:
        """Drop the decided text, except one character, at which the patterns look back."""
        if self._at > 1:
            gone = self._at - 1
            self.text, self._at = self.text[gone:], 1
            self._doubted = (self._doubted[0] - gone, self._doubted[1])
            self._length -= gone
            self._memo.clear()

    def _need(self, at: int, *, wanted: str = "", since: int | None = None) -> None:
        """Stop if the text is too short to decide about the character at ``at``."""
        start = self._at if since is None else since
        if at >= len(self.text) and not self._last and at - start < LONGEST:
            raise _Undecided(wanted, start + LONGEST)

    def _sign(self, at: int) -> str:
        self._need(at)
        return self.text[at : at + 1]

    # ---- elements: each method returns where the element ends ----

    def _after(self, found: list[Ids]) -> int:
        """Read the element at the current position, and return where the next one begins."""
        text, at = self.text, self._at
        if text[at] not in "[【\uff3b":
            return self._skipped(at)
        marker = _MARKER.match(text, at)
        if not marker:
            if not self._last and _HALF.match(text, at):
                raise _Undecided
        elif ids := ids_of(marker[0]):
            after = self._sign(marker.end())
            if after != "(" and not (after == ":" and self._starts_line(at)):
                if not self._shown:
                    pass
                elif at < self._doubted[0]:
                    self._labels.doubt(self._doubted[1], ids)
                else:
                    found.append(ids)
                return marker.end()
        return self._skipped(at)

    def _starts_line(self, at: int) -> bool:
        return at == 0 or self.text[at - 1] == "\n"

    def _skipped(self, at: int) -> int:
        """Return where the element at ``at`` ends; one character further if it is text."""
        if at in self._memo:
            return self._memo[at]
        if self._level >= DEEPEST:
            return _TOO_DEEP
        self._level += 1
        try:
            self._memo[at] = self._element(at)
        finally:
            self._level -= 1
        return self._memo[at]

    def _element(self, at: int) -> int:
        match self.text[at]:
            case "\\":
                self._need(at + 1)
                return self._formula(at) or min(at + 2, len(self.text))
            case "$":
                return self._formula(at) or at + 1
            case "`":
                return self._code(at)
            case "<":
                return self._address(at)
            case "[":
                return self._link(at) or at + 1
            case "!":
                image = self._sign(at + 1) == "["
                return (image and self._link(at + 1, image=True)) or at + 1
            case _:
                return at + 1

    def _formula(self, at: int) -> int:
        dollar = self.text[at] == "$"
        if dollar:
            self._need(at + 2, since=at)
        for whole, half, wanted in _FORMULAS[:2] if dollar else _FORMULAS[2:]:
            match = whole.match(self.text, at)
            if match and _LETTER_OR_DIGIT.search(match[0]):
                if wanted == "$":
                    self._need(match.end())
                return match.end()
            if not match and not self._last and half.match(self.text, at):
                few = len(self.text) - at < _FEW
                raise _Undecided("" if few else wanted, at + _LONGEST_FORMULA)
        return 0

    def _code(self, at: int) -> int:
        ticks = _TICKS.match(self.text, at)
        assert ticks  # noqa: S101 (for the type checker: the caller saw a backtick)
        self._need(ticks.end())
        for run in _TICKS.finditer(self.text, ticks.end(), at + LONGEST):
            if len(run[0]) == len(ticks[0]):
                self._need(run.end())
                return run.end()
        self._need(len(self.text), wanted="`", since=at)
        return ticks.end()

    def _address(self, at: int) -> int:
        if match := _ADDRESS.match(self.text, at):
            return match.end()
        if _HALF_ADDRESS.match(self.text, at):
            self._need(len(self.text), since=at)
        return at + 1

    def _link(self, at: int, *, image: bool = False) -> int:
        close = self._label_end(at, nested=image)
        if close < 0:
            return 0
        after = self._sign(close + 1)
        if after == "(" and (end := self._inline_end(close + 1)):
            return end
        end, label = close + 1, ""
        if after == "[" and (second := self._label_end(close + 1, nested=True)) >= 0:
            end, label = second + 1, self.text[close + 2 : second]
        if (label or self.text[at + 1 : close]) in self._labels:
            return end
        if label and at == self._at + image and not _LIKE_MARKER.fullmatch(label):
            self._doubted = (close, label)
        return 0

    def _label_end(self, start: int, *, nested: bool) -> int:
        """Return the position of the bracket that closes the one at ``start``, or -1."""
        limit = start + LONGEST_LINK_TEXT
        depth, at = 1, start + 1
        while depth <= DEEPEST_BRACKETS:
            special = _IN_LABEL.search(self.text, at, limit)
            if not special:
                if len(self.text) < limit and not self._last:
                    raise _Undecided("]", limit)
                break
            at = special.start()
            sign = self.text[at]
            if sign == "]":
                depth -= 1
                if depth == 0:
                    return at
            end = self._skipped(at)
            if end == _TOO_DEEP:
                break
            if sign == "[":
                if end == at + 1:
                    depth += 1
                elif not nested:
                    break
            at = end
        return -1

    def _inline_end(self, at: int) -> int:
        """Return the end of ``(address "title")``, or 0 if it is text."""
        if self.text.find(")", at) < 0:
            self._need(len(self.text), wanted=")", since=at)
        at = self._gap(at + 1)
        destination = self._destination(at)
        if destination:
            at = self._gap(destination)
            if at > destination and (title := self._title(at)):
                at = self._gap(title)
        return at + 1 if self._sign(at) == ")" else 0

    def _gap(self, at: int, pattern: re.Pattern[str] = _GAP) -> int:
        gap = pattern.match(self.text, at)
        end = gap.end() if gap else at
        self._need(end)
        return end

    def _destination(self, at: int) -> int:
        start = at
        if self._sign(at) == "<":
            at += 1
            while (sign := self._sign(at)) and sign not in "<>\n":
                at += 1 + (sign == "\\" and self._sign(at + 1) != "")
            return at + 1 if sign == ">" else 0
        if plain := _PLAIN_ADDRESS.match(self.text, at):
            at = plain.end()
        depth = 0
        while (sign := self._sign(at)) and sign > " " and sign != "\x7f":
            if sign == "\\" and (after := self._sign(at + 1)):
                if after == " ":
                    break
                at += 2
                continue
            depth += (sign == "(") - (sign == ")")
            if depth < 0:
                depth = 0
                break
            if depth > _DEEPEST_PARENTHESES:
                return 0
            at += 1
        return at if at > start and depth == 0 else 0

    def _title(self, at: int) -> int:
        close = _CLOSES.get(self._sign(at))
        if not close:
            return 0
        at += 1
        while (sign := self._sign(at)) and sign != close:
            if sign == "(" and close == ")":
                return 0
            at += 1 + (sign == "\\")
        return at + 1 if sign else 0

    # ---- link definitions, at the beginning of a paragraph ----

    def _take_definition(self) -> bool:
        """Skip a link definition; False if the text does not continue with one."""
        text, start = self.text, self._at
        if self._sign(start) != "[":
            return False
        match = _LABEL.match(text, start)
        if not match:
            if _HALF_LABEL.match(text, start):
                self._need(len(text), since=start)
            return False
        label = match[1]
        if label.startswith("^") or _LIKE_MARKER.fullmatch(label) or not label.strip():
            return False
        destination = self._destination(self._gap(match.end(), _LINE_GAP))
        if not destination:
            return False
        end = self._line_end(destination)
        at = self._gap(destination, _LINE_GAP)
        if at > destination and (title := self._title(at)) and (after := self._line_end(title)):
            end = after
        if end:
            self._labels.define(label)
            self._at = end
        return bool(end)

    def _line_end(self, at: int) -> int:
        """Return the start of the next line if only white space comes before it, else 0."""
        match = _LINE_END.match(self.text, at)
        if match and match.end() == len(self.text) and not self.text.endswith("\n"):
            self._need(match.end(), since=at)
        return match.end() if match else 0
