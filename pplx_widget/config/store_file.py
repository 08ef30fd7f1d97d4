"""The file of the store: its path, and what its first bytes say, before SQLite opens it."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from typing import Final, TypeAlias

from ..core import checks
from ..core.errors import StoreFailed, told

APPLICATION: Final = 0x70706C78
"""The application id in the header of a store: "pplx"."""

VERSION: Final = 2
"""The newest version of the tables."""

Identity: TypeAlias = tuple[int, int]
"""The device and the number of a file."""

in_use: Final[Counter[Identity | None]] = Counter()
"""The files, by `identity`, that SQLite has open in this process, with the number of connections.

No code may open such a file by itself. When it closed it, the system would end SQLite's locks (POSIX
locks belong to the process). Another program that closes the file would then take itself for the last
one and delete the log, and the rows that are written later would be lost.
"""

_MAGIC = b"SQLite format 3\x00"
_HEADER = 100  # bytes


def store_path(path: str | bytes | os.PathLike[str]) -> Path:
    """Return the absolute path of a store, if a store is there or can be made there.

    Parameters
    ----------
    path : str, bytes or path
        The path; ``~`` is the home folder. A relative path starts at the working directory of this
        moment.

    Returns
    -------
    Path
        The path without symbolic links.

    Raises
    ------
    InvalidRequest
        The value is not the path of a file.
    StoreFailed
        No store can be there: the file belongs to another program or a newer version, cannot be
        written, or is a folder. It was not changed.
    """
    try:
        # Of these, `os.path` raises the fewest errors.
        text = os.path.expanduser(os.fsdecode(path))  # noqa: PTH111
        whole = Path(os.path.realpath(text))
        whole.is_file()
    except (TypeError, ValueError):  # no path; a NUL or a lone surrogate
        text = ""
    if not text.strip() or text == ":memory:":
        raise checks.invalid("store", path, 'the path of a file, such as "answers.db"')
    try:
        _check(whole)
    except OSError as error:
        raise failed(whole, "other", message=error.strerror or str(error)) from None
    return whole


def identity(path: Path) -> Identity | None:
    """Return what tells a file from another one at the same path; None if there is none."""
    try:
        at = path.stat()
    except OSError:
        return None
    return at.st_dev, at.st_ino


def _check(path: Path) -> None:
    if path.is_dir():
        raise failed(path, "folder")
    if not path.parent.is_dir():
        raise failed(path, "no_folder")
    # SQLite writes a log beside the file. It would open a read-only file without an error.
    effective = os.access in os.supports_effective_ids
    for place in (path.parent, path):
        if place.exists() and not os.access(place, os.W_OK, effective_ids=effective):
            raise failed(path, "read_only")
    if (file_id := identity(path)) is not None and not in_use[file_id]:
        with path.open("rb") as file:
            header = file.read(_HEADER)
        if header and not header.startswith(_MAGIC):
            raise failed(path, "foreign")
        if 0 < len(header) < _HEADER:
            raise failed(path, "damaged", message="it is too short")
        check_version(path, _number(header, 68), _number(header, 60))


def check_version(path: Path, application: int, version: int) -> None:
    """Raise `StoreFailed` for a database of another program or a newer version."""
    # Another program's database may have no application id, as an empty one has none.
    if application not in (0, APPLICATION) or (version and not application):
        raise failed(path, "foreign")
    if version > VERSION:
        raise failed(path, "newer")


def _number(header: bytes, at: int) -> int:
    return int.from_bytes(header[at : at + 4], "big")


def failed(path: Path, reason: str, message: str = "") -> StoreFailed:
    """Return the error of a store for a reason: a key of `_LINES`."""
    # The name alone: a notebook is shared, so its errors must not show where files lie.
    return told(StoreFailed, "error.store.what", *_LINES[reason], name=path.name, message=message)


# The ids of the second and the third line, by reason.
_LINES: Final = {
    "folder": ("error.store.folder.why", "error.store.path.try"),
    "no_folder": ("error.store.no_folder.why", "error.store.path.try"),
    "foreign": ("error.store.foreign.why", "error.store.foreign.try"),
    "damaged": ("error.store.damaged.why", "error.store.damaged.try"),
    "newer": ("error.store.newer.why", "error.store.newer.try"),
    "read_only": ("error.store.read_only.why", "error.store.read_only.try"),
    "full": ("error.store.full.why", "error.store.full.try"),
    "busy": ("error.store.busy.why", "error.store.busy.try"),
    "other": ("error.store.other.why", "error.store.other.try"),
}
