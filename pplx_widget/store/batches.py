"""The order of the rows of a batch, so that a notebook that names the batch finds them again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from .database import transaction

if TYPE_CHECKING:
    from .row import Row
    from .store import Store


def note(store: Store, name: str, keys: Sequence[str]) -> None:
    """Write the key of each row of a batch.

    Raises
    ------
    StoreFailed
        The store cannot be written.
    """
    with store.writing() as connection, transaction(connection):
        connection.executemany(
            "INSERT OR REPLACE INTO batches VALUES (?, ?, ?)",
            ((name, row, key) for row, key in enumerate(keys)),
        )


def rows(store: Store, name: str) -> dict[int, Row]:
    """Return the rows of a batch that the store still has, by number.

    Raises
    ------
    StoreFailed
        The store cannot be read.
    """
    with store.reading() as connection:
        found = connection.execute("SELECT row, key FROM batches WHERE name = ?", (name,))
        keys: dict[int, str] = dict(found.fetchall())
    kept = store.found(keys.values(), batch=True)
    kept |= store.found(key for key in keys.values() if key not in kept)  # of the cache
    return {row: kept[key] for row, key in sorted(keys.items()) if key in kept}
