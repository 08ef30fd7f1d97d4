"""A batch from a notebook file: rows that have ended, and are not asked again."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ..core import errors
from ..core.errors import PplxError
from ..document.record import batch_from_record, stored_in
from ..question.request import Request
from ..runs.prepare import Prepared
from .engine import Engine
from .result import RowResult, from_file, from_store
from .tally import BatchStatus

if TYPE_CHECKING:
    from ..store import row as stored


class EndedRow(NamedTuple):
    """A row that has ended."""

    row: int
    question: str
    result: RowResult


def rows_of(record: Any, folders: Iterable[Path]) -> list[EndedRow]:
    """Return the rows of a batch: all, if its store is in one of the folders; else those of its record.

    Raises
    ------
    PplxError
        The value is not the record of a batch.
    """
    _, kept = batch_from_record(record)
    found = {each.row: EndedRow(each.row, each.question, from_file(each)) for each in kept}
    file, name = stored_in(record)
    for row, old in _stored(Path(file).name, name, folders).items() if file and name else ():
        found.setdefault(row, EndedRow(row, old.question, from_store(old)))
    return [found[row] for row in sorted(found)]


def _stored(file: str, name: str, folders: Iterable[Path]) -> dict[int, stored.Row]:
    from ..store import batches  # noqa: PLC0415 (loads SQLite)
    from ..store.store import open_store  # noqa: PLC0415

    for folder in folders:
        if (path := folder / file).is_file():
            with contextlib.suppress(PplxError):  # of another program, or damaged
                if rows := batches.rows(open_store(path), name):
                    return rows
    return {}


class Ended(Engine):
    """The rows of a batch from a file.

    Parameters
    ----------
    status : BatchStatus
        How the batch ended.
    rows : sequence of EndedRow
        The rows.
    """

    asks = False

    def __init__(self, status: BatchStatus, rows: Sequence[EndedRow]) -> None:
        super().__init__([row.question for row in rows], Prepared(Request(question="?")))
        for number in self._todo:
            self._end(number, rows[number].result)
        self._todo.clear()
        self.spent = sum(row.result.cost or 0.0 for row in rows)
        self.status = status
        self._settle()

    def retry_failed(self) -> None:
        """Refuse it, since the file does not contain the options of the questions."""
        lines = "error.from_file.what", "error.from_file.why", "error.from_file.try"
        raise errors.told(errors.InvalidRequest, *lines)
