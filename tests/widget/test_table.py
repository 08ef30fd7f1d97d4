"""A table in a kernel: its messages, its document, and what `load` reads back."""

from __future__ import annotations

import json
import sqlite3
import threading
from pathlib import Path
from typing import Any

import nbformat
import pytest
from markdown_it import MarkdownIt

import pplx_widget as pplx
from pplx_widget.document.record import KEY
from pplx_widget.server.server import LocalServer
from pplx_widget.widget.batch import document, lists
from pplx_widget.widget.batch.batch import Batch
from pplx_widget.widget.batch.listed import Listed
from pplx_widget.widget.batch.table import Table

from ..support.fake_rows import FakeRows, run
from ..support.recording_comm import RecordingComm


class Own:
    """A provider with a source, whose second question fails."""

    async def stream(self, request: pplx.Request) -> Any:
        if "fails" in request.question:
            raise pplx.ServiceFailed("The service is down.", "A test.", "Try later.")
        source = pplx.Source(
            1, "A <b>page</b>", f"https://example.org/{len(request.question)}", "x"
        )
        yield pplx.events.SourcesFound((source,))
        yield pplx.events.Text(f"**{request.question}** is [1] a | b <script>.")
        yield pplx.events.Finished()


def opened(rows: Any, comms: list[RecordingComm], monkeypatch: pytest.MonkeyPatch) -> RecordingComm:
    """Return the comm of a table that a page shows."""
    monkeypatch.setattr("pplx_widget.widget.host.has_front_end", lambda: True)
    table = Table(rows, "batch[{n}]")
    assert table.model_id
    comm = next(c for c in comms if c.messages and "start" in c.opening)
    comm.table = table  # type: ignore[attr-defined]  # a page keeps it
    return comm


def rows_sent(comm: RecordingComm, view: str) -> list[dict[str, Any]]:
    return [m for m in comm.patches if m["type"] == "rows" and m["view"] == view]


