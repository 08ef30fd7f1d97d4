"""`compare`: one question asked in several ways, side by side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Unpack, cast

from ...core import checks
from ...question.extras import seal
from ...runs import prepare
from ...runs.prepare import Options
from ..answer import Answer
from . import ways as read_ways
from .columns import Columns
from .model import Comparison

_OPTIONS = ("check", *prepare.OPTIONS)
_WHO_ANSWERS = frozenset({"effort", "preset", "model", "models"})


def compare(
    question: str,
    ways: Iterable[str | Mapping[str, Any]],
    /,
    *,
    check: bool | None = None,
    **options: Unpack[Options],
) -> Comparison:
    """Ask a question in several ways at once, and show the answers side by side.

    This returns at once. The answers stream in columns, with a table of their metrics: the time to the
    first token and to the end, tokens a second, cost, sources, and how many of the sources others have
    found, too. Each answer is one question: it is billed, counts for the budget, and fails alone.

    Parameters
    ----------
    question : str
        The question.
    ways : iterable of str or mapping
        At least two ways to ask: an effort (``"low"``), a model (``"perplexity/sonar"``), or a mapping
        of options of `ask`, such as ``{"effort": "low", "search": pplx.Search(recency="month")}`` or
        ``{"provider": "chat", "model": "m"}``.
    check : bool, optional
        As for `ask`: whether a failed answer makes its cell fail in a non-interactive run.
    **options
        Options of `ask` for all answers. Those of a way replace them.

    Returns
    -------
    Comparison
        The comparison, with its answers in progress.

    Raises
    ------
    InvalidRequest
        The question is empty, there are fewer than two ways, or an option of one is invalid. Nothing
        was sent.
    UnknownOption
        An unknown keyword argument, or an unknown option of a way.

    Examples
    --------
    >>> import pplx_widget as pplx
    >>> comparison = pplx.compare("What is HTTP/3?", ["fast", "low", {"search": False}])
    >>> comparison.ways
    ['fast', 'low', 'search=False']
    >>> comparison.wait(60).to_frame().columns[0]
    'way'
    """
    given = cast("dict[str, Any]", options)
    seal(given)
    prepare.refuse_unknown("compare", given, _OPTIONS)
    checks.flag("check", check)
    read = read_ways.read(ways)
    begins = [prepare.prepared(question, **_together(given, way)) for way in read]
    for begin in begins:
        begin.way()
    columns = Columns(begins[0].request.question, read_ways.names(read))
    answers: list[Answer] = []
    try:
        # Not a comprehension: an interrupt would lose the answers before it.
        answers.extend(Answer.begun(begin, check=check, within=columns) for begin in begins)
        return Comparison(columns, answers)
    except BaseException:  # an interrupt: the caller does not get the answers, which cost money
        for answer in answers:
            answer.stop()
        raise


def _together(options: dict[str, Any], way: dict[str, Any]) -> dict[str, Any]:
    """Return the options of one answer; a way that names who answers replaces other such options."""
    if _WHO_ANSWERS & way.keys():
        options = {name: value for name, value in options.items() if name not in _WHO_ANSWERS}
    return options | way
