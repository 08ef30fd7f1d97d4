"""Read JSON while it arrives: containers, keys, pieces of texts, and other values, as events.

Invalid JSON raises no error: what cannot be understood is a word or is ignored.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Kind = Literal["{", "[", "}", "]", "key", "piece", "text", "word"]

_SPACE = " \t\n\r\ufeff,:"
_BRACKETS = "{}[]"
_WORD = re.compile(r'[^\s,:{}\[\]"]+')
# Up to the closing quote, or to an escape that is not complete.
_TEXT = re.compile(r'[^"\\]*(?:\\(?:u[0-9a-fA-F]{4}|[^u])[^"\\]*)*', re.DOTALL)
_ESCAPE = 6  # characters of the longest escape
_FIRST_OF_PAIR = re.compile(r"(?<!\\)(\\*)(\\u[dD][89abAB][0-9a-fA-F]{2})\Z")


@dataclass(frozen=True, slots=True)
class JsonEvent:
    """A bracket, a key, a piece of a text, the end of a text, or another value (a word)."""

    kind: Kind
    text: str = ""


class JsonReader:
    """A reader of one JSON value that arrives in deltas; text after its end is ignored."""

    def __init__(self) -> None:
        self._rest = ""
        self._in_text = False
        self._key: str | None = None  # the key so far, while one arrives
        self._open: list[str] = []  # the brackets around the place
        self._wants_key = False
        self._over = False

    def feed(self, text: str) -> Iterator[JsonEvent]:
        """Read the next delta and yield the events that it completes."""
        self._rest += text
        while self._rest and not self._over:
            before = len(self._rest)
            yield from self._string() if self._in_text else self._next(ends=False)
            if len(self._rest) == before:
                return

    def end(self) -> Iterator[JsonEvent]:
        """End the text and yield its rest: an unclosed text, or a word."""
        if self._in_text and self._key is None and not self._over:
            yield from self._piece(self._rest)
        elif not self._in_text and not self._over:
            yield from self._next(ends=True)
        self._rest, self._over = "", True

    def _next(self, *, ends: bool) -> Iterator[JsonEvent]:
        rest = self._rest.lstrip(_SPACE)
        if "," in self._rest[: len(self._rest) - len(rest)]:
            self._wants_key = self._open[-1:] == ["{"]
        self._rest = rest
        if not rest:
            return
        sign = rest[0]
        if sign in _BRACKETS:
            self._rest = rest[1:]
            yield from self._bracket(sign)
        elif sign == '"':
            self._rest, self._in_text = rest[1:], True
            self._key = "" if self._wants_key else None
        elif (word := _WORD.match(rest)) and (ends or word.end() < len(rest)):
            self._rest = rest[word.end() :]
            yield JsonEvent("word", word[0])
            self._over = not self._open

    def _bracket(self, sign: str) -> Iterator[JsonEvent]:
        if sign in "{[":
            self._open.append(sign)
            self._wants_key = sign == "{"
            yield JsonEvent("{" if sign == "{" else "[")
            return
        opened = "{" if sign == "}" else "["
        if self._open[-1:] != [opened]:
            return
        self._open.pop()
        self._wants_key = False
        yield JsonEvent("}" if sign == "}" else "]")
        self._over = not self._open

    def _string(self) -> Iterator[JsonEvent]:
        match = _TEXT.match(self._rest)
        end = match.end() if match else 0
        closed = self._rest[end : end + 1] == '"'
        if not closed and len(self._rest) - end >= _ESCAPE:
            end += 1  # an invalid escape
        piece = self._rest[:end]
        if not closed and (half := _FIRST_OF_PAIR.search(piece)):
            end -= 0 if len(half[1]) % 2 else len(half[2])
            piece = self._rest[:end]
        self._rest = self._rest[end + closed :]
        if self._key is not None:
            self._key += piece
            if closed:
                key, self._key = _plain(self._key), None
                self._in_text = self._wants_key = False
                yield JsonEvent("key", key)
            return
        yield from self._piece(piece)
        if closed:
            self._in_text = False
            yield JsonEvent("text")
            self._over = not self._open

    def _piece(self, escaped: str) -> Iterator[JsonEvent]:
        if escaped:
            yield JsonEvent("piece", _plain(escaped))


def _plain(escaped: str) -> str:
    """Return a piece of a text without its escapes; a broken escape stays."""
    if "\\" not in escaped:
        return escaped
    try:
        text = str(json.loads(f'"{escaped}"', strict=False))
    except ValueError:
        return escaped
    # A lone surrogate cannot be encoded.
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
