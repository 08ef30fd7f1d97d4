"""Claims on rows that are being asked, so that two processes with one store ask each row once."""

from __future__ import annotations

import os
import socket
import sqlite3
import time
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from .database import transaction
from .row import ANSWERED

if TYPE_CHECKING:
    from .store import Store

LEASE: Final = 30.0
"""Seconds for which claims count after a renewal, unless their process is seen to have ended."""


class Claims:
    """The claims of one batch; the methods wait for the disk.

    Parameters
    ----------
    store : Store
        The store.
    owner : str
        The name of the batch. A row that it writes ends its claim on that row.
    """

    def __init__(self, store: Store, owner: str) -> None:
        self._store = store
        self._owner = owner

    def take(self, keys: Sequence[str]) -> tuple[set[str], set[str]]:
        """Claim the keys that have no answer and that no other batch has claimed.

        Parameters
        ----------
        keys : sequence of str
            At most 500.

        Returns
        -------
        taken, held : set of str
            The keys that are claimed now, and those of other batches. The rest has an answer.

        Raises
        ------
        StoreFailed
            The store cannot be read or written; nothing is claimed.
        """
        with self._store.reading() as connection:
            held = self._held(connection, keys)
        free = [key for key in keys if key not in held]
        if not free:
            return set(), held
        with self._store.writing() as connection, transaction(connection):
            gone = _gone(connection)
            _delete(connection, gone)
            held |= self._held(connection, free)
            answered = _answered(connection, free)
            taken = {key for key in free if key not in held and key not in answered}
            self._renew(connection)
            connection.executemany(
                "INSERT OR REPLACE INTO claims VALUES (?, ?)", ((key, self._owner) for key in taken)
            )
        return taken, held

    def renew(self) -> None:
        """Let the claims count for another `LEASE`.

        Raises
        ------
        StoreFailed
            The store cannot be written.
        """
        with self._store.writing() as connection, transaction(connection):
            self._renew(connection)

    def release(self) -> None:
        """End all claims of the batch.

        Raises
        ------
        StoreFailed
            The store cannot be written; the claims end with the lease or the process.
        """
        with self._store.writing() as connection, transaction(connection):
            _delete(connection, [self._owner])

    def _renew(self, connection: sqlite3.Connection) -> None:
        connection.execute(
            "INSERT OR REPLACE INTO owners VALUES (?, ?, ?, ?)",
            (self._owner, _machine(), os.getpid(), time.time() + LEASE),
        )

    def _held(self, connection: sqlite3.Connection, keys: Sequence[str]) -> set[str]:
        gone = {self._owner, *_gone(connection)}
        found = connection.execute(
            f"SELECT key, owner FROM claims WHERE key IN ({_blanks(keys)})", keys
        )
        return {key for key, owner in found if owner not in gone}


def _answered(connection: sqlite3.Connection, keys: Sequence[str]) -> set[str]:
    newest = (
        f"SELECT max(id) FROM answers WHERE key IN ({_blanks(keys)}) AND batch IS NOT NULL "
        "GROUP BY key"
    )
    found = connection.execute(
        f"SELECT key FROM answers WHERE id IN ({newest}) AND status IN ({_blanks(ANSWERED)})",
        (*keys, *ANSWERED),
    )
    return {key for (key,) in found}


def _gone(connection: sqlite3.Connection) -> list[str]:
    """Return the owners whose lease is over, or whose process of this machine has ended."""
    now, here = time.time(), _machine()
    return [
        owner
        for owner, machine, pid, until in connection.execute(
            "SELECT owner, machine, pid, until FROM owners"
        )
        if until < now or (machine == here and not _lives(pid))
    ]


def _delete(connection: sqlite3.Connection, owners: Iterable[str]) -> None:
    names = [(owner,) for owner in owners]
    connection.executemany("DELETE FROM claims WHERE owner = ?", names)
    connection.executemany("DELETE FROM owners WHERE owner = ?", names)


def _blanks(values: Sequence[str]) -> str:
    return ", ".join("?" * len(values))


def _lives(pid: int) -> bool:
    """Return whether a process may be running."""
    if os.name != "posix":  # elsewhere a signal of 0 is one
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):  # it is another user's
        pass
    return True


@cache
def _machine() -> str:
    """Return a name of the machine in this session: where it is equal, so is the meaning of a pid."""
    parts = [socket.gethostname()]
    for path, read in (
        ("/proc/sys/kernel/random/boot_id", lambda p: p.read_text("ascii").strip()),
        ("/proc/self/ns/pid", lambda p: str(p.stat().st_ino)),
    ):
        try:
            parts.append(read(Path(path)))
        except OSError:  # not Linux
            continue
    return " ".join(parts)
