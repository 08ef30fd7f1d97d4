"""Data frames of pandas, polars and pyarrow as context: the same data gives the same text."""

from __future__ import annotations

import datetime as dt
import math
import re
import subprocess
import sys
import tracemalloc
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pplx_widget as pplx

from .test_context import TABLE, line, lines, sales

pd = pytest.importorskip("pandas")
pl = pytest.importorskip("polars")
pa = pytest.importorskip("pyarrow")
nw = pytest.importorskip("narwhals")

LIBRARIES = {"polars": pl.DataFrame, "pyarrow": pa.table}
MOMENT = dt.datetime.fromisoformat("2026-03-01 12:30:00")
DAY = dt.datetime.fromisoformat("2026-01-02")


def untyped(text: str) -> str:
    """Return a summary without type names."""
    return re.sub(r"(?m)^([\w ]+) \(.*?\)+(?=: |$)", r"\1", text)


@pytest.fixture(params=LIBRARIES)
def make(request: pytest.FixtureRequest) -> Any:
    return LIBRARIES[request.param]


# ---- the same text ----------------------------------------------------------------------------------


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_table(library: str) -> None:
    frame = sales()
    regions = [str(region) for region in frame["region"]]
    data = {
        "day": [day.to_pydatetime() for day in frame["day"]],
        "region": regions,
        "price": [None if math.isnan(price) else price for price in frame["price"]],
        "units": list(map(int, frame["units"])),
        "note": list(frame["note"]),
        "paid": list(map(bool, frame["paid"])),
    }
    known = ["North", "South", "East", "West"]
    if library == "polars":
        data["region"] = pl.Series(regions, dtype=pl.Enum(known))
    else:
        codes = [known.index(region) for region in regions]
        data["region"] = pa.DictionaryArray.from_arrays(codes, known)
    summary = pplx.summarise(LIBRARIES[library](data))
    assert untyped(summary.text) == untyped(TABLE)
    assert summary.about == "40 rows × 6 columns"
    assert summary.left_out == ("35 of 40 rows",)


SAME = {
    "whole": ([2**60, 2**60 + 1, None], "Int64"),
    "few": ([1, 1, None], "Int64"),
    "real": ([0.5, None, 1e300, float("inf")], "float64"),
    "text": (["a\nb", "x" * 5000, "a\nb", None, ""], None),
    "truth": ([True, None, False], "boolean"),
    "nothing": ([None, None], "object"),
    "moment": ([MOMENT, MOMENT + dt.timedelta(microseconds=7), None], "datetime64[us]"),
    "day": ([DAY, DAY + dt.timedelta(1)], "datetime64[us]"),
    "zone": ([MOMENT.replace(tzinfo=dt.UTC), None], "datetime64[us, UTC]"),
    "span": (
        [dt.timedelta(days=-1, seconds=1), dt.timedelta(1), dt.timedelta(hours=30), None],
        "timedelta64[us]",
    ),
    "bytes": ([b"a", b"a"], "object"),
    "list": ([["a\n", None], ["b"], None], "object"),
    "struct": ([{"k": 1, "x": "y"}, {"k": 2, "x": "z"}], "object"),
}


@pytest.mark.parametrize("kind", SAME)
def test_columns_say_what_those_of_pandas_say(make: Any, kind: str) -> None:
    values, dtype = SAME[kind]
    expected = pplx.summarise(pd.DataFrame({"c": pd.Series(values, dtype=dtype)}))
    summary = pplx.summarise(make({"c": values}))
    assert untyped(summary.text) == untyped(expected.text)
    assert (summary.about, summary.left_out) == (expected.about, expected.left_out)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ([Decimal("1.50"), Decimal("2.25"), None], "1.50 to 2.25; quartiles 1.6875, 1.875, 2.0625"),
        ([dt.date(2026, 1, 2), dt.date(2026, 1, 3)], "2026-01-02 to 2026-01-03"),
        ([dt.time(1, 2), dt.time(3)], "01:02:00 to 03:00:00"),
        ([1.5, float("nan"), None], "all 1.5; 1 NaN; 1 missing"),
        ([float("nan")], "1 NaN"),
        ([float("inf"), float("nan"), 1.0], "all 1; 1 infinite; 1 NaN"),
        ([["a"], ["a"]], "2 of type list"),
        ([b"\x00", b"\x00"], "2 of type bytes"),
    ],
)
def test_columns_of_other_kinds(make: Any, values: list[Any], said: str) -> None:
    assert line(make({"c": values}), "c (").partition("): ")[2].startswith(said)


