"""Characters that nobody sees and that change how others read, shown by their names.

A text that is read in another order than it stands in deceives. `visible` mirrors
``js/src/markdown/visible.ts``; `printable` is for what leaves the page: files, pipes and terminals.
"""

from __future__ import annotations

import re

from . import tables
from .tables import DIRECTION_MARK, HIDDEN, HIDDEN_NAMES

LEFTWARD = re.compile(tables.LEFTWARD)
# The last of these are letters that only a machine reads.
_HIDDEN = re.compile(f"{HIDDEN}|[\U000e0020-\U000e007e]")
_MARK = re.compile(DIRECTION_MARK)
# A terminal obeys control characters: they move the cursor, clear the screen, write to the clipboard.
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_NOT_PRINTABLE = re.compile(f"{_HIDDEN.pattern}|{_CONTROLS.pattern}")
_RETURN = re.compile("\r\n?")  # a line end to HTML and Markdown
_PICTURES = 0x2400
_DELETE = 0x7F
# All that some program takes for the end of a line.
_LINE_ENDS = re.compile("[ \t]*[\n-\r\x1c-\x1e\x85\u2028\u2029][\\s\x1c-\x1e\x85]*")


def visible(text: str, *, code: bool = False) -> str:
    """Return a text with every such character shown; in code no mark belongs, whatever its script."""
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
    """Return a text that can be printed: as `visible` shows it, each control character as a sign.

    Of the control characters only tabs and line ends are left, which are those of Unix. Every text that
    is not ours passes through here before it is escaped for a format, never after.
    """
    if not _NOT_PRINTABLE.search(text):  # as nearly always
        return text
    return without_controls(visible(text, code=code))


def without_controls(text: str) -> str:
    """Return a text with every control character shown as a sign, but for tabs and line ends."""
    return _CONTROLS.sub(_picture, _RETURN.sub("\n", text))


def one_line(text: str) -> str:
    """Return a text on one line, which cannot pretend to be the line after it."""
    return _LINE_ENDS.sub(" ", text)


def _picture(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < ord(" "):
        return chr(_PICTURES + code)
    return "\u2421" if code == _DELETE else "\ufffd"
