"""The store: answers in one SQLite file, opened once in each process."""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import logging
import os
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from ..config.store_file import Identity, identity, in_use, store_path
from ..core import errors
from ..core.errors import StoreFailed
from ..core.runtime import runtime
from . import search
from .database import WORDS, connect, told, transaction
from .row import COLUMNS, Line, Row, line, moment, read, words
from .writer import Writer, over

log = logging.getLogger("pplx_widget")

_KEYS = 500  # of one query
_LAST_SECONDS = 5.0  # how long the interpreter's end waits for rows
_FORK_SECONDS = 10.0

_INSERT = f"INSERT INTO answers ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})"
_INDEX = "INSERT INTO words (rowid, question, text, sources) VALUES (?, ?, ?, ?)"
_SELECT = f"SELECT {', '.join(f'answers.{name}' for name in COLUMNS)} FROM answers"
_WITH_ID = _SELECT.replace("SELECT", "SELECT answers.id,", 1)


class Store:
    """Answers in one SQLite file; made by `open_store`.

    All methods work from any thread, in a forked child too. Reading and writing have a connection each,
    so that a search does not wait for a commit.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._begin()

    def _begin(self) -> None:
        self._writing = _Connection(self.path, self._renew)
        self._reading = _Connection(self.path, self._renew)
        self._writer = Writer(self._commit)

    # ---- rows ------------------------------------------------------------------------------------

    async def put(self, row: Row) -> None:
        """Write a row; return once it is committed.

        Raises
        ------
        StoreFailed
            The row is not in the file, for example because the disk is full.
        """
        await over(self.add(lambda: row))

    def add(self, make: Callable[[], Row]) -> Future[None]:
        """Write the row that ``make()`` returns; the future ends once it is committed."""
        return self._writer.add(lambda: line(make()))

    def writing(self) -> AbstractContextManager[sqlite3.Connection]:
        """Return the connection for writing, locked for a block."""
        return self._writing()

    def reading(self) -> AbstractContextManager[sqlite3.Connection]:
        """Return the connection for reading, locked for a block."""
        return self._reading()

    def _commit(self, lines: Sequence[Line]) -> None:
        for _ in range(2):  # once more if another program deleted the log meanwhile
            with self._writing() as connection, transaction(connection):
                for each in lines:
                    _insert(connection, each)
            if not self._writing.stale:
                break

    def _renew(self) -> None:
        """Close both connections if one of them has lost its file or log; both share the log."""
        if self._writing.stale or self._reading.stale:
            with self._writing.lock, self._reading.lock:
                if self._writing.stale or self._reading.stale:
                    self._writing.close()
                    self._reading.close()

    async def find(
        self, keys: Iterable[str], *, batch: bool = False, since: datetime | None = None
    ) -> dict[str, Row]:
        """Return the newest row of each key, read in another thread; see `found`."""
        return await asyncio.to_thread(self.found, [*keys], batch=batch, since=since)

    def found(
        self, keys: Iterable[str], *, batch: bool = False, since: datetime | None = None
    ) -> dict[str, Row]:
        """Return the newest row of each key that has one; a row that cannot be read is left out.

        Parameters
        ----------
        keys : iterable of str
            The keys of requests.
        batch : bool
            Whether to return rows of batches, with any status; otherwise complete answers of any
            origin.
        since : datetime, optional
            The earliest time of the question.

        Raises
        ------
        StoreFailed
            The file cannot be read.
        """
        which = "batch IS NOT NULL" if batch else "status = 'complete'"
        limits = [moment(since)] if since else []
        which += " AND asked >= ?" if since else ""
        rest = iter(dict.fromkeys(keys))
        rows: dict[str, Row] = {}
        while some := list(islice(rest, _KEYS)):
            query = (
                f"{_SELECT} WHERE id IN (SELECT max(id) FROM answers WHERE key IN "
                f"({', '.join('?' * len(some))}) AND {which} GROUP BY key)"
            )
            with self._reading() as connection:
                lines = connection.execute(query, (*some, *limits)).fetchall()
            for each in lines:
                try:
                    row = read(each)
                except StoreFailed as error:  # it costs its own answer, and not those of the others
                    log.warning("%s", error)
                else:
                    rows[row.key] = row
        return rows

    def search(self, typed: str | None = None, limit: int | None = None) -> list[tuple[int, Row]]:
        """Return the rows with all of these words, the best first; all rows, the newest first.

        Each row comes with its id.
        """
        query, blanks = search.ids(typed)
        rows: dict[int, Row] = {}
        with self._reading() as connection:
            found = connection.execute(
                f"{query} LIMIT ?", (*blanks, -1 if limit is None else limit)
            )
            rest = iter(order := [id_ for (id_,) in found])
            while some := list(islice(rest, _KEYS)):
                which = f"{_WITH_ID} WHERE id IN ({', '.join('?' * len(some))})"
                rows |= {id_: read(tuple(row)) for id_, *row in connection.execute(which, some)}
        return [(id_, rows[id_]) for id_ in order if id_ in rows]  # deleted meanwhile

    def count(self, typed: str | None = None) -> int:
        """Return the number of rows with all of these words."""
        query, blanks = search.ids(typed)
        with self._reading() as connection:
            (n,) = connection.execute(f"SELECT count(*) FROM ({query})", blanks).fetchone()
        return int(n)

    def forget(self, where: str, blanks: Sequence[Any]) -> int:
        """Delete rows for good: from the tables, the index, the free pages and the log.

        Parameters
        ----------
        where : str
            A condition of SQL on the table ``answers``.
        blanks : sequence
            The values of its parameters.

        Returns
        -------
        int
            The number of deleted rows.

        Raises
        ------
        StoreFailed
            The rows are still there, or another process keeps a copy in the log.
        """
        self._writer.flush()
        with self._writing() as connection:
            with transaction(connection):
                gone = connection.execute(f"DELETE FROM answers WHERE {where}", blanks).rowcount
                if gone:
                    _index_again(connection)
                    connection.execute(
                        "DELETE FROM batches WHERE key NOT IN (SELECT key FROM answers)"
                    )
            if gone:
                connection.execute("VACUUM")
            # Also if an earlier call could not do it.
            busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            if busy:
                lines = "error.forget.what", "error.forget.why", "error.forget.try"
                raise errors.told(StoreFailed, *lines, name=self.path.name)
        return gone

    def flush(self, timeout: float | None = None) -> None:
        """Wait until the rows so far are written."""
        self._writer.flush(timeout)

    def close(self) -> None:
        """Write the rest, and close the file; the next use opens it again."""
        self._writer.flush()
        self._writing.close()
        self._reading.close()

    async def _at_end(self) -> None:
        self._writer.flush(_LAST_SECONDS)


class _Connection:
    """A connection that one thread at a time uses, in a block.

    It is opened when it is first used, and again after ``renew()`` has closed it.
    """

    def __init__(self, path: Path, renew: Callable[[], None]) -> None:
        self.lock = threading.RLock()
        self._path, self._log = path, Path(f"{path}-wal")
        self._renew = renew
        self._open: sqlite3.Connection | None = None
        self._files: tuple[Identity | None, Identity | None] = None, None
        self._told = contextlib.ExitStack()

    @contextlib.contextmanager
    def __call__(self) -> Iterator[sqlite3.Connection]:
        """Lock the connection for a block; errors of the block become `StoreFailed`."""
        self._renew()
        with self.lock, told(self._path):
            if self._open is None:
                self._open = connect(store_path(self._path))
                self._files = self._now()
                in_use[self._files[0]] += 1
            yield self._open

    @property
    def stale(self) -> bool:
        """Whether the file or its log is gone, or another one has its place.

        A program that closes the file deletes the log if it takes itself for the last one. So it does
        after code of this process, such as DuckDB's, has opened and closed the file beside SQLite.
        """
        return self._open is not None and self._files != self._now()

    def _now(self) -> tuple[Identity | None, Identity | None]:
        return identity(self._path), identity(self._log)

    def close(self) -> None:
        with self.lock:
            if self._open is not None:
                self._open.close()
                in_use[self._files[0]] -= 1
            self._open = None


def _insert(connection: sqlite3.Connection, new: Line) -> None:
    id_ = connection.execute(_INSERT, new.values).lastrowid
    connection.executemany(
        "INSERT INTO sources VALUES (?, ?, ?, ?, ?, ?, ?)", ((id_, *s) for s in new.sources)
    )
    connection.execute(_INDEX, (id_, *new.words))
    if new.batch:
        connection.execute("DELETE FROM claims WHERE key = ? AND owner = ?", (new.key, new.batch))


def _index_again(connection: sqlite3.Connection) -> None:
    """Make the index again: it cannot delete words without a trace."""
    connection.execute("DROP TABLE words")
    connection.execute(WORDS)
    for id_, *found in connection.execute(_WITH_ID):
        connection.execute(_INDEX, (id_, *words(read(tuple(found)))))


# ---- one store for each file and process -------------------------------------------------------------

_stores: dict[Path, Store] = {}
_opening = threading.RLock()


def open_store(path: str | bytes | os.PathLike[str]) -> Store:
    """Return the store at a path, with its tables made.

    Parameters
    ----------
    path : str, bytes or path
        The path of the file. It is made if it does not exist, with the mode 0600.

    Returns
    -------
    Store
        The same object for each call with the same file.

    Raises
    ------
    InvalidRequest
        The value is not the path of a file.
    StoreFailed
        The file is damaged, of another program or a newer version, or cannot be written. It was not
        changed.
    """
    whole = path if isinstance(path, Path) and path in _stores else store_path(path)
    with _opening:
        if whole in _stores:
            return _stores[whole]
        store = Store(whole)
        with store._writing():  # noqa: SLF001 (opens the file)
            pass
        _stores[whole] = store
        runtime().at_end(store._at_end)  # noqa: SLF001 (after the last answers)
    return store


def _close() -> None:
    for store in _stores.values():
        store.flush(_LAST_SECONDS)


atexit.register(_close)

# ---- forks -------------------------------------------------------------------------------------------

_paused: list[threading.RLock] = []
_of_the_parent: list[Any] = []


def _locks() -> Iterator[Any]:
    yield _opening
    for store in _stores.values():
        yield from (store._writing.lock, store._reading.lock)  # noqa: SLF001 (of this module)


def _before_fork() -> None:
    """Wait until no thread is inside SQLite, whose own locks a child would inherit."""
    _paused.extend(lock for lock in _locks() if lock.acquire(timeout=_FORK_SECONDS))


def _after_fork() -> None:
    while _paused:
        _paused.pop().release()


def _after_fork_in_child() -> None:
    """Open each file again; the connections of the parent are never closed here."""
    _after_fork()
    for store in _stores.values():
        _of_the_parent.append((store._writing, store._reading, store._writer))  # noqa: SLF001
        store._begin()  # noqa: SLF001
        runtime().at_end(store._at_end)  # noqa: SLF001


if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_before_fork, after_in_parent=_after_fork, after_in_child=_after_fork_in_child
    )
