"""A saved notebook is a recording: the answers that it keeps are replayed."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

import pplx_widget as pplx
from pplx_widget.document.record import to_record
from pplx_widget.recordings.from_notebook import exchanges as notebook_exchanges

from ..support.byte_server import until
from ..support.recorded import ANSWER, come_to
from ..support.wire_server import CREATED, WireServer, delta, results


def test_a_saved_notebook_is_a_recording(tmp_path: Path, server: WireServer) -> None:
    server.respond([CREATED, *results(1, 2), *results(5, query="more"), *ANSWER[-3:]])
    pplx.configure(base_url=server.base_url)
    asked = pplx.ask("Which?").wait(30)
    server.respond([CREATED, delta("So far")], whole=False)
    cut = pplx.ask("Cut?").wait(30)
    outputs = [
        {"metadata": {"pplx_widget": to_record(a.question, a._session.state)}} for a in (asked, cut)
    ]
    notebook = tmp_path / "saved.ipynb"
    notebook.write_text(json.dumps({"cells": [{"outputs": outputs}]}))
    with pplx.replay(notebook, speed=None) as replay:
        for answer in (asked, cut):
            again = pplx.ask(answer.question).wait(10)
            assert come_to(again) == come_to(answer)
            assert again.to_html() == answer.to_html()
    assert replay.questions == ("Which?", "Cut?")


def test_what_a_notebook_keeps_as_noted_is_noted_again(tmp_path: Path) -> None:
    kept = {"format": 1, "question": "q", "status": "complete", "text": "Yes.", "notes": ["Noted."]}
    notebook = tmp_path / "saved.ipynb"
    cell = {"outputs": [{"metadata": {"pplx_widget": kept}}]}
    notebook.write_text(json.dumps({"cells": [cell]}))
    again = pplx.ask("q", provider=pplx.Replay(notebook, None)).wait(10)
    assert (again.text, again.session.state.notes) == ("Yes.", ("Noted.",))


def test_a_notebook_that_anybody_wrote_costs_little(tmp_path: Path) -> None:
    """Large counts in a record do not make more events than fit in memory."""
    source = {"id": 1, "title": "t", "url": "https://example.org", "site": "s", "query": "a"}
    search = {"kind": "search", "at": 0, "items": ["a"], "found": 2**50}
    kept = {"format": 1, "question": "q", "status": "complete", "text": "a b " * 100_000}
    kept |= {"sources": [source], "steps": [search] * 3}
    notebook = tmp_path / "hostile.ipynb"
    notebook.write_text(json.dumps({"cells": [{"outputs": [{"metadata": {"pplx_widget": kept}}]}]}))
    [exchange] = notebook_exchanges(notebook)
    assert len(exchange.events) < 25_000
    assert len(json.dumps([event.data for event in exchange.events])) < 20_000_000


@pytest.mark.parametrize("reason", ["nothing refers to it", None])
def test_why_it_was_stopped_is_kept(talk: Path, server: WireServer, reason: str | None) -> None:
    """In a recording, in a notebook, and in an answer that was loaded from it."""
    server.respond([CREATED, delta("So far"), threading.Event()])
    pplx.configure(base_url=server.base_url)
    with pplx.record(talk) as recorder:
        answer = pplx.ask("Why?", provider="raw")
        until(lambda: answer.text)
        answer.session.stop(reason)
        answer.wait(20)
        recorder.wait(20)
    notebook = talk.with_suffix(".ipynb")
    output = {"metadata": {"pplx_widget": to_record("Why?", answer.session.snapshot())}}
    notebook.write_text(json.dumps({"cells": [{"outputs": [output]}]}))
    (loaded,) = pplx.load(notebook)
    again = [loaded]
    for file in (talk, notebook):
        with pplx.replay(file, speed=None):
            again.append(pplx.ask("Why?").wait(20))
    assert {(a.status, a.reason, a.text) for a in again} == {("stopped", reason, "So far")}
    assert ("Stopped: nothing refers to it" in loaded.to_markdown()) is (reason is not None)
