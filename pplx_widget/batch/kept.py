"""The rows of a batch in a store: found again by the same call, and written before they are shown."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Iterable, Sequence

from ..core.state import AnswerState
from ..question.request import Request
from ..runs.keeping import Keeping
from ..store import batches
from ..store.key import request_key
from ..store.row import ANSWERED, Row, since
from ..store.store import open_store


class Kept:
    """The store of a batch.

    Parameters
    ----------
    keeping : Keeping
        The file, where the requests go, and how old an answer of the cache may be.
    request : Request
        One request, with the options of all.
    goes_on : bool
        Whether rows of earlier calls count, whatever their age.
    """

    def __init__(self, keeping: Keeping, request: Request, *, goes_on: bool) -> None:
        self.keeping = keeping
        self._request = request
        self.goes_on = goes_on
        self.store = open_store(keeping.path)
        self.name = uuid.uuid4().hex

    def found(self, questions: Sequence[str]) -> dict[str, Row]:
        """Return the answered rows of the store, by question.

        Raises
        ------
        StoreFailed
            The file cannot be read.
        """
        keys = {self.key(question): question for question in questions}
        rows: dict[str, Row] = {}
        if self.keeping.cache is not None:
            rows |= self.store.found(keys, since=since(self.keeping.cache))
        if self.goes_on:
            earlier = self.store.found(keys, batch=True)
            rows |= {key: row for key, row in earlier.items() if row.status in ANSWERED}
        return {keys[key]: row for key, row in rows.items()}

    def rows(self, questions: Iterable[str]) -> dict[str, Row]:
        """Return the newest row of each question, whatever its status.

        Raises
        ------
        StoreFailed
            The file cannot be read.
        """
        keys = {self.key(question): question for question in questions}
        rows = self.store.found(keys, batch=True)
        rows |= self.store.found(key for key in keys if key not in rows)  # of the cache
        return {keys[key]: row for key, row in rows.items()}

    def note(self, questions: Iterable[str]) -> tuple[str, str]:
        """Note the rows of the batch in the file; return the names of the file and of the batch.

        Raises
        ------
        StoreFailed
            The file cannot be written.
        """
        batches.note(self.store, self.name, [self.key(question) for question in questions])
        return self.store.path.name, self.name

    async def put(self, request: Request, state: AnswerState) -> None:
        """Write a finished row; return once it is committed.

        Raises
        ------
        StoreFailed
            The row is not in the file.
        """

        def row() -> Row:  # called on the store's thread
            key, server = request_key(request, self.keeping.place), self.keeping.place.server
            return Row.of(request, state, key=key, server=server, batch=self.name)

        await asyncio.wrap_future(self.store.add(row))

    def key(self, question: str) -> str:
        """Return the key of a question."""
        return request_key(self._request.asking(question), self.keeping.place)
