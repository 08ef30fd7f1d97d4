"""The data frame of a batch."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pydantic
import pytest

import pplx_widget as pplx

from ..support.rows import LIMIT, Answers, answer

OURS = ["text", "status", "error", "sources", "citations", "cost", "tokens", "seconds"]
URL = "https://example.org/1"


def framed(data: Any, question: str = "{x}", **options: Any) -> Any:
    options.setdefault("provider", Answers())
    return pplx.ask_many(data, question, **options).wait(LIMIT).to_frame()


def test_pandas_keeps_columns_order_and_index() -> None:
    data = pd.DataFrame(
        {"x": ["b", "a"], "n": pd.Categorical(["u", "v"])}, index=["second", "first"]
    )
    frame = framed(data)
    assert [*frame] == ["x", "n", *OURS]
    pd.testing.assert_frame_equal(frame[["x", "n"]], data)
    assert [*frame["text"]] == ["Tob:[1]", "Toa:[1]"]
    assert [*frame["sources"]] == [*frame["citations"]] == [[URL], [URL]]
    assert (frame["cost"].sum(), frame["tokens"].sum()) == (0.02, 60)
    assert frame["error"].isna().all()
    assert (frame["seconds"] >= 0).all()
    assert (str(frame["tokens"].dtype), str(frame["cost"].dtype)) == ("Int64", "float64")


def test_names_that_are_taken_get_a_suffix() -> None:
    data = pd.DataFrame({"text": ["a"], "cost": [1], "cost_answer": [2]})
    frame = framed(data, "{text}")
    assert [*frame][:3] == ["text", "cost", "cost_answer"]
    assert {"text_answer", "cost_answer_answer"} <= {*frame}
    assert (frame["text"][0], frame["text_answer"][0]) == ("a", "Toa:[1]")


@pytest.mark.parametrize("index", [["i", "i"], pd.MultiIndex.from_tuples([("a", 1), ("a", 1)])])
def test_an_index_that_repeats(index: Any) -> None:
    frame = framed(pd.DataFrame({"x": ["p", "q"]}, index=index))
    assert [*frame["text"]] == ["Top:[1]", "Toq:[1]"]
    assert frame.index.equals(pd.Index(index))


def test_columns_that_repeat_and_columns_of_two_levels() -> None:
    twice = framed(pd.DataFrame([["p", 1, 2]], columns=["x", "d", "d"]))
    assert [*twice][:3] == ["x", "d", "d"]
    levels = framed(pd.DataFrame({("x", "y"): ["p"]}), "{x / y}")
    assert levels["text", ""][0] == "Top:[1]"
    assert levels["x", "y"][0] == "p"


@pytest.mark.parametrize(
    "data",
    [
        pl.DataFrame({"x": ["p", "q"]}),
        pl.Series("x", ["p", "q"]),
        pa.table({"x": ["p", "q"]}),
        pa.RecordBatch.from_pydict({"x": ["p", "q"]}),
        pd.Series(["p", "q"], name="x"),
        pd.Index(["p", "q"], name="x"),
        [{"x": "p"}, {"x": "q"}],
    ],
    ids=lambda data: type(data).__module__ + "." + type(data).__name__,
)
def test_each_library_gets_its_own(data: Any) -> None:
    frame = framed(data)
    library = type(data).__module__.partition(".")[0]
    assert type(frame).__module__.partition(".")[0] == (
        library if library != "builtins" else "pandas"
    )
    columns = frame.column_names if isinstance(frame, pa.Table) else [*frame.columns]
    assert columns == ["x", *OURS]
    found = frame.to_pydict() if isinstance(frame, pa.Table) else frame.to_dict()
    values = {
        name: [*column.values()] if isinstance(column, dict) else [*column]
        for name, column in found.items()
    }
    assert values["text"] == ["Top:[1]", "Toq:[1]"]
    assert [*map(list, values["citations"])] == [[URL], [URL]]


@pytest.mark.parametrize(
    "data", [pa.array(["p", "q"]), pa.chunked_array([["p"], ["q"]]), pl.Series(["p", "q"])]
)
def test_a_series_without_a_name(data: Any) -> None:
    frame = framed(data, "{}")
    columns = frame.column_names if isinstance(frame, pa.Table) else [*frame.columns]
    assert columns == ["value", *OURS]


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame, lambda columns: [*rows_of(columns)]])
def test_the_user_may_change_the_data_meanwhile(make: Any) -> None:
    data = make({"x": ["p", "q"]})
    batch = pplx.ask_many(data, "{x}", provider=Answers())
    if isinstance(data, pd.DataFrame):
        data["n"] = 1
        data.index = [5, 6]
    elif isinstance(data, pl.DataFrame):
        data.insert_column(0, pl.Series("n", [1, 1]))
    else:
        data[0]["n"] = data[0].pop("x")
        del data[1]
    frame = batch.wait(LIMIT).to_frame()
    assert [*frame.columns] == ["x", *OURS]
    assert [*frame["x"]] == ["p", "q"]


def rows_of(columns: dict[str, list[Any]]) -> Iterator[dict[str, Any]]:
    for values in zip(*columns.values(), strict=True):
        yield dict(zip(columns, values, strict=True))


def test_texts() -> None:
    frame = framed(["p", "q"], "{}")
    assert [*frame] == ["text", "text_answer", *OURS[1:]]


def test_no_rows_have_the_same_columns() -> None:
    for data in (pd.DataFrame({"x": []}), pl.DataFrame({"x": []})):
        assert [*framed(data).columns] == ["x", *OURS]
    assert [*framed([], "{}").columns][-7:] == OURS[1:]


class Place(pydantic.BaseModel):
    city: str


class Model(pydantic.BaseModel):
    n: int
    share: float | None
    sure: bool
    day: dt.date
    tags: list[str]
    place: Place
    kind: str = "plain"


GOOD = {
    "n": 3,
    "share": 1,
    "sure": True,
    "day": "2026-01-31",
    "tags": ["u"],
    "place": {"city": "X"},
}


def test_the_fields_of_a_schema_are_typed_columns() -> None:
    provider = Answers(lambda q: answer(json.dumps(GOOD if q == "p" else {"n": "no"})))
    for schema in (Model, Model.model_json_schema()):
        frame = framed(pd.DataFrame({"x": ["p", "q"]}), schema=schema, provider=provider)
        assert [*frame] == ["x", *Model.model_fields, *OURS[1:]]
        kinds = {name: str(frame[name].dtype) for name in Model.model_fields}
        assert (kinds["n"], kinds["share"], kinds["sure"]) == ("Int64", "float64", "boolean")
        assert kinds["day"].startswith("datetime64")
        assert (frame["n"][0], frame["day"][0], frame["tags"][0]) == (
            3,
            pd.Timestamp("2026-01-31"),
            ["u"],
        )
        assert frame["place"][0] == {"city": "X"}
        assert frame.loc[1, [*Model.model_fields]].isna().all()
        assert [*frame["status"]] == ["complete", "failed"]
        assert "does not fit" in frame["error"][1]
    frame = framed(pl.DataFrame({"x": ["p", "q"]}), schema=Model, provider=provider)
    assert frame.schema["day"] == pl.Date
    assert frame.schema["tags"] == pl.List(pl.String)
    assert frame["n"].to_list() == [3, None]


def test_a_schema_without_fields_is_one_column() -> None:
    provider = Answers(lambda _q: answer("[1,2]"))
    schema = {"type": "array", "items": {"type": "integer"}}
    assert framed(["p"], "{}", schema=schema, provider=provider)["value"][0] == [1, 2]


def test_values_beyond_their_type_stay_as_they_are() -> None:
    provider = Answers(lambda _q: answer(json.dumps({"n": 2**70})))
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}}
    assert framed(["p"], "{}", schema=schema, provider=provider)["n"][0] == 2**70


def test_a_frame_of_a_batch_under_way() -> None:
    class Never:
        async def stream(self, _request: Any) -> Any:
            import asyncio

            await asyncio.Event().wait()
            yield

    batch = pplx.ask_many(["a", "b"], "{}", provider=Never(), concurrency=1)
    frame = batch.to_frame()
    assert {*frame["status"]} <= {"waiting", "running"}
    assert frame["text_answer"].isna().all()
    batch.stop()
