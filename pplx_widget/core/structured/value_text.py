"""A text of a structured answer as inline Markdown that shows it as it is, with its citation markers.

Markup in it is text, because a value is data: ``2*3*4`` has no emphasis. Addresses are links.
"""

from __future__ import annotations

import re

from ..markers import MARKER, ids_of

_LINE_END = "\r\n|[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]"
_CODE = re.compile(r"`[^`\n]+`")
_PIECE = re.compile(
    rf"(?P<code>{_CODE.pattern})|(?P<address>https?://[^\s<>\"\\`\[\]]+)|(?P<marker>{MARKER}(?!\())"
    rf"|(?P<line>{_LINE_END})|(?P<sign>[\\`*_\[\]【\uff3b<>&$~|^])"
)
# The end of a text that the next piece may make an address, a marker, code, or one line end.
_HELD = re.compile(
    r"(?:https?://[^\s<>\"\\`\[\]]{0,2000}|h(?:t(?:t(?:p(?:s?(?::/?)?)?)?)?)?"
    r"|[\[【\uff3b][^\[\]【】\uff3b\uff3d\n]{0,120}[\]】\uff3d]?|`[^`\n]{0,200}|\r)\Z"
)
_AFTER_ADDRESS = "?!.,:;*_~'\")"
_BREAK = "<br>"


class ValueText:
    """One text, which arrives in pieces.

    Parameters
    ----------
    starts_line : bool
        Whether it begins a line of the Markdown, so that its first character could be a mark.
    """

    def __init__(self, *, starts_line: bool = False) -> None:
        self._starts_line = starts_line
        self._held = ""
        self.ids: set[int] = set()
        """The ids of its markers so far."""

    def feed(self, text: str, *, ends: bool = False) -> str:
        """Read the next piece and return the Markdown that can be shown now."""
        text = self._held + text
        self._held = ""
        # A closing backtick does not open code.
        whole = _CODE.sub(lambda code: "x" * len(code[0]), text)
        if not ends and (held := _HELD.search(whole)):
            text, self._held = text[: held.start()], text[held.start() :]
        if self._starts_line:
            text = text.lstrip()
            if text:
                self._starts_line = False
                first, rest = text[0], text[1:]
                if first not in "[【\uff3b" and not first.isalpha():
                    return reference(first) + self._shown(rest)
        return self._shown(text)

    def _shown(self, text: str) -> str:
        return _PIECE.sub(self._piece, text)

    def _piece(self, match: re.Match[str]) -> str:
        found = match[0]
        match match.lastgroup:
            case "marker" if ids := ids_of(found):
                self.ids.update(ids)
                return found
            case "address":
                address = found.rstrip(_AFTER_ADDRESS)
                return f"<{address}>{plain(found[len(address) :])}"
            case "line":
                return _BREAK
            case _:
                return plain(found)


def plain(text: str) -> str:
    """Return Markdown that shows a text on one line, without links and markers."""
    return re.sub(r"[\\`*_\[\]【\uff3b<>&$~|^:@]", lambda sign: reference(sign[0]), text)


def reference(sign: str) -> str:
    """Return a character reference: unlike a backslash, it never starts a formula."""
    return f"&#{ord(sign)};"
