"""Variables in a question: names in braces are replaced with values. Independent of IPython."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Mapping
from typing import Any

from ..core.errors import InvalidRequest, nearest
from ..question.context.summary import Summary
from . import verbatim

# Braces around anything else, such as JSON or TeX, are plain text.
_BRACES = re.compile(r"\{\{|\}\}|\{\s*([^\W\d]\w*)\s*([.\[(:!][^{}]*)?\}")

_LONGEST = 20_000  # characters of a value that is not a string


def filled(question: str, names: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    r"""Return a question with its variables filled in, and the data that it refers to.

    Code is unchanged, and so are the arguments of TeX: braces directly after a command such as
    ``\\sqrt``, ``^`` or ``_``.

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
        If a variable is unknown, braces contain an expression, a value is too long, or a formula
        contains data.
    """
    if "{" not in question and "}" not in question:
        return question, {}
    data: dict[str, Any] = {}
    code, tex = verbatim.code(question), verbatim.arguments(question)
    pieces, at = [], 0
    while match := _BRACES.search(question, at):
        if (kept := verbatim.within(match.start(), code, tex)) is not None:
            pieces.append(question[at : kept.stop])
            at = kept.stop
            continue
        pieces += [question[at : match.start()], _value(match, names, data, tex)]
        at = match.end()
    return "".join([*pieces, question[at:]]), data


def _value(
    match: re.Match[str], names: Mapping[str, Any], data: dict[str, Any], tex: list[range]
) -> str:
    """Return the text for braces, and add the value to the data if it is a data frame."""
    name, more = match[1], match[2]
    if name is None:
        return match[0][0]
    kept = f"double the braces to keep them: {{{match[0]}}}."
    if more:
        raise InvalidRequest(
            f"{match[0]} is not the name of a variable.",
            "Braces can contain only the name of a variable.",
            f"Assign it first, `value = {_expression(match[0])}`, and write {{value}}. Or {kept}",
        )
    if name not in names:
        raise InvalidRequest(
            f"There is no variable {name!r}.",
            nearest(name, names),
            f"Define it in an earlier cell, or {kept}",
        )
    value = names[name]
    if not _is_data(value):
        return _written(name, value)
    # A brace of a formula must not send the rows of a data frame that has the same name.
    question, before, after = match.string, match.start(), match.string[match.end() :][:1]
    in_formula = verbatim.within(before, verbatim.formulas(question)) is not None
    if in_formula or after in ("^", "_") or verbatim.follows(question, before, tex):
        raise InvalidRequest(
            f"{match[0]} is data and stands in a formula.",
            "A formula has braces of its own, so nothing was sent.",
            f"Name the data outside the formula, or {kept}",
        )
    data[name] = value
    return f"`{name}`"


def _expression(braces: str) -> str:
    """Return the content of braces as an expression; with a format, as an f-string."""
    inside = braces[1:-1].strip()
    try:
        ast.parse(inside, mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return f'f"{braces}"'
    return inside


def _is_data(value: Any) -> bool:
    """Return whether a value is a `Summary`, or a table or column of pandas or a compatible library."""
    pandas = sys.modules.get("pandas")  # imported already if the value is one of its frames
    ours = (Summary, pandas.DataFrame, pandas.Series) if pandas else (Summary,)
    return isinstance(value, ours) or hasattr(type(value), "to_pandas")


def _written(name: str, value: Any) -> str:
    if isinstance(value, str):
        return value
    try:
        text = str(value)
    except Exception as error:  # noqa: BLE001 (a number of more than 4,300 digits, or any object)
        raise InvalidRequest(
            f"The value of {name!r} cannot be inserted.",
            f"Its conversion to text failed with {type(error).__name__}: {error}.",
            "Assign its text to a variable, and use that.",
        ) from None
    if len(text) > _LONGEST:
        raise InvalidRequest(
            f"The value of {name!r} is too long to insert ({len(text):,} characters).",
            f"The limit for values other than text is {_LONGEST:,} characters.",
            "Assign the part that the question is about to a variable, and use that.",
        )
    return text
