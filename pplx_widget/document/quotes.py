"""The quotes of a structured answer as its forms show them: for each value, what its source says."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..core.events import Source
from ..core.state import AnswerState
from ..core.visible import one_line
from ..core.words import count, say
from ..markdown import urls
from . import wording

if TYPE_CHECKING:
    from ..core.structured.evidence import Field


_LONGEST = 300  # characters of a quote
_LONGEST_VALUE = 60


@dataclass(frozen=True, slots=True)
class Row:
    """A value with a source, or without one.

    Attributes
    ----------
    name : str
        The place of the value in the answer, and the value.
    quote : str
        The quote in quotation marks, or ``""``.
    source : Source or None
        The source.
    number : int
        The number of its citation; 0 if it has none.
    warning : str
        The fault: the quote is not in the source, or nothing can be compared; else ``""``.
    missing : bool
        Whether the quote was looked for and not found.
    """

    name: str
    quote: str
    source: Source | None
    number: int
    warning: str
    missing: bool

    @property
    def about(self) -> str:
        """The number and the site of the source, or ``""``."""
        if self.source is None:
            return ""
        address = urls.safe_url(self.source.url)
        site = address.host if address else self.source.site or self.source.title
        return f"{self.number} · {site}" if self.number else site

    @property
    def label(self) -> str:
        """The words before the source."""
        return " ".join(filter(None, (self.name, self.quote)))


@dataclass(frozen=True, slots=True)
class Quotes:
    """The rows of an answer, those with a missing quote first, and the line above them."""

    rows: tuple[Row, ...]
    heading: str

    @classmethod
    def of(cls, state: AnswerState) -> Quotes:
        """Return the rows of a finished answer; none without evidence."""
        sources = {source.id: source for source in state.sources}
        numbers = {citation.id: citation.number for citation in state.citations}
        rows = [
            _row(each, sources.get(_id(each)), numbers.get(_id(each), 0))
            for each in state.fields
            if each.quote or _id(each) not in sources
        ]
        rows.sort(key=lambda row: not row.missing)
        return cls(tuple(rows), _heading(state.fields))

    @property
    def missing(self) -> bool:
        """Whether a quote is not in its source."""
        return any(row.missing for row in self.rows)


def _id(field: Field) -> int:
    return -1 if field.id is None else field.id  # no source has a negative id


def _row(field: Field, source: Source | None, number: int) -> Row:
    quote = wording.shortened(field.quote, _LONGEST)
    return Row(
        one_line(": ".join(filter(None, (field.path, _value(field.value))))),
        say("quote.marks", text=quote) if quote else "",
        source,
        number,
        _warning(field, source),
        missing=field.quoted is False,
    )


def _value(value: object) -> str:
    written = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return wording.shortened(written, _LONGEST_VALUE)


def _warning(field: Field, source: Source | None) -> str:
    if field.id is None:
        return say("evidence.no_source")
    if source is None:
        return say("evidence.unknown", n=field.id)
    if field.quoted is False:
        return say("evidence.missing")
    return say("evidence.unread") if field.quoted is None else ""


def _heading(fields: tuple[Field, ...]) -> str:
    quotes = sum(bool(field.quote) for field in fields)
    missing = sum(field.quoted is False for field in fields)
    without = sum(field.id is None for field in fields)
    return " · ".join(
        [
            count(quotes, "evidence.quotes"),
            *([count(missing, "evidence.not_there")] if missing else []),
            *([count(without, "evidence.without")] if without else []),
        ]
    )
