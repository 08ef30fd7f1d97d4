"""Rows → a pandas frame with the columns that were promised, also where there are no rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from .errors import PplxError

if TYPE_CHECKING:
    import pandas as pd

# Seconds hold any date that Python does: with pandas's nanoseconds the years 1677 to 2262 are all.
_DTYPES = {date: "datetime64[s]", datetime: "datetime64[us, UTC]"}


def frame(rows: Iterable[Mapping[str, Any]], columns: Mapping[str, Any]) -> pd.DataFrame:
    """Return a frame of rows.

    Parameters
    ----------
    rows : iterable of mapping
        Column name → value. What is missing is None.
    columns : mapping
        Column name → what it holds, in their order: ``str``, ``int``, ``float``, ``bool``, ``date``
        (``datetime64[s]``), ``datetime`` (``datetime64[us, UTC]``), or a dtype of pandas, such as
        ``"Int64"`` for whole numbers that may be missing and ``object`` for anything.

    Returns
    -------
    pandas.DataFrame
        With these columns and types, however many rows there are.

    Raises
    ------
    PplxError
        pandas is not installed.
    """
    pd = _pandas()
    text = pd.Series([""]).dtype  # `str` since pandas 3, and `object` before
    rows = list(rows)
    return pd.DataFrame(
        {
            name: pd.Series(
                [row.get(name) for row in rows],
                dtype=text if kind is str else _DTYPES.get(kind, kind),
            )
            for name, kind in columns.items()
        }
    )


def _pandas() -> Any:
    try:
        import pandas as pd  # noqa: PLC0415 (an extra, and half a second)
    except ImportError:
        raise PplxError(
            "pandas is not installed.",
            "Frames are made with it, and it comes with the extra `data`.",
            "Run `pip install 'pplx-widget[data]'`, in a notebook with a % before it.",
        ) from None
    return pd
