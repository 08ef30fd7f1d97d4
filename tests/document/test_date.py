"""The date of the question in documents; a recording keeps its own."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

import pplx_widget as pplx
from pplx_widget.core.events import Finished, Opened, Text
from pplx_widget.core.state import AnswerState
from pplx_widget.document import forms
from pplx_widget.document.record import KEY, from_record, to_record
from pplx_widget.providers import _follow
from pplx_widget.server.server import LocalServer

LATE = datetime(2026, 11, 29, 23, 30, tzinfo=timezone(timedelta(hours=-5)))


def answered(asked: datetime | None, *events: object) -> AnswerState:
    state = AnswerState(asked)
    for event in (*events, Text("Yes."), Finished(model="m")):
        state.apply(event, 1.0)
    return state


def test_each_form_says_when_it_was_asked_by_the_clock_of_its_place() -> None:
    bundle = forms.mime_bundle("Q?", answered(LATE))
    for form in (*bundle.values(), forms.markdown("Q?", answered(LATE))):
        assert "m · asked on 29 November 2026" in form
    _, again = from_record(json.loads(json.dumps(to_record("Q?", answered(LATE)))))
    assert again.asked == LATE
    assert forms.mime_bundle("Q?", again) == bundle


def test_without_a_date_nothing_is_said_of_it() -> None:
    record = to_record("Q?", answered(LATE))
    del record["asked"]
    for form in forms.mime_bundle(*from_record(record)).values():
        assert "asked on" not in form


def test_the_time_of_a_stored_answer_is_the_service_s() -> None:
    created = datetime(2026, 11, 22, 12, tzinfo=UTC)
    assert answered(LATE, Opened("r", created=created)).asked == created
    assert answered(LATE, Opened("r")).asked == LATE
    now = Opened("r", created=datetime.now(UTC))
    assert _follow._dated(now) == Opened("r")
    assert _follow._dated(Opened("r", created=created)).created == created  # type: ignore[union-attr]


def test_a_sample_carries_the_date_of_its_recording() -> None:
    with LocalServer(speed=0) as server:
        pplx.configure(base_url=server.base_url)
        answer = pplx.ask("What is the CAP theorem?").wait(60)
    assert "asked on 22 November 2026" in answer.to_markdown()


@pytest.mark.parametrize("recorded", ["2025-03-01T23:59:00Z", ""])
def test_a_replay_carries_the_date_of_its_recording(tmp_path: Path, recorded: str) -> None:
    path = tmp_path / "talk.jsonl"
    head = {"format": "pplx-recording", "version": 1, "id": "a", "shape": "agent"}
    head |= {"frames": "rebuilt", "scripted": True, "recorded": recorded}
    delta = {"type": "response.output_text.delta", "delta": "Yes."}
    lines = [head | {"request": {"input": "Q?"}}, {"id": "a", "t": 0.1, "data": delta}]
    lines += [{"id": "a", "t": 0.2, "note": "stopped"}]
    path.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    with pplx.replay(path, speed=None):
        answer = pplx.ask("Q?").wait(30)
    assert answer.asked == (datetime(2025, 3, 1, 23, 59, tzinfo=UTC) if recorded else None)
    assert ("asked on 1 March 2025" in answer.to_markdown()) is bool(recorded)


def test_a_replayed_notebook_carries_its_date(tmp_path: Path) -> None:
    output = {"metadata": {KEY: to_record("Q?", answered(LATE))}}
    path = tmp_path / "a.ipynb"
    path.write_text(json.dumps({"cells": [{"outputs": [output]}]}), encoding="utf-8")
    with pplx.replay(path, speed=None):
        assert pplx.ask("Q?").wait(30).asked == LATE
