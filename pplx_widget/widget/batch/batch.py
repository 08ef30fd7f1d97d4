"""`Batch`: the answers of many questions, made by `ask_many`."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import operator
import weakref
from collections.abc import AsyncIterator, Callable, Generator, Iterable, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, SupportsIndex

from ...batch.ended import Ended, rows_of
from ...batch.engine import Engine
from ...batch.frame import joined
from ...batch.plot import drawn
from ...batch.rows import Rows, read
from ...batch.tally import BatchStatus
from ...core import waiting
from ...core.words import say
from ...document.record import batch_from_record
from ...runs.usage import UsageSoFar
from .. import host, lifetime
from ..answer import Answer
from . import progress
from .asked import Asked
from .table import Table

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# The longest time that a second Ctrl-C waits for the connections to close.
_MOMENT = 2.0


class Batch:
    """Many questions, each a row of your data; returned by `pplx_widget.ask_many`.

    A row is not a widget: ``batch[i]`` makes its `Answer` when you look at it. Iterating gives the
    answers in the order in which they end, also with ``async for``. A batch that nothing refers to is
    stopped, since it costs money.

    Attributes
    ----------
    status : BatchStatus
        ``running``, ``paused``, ``stopped`` or ``complete``.
    counts : dict of str to int
        The number of rows in each state: ``waiting``, ``running``, a final status of an answer, or
        ``skipped`` (not asked, because of the budget, a stop or an error).
    usage : UsageSoFar
        The runs of this batch, their tokens and costs. Rows from a store are not included.
    failed : tuple of int
        The numbers of the rows that failed, counted from 0.
    notes : tuple of str
        Notices, one sentence each, such as that the store could not be written; usually empty.

    Parameters
    ----------
    engine : Engine
        Asks the rows.
    rows : Rows
        The input.
    progress : bool
        Whether waiting shows the progress in a terminal.
    """

    # What `lifetime` reads of every widget; a batch is none.
    comm = session = None
    needs = ()
    on_page = False

    def __init__(self, engine: Engine, rows: Rows, *, progress: bool = True) -> None:
        self._engine = engine
        self._rows = rows
        self._progress = progress
        # A weak reference: ipywidgets keeps a table that a page knows, and the table keeps the batch.
        self._table: Callable[[], Table | None] = _no_table
        self._answers = weakref.WeakValueDictionary[tuple[int, int], Answer]()
        weakref.finalize(self, engine.abandon, lifetime.LOST).atexit = False
        lifetime.watch(self)

    @classmethod
    def from_record(cls, record: Any, folders: Iterable[Path] = ()) -> Self:
        """Return the batch of a record from a notebook: the rows that its document holds.

        If its store is in one of ``folders``, the batch has all rows.

        Raises
        ------
        PplxError
            The value is not the record of a batch.
        """
        status, _ = batch_from_record(record)
        rows = rows_of(record, folders)
        data = [{"row": each.row, "question": each.question} for each in rows]
        return cls(Ended(BatchStatus(status), rows), read(data))

    # ---- figures ---------------------------------------------------------------------------

    @property
    def status(self) -> BatchStatus:
        """The status of the batch."""
        return self._engine.status

    @property
    def counts(self) -> dict[str, int]:
        """The number of rows in each state."""
        return dict(self._engine.counts)

    @property
    def usage(self) -> UsageSoFar:
        """The usage of this batch's runs."""
        engine = self._engine
        running = engine.counts.get("running", 0)
        return UsageSoFar(tuple(engine.runs), running, engine.budget, engine.counted)

    @property
    def notes(self) -> tuple[str, ...]:
        """Notices, one sentence each, such as that the store could not be written."""
        return self._engine.notices

    @property
    def failed(self) -> tuple[int, ...]:
        """The numbers of the rows that failed."""
        return self._engine.failed

    def __len__(self) -> int:
        return len(self._engine)

    def __getitem__(self, row: SupportsIndex) -> Answer:
        """Return the answer of a row, live if it is in progress."""
        try:
            number = operator.index(row)  # numpy's integers too
        except TypeError:
            said = f"a row is named by its number, not by {type(row).__name__}"
            raise TypeError(said) from None
        if number < 0:
            number += len(self)
        if not 0 <= number < len(self):
            raise IndexError(f"there is no row {row}: the batch has {len(self):,}")
        known = (number, self._engine.round(number))
        if (answer := self._answers.get(known)) is None:
            session = self._engine.look(number)
            # A cache of the batch's own store is not one of the settings'.
            begin = dataclasses.replace(self._engine.begin, request=session.request, cache=None)
            answer = self._answers[known] = Answer(session, begin, unseen=True)
        return answer

    def __repr__(self) -> str:
        return f"<Batch: {progress.line(self._engine)}>"

    # ---- commands --------------------------------------------------------------------------------

    def pause(self) -> None:
        """Ask no further rows; those under way continue."""
        self._engine.pause()

    def resume(self) -> Self:
        """Go on after a pause."""
        self._engine.resume()
        return self

    def stop(self) -> None:
        """Stop the rows under way and keep their texts; the others are skipped."""
        self._engine.stop()

    def retry_failed(self) -> Self:
        """Ask the failed rows again."""
        self._engine.retry_failed()
        return self

    # ---- waiting ---------------------------------------------------------------------------------

    def wait(self, timeout: float | None = None) -> Self:
        """Wait until no row is under way or about to be: the batch is complete, stopped or paused.

        In a terminal, this shows the progress. Ctrl-C pauses the batch: the rows under way
        finish, and a second Ctrl-C stops them.

        Parameters
        ----------
        timeout : float, optional
            Maximum number of seconds to wait.

        Returns
        -------
        Batch
            The batch itself.

        Raises
        ------
        TimeoutError
            The batch was not over in time. It goes on.
        PplxError
            A row failed, and the batch was made with ``on_error="raise"``: the error of that row.
        """
        waiting.refuse_itself(self._engine.over, "batch")
        with progress.shown(self._engine, quiet=not self._progress) as show:
            try:
                show.until(self._engine.over, timeout)
            except TimeoutError:
                raise waiting.too_long("batch", timeout) from None
            except KeyboardInterrupt:
                self._pause_cleanly(show)
        return self._checked()

    def _pause_cleanly(self, show: progress.Progress) -> None:
        """Pause after an interrupt, wait for the rows under way, and say how to go on."""
        engine = self._engine
        try:
            engine.pause()
            show.tell(say("batch.pausing", n=engine.counts.get("running", 0)))
            show.until(engine.over)
        except KeyboardInterrupt:
            engine.stop()
            with contextlib.suppress(TimeoutError):
                show.until(engine.over, _MOMENT)
        raise KeyboardInterrupt(progress.how_to_go_on(engine)) from None

    def __await__(self) -> Generator[Any, None, Self]:
        # Shielded: cancelling the waiting task must not stop the batch.
        yield from asyncio.shield(asyncio.wrap_future(self._engine.over)).__await__()
        return self._checked()

    def _checked(self) -> Self:
        if error := self._engine.error:
            raise error.with_traceback(None)
        return self

    def __iter__(self) -> Iterator[Answer]:
        """Yield the answers in the order in which they end; wait for each."""
        with progress.shown(self._engine, quiet=not self._progress) as show:
            for each in self._ends():
                if isinstance(each, int):
                    yield self[each]
                else:
                    show.until(each)

    async def __aiter__(self) -> AsyncIterator[Answer]:
        """Yield the answers in the order in which they end."""
        for each in self._ends():
            if isinstance(each, int):
                yield self[each]
            else:
                await asyncio.wrap_future(each)

    def _ends(self) -> Iterator[int | Future[None]]:
        """Yield each row that has ended; between them, futures that the caller has to wait for."""
        at = 0
        while True:
            news, over = self._engine.news, self._engine.over.done()
            if at < len(self._engine.finished):
                yield self._engine.finished[at]
                at += 1
            elif over:
                return
            else:
                yield news

    def to_frame(self) -> Any:
        """Return the input with the answers beside it.

        Returns
        -------
        DataFrame
            A data frame of the input's library, with its columns, order and index; for a list, one of
            pandas, or of polars if that is installed without pandas. The further columns are ``text``
            (with a schema, its fields instead), ``status``, ``error``, ``sources`` and ``citations``
            (lists of addresses), ``cost`` (US dollars; 0 for a row that repeats an earlier question),
            ``tokens`` and ``seconds``. A column of the input with such a name keeps it, and ours gets
            the suffix ``_answer``. Rows that have not ended have a status and missing values.

        Raises
        ------
        PplxError
            Neither pandas nor polars is installed.
        """
        return joined(self._rows, self._engine)

    def plot(self) -> Figure:
        """Draw the batch, also while rows are asked.

        The figure has the states of the rows and the cost over the seconds of asking (without breaks),
        the seconds until the first token and the end of an answer, the sites with most sources, and
        when the sources were published. Rows with the same question count once among the answers, and
        an address once for each answer. A batch that `load` has read has no times of its rows.

        Returns
        -------
        matplotlib.figure.Figure
            In a notebook, the last value of a cell; in a script, ``.savefig("batch.png")`` keeps it. It
            has the style of matplotlib that is set.

        Raises
        ------
        PplxError
            matplotlib is not installed: it comes with the extra ``plot``.
        StoreFailed
            The rows are in a store that cannot be read.

        Examples
        --------
        >>> import pplx_widget as pplx
        >>> batch = pplx.ask_many(["CAP theorem", "HTTP/3"], "What is {}?").wait(60)
        >>> batch.plot().savefig("batch.png")
        """
        return drawn(self._engine)

    # ---- display ---------------------------------------------------------------------------------

    @property
    def seen(self) -> bool:
        """Whether an output shows the batch."""
        return (table := self._table()) is not None and table.seen

    @property
    def unseen_since(self) -> float | None:
        """When a page said that no output shows the batch; None otherwise."""
        return table.unseen_since if (table := self._table()) is not None else None

    def unseen_in(self, cell: str | None) -> None:
        """Do nothing, since the table notes that a cell runs again."""

    def abandon(self) -> None:
        """Stop the batch, since no output shows it and nothing refers to it."""
        self._engine.abandon(lifetime.LOST)

    def release(self) -> None:
        """Do nothing: no page knows a batch."""

    def holders(self) -> tuple[Any, ...]:
        """Return the objects of this package that refer to the batch: a method that its table has."""
        return (table.answers,) if (table := self._table()) is not None else ()

    def _ipython_display_(self) -> None:
        """Show the live table in the running cell; a document after the end."""
        if not host.in_kernel():
            raise NotImplementedError  # IPython then shows the repr
        if host.non_interactive():
            self.wait()
        self._shown()._ipython_display_()

    def _shown(self) -> Table:
        """Return the table, a new one if no page knows it any more."""
        if (table := self._table()) is None:
            table = Table(Asked(self._engine, self.__getitem__), "batch[{n}]")
            self._table = weakref.ref(table)
        return table


def _no_table() -> None:
    """Stand for the table of a batch that was not shown."""
