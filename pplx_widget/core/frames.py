"""Build pandas data frames with fixed columns and types, even without rows."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from . import browser_packages
from .errors import PplxError

if TYPE_CHECKING:
    import pandas as pd

# In seconds, any date of Python fits; with pandas's nanoseconds, only the years 1677 to 2262 do.
_DTYPES = {date: "datetime64[s]", datetime: "datetime64[us, UTC]"}


def frame(rows: Iterable[Mapping[str, Any]], columns: Mapping[str, Any]) -> pd.DataFrame:
    """Return a data frame of rows.

    Parameters
    ----------
    rows : iterable of mapping
        Column name → value. Missing values are None.
    columns : mapping
        Column name → type, in the order of the columns: ``str``, ``int``, ``float``, ``bool``,
        ``date`` (``datetime64[s]``), ``datetime`` (``datetime64[us, UTC]``), or a dtype of pandas,
        such as ``"Int64"`` for whole numbers that may be missing and ``object`` for anything.

    Returns
    -------
    pandas.DataFrame
        A data frame with exactly these columns and types.

    Raises
    ------
    PplxError
        pandas is not installed.
    """
    pd = pandas()
    text = pd.Series([""]).dtype  # `str` since pandas 3, `object` before
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


def pandas() -> Any:
    """Return the module pandas.

    Raises
    ------
    PplxError
        It is not installed.
    """
    try:
        return _imported()
    except ImportError:
        if browser_packages.load_now("pandas"):
            with contextlib.suppress(ImportError):
                return _imported()
        raise PplxError(
            "pandas is not installed.",
            "Data frames need it; it comes with the extra `data`.",
            "Run `pip install 'pplx-widget[data]'` (in a notebook: `%pip install …`).",
        ) from None


def _imported() -> Any:
    import pandas as pd  # noqa: PLC0415 (optional, and takes half a second)

    return pd
