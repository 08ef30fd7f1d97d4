"""Data frames have the same columns and types for any rows."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime

import pytest

import pplx_widget as pplx
from pplx_widget.core.frames import frame

COLUMNS = {
    "name": str,
    "times": int,
    "share": float,
    "cited": bool,
    "date": date,
    "asked": datetime,
    "number": "Int64",
    "parts": object,
}


def test_types_do_not_depend_on_the_rows() -> None:
    pd = pytest.importorskip("pandas")
    asked = datetime(2026, 11, 28, 12, tzinfo=UTC)
    full = {"name": "a", "times": 2, "share": 0.5, "cited": True}
    full |= {"date": date(2026, 11, 3), "asked": asked, "number": 1, "parts": [1, 2]}
    none = frame([], COLUMNS)
    some = frame(
        [full, full | {"name": None, "date": None, "asked": None, "number": None}], COLUMNS
    )
    assert list(none.columns) == list(some.columns) == list(COLUMNS)
    assert list(none.dtypes) == list(some.dtypes)
    assert len(none) == 0
    assert dict(some.dtypes.astype(str))["date"] == "datetime64[s]"
    assert some.iloc[0].to_dict() == full | {
        "date": pd.Timestamp("2026-11-03"),
        "asked": pd.Timestamp(asked),
    }
    assert some.iloc[1].isna().to_dict() == {
        name: name in ("name", "date", "asked", "number") for name in COLUMNS
    }


def test_any_date_of_python_fits() -> None:
    pytest.importorskip("pandas")
    dates = [date.min, date(1066, 10, 14), date.max]
    made = frame([{"date": each} for each in dates], {"date": date})
    assert [each.date() for each in made["date"]] == dates


def test_without_pandas_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(pplx.PplxError, match="pandas is not installed") as caught:
        frame([], COLUMNS)
    assert "pplx-widget[data]" in caught.value.try_this
    assert caught.value.__suppress_context__
