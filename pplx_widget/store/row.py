"""A row of the store: one answer, with columns to read and a record to rebuild it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from ..core.amounts import DOLLARS
from ..core.errors import PplxError, StoreFailed
from ..core.events import Source
from ..core.secret import scrub
from ..core.state import AnswerState, Status
from ..core.text import clean
from ..document.record import error_from_record, from_record, sources_of, to_record
from ..question.request import Request, asked_of

ANSWERED = (Status.COMPLETE, Status.INCOMPLETE)
"""The statuses of rows that the same call does not ask again."""


@dataclass(frozen=True, slots=True)
class Row:
    """One answer of the store.

    Attributes
    ----------
    key : str
        The key of its request; see `request_key`.
    batch : str or None
        The batch that asked it; None for a single question.
    asked : datetime
        When it was asked.
    question, text : str
        The question without its context, and the text of the answer.
    status : Status
        The final status.
    error : str or None
        The error in one sentence, if it failed.
    model : str or None
        The model that answered, if it is known.
    effort : str or None
        The effort that was asked; None if a model was.
    server : str
        The base URL of the server, or the name of the class of a provider object.
    cost : float or None
        US dollars; None if the service did not report the cost, or in another currency.
    input_tokens, output_tokens : int or None
        Tokens, if the service reported them.
    seconds : float or None
        The duration of the answer.
    sources : tuple of Source
        All sources, with snippets of 300 characters.
    record : dict
        The record of the answer; see `document.record`.
    """

    key: str
    batch: str | None
    asked: datetime
    question: str
    text: str
    status: Status
    error: str | None
    model: str | None
    effort: str | None
    server: str
    cost: float | None
    input_tokens: int | None
    output_tokens: int | None
    seconds: float | None
    sources: tuple[Source, ...] = field(repr=False)
    record: dict[str, Any] = field(repr=False)

    @classmethod
    def of(
        cls,
        request: Request,
        state: AnswerState,
        *,
        key: str,
        server: str,
        batch: str | None = None,
    ) -> Row:
        """Return the row of a finished answer."""
        usage = state.usage
        effort, model = asked_of(request)
        return cls(
            key=key,
            batch=batch,
            asked=state.asked or datetime.now(UTC),
            question=request.question,
            text=str(state.text),
            status=state.status,
            error=str(state.error) if state.error else None,
            model=state.model or model,
            effort=effort,
            server=server,
            cost=usage.cost if usage and usage.currency == DOLLARS else None,
            input_tokens=usage.input_tokens if usage else None,
            output_tokens=usage.output_tokens if usage else None,
            seconds=state.timing.finished,
            sources=state.sources,
            record=to_record(request.question, state, request.context),
        )

    def state(self) -> AnswerState:
        """Return the final state of the answer, which says that it was kept.

        Raises
        ------
        PplxError
            The record is broken.
        """
        _question, state = from_record(self.record)
        state.kept = state.asked or self.asked
        return state


COLUMNS = (
    *("key", "batch", "asked", "question", "text", "status", "error", "model", "effort", "server"),
    *("cost", "input_tokens", "output_tokens", "seconds", "record"),
)
"""The columns of the table ``answers`` after its ``id``."""


_NUMBERS = ("cost", "input_tokens", "output_tokens", "seconds")


class Line(NamedTuple):
    """A row as the tables and the index get it, without keys and with valid Unicode."""

    key: str
    batch: str | None
    values: tuple[Any, ...]
    sources: list[tuple[Any, ...]]
    words: tuple[str, str, str]


def line(row: Row) -> Line:
    """Return a row as the tables get it."""
    told: dict[str, Any] = {name: getattr(row, name) for name in COLUMNS}
    # The question and the text have columns of their own.
    rest = {name: v for name, v in row.record.items() if name not in ("question", "text")}
    told["asked"] = moment(row.asked)
    told["status"] = str(row.status)
    told["record"] = json.dumps(rest, ensure_ascii=False, separators=(",", ":"))
    return Line(
        row.key,
        row.batch,
        tuple(safe(told[name]) for name in COLUMNS),
        [
            tuple(map(safe, (s.id, s.title, s.url, s.site, s.date, s.last_updated)))
            for s in row.sources
        ],
        words(row),
    )


def words(row: Row) -> tuple[str, str, str]:
    """Return what the index of words gets of a row."""
    sources = " ".join(f"{s.title} {s.site}" for s in row.sources)
    return spaced(row.question), spaced(row.text), spaced(sources)


def read(found: tuple[Any, ...]) -> Row:
    """Return the row of a table's `COLUMNS`.

    Raises
    ------
    StoreFailed
        Another program has changed the row, so that it cannot be read.
    """
    told = dict(zip(COLUMNS, found, strict=True))
    try:
        record = json.loads(told["record"])
        record |= {n: told[n] for n in ("question", "text") if told[n]}
        told |= {
            "asked": datetime.fromisoformat(told["asked"]),
            "status": Status(told["status"]),
            "sources": sources_of(record),
            "record": record,
        }
        if error := record.get("error"):
            error_from_record(error)
        told |= {name: _number(told[name]) for name in _NUMBERS}
        return Row(**told)
    except (PplxError, TypeError, ValueError, RecursionError):
        raise StoreFailed(
            "An answer in the store cannot be read.",
            "Another program has changed its row.",
            "Delete the row with that program.",
        ) from None


def _number(value: Any) -> float | None:
    if not isinstance(value, int | float | None):
        raise TypeError
    return value


def moment(when: datetime) -> str:
    """Return a time as the table has it, so that texts sort by time."""
    return when.astimezone(UTC).isoformat(timespec="seconds")


def since(age: timedelta) -> datetime | None:
    """Return the moment that was that long ago; None if it is before all answers."""
    try:
        return datetime.now(UTC) - age
    except OverflowError:
        return None


# Scripts without spaces between words: each character becomes a word, and a word of a search a phrase.
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3"
    "\uf900-\ufaff\U00020000-\U0003134f]"
)


def spaced(text: str) -> str:
    """Return a text in which the index finds the words of every script."""
    return _UNSPACED.sub(r" \g<0> ", scrub(clean(text)))


def safe(value: Any) -> Any:
    """Return a value as the tables get it: a text without keys and with valid Unicode."""
    return scrub(clean(value)) if isinstance(value, str) else value
