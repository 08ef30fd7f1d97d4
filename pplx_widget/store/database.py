"""The SQLite file of a store: opening, tables, versions, and errors in words."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from ..config.store_file import APPLICATION, VERSION, check_version, failed
from ..core.errors import StoreFailed

_WAIT = 30.0  # seconds for another process that writes
_CHECKED = 2**28  # bytes of the largest file that is checked when it is opened: about 0.2 s

WORDS: Final = """
CREATE VIRTUAL TABLE words USING fts5 (
    question, text, sources, content = '', tokenize = 'unicode61 remove_diacritics 2'
)
"""
"""The index of the words. Its rows have the ids of `answers`, and it keeps no text."""

_TABLES = f"""
CREATE TABLE answers (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL,
    batch TEXT,
    asked TEXT NOT NULL,
    question TEXT NOT NULL,
    text TEXT NOT NULL,
    status TEXT NOT NULL,
    error TEXT,
    model TEXT,
    effort TEXT,
    server TEXT NOT NULL,
    cost REAL,
    input_tokens INTEGER,
    output_tokens INTEGER,
    seconds REAL,
    record TEXT NOT NULL
);
CREATE INDEX answers_key ON answers (key);
CREATE TABLE sources (
    answer INTEGER NOT NULL REFERENCES answers (id) ON DELETE CASCADE,
    id INTEGER NOT NULL,
    title TEXT NOT NULL,
    url TEXT NOT NULL,
    site TEXT NOT NULL,
    date TEXT,
    last_updated TEXT,
    PRIMARY KEY (answer, id)
) WITHOUT ROWID;
{WORDS};
"""

# The rows that a batch asks now, and the batches that ask; see `claims`.
_CLAIMS = """
CREATE TABLE claims (key TEXT PRIMARY KEY, owner TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX claims_owner ON claims (owner);
CREATE TABLE owners (
    owner TEXT PRIMARY KEY,
    machine TEXT NOT NULL,
    pid INTEGER NOT NULL,
    until REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE batches (
    name TEXT NOT NULL,
    row INTEGER NOT NULL,
    key TEXT NOT NULL,
    PRIMARY KEY (name, row)
) WITHOUT ROWID;
"""

MIGRATIONS: list[str] = [_TABLES, _CLAIMS]
"""The statements that lead from each version of the tables to the next one, starting at none."""


def connect(path: Path) -> sqlite3.Connection:
    """Open a store, and make or update its tables.

    Parameters
    ----------
    path : Path
        A path that `store_path` has checked.

    Returns
    -------
    sqlite3.Connection
        A connection without implicit transactions, for any thread; the caller locks it.

    Raises
    ------
    StoreFailed
        The file is damaged, of another program or a newer version, or cannot be written.
    """
    with told(path):
        _make_private(path)
        connection = sqlite3.connect(
            path, timeout=_WAIT, isolation_level=None, check_same_thread=False
        )
        try:
            _prepare(connection, path)
        except BaseException:
            connection.close()
            raise
        return connection


def _make_private(path: Path) -> None:
    """Make the file, and give an empty one the mode 0600; SQLite's log gets the same mode."""
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    if path.stat().st_size == 0:
        path.chmod(0o600)


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    check_version(path, _number(connection, "application_id"), _version(connection))
    if not _version(connection) and _number(connection, "schema_version"):
        raise failed(path, "foreign")  # it has tables
    names = "SELECT count(*) FROM sqlite_master WHERE name IN ('answers', 'sources', 'words')"
    if _version(connection) and connection.execute(names).fetchone() != (3,):
        raise failed(path, "damaged", message="a table is missing")
    if path.stat().st_size <= _CHECKED:
        (said,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        if said != "ok":
            raise failed(path, "damaged", message=said)
    # A file system without shared memory takes no write-ahead log. What SQLite uses then is safe only
    # if it waits for the disk.
    mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
    connection.execute(f"PRAGMA synchronous = {'NORMAL' if mode == 'wal' else 'FULL'}")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA secure_delete = ON")
    if _version(connection) < VERSION:
        with transaction(connection):
            # Another process may have done it meanwhile.
            for number in range(_version(connection), VERSION):
                for statement in MIGRATIONS[number].split(";\n"):
                    connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {APPLICATION}")
            connection.execute(f"PRAGMA user_version = {VERSION}")


def _version(connection: sqlite3.Connection) -> int:
    return _number(connection, "user_version")


def _number(connection: sqlite3.Connection, name: str) -> int:
    value: int = connection.execute(f"PRAGMA {name}").fetchone()[0]
    return value


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Commit what the block writes, or none of it."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # SQLite ends some failed transactions by itself
            connection.execute("ROLLBACK")
        raise


@contextlib.contextmanager
def told(path: Path) -> Iterator[None]:
    """Raise SQLite's errors and the system's as `StoreFailed`."""
    try:
        yield
    except StoreFailed:
        raise
    except (sqlite3.Error, OSError, OverflowError) as error:
        raise _failed(path, error) from None


def _failed(path: Path, error: Exception) -> StoreFailed:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the rest are details
    reason = _REASONS.get(code, "other")
    return failed(path, reason, message=getattr(error, "strerror", None) or str(error))


_REASONS = {
    sqlite3.SQLITE_CORRUPT: "damaged",
    sqlite3.SQLITE_NOTADB: "damaged",
    sqlite3.SQLITE_READONLY: "read_only",
    sqlite3.SQLITE_CANTOPEN: "read_only",
    sqlite3.SQLITE_PERM: "read_only",
    sqlite3.SQLITE_FULL: "full",
    sqlite3.SQLITE_BUSY: "busy",
    sqlite3.SQLITE_LOCKED: "busy",
}
