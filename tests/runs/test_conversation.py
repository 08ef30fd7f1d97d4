"""Follow-up questions: the earlier turns that are sent along."""

from __future__ import annotations

import json
import threading
from collections.abc import AsyncIterator
from typing import Any

import pytest

import pplx_widget as pplx
from pplx_widget.core import errors, events
from pplx_widget.document.record import to_record
from pplx_widget.server.server import LocalServer

from ..support.wire_server import CREATED, WireServer, completed, delta, frame

REFUSED = json.dumps(
    {"error": {"message": "invalid request", "type": "invalid_request", "code": 400}}
).encode()


@pytest.fixture(autouse=True)
def asks_the_wire_server(server: WireServer, clean_settings: None) -> None:
    pplx.configure(base_url=server.base_url)


def message(role: str, content: str) -> dict[str, str]:
    return {"type": "message", "role": role, "content": content}


def asked(server: WireServer, number: int = -1) -> dict[str, Any]:
    return {k: v for k, v in server.requests[number].items() if k not in ("stream", "path")}


@pytest.mark.parametrize("provider", ["agent", "raw"])
def test_a_complete_answer_is_named_by_its_id(server: WireServer, provider: str) -> None:
    server.respond([CREATED, delta("1847.[1]"), completed("1847.[1]")])
    first = pplx.ask("When?", effort="low", instructions="brief", provider=provider).wait(30)
    further = first.ask("And where?").wait(30)
    assert asked(server) == {
        "input": "And where?",
        "previous_response_id": "resp_1",
        "effort": "low",
        "instructions": "brief",
    }
    assert (further.question, further.status, further.notes) == ("And where?", "complete", ())
    assert first.question == "When?"


@pytest.mark.parametrize("provider", ["agent", "raw"])
def test_what_the_service_has_forgotten_is_sent_again_and_said(
    server: WireServer, provider: str
) -> None:
    server.respond([CREATED, delta("1847."), completed()])
    first = pplx.ask("When?", provider=provider).wait(30)

    def forgetful(count: int, _path: str) -> None:
        if "previous_response_id" in server.requests[count]:
            server.respond(REFUSED, status=400, headers={"Content-Type": "application/json"})
        else:
            server.respond([CREATED, delta("Berlin."), completed()])

    server.before = forgetful
    further = first.ask("And where?").wait(30)
    assert further.text == "Berlin."
    assert "no longer knew" in further.notes[0]
    assert asked(server) == {
        "input": [
            message("user", "When?"),
            message("assistant", "1847."),
            message("user", "And where?"),
        ],
        "effort": "fast",
    }
    third = further.ask("Why?").wait(30)
    assert [m["content"] for m in asked(server)["input"]] == [
        "When?",
        "1847.",
        "And where?",
        "Berlin.",
        "Why?",
    ]
    assert third.status == "complete"


def test_a_refusal_for_another_reason_stays_one(server: WireServer) -> None:
    server.respond([CREATED, delta("1847."), completed()])
    first = pplx.ask("When?").wait(30)
    server.respond(REFUSED, status=400, headers={"Content-Type": "application/json"})
    further = first.ask("And where?").wait(30)
    assert isinstance(further.error, errors.RequestRejected)
    assert (len(server.requests), further.notes) == (3, ())


def test_an_unfinished_answer_is_replayed_as_far_as_it_came(server: WireServer) -> None:
    server.respond([CREATED, delta("18")], whole=False)
    first = pplx.ask("When?").wait(30)
    assert first.status == "failed"
    server.respond([CREATED, delta("Berlin."), completed()])
    assert first.ask("And where?").wait(30).text == "Berlin."
    assert [m["content"] for m in asked(server)["input"]] == ["When?", "18", "And where?"]
    server.respond(b"", status=404)
    nothing = pplx.ask("When?").wait(30)
    server.respond([CREATED, completed()])
    nothing.ask("And where?").wait(30)
    assert [m["role"] for m in asked(server)["input"]] == ["user", "user"]


def test_the_chat_shape_replays_the_turns(server: WireServer) -> None:
    chunk = {"id": "c", "object": "chat.completion.chunk", "model": "m"}
    content = {"index": 0, "delta": {"content": "1847."}, "finish_reason": "stop"}
    server.respond([frame(type="chunk", **chunk, choices=[content])])
    pplx.configure(provider="chat", model="m")
    earlier = [{"role": "user", "content": "Hello"}, {"role": "assistant", "content": "Hi."}]
    first = pplx.ask("When?", messages=earlier, temperature=0).wait(30)
    assert first.ask("And where?", temperature=0.5).wait(30).text == "1847."
    request = asked(server)
    assert [m["content"] for m in request["messages"]] == [
        "Hello",
        "Hi.",
        "When?",
        "1847.",
        "And where?",
    ]
    assert request["temperature"] == 0.5
    assert "previous_response_id" not in request
    # Another service does not know the answer's id.
    server.respond([CREATED, completed()])
    first.ask("Why?", provider="agent", effort="low").wait(30)
    assert asked(server)["effort"] == "low"
    assert len(asked(server)["input"]) == 5