def test_a_table_opens_with_its_first_rows_and_follows_them(
    comms: list[RecordingComm], monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = FakeRows(400, rate=200, live=20, tokens=40)
    comm = opened(rows, comms, monkeypatch)
    assert comm.opening["start"]["ids"] == [*range(30)]
    assert comm.opening["start"]["totals"]["counts"] == {"waiting": 400}
    run(rows)
    comm.wait_for(lambda: rows_sent(comm, ""))  # a page that has asked nothing yet hears of changes
    comm.from_page(type="view", view="v", **{"from": 5, "to": 10})
    first = rows_sent(comm, "v")[0]
    assert first["ids"] == [5, 6, 7, 8, 9]
    assert first["seq"] == 1
    before = len(rows_sent(comm, ""))
    comm.wait_for(lambda: rows_sent(comm, "v")[-1].get("totals", {}).get("status") == "complete")
    assert len(rows_sent(comm, "")) == before
    assert [m["seq"] for m in rows_sent(comm, "v")] == [*range(1, len(rows_sent(comm, "v")) + 1)]
    comm.from_page(type="closed", view="v")


def test_the_page_acts_on_the_rows(
    comms: list[RecordingComm], monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = FakeRows(50)
    rows.go(0.5)
    comm = opened(rows, comms, monkeypatch)
    comm.from_page(type="view", view="v", **{"from": 0, "to": 5})
    for action in ("pause", "resume", "retry", "stop", "nonsense"):
        comm.from_page(type=action)
    assert rows.actions == ["pause", "resume", "stop"]  # nothing has failed
    comm.wait_for(lambda: rows_sent(comm, "v")[-1].get("totals", {}).get("status") == "stopped")


def test_a_row_opens_to_its_answer_and_closes(
    comms: list[RecordingComm], monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = FakeRows(5)
    rows.go(100)
    comm = opened(rows, comms, monkeypatch)
    comm.from_page(type="open", view="v", row=3)
    told = comm.patches[-1]
    assert told["type"] == "opened"
    answer = next(c for c in comms if c.comm_id == told["model"])
    assert answer.opening["question"] == rows.question(3)
    assert comm.table._open  # type: ignore[attr-defined]
    comm.from_page(type="close", view="v", row=3)
    assert not comm.table._open  # type: ignore[attr-defined]
    for wrong in (-1, 5, "3", None):
        comm.from_page(type="open", view="v", row=wrong)
    assert comm.patches[-1] is told or comm.patches[-1] == told


def test_a_missed_message_brings_all_again(
    comms: list[RecordingComm], monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = FakeRows(50)
    comm = opened(rows, comms, monkeypatch)
    look = {"type": "view", "view": "v", "from": 0, "to": 5}
    comm.from_page(**look)
    comm.from_page(**look, seq=1, missed=True)
    assert "ids" not in rows_sent(comm, "v")[-1]  # nothing was missed
    comm.from_page(**look, seq=1, missed=True)
    assert len(rows_sent(comm, "v")[-1]["cells"]) == 5


# ---- the document -----------------------------------------------------------------------------------


def finished(n: int, **options: Any) -> FakeRows:
    rows = FakeRows(n, **options)
    rows.go(1e6)
    return rows


def test_the_document_of_ten_thousand_rows_says_what_it_leaves_out() -> None:
    rows = finished(10_000)
    forms = document.forms(rows)
    bundle = forms.bundle("key")
    for form in ("text/html", "text/markdown", "text/plain"):
        said = bundle[form]
        for words in ("10,000 questions", "9,897 Answered", "103 Failed", "103 failed rows"):
            assert words in said, (form, words)
        for words in ("and 53 more", "The first 25 rows", "9,926 further rows", "40 sources"):
            assert words in said, (form, words)
    assert bundle["text/html"].count("https://example7.org/7") == 1
    assert bundle["text/html"].startswith('<div class="pplx-batch pplx-settled pplx-k-key ')
    assert len(json.dumps(bundle)) + len(json.dumps(forms.metadata)) < 150_000


def test_strangers_text_is_escaped_in_all_forms() -> None:
    batch = pplx.ask_many(["one|two", "<i>fails</i>"], "What is {text}?", provider=Own()).wait(60)
    table = batch._shown()
    html, markdown = (table._document()[0][form] for form in ("text/html", "text/markdown"))
    assert "<script" not in html
    assert "<i>" not in html
    assert "&lt;i&gt;fails" in html
    parsed = MarkdownIt("js-default", {"html": True}).render(markdown)
    assert "<script" not in parsed
    assert "<i>" not in parsed
    assert parsed.count("<table>") == 2
    assert "one|two" in parsed


def test_load_returns_what_the_document_holds(tmp_path: Path) -> None:
    asked = [*(f"thing {i}" for i in range(30)), "what fails"]
    batch = pplx.ask_many(asked, "What is {text}?", provider=Own()).wait(60)
    data, metadata = batch._shown()._document()
    cell = nbformat.v4.new_code_cell(
        outputs=[nbformat.v4.new_output("display_data", data, metadata=metadata)]
    )
    path = tmp_path / "saved.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), path)
    (loaded,) = pplx.load(path)
    assert isinstance(loaded, Batch)
    assert loaded.status == "complete"
    assert loaded.counts == {"complete": 25, "failed": 1}
    assert [a.text for a in loaded][:25] == [batch[i].text for i in range(25)]
    assert str(loaded[25].error) == str(batch[30].error)
    frame = loaded.to_frame()
    assert [*frame["row"]] == [*range(25), 30]
    assert [*frame["question"]][-1] == "What is what fails?"
    assert frame["sources"][0] == ["https://example.org/16"]
    with pytest.raises(pplx.InvalidRequest):
        loaded.retry_failed()
    # The batch that was read has the same document.
    assert loaded._shown()._document()[0]["text/html"].count("<tr>") > 20


def test_load_returns_all_rows_if_the_store_is_there(tmp_path: Path) -> None:
    asked = [*(f"thing {i}" for i in range(30)), "what fails", "thing 2"]
    store = tmp_path / "rows.db"
    batch = pplx.ask_many(asked, "What is {text}?", provider=Own(), store=store).wait(60)
    data, metadata = batch._shown()._document()
    assert str(tmp_path) not in json.dumps([data, metadata])  # the file's name alone
    cell = nbformat.v4.new_code_cell(
        outputs=[nbformat.v4.new_output("display_data", data, metadata=metadata)]
    )
    path = tmp_path / "saved.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), path)
    (loaded,) = pplx.load(path)
    assert isinstance(loaded, Batch)
    assert loaded.counts == batch.counts == {"complete": 31, "failed": 1}
    whole, frame = batch.to_frame(), loaded.to_frame()
    assert [*frame["row"]] == [*range(32)]
    assert [*frame["text"]][:30] == [*whole["text_answer"]][:30]
    assert [*frame["sources"]][7] == [*whole["sources"]][7]
    pplx.forget(store=store, everything=True)
    (rest,) = pplx.load(path)
    assert len(rest) == 26  # those of the document
    with sqlite3.connect(store) as connection:
        assert connection.execute("SELECT count(*) FROM batches").fetchone() == (0,)
    store.write_text("of another program")
    (rest,) = pplx.load(path)
    assert len(rest) == 26


@pytest.mark.parametrize(
    "wrong", [{"rows": 1}, {"rows": [1]}, {"rows": [{"row": 1}], "status": "x"}, {"rows": None}]
)
def test_a_broken_record_of_a_batch_is_reported(tmp_path: Path, wrong: dict[str, Any]) -> None:
    output = nbformat.v4.new_output("display_data", {"text/plain": ""})
    output.metadata = {KEY: {"format": 1, "status": "complete", **wrong}}
    path = tmp_path / "broken.ipynb"
    cell = nbformat.v4.new_code_cell(outputs=[output])
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), path)
    with pytest.warns(UserWarning, match="cannot be read"):
        assert pplx.load(path) == []


# ---- lists of answers -------------------------------------------------------------------------------


def test_a_list_of_answers_is_rows() -> None:
    gate = threading.Event()
    with LocalServer() as server:
        pplx.configure(base_url=server.base_url)
        answers = [pplx.ask("What is HTTP/3?"), pplx.ask("fails", provider=Own())]
        rows = Listed(answers)
        changed: list[int] = []

        def note(row: int) -> None:
            changed.append(row)
            if row == -1:
                gate.set()

        rows.watch(note)
        assert gate.wait(60)
    assert {0, -1} <= set(changed)
    assert (rows.state(0), rows.state(1)) == ("complete", "failed")
    assert rows.counts == {"complete": 1, "failed": 1}
    assert rows.can() == ("retry",)
    assert rows.found(0) == len(answers[0].sources)
    record = rows.records([0, 1])
    assert record["question"] == "What is HTTP/3?"
    assert len(record["further"]) == 1


class Shows(tuple):  # noqa: SLOT001
    """A tuple that displays itself."""

    def _ipython_display_(self) -> None:
        raise LookupError


def test_other_lists_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[Any] = []

    def show(table: Table) -> None:
        shown.append(table)

    monkeypatch.setattr(Table, "_ipython_display_", show)
    display = lists._Lists(None)
    for value in ([], (), [1], [None], [pplx.complete("?", provider=Own()), 1]):
        with pytest.raises(NotImplementedError):
            display(value)
    with pytest.raises(LookupError):
        display(Shows())
    answer = pplx.ask("?", provider=Own()).wait(60)
    display([answer])
    display((answer, answer))
    assert [table.rows for table in shown] == [1, 2]
    before: list[Any] = []
    lists._Lists(before.append)([1])
    assert before == [[1]]
