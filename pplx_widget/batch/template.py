"""The question of each row: a template with the columns' names in braces, or a function of a row."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from ..core import checks
from ..core.errors import InvalidRequest, nearest
from ..question.context.cells import cell
from .rows import Rows

Question: TypeAlias = str | Callable[[Mapping[str, Any]], str]

_BRACES = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")

_LONGEST = 1_000_000  # characters of a value
_FIRST_ROWS = 5  # that an error names
_QUOTED = 40


@dataclass(frozen=True, slots=True)
class _Blank:
    """A column's name in braces."""

    column: str
    spec: str = ""


def questions(rows: Rows, question: Question) -> list[str]:
    """Return the question of each row.

    Parameters
    ----------
    rows : Rows
        The rows.
    question : str or callable
        A template, or a function that takes a row as a mapping and returns its question.

    Raises
    ------
    InvalidRequest
        A column is missing, a brace is unbalanced, a value is missing, or a question is empty; the
        error names the column and the first rows.
    """
    if not len(rows) and isinstance(rows.data, list):  # an empty list has no columns
        return []
    if callable(question):
        asked = _called(rows, question)
    elif isinstance(question, str):
        asked = _filled(rows, _parsed(question, rows))
    else:
        allowed = "a text with the names of columns in braces, or a function of a row"
        raise checks.invalid("question", question, allowed)
    if empty := [row for row, text in enumerate(asked) if not text.strip()]:
        raise InvalidRequest(
            "A question is empty.",
            f"{_rows(empty).capitalize()} would ask nothing.",
            "Leave out such rows, or give each one a question.",
        )
    return asked


def _parsed(template: str, rows: Rows) -> list[str | _Blank]:
    """Return the texts and blanks of a template."""
    parts: list[str | _Blank] = []
    at = 0
    for match in _BRACES.finditer(template):
        parts.append(template[at : match.start()])
        at = match.end()
        if match[0] in ("{{", "}}"):
            parts.append(match[0][0])
        elif match[1] is None:
            near = template[max(0, match.start() - _QUOTED) : match.end() + _QUOTED]
            raise InvalidRequest(
                f"The question has an unbalanced {match[0]!r}.",
                f"It is at character {match.start() + 1}: {near!r}.",
                "Close it, or double it to keep it: `{{` and `}}`.",
            )
        else:
            parts.append(_blank(match[1], rows))
    parts.append(template[at:])
    return [part for part in parts if part]


def _blank(inside: str, rows: Rows) -> _Blank:
    """Return the column that braces name, as a whole or before a format: ``{price:.2f}``."""
    names, single = rows.names, rows.single
    name, colon, spec = inside.rpartition(":")
    for column, format_ in ((inside, ""), (inside.strip(), ""), (name.strip(), spec)):
        if column in names:
            if names.count(column) > 1:
                raise InvalidRequest(
                    f"The column {column!r} occurs {names.count(column)} times.",
                    "The question cannot tell which of them it means.",
                    "Rename one of them.",
                )
            return _Blank(column, format_)
    if single is not None and not (name if colon else inside).strip():
        return _Blank(single, spec if colon else "")
    raise InvalidRequest(
        f"There is no column {inside.strip()!r}.",
        nearest(inside.strip(), names) or f"The columns are: {_listed(names)}.",
        f"Name a column, or double the braces to keep them: `{{{{{inside}}}}}`.",
    )


def _filled(rows: Rows, parts: Sequence[str | _Blank]) -> list[str]:
    columns = [
        [part] * len(rows) if isinstance(part, str) else [*_written(rows, part)] for part in parts
    ]
    return ["".join(texts) for texts in zip(*columns, strict=True)] or [""] * len(rows)


def _written(rows: Rows, blank: _Blank) -> Iterator[str]:
    """Yield the values of a column as text; a text as it is, others as in a context."""
    values = rows.column(blank.column)
    if missing := [row for row, value in enumerate(values) if value is None]:
        raise InvalidRequest(
            f"The column {blank.column!r} has no value in {_rows(missing)}.",
            "The question of such a row would have a gap.",
            "Leave out these rows (in pandas: `dropna`), fill the gaps (`fillna`), or pass a function "
            "of a row as the question.",
        )
    for row, value in enumerate(values):
        if not blank.spec:
            yield value if isinstance(value, str) else cell(value, _LONGEST)
            continue
        try:
            yield format(value, blank.spec)
        except Exception as error:  # noqa: BLE001 (a value may have a format of its own)
            raise InvalidRequest(
                f"A value of the column {blank.column!r} does not take the format {blank.spec!r}.",
                f"Row {row} has {checks.written(value)}: {error}.",
                "Change the format, or the type of the column.",
            ) from None


def _called(rows: Rows, question: Callable[[Mapping[str, Any]], str]) -> list[str]:
    asked = []
    for number, row in enumerate(rows):
        try:
            text = question(row)
        except Exception as error:
            said = f"{type(error).__name__}: {error}"
            raise InvalidRequest(
                f"The function of a row failed in {_rows([number])}.",
                said,
                "Nothing was sent. Mend the function, or leave out the row.",
            ) from error
        if not isinstance(text, str):
            raise InvalidRequest(
                f"The function of a row returned {checks.written(text)} in {_rows([number])}.",
                "A question is a text.",
                "Return a text for each row.",
            )
        asked.append(text)
    return asked


def _rows(numbers: Sequence[int]) -> str:
    """Return the first rows in words, counted from 0 like ``batch[i]``."""
    shown = ", ".join(map(str, numbers[:_FIRST_ROWS]))
    more = f" and {len(numbers) - _FIRST_ROWS:,} more" if len(numbers) > _FIRST_ROWS else ""
    return f"{'row' if len(numbers) == 1 else 'rows'} {shown}{more}"


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(map(repr, names[:20]))
    return shown + ", …" if len(names) > 20 else shown or "none"  # noqa: PLR2004