def test_what_is_no_number_is_not_missing(make: Any) -> None:
    assert lines(make({"c": [1.5, float("nan"), None]}))[-4:] == ["c", "1.5", "NaN", '""']
    assert lines(pd.DataFrame({"c": [1.5, float("nan")]}))[-3:] == ["c", "1.5", '""']


def test_types_are_named_as_in_the_frame() -> None:
    zone = MOMENT.replace(tzinfo=dt.UTC)
    assert lines(pl.DataFrame({"a": [1], "s": ["x"], "t": [zone]}))[5:8] == [
        "a (Int64): all 1",
        "s (String): 1 different value; 1 character",
        "t (Datetime(time_unit='us', time_zone='UTC')): 2026-03-01 12:30:00+00:00 to 2026-03-01 12:30:00+00:00",
    ]
    assert lines(pa.table({"a": [1], "l": [[1]], "t": [zone]}))[5:8] == [
        "a (int64): all 1",
        "l (list<item: int64>): 1 of type list",
        "t (timestamp[us, tz=UTC]): 2026-03-01 12:30:00+00:00 to 2026-03-01 12:30:00+00:00",
    ]


SPECIAL = {
    "Enum…": pl.Series("c", ["a", "b"], dtype=pl.Enum(["a", "b", "c"])),
    "Categorical": pl.Series("c", ["a", "b"], dtype=pl.Categorical),
    "Object": pl.Series("c", ["a", "b"], dtype=pl.Object),
    "large_string": pa.table({"c": pa.array(["a", "b"], "large_string")}),
    "string[pyarrow]": pd.DataFrame({"c": pd.Series(["a", "b"], dtype=pd.ArrowDtype(pa.string()))}),
    "dictionary<values=string, indices=int32, ordered=0>[pyarrow]": pd.DataFrame(
        {"c": pd.Series(["a", "b"], dtype=pd.ArrowDtype(pa.dictionary(pa.int32(), pa.string())))}
    ),
}


@pytest.mark.parametrize("kind", SPECIAL)
def test_texts_of_every_kind(kind: str) -> None:
    text = pplx.summarise(SPECIAL[kind]).text
    assert re.search(rf"\nc \({re.escape(kind)}.*\): 2 different values", text)
    assert text.endswith("\nc\na\nb")


def test_categories_of_polars_are_not_the_columns_own() -> None:
    values = pl.Series("c", ["elsewhere", "b", "b"], dtype=pl.Categorical).tail(2)
    assert line(values, "c (").endswith('1 different value — "b" 2×')


def test_views_of_pyarrow() -> None:
    views = {"s": pa.array(["a", None], "string_view"), "b": pa.array([b"x", None], "binary_view")}
    assert lines(pa.table(views))[5:] == [
        "s (string_view): 1 different value; 1 character; 1 missing",
        "b (binary_view): 1 of type bytes; 1 missing",
        "",
        "All rows (CSV):",
        "s,b",
        "a,b'x'",
        ",",
    ]


@pytest.mark.parametrize("kind", ["timestamp[ns]", "duration[ns]", "time64[ns]"])
def test_nanoseconds_of_pyarrow_are_cut(kind: str) -> None:
    rows = lines(pa.table({"c": pa.array([None, 1_000_001_001], "int64").cast(kind)}))
    assert rows[-1].endswith("00:00:01.000001")
    zone = pa.array([1_000_001_001]).cast(pa.timestamp("ns", "+02:00"))
    assert lines(pa.table({"c": zone}))[-1] == "1970-01-01 02:00:01.000001+02:00"


def test_a_sparse_column_of_pandas_is_one_of_numbers() -> None:
    frame = pd.DataFrame({"c": pd.arrays.SparseArray([0, 0, 3])})
    assert line(frame, "c (") == (
        "c (Sparse[int64, 0]): 0 to 3; quartiles 0, 0, 1.5; mean 1, std 1.73205"
    )


# ---- names, shapes, sizes ---------------------------------------------------------------------------


