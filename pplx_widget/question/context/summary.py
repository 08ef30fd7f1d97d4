"""Data → the text that goes out with a question: short, honest, and within a number of tokens.

Nothing of the data is sent that does not stand in this text.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...core import checks as check
from ...core import errors
from ...core.text import clean
from .frames import Frame, read
from .table import Table
from .tokens import rounded
from .tokens import tokens as count_tokens

TOKENS = 1000
"""Tokens that a summary takes at most, unless told otherwise."""

_FEWEST = 50
_HEAD = 5
_TABLES_NAMED = 3
_INTRO = (
    "Data for this question, summarised on the asker's machine; only what stands here was sent."
)


@dataclass(frozen=True, slots=True)
class Summary:
    """What goes out of some data with a question; made by `pplx_widget.summarise`.

    Attributes
    ----------
    text : str
        Exactly what is sent after the question.
    about : str
        What it is of: ``"12 rows × 4 columns"``.
    left_out : tuple of str
        What of the data is not in it; the text says so too, but for the names of what the user keeps
        back.
    """

    text: str
    about: str
    left_out: tuple[str, ...] = ()

    @property
    def tokens(self) -> int:
        """About how many tokens the text is; which tokeniser the service uses is not known."""
        return count_tokens(self.text)

    @property
    def label(self) -> str:
        """What it is of, and how long: ``"12 rows × 4 columns · about 600 tokens"``."""
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
    """Return what ``ask(…, context=data)`` would send of some data, to look at first or to send.

    Parameters
    ----------
    data : DataFrame, Series, str, list or dict
        A frame or series of pandas, polars, pyarrow (a table, record batch or array) or another library
        that narwhals knows, or an object with a method ``to_pandas``; several of them as a list, or by
        name as a dict; or a text, which is taken as it is. A query that has not run (``LazyFrame``) is
        refused: run it first.
    tokens : int, optional
        About how many tokens it takes at most, from 50; 1000 unless said, and all of a text. First the
        rows give way, then the most common values, then the columns' contents, then columns.
    head : int, optional
        How many of the first rows are shown, 5 unless said. With 0 there are no rows; what the columns
        hold (ranges, the values that come more than once) is said all the same.
    exclude : str or iterable, optional
        Columns, or levels of the index, that are kept back: neither their values nor their names are
        in it.
    name : str, optional
        What the table is called.

    Returns
    -------
    Summary
        Its ``text`` is what is sent; it is what is shown, too.

    Raises
    ------
    InvalidRequest
        It is no such data, or a column to keep back is not in it.
    PplxError
        It is a frame, and narwhals is not installed.

    Notes
    -----
    A value of a text column is among the most common ones only where it comes more than once. Text
    columns of more than 200,000 values are counted from a part of them, evenly spread, and said to be.

    Examples
    --------
    >>> import pandas as pd
    >>> import pplx_widget as pplx
    >>> print(pplx.summarise(pd.DataFrame({"city": ["Oslo", "Oslo", "Bergen"], "rain": [1.5, 0, 7]})))
    Data for this question, summarised on the asker's machine; only what stands here was sent.
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
    alone = isinstance(exclude, str) or not isinstance(exclude, Iterable)
    kept_back = [exclude] if alone else list(exclude)
    tables = [Table(called, frame) for called, frame in _frames(data, name or "Table")]
    for column in kept_back:
        # A misspelt name must not let out what was to be kept back.
        found = [table.keep_back(column) for table in tables]
        if not any(found):
            known = [str(c) for table in tables for c in table.names]
            hint = errors.nearest(str(column), known)
            raise check.invalid("exclude", column, "the name of a column of the data", hint)
    return _of_tables(tables, TOKENS if tokens is None else tokens, head)


def _of_text(text: str, tokens: int | None) -> Summary:
    check.text("context", text)
    # As it will be read: HTML knows no other line ends, and no NUL.
    text = clean(text).replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd")
    about = f"a text of {len(text):,} characters"
    if tokens is None or count_tokens(text) <= tokens:
        return Summary(text, about)
    kept = text
    while count_tokens(kept) > tokens:  # each time nearer to it
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
    frame = read(data)
    if frame is None:
        kind = type(data).__name__
        raise errors.InvalidRequest(
            f"A context cannot be of type {kind}.",
            "",
            "It is a frame or series (pandas, polars, pyarrow), a list or a dict of them, a text, or "
            "what `pplx.summarise(…)` returned.",
        )
    return frame


def _of_tables(tables: Sequence[Table], tokens: int, head: int) -> Summary:
    """Share the tokens out: what one table does not need is the next ones'."""
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
