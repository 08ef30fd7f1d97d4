"""Names in braces in a question, filled from a notebook's variables. Knows no IPython."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from typing import Any

from ..core.errors import InvalidRequest, nearest
from ..question.context.summary import Summary

# Braces around anything else, JSON or TeX, are text.
_BRACES = re.compile(r"\{\{|\}\}|\{\s*([^\W\d]\w*)\s*([.\[(:!][^{}]*)?\}")

_LONGEST = 20_000  # characters of what is no text


def filled(question: str, names: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return a question with its names filled in, and the data that it speaks of, by name.

    Parameters
    ----------
    question : str
        ``{name}`` stands for a variable, ``{{`` and ``}}`` for a brace.
    names : mapping
        The variables.

    Returns
    -------
    question : str
        Texts and numbers stand in it as they are; a frame, a series or a `Summary` by its name.
    data : dict
        Those frames, series and summaries: what `ask` takes as its context.

    Raises
    ------
    InvalidRequest
        A name that there is not, an expression, or a value that is too long to be written out.
    """
    data: dict[str, Any] = {}

    def value(match: re.Match[str]) -> str:
        name, more = match[1], match[2]
        if name is None:
            return match[0][0]
        if more:
            raise InvalidRequest(
                f"{match[0]} is no name.",
                "Only the name of a variable can stand in braces.",
                f"Give the value a name first; for the braces themselves write {{{match[0]}}}.",
            )
        if name not in names:
            raise InvalidRequest(
                f"There is no variable {name!r}.",
                nearest(name, names),
                f"Define it in a cell before; for the braces themselves write {{{match[0]}}}.",
            )
        if _is_data(names[name]):
            data[name] = names[name]
            return f"`{name}`"
        return _written(name, names[name])

    return _BRACES.sub(value, question), data


def _is_data(value: Any) -> bool:
    """Return whether a value is a table or a column of one: pandas', or of what makes theirs."""
    pandas = sys.modules.get("pandas")  # whoever has a frame has imported it
    ours = (Summary, pandas.DataFrame, pandas.Series) if pandas else (Summary,)
    return isinstance(value, ours) or hasattr(type(value), "to_pandas")


def _written(name: str, value: Any) -> str:
    if isinstance(value, str):
        return value
    text = str(value)
    if len(text) > _LONGEST:
        raise InvalidRequest(
            f"{name} takes {len(text):,} characters when it is written out.",
            "All of it would be sent.",
            "Name the part that the question is about.",
        )
    return text
