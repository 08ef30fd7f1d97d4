"""`pplx.sources`: the sources of many answers, each web page once."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

import pplx_widget as pplx
from pplx_widget.bibliography.pages import Pages
from pplx_widget.core.events import Finished, Source, SourcesFound, Text
from pplx_widget.core.state import AnswerState
from pplx_widget.document.record import to_record


def answer(text: str, *sources: Source, day: int = 1) -> pplx.Answer:
    state = AnswerState(datetime(2026, 11, day, tzinfo=UTC))
    for event in (SourcesFound(sources), Text(text), Finished()):
        state.apply(event, 1)
    return pplx.Answer.from_record(to_record("q", state))


def page(id_: int, url: str, **fields: Any) -> Source:
    return Source(id_, fields.pop("title", f"T{id_}"), url, "example.org", **fields)


FIRST = answer(
    "x [1][2].",
    page(1, "https://example.org/a", snippet="short", query="one"),
    page(2, "https://example.org/b/", title="", date="2026-01-02"),
    page(3, "https://example.org/c"),
    day=9,
)
SECOND = answer(
    "y [1]. z [1].",
    page(1, "http://www.example.org/b?utm_source=x#y", title="B", query="two"),
    page(2, "https://example.org/d"),
    page(7, "https://example.org/a/", snippet="a longer one", date="2026-03-04"),
    day=5,
)


def test_each_page_once() -> None:
    pages = pplx.sources([FIRST, SECOND])
    assert isinstance(pages, Pages)
    assert [p.source.url[-2:] for p in pages] == ["/a", "b/", "/c", "/d"]
    a, b, c, d = pages
    assert (a.found_by, a.cited_by, a.times) == ((0, 1), (0,), 1)
    assert (b.found_by, b.cited_by, b.times) == ((0, 1), (0, 1), 3)
    assert (c.found_by, c.cited_by, c.times) == ((0,), (), 0)
    assert (d.found_by, d.cited_by, d.times) == ((1,), (), 0)
    assert (a.source.snippet, a.source.date, a.source.query) == (
        "a longer one",
        "2026-03-04",
        "one",
    )
    assert (b.source.title, b.source.date) == ("B", "2026-01-02")
    assert b.asked == datetime(2026, 11, 5, tzinfo=UTC)


def test_one_answer_and_none() -> None:
    assert [p.source for p in pplx.sources(FIRST)] == list(FIRST.sources)
    assert pplx.sources([]) == ()
    # One answer has the same address twice.
    twice = answer("[1][2][2]", page(1, "https://e.org/"), page(2, "http://e.org"))
    (joined,) = pplx.sources(iter([twice]))
    assert (joined.found_by, joined.cited_by, joined.times) == ((0,), (0,), 3)


def test_frame_and_bibliography() -> None:
    pytest.importorskip("pandas")
    pages = pplx.sources([FIRST, SECOND])
    made = pages.to_frame()
    assert list(made["cited"]) == [True, True, False, False]
    assert list(made["times"]) == [1, 3, 0, 0]
    assert made["cited_by"][1] == (0, 1)
    assert list(pplx.sources([]).to_frame().dtypes) == list(made.dtypes)
    entries = json.loads(pages[1:3].to_csl_json())
    # The day of access is the day on which each page was first found.
    assert [e["accessed"]["date-parts"][0][2] for e in entries] == [5, 9]


@pytest.mark.parametrize("wrong", ["text", 5, ["text"], [None], [[FIRST]], None])
def test_what_is_no_answer(wrong: Any) -> None:
    with pytest.raises(pplx.InvalidRequest, match="is not an answer"):
        pplx.sources(wrong)


def test_a_table() -> None:
    shown = pplx.sources([FIRST, SECOND])._repr_html_()
    assert "Cited by" in shown
    assert ">0, 1</td>" in shown
