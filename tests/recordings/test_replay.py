"""A replay gives the recorded answer again, from a file, without a server."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

import pplx_widget as pplx
from pplx_widget.cli import main
from pplx_widget.core.events import Event, Failed, Finished, Noted, Text
from pplx_widget.recordings.format import RecordingError, read

from ..support.byte_server import until
from ..support.formats import CHAT
from ..support.recorded import ANSWER, KEY, Slow, come_to
from ..support.wire_server import CREATED, WireServer, completed, delta, frame

PROVIDERS: list[Any] = ["agent", "raw"]


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
        until(lambda: stopped.text)
        stopped.stop()
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
