"""The outputs of an answer in a notebook, and their content; with a fake kernel."""

from __future__ import annotations

import concurrent.futures
import json
import threading
from pathlib import Path
from typing import Any

import pytest

import pplx_widget as pplx
from pplx_widget.core import errors
from pplx_widget.core.runtime import runtime
from pplx_widget.document.record import to_record
from pplx_widget.widget import documents, host, lifetime, written
from pplx_widget.widget.answer import Answer

from ..support.recording_comm import RecordingComm
from ..support.shell import VIEW, Shell
from ..support.wire_server import CREATED, WireServer, completed, delta


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch, comms: list[RecordingComm], server: WireServer) -> Shell:
    fake = Shell()
    monkeypatch.setattr(host, "shell", lambda: fake)
    monkeypatch.setattr(documents.Keys, "_given", {})
    pplx.configure(base_url=server.base_url)
    return fake


def test_every_display_is_replaced_at_the_end(shell: Shell, server: WireServer) -> None:
    gate = threading.Event()
    server.respond([CREATED, delta("Yes."), gate, completed()])
    asked = pplx.ask("q")
    asked._ipython_display_()
    asked._ipython_display_()
    ids = [display_id for display_id, _, _ in shell.published]
    assert len(set(ids)) == 2
    for _, update, data in shell.published:
        assert not update
        assert VIEW in data
        assert "Not finished when this was saved." in data["text/html"]
        # A console shows this, and replaces no output.
        assert data["text/plain"].startswith("<Answer 'q': ")
    gate.set()
    shell.wait_for(4)
    for display_id, (replaced, update, data) in zip(ids, shell.published[2:], strict=True):
        assert (replaced, update) == (display_id, True)
        assert set(data) == {"text/html", "text/markdown", "text/plain"}
        assert f"pplx-k-{asked.settled}" in data["text/html"]


def test_what_is_over_is_shown_as_a_document(shell: Shell, server: WireServer) -> None:
    server.respond([CREATED, delta("Yes."), completed()])
    asked = pplx.ask("q").wait(30)
    asked._ipython_display_()
    ((_, update, data),) = shell.published
    assert not update
    assert VIEW not in data


def test_the_page_learns_the_key_and_gets_the_document(
    shell: Shell, server: WireServer, comms: list[RecordingComm]
) -> None:
    server.respond([CREATED, delta("Yes."), completed()])
    asked = pplx.ask("q")
    assert asked.model_id
    asked.wait(30)
    (comm,) = (c for c in comms if "question" in c.opening)
    comm.from_page(type="settle")
    comm.wait_for(lambda: comm.patches and comm.patches[-1]["type"] == "settled")
    sent = comm.patches[-1]
    assert sent["key"] == asked.settled
    assert sent["markdown"] == asked.to_markdown()
    assert comm.opening["widget_id"] == asked.model_id == comm.comm_id
    assert sent["metadata"]["pplx_widget"]["text"] == "Yes."
    assert {"settled": asked.settled} in comm.updates
    assert sent["file"]
    assert "id" not in sent


def test_a_retry_keeps_the_key_until_it_settles(shell: Shell, server: WireServer) -> None:
    server.respond(b"", status=502)
    asked = pplx.ask("q").wait(30)
    asked._ipython_display_()
    first = asked.settled
    gate = threading.Event()
    server.respond([CREATED, delta("Better."), gate, completed()])
    asked.retry()
    assert asked.settled == first
    gate.set()
    shell.wait_for(2)
    _, update, data = shell.published[-1]
    assert update
    assert "Better." in data["text/html"]
    assert asked.settled != first
    assert asked.earlier == [first]


