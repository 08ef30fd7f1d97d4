"""Summarise the user's data as a text with a limited number of tokens.

The text is sent with a question; nothing else of the data is sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from ...core import checks as check
from ...core import errors
from ...core.events import Source
from ...core.text import clean
from .tokens import rounded
from .tokens import tokens as count_tokens

if TYPE_CHECKING:
    from .frames import Frame
    from .table import Table

TOKENS = 1000
"""The default limit for the tokens of a summary."""

_FEWEST = 50
_HEAD = 5
_TABLES_NAMED = 3
_INTRO = "Data for this question, summarised on the user's machine; only this summary was sent."


@dataclass(frozen=True, slots=True)
class Summary:
    """A summary of data that is sent with a question; made by `pplx_widget.summarise`.

    Attributes
    ----------
    text : str
        The exact text that is sent after the question.
    about : str
        The shape of the data: ``"12 rows × 4 columns"``.
    left_out : tuple of str
        The parts of the data that are not in the summary; the text names them too. Columns that the
        user excludes are counted, not named.
    sources : tuple of Source
        The sources in the text, by whose numbers the answer can cite them.
    """

    text: str
    about: str
    left_out: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()

    @property
    def tokens(self) -> int:
        """An estimate of the text's tokens; the service's tokeniser is not known."""
        return count_tokens(self.text)

    @property
    def label(self) -> str:
        """The shape of the data and the length: ``"12 rows × 4 columns · about 600 tokens"``."""
        return f"{self.about} · about {rounded(self.tokens)} tokens"

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"Context · {self.label}\n\n{self.text}"


def summarise(
    data: Any,
    /,
    *,
    tokens: int | None = None,
    head: int = _HEAD,
    exclude: str | Iterable[Any] = (),
    name: str | None = None,
) -> Summary:
    """Return the summary that ``ask(…, context=data)`` would send, to inspect it or to pass it on.

    Parameters
    ----------
    data : DataFrame, Series, str, list, dict, Sources or Answer
        The result of `search`, the sources of an answer, a finished answer, or a list of these. Or a
        data frame or series of pandas, polars, pyarrow (a table, record batch or array) or another
        library that narwhals supports, or an object with a method ``to_pandas``; a list of these, or a
        dict of them by name; or a text, which is sent unchanged. A query that has not run
        (``LazyFrame``) is refused: run it first.
    tokens : int, optional
        The approximate limit for the summary's tokens, at least 50. The default is 1000, 4000 for
        sources and answers, and no limit for a text. To stay within it, the summary of a table first
        drops rows, then the most common values, then the description of the columns, then columns;
        that of sources drops extracts, then sources.
    head : int, optional
        How many of the first rows to include; the default is 5. With 0, no rows are included, but the
        columns are still described (ranges, values that occur more than once).
    exclude : str or iterable, optional
        Columns, or levels of the index, to exclude: the summary has neither their values nor their
        names.
    name : str, optional
        The name of the table.

    Returns
    -------
    Summary
        The summary; its ``text`` is sent and shown unchanged.

    Raises
    ------
    InvalidRequest
        The data is of another type, does not have a column to exclude, or is an answer in progress.
    PplxError
        The data is a data frame, and narwhals is not installed.

    Notes
    -----
    The most common values of a text column include only values that occur more than once. A text column
    of more than 200,000 values is counted from an evenly spaced sample, and the summary says so.

    Examples
    --------
    >>> import pandas as pd
    >>> import pplx_widget as pplx
    >>> print(pplx.summarise(pd.DataFrame({"city": ["Oslo", "Oslo", "Bergen"], "rain": [1.5, 0, 7]})))
    Data for this question, summarised on the user's machine; only this summary was sent.
    <BLANKLINE>
    Table: 3 rows × 2 columns
    <BLANKLINE>
    Columns:
    city (str): 2 different values; 4 to 6 characters — "Oslo" 2×
    rain (float64): 0 to 7; quartiles 0.75, 1.5, 4.25; mean 2.83333, std 3.68556
    <BLANKLINE>
    All rows (CSV):
    city,rain
    Oslo,1.5
    Oslo,0
    Bergen,7
    """
    if isinstance(data, Summary):
        return data
    check.whole_number("tokens", tokens, _FEWEST)
    check.whole_number("head", head, 0)
    check.text("name", name)
    if isinstance(data, str):
        return _of_text(data, tokens)
    from . import sources  # noqa: PLC0415 (most questions have no context)

    if (summary := sources.of(data, tokens, Summary)) is not None:
        return cast("Summary", summary)
    alone = isinstance(exclude, str) or not isinstance(exclude, Iterable)
    kept_back = [exclude] if alone else list(exclude)
    from .table import Table  # noqa: PLC0415 (most questions have no table)

    tables = [Table(called, frame) for called, frame in _frames(data, name or "Table")]
    for column in kept_back:
        # Raise for an unknown name: a typo must not cause a column to be sent.
        found = [table.keep_back(column) for table in tables]
        if not any(found):
            known = [str(c) for table in tables for c in table.names]
            hint = errors.nearest(str(column), known)
            raise check.invalid("exclude", column, "the name of a column of the data", hint)
    return _of_tables(tables, TOKENS if tokens is None else tokens, head)


def _of_text(text: str, tokens: int | None) -> Summary:
    check.text("context", text)
    # Normalise as HTML does, which has only one line end and no NUL.
    text = clean(text).replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd")
    about = f"a text of {len(text):,} characters"
    if tokens is None or count_tokens(text) <= tokens:
        return Summary(text, about)
    kept = text
    while count_tokens(kept) > tokens:  # approaches the limit step by step
        kept = kept[: len(kept) * tokens // count_tokens(kept) - 1]
    kept = kept.rstrip()
    note = f"the last {len(text) - len(kept):,} of {len(text):,} characters"
    return Summary(f"{kept}…\n\nLeft out: {note}.", about, (note,))


def _frames(data: Any, name: str) -> list[tuple[str, Frame]]:
    if isinstance(data, Mapping) and data and all(isinstance(key, str) for key in data):
        return [(key, _frame(value)) for key, value in data.items()]
    if isinstance(data, list | tuple) and data:
        return [(f"{name} {i}", _frame(value)) for i, value in enumerate(data, start=1)]
    return [(name, _frame(data))]


def _frame(data: Any) -> Frame:
    from .frames import read  # noqa: PLC0415 (as above)

    frame = read(data)
    if frame is None:
        kind = type(data).__name__
        raise errors.InvalidRequest(
            f"A context cannot be of type {kind}.",
            "",
            "Pass a data frame or series (pandas, polars, pyarrow), a list or a dict of them, a text, "
            "the result of `pplx.search(…)`, an answer, or the result of `pplx.summarise(…)`.",
        )
    return frame


def _of_tables(tables: Sequence[Table], tokens: int, head: int) -> Summary:
    """Divide the tokens among the tables; tokens that a table does not need go to the next ones."""
    pieces, left_out = [_INTRO], list[str]()
    room = tokens - count_tokens(_INTRO)
    for i, table in enumerate(tables):
        text, missing = table.write(room // (len(tables) - i), head)
        pieces.append(text)
        left_out += [f"{table.called}: {each}" if len(tables) > 1 else each for each in missing]
        room = max(0, room - count_tokens(text))
    return Summary("\n\n".join(pieces), _about(tables), tuple(left_out))


def _about(tables: Sequence[Table]) -> str:
    if len(tables) == 1:
        return tables[0].shape
    if len(tables) <= _TABLES_NAMED:
        return f"{len(tables)} tables, " + " and ".join(table.shape for table in tables)
    return f"{len(tables)} tables"
