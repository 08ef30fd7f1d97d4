"""Images and files sent with a question: read and checked by their content before the request."""

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

# The service's limit in bytes for one image (documentation of November 2026). The limit for a whole
# request may be lower.
LARGEST = 50_000_000

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
# The media types of texts, by the suffix of their names.
_TEXTS = {
    ".csv": "text/csv",
    ".html": "text/html",
    ".json": "application/json",
    ".md": "text/markdown",
}
_ALLOWED = "a path, the bytes themselves, or an address that begins with https://"


@dataclass(frozen=True, slots=True)
class Attachment:
    """An image or a file: its bytes, or an address from which the service fetches it.

    Attributes
    ----------
    name : str
        The file's name without its folder; ``""`` for an address.
    media_type : str
        The media type, such as ``"image/png"``; ``""`` for an address.
    data : bytes or None
        The bytes; None for an address.
    url : str or None
        The address; None for bytes.
    """

    name: str = ""
    media_type: str = ""
    data: bytes | None = field(default=None, repr=False)
    url: str | None = None

    @property
    def uri(self) -> str:
        """The address, or a ``data:`` address with the bytes."""
        if self.url is not None:
            return self.url
        return f"data:{self.media_type};base64,{base64.b64encode(self.data or b'').decode()}"

    @property
    def weight(self) -> int:
        """The number of bytes that it takes in a request."""
        return len(self.url) if self.url is not None else (len(self.data or b"") + 2) // 3 * 4


def images(values: Any) -> tuple[Attachment, ...]:
    """Read images.

    Parameters
    ----------
    values : iterable or a single value
        Paths, bytes, ``https://`` addresses or ``data:`` addresses.

    Raises
    ------
    InvalidRequest
        An image is missing, too large, or not a PNG, JPEG, WebP or GIF.
    """
    return tuple(_image(value) for value in _several("images", values))


def files(values: Any) -> tuple[Attachment, ...]:
    """Read files.

    Parameters
    ----------
    values : iterable or a single value
        The same kinds of values as for `images`.

    Raises
    ------
    InvalidRequest
        A file is missing, too large, or of an unsupported type.
    """
    return tuple(_file(value) for value in _several("files", values))


def of_bytes(name: str, data: bytes) -> Attachment:
    """Return the image or the file with these bytes; its name need not be that of a file here.

    Raises
    ------
    InvalidRequest
        It is too large, or of an unsupported type.
    """
    read = _sized("file", name, data)
    if media_type := _image_type(data):
        return Attachment(name, media_type, data)
    return _known_file(read)


def content(
    question: str, images: Iterable[Attachment], files: Iterable[Attachment]
) -> str | list[dict[str, Any]]:
    """Return the content of a user's turn: a text or, with attachments, parts for the Agent API."""
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
            "The service accepts only PNG, JPEG, WebP and GIF images.",
            "Convert it, or pass a document as `files=[…]`.",
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
    return found if found.data is None else _known_file(found)


def _known_file(found: Attachment) -> Attachment:
    data = found.data or b""
    known = _file_type(data, Path(found.name).suffix.lower())
    if known is None:
        image = _image_type(data) is not None
        raise InvalidRequest(
            f"The file {found.name or 'in bytes'} cannot be sent.",
            "It is an image." if image else "It is not a text, PDF, RTF or Word file.",
            "Pass it as `images=[…]`."
            if image
            else "Convert it, or describe its content in the question.",
        )
    media_type, suffix = known
    return Attachment(found.name or f"document{suffix}", media_type, data)


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
    """Return an attachment with the bytes, or with the address from which the service fetches them."""
    if isinstance(value, bytes | bytearray | memoryview):
        return _sized(kind, "", bytes(value))
    if isinstance(value, str) and value.startswith("data:"):
        return _sized(kind, "", _in_data_address(kind, value))
    if isinstance(value, str) and re.match(r"[a-z][a-z0-9+.-]+://", value, re.IGNORECASE):
        if not value.lower().startswith("https://") or not urlsplit(value).hostname:
            raise InvalidRequest(
                f"The {kind} cannot be fetched from {value[:80]!r}.",
                "The service fetches it, and accepts only https addresses.",
                "Pass its path or its bytes.",
            )
        return Attachment(url=value)
    if not isinstance(value, str | os.PathLike) or not str(value).strip():
        raise check.invalid(kind, value, _ALLOWED)
    return _on_disk(kind, Path(value).expanduser())


def _on_disk(kind: str, path: Path) -> Attachment:
    try:
        size = path.stat().st_size
        # Check the size first, so that gigabytes that will not be sent are never read.
        data = path.read_bytes() if size <= LARGEST else b""
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else None
        raise InvalidRequest(
            f"The {kind} {path.name or path} cannot be read.",
            f"{reason or 'It cannot be opened'}.",
            "Check the path; a relative path starts at Python's working directory.",
        ) from None
    return _sized(kind, path.name, data, size)


def _sized(kind: str, name: str, data: bytes, size: int | None = None) -> Attachment:
    size = len(data) if size is None else size
    if size > LARGEST:
        raise InvalidRequest(
            f"The {kind} {name or 'in bytes'} is too large.",
            f"It has {size / 1e6:.0f} MB; the service accepts at most {LARGEST / 1e6:.0f} MB.",
            "Send a smaller one, or pass an address that the service can fetch.",
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
            "The data after the comma is not valid base64.",
            "Pass the bytes themselves.",
        ) from None
