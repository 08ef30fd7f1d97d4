"""The trace of a run, and the inspector that shows it."""

from __future__ import annotations

import gc
import json
import threading
import time
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree as ET

import pytest

import pplx_widget as pplx
from pplx_widget.core.events import Event, Finished, Searching, Source, SourcesFound, Text
from pplx_widget.document.record import to_record
from pplx_widget.providers import trace
from pplx_widget.providers.trace import Trace
from pplx_widget.widget import host
from pplx_widget.widget.inspector import timeline
from pplx_widget.widget.inspector.inspector import Inspector

from ..support.recording_comm import RecordingComm
from ..support.shell import VIEW, Shell
from ..support.wire_server import CREATED, WireServer, completed, delta, frame, results

KEY = "pplx-0123456789abcdefghij"
ANSWER = [CREATED, *results(1, 2), delta("Cited [1]"), delta(" and said. 🚀"), completed()]


class Own:
    async def stream(self, request: pplx.Request) -> AsyncIterator[Event]:
        yield Searching(("a query",))
        found = Source(3, "T", "https://example.org/3", "example.org", query="a query")
        yield SourcesFound((found,), ("a query",))
        yield Text("Own.")
        yield Finished()


def inspected(answer: pplx.Answer) -> Inspector:
    inspector = pplx.inspect(answer.wait(30))
    # The trace may end a little after the answer, since a few bytes may follow.
    ended = threading.Event()
    inspector.trace.follow(SimpleNamespace(over=lambda _trace: ended.set()))  # type: ignore[arg-type]
    assert inspector.trace.ended or ended.wait(30)
    return inspector


@pytest.mark.parametrize("provider", ["raw", "agent"])
def test_a_trace_has_frames_moments_and_headers_without_secrets(
    server: WireServer, provider: str
) -> None:
    server.respond(ANSWER, headers={"X-Echo": KEY, "Set-Cookie": "a=b", "X-Kind": "plain"})
    pplx.configure(base_url=server.base_url, api_key=KEY, provider=provider)
    look = inspected(pplx.ask("Which?"))
    found = look.trace
    assert [frame.text for frame in found.frames if frame.text] == ["Cited [1]", " and said. 🚀"]
    assert len(found.frames) == len(ANSWER)
    assert found.status == 200
    assert found.body is not None
    assert found.body["input"] == "Which?"
    assert b"".join(frame.raw or b"" for frame in found.frames) == b"".join(ANSWER)
    marks = [found.marks[m] for m in ("connect", "sent", "headers", "first_byte", "last")]
    assert marks == sorted(marks)
    assert found.reused is False
    assert inspected(pplx.ask("Again?")).trace.reused is True
    assert found.request_headers["authorization"] == "(hidden)"
    assert found.response_headers["set-cookie"] == "(hidden)"
    assert found.response_headers["x-kind"] == "plain"
    everything = json.dumps([look._head(), look._rows(0)]) + look.to_svg() + repr(vars(found))
    assert KEY not in everything
    assert "a=b" not in everything


def test_a_refusal_has_its_head_too(server: WireServer) -> None:
    refused = json.dumps({"error": {"message": "no", "type": "t", "code": 400}}).encode()
    server.respond(refused, status=400, headers={"Content-Type": "application/json"})
    pplx.configure(base_url=server.base_url)
    for provider in ("raw", "agent"):
        look = inspected(pplx.ask("Which?", provider=provider))
        assert (look.trace.status, look.trace.frames) == (400, [])
        assert look._head()["notes"][0][1].endswith("rejected the request (HTTP 400).")
        ET.fromstring(look.to_svg())


@pytest.mark.parametrize("provider", ["raw", "agent"])
def test_what_a_frame_says_of_a_key_or_at_length_is_not_shown(
    server: WireServer, provider: str
) -> None:
    key = "a-key-of-no-known-shape-1"
    long = frame(type=f"response.{key}" + "x" * 100_000, said=key)
    deep = frame(type="response.deep", rest=json.loads("[" * 900 + "]" * 900))
    server.respond([CREATED, long, deep, delta("Yes. " + "y" * 100_000), completed()])
    pplx.configure(base_url=server.base_url, api_key=key, provider=provider)
    look = inspected(pplx.ask("Which?"))
    rows = look._rows(0)
    assert len(rows) == len(look.trace.frames)
    document = look._document()
    assert key not in json.dumps([rows, look._head(), document])
    assert len(document["text/html"]) < 20_000


def test_what_is_kept_is_bounded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(trace, "_MOST_FRAMES", 2)
    answers = [pplx.ask("Own?", provider=Own()).wait(30) for _ in range(trace.RUNS_KEPT + 1)]
    look = inspected(answers[-1])
    assert (len(look.trace.frames), look.trace.left_out) == (2, 2)
    assert look.figures["Not kept"].startswith("2 events")
    with pytest.raises(pplx.PplxError, match="2 of its events"):
        look.to_jsonl(tmp_path / "part.jsonl")
    gc.collect()  # the run's own tasks refer to it until then
    with pytest.raises(pplx.PplxError, match="newest 8"):
        pplx.inspect(answers[0])
    loaded = pplx.Answer.from_record(to_record("q", answers[-1].session.state))
    with pytest.raises(pplx.PplxError, match="nothing to inspect"):
        pplx.inspect(loaded)


