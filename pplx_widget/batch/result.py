"""The result of a row, kept small: its numbers; its text and record compressed, or in a store."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..core import errors
from ..core.citations import Citation
from ..core.errors import PplxError
from ..core.events import Failed, Finished, Source, Usage
from ..core.state import AnswerState, Status
from ..document.record import SavedRow, error_from_record, from_record, to_record
from ..question.request import Request
from ..runs.session import Session
from .row import Row

if TYPE_CHECKING:
    from ..store import row as stored

SKIPPED = "skipped"
"""The state of a row that the batch did not ask."""

FINAL = frozenset(status.value for status in Status if status.final) | {SKIPPED}
"""The states of a row that has ended."""

_NOT_ASKED = "the batch was stopped before"
"""The reason of such a row's answer."""

Load = Callable[[], "RowResult | None"]


@dataclass(frozen=True, slots=True)
class RowResult:
    """The result of a row.

    Attributes
    ----------
    status : str
        The final status of its answer, or ``skipped``.
    error : PplxError or None
        Why it failed or was skipped.
    cost : float or None
        The cost in US dollars; None if it is unknown.
    tokens : int or None
        All tokens; None if the service did not report them.
    seconds : float or None
        The duration of the answer; None if it did not begin.
    cited : tuple of int or None
        The ids of the cited sources; None if the text has to be read for them.
    """

    status: str
    error: PplxError | None = None
    cost: float | None = None
    tokens: int | None = None
    seconds: float | None = None
    cited: tuple[int, ...] | None = None
    _packed: bytes | None = None
    _load: Load | None = None

    @property
    def stored(self) -> bool:
        """Whether the record is in a store, and not in memory."""
        return self._load is not None

    @property
    def record(self) -> dict[str, Any] | None:
        """The record of the answer, with its text; None for a row that was not asked.

        Raises
        ------
        StoreFailed
            It is in a store that cannot be read.
        """
        if self._load is not None:
            loaded = self._load()
            return loaded.record if loaded else None
        if self._packed is None:
            return None
        found: dict[str, Any] = json.loads(zlib.decompress(self._packed))
        return found

    @property
    def text(self) -> str:
        """The text of the answer."""
        return str((self.record or {}).get("text", ""))

    def state(self) -> AnswerState | None:
        """Return the final state of the answer; None for a row that was not asked."""
        return None if (record := self.record) is None else from_record(record)[1]

    @property
    def usage(self) -> Usage | None:
        """Tokens and cost; None if the service did not report them."""
        return state.usage if (state := self.state()) else None

    @property
    def sources(self) -> tuple[Source, ...]:
        """All sources; extracts are cut to 300 characters."""
        return state.sources if (state := self.state()) else ()

    @property
    def citations(self) -> tuple[Citation, ...]:
        """The cited sources."""
        return state.citations if (state := self.state()) else ()


def result(run: Row, load: Load | None) -> RowResult:
    """Return the result of a finished row; its record is kept here, unless ``load`` reads it."""
    request, state = run.request, run.state
    return RowResult(
        state.status.value,
        state.error,
        # A run that is not counted was not sent, or costs nothing.
        run.counted.cost if run.counted else 0.0,
        state.usage.total_tokens if state.usage else None,
        state.timing.finished,
        tuple(each.id for each in state.citations),
        None if load else _packed(to_record(request.question, state, request.context)),
        load,
    )


def from_store(row: stored.Row, load: Load | None = None) -> RowResult:
    """Return the result of a row of a store."""
    tokens = [n for n in (row.input_tokens, row.output_tokens) if n is not None]
    error = row.record.get("error")
    return RowResult(
        row.status.value,
        error_from_record(error) if error else None,
        row.cost,
        sum(tokens) if tokens else None,
        row.seconds,
        _packed=None if load else _packed(row.record),
        _load=load,
    )


def from_file(row: SavedRow) -> RowResult:
    """Return the result of a row of a notebook file."""
    state = row.state
    return RowResult(
        state.status.value,
        state.error,
        row.cost,
        state.usage.total_tokens if state.usage else None,
        state.timing.finished,
        _packed=_packed(to_record(row.question, state)),
    )


def _packed(record: dict[str, Any]) -> bytes:
    return zlib.compress(json.dumps(record).encode(), 1)


def finished(request: Request, found: RowResult) -> Session:
    """Return the finished run of a row."""
    state = found.state()
    if state is None:
        state = AnswerState(structured=request.schema is not None)
        error = found.error
        if error is None and found.status != SKIPPED:
            lines = "error.forgotten.what", "error.forgotten.why", "error.forgotten.try"
            error = errors.told(errors.StoreFailed, *lines)
        state.apply(Failed(error) if error else Finished("stopped", _NOT_ASKED), 0)
    return Session.over(request.question, state, request.context, request=request)
