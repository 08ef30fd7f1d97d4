"""Data as context: the summary is sent as shown, correct and short, and no other data is sent."""

from __future__ import annotations

import contextlib
import datetime as dt
import doctest
import html
import json
import re
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

import pplx_widget as pplx
from pplx_widget.core.events import Finished, Text
from pplx_widget.core.state import AnswerState
from pplx_widget.document import forms
from pplx_widget.document.record import context_of, from_record, to_record
from pplx_widget.question.context import summary as summary_module
from pplx_widget.widget.answer import Answer

from ..support.formats import AgentShape, ChatShape
from ..support.recording_comm import RecordingComm, page_state
from ..support.wire_server import WireServer

pd = pytest.importorskip("pandas")
np = pytest.importorskip("numpy")


def sales(rows: int = 40) -> Any:
    return pd.DataFrame(
        {
            "day": pd.date_range("2026-01-01", periods=rows),
            "region": pd.Categorical(
                ["North", "South", "South", "East"] * (rows // 4),
                categories=["North", "South", "East", "West"],
            ),
            "price": [9.5, 11.25, float("nan"), float("inf")] * (rows // 4),
            "units": range(100, 100 + rows),
            "note": [f"note {i}\n# **[1]** <b>|" for i in range(rows)],
            "paid": [True, False] * (rows // 2),
        }
    )


TABLE = """\
Data for this question, summarised on the user's machine; only this summary was sent.

Table: 40 rows × 6 columns

Columns:
day ({dates}): 2026-01-01 to 2026-02-09
region (category): 3 different values; 1 more category without any — "South" 20×, "North" 10×, "East" 10×
price (float64): 9.5 to 11.25; 10 infinite; quartiles 9.5, 10.375, 11.25; mean 10.375, std 0.897731; 10 missing
units (int64): 100 to 139; quartiles 109.75, 119.5, 129.25; mean 119.5, std 11.6905
note ({texts}): 40 different values; 21 to 22 characters
paid (bool): true 20, false 20

First 5 rows (CSV):
day,region,price,units,note,paid
2026-01-01,North,9.5,100,note 0\\n# **[1]** <b>|,True
2026-01-02,South,11.25,101,note 1\\n# **[1]** <b>|,False
2026-01-03,South,,102,note 2\\n# **[1]** <b>|,True
2026-01-04,East,inf,103,note 3\\n# **[1]** <b>|,False
2026-01-05,North,9.5,104,note 4\\n# **[1]** <b>|,True

Left out: 35 of 40 rows."""


def lines(data: Any, **options: Any) -> list[str]:
    return pplx.summarise(data, **options).text.splitlines()


def line(data: Any, start: str, **options: Any) -> str:
    (found,) = [each for each in lines(data, **options) if each.startswith(start)]
    return found


# ---- content ----------------------------------------------------------------------------------------


def test_a_table() -> None:
    summary = pplx.summarise(sales())
    assert summary.about == "40 rows × 6 columns"
    assert summary.text == TABLE.format(dates=sales()["day"].dtype, texts=sales()["note"].dtype)
    assert summary.left_out == ("35 of 40 rows",)
    assert str(summary) == summary.text
    assert repr(summary).startswith("Context · 40 rows × 6 columns · about 4")


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ([1, 1, 1], "all 1"),
        ([2**60, 2**60 + 1], f"{2**60} to {2**60 + 1}; quartiles"),
        ([True, False, None], "2 of type bool; 1 missing"),
        ([None, None], "all missing"),
        ([float("inf")], "1 infinite"),
        (["a", "a", "b", None], '2 different values; 1 character; 1 missing — "a" 2×'),
        ([{"k": 1, "Ann": 2}, {"k": [1]}], "2 of type dict; keys k"),
        ([[1], "a", 2, None], "1 of type list, 1 of type str, 1 of type int; 1 missing"),
        ([Decimal("1.5"), Decimal(2)], "2 of type Decimal"),
        ([dt.date(2026, 1, 2)], "1 of type date"),
        (["x" * 5000], "1 different value; 5,000 characters"),
        ([pd.Timedelta("1D"), pd.Timedelta("2D")], "1 days to 2 days"),
        (pd.array([1, None, 3], "Int64"), "1 to 3; quartiles 1.5, 2, 2.5"),
        (pd.array([True, None], "boolean"), "true 1, false 0; 1 missing"),
        (pd.to_datetime(["2026-03-01 12:30"]).tz_localize("UTC"), "2026-03-01 12:30:00+00:00 to"),
        (pd.period_range("2026-01", periods=2, freq="M"), "2 different values"),
        (
            pd.Categorical(["b"], ["a", "b"], ordered=True),
            "1 different value; 1 more category without",
        ),
        ([1 + 2j, 1 + 2j], "1 different value — (1+2j) 2×"),
    ],
)
def test_columns_of_every_kind(values: Any, said: str) -> None:
    assert said in line(pd.DataFrame({"c": pd.Series(values)}), "c (")


def test_a_long_value_is_cut_and_said_to_be() -> None:
    text = pplx.summarise(pd.DataFrame({"t": ["y" * 5000, '"a", b']})).text
    assert f'\n"{"y" * 80}…(+4,920 characters)"\n' in text
    assert '\n"""a"", b"' in text


def test_names_that_come_twice_or_are_no_words() -> None:
    frame = pd.DataFrame([[1, 2, 3]], columns=["a", "a", 'x\n"y'])
    text = pplx.summarise(frame).text
    assert "\na (int64): all 1\na #2 (int64): all 2\n" in text
    assert '\n"x\\n\\"y" (int64): all 3\n' in text


def test_levels_of_rows_and_columns() -> None:
    index = pd.MultiIndex.from_product([["Oslo", "Bergen"], [2025, 2026]], names=["city", None])
    columns = pd.MultiIndex.from_tuples([("rain", "mm"), ("rain", "days")])
    frame = pd.DataFrame([[1, 2]] * 4, index=index, columns=columns)
    text = pplx.summarise(frame).text
    assert "\ncity [index] (" in text
    assert "\ncity [index],index [index],rain / mm,rain / days\nOslo,2025,1,2\n" in text
    kept_back = pplx.summarise(frame, exclude=["city", "rain"])
    assert "Oslo" not in kept_back.text
    assert "rain" not in kept_back.text
    assert "Left out: 3 columns that the user keeps back." in kept_back.text


@pytest.mark.parametrize(
    "frame", [pd.DataFrame(), pd.DataFrame({"a": []}), pd.DataFrame(index=[1])]
)
def test_an_empty_frame(frame: Any) -> None:
    summary = pplx.summarise(frame)
    assert f"Table: {summary.about}" in summary.text


def test_the_frame_stays_as_it_was() -> None:
    frame = sales()
    before = frame.copy(deep=True)
    pplx.summarise(frame, exclude="note")
    pd.testing.assert_frame_equal(frame, before)


def test_other_data() -> None:
    assert "s (int64): 1 to 2" in pplx.summarise(pd.Series([1, 2, 2], name="s")).text
    several = pplx.summarise({"sales": sales(), "cities": pd.DataFrame({"c": ["Oslo"]})})
    assert several.about == "2 tables, 40 rows × 6 columns and 1 row × 1 column"
    assert "\nsales: 40 rows × 6 columns\n" in several.text
    assert several.left_out == ("sales: 35 of 40 rows",)
    assert "Table 2: 1 row" in pplx.summarise([sales(), pd.DataFrame({"c": [1]})]).text
    assert pplx.summarise("  A *text*.\r\n").text == "  A *text*.\n"
    cut = pplx.summarise("word " * 1000, tokens=100)
    assert cut.tokens <= 130
    assert cut.left_out == (f"the last {5000 - cut.text.index('…'):,} of 5,000 characters",)
    assert pplx.summarise(several) is several


def test_a_frame_of_polars() -> None:
    pl = pytest.importorskip("polars")
    frame = pl.DataFrame({"a": [1, None, 3], "s": ["x", "y", None]})
    text = pplx.summarise(frame).text
    assert "1 to 3; quartiles" in text
    assert "\na,s\n1,x\n,y\n3,\n" in text + "\n"
    assert "1 to 3; quartiles" in pplx.summarise(frame["a"]).text


@pytest.mark.parametrize("data", [1, object(), [], {}, [1], {"a": 1}, {1: sales()}, "", "  ", b"x"])
def test_what_is_no_data(data: Any) -> None:
    with pytest.raises(pplx.InvalidRequest, match="ontext"):
        pplx.summarise(data)
    with pytest.raises(pplx.InvalidRequest):
        pplx.ask("q", context=data)


@pytest.mark.parametrize("option", [{"tokens": 10}, {"tokens": "9"}, {"head": -1}, {"name": ""}])
def test_an_option_that_cannot_be(option: Any) -> None:
    with pytest.raises(pplx.InvalidRequest):
        pplx.summarise(sales(), **option)


# ---- excluded columns -------------------------------------------------------------------------------


def test_a_column_that_is_kept_back_leaves_nothing() -> None:
    frame = pd.DataFrame({"salary": [51234.5, 61234.5], "team": ["a", "a"]}, index=["Ann", "Bo"])
    frame.index.name = "who"
    text = pplx.summarise(frame, exclude=["salary", "who"]).text
    for secret in ("salary", "51234", "61234", "Ann", "who"):
        assert secret not in text
    assert "2 columns that the user keeps back" in text


def test_a_column_that_is_named_by_a_number_is_kept_back() -> None:
    assert "7" not in pplx.summarise(pd.DataFrame([[7, 8]]), exclude=0).text


def test_a_misspelt_column_is_not_let_out() -> None:
    with pytest.raises(pplx.InvalidRequest, match="Did you mean 'note'"):
        pplx.summarise(sales(), exclude=["notes"])


def test_without_rows_no_single_text() -> None:
    frame = pd.DataFrame({"name": ["Ann", "Bo", "Cy", "Cy"]})
    text = pplx.summarise(frame, head=0).text
    assert "Ann" not in text
    assert "Bo" not in text
    assert '"Cy" 2×' in text
    assert "Left out: all rows." in text


# ---- length -----------------------------------------------------------------------------------------


def test_less_room_says_less_and_says_so() -> None:
    frame = sales()
    sizes = []
    for tokens in (1000, 300, 200, 100):
        summary = pplx.summarise(frame, tokens=tokens)
        assert summary.tokens <= tokens
        assert ("Left out: " in summary.text) == bool(summary.left_out)
        sizes.append(summary.tokens)
    assert sizes == sorted(sizes, reverse=True)
    assert pplx.summarise(frame, tokens=100).left_out[0] == "all rows"


def test_wide_and_long() -> None:
    wide = pplx.summarise(pd.DataFrame([range(3000)] * 3))
    assert wide.tokens <= 1000
    assert re.search(
        r"\nint64: 0, 1, 2, .*\nLeft out: all rows; the contents of the columns; [\d,]+ of 3,000 columns",
        wide.text,
        re.DOTALL,
    )
    long = pd.DataFrame({"w": [f"{i % 7}" for i in range(500_000)], "n": range(500_000)})
    text = pplx.summarise(long).text
    assert "n (int64): 0 to 499999;" in text
    assert "7 different values; 1 character; counted from every third value" in text


# Any characters: control characters, right-to-left text and lone surrogates among them.
TEXTS = st.text(st.characters(exclude_categories=()), max_size=30)
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(),
    TEXTS,
    st.datetimes(),
    st.lists(TEXTS, max_size=3),
    st.dictionaries(TEXTS, st.integers(), max_size=3),
)
FRAMES = st.integers(0, 6).flatmap(
    lambda rows: st.lists(
        st.tuples(TEXTS, st.lists(VALUES, min_size=rows, max_size=rows)), max_size=6
    )
)