def test_names(make: Any) -> None:
    text = pplx.summarise(make({"a b": [1], 'x\n"y': [2], "": [3]})).text
    assert re.search(r'\n"x\\n\\"y" \([Ii]nt64\): all 2\n"" \([Ii]nt64\): all 3\n', text)
    twice = pplx.summarise(pa.table([[1], [2]], names=["a", "a"]))
    assert "\na (int64): all 1\na #2 (int64): all 2\n" in twice.text
    kept_back = pplx.summarise(pa.table([[1], [2]], names=["a", "a"]), exclude="a")
    assert kept_back.text.endswith("Left out: all rows; 2 columns that the user keeps back.")


def test_empty_frames(make: Any) -> None:
    assert pplx.summarise(make({})).about == "0 rows × 0 columns"
    assert pplx.summarise(make({"a": []})).about == "0 rows × 1 column"
    assert len(lines(make({"a": []}))) == 6


def test_a_wide_and_a_long_frame(make: Any) -> None:
    wide = pplx.summarise(make({str(i): [i] for i in range(3000)}))
    assert wide.tokens <= 1000
    assert re.search(r"Left out: all rows; the contents of the columns; [\d,]+ of 3,000", wide.text)
    long = pplx.summarise(make({"w": [f"{i % 7}" for i in range(500_000)], "n": range(500_000)}))
    assert re.search(r"\nn \([Ii]nt64\): 0 to 499999;", long.text)
    assert "7 different values; 1 character; counted from every third value" in long.text


def test_what_is_kept_back(make: Any) -> None:
    frame = make({"salary": [51234.5, 61234.5], "team": ["Ann", "Bo"]})
    text = pplx.summarise(frame, exclude="salary", head=0).text
    for secret in ("salary", "51234", "61234", "Ann", "Bo"):
        assert secret not in text
    with pytest.raises(pplx.InvalidRequest, match="Did you mean 'team'"):
        pplx.summarise(frame, exclude=["teams"])


def test_types_tell_no_categories_and_no_fields() -> None:
    secrets = pl.Enum(["Ann", "Bo"])
    frame = pl.DataFrame(
        {
            "e": pl.Series(["Bo", "Bo"], dtype=secrets),
            "l": pl.Series([["Bo"], []], dtype=pl.List(secrets)),
            "s": [{"Ann": None, "k": 1}, {"Ann": 1, "k": 1}],
        }
    )
    for each in (frame, frame.to_arrow()):
        text = pplx.summarise(each, head=0).text
        assert "Ann" not in text
        assert "keys k" in text


def test_no_frame_is_copied_whole() -> None:
    """It reads column by column, so that a data frame that barely fits into memory can be summarised."""
    columns = {f"c{i}": pd.Series(range(20_000), dtype="float64") for i in range(30)}
    frame = pd.DataFrame(columns)
    size = 30 * 20_000 * 8
    pplx.summarise(frame)
    tracemalloc.start()
    try:
        pplx.summarise(frame)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < size / 3
    table = pa.table({name: pa.array(values) for name, values in columns.items()})
    pool = pa.proxy_memory_pool(pa.default_memory_pool())
    before = pa.default_memory_pool()
    pa.set_memory_pool(pool)
    try:
        pplx.summarise(table)
    finally:
        pa.set_memory_pool(before)
    assert 0 < pool.max_memory() < size / 3


# ---- kinds of data frames ---------------------------------------------------------------------------

TABLES = {
    "a series of polars": pl.Series("c", [1, 2]),
    "a chunked array": pa.chunked_array([[1], [2]]),
    "an array": pa.array([1, 2]),
    "a record batch": pa.record_batch({"c": [1, 2]}),
    "an index": pd.Index([1, 2]),
    "a named index": pd.Index([1, 2], name="c"),
    "a frame of narwhals": nw.from_native(pl.DataFrame({"c": [1, 2]})),
    "a series of narwhals": nw.from_native(pd.Series([1, 2], name="c"), series_only=True),
}


@pytest.mark.parametrize("what", TABLES)
def test_series_and_others(what: str) -> None:
    summary = pplx.summarise(TABLES[what])
    assert summary.about == "2 rows × 1 column"
    assert re.search(r"\n(c|value)\n1\n2$", summary.text)


def test_an_index_of_several_levels() -> None:
    index = pd.MultiIndex.from_product([["a"], [1, 2]], names=["c", None])
    assert lines(index)[-3:] == ["c,value 2", "a,1", "a,2"]


