"""The value that a structured answer stands for, and the evidence of its fields."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from ..core.errors import SchemaMismatch
from ..core.events import Source
from ..core.state import AnswerState
from ..question.schema import Schema, loosely

if TYPE_CHECKING:
    from ..core.structured.evidence import Field


def read(
    schema: Schema, text: str, sources: tuple[Source, ...]
) -> tuple[Any, tuple[Field, ...], str | None]:
    """Return the value of a complete answer, its fields, and the notice of the schema.

    Raises
    ------
    SchemaMismatch
        The text does not fit the schema.
    """
    if schema.plain is None:
        value, notice = schema.read(text)
        return value, (), notice
    from ..bibliography.evidence import compared  # noqa: PLC0415 (rarely needed)
    from ..question import wrapped  # noqa: PLC0415

    value, notice, leaves = wrapped.read(schema.plain, text)
    return value, compared(leaves, sources), notice


def read_again(schema: Schema | None, state: AnswerState) -> Any:
    """Return the value of a finished answer, whose schema may be unknown."""
    return value_of(schema, str(state.text), evidence=state.evidence)


def value_of(schema: Schema | None, text: str, *, evidence: bool) -> Any:
    """Return the value of the text of a finished answer."""
    if schema is not None:
        with contextlib.suppress(SchemaMismatch):  # a validator of the user has changed
            return read(schema, text, ())[0]
    value = loosely(text)
    if evidence:
        from ..core.structured.evidence import unwrapped  # noqa: PLC0415 (rarely needed)

        value = unwrapped(value)[0]
    return value
