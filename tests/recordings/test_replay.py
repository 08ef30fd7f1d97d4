"""What is recorded is replayed: the same answer, from a file, with no server."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

import pplx_widget as pplx
from pplx_widget.cli import main
from pplx_widget.core.events import (
    Event,
    Failed,
    Finished,
    Noted,
    Searching,
    Source,
    SourcesFound,
    Text,
)
from pplx_widget.document.record import to_record
from pplx_widget.recordings.format import RecordingError, read
from pplx_widget.recordings.from_notebook import exchanges as notebook_exchanges
from pplx_widget.server.server import LocalServer
from pplx_widget.server.talk import Talk

from ..support.plain_server import until
from ..support.shapes import CHAT
from ..support.wire_server import CREATED, WireServer, completed, delta, frame, results

KEY = "pplx-0123456789abcdefghij"

ANSWER = [CREATED, *results(1, 2), delta("Cited [1]"), delta(" and said. 🚀"), completed()]

PROVIDERS: list[Any] = ["agent", "raw"]


class Slow:
    """A provider of one's own."""

    async def stream(self, request: pplx.Request) -> AsyncIterator[Event]:
        yield Searching(("a query",))
        found = Source(3, "T", "https://example.org/3", "example.org", query="a query")
        yield SourcesFound((found,), ("a query",))
        for word in ("From ", "elsewhere ", "[3]."):
            yield Text(word)
        yield Finished("complete", None, "m")


def come_to(answer: pplx.Answer) -> dict[str, Any]:
    """Return what came of an answer, but for its times."""
    record = to_record(answer.question, answer._session.state)
    for name in ("asked", "timing"):
        record.pop(name, None)
    for step in record.get("steps", []):
        step.pop("at")
    return record


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_bytes().split(b"\n") if line]


