"""The question of each row, and the errors before anything is sent."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from pplx_widget.batch import rows, template
from pplx_widget.core.errors import InvalidRequest

FRAME = pd.DataFrame(
    {
        "country": ["France", "Peru"],
        "share": [0.5, 2.0],
        "day": pd.to_datetime(["2026-01-31", "2026-02-01"]),
        "kind": pd.Categorical(["a", "b"]),
        "nested": [{"x": 1}, [1, "ü"]],
        "a b": ["1\n2", "3"],
    },
    index=pd.Index(["fr", "pe"], name="code"),
)


def asked(data: Any, question: Any) -> list[str]:
    return template.questions(rows.read(data), question)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("In {country}?", ["In France?", "In Peru?"]),
        ("{ country }: {share}", ["France: 0.5", "Peru: 2"]),
        ("{share:.2f}", ["0.50", "2.00"]),
        ("{day} {kind}", ["2026-01-31 a", "2026-02-01 b"]),
        ("{day:%B}", ["January", "February"]),
        ("{nested}", ['{"x": 1}', '[1, "ü"]']),
        ("{a b}", ["1\n2", "3"]),
        ("{code}: {{x}} }}", ["fr: {x} }", "pe: {x} }"]),
        ("the same", ["the same", "the same"]),
        (lambda row: f"{row['country']}!", ["France!", "Peru!"]),
    ],
)
def test_questions(question: Any, expected: list[str]) -> None:
    assert asked(FRAME, question) == expected


@pytest.mark.parametrize(
    ("data", "question"),
    [
        (["x", "y"], "Q {text}"),
        (["x", "y"], "Q {}"),
        (["x", "y"], "Q {:s}"),
        ([{"n": "x"}, {"n": "y"}], "Q {n}"),
        (({"n": each} for each in "xy"), "Q {n}"),
        (pl.DataFrame({"n": ["x", "y"]}), "Q {n}"),
        (pa.table({"n": ["x", "y"]}), "Q {n}"),
        (pl.Series("n", ["x", "y"]), "Q {}"),
        (pd.Series(["x", "y"]), "Q {value}"),
        (pd.DataFrame({("n", 1): ["x", "y"]}), "Q {n / 1}"),
        (pd.DataFrame([["x"], ["y"]]), "Q {0}"),
    ],
)
def test_kinds_of_data(data: Any, question: str) -> None:
    assert asked(data, question) == ["Q x", "Q y"]


def test_no_rows() -> None:
    assert asked([], "{anything}") == []
    assert asked(FRAME.head(0), "{country}") == []


@pytest.mark.parametrize(
    ("question", "named"),
    [
        ("{contry}", ("'contry'", "'country'")),
        ('{"a": 1}', ("double the braces",)),
        ("{country.upper}", ("'country.upper'",)),
        ("{country", ("unbalanced '{'",)),
        ("country}", ("unbalanced '}'",)),
        ("{share:.2q}", ("'share'", "'.2q'", "Row 0")),
        ("  ", ("empty", "Rows 0, 1")),
        (lambda _row: None, ("None", "row 0")),
        (lambda row: row["no"], ("KeyError", "row 0")),
        (3, ("question",)),
    ],
)
def test_refused(question: Any, named: tuple[str, ...]) -> None:
    with pytest.raises(InvalidRequest) as caught:
        asked(FRAME, question)
    for each in named:
        assert each in str(caught.value)


@pytest.mark.parametrize(
    "missing",
    [
        *(None, float("nan"), np.float32("nan"), Decimal("nan"), complex("nan")),
        *(pd.NaT, pd.NA, np.datetime64("NaT"), np.timedelta64("NaT")),
    ],
    ids=lambda missing: f"{type(missing).__name__} {missing}",
)
def test_a_missing_value_is_named_with_its_rows(missing: Any) -> None:
    data = [{"a": "x"}, *[{"a": missing}] * 8]
    with pytest.raises(InvalidRequest, match="'a' has no value in rows 1, 2, 3, 4, 5 and 3 more"):
        asked(data, "{a}?")
    # A function decides itself.
    assert asked(data, lambda row: row["a"] or "none")[1] == "none"


def test_a_column_that_is_not_asked_may_have_gaps() -> None:
    data = pd.DataFrame({"a": ["x"], "b": [None]})
    assert asked(data, "{a}") == ["x"]


def test_columns_with_one_name_are_refused_only_if_the_question_names_them() -> None:
    data = pd.DataFrame([["x", "y", "z"]], columns=["a", "b", "b"])
    assert asked(data, "{a}") == ["x"]
    with pytest.raises(InvalidRequest, match="'b' occurs 2 times"):
        asked(data, "{b}")


@pytest.mark.parametrize("data", ["text", {"a": [1]}, 3, [1, 2], ["a", {"b": 1}], [None]])
def test_other_data_is_refused(data: Any) -> None:
    with pytest.raises(InvalidRequest, match="data frame, a list of texts"):
        asked(data, "{}")


def test_a_query_that_has_not_run_is_refused() -> None:
    with pytest.raises(InvalidRequest, match=r"LazyFrame has no rows yet.*collect"):
        asked(pl.LazyFrame({"a": [1]}), "{a}")


def test_an_index_may_be_named_by_a_number() -> None:
    data = pd.DataFrame({"a": ["x"]}, index=pd.Index(["y"], name=0))
    assert asked(data, "{a} {0}") == ["x y"]


def test_a_value_that_cannot_be_compared_is_a_value() -> None:
    assert asked([{"a": np.array([1, 2])}, {"a": Decimal("sNaN")}], "{a}") == ["[1 2]", "sNaN"]


def test_a_date_of_python() -> None:
    assert asked([{"d": date(2026, 1, 2)}], "{d}") == ["2026-01-02"]
