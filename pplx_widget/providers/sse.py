"""A reader of server-sent events: takes bytes in any pieces, returns frames.

The `EventSource` of httpx2 is not used: it decodes by the header's charset, keeps a byte order mark,
holds back a frame that ends in CR until more bytes arrive, and refuses other content types.

The rules are those of the HTML standard, "9.2.6 Interpreting an event stream".
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from ..core import errors
from ._wire import KEEPALIVES

MOST_OF_A_FRAME: Final = 32 * 2**20
"""The size limit of a frame in bytes."""

_BOM = "\ufeff"

# The end of a line, and the empty line after it. If a chunk ends with CR and the next one begins with a
# line feed, that line feed is one more empty line of the next part.
_END = re.compile(rb"(?:\r\n|\n|\r(?!\n))(?:\r\n|\n|\r(?!\n))")

# A part with nothing but a type and one line of data.
_PLAIN = re.compile(r"(?:event: ([^\r\n]*)\n)?data: ([^\r\n]*)\n\n")


class Frame(NamedTuple):
    """One event of a stream.

    Attributes
    ----------
    event : str
        Its type; ``"message"`` if the frame names none.
    data : str
        Its data lines, joined by line feeds.
    id : str or None
        The last id in the stream up to this frame.
    retry : int or None
        The last reconnection time in the stream up to this frame, in milliseconds.
    """

    event: str
    data: str
    id: str | None
    retry: int | None

    @property
    def says_nothing(self) -> bool:
        """Whether the frame only keeps the connection open: a ping, or blank data."""
        return self.event in KEEPALIVES or not self.data or self.data.isspace()


class FrameReader:
    """Reads a stream piece by piece.

    A frame is returned as soon as the empty line that ends it has arrived. Invalid UTF-8 becomes
    U+FFFD without an error. Bytes after the last empty line are dropped, as the standard says.
    """

    def __init__(self) -> None:
        self._pieces: list[bytes] = []  # of an incomplete part
        self._size = 0
        self._tail = b""  # its last bytes, which may begin the end of the part
        self._begun = False
        self._id: str | None = None
        self._retry: int | None = None

    @property
    def rest(self) -> bytes:
        """The bytes of the incomplete part."""
        return b"".join(self._pieces)

    def feed(self, data: bytes) -> list[Frame]:
        """Take the next bytes; return the frames that they complete.

        Raises
        ------
        ProviderFailed
            A frame is larger than `MOST_OF_A_FRAME`.
        """
        return [frame for _, frame in self.parts(data) if frame]

    def parts(self, data: bytes) -> list[tuple[bytes, Frame | None]]:
        """Take the next bytes; return the parts that they complete, each with its frame.

        A part ends with an empty line. The parts and `rest` together are the whole stream. A part
        without data, such as a comment, has no frame.

        Raises
        ------
        ProviderFailed
            As for `feed`.
        """
        return [(part, self._frame(part)) for part in self._split(data)]

    def _split(self, data: bytes) -> list[bytes]:
        if not self._pieces and b"\r" not in data:  # by far the most
            if 0 <= data.find(b"\n\n") == len(data) - 2 <= MOST_OF_A_FRAME:  # one whole part
                self._tail = b""
                return [data]
            *whole, rest = data.split(b"\n\n")
            parts = [part + b"\n\n" for part in whole]
            self._tail = rest[-3:]
        else:
            parts, at, before = [], 0, len(self._tail)
            for end in _END.finditer(self._tail + data):
                stop = end.end() - before
                parts.append(b"".join((*self._pieces, data[at:stop])))
                self._pieces.clear()
                at = stop
            rest = data[at:]
            self._tail = (self._tail + data)[-3:] if at == 0 else rest[-3:]
        self._size = len(rest) + (0 if parts else self._size)
        if rest:
            self._pieces.append(rest)
        if max(self._size, *map(len, parts), 0) > MOST_OF_A_FRAME:
            raise errors.oversized("error.oversized.frame", MOST_OF_A_FRAME // 2**20)
        return parts

    def _frame(self, part: bytes) -> Frame | None:
        text = part.decode("utf-8", "replace")
        if not self._begun:
            self._begun = True
            text = text.removeprefix(_BOM)
        if plain := _PLAIN.fullmatch(text):  # by far the most
            return Frame(plain[1] or "message", plain[2], self._id, self._retry)
        if "\r" in text:
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        event, data = "", []
        for line in text.split("\n"):
            name, _, value = line.partition(":")
            value = value.removeprefix(" ")
            match name:
                case "event":
                    event = value
                case "data":
                    data.append(value)
                case "error":  # not in the standard: llama.cpp
                    event = "error"
                    data.append(value)
                case "id" if "\0" not in value:
                    self._id = value
                # `int` also accepts non-ASCII digits, and refuses very long numbers.
                case "retry" if value.isascii() and value.isdigit() and len(value) < 16:  # noqa: PLR2004
                    self._retry = int(value)
                case _:  # a comment and an empty line have no name; other fields are ignored
                    pass
        if not data:
            return None
        return Frame(event or "message", "\n".join(data), self._id, self._retry)
