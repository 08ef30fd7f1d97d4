"""Show invisible bidirectional control characters by name.

Such characters reorder a text on the screen and can deceive readers. `visible` mirrors
``js/src/markdown/visible.ts``; `printable` is for other outputs: files, pipes and terminals.
"""

from __future__ import annotations

import re

from . import tables
from .tables import DIRECTION_MARK, HIDDEN, HIDDEN_NAMES

LEFTWARD = re.compile(tables.LEFTWARD)
# The range at the end holds tag characters: invisible letters that only machines read.
_HIDDEN = re.compile(f"{HIDDEN}|[\U000e0020-\U000e007e]")
_MARK = re.compile(DIRECTION_MARK)
# Control characters, with which a text could move a terminal's cursor or write to the clipboard.
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_NOT_PRINTABLE = re.compile(f"{_HIDDEN.pattern}|{_CONTROLS.pattern}")
_RETURN = re.compile("\r\n?")  # a line end to HTML and Markdown
_PICTURES = 0x2400
_DELETE = 0x7F
# Every character that some program reads as the end of a line, and white space around it.
_LINE_ENDS = re.compile("[ \t]*[\n-\r\x1c-\x1e\x85\u2028\u2029][\\s\x1c-\x1e\x85]*")


def visible(text: str, *, code: bool = False) -> str:
    """Return a text with these characters shown by name.

    Direction marks stay in prose that has a right-to-left script; in code they are always shown.
    """
    if not _HIDDEN.search(text):
        return text
    allowed = not code and LEFTWARD.search(text)

    def shown(match: re.Match[str]) -> str:
        char = match[0]
        if allowed and _MARK.match(char):
            return char
        name = HIDDEN_NAMES.get(char)
        return f"⟨{name}⟩" if name else chr(ord(char) - 0xE0000)

    return _HIDDEN.sub(shown, text)


def printable(text: str, *, code: bool = False) -> str:
    """Return a text that is safe to print: `visible`, and with control characters as symbols.

    Only tabs and line ends remain, and line ends become those of Unix. Call this for every text from
    outside before you escape it for a format, never after.
    """
    if not _NOT_PRINTABLE.search(text):  # nearly always
        return text
    return without_controls(visible(text, code=code))


def without_controls(text: str) -> str:
    """Return a text with every control character as a visible symbol, except tabs and line ends."""
    return _CONTROLS.sub(_picture, _RETURN.sub("\n", text))


def one_line(text: str) -> str:
    """Return a text on one line, so that it cannot fake further lines of output."""
    return _LINE_ENDS.sub(" ", text)


def _picture(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < ord(" "):
        return chr(_PICTURES + code)
    return "\u2421" if code == _DELETE else "\ufffd"
