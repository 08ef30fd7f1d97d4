"""Images and files that go with a question: read before anything is sent, and known by their bytes."""

from __future__ import annotations

import base64
import binascii
import io
import os
import re
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

from ..core import checks as check
from ..core.errors import InvalidRequest

# Bytes of one image; documented in November 2026. A request as a whole may have less.
_LARGEST = 50_000_000

_IMAGES = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
}
_OFFICE = "application/vnd.openxmlformats-officedocument"
_FILES = {
    b"%PDF-": ("application/pdf", ".pdf"),
    b"{\\rtf": ("application/rtf", ".rtf"),
    b"\xd0\xcf\x11\xe0": ("application/msword", ".doc"),
}
# What a text is called, by the end of its name.
_TEXTS = {
    ".csv": "text/csv",
    ".html": "text/html",
    ".json": "application/json",
    ".md": "text/markdown",
}
_ALLOWED = "a path, the bytes themselves, or an address that begins with https://"


@dataclass(frozen=True, slots=True)
class Attachment:
    """An image or a file: its bytes, or where the service is to fetch it.

    Attributes
    ----------
    name : str
        The file's name without its folder; ``""`` for an address.
    media_type : str
        What it is, such as ``"image/png"``; ``""`` for an address.
    data : bytes or None
        None for an address.
    url : str or None
        None where the bytes are here.
    """

    name: str = ""
    media_type: str = ""
    data: bytes | None = field(default=None, repr=False)
    url: str | None = None

    @property
    def uri(self) -> str:
        """The address, or the bytes as a ``data:`` one."""
        if self.url is not None:
            return self.url
        return f"data:{self.media_type};base64,{base64.b64encode(self.data or b'').decode()}"

    @property
    def weight(self) -> int:
        """Bytes that it takes in a request."""
        return len(self.url) if self.url is not None else (len(self.data or b"") + 2) // 3 * 4


def images(values: Any) -> tuple[Attachment, ...]:
    """Read images.

    Parameters
    ----------
    values : iterable or one of them
        Paths, bytes, ``https://`` addresses or ``data:`` ones.

    Raises
    ------
    InvalidRequest
        One is missing, too large, or neither PNG, JPEG, WebP nor GIF.
    """
    return tuple(_image(value) for value in _several("images", values))


def files(values: Any) -> tuple[Attachment, ...]:
    """Read files.

    Parameters
    ----------
    values : iterable or one of them
        As for `images`.

    Raises
    ------
    InvalidRequest
        One is missing, too large, or of a kind that is not known to be read.
    """
    return tuple(_file(value) for value in _several("files", values))


def content(
    question: str, images: Iterable[Attachment], files: Iterable[Attachment]
) -> str | list[dict[str, Any]]:
    """Return what a user's turn says: text alone, or parts as the Agent API has them."""
    parts: list[dict[str, Any]] = [{"type": "input_image", "image_url": i.uri} for i in images]
    for file in files:
        if file.url is not None:
            parts.append({"type": "input_file", "file_url": file.url})
        else:
            parts.append({"type": "input_file", "filename": file.name, "file_data": file.uri})
    return [{"type": "input_text", "text": question}, *parts] if parts else question


def _several(name: str, values: Any) -> tuple[Any, ...]:
    if values is None:
        return ()
    if isinstance(values, str | bytes | bytearray | memoryview | os.PathLike):
        return (values,)
    if isinstance(values, Mapping) or not isinstance(values, Iterable):
        raise check.invalid(name, values, f"a list; each is {_ALLOWED}")
    return tuple(values)


def _image(value: Any) -> Attachment:
    if isinstance(value, Attachment):
        return value
    found = _read("image", value)
    if found.data is None:
        return found
    media_type = _image_type(found.data)
    if media_type is None:
        raise InvalidRequest(
            f"The image {found.name or 'in bytes'} cannot be sent.",
            "It is neither PNG, JPEG, WebP nor GIF; that is all that the service looks at.",
            "Convert it, or send a document by `files=[…]`.",
        )
    return Attachment(found.name, media_type, found.data)