@settings(max_examples=60)
@given(FRAMES, st.integers(150, 1200), st.integers(0, 6))
def test_any_frame(columns: list[tuple[str, list[Any]]], tokens: int, head: int) -> None:
    frame = pd.DataFrame({i: pd.Series(v, dtype=object) for i, (_, v) in enumerate(columns)})
    frame.columns = pd.Index([name for name, _ in columns], dtype=object)
    frames = [frame]
    with contextlib.suppress(UnicodeEncodeError):  # with pyarrow, pandas accepts no lone surrogates
        frames.append(frame.infer_objects())
    for made in frames:
        summary = pplx.summarise(made, tokens=tokens, head=head)
        assert summary.tokens <= tokens
        # No invisible characters, and no line breaks from the data.
        assert summary.text.replace("\n", "").replace("\u00a0", "").isprintable()
        summary.text.encode()
        titles = len(re.findall(r"^(?:Columns:|Table: |Left out: )", summary.text, re.MULTILINE))
        assert titles <= 3 + sum(
            cell.startswith(("Columns:", "Table: ", "Left out: "))
            for name, values in columns
            for cell in (name, *map(str, values))
        )


# ---- sent and shown ---------------------------------------------------------------------------------

WAYS = {
    "agent": (AgentShape(), {"effort": "low"}),
    "raw": (AgentShape(), {"effort": "low"}),
    "chat": (ChatShape(), {"model": "m"}),
}


