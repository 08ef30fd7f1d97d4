"""One view of a table: the rows that it shows, in its order, and what its page already knows.

The page has only the rows in sight, so it cannot sort, filter or search: the kernel does it over all
rows. A message has only the changes since the one before. Messages are numbered; if the page misses
one, it says so and receives all again.
"""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ...core.text import shortened
from ...document.text import beginning
from ...document.wording import money
from .rows import STATES, UNDONE, Rows

Json = dict[str, Any]

_QUESTION = 90  # characters of a question in a row
_TEXT = 130  # characters of a text in a row
_ADDED = 80  # characters that are added to a text at once; of more, the end is sent in its place
_TEXTS = 40  # texts that grow in a second
_MOST = 200  # rows that one view may ask for

_SPACE = re.compile(r"\s+")

_REORDER = 1.0  # seconds between two orders of rows that change
_SHARE = 20  # and at most one part in this many of the time
_TOTALS = 0.25  # seconds between two totals

SORTS = ("row", "state", "question", "sources", "cost")


@dataclass(slots=True)
class Query:
    """Which rows a view shows, and in which order."""

    filter: str = ""
    """A state, or empty for all rows."""

    sort: str = "row"
    """One of `SORTS`."""

    descending: bool = False

    search: str = ""
    """A text that the question or the answer contains, in any case."""

    @classmethod
    def of(cls, content: Json) -> Query:
        """Return the query of a page; wrong values are ignored."""
        filter_, sort, search = (content.get(name) for name in ("filter", "sort", "search"))
        return cls(
            filter_ if filter_ in STATES else "",
            sort if sort in SORTS else "row",
            content.get("descending") is True,
            " ".join(search.casefold().split()) if isinstance(search, str) else "",
        )

    @property
    def plain(self) -> bool:
        """Whether it shows all rows as they were given."""
        return self == Query()


@dataclass(slots=True)
class _Known:
    """What the page knows of a row: its state, and the length of its text."""

    state: str
    length: int


