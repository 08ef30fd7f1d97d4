"""Sources and citations as tuples and data frames, the same from a stream and from a file."""

from __future__ import annotations

import copy
import json
import pickle
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import pplx_widget as pplx
from pplx_widget.bibliography.sources import Citations, Sources
from pplx_widget.core.events import Finished, Source, SourcesFound, Text
from pplx_widget.core.state import AnswerState
from pplx_widget.document.record import KEY, from_record, to_record

from ..support.wire_server import CREATED, WireServer, completed, delta, results

ASKED = datetime(2026, 11, 28, 9, 30, tzinfo=UTC)
SEEN = (
    Source(4, "Four", "https://a.org/4", "a.org", "2026-05-03", None, "**four**", "first"),
    Source(9, "Nine", "https://b.org/9", "b.org", "2026-05", None, "", "second"),
    Source(2, "Two", "https://c.org/2", "c.org", "yesterday"),
)


def state(text: str = "a [9]. b [9][4].", *sources: Source) -> AnswerState:
    made = AnswerState(ASKED)
    for event in (SourcesFound(sources or SEEN), Text(text), Finished()):
        made.apply(event, 1)
    return made


def test_they_are_tuples() -> None:
    sources, citations = Sources.of(state()), Citations.of(state())
    assert sources == SEEN
    assert hash(sources) == hash(SEEN)
    assert [c.number for c in citations] == [1, 2]
    assert citations == state().citations
    for each in (sources, citations):
        assert isinstance(each, tuple)
        for part in (each[:], each[1:], each[::-1], pickle.loads(pickle.dumps(each))):  # noqa: S301
            assert type(part) is type(each)
            assert part.to_ris().count("Y2  - 2026/11/28") == len(part)
        assert copy.deepcopy(each) == each
        assert each[1:] == tuple(each)[1:]
        assert each[0] is next(iter(each))
    assert not Sources()
    assert Sources().to_bibtex() == Citations().to_ris() == ""


def test_frames() -> None:
    pd = pytest.importorskip("pandas")
    sources, citations = Sources.of(state()).to_frame(), Citations.of(state()).to_frame()
    assert list(sources["number"].fillna(0)) == [2, 1, 0]
    assert list(sources["cited"]) == [True, True, False]
    assert list(sources["times"]) == [1, 2, 0]
    assert list(sources["search"].fillna("")) == ["first", "second", ""]
    assert sources["date"][0] == pd.Timestamp("2026-05-03")
    assert list(sources["date"].isna()) == [False, True, True]
    assert list(citations["id"]) == [9, 4]
    assert list(citations["title"]) == ["Nine", "Four"]
    assert list(citations["times"]) == [2, 1]
    none = Sources().to_frame()
    assert list(none.dtypes) == list(sources.dtypes) == list(citations.dtypes)
    assert list(none.columns) == list(sources.columns) == list(citations.columns)
    # A slice keeps the numbers.
    assert list(Sources.of(state())[1:].to_frame()["number"].fillna(0)) == [1, 0]


def test_live_and_loaded_answers_give_the_same(server: WireServer, tmp_path: Path) -> None:
    pd = pytest.importorskip("pandas")
    pplx.configure(base_url=server.base_url)
    before = datetime.now().astimezone().replace(microsecond=0)
    server.respond([CREATED, *results(4, 2), delta("Yes.[2]"), completed()])
    live = pplx.ask("Is it?").wait(30)
    record = to_record(live.question, live._session.state)
    output = {"output_type": "display_data", "data": {}, "metadata": {KEY: record}}
    cell = {"cell_type": "code", "source": "", "outputs": [output], "execution_count": 1}
    path = tmp_path / "saved.ipynb"
    path.write_text(json.dumps({"cells": [cell]}))
    (loaded,) = pplx.load(path)
    for answer in (live, loaded):
        assert isinstance(answer.sources, Sources)
        assert isinstance(answer.citations, Citations)
        assert answer.to_bibtex() == answer.citations.to_bibtex() == live.to_bibtex()
        assert answer.to_ris() == answer.citations.to_ris()
        assert answer.to_csl_json() == answer.citations.to_csl_json()
        pd.testing.assert_frame_equal(answer.sources.to_frame(), live.sources.to_frame())
        assert len(json.loads(answer.sources.to_csl_json())) == 2
        (entry,) = json.loads(answer.to_csl_json())
        accessed = entry["accessed"]["date-parts"]
        assert [before.year, before.month, before.day] <= accessed[0]
    assert datetime.fromisoformat(record["asked"]) >= before


def test_when_it_was_asked_survives_the_file() -> None:
    saved = to_record("q", state())
    assert saved["asked"] == "2026-11-28T09:30:00+00:00"
    assert from_record(saved)[1].asked == ASKED
    del saved["asked"]  # as in records of earlier versions
    assert from_record(saved)[1].asked is None


@pytest.mark.parametrize("asked", ["soon", 5, "2026-13-01"])
def test_a_record_with_a_broken_date(asked: Any) -> None:
    with pytest.raises(pplx.PplxError, match=r"record\.asked"):
        from_record(to_record("q", state()) | {"asked": asked})


def test_they_are_shown_as_tables() -> None:
    evil = Source(1, "<b>\u202eT</b>", "javascript:alert(1)", "good.org", "<i>")
    made = state("x [4]", evil, *SEEN)
    shown = Sources.of(made)._repr_html_()
    assert shown.count("<tr>") == 5
    assert re.findall(r"<td[^>]*>([0-9]*)</td>", shown) == ["", "1", "", ""]
    assert "&lt;b&gt;⟨RLO⟩T&lt;/b&gt;" in shown
    assert "javascript" not in shown
    assert 'href="https://a.org/4" rel="noopener noreferrer nofollow" target="_blank"' in shown
    assert "yesterday" in shown
    assert Citations.of(made)._repr_html_().count("<tr>") == 2
    assert Sources()._repr_html_().count("<tr>") == 1


def test_cells_are_what_the_service_sent() -> None:
    """A title that a spreadsheet would run is not changed: frames are for comparing and searching."""
    pytest.importorskip("pandas")
    titles = ["=1+1", "+1", "-1", "@SUM(A1)"]
    made = state(
        "[1]", *(Source(i, t, f"https://e.org/{i}", "e.org") for i, t in enumerate(titles))
    )
    assert [*Sources.of(made).to_frame()["title"]] == titles
    assert "0,=1+1," in Sources.of(made).to_frame().drop(columns="number").to_csv(index=False)