@pytest.mark.parametrize("provider", WAYS)
def test_nothing_goes_out_but_what_is_shown(server: WireServer, provider: str) -> None:
    shape, options = WAYS[provider]
    server.respond([shape.begin, shape.text("So."), shape.end()])
    pplx.configure(base_url=server.base_url)
    frame = sales()
    summary = pplx.summarise(frame)
    answer = pplx.ask("What stands out?", context=frame, provider=provider, **options).wait(30)
    frame.loc[0, "units"] = 77777  # a retry sends the summary of the first time
    answer.retry().wait(30)
    assert answer.status == "complete"
    first, again = server.requests
    assert first == again
    content = first.pop("input", None) or first.pop("messages")[0]["content"]
    assert content == "What stands out?" + "\n\n" + summary.text
    assert not any(word in json.dumps(first) for word in ("region", "South", "note"))
    assert answer.context == summary
    assert answer.question == "What stands out?"


def test_earlier_turns_come_before_it(server: WireServer) -> None:
    server.respond([AgentShape.begin, AgentShape().end()])
    pplx.configure(base_url=server.base_url)
    turns = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]
    pplx.ask("q", context="Some data.", messages=turns).wait(30)
    assert [turn["content"] for turn in server.requests[0]["input"]] == [
        "Hi",
        "Hello",
        "q\n\nSome data.",
    ]


