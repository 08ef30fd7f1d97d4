"""`history` and `forget`: the answers of the store, searched and deleted."""

from __future__ import annotations

import operator
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Self, SupportsIndex, overload

from ..bibliography.sources import Sources
from ..config.settings import no_store, settings
from ..core import checks, errors
from ..core.frames import frame
from ..core.state import AnswerState, Status
from ..store import store as stores
from ..store.row import Row, moment, safe, since
from ..store.search import ids
from ..widget.answer import Answer

if TYPE_CHECKING:
    import pandas as pd

_COLUMNS = {
    "asked": datetime,
    "question": str,
    "text": str,
    "status": str,
    "cost": float,
    "model": str,
    "sources": object,
}


@dataclass(frozen=True)
class Entry:
    """One answer of the store.

    Attributes
    ----------
    asked : datetime
        When it was asked.
    question, text : str
        The question and the answer's text.
    status : Status
        The final status.
    cost : float or None
        US dollars; None if unknown.
    model : str or None
        The model that answered.
    sources : Sources
        All sources, with at most 300 characters of each snippet.
    """

    asked: datetime
    question: str
    text: str
    status: Status
    cost: float | None
    model: str | None
    sources: Sources = field(repr=False)
    _id: int = field(repr=False, compare=False)
    _row: Row = field(repr=False, compare=False)

    @classmethod
    def of(cls, id_: int, row: Row) -> Entry:
        """Return the entry of a row."""
        sources = Sources(row.sources, None, row.asked)
        told = (row.asked, row.question, row.text, row.status, row.cost, row.model)
        return cls(*told, sources, id_, row)

    def answer(self) -> Answer:
        """Return the answer, to show or to export; this opens no connection.

        Its options are not in the store, so `Answer.retry` raises `InvalidRequest`.

        Raises
        ------
        PplxError
            Another program has changed the row, so that it cannot be read.
        """
        return Answer.from_record(self._row.record)

    @property
    def state(self) -> AnswerState:
        """The final state of the answer."""
        return self._row.state().as_asked()


class History(tuple[Entry, ...]):  # noqa: SLOT001 (it has an attribute)
    """Answers of the store, as returned by `history`: a tuple that is shown as a list.

    Attributes
    ----------
    total : int
        How many answers were found; more than its length, if ``limit`` was reached.
    """

    total: int

    def __new__(cls, entries: Iterable[Entry] = (), total: int | None = None) -> Self:  # noqa: D102
        made = super().__new__(cls, entries)
        made.total = len(made) if total is None else total
        return made

    @overload
    def __getitem__(self, index: SupportsIndex) -> Entry: ...

    @overload
    def __getitem__(self, index: slice) -> History: ...

    def __getitem__(self, index: SupportsIndex | slice) -> Entry | History:
        """Return one entry, or several as a history."""
        if isinstance(index, slice):
            return type(self)(super().__getitem__(index))
        return super().__getitem__(index)

    def to_frame(self) -> pd.DataFrame:
        """Return the answers as a pandas data frame, one row each.

        Returns
        -------
        pandas.DataFrame
            Columns ``asked, question, text, status, cost, model, sources``; ``cost`` in US dollars,
            ``sources`` a `Sources` for each answer.

        Raises
        ------
        PplxError
            pandas is not installed.
        """
        rows = [{name: getattr(each, name) for name in _COLUMNS} for each in self]
        return frame(({**row, "status": str(row["status"])} for row in rows), _COLUMNS)

    def __repr__(self) -> str:
        """Return the list as text."""
        return self._shown("text")

    def _repr_html_(self) -> str:
        return self._shown("html")

    def _repr_markdown_(self) -> str:
        return self._shown("markdown")

    def _shown(self, form: str) -> str:
        from ..document import listing  # noqa: PLC0415 (it imports the document room, which is slow)

        listed = [listing.Listed(each.question, each.state) for each in self]
        shown: str = getattr(listing, form)(listed, self.total)
        return shown


