"""A batch from a notebook file: rows that have ended, and are not asked again."""

from __future__ import annotations

from collections.abc import Sequence

from ..core import errors
from ..document.record import SavedRow
from ..question.request import Request
from ..runs.prepare import Prepared
from .engine import Engine
from .result import from_file
from .tally import BatchStatus


class Ended(Engine):
    """The rows of a batch that its document holds.

    Parameters
    ----------
    status : BatchStatus
        How the batch ended.
    rows : sequence of SavedRow
        The rows.
    """

    asks = False

    def __init__(self, status: BatchStatus, rows: Sequence[SavedRow]) -> None:
        super().__init__([row.question for row in rows], Prepared(Request(question="?")))
        for number in self._todo:
            self._end(number, from_file(rows[number]))
        self._todo.clear()
        self.spent = sum(row.cost or 0.0 for row in rows)
        self.status = status
        self._settle()

    def retry_failed(self) -> None:
        """Refuse it, since the file does not contain the options of the questions."""
        lines = "error.from_file.what", "error.from_file.why", "error.from_file.try"
        raise errors.told(errors.InvalidRequest, *lines)