def test_the_page_gets_it_once(server: WireServer, comms: list[RecordingComm]) -> None:
    server.respond([AgentShape.begin, AgentShape().text("So."), AgentShape().end()])
    pplx.configure(base_url=server.base_url)
    answer = pplx.ask("q", context=sales()).wait(30)
    comm = comms[-1]
    summary = pplx.summarise(sales())
    assert page_state(comm)["context"] == {"label": summary.label, "text": summary.text}
    answer.send_state()
    assert sum("Data for this question" in json.dumps(m, default=str) for m in comm.messages) == 1


STRANGE = "</code></pre><script>alert(1)</script>\n\n```\n# [1] ~~~\n$x$ &amp; \u202eabc\n"


@pytest.mark.parametrize("data", [sales(), STRANGE], ids=["table", "text"])
def test_the_document_and_the_record_have_it_to_the_letter(data: Any) -> None:
    summary = pplx.summarise(data)
    state = AnswerState()
    for event in (Text("So."), Finished()):
        state.apply(event, 1.0)
    shown = summary.text.replace("\u202e", "⟨RLO⟩")  # escaped
    bundle = forms.mime_bundle("q", state, summary)
    (panel,) = re.findall(
        r'<details class="pplx-sent"><summary[^>]*>(.*?)</summary><pre style="overflow:auto"><code>(.*?)</code></pre></details>',
        bundle["text/html"],
        re.DOTALL,
    )
    assert html.unescape(panel[0]) == f"Context · {summary.label}"
    assert html.unescape(panel[1]) == shown
    assert "\n\n" not in bundle["text/html"]
    for markdown in (bundle["text/markdown"], forms.markdown("q", state, summary)):
        (fence,) = [t for t in MarkdownIt().parse(markdown) if t.type == "fence"]
        assert fence.content.rstrip("\n") == shown.rstrip("\n")
    assert summary.label in bundle["text/plain"]
    record = json.loads(json.dumps(to_record("q", state, summary)))
    assert context_of(record) == summary
    assert from_record(record)[0] == "q"
    assert Answer.from_record(record).context == summary
    assert "context" not in to_record("q", state)


def test_a_context_of_a_broken_file() -> None:
    record = to_record("q", _over(), pplx.summarise("x"))
    record["context"]["text"] = 3
    with pytest.raises(pplx.PplxError, match="text is not a text"):
        Answer.from_record(record)


def _over() -> AnswerState:
    state = AnswerState()
    state.apply(Finished(), 1.0)
    return state


def test_without_pandas_a_text_can_go_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    assert pplx.summarise("Some data.").text == "Some data."

    class Frame:
        def to_pandas(self) -> None:
            raise ModuleNotFoundError

        def to_dict(self, **_options: bool) -> dict[str, list[int]]:
            return {"a": [1]}

    with pytest.raises(pplx.PplxError, match="pandas is not installed"):
        pplx.summarise(Frame())


def test_a_further_question_has_the_data_of_the_one_before(server: WireServer) -> None:
    server.respond([AgentShape.begin, AgentShape().text("So."), AgentShape().end()])
    pplx.configure(base_url=server.base_url, max_retries=0)
    record = to_record("q", _over(), pplx.summarise("Some data."))
    for answer in (
        pplx.ask("q", context="Some data.", provider="raw").wait(30),
        Answer.from_record(record),
    ):
        further = answer.ask("And?", provider="agent").wait(30)
        assert further.context is None
        assert server.requests[-1]["input"][0]["content"] == "q\n\nSome data."


def test_a_recorded_question_with_data_is_replayed_for_nothing(
    server: WireServer, tmp_path: Path
) -> None:
    server.respond([AgentShape.begin, AgentShape().text("So."), AgentShape().end()])
    pplx.configure(base_url=server.base_url)
    with pplx.record(tmp_path / "talk.jsonl"):
        asked = pplx.ask("q", context=sales()).wait(30)
    spent = pplx.usage()
    pplx.configure(budget=0)
    with pplx.replay(tmp_path / "talk.jsonl", speed=None):
        again = pplx.ask("q", context=sales()).wait(30)
    assert (asked.text, again.text, again.context) == ("So.", "So.", pplx.summarise(sales()))
    assert (pplx.usage().questions, pplx.usage().cost) == (spent.questions, spent.cost)


def test_examples() -> None:
    if pd.Series(["a"]).dtype != "str":
        pytest.skip("texts have another type before pandas 3")
    assert doctest.testmod(summary_module).failed == 0
