"""Text that grows by deltas: O(1) a delta, whole when asked for, always valid Unicode."""

from __future__ import annotations

from typing import Any

_JSON_SPACE = " \t\n\r\ufeff"


def clean(value: Any) -> str:
    r"""Return a wire value as text that can be encoded; what is no string becomes ``""``.

    JSON may carry half of a surrogate pair (``"\ud83d"``), which Python keeps and UTF-8 refuses: one
    such character in a title would end the comm. Pairs are joined, halves become U+FFFD.
    """
    if not isinstance(value, str):
        return ""
    try:
        value.encode()
    except UnicodeEncodeError:
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return value


def looks_like_json(text: str) -> bool | None:
    """Return whether a text begins as JSON does; None while there is nothing to tell it by.

    The page decides the same (``js/src/markdown/json.ts``).
    """
    sign = text.lstrip(_JSON_SPACE)[:1]
    return sign in "{[" if sign else None


def shortened(text: str, limit: int) -> str:
    """Return a text of at most ``limit`` characters; the last is an ellipsis where it was longer."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def utf16_length(text: str) -> int:
    """Return the length of a text in UTF-16 code units, the units of JavaScript's strings."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2


class TextSoFar:
    """A growing text as it was at one moment; later pieces do not change it.

    Parameters
    ----------
    whole : GrowingText
        The text that goes on growing.
    parts : int
        How many of its parts there were.
    """

    __slots__ = ("_whole", "parts")

    def __init__(self, whole: GrowingText, parts: int) -> None:
        self._whole = whole
        self.parts = parts

    @property
    def whole(self) -> GrowingText:
        """The growing text: another one if the text so far was withdrawn."""
        return self._whole

    def since(self, mark: int, until: int | None = None) -> str:
        """Return the text that came after the first ``mark`` parts, and within the first ``until``."""
        return self._whole.since(mark, self.parts if until is None else min(until, self.parts))

    def __bool__(self) -> bool:
        return self.parts > 0

    def __str__(self) -> str:
        return self._whole.first(self.parts)


class GrowingText:
    """The accumulated text of an answer.

    Appending costs O(delta); `str` joins what has come since it was last asked for. A surrogate pair
    that was split over two deltas is put together again: the first half waits for the second.
    """

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._half = ""
        # The first parts joined, and their number: one value, since any thread may read and join.
        self._joined = ("", 0)

    def append(self, delta: str) -> str:
        """Add a delta and return what of it can be shown now (the same, but for split pairs)."""
        delta = self._half + delta
        self._half = ""
        if delta and "\ud800" <= delta[-1] <= "\udbff":
            self._half, delta = delta[-1], delta[:-1]
        if delta := clean(delta):
            self._parts.append(delta)
        return delta

    def finish(self) -> str:
        """End the text: a half that never got its other half becomes U+FFFD, which is returned."""
        if not self._half:
            return ""
        self._half = ""
        self._parts.append("\ufffd")
        return "\ufffd"

    @property
    def parts(self) -> int:
        """Number of parts so far: a mark for `since`."""
        return len(self._parts)

    def since(self, mark: int, until: int | None = None) -> str:
        """Return the text that came after the first ``mark`` parts, and within the first ``until``."""
        return "".join(self._parts[mark:until])

    def first(self, parts: int) -> str:
        """Return the text of the first ``parts`` parts."""
        joined, count = self._joined
        if parts < count:
            return "".join(self._parts[:parts])
        if parts > count:
            joined += "".join(self._parts[count:parts])
            self._joined = joined, parts
        return joined

    def __bool__(self) -> bool:
        return bool(self._parts)

    def __str__(self) -> str:
        return self.first(len(self._parts))