@pytest.mark.parametrize("provider", ["raw", "agent", Own()], ids=["raw", "agent", "own"])
def test_an_inspected_answer_is_a_recording(
    server: WireServer, provider: Any, tmp_path: Path
) -> None:
    server.respond(ANSWER)
    pplx.configure(base_url=server.base_url)
    answer = pplx.ask("Which?", provider=provider)
    inspected(answer).to_jsonl(tmp_path / "one.jsonl")
    again = pplx.ask("Which?", provider=pplx.Replay(tmp_path / "one.jsonl", None))
    assert again.wait(30).to_html() == answer.to_html()
    look = inspected(again)
    assert all(row["received"] is not isinstance(provider, Own) for row in look._rows(0))
    assert [f.raw for f in look.trace.frames] == [
        f.raw for f in pplx.inspect(answer).trace.frames
    ] or isinstance(provider, Own)


def test_the_picture_stands_alone_whatever_was_asked() -> None:
    nasty = 'A <b>"q"</b>\n\n\0\x1b\u202e & ]]> \ufffe?'
    found = Trace(nasty)
    found.asked("agent", {})
    for at, text in enumerate(["", "<i>", "\n\n", "\x00", "x" * 50]):
        found.frame({"type": "response.output_text.delta", "delta": text}, None)
        found.event(Text(text))
        assert found.frames[at].text == text
    rows = [("a<b", "c\n\nd")]
    root = ET.fromstring(timeline.svg(found))
    assert root.tag.endswith("svg")
    page = timeline.page(found, rows, "pplx-inspected")
    assert "\n\n" not in page
    assert "<i>" not in page
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\nb", "a↵b"),
        ("a\r\nb\rc", "a↵b↵c"),
        ("a\n\n \n<b>", "a↵↵ ↵&lt;b&gt;"),
        ("&#10;\x1b\u202e", "&amp;#10;␛⟨RLO⟩"),
    ],
)
def test_text_from_the_wire_is_on_one_line(text: str, shown: str) -> None:
    found = Trace(text)
    found.asked("agent", {})
    found.frame({"type": text}, None)
    found.event(Text(text))
    page = timeline.page(found, [(text, text)], "pplx-inspected")
    assert f"<strong>{shown}</strong>" in page
    assert f"<tr><th>{shown}</th><td>{shown}</td></tr>" in page
    assert f"<td>{shown}</td><td>{shown}</td>" in page
    assert "\n" not in page


def test_the_picture_of_a_long_answer_is_small() -> None:
    found = Trace("Long?", asked=time.monotonic() - 6)
    found.asked("agent", {})
    for count in range(5000):
        found.read(100, ago=5 - count / 1000)
        found.frame({"type": "a"}, b"x" * 100)
        found.event(Text("word "))
    assert len(timeline.svg(found)) < 40_000


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch, comms: list[RecordingComm]) -> Shell:
    fake = Shell()
    monkeypatch.setattr(host, "shell", lambda: fake)
    return fake


def test_the_page_hears_of_every_frame_once(
    shell: Shell, server: WireServer, comms: list[RecordingComm]
) -> None:
    gates = [threading.Event() for _ in range(2)]
    server.respond([CREATED, delta("One "), gates[0], delta("two "), gates[1], *ANSWER[1:]])
    pplx.configure(base_url=server.base_url, provider="raw")
    answer = pplx.ask("Which?")
    look = pplx.inspect(answer)
    look._ipython_display_()
    comm = next(c for c in comms if "rows" in c.opening)
    assert comm.opening["_esm"]
    gates[0].set()
    comm.wait_for(lambda: comm.patches)
    gates[1].set()
    comm.wait_for(lambda: comm.patches[-1]["head"]["over"])
    rows = [*comm.opening["rows"]]
    for patch in comm.patches:
        assert patch["from"] == len(rows)
        rows += patch["rows"]
    assert "".join(row["text"] for row in rows) == answer.text
    assert [row["raw"] for row in rows] == [f.raw.decode() for f in look.trace.frames if f.raw]
    # A reloaded page asks for the missing rows.
    comm.from_page(type="sync", **{"from": 3})
    comm.wait_for(lambda: comm.patches[-1]["from"] == 3)
    assert comm.patches[-1]["rows"] == rows[3:]
    shell.wait_for(2)
    (first, update, arriving), (last, updated, settled) = shell.published
    assert (first, update, updated) == (last, False, True)
    for data in (arriving, settled):
        assert VIEW not in data
        assert f"pplx-i-{comm.opening['head']['key']}" in data["text/html"]
        ET.fromstring(data["image/svg+xml"])


def test_where_nobody_watches_it_waits_and_opens_nothing(
    shell: Shell, server: WireServer, comms: list[RecordingComm]
) -> None:
    shell.kernel._allow_stdin = False
    server.respond(ANSWER)
    pplx.configure(base_url=server.base_url)
    look = pplx.inspect(pplx.ask("Which?"))
    look._ipython_display_()
    [(_, _, data)] = shell.published
    assert "2 with text" in data["text/plain"]
    assert not [c for c in comms if "rows" in c.opening]


def test_only_an_answer_can_be_inspected() -> None:
    with pytest.raises(pplx.InvalidRequest, match="'str' is not an answer"):
        pplx.inspect("talk.jsonl")