class Window:
    """The rows that one view shows.

    Parameters
    ----------
    rows : Rows
        All rows.
    name : str
        The name that the page gave to the view.
    """

    def __init__(self, rows: Rows, name: str = "") -> None:
        self.name = name
        self.seq = 0
        self.heard = 0.0
        self._rows = rows
        self._query = Query()
        self._order: Sequence[int] = range(len(rows))
        self._found: bytearray | None = None  # for each row, whether the search finds it
        self._from, self._to = 0, 0
        self._ids: list[int] | None = None  # the rows that the page knows to be in sight
        self._known: dict[int, _Known] = {}
        # Another thread adds to these sets at any time, so a row is removed before it is read.
        self._sight: frozenset[int] = frozenset()
        self._dirty: set[int] = set()  # in sight, perhaps changed
        self._moved: set[int] = set()  # changed since the newest order
        self._stale = True  # whether the totals have perhaps changed
        self._next_order = self._next_totals = self._next_texts = 0.0
        self._totals: Json | None = None

    def touch(self, row: int) -> None:
        """Note a change of a row, or of the whole (-1); works from any thread, at any time."""
        self._stale = True
        if row in self._sight:
            self._dirty.add(row)
        if row >= 0 and not self._query.plain:
            self._moved.add(row)

    @property
    def waits(self) -> bool:
        """Whether a change waits for its time."""
        return bool(self._stale or self._dirty or self._moved)

    def look(self, from_: int, to: int, query: Query, now: float) -> None:
        """Show other rows."""
        self._from, self._to = max(0, from_), max(0, min(to, from_ + _MOST))
        if query != self._query:
            if query.search != self._query.search:
                self._found = None
            self._query = query
            self._arrange(now)

    def forget(self) -> None:
        """Send all again, since the page has missed a message."""
        self._ids, self._totals = None, None
        self._known.clear()
        self._next_totals = 0.0

    def message(
        self, now: float, totals: Callable[[], Json], *, asked: bool = False
    ) -> Json | None:
        """Return the news for the page; None if there are none, unless it has asked."""
        if self._moved and now >= self._next_order:
            self._arrange(now)
        content: Json = {}
        ids = [*self._order[self._from : self._to]]
        if ids != self._ids:
            self._ids, self._sight = ids, frozenset(ids)
            self._dirty.clear()
            content |= {"from": self._from, "count": len(self._order), "ids": ids}
            self._known = {row: self._known[row] for row in ids if row in self._known}
            cells, texts = self._changes(ids, now)
        else:
            dirty = [*_taken(self._dirty)]
            for row in dirty:  # it may have ended twice in the same state
                if (known := self._known.get(row)) and known.state != "running":
                    known.state = ""
            cells, texts = self._changes(dirty, now)
        if cells:
            content["cells"] = cells
        if texts:
            content["texts"] = texts
        if asked or (self._stale and now >= self._next_totals):
            self._stale = False
            whole = totals()
            if whole != self._totals:
                self._next_totals = now + _TOTALS
                content["totals"] = self._totals = whole
        if not content and not asked:
            return None
        self.seq += 1
        return {"type": "rows", "view": self.name, "seq": self.seq, **content}

    def _changes(self, rows: Sequence[int], now: float) -> tuple[list[list[Any]], list[list[Any]]]:
        cells: list[list[Any]] = []
        texts: list[list[Any]] = []
        for row in rows:
            state, known = self._rows.state(row), self._known.get(row)
            if known and known.state == state != "running":  # reading its text takes a while
                continue
            text = self._rows.text(row)
            grown = len(text) - known.length if known else 0
            if known is None or known.state != state or grown < 0:
                cells.append(_cell(self._rows, row, state, text, asked=known is None))
            elif grown and now < self._next_texts:
                self._dirty.add(row)
                continue
            elif grown:
                added = [row, _SPACE.sub(" ", text[-min(grown, _ADDED) :])]
                texts.append(added if grown <= _ADDED else [*added, 1])
            self._known[row] = _Known(state, len(text))
        if texts:  # many texts that grow take turns, since each needs bytes
            self._next_texts = now + len(texts) / _TEXTS
        return cells, texts

    # ---- the order -----------------------------------------------------------------------------------

    def _arrange(self, now: float) -> None:
        begun = time.monotonic()
        moved = {*_taken(self._moved)}
        query, rows = self._query, self._rows
        order: Sequence[int] = range(len(rows))
        if query.filter:
            order = [row for row in order if rows.state(row) == query.filter]
        if query.search:
            found = self._search(moved)
            order = [row for row in order if found[row]]
        if query.sort != "row":
            order = sorted(order, key=_key(rows, query.sort), reverse=query.descending)
        elif query.descending:
            order = order[::-1]
        if len(order) != len(self._order):
            self._ids = None
        self._order = order
        self._next_order = now + max(_REORDER, _SHARE * (time.monotonic() - begun))

    def _search(self, moved: set[int]) -> bytearray:
        rows, wanted = self._rows, self._query.search

        def finds(row: int) -> bool:
            return any(
                wanted in " ".join(text.casefold().split())
                for text in (rows.question(row), rows.text(row))
            )

        if self._found is None:
            self._found = bytearray(map(finds, range(len(rows))))
        else:
            for row in moved:
                self._found[row] = finds(row)
        return self._found


def _taken(rows: set[int]) -> Iterator[int]:
    """Remove and yield all rows of a set to which another thread may add."""
    with contextlib.suppress(KeyError):
        while True:
            yield rows.pop()


def _key(rows: Rows, sort: str) -> Callable[[int], Any]:
    if sort == "state":
        return lambda row: STATES.index(rows.state(row))
    if sort == "question":
        return lambda row: rows.question(row).casefold()
    read = rows.cost if sort == "cost" else rows.found

    def number(row: int) -> float:
        return -1.0 if (value := read(row)) is None else value

    return number


def _cell(rows: Rows, row: int, state: str, text: str, *, asked: bool) -> list[Any]:
    """Return a row: number, state, question (None if the page has it), text, sources, cost.

    The state is its place in `STATES`. Before the end of a row there are no sources and no cost.
    """
    question = shortened(" ".join(rows.question(row).split()), _QUESTION) if asked else None
    if state in UNDONE:
        return [row, STATES.index(state), question, _SPACE.sub(" ", text[-_TEXT:])]
    cost, error = rows.cost(row), rows.error(row)
    said = error.what if error else beginning(text, _TEXT) if text else ""
    paid = None if cost is None else money(cost, "USD")
    return [row, STATES.index(state), question, said, rows.found(row), paid]