def test_an_answer_from_a_file_is_replayed(server: WireServer) -> None:
    server.respond([CREATED, delta("1847."), completed()])
    first = pplx.ask("When?", effort="high").wait(30)
    loaded = pplx.Answer.from_record(to_record(first.question, first._session.state))
    with pytest.raises(errors.InvalidRequest, match="file"):
        loaded.retry()
    assert loaded.ask("And where?", model="a/b").wait(30).status == "complete"
    assert (asked(server)["model"], len(asked(server)["input"])) == ("a/b", 3)
    assert "effort" not in asked(server)


def test_a_further_question_waits_for_the_answer_before(server: WireServer) -> None:
    gate = threading.Event()
    server.respond([CREATED, delta("18"), gate, delta("47."), completed()])
    first = pplx.ask("When?", effort="low")
    further = first.ask("And where?", model="a/b")
    lost = first.ask("Never")
    assert (further.status, lost.status) == ("queued", "queued")
    lost.stop()
    assert lost.wait(30).status == "stopped"
    gate.set()
    assert further.wait(30).status == "complete"
    assert first.text == "1847."
    assert len(server.requests) == 2
    assert asked(server)["previous_response_id"] == "resp_1"
    assert asked(server)["model"] == "a/b"
    assert "effort" not in asked(server)  # the model replaces it


def test_the_figures_of_a_queued_question_begin_when_it_is_sent(server: WireServer) -> None:
    gate = threading.Event()
    server.respond([CREATED, delta("18"), gate, delta("47."), completed()])
    first = pplx.ask("When?")
    further = first.ask("And where?")
    assert (further.status, further.elapsed) == ("queued", 0)
    # The first answer takes as long as a thousand hours on the clock of the queue.
    further._session._asked -= 3_600_000
    never = first.ask("Never")
    never.stop()
    assert never.wait(30).timing.finished == 0
    gate.set()
    assert further.wait(30).timing.first_token < 3_000
    assert further.elapsed < 3_000
    trace = pplx.inspect(further).trace
    assert trace.marks["headers"] < 3_000


def test_a_retry_of_the_first_is_what_a_retry_of_the_second_follows(server: WireServer) -> None:
    server.respond(b"", status=404)
    first = pplx.ask("When?").wait(30)
    further = first.ask("And where?").wait(30)
    assert further.status == "failed"
    server.respond([CREATED, delta("1847."), completed()])
    first.retry().wait(30)
    assert further.retry().wait(30).status == "complete"
    assert asked(server)["previous_response_id"] == "resp_1"


def test_what_is_refused_before_anything_is_sent(server: WireServer) -> None:
    server.respond([CREATED, completed()])
    first = pplx.ask("When?").wait(30)
    with pytest.raises(errors.UnknownOption, match="Did you mean 'effort'"):
        first.ask("q", efort="low")  # type: ignore[call-arg]
    with pytest.raises(errors.InvalidRequest, match="conversation"):
        first.ask("q", messages=[{"role": "user", "content": "x"}])
    with pytest.raises(errors.InvalidRequest, match="empty"):
        first.ask(" ")
    assert len(server.requests) == 1


def test_an_object_of_ones_own_may_remember_by_itself() -> None:
    class Remembers:
        async def stream(self, request: pplx.Request) -> AsyncIterator[events.Event]:
            yield events.Opened(response_id="mine")
            yield events.Text(f"{request.previous_response_id} {len(request.messages)}")
            yield events.Finished()

    first = pplx.ask("q", provider=Remembers()).wait(30)
    assert first.ask("r").wait(30).text == "mine 2"
    assert first.ask("r", provider=Remembers()).wait(30).text == "None 2"


def test_against_the_strict_server() -> None:
    with LocalServer(speed=0) as samples:
        pplx.configure(base_url=samples.base_url)
        first = pplx.ask("What is the CAP theorem?", effort="low").wait(30)
        further = first.ask("And PACELC?").wait(30).raise_for_status()
        assert further.notes == ()
        assert further.ask("Who said so?").wait(30).raise_for_status().status == "complete"
