"""Numbers in a summary: rows are whole, or say that they are rounded."""

from __future__ import annotations

import runpy

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import pplx_widget as pplx

from ..support.paths import CORPORA

CASE = CORPORA / "cases" / "data" / "17-frame-floats.py"
FLOATS = [1234567.89, 52.5200066, 1735689601.25, 0.1, 1e-7, 1e22, 3.0, -0.1234567890123456]


def rows(text: str) -> list[str]:
    return text.partition("All rows (CSV):\n")[2].splitlines()


def test_the_case(capsys: pytest.CaptureFixture[str]) -> None:
    runpy.run_path(str(CASE))
    said = capsys.readouterr().out
    assert rows(said) == [
        "invoice,lat,t",
        "1234567.89,52.5200066,1735689600.5",
        "1234567.12,52.5200071,1735689601.25",
    ]
    assert "lat (float64): 52.5200066 to 52.5200071; quartiles 52.520006725, 52.52000685," in said
    assert "e+0" not in said


@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow", "objects"])
def test_rows_are_whole(library: str) -> None:
    made = {
        "pandas": lambda: pd.DataFrame({"x": FLOATS}),
        "polars": lambda: pl.DataFrame({"x": FLOATS}),
        "pyarrow": lambda: pa.table({"x": FLOATS}),
        "objects": lambda: pd.DataFrame({"x": pd.Series(FLOATS, dtype=object)}),
    }
    written = rows(pplx.summarise(made[library](), head=len(FLOATS)).text)[1:]
    assert [float(each) for each in written] == FLOATS


@pytest.mark.parametrize("library", [pd, pl])
def test_single_precision_has_no_noise(library: object) -> None:
    values = np.array([0.1, 52.52001, 1234567.9], dtype="float32")
    summary = pplx.summarise(library.DataFrame({"x": values}))  # type: ignore[attr-defined]
    written = rows(summary.text)[1:]
    assert written == ["0.1", "52.52001", "1234567.9"]
    assert "0.1 to 1234567.9" in summary.text


def test_rounded_rows_say_so() -> None:
    frame = pd.DataFrame({f"c{i}": [0.1234567890123456 + i] for i in range(10)})
    tight = next(
        summary.text
        for tokens in range(50, 1000)
        if "0.123457" in (summary := pplx.summarise(frame, tokens=tokens)).text.split("CSV")[-1]
    )
    assert "All rows (CSV, numbers rounded to 6 digits):\n" in tight
    assert "0.1234567890123456" not in tight.partition("CSV")[2]


def test_rounding_that_loses_nothing_is_not_said() -> None:
    frame = pd.DataFrame({"a": ["x" * 70], "b": [0.5]})
    texts = {pplx.summarise(frame, tokens=tokens).text for tokens in range(50, 200)}
    assert any("(CSV):" in text for text in texts)
    assert not any("rounded" in text for text in texts)


def test_a_number_of_6000_digits_is_no_error() -> None:
    frame = pd.DataFrame({"x": pd.Series([10**6000, 1], dtype=object)})
    assert "(int)" in pplx.summarise(frame).text