def _image_type(data: bytes) -> str | None:
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for start, kind in _IMAGES.items() if data.startswith(start)), None)


def _file(value: Any) -> Attachment:
    if isinstance(value, Attachment):
        return value
    found = _read("file", value)
    if found.data is None:
        return found
    known = _file_type(found.data, Path(found.name).suffix.lower())
    if known is None:
        image = _image_type(found.data) is not None
        raise InvalidRequest(
            f"The file {found.name or 'in bytes'} cannot be sent.",
            "It is an image." if image else "It is neither a text, a PDF, an RTF nor a Word file.",
            "Send it by `images=[…]`." if image else "Convert it, or put what matters into words.",
        )
    media_type, suffix = known
    return Attachment(found.name or f"document{suffix}", media_type, found.data)


def _file_type(data: bytes, suffix: str) -> tuple[str, str] | None:
    for start, known in _FILES.items():
        if data.startswith(start):
            return known
    if data.startswith(b"PK\x03\x04"):
        return (f"{_OFFICE}.wordprocessingml.document", ".docx") if _is_word(data) else None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    if not data or "\0" in text:
        return None
    return _TEXTS.get(suffix, "text/plain"), ".txt"


def _is_word(data: bytes) -> bool:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return "word/document.xml" in archive.namelist()
    except (zipfile.BadZipFile, ValueError):
        return False


def _read(kind: str, value: Any) -> Attachment:
    """Return the bytes, or the address where the service is to fetch them itself."""
    if isinstance(value, bytes | bytearray | memoryview):
        return _sized(kind, "", bytes(value))
    if isinstance(value, str) and value.startswith("data:"):
        return _sized(kind, "", _in_data_address(kind, value))
    if isinstance(value, str) and re.match(r"[a-z][a-z0-9+.-]+://", value, re.IGNORECASE):
        if not value.lower().startswith("https://") or not urlsplit(value).hostname:
            raise InvalidRequest(
                f"The {kind} cannot be fetched from {value[:80]!r}.",
                "The service fetches it, and takes https addresses alone.",
                "Give its path or its bytes.",
            )
        return Attachment(url=value)
    if not isinstance(value, str | os.PathLike) or not str(value).strip():
        raise check.invalid(kind, value, _ALLOWED)
    return _on_disk(kind, Path(value).expanduser())


def _on_disk(kind: str, path: Path) -> Attachment:
    try:
        size = path.stat().st_size
        # Looked at first: nobody waits for gigabytes that are not sent.
        data = path.read_bytes() if size <= _LARGEST else b""
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else None
        raise InvalidRequest(
            f"The {kind} {path.name or path} cannot be read.",
            f"{reason or 'It cannot be opened'}.",
            "Check the path; a relative one counts from the folder that Python runs in.",
        ) from None
    return _sized(kind, path.name, data, size)


def _sized(kind: str, name: str, data: bytes, size: int | None = None) -> Attachment:
    size = len(data) if size is None else size
    if size > _LARGEST:
        raise InvalidRequest(
            f"The {kind} {name or 'in bytes'} is too large.",
            f"It has {size / 1e6:.0f} MB; the service takes {_LARGEST / 1e6:.0f}.",
            "Send a smaller one, or an address that the service can fetch.",
        )
    return Attachment(name, data=data)


def _in_data_address(kind: str, value: str) -> bytes:
    head, _, rest = value.partition(",")
    try:
        encoded = head.endswith(";base64")
        return base64.b64decode(rest, validate=True) if encoded else unquote_to_bytes(rest)
    except (ValueError, binascii.Error):
        raise InvalidRequest(
            f"The {kind} in a data: address cannot be read.",
            "What follows the comma is not base64.",
            "Give the bytes themselves.",
        ) from None
