"""`Comparison`: the model of one question asked in several ways."""

from __future__ import annotations

import asyncio
import logging
import time
import weakref
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self, SupportsIndex, overload

import traitlets

from ...bibliography.sources import Sources
from ...config import settings
from ...core import errors, waiting, words
from ...core.assets import page_code
from ...core.frames import frame
from ...core.runtime import runtime
from ...core.state import Status
from .. import host, lifetime, protocol
from ..answer import Answer
from ..displays import Content
from ..documents import arriving
from ..shown import Shown
from . import document, metrics, ways
from .columns import Columns
from .metrics import Column

if TYPE_CHECKING:
    import pandas as pd

log = logging.getLogger("pplx_widget")

_EVERY: Final = 0.1  # seconds between two messages to the page

_READ: Final = ["status", "timing", "usage", "sources", "citations"]

_COLUMNS: Final = {
    "way": str,
    "text": str,
    "status": str,
    "error": str,
    "first_token": float,
    "seconds": float,
    "tokens_per_second": float,
    "tokens": "Int64",
    "cost": float,
    "sources": int,
    "cited": int,
    "shared": int,
    "alone": int,
    "model": str,
}


class Comparison(Shown):
    """Answers to one question, side by side; returned by `pplx_widget.compare`.

    A notebook shows the answers live in columns, with a table of their metrics, and at the end a
    document. In plain Python, the ``repr`` is the table. ``len``, iteration and indexing are those of
    `answers`; an index may also be the name of a way.

    Parameters
    ----------
    columns : Columns
        The outputs of the comparison.
    answers : sequence of Answer
        The answers, one for each name of ``columns``.

    Examples
    --------
    >>> import pplx_widget as pplx
    >>> comparison = pplx.compare("What is HTTP/3?", ["fast", "low"]).wait(60)
    >>> [answer.status.value for answer in comparison]
    ['complete', 'complete']
    >>> comparison["low"] is comparison[1]
    True
    """

    question = traitlets.Unicode(read_only=True).tag(sync=True)
    """The question."""

    ways = traitlets.List(traitlets.Unicode(), read_only=True).tag(sync=True)
    """The names of the ways to ask, in the order of the answers."""

    answers = traitlets.Tuple(read_only=True).tag(
        sync=True, to_json=lambda answers, _widget: _model_ids(answers)
    )
    """The answers, a tuple of `Answer`."""

    metrics = traitlets.List(traitlets.Dict(), read_only=True).tag(sync=True)
    """The metrics of each answer for the page; see `to_frame`."""

    def __init__(self, columns: Columns, answers: Sequence[Answer]) -> None:
        self._columns = columns
        self._sent, self._due = 0.0, False
        self.set_trait("question", columns.question)
        self.set_trait("ways", [*columns.names])
        self.set_trait("answers", tuple(answers))
        # In a kernel, a comparison that is never displayed needs no page.
        unseen = host.in_kernel()
        code = {} if unseen or not host.has_front_end() else self._code()
        super().__init__(columns.displays, unseen=unseen, model_id=columns.model_id, **code)
        lifetime.watch(self)
        tell = _Weak(weakref.ref(self))
        for name, answer in zip(columns.names, answers, strict=True):
            answer.way = name
            answer.observe(tell, _READ)
        self._tell()

    @classmethod
    def of(cls, answers: Iterable[Answer]) -> Self:
        """Return a comparison of finished answers, such as those of `load`.

        Parameters
        ----------
        answers : iterable of Answer
            Answers to the same question. Their ways are named as in the comparison that they are
            from, else by their models.

        Raises
        ------
        InvalidRequest
            There are fewer than two answers, or one is still in progress.

        Examples
        --------
        >>> import pplx_widget as pplx
        >>> asked = [pplx.ask("What is HTTP/3?", effort=e).wait(60) for e in ("fast", "low")]
        >>> pplx.Comparison.of(asked).status
        <Status.COMPLETE: 'complete'>
        """
        given = [*answers]
        if len(given) < 2 or not all(answer.status.final for answer in given):  # noqa: PLR2004
            raise errors.InvalidRequest(
                "A comparison needs at least two finished answers.",
                "",
                "Wait for each with `answer.wait()`.",
            )
        names = ways.numbered([answer.way or answer.model or "?" for answer in given])
        columns = Columns(given[0].question, names)
        for answer in given:
            answer.join(columns)
        return cls(columns, given)

    def _code(self) -> dict[str, str]:
        language = words.chosen() or words.ENGLISH
        return {"_esm": page_code("compare.js", language)}

    # ---- methods for users ---------------------------------------------------------------------------

    @property
    def status(self) -> Status:
        """``streaming`` while an answer is in progress, then the final status of all answers.

        If they ended differently, it is ``complete``; see the status of each answer.
        """
        ends = {answer.status for answer in self.answers}
        if not all(end.final for end in ends):
            return Status.STREAMING
        return next(iter(ends)) if len(ends) == 1 else Status.COMPLETE

    def wait(self, timeout: float | None = None) -> Self:
        """Wait until all answers are over, with any final status.

        Parameters
        ----------
        timeout : float, optional
            Maximum number of seconds to wait.

        Raises
        ------
        TimeoutError
            An answer was not over in time. All go on.
        """
        end = None if timeout is None else time.monotonic() + timeout
        for answer in self.answers:
            try:
                answer.wait(None if end is None else max(0.0, end - time.monotonic()))
            except TimeoutError:
                raise waiting.too_long("comparison", timeout) from None
            except KeyboardInterrupt:
                raise KeyboardInterrupt(
                    "The comparison goes on; `comparison.stop()` stops it."
                ) from None
        return self

    def __await__(self) -> Generator[Any, None, Self]:
        for answer in self.answers:
            yield from answer.__await__()
        return self

    def stop(self) -> None:
        """Stop all answers that are in progress. To stop one, call its own ``stop``."""
        for answer in self.answers:
            answer.stop()

    def close(self) -> None:
        """Remove the comparison from the page; stop its answers in progress, since they cost money."""
        for answer in self.answers:
            answer.close()
        super().close()

    def __del__(self) -> None:
        super().close()  # the user may still have the answers

    def __len__(self) -> int:
        return len(self.answers)

    def __iter__(self) -> Iterator[Answer]:
        return iter(self.answers)

    @overload
    def __getitem__(self, key: SupportsIndex | str) -> Answer: ...
    @overload
    def __getitem__(self, key: slice) -> tuple[Answer, ...]: ...
    def __getitem__(self, key: SupportsIndex | str | slice) -> Answer | tuple[Answer, ...]:
        answers: tuple[Answer, ...] = self.answers
        if not isinstance(key, str):
            return answers[key]
        if key not in self.ways:
            raise KeyError(f"{key!r} is not a way of this comparison: {', '.join(self.ways)}")
        return answers[self.ways.index(key)]

    @property
    def shared(self) -> Sources:
        """The sources that at least two answers have found, each web page once."""
        return Sources(p.source for p in metrics.pages(self._columns.read()) if len(p.found) > 1)

    @property
    def alone(self) -> dict[str, Sources]:
        """The sources that only one answer has found, by the name of its way."""
        columns = self._columns.read()
        alone = [p for p in metrics.pages(columns) if len(p.found) == 1]
        return {
            column.name: Sources(
                (p.source for p in alone if at in p.found),
                {c.id: c for c in column.state.citations},
                column.state.asked,
            )
            for at, column in enumerate(columns)
        }

    def to_frame(self) -> pd.DataFrame:
        """Return a data frame with one row per answer.

        Returns
        -------
        pandas.DataFrame
            ``way`` (its name), ``text``, ``status``, ``error`` (what happened; empty if it did not
            fail), ``first_token`` and ``seconds`` (until the first text and until the end),
            ``tokens_per_second``, ``tokens`` (written by the model), ``cost``, ``sources``, ``cited``,
            ``shared`` (web pages that another answer has found, too), ``alone`` (the others) and
            ``model``.

        Raises
        ------
        PplxError
            pandas is not installed.
        """
        columns = self._columns.read()
        counted = zip(columns, metrics.shared(columns), strict=True)
        return frame((_row(column, shared) for column, shared in counted), _COLUMNS)

    def __repr__(self) -> str:
        with words.speaking(self._columns.language):
            return document.report(self.question, self._columns.read())

    # ---- lifetime ------------------------------------------------------------------------------------

    session = None
    """Always None: a comparison has several runs, for which no other question waits."""

    needs = ()
    """The other runs that a comparison needs: none."""

    def abandon(self) -> None:
        """Stop all answers, since no output shows the comparison and nothing refers to it."""
        for answer in self.answers:
            answer.abandon()

    def holders(self) -> tuple[Any, ...]:
        """Return the objects of this package that refer to the comparison: none."""
        return ()

    # ---- display -------------------------------------------------------------------------------------

    def _ipython_display_(self) -> None:
        super()._ipython_display_()
        if settings().hold:
            self.wait()
            self._displays.settle(self._columns.content)
        if host.non_interactive():
            for answer in self.answers:
                answer.fail_cell()

    def _repr_mimebundle_(self, **arguments: Any) -> Content:
        if not host.in_kernel():
            return super()._repr_mimebundle_(**arguments)
        if whole := self._columns.content():
            if not host.non_interactive():
                _model_ids(self.answers)  # the page makes the document interactive
            return whole
        data, metadata = super()._repr_mimebundle_(**arguments)
        return data | arriving(self.question), metadata

    # ---- messages ------------------------------------------------------------------------------------

    def _asked(self, content: Any) -> None:
        if content == {"type": "stop"}:
            self.stop()
        else:
            super()._asked(content)

    def on_change(self) -> None:
        """Update the page, at intervals while an answer is in progress."""
        if self.status.final or not runtime().here():
            self._tell()
        elif not self._due:
            self._due = True
            pause = max(0.0, self._sent + _EVERY - time.monotonic())
            # A weak reference: a strong one in the timer would keep the comparison going.
            asyncio.get_running_loop().call_later(pause, _tell_later, weakref.ref(self))

    def _tell(self) -> None:
        self._due, self._sent = False, time.monotonic()
        try:
            columns = self._columns.read()
            counted = zip(columns, metrics.shared(columns), strict=True)
            self.set_trait("metrics", [_shown(column, shared) for column, shared in counted])
        except Exception:
            log.debug("a comparison could not be shown", exc_info=True)