def history(
    words: str | None = None,
    /,
    *,
    limit: int = 100,
    store: str | os.PathLike[str] | None = None,
) -> History:
    """Search the answers of the store.

    Parameters
    ----------
    words : str, optional
        Words that the question, the answer or its sources contain, in any order; a word of three
        letters or more also finds longer words that begin with it. Case and accents do not count. By
        default all answers, the newest first.
    limit : int, optional
        The most answers to return.
    store : str or path, optional
        The store; by default that of `configure`.

    Returns
    -------
    History
        A tuple, the best matches first, with ``asked``, ``question``, ``text``, ``status``, ``cost``,
        ``model`` and ``sources`` of each answer, and ``answer()``. In a cell it is a list whose lines
        open the answers.

    Raises
    ------
    InvalidRequest
        No store is set, or the words or the limit are invalid.
    StoreFailed
        The store cannot be read.

    Examples
    --------
    >>> import pplx_widget as pplx
    >>> pplx.configure(store="answers.db")
    >>> answer = pplx.complete("Explain the CAP theorem with an example")
    >>> pplx.history("theorem")[0].question
    'Explain the CAP theorem with an example'
    """
    checks.text("words", words)
    checks.whole_number("limit", limit, 1)
    opened = _opened("history", store)
    found = opened.search(words, operator.index(limit))
    total = len(found) if len(found) < limit else opened.count(words)
    return History((Entry.of(*each) for each in found), total)


def forget(
    what: str | Answer | Entry | Iterable[Answer | Entry] | None = None,
    /,
    *,
    older_than: str | timedelta | None = None,
    everything: bool = False,
    store: str | os.PathLike[str] | None = None,
) -> int:
    """Delete answers from the store, so that no part of them is left in the file.

    Parameters
    ----------
    what : str, Answer, entry of `history`, or iterable of these, optional
        Words as for `history`, of which all matches are deleted; or the answers themselves.
    older_than : str or timedelta, optional
        Only answers that are older, such as ``"90 days"``.
    everything : bool, optional
        Whether to delete all answers, if neither of the others is given.
    store : str or path, optional
        The store; by default that of `configure`.

    Returns
    -------
    int
        How many answers were deleted.

    Raises
    ------
    InvalidRequest
        No store is set, or nothing says what to delete.
    StoreFailed
        The answers could not be deleted. If other programs have the file open, their text may be left
        until these end.

    Examples
    --------
    >>> import pplx_widget as pplx
    >>> pplx.configure(store="answers.db")
    >>> pplx.forget(older_than="90 days")
    0
    """
    checks.flag("everything", everything)
    if isinstance(what, str):
        checks.text("words", what)
    if everything == (what is not None or older_than is not None):
        raise errors.InvalidRequest(
            "forget() does not know what to delete."
            if not everything
            else "forget(everything=True) takes nothing else.",
            "",
            'Give words, answers or an age: `pplx.forget("regulation")`, '
            '`pplx.forget(older_than="90 days")`; or `pplx.forget(everything=True)`.',
        )
    opened = _opened("forget", store)
    before = since(checks.age("older_than", older_than)) if older_than is not None else None
    if older_than is not None and before is None:  # no answer is that old
        return 0
    limit, blanks = ("asked < ?", [moment(before)]) if before else ("1", [])
    if what is None:
        return opened.forget(limit, blanks)
    if isinstance(what, str):
        matching, words = ids(what)
        return opened.forget(f"id IN ({matching}) AND {limit}", [*words, *blanks])
    each = [what] if isinstance(what, Answer | Entry) else [*what]
    return sum(
        opened.forget(f"{where} AND {limit}", [*of, *blanks]) for where, of in map(_one, each)
    )


def _one(answer: Any) -> tuple[str, Sequence[Any]]:
    """Return the condition that finds an answer, with its values."""
    match answer:
        case Entry():
            return "id = ?", [answer._id]  # noqa: SLF001 (of this module)
        case Answer():
            # Not its key: an answer from a file does not have the options.
            asked = moment(answer.asked) if answer.asked else ""
            texts = safe(answer.question), safe(answer.text)
            return "asked = ? AND question = ? AND text = ?", [asked, *texts]
        case _:
            raise checks.invalid("what", answer, "words, an answer, or entries of `history`")


def _opened(function: str, path: str | os.PathLike[str] | None) -> stores.Store:
    if path is None and (path := settings().store) is None:
        raise no_store(f"{function}()")
    return stores.open_store(path)
