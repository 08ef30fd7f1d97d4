"""Text that grows by deltas: appending is O(1), and the text is always valid Unicode."""

from __future__ import annotations

from typing import Any

_JSON_SPACE = " \t\n\r\ufeff"


def clean(value: Any) -> str:
    r"""Return a wire value as text that can be encoded; ``""`` if it is not a string.

    JSON may contain a lone surrogate (``"\ud83d"``), which Python keeps but UTF-8 cannot encode: one
    such character in a title would break the comm. Pairs are joined; lone surrogates become U+FFFD.
    """
    if not isinstance(value, str):
        return ""
    try:
        value.encode()
    except UnicodeEncodeError:
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return value


def looks_like_json(text: str) -> bool | None:
    """Return whether a text begins like JSON; None if it is still blank.

    The page uses the same rule (``js/src/markdown/json.ts``).
    """
    sign = text.lstrip(_JSON_SPACE)[:1]
    return sign in "{[" if sign else None


def shortened(text: str, limit: int) -> str:
    """Return a text cut to at most ``limit`` characters; a cut text ends with an ellipsis."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def utf16_length(text: str) -> int:
    """Return the length of a text in UTF-16 code units, the units of JavaScript's strings."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2


class TextSoFar:
    """An immutable view of a growing text at one moment.

    Parameters
    ----------
    whole : GrowingText
        The growing text.
    parts : int
        The number of its parts at that moment.
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
        """Return the text from part ``mark`` up to, but not including, part ``until``."""
        return self._whole.since(mark, self.parts if until is None else min(until, self.parts))

    def __bool__(self) -> bool:
        return self.parts > 0

    def __str__(self) -> str:
        return self._whole.first(self.parts)


class GrowingText:
    """The accumulated text of an answer.

    Appending costs O(delta); `str` joins only the parts added since its last call. If a surrogate pair
    is split over two deltas, the first half waits for the second, and both are joined.
    """

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._half = ""
        # The first parts joined, and their number. One tuple, because any thread may read and join.
        self._joined = ("", 0)

    def append(self, delta: str) -> str:
        """Add a delta and return the text that can be shown now: all of it, except a split pair."""
        delta = self._half + delta
        self._half = ""
        if delta and "\ud800" <= delta[-1] <= "\udbff":
            self._half, delta = delta[-1], delta[:-1]
        if delta := clean(delta):
            self._parts.append(delta)
        return delta

    def finish(self) -> str:
        """End the text and return its rest: U+FFFD if half of a surrogate pair is left, else ``""``."""
        if not self._half:
            return ""
        self._half = ""
        self._parts.append("\ufffd")
        return "\ufffd"

    @property
    def parts(self) -> int:
        """The number of parts so far, which `since` takes as its mark."""
        return len(self._parts)

    def since(self, mark: int, until: int | None = None) -> str:
        """Return the text from part ``mark`` up to, but not including, part ``until``."""
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
