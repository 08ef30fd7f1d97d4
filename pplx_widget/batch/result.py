"""The result of a row, kept small: its text, its numbers, and the rest as a compressed record."""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from typing import Any

from ..core.citations import Citation
from ..core.errors import PplxError
from ..core.events import Failed, Finished, Source, Usage
from ..core.state import AnswerState, Status
from ..document.record import from_record, to_record
from ..question.request import Request
from ..runs.session import Session

SKIPPED = "skipped"
"""The state of a row that the batch did not ask."""


@dataclass(frozen=True, slots=True)
class RowResult:
    """What is known of a row at its end.

    Attributes
    ----------
    status : str
        The final status of its answer, or ``skipped``.
    error : PplxError or None
        Why it failed or was skipped.
    text : str
        The text of the answer.
    usage : Usage or None
        Tokens and cost; None if the service did not report them.
    cost : float or None
        The cost in US dollars; None if it is unknown.
    seconds : float or None
        The duration of the answer; None if it did not begin.
    """

    status: str
    error: PplxError | None = None
    text: str = ""
    usage: Usage | None = None
    cost: float | None = None
    seconds: float | None = None
    _packed: bytes | None = None

    @property
    def record(self) -> dict[str, Any] | None:
        """The record of the answer; None for a row that was not asked."""
        if self._packed is None:
            return None
        found: dict[str, Any] = json.loads(zlib.decompress(self._packed))
        return found | ({"text": self.text} if self.text else {})

    def state(self) -> AnswerState | None:
        """Return the final state of the answer; None for a row that was not asked."""
        return None if (record := self.record) is None else from_record(record)[1]

    @property
    def sources(self) -> tuple[Source, ...]:
        """All sources; extracts are cut to 300 characters."""
        return state.sources if (state := self.state()) else ()

    @property
    def citations(self) -> tuple[Citation, ...]:
        """The cited sources."""
        return state.citations if (state := self.state()) else ()


def result(request: Request, state: AnswerState, cost: float | None) -> RowResult:
    """Return the result of a finished answer."""
    record = to_record(request.question, state, request.context)
    text = record.pop("text", "")
    return RowResult(
        state.status.value,
        state.error,
        text,
        state.usage,
        cost,
        state.timing.finished,
        zlib.compress(json.dumps(record).encode(), 1),
    )


def finished(request: Request, found: RowResult) -> Session:
    """Return the finished run of a row."""
    state = found.state()
    if state is None:
        state = AnswerState(structured=request.schema is not None)
        state.apply(Failed(found.error) if found.error else Finished("stopped", NOT_ASKED), 0)
    return Session.over(request.question, state, request.context, request=request)


NOT_ASKED = "the batch was stopped before"
"""The reason of such a row's answer."""


def not_asked(status: str, error: PplxError | None) -> RowResult:
    """Return the result of a row that was not asked."""
    return RowResult(status, error)


FINAL = frozenset(status.value for status in Status if status.final) | {SKIPPED}
"""The states of a row that has ended."""
