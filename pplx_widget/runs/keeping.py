"""What the store does for one run: it answers in place of the service, and keeps the answer."""

from __future__ import annotations

import contextlib
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from ..core.errors import PplxError, unforeseen
from ..core.state import AnswerState
from ..core.words import say
from ..question.request import Request
from ..store.key import Place, place_of, request_key
from ..store.row import Row, since
from ..store.store import open_store

__all__ = ["Keeping", "place_of"]


@dataclass(frozen=True)
class Keeping:
    """The store of one run.

    Attributes
    ----------
    path : Path
        The file.
    place : Place
        Where the request goes.
    cache : timedelta or None
        How old an answer of the store may be; None if the service is to answer.
    """

    path: Path
    place: Place
    cache: timedelta | None = None

    def __post_init__(self) -> None:
        with contextlib.suppress(PplxError):  # the answer will say it
            open_store(
                self.path
            )  # here and not on the background thread, since the file is checked

    def found(self, request: Request) -> tuple[AnswerState | None, str | None]:
        """Return the final state of an answer in the store; None if there is none.

        Also returns a notice, if the store cannot be read and users do not know yet.
        """
        if self.cache is None or not self.place.exact:
            return None, None
        try:
            key = request_key(request, self.place)
            row = open_store(self.path).found([key], since=since(self.cache)).get(key)
            return (row.state() if row else None), None
        except PplxError as error:
            return None, self._news("notice.not_looked_up", error)

    def keep(self, request: Request, state: AnswerState) -> Future[None]:
        """Write a finished answer; the future ends once it is in the file, or cannot be."""

        def row() -> Row:
            key = request_key(request, self.place)
            return Row.of(request, state, key=key, server=self.place.server)

        try:
            return open_store(self.path).add(row)
        except PplxError as error:
            refused: Future[None] = Future()
            refused.set_exception(error)
            return refused

    def notice(self, written: Future[None]) -> str | None:
        """Return a notice if an answer was not written and users do not know why yet."""
        error = written.exception()
        if error is None:
            _told.pop(self.path, None)
            return None
        told = error if isinstance(error, PplxError) else unforeseen(error)
        return self._news("notice.not_kept", told)

    def _news(self, notice: str, error: PplxError) -> str | None:
        if _told.get(self.path) == str(error):
            return None
        _told[self.path] = str(error)
        return say(notice, why=str(error))


# The newest error of each store that users were told of.
_told: dict[Path, str] = {}