@pytest.mark.parametrize("wrap", [lambda frame: frame, nw.from_native])
def test_a_query_that_has_not_run_is_refused(wrap: Any) -> None:
    query = pl.LazyFrame({"a": [1]}).map_batches(lambda _: pytest.fail("it was run"))
    with pytest.raises(pplx.InvalidRequest, match=r"LazyFrame.*\.collect\(\)"):
        pplx.summarise(wrap(query))


def test_an_object_that_makes_a_frame_of_pandas() -> None:
    class Made:
        def to_pandas(self) -> Any:
            return pd.DataFrame({"c": [1, 2]})

    assert pplx.summarise(Made()).text == pplx.summarise(pd.DataFrame({"c": [1, 2]})).text


@pytest.mark.parametrize(
    "frame", [sales(), sales()["units"], pl.DataFrame({"a": [1]}), pa.table({"a": [1]})]
)
def test_without_narwhals(monkeypatch: pytest.MonkeyPatch, frame: Any) -> None:
    monkeypatch.setitem(sys.modules, "narwhals.stable.v2", None)
    with pytest.raises(pplx.PplxError, match="pip install narwhals"):
        pplx.summarise(frame)
    with pytest.raises(pplx.InvalidRequest, match="cannot be of type int"):
        pplx.summarise(1)
    assert pplx.summarise("Some data.").text == "Some data."


ALONE = """
import sys

class Without:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"pandas", "numpy"} | set(sys.argv[2:]):
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Without())
import datetime as dt
import pplx_widget as pplx
assert not {"narwhals", "polars", "pyarrow"} & sys.modules.keys()
data = {
    "a": [1, None, 3],
    "r": [0.5, float("inf"), None],
    "t": [dt.datetime(2026, 1, 1, tzinfo=dt.UTC)] * 3,
    "s": ["x", "y", None],
}
exec(sys.argv[1])
print(pplx.summarise(frame).text)
"""


@pytest.mark.parametrize(
    ("make", "without"),
    [
        ("import polars; frame = polars.DataFrame(data)", "pyarrow"),
        ("import pyarrow; frame = pyarrow.table(data)", "polars"),
        ("from pyarrow import *; frame = [array(data['a']), record_batch(data)]", "polars"),
    ],
)
def test_without_pandas_and_numpy(make: str, without: str) -> None:
    command = [sys.executable, "-W", "error", "-X", "utf8", "-c", ALONE, make, without]
    ran = subprocess.run(command, capture_output=True, encoding="utf-8", check=False, timeout=100)
    assert ran.returncode == 0, ran.stderr
    assert "): 1 to 3; quartiles 1.5, 2, 2.5; mean 2, std 1.41421; 1 missing\n" in ran.stdout
    assert ran.stdout.endswith(
        "\na,r,t,s\n1,0.5,2026-01-01 00:00:00+00:00,x\n,inf,2026-01-01 00:00:00+00:00,y\n"
        "3,,2026-01-01 00:00:00+00:00,\n"
    )


# ---- any data ---------------------------------------------------------------------------------------

TEXTS = st.text(max_size=30)
KINDS = [
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(),
    TEXTS,
    st.binary(max_size=9),
    st.dates(),
    st.datetimes(),
    st.timedeltas(-dt.timedelta(99_999), dt.timedelta(99_999)),
    st.lists(TEXTS, max_size=3),
    st.decimals(-9, 9, places=3),
]
COLUMNS = st.integers(0, 6).flatmap(
    lambda rows: st.dictionaries(
        TEXTS,
        st.sampled_from(KINDS).flatmap(
            lambda kind: st.lists(st.none() | kind, min_size=rows, max_size=rows)
        ),
        max_size=6,
    )
)


@settings(max_examples=60)
@given(COLUMNS, st.integers(150, 1200), st.integers(0, 6))
def test_any_frame(data: dict[str, list[Any]], tokens: int, head: int) -> None:
    for make in LIBRARIES.values():
        summary = pplx.summarise(make(data), tokens=tokens, head=head)
        assert summary.tokens <= tokens
        assert summary.text.replace("\n", "").replace("\u00a0", "").isprintable()
        titles = len(re.findall(r"^(?:Columns:|Table: |Left out: )", summary.text, re.MULTILINE))
        assert titles <= 3 + sum(
            cell.startswith(("Columns:", "Table: ", "Left out: "))
            for name, values in data.items()
            for cell in (name, *map(str, values))
        )
