"""Images and files that were pasted or dropped on the page, which sends them in pieces.

A Jupyter server closes a connection whose message has more than 10 MB.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath
from typing import Any

from ...core.errors import InvalidRequest
from ...core.text import clean, shortened
from ...question.attachments import LARGEST, Attachment, of_bytes

MOST = 10
"""The number of files that the page may send for one question."""

_LONGEST_NAME = 100


class Uploads:
    """The files that the page has sent, by its numbers, until a question takes them."""

    def __init__(self) -> None:
        self._files: dict[int, tuple[str, bytearray]] = {}

    def add(self, content: Any, buffers: Sequence[Any]) -> None:
        """Add a piece of a file; ignore one that is too much.

        Parameters
        ----------
        content : object
            The message of the page, which may be anything: ``file`` is the number of the file,
            ``name`` its name.
        buffers : sequence of bytes-like
            The bytes of the piece.
        """
        match content:
            case {"file": int(number), "name": str(name)}:
                pass
            case _:
                return
        if number not in self._files and len(self._files) >= MOST:
            del self._files[next(iter(self._files))]  # of a page that was closed, say
        data = self._files.setdefault(number, (_name(name), bytearray()))[1]
        for piece in buffers:
            if len(data) <= LARGEST:  # one byte too many is refused when the file is taken
                data += bytes(piece)[: LARGEST + 1 - len(data)]

    def drop(self, number: Any) -> None:
        """Forget a file that the user has removed."""
        if isinstance(number, int):
            self._files.pop(number, None)

    def take(self, numbers: Any) -> dict[str, list[Attachment]]:
        """Return the files with these numbers as the options ``images`` and ``files``.

        Raises
        ------
        InvalidRequest
            A file is missing, too large, or of an unsupported type. All files stay.
        """
        wanted = numbers if isinstance(numbers, Iterable) else ()
        found: dict[str, list[Attachment]] = {}
        taken = []
        for number in wanted:
            if not isinstance(number, int) or number not in self._files:
                raise InvalidRequest("A file did not arrive.", "", "Add it again.")
            name, data = self._files[number]
            attachment = of_bytes(name, bytes(data))
            kind = "images" if attachment.media_type.startswith("image/") else "files"
            found.setdefault(kind, []).append(attachment)
            taken.append(number)
        for number in taken:
            self._files.pop(number, None)
        return found


def _name(name: str) -> str:
    """Return a file's name without its folder."""
    last = PurePosixPath(clean(name).replace("\\", "/")).name
    return shortened(last, _LONGEST_NAME)
