"""Variables in a question: names in braces are replaced with values. Independent of IPython."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from typing import Any

from ..core.errors import InvalidRequest, nearest
from ..question.context.summary import Summary

# Braces around anything else, such as JSON or TeX, are plain text.
_BRACES = re.compile(r"\{\{|\}\}|\{\s*([^\W\d]\w*)\s*([.\[(:!][^{}]*)?\}")

_LONGEST = 20_000  # characters of a value that is not a string


def filled(question: str, names: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return a question with its variables filled in, and the data that it refers to.

    Parameters
    ----------
    question : str
        ``{name}`` stands for a variable, ``{{`` and ``}}`` for a brace.
    names : mapping
        The variables by name.

    Returns
    -------
    question : str
        A text or number is inserted as its value; a data frame, series or `Summary` as its name.
    data : dict
        Those data frames, series and summaries by name, for the parameter ``context`` of `ask`.

    Raises
    ------
    InvalidRequest
        If a variable is unknown, braces contain an expression, or a value is too long.
    """
    data: dict[str, Any] = {}

    def value(match: re.Match[str]) -> str:
        name, more = match[1], match[2]
        if name is None:
            return match[0][0]
        if more:
            raise InvalidRequest(
                f"{match[0]} is not the name of a variable.",
                "Braces can contain only the name of a variable.",
                "Assign the value to a variable first, or double the braces to keep them: "
                f"{{{match[0]}}}.",
            )
        if name not in names:
            raise InvalidRequest(
                f"There is no variable {name!r}.",
                nearest(name, names),
                f"Define it in an earlier cell, or double the braces to keep them: {{{match[0]}}}.",
            )
        if _is_data(names[name]):
            data[name] = names[name]
            return f"`{name}`"
        return _written(name, names[name])

    return _BRACES.sub(value, question), data


def _is_data(value: Any) -> bool:
    """Return whether a value is a `Summary`, or a table or column of pandas or a compatible library."""
    pandas = sys.modules.get("pandas")  # imported already if the value is one of its frames
    ours = (Summary, pandas.DataFrame, pandas.Series) if pandas else (Summary,)
    return isinstance(value, ours) or hasattr(type(value), "to_pandas")


def _written(name: str, value: Any) -> str:
    if isinstance(value, str):
        return value
    text = str(value)
    if len(text) > _LONGEST:
        raise InvalidRequest(
            f"The value of {name!r} is too long to insert ({len(text):,} characters).",
            f"The limit for values other than text is {_LONGEST:,} characters.",
            "Assign the part that the question is about to a variable, and use that.",
        )
    return text