@pytest.fixture
def talk(tmp_path: Path) -> Path:
    return tmp_path / "talk.jsonl"


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_recording_gives_the_same_answer_without_a_server(
    talk: Path, provider: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with WireServer() as server:
        server.respond(ANSWER)
        pplx.configure(base_url=server.base_url, api_key=KEY, provider=provider)
        with pplx.record(talk):
            asked = pplx.ask("Which?").wait(30)
    assert asked.status == "complete"
    with pplx.replay(talk, speed=None):
        again = pplx.ask("Which?", provider="chat").wait(10)
    assert come_to(again) == come_to(asked)
    assert again.to_html() == asked.to_html()


@pytest.mark.parametrize(
    ("provider", "frames"), [("agent", "bytes"), ("raw", "bytes"), (Slow(), "rebuilt")]
)
def test_the_file_says_what_it_holds_and_holds_no_key(
    server: WireServer, talk: Path, provider: Any, frames: str
) -> None:
    # A server that repeats the key; an answer that shows what a key looks like.
    said = f"Send `Authorization: Bearer YOUR_KEY_{'0' * 20}`, not {KEY}."
    server.respond([CREATED, delta(said), completed()], headers={"X-Echo": KEY})
    pplx.configure(base_url=server.base_url, api_key=KEY)
    with pplx.record(talk):
        pplx.ask("Which?", provider=provider).wait(30)
    content = talk.read_text("utf-8")
    assert KEY not in content
    assert "x-echo" not in content.lower()
    assert lines(talk)[0]["frames"] == frames
    if frames == "bytes":
        assert "Bearer YOUR_KEY" in content


def test_raw_records_the_bytes_and_how_they_were_read(server: WireServer, talk: Path) -> None:
    sent = [
        b": a comment\r\n\r\n",
        CREATED,
        delta("é").replace(b"\n\n", b"\r\n\r\n"),
        b"data: \xff\xfe\n\n"[:6] + b'{"type":"response.keepalive","x":"\xff"}\n\n',
        completed(),
        b"data: [DONE]\n\n",
    ]
    whole = b"".join(sent)
    # Cut inside of characters, frames and line ends.
    server.respond([whole[i : i + 7] for i in range(0, len(whole), 7)])
    pplx.configure(base_url=server.base_url)
    with pplx.record(talk):
        assert pplx.ask("Which?", provider="raw").wait(30).status == "complete"
    rows = lines(talk)[1:]
    raw = "".join(row["raw"] for row in rows).encode("utf-8", "surrogateescape")
    assert raw == whole
    assert sum(size for row in rows for _, size in row["reads"]) == len(whole)
    [exchange] = read(talk)
    assert exchange.exact
    assert [e.raw is not None for e in exchange.events] == [True] * len(rows)


def test_answers_at_once_and_sessions_after_each_other_share_a_file(
    server: WireServer, talk: Path
) -> None:
    server.respond(ANSWER)
    pplx.configure(base_url=server.base_url, provider="raw")
    with pplx.record(talk):
        answers = [pplx.ask(f"Question {i}?") for i in range(8)]
        for answer in answers:
            answer.wait(30)
    with talk.open("ab") as file:
        file.write(b'{"id":"torn","t":1.0,"da')  # by a process that died
    with pplx.record(talk), pplx.record(talk.with_name("other.jsonl")):
        pplx.ask("Later?").wait(30)
    questions = [exchange.question for exchange in read(talk)]
    assert sorted(questions) == sorted([f"Question {i}?" for i in range(8)] + ["Later?"])
    assert [e.question for e in read(talk.with_name("other.jsonl"))] == ["Later?"]
    assert all(e.final for e in read(talk))


def test_the_end_of_the_block_waits_for_nobody_and_loses_nothing(
    server: WireServer, talk: Path
) -> None:
    import threading

    gate = threading.Event()
    server.respond([CREATED, delta("One "), gate, delta("two."), completed()])
    pplx.configure(base_url=server.base_url)
    with pplx.record(talk) as recorder:
        answer = pplx.ask("Which?")
    later = pplx.ask("Not recorded?")
    gate.set()
    recorder.wait(30)
    later.wait(30)
    assert answer.text == "One two."
    [exchange] = read(talk)
    assert exchange.question == "Which?"
    assert exchange.final


@pytest.mark.parametrize("provider", PROVIDERS)
def test_what_went_wrong_goes_wrong_again(server: WireServer, talk: Path, provider: Any) -> None:
    pplx.configure(base_url=server.base_url, provider=provider, max_retries=1)
    with pplx.record(talk):
        server.respond([CREATED, delta("So far")], whole=False)
        cut = pplx.ask("Cut?").wait(30)
        server.respond(
            json.dumps({"error": {"message": "no", "type": "t", "code": 429}}).encode(),
            status=429,
            headers={"Content-Type": "application/json", "Retry-After": "0.01"},
        )
        refused = pplx.ask("Refused?").wait(30)
        server.respond([CREATED, frame(type="error", error={"message": "broken"})])
        broken = pplx.ask("Broken?").wait(30)
        server.respond([CREATED, delta("Some"), 60.0])
        stopped = pplx.ask("Stopped?")
        stopped.observe(lambda _change: stopped.stop(), "text")
        stopped.wait(30)
    with pplx.replay(talk, speed=None):
        for answer in (cut, refused, broken, stopped):
            again = pplx.ask(answer.question).wait(10)
            assert come_to(again) == come_to(answer)
    assert [a.status for a in (cut, refused, broken, stopped)] == [*["failed"] * 3, "stopped"]
    assert refused.steps[0].kind == "retry"


def test_a_recording_that_was_torn_off_reads_as_cut(talk: Path, server: WireServer) -> None:
    server.respond(ANSWER)
    pplx.configure(base_url=server.base_url)
    with pplx.record(talk):
        pplx.ask("Which?").wait(30)
    content = talk.read_bytes()
    talk.write_bytes(content[: content.rindex(b"\n", 0, -1) + 20])
    with pplx.replay(talk, speed=None):
        answer = pplx.ask("Which?").wait(10)
    assert isinstance(answer.error, pplx.ConnectionCut)
    assert answer.text == "Cited [1] and said. 🚀"


def test_the_chat_shape_and_a_provider_of_ones_own(server: WireServer, talk: Path) -> None:
    server.respond([CHAT.begin, CHAT.text("Chatted."), CHAT.end()])
    pplx.configure(base_url=server.base_url)
    with pplx.record(talk):
        chat = pplx.ask("Chat?", provider=pplx.Raw("chat"), model="m").wait(30)
        own = pplx.ask("Own?", provider=Slow()).wait(30)
    with pplx.replay(talk, speed=None):
        assert come_to(pplx.ask("Chat?").wait(10)) == come_to(chat)
        assert come_to(pplx.ask("Own?").wait(10)) == come_to(own)
    assert [e.shape for e in read(talk)] == ["chat", "agent"]


def test_each_question_in_its_turn_and_by_its_options(server: WireServer, talk: Path) -> None:
    pplx.configure(base_url=server.base_url)
    with pplx.record(talk):
        for said, options in (("one", {}), ("two", {}), ("deep", {"effort": "high"})):
            server.respond([CREATED, delta(said), completed()])
            pplx.ask("Which?", **options).wait(30)
    with pplx.replay(talk, speed=None):
        first = pplx.ask("Which?").wait(10)
        said = [first.text] + [pplx.ask(q).wait(10).text for q in (" Which?", "Which?")]
        deep = pplx.ask("Which?", effort="high").wait(10)
    assert said == ["one", "two", "one"]
    assert deep.text == "deep"
    # Asked again when the replay is over, it still costs nothing.
    asked = len(server.requests)
    assert first.retry().wait(10).text == "two"
    assert len(server.requests) == asked


def test_a_question_that_is_not_there_names_the_nearest(talk: Path, server: WireServer) -> None:
    server.respond(ANSWER)
    pplx.configure(base_url=server.base_url)
    with pplx.record(talk):
        pplx.ask("How does HTTP/3 work?").wait(30)
        pplx.ask("Who was Ada Lovelace?").wait(30)
    asked = len(server.requests)
    with pplx.replay(talk) as replay:
        answer = pplx.ask("How does HTTP/2 work?").wait(10)
    assert isinstance(answer.error, pplx.NotRecorded)
    assert "How does HTTP/3 work?" in answer.error.why
    assert len(server.requests) == asked
    assert replay.questions == ("How does HTTP/3 work?", "Who was Ada Lovelace?")


def test_step_by_step_then_on(talk: Path) -> None:
    with pplx.record(talk):
        pplx.ask("Own?", provider=Slow()).wait(30)
    with pplx.replay(talk, paused=True) as replay:
        answer = pplx.ask("Own?")
        assert replay.step() == 1
        assert (answer.status, answer.text) == ("searching", "")
        assert replay.step(2) == 2
        assert answer.text == "From "
        replay.speed = None
        replay.play()
        assert answer.wait(10).text == "From elsewhere [3]."
        assert replay.step(3) == 0  # nothing is under way
        two = [pplx.ask("Own?"), pplx.ask("Own?")]
        assert replay.step(100) == 2 * 8  # five events, and three payloads at the end
        assert {a.status for a in two} == {"complete"}


def test_the_pace_is_the_recorded_one(talk: Path) -> None:
    rows = [
        {
            "format": "pplx-recording",
            "version": 1,
            "id": "a",
            "shape": "chat",
            "request": {"messages": [{"role": "user", "content": "Slow?"}]},
        },
        *(
            {"id": "a", "t": t, "data": {"choices": [{"delta": {"content": c}}]}}
            for t, c in ((0.05, "a"), (1.05, "b"))
        ),
        {"id": "a", "t": 1.05, "data": {"choices": [{"delta": {}, "finish_reason": "stop"}]}},
    ]
    talk.write_text("".join(json.dumps(row) + "\n" for row in rows))
    timing = {}
    for speed in (10, 2):
        answer = pplx.ask("Slow?", provider=pplx.Replay(talk, speed)).wait(10)
        timing[speed] = answer.timing
        assert answer.text == "ab"
    # However slow the machine: nothing comes before its time.
    for speed, t in timing.items():
        assert t.first_token >= round(0.05 / speed, 3)
        assert t.last_token >= round(1.05 / speed, 3)


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
    """What it claims to have found, and how much it says, makes no more events than one can hold."""
    source = {"id": 1, "title": "t", "url": "https://example.org", "site": "s", "query": "a"}
    search = {"kind": "search", "at": 0, "items": ["a"], "found": 2**50}
    kept = {"format": 1, "question": "q", "status": "complete", "text": "a b " * 100_000}
    kept |= {"sources": [source], "steps": [search] * 3}
    notebook = tmp_path / "hostile.ipynb"
    notebook.write_text(json.dumps({"cells": [{"outputs": [{"metadata": {"pplx_widget": kept}}]}]}))
    [exchange] = notebook_exchanges(notebook)
    assert len(exchange.events) < 25_000
    assert len(json.dumps([event.data for event in exchange.events])) < 20_000_000


@pytest.mark.parametrize("t", ["1" + "0" * 400, "1e300", "Infinity", "NaN", "-1"])
def test_a_moment_that_cannot_be(tmp_path: Path, t: str) -> None:
    header = {"format": "pplx-recording", "version": 1, "id": "a", "shape": "agent"}
    header |= {"frames": "bytes", "request": {"input": "q"}}
    talk = tmp_path / "hostile.jsonl"
    talk.write_text(f'{json.dumps(header)}\n{{"id":"a","t":{t},"data":{{}}}}\n')
    with pytest.raises(RecordingError, match="not a number of seconds"):
        read(talk)
    line = f'{{"id":"a","t":1,"data":{{}},"reads":[[{t},5],[1,1{"0" * 400}],[1,5]]}}'
    talk.write_text(f"{json.dumps(header)}\n{line}\n")
    assert read(talk)[0].events[0].reads == ((1.0, 5),)


def test_files_that_cannot_be_used(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="Check the name"):
        pplx.replay(tmp_path / "none.jsonl")
    with pytest.raises(pplx.PplxError, match="folder that exists"):
        pplx.record(tmp_path / "none" / "talk.jsonl")
    (tmp_path / "empty.jsonl").touch()
    with pytest.raises(pplx.PplxError, match="There is no answer"):
        pplx.replay(tmp_path / "empty.jsonl")
    for speed in (0, -1, float("nan"), "fast", True):
        with pytest.raises(pplx.InvalidRequest, match=re.escape(repr(speed))):
            pplx.replay(tmp_path / "empty.jsonl", speed)  # type: ignore[arg-type]


def test_a_full_disk_ends_the_recording_and_not_the_answer(
    talk: Path, monkeypatch: pytest.MonkeyPatch, server: WireServer
) -> None:
    import os

    written = os.write

    def full(file: int, data: bytes) -> int:
        if b"output_text.delta" in data:
            raise OSError(28, "No space left on device")
        return written(file, data)

    server.respond(ANSWER)
    pplx.configure(base_url=server.base_url)
    recorder = pplx.record(talk)
    monkeypatch.setattr(os, "write", full)
    assert pplx.ask("Which?").wait(30).status == "complete"
    with pytest.raises(pplx.PplxError, match="No space left"):
        recorder.close()
    [exchange] = read(talk)
    assert exchange.final is None


@pytest.mark.parametrize("recorded", ["agent", "chat"])
@pytest.mark.parametrize("asked", [None, "raw", "chat", pplx.Raw("chat")], ids=str)
def test_a_recording_is_served_in_both_shapes(
    server: WireServer, talk: Path, recorded: str, asked: Any
) -> None:
    found = [{"title": f"Title {i}", "url": f"https://example.org/{i}"} for i in (1, 2)]
    chat = [
        CHAT.begin,
        CHAT.payload(choices=[], citations=[f["url"] for f in found], search_results=found),
        CHAT.text("Cited [2]"),
        CHAT.text(" and said. 🚀"),
        CHAT.payload(choices=[], usage={"prompt_tokens": 10, "completion_tokens": 20}),
        CHAT.end(),
    ]
    gaps = [CREATED, *results(4, 2), delta("Cited [2]"), delta(" and said. 🚀"), completed()]
    server.respond(gaps if recorded == "agent" else chat)
    pplx.configure(base_url=server.base_url, model="m/m")
    with pplx.record(talk):
        first = pplx.ask("Which?", provider=pplx.Raw(recorded)).wait(30)
        server.respond([delta("Torn")], whole=False)
        pplx.ask("Cut?", provider="raw").wait(30)
    library = Talk(talk)
    assert (first.status, library.left_out) == ("complete", 1)
    with LocalServer(library=library, speed=0) as local:
        pplx.configure(base_url=local.base_url)
        again = pplx.ask("Which?", provider=asked).wait(30)
        other = pplx.ask("Whither?", provider=asked).wait(30)
    assert (again.status, again.text) == ("complete", first.text)
    assert [c.source.url for c in again.citations] == ["https://example.org/2"]
    assert {s.url for s in again.sources} == {s.url for s in first.sources}
    assert again.usage.output_tokens == 20
    assert isinstance(other.error, pplx.NotFound)
    assert "Which?" in other.error.why


def test_a_naive_reader_of_chat_completions_can_read_what_is_served(
    server: WireServer, talk: Path
) -> None:
    import openai

    server.respond(ANSWER)
    pplx.configure(base_url=server.base_url)
    with pplx.record(talk):
        pplx.ask("Which?").wait(30)
    messages: Any = [{"role": "user", "content": "Which?"}]
    with (
        LocalServer(library=Talk(talk), speed=0) as local,
        openai.OpenAI(base_url=local.base_url, api_key="none") as client,
    ):
        chunks = client.chat.completions.create(model="m", messages=messages, stream=True)
        text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
        whole = client.chat.completions.create(model="m", messages=messages)
    assert text == whole.choices[0].message.content == "Cited [1] and said. 🚀"
    assert whole.choices[0].finish_reason == "stop"


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_conversation_data_and_pictures(server: WireServer, talk: Path, provider: Any) -> None:
    import base64

    picture = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4
    pplx.configure(base_url=server.base_url, provider=provider)

    def ask() -> list[pplx.Answer]:
        first = pplx.ask("One?").wait(30)
        further = first.ask("And then?").wait(30)
        seen = pplx.ask("Seen?", images=[picture]).wait(30)
        return [first, further, seen, pplx.ask("Data?", context="a,b\n1,2").wait(30)]

    server.respond(ANSWER)
    with pplx.record(talk):
        asked = ask()
    assert base64.b64encode(picture[:300]) not in talk.read_bytes()
    sent = len(server.requests)
    with pplx.replay(talk, speed=None):
        assert [come_to(a) for a in ask()] == [come_to(a) for a in asked]
    assert len(server.requests) == sent
    assert [a.status for a in asked] == ["complete"] * 4


def test_what_this_side_noted_is_noted_again(server: WireServer, talk: Path) -> None:
    class Noting:
        async def stream(self, request: pplx.Request) -> AsyncIterator[Event]:
            yield Noted("It was asked otherwise.")
            yield Text("Yes.")
            yield Finished()

    with pplx.record(talk):
        pplx.ask("Which?", provider=Noting()).wait(30)
    with pplx.replay(talk, speed=None):
        answer = pplx.ask("Which?").wait(30)
    assert answer.session.state.notes == ("It was asked otherwise.",)


def test_every_door_is_recorded_and_replayed(server: WireServer, talk: Path) -> None:
    server.respond(ANSWER)
    pplx.configure(base_url=server.base_url)
    with pplx.record(talk):
        text = pplx.complete("Whole?").text
        assert main.main(["ask", "Typed?"]) == 0
        for event in pplx.stream("Streamed?"):
            assert not isinstance(event, Failed)
    with pplx.replay(talk, speed=None) as replay:
        assert replay.questions == ("Whole?", "Typed?", "Streamed?")
        assert pplx.complete("Whole?").text == text == "Cited [1] and said. 🚀"
        said = [event for event in pplx.stream("Streamed?") if isinstance(event, Text)]
    assert "".join(event.delta for event in said) == text


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