def test_a_document_that_is_late_is_not_the_next_runs(
    shell: Shell, server: WireServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    making, make = threading.Event(), threading.Event()
    real = written._forms

    def slow(*arguments: Any) -> Any:
        making.set()
        assert make.wait(20)
        return real(*arguments)

    monkeypatch.setattr(written, "_forms", slow)
    gate = threading.Event()
    server.respond([CREATED, delta("First."), gate, completed()])
    asked = pplx.ask("q")
    asked._ipython_display_()
    gate.set()
    assert making.wait(20)
    server.respond([CREATED, delta("Second."), completed()])
    retrying = threading.Thread(target=asked.retry)
    retrying.start()
    make.set()
    retrying.join(20)
    asked.wait(30)
    with shell.changed:
        assert shell.changed.wait_for(lambda: "Second." in shell.published[-1][2]["text/html"], 20)


def test_like_answers_have_keys_of_their_own(shell: Shell, server: WireServer) -> None:
    server.respond([CREATED, delta("Yes."), completed()])
    one, two = pplx.ask("q").wait(30), pplx.ask("q").wait(30)
    one._ipython_display_()
    two._ipython_display_()
    assert two.settled == f"{one.settled}-2"
    first = one.settled
    one.retry().wait(30)
    assert one.wait(30).status == "complete"
    one._ipython_display_()
    assert one.settled == first


def test_no_comm_where_nobody_watches(
    shell: Shell, server: WireServer, comms: list[RecordingComm]
) -> None:
    shell.kernel._allow_stdin = False
    server.respond([CREATED, delta("Yes."), completed()])
    asked = pplx.ask("q")
    asked._ipython_display_()  # waits
    assert asked.status == "complete"
    assert VIEW not in shell.published[0][2]
    assert comms == []


def test_what_is_over_is_published_once(shell: Shell, server: WireServer) -> None:
    """Otherwise ``%%capture`` would keep the same document twice."""
    shell.kernel._allow_stdin = False
    server.respond([CREATED, delta("Yes."), completed()])
    asked = pplx.ask("q")
    asked._ipython_display_()
    concurrent.futures.wait(runtime()._tasks, 20)
    assert len(shell.published) == 1


def test_inside_another_widget_the_file_keeps_the_end(
    shell: Shell, server: WireServer, comms: list[RecordingComm]
) -> None:
    shell.kernel._allow_stdin = False
    server.respond([CREATED, delta("Yes."), completed()])
    assert pplx.ask("q").model_id
    (opening,) = (c.opening for c in comms if "question" in c.opening)
    assert (opening["status"], opening["text"], opening["_esm"]) == ("complete", "Yes.", "")


def test_voila_has_a_page(
    shell: Shell, server: WireServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell.kernel._allow_stdin = False
    monkeypatch.setenv("SERVER_SOFTWARE", "voila/0.5.8")
    gate = threading.Event()
    server.respond([CREATED, gate, completed()])
    asked = pplx.ask("q")
    asked._ipython_display_()
    assert VIEW in shell.published[0][2]
    gate.set()
    asked.wait(30)


def test_giving_up_the_wait_stops_the_answer(
    shell: Shell, server: WireServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell.kernel._allow_stdin = False
    server.respond([CREATED, delta("So far"), threading.Event()])
    asked = pplx.ask("q")
    arrived = threading.Event()
    asked.observe(lambda _change: arrived.set(), "text")
    assert asked.text or arrived.wait(20)

    def interrupted(_timeout: float | None = None) -> None:
        raise KeyboardInterrupt

    real = asked._session.wait
    monkeypatch.setattr(asked._session, "wait", interrupted)
    with pytest.raises(KeyboardInterrupt):
        asked._ipython_display_()
    real(20)
    assert asked.status == "stopped"
    assert server.client_left.wait(20)


def test_an_answer_from_a_file_opens_a_comm_when_it_is_shown(
    shell: Shell, server: WireServer, comms: list[RecordingComm]
) -> None:
    server.respond([CREATED, delta("Yes."), completed()])
    asked = pplx.ask("q").wait(30)
    before = len(comms)
    loaded = Answer.from_record(to_record("q", asked._session.state))
    assert len(comms) == before
    assert (loaded.text, loaded.status, loaded.usage) == (asked.text, asked.status, asked.usage)
    loaded._ipython_display_()
    assert "Yes." in shell.published[0][2]["text/html"]
    assert any(c.opening.get("settled") == loaded.settled for c in comms[before:])
    with pytest.raises(errors.InvalidRequest, match="came from a file"):
        loaded.retry()


def test_plain_python_shows_nothing(server: WireServer) -> None:
    pplx.configure(base_url=server.base_url)
    server.respond([CREATED, completed()])
    with pytest.raises(NotImplementedError):
        pplx.ask("q")._ipython_display_()


def test_what_is_asked_beneath_settles_in_the_same_output(
    shell: Shell, server: WireServer, comms: list[RecordingComm], tmp_path: Path
) -> None:
    server.respond([CREATED, delta("Yes."), completed()])
    asked = pplx.ask("And bees?").wait(30)
    asked._ipython_display_()
    (comm,) = (c for c in comms if "question" in c.opening)
    gate = threading.Event()
    server.respond([CREATED, delta("They dance."), gate, completed()])
    comm.from_page(type="ask", question="And how?")
    comm.wait_for(lambda: any("further" in update for update in comm.updates))
    (name,) = asked.further
    below = lifetime.known(name)
    assert below.question == "And how?"
    assert below.seen
    assert len(shell.published) == 1  # until its end, only the page shows it
    gate.set()
    shell.wait_for(2)
    (first, _, alone), (second, update, data) = shell.published
    assert (first, True) == (second, update)
    html = data["text/html"]
    assert html.startswith(alone["text/html"])
    assert html.index("They dance.") > html.index("Yes.")
    assert "<style>" not in html
    for each in (asked, below):
        assert f"pplx-k-{each.settled}" in html
    assert data["text/markdown"].index("Yes.") < data["text/markdown"].index("***")
    # Displaying the first answer again shows both documents, and the file contains both records.
    asked._ipython_display_()
    assert shell.published[-1][2] == data
    metadata = asked._repr_mimebundle_()[1]
    output = {"output_type": "display_data", "data": data, "metadata": metadata}
    cell = {"cell_type": "code", "outputs": [output], "source": "", "metadata": {}}
    file = tmp_path / "saved.ipynb"
    file.write_text(json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4}))
    assert [(a.question, a.text) for a in pplx.load(file)] == [
        ("And bees?", "Yes."),
        ("And how?", "They dance."),
    ]


@pytest.mark.parametrize("closed", ["above", "below"])
def test_a_closed_answer_leaves_the_outputs_to_the_other(
    shell: Shell, server: WireServer, comms: list[RecordingComm], closed: str
) -> None:
    server.respond([CREATED, delta("Yes."), completed()])
    asked = pplx.ask("And bees?").wait(30)
    asked._ipython_display_()
    (comm,) = (c for c in comms if "question" in c.opening)
    comm.from_page(type="ask", question="And how?")
    below = lifetime.known(asked.further[0])
    below.wait(30)
    shell.wait_for(2)
    gone, left = (asked, below) if closed == "above" else (below, asked)
    gone.close()
    server.respond([CREATED, delta("Once more."), completed()])
    left.retry().wait(30)
    with shell.changed:
        assert shell.changed.wait_for(
            lambda: "Once more." in shell.published[-1][2]["text/html"], 20
        )
    html = shell.published[-1][2]["text/html"]
    assert f"pplx-k-{left.settled}" in html
    assert f"pplx-k-{gone.settled}" not in html
    assert "<style>" not in html


def test_a_question_that_cannot_be_asked_beneath_is_said(
    shell: Shell, server: WireServer, comms: list[RecordingComm]
) -> None:
    server.respond([CREATED, delta("Yes."), completed()])
    asked = pplx.ask("q").wait(30)
    assert asked.model_id
    (comm,) = (c for c in comms if "question" in c.opening)
    comm.from_page(type="ask", question="  ")
    comm.wait_for(lambda: comm.patches and comm.patches[-1]["type"] == "refused")
    assert comm.patches[-1]["error"]["lines"]["what"]
    assert asked.further == []
