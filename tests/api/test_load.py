"""`pplx.load`: finished answers from a notebook file."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

import pplx_widget as pplx
from pplx_widget.core import errors
from pplx_widget.core.events import Failed, Finished, Source, SourcesFound, Text
from pplx_widget.core.state import AnswerState
from pplx_widget.document.record import KEY, to_record

from ..support.recording_comm import RecordingComm


def record(question: str, text: str, *ends: Any) -> dict[str, Any]:
    state = AnswerState()
    found = SourcesFound((Source(7, "Seven", "https://e.org/7", "e.org", snippet="extract"),))
    for at, event in enumerate((found, Text(text), *(ends or (Finished(model="m"),)))):
        state.apply(event, at + 0.5)
    return to_record(question, state)


def output(value: Any) -> dict[str, Any]:
    return {"output_type": "display_data", "data": {}, "metadata": {KEY: value}}


def cell(*outputs: Any, run: int | None = None) -> dict[str, Any]:
    return {"cell_type": "code", "source": "", "outputs": [*outputs], "execution_count": run}


@pytest.fixture
def notebook(tmp_path: Path) -> Any:
    def write(*cells: Any) -> Path:
        path = tmp_path / "research.ipynb"
        path.write_text(json.dumps({"cells": cells, "nbformat": 4}), encoding="utf-8")
        return path

    return write


def test_answers_in_order_each_once(notebook: Any, comms: list[RecordingComm]) -> None:
    one, two = record("One?", "1 [7]"), record("Two?", "2")
    path = notebook(
        {"cell_type": "markdown", "source": "# Hello"},
        cell({"output_type": "stream", "text": "x"}, output(one), output(two), run=1),
        cell(output(dict(reversed(one.items()))), run=2),
    )
    first, second = pplx.load(path)
    assert (first.question, second.question) == ("One?", "Two?")
    assert isinstance(first, pplx.Answer)
    assert (first.text, first.status, first.model) == ("1 [7]", "complete", "m")
    assert first.wait().raise_for_status() is first
    assert [(c.number, c.source.title) for c in first.citations] == [(1, "Seven")]
    assert first.sources[0].snippet == "extract"
    assert first.timing.finished == first.elapsed == 2.5
    assert repr(second) == "<Answer 'Two?': complete>"
    assert not comms
    assert pplx.load(str(path))[0].text == first.text

    async def awaited() -> str:
        return (await second).text

    assert asyncio.run(awaited()) == "2"


def test_a_failed_answer_still_fails(notebook: Any) -> None:
    (answer,) = pplx.load(
        notebook(cell(output(record("q", "half", Failed(errors.cut(kept=True))))))
    )
    assert answer.text == "half"
    with pytest.raises(pplx.ConnectionCut):
        answer.raise_for_status()


def test_one_from_a_file_cannot_be_asked_again(notebook: Any) -> None:
    (answer,) = pplx.load(notebook(cell(output(record("q", "text")))))
    with pytest.raises(pplx.InvalidRequest, match="came from a file") as caught:
        answer.retry()
    assert "pplx.ask" in caught.value.try_this
    assert (answer.status, answer.text) == ("complete", "text")


def test_a_broken_record_does_not_cost_the_others(notebook: Any) -> None:
    path = notebook(
        cell(output(record("One?", "1"))),
        {"cell_type": "markdown"},
        cell(output({"format": 1, "status": 5}), run=7),
        cell(output(None)),
        cell(output(record("Two?", "2"))),
    )
    with pytest.warns(UserWarning, match="cell [34]") as caught:
        answers = pplx.load(path)
    assert [answer.question for answer in answers] == ["One?", "Two?"]
    said = [str(warning.message) for warning in caught]
    assert said[0].startswith("cell 3 (In [7]): This saved answer cannot be read. ")
    assert said[1].startswith("cell 4: ")
    assert {Path(warning.filename).name for warning in caught} == {"test_load.py"}


@pytest.mark.parametrize(
    "strange",
    [
        None,
        3,
        {},
        {"outputs": None},
        {"outputs": [None, 3, "x", {}, {"metadata": None}, {"metadata": []}]},
        {"outputs": {"metadata": {KEY: {}}}},
    ],
)
def test_strange_cells_hold_no_answer(notebook: Any, strange: Any) -> None:
    assert pplx.load(notebook(strange)) == []


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "not valid JSON"),
        (b"\xff\xfe\x00", "not valid JSON"),
        (b"[" * 100_000, "not valid JSON"),
        (b"1" * 5000, "not valid JSON"),
        (b"[]", "no cells"),
        (b'{"worksheets": []}', "no cells"),
        (b'{"cells": {}}', "no cells"),
    ],
)
def test_not_a_notebook(tmp_path: Path, content: bytes, why: str) -> None:
    path = tmp_path / "strange.ipynb"
    path.write_bytes(content)
    with pytest.raises(pplx.PplxError, match=why) as caught:
        pplx.load(path)
    assert caught.value.what == "strange.ipynb is not a readable notebook."
    assert ".ipynb" in caught.value.try_this


def test_a_record_nested_beyond_reason_is_one_broken_record(tmp_path: Path) -> None:
    deep = "[" * 900 + "]" * 900
    path = tmp_path / "deep.ipynb"
    path.write_text(f'{{"cells": [{{"outputs": [{{"metadata": {{"{KEY}": {deep}}}}}]}}]}}')
    with pytest.warns(UserWarning, match="cell 1: "):
        assert pplx.load(path) == []


@pytest.mark.parametrize("name", ["missing.ipynb", "."])
def test_no_such_file(tmp_path: Path, name: str) -> None:
    with pytest.raises(pplx.PplxError, match="cannot be read") as caught:
        pplx.load(tmp_path / name)
    assert str(tmp_path.parent) not in str(caught.value)
    assert "Check the path" in caught.value.try_this