@dataclass(frozen=True)
class _Weak:
    """An observer of answers that does not keep the comparison going."""

    comparison: Callable[[], Comparison | None]

    def __call__(self, _change: Any) -> None:
        """Tell the comparison."""
        if (comparison := self.comparison()) is not None:
            comparison.on_change()


def _tell_later(ref: Callable[[], Comparison | None]) -> None:
    if (comparison := ref()) is not None:
        comparison._tell()  # noqa: SLF001


def _model_ids(answers: Iterable[Answer]) -> list[str]:
    """Return the ids by which the page finds the answers; only a kernel's page can."""
    return [answer.model_id for answer in answers] if host.in_kernel() else []


def _row(column: Column, shared: int) -> dict[str, Any]:
    state, usage = column.state, column.state.usage
    return {
        "way": column.name,
        "text": str(state.text),
        "status": str(state.status),
        "error": state.error.what if state.error else "",
        "first_token": state.timing.first_token,
        "seconds": state.timing.finished,
        "tokens_per_second": state.timing.tokens_per_second,
        "tokens": usage and usage.output_tokens,
        "cost": usage and usage.cost,
        "sources": len(state.sources),
        "cited": len(state.citations),
        "shared": shared,
        "alone": len(column.pages) - shared,
        "model": state.model or "",
    }


def _shown(column: Column, shared: int) -> dict[str, Any]:
    """Return the metrics of an answer for the page."""
    state, usage = column.state, column.state.usage
    return {
        "status": str(state.status),
        "first": protocol.seconds(state.timing.first_token),
        "total": protocol.seconds(state.timing.finished),
        "rate": protocol.seconds(state.timing.tokens_per_second),
        "cost": usage and usage.cost,
        "currency": usage.currency if usage else "",
        "sources": len(state.sources),
        "cited": len(state.citations),
        "shared": shared,
        "alone": len(column.pages) - shared,
    }
