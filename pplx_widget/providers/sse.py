"""Server-sent events: bytes in any pieces in, frames out; knows neither HTTP nor JSON.

Written here, though httpx2 has an `EventSource`: that one decodes by the header's charset, keeps a
byte order mark, holds back a frame that ends in CR until more comes, and refuses another content type.

The rules are the HTML standard's, "9.2.6 Interpreting an event stream".
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from ..core import errors
from ._wire import KEEPALIVES

MOST_OF_A_FRAME: Final = 32 * 2**20
"""Bytes that one frame may take, and so one line."""

_BOM = "\ufeff"

# The end of a line, and the empty line after it. A line feed that comes only later, after a CR at the
# end, belongs to the next part, where it is one more empty line.
_END = re.compile(rb"(?:\r\n|\n|\r(?!\n))(?:\r\n|\n|\r(?!\n))")


class Frame(NamedTuple):
    """One event of a stream.

    Attributes
    ----------
    event : str
        Its type; ``"message"`` if the stream names none.
    data : str
        Its data lines, joined by line feeds.
    id : str or None
        The last id that the stream has named, in this frame or before it.
    retry : int or None
        The last reconnection time that the stream has named, in milliseconds.
    """

    event: str
    data: str
    id: str | None
    retry: int | None

    @property
    def says_nothing(self) -> bool:
        """Whether it only keeps the connection open: a ping, or data without a character."""
        return self.event in KEEPALIVES or not self.data or self.data.isspace()


class FrameReader:
    """Reads a stream piece by piece.

    A frame is given as soon as the line that ends it is there. Invalid UTF-8 becomes U+FFFD, never an
    error. The bytes after the last empty line are no frame and are dropped, as the standard says.
    """

    def __init__(self) -> None:
        self._pieces: list[bytes] = []  # of a part that is not complete
        self._size = 0
        self._tail = b""  # their last bytes, with which an end may begin
        self._begun = False
        self._id: str | None = None
        self._retry: int | None = None

    @property
    def rest(self) -> bytes:
        """The bytes that are not complete."""
        return b"".join(self._pieces)

    def feed(self, data: bytes) -> list[Frame]:
        """Take the next bytes in; return the frames that they complete.

        Raises
        ------
        ProviderFailed
            A frame is larger than `MOST_OF_A_FRAME`.
        """
        return [frame for _, frame in self.parts(data) if frame]

    def parts(self, data: bytes) -> list[tuple[bytes, Frame | None]]:
        """Take the next bytes in; return the parts that they complete, each with its frame.

        A part ends with an empty line. Joined again, the parts and `rest` are the stream. One that
        has no data, such as a comment, has no frame.

        Raises
        ------
        ProviderFailed
            As for `feed`.
        """
        return [(part, self._frame(part)) for part in self._split(data)]

    def _split(self, data: bytes) -> list[bytes]:
        if not self._pieces and b"\r" not in data:  # by far the most
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
        if "\r" in text:
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        event, data = "", []
        for line in text.split("\n"):
            if line.startswith("data: "):  # by far the most
                data.append(line[6:])
                continue
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
                # Python would also read other digits than ASCII's, and refuses thousands of them.
                case "retry" if value.isascii() and value.isdigit() and len(value) < 16:  # noqa: PLR2004
                    self._retry = int(value)
                case _:  # a comment and an empty line have no name; other fields are ignored
                    pass
        if not data:
            return None
        return Frame(event or "message", "\n".join(data), self._id, self._retry)
