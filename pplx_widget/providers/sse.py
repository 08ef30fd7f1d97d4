"""Server-sent events: bytes in any pieces in, frames out; knows neither HTTP nor JSON.

Written here, though httpx2 has an `EventSource`: that one decodes by the header's charset, keeps a
byte order mark, holds back a frame that ends in CR until more comes, and refuses another content type.

The rules are the HTML standard's, "9.2.6 Interpreting an event stream".
"""

from __future__ import annotations

import codecs
import re
from typing import NamedTuple

_BOM = "\ufeff"


class Frame(NamedTuple):
    """One event of a stream.

    Attributes
    ----------
    event : str
        Its type; ``"message"`` where the stream names none.
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


class FrameReader:
    """Reads a stream piece by piece.

    A frame is given as soon as the line that ends it is there. Invalid UTF-8 becomes U+FFFD, never an
    error. What stands after the last empty line is no frame: it is dropped, as the standard says.
    """

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._begun = False
        self._after_cr = False  # a line feed that comes next belongs to a line that is over
        self._line: list[str] = []  # pieces of a line that is not over
        self._event = ""
        self._data: list[str] = []
        self._id: str | None = None
        self._retry: int | None = None

    def feed(self, data: bytes) -> list[Frame]:
        """Take the next bytes in; return the frames that they complete."""
        text = self._decoder.decode(data)
        if not text:
            return []
        if not self._begun:
            self._begun = True
            text = text.removeprefix(_BOM)
        if self._after_cr and text:
            self._after_cr = False
            text = text.removeprefix("\n")
        if "\r" in text:
            self._after_cr = text.endswith("\r")
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        *lines, rest = text.split("\n")
        if lines and self._line:
            self._line.append(lines[0])
            lines[0] = "".join(self._line)
            self._line.clear()
        if rest:
            self._line.append(rest)
        return self._frames(lines) if lines else []

    def _frames(self, lines: list[str]) -> list[Frame]:
        frames = []
        for line in lines:
            if line.startswith("data: "):  # by far the most
                self._data.append(line[6:])
            elif line:
                self._field(line)
            else:
                if self._data:
                    data = "\n".join(self._data)
                    frames.append(Frame(self._event or "message", data, self._id, self._retry))
                    self._data.clear()
                self._event = ""
        return frames

    def _field(self, line: str) -> None:
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        match name:
            case "event":
                self._event = value
            case "data":
                self._data.append(value)
            case "id" if "\0" not in value:
                self._id = value
            # Python would also read other digits than ASCII's, and refuses thousands of them.
            case "retry" if value.isascii() and value.isdigit() and len(value) < 16:  # noqa: PLR2004
                self._retry = int(value)
            case _:  # a comment has no name; other fields are ignored
                pass


class FrameSplitter:
    """Parts a stream's bytes after each empty line; joined again the parts are the stream.

    Each part completes at most one frame, so a reader that is fed part by part tells which bytes a
    frame is made of.
    """

    # A line feed that comes after a CR at the end belongs to the next part, as for the reader.
    _END = re.compile(rb"(?:\r\n|\n|\r(?!\n))(?:\r\n|\n|\r(?!\n))")

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._tail = b""  # the last bytes of the pieces, with which an end may begin

    @property
    def rest(self) -> bytes:
        """What is not complete."""
        return b"".join(self._pieces)

    def feed(self, data: bytes) -> list[bytes]:
        """Take the next bytes in; return the parts that they complete."""
        if not self._pieces and b"\r" not in data:  # by far the most
            *whole, rest = data.split(b"\n\n")
            if rest:
                self._pieces.append(rest)
            self._tail = rest[-3:]
            return [part + b"\n\n" for part in whole]
        parts, at, before = [], 0, len(self._tail)
        for end in self._END.finditer(self._tail + data):
            stop = end.end() - before
            parts.append(b"".join((*self._pieces, data[at:stop])))
            self._pieces.clear()
            at = stop
        if rest := data[at:]:
            self._pieces.append(rest)
        self._tail = (self._tail + data)[-3:] if at == 0 else rest[-3:]
        return parts
