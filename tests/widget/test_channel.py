"""The messages on the comm: numbers, offsets, whole states and the rate limit."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import threading
import types
from collections.abc import AsyncIterator
from typing import Any

import pytest

import pplx_widget as pplx
from pplx_widget.core.events import (
    Event,
    Finished,
    Image,
    ImagesFound,
    Opened,
    Searching,
    Source,
    SourcesFound,
    Text,
    TextWithdrawn,
    Thought,
    Usage,
    UsageReported,
)
from pplx_widget.core.state import Step
from pplx_widget.question.request import Request
from pplx_widget.widget import channel, host, protocol

from ..support.paths import GOLDEN
from ..support.recording_comm import RecordingComm, answer_comm, page_state

MESSAGES = GOLDEN / "channel.json"
SOURCES = tuple(
    Source(
        i, f"Title {i}", f"https://example.org/{i}", "example.org", "2026-01-02", None, "Word.", "q"
    )
    for i in (4, 2)
)

IMAGES = (Image("https://example.org/a.png", "https://example.org/4", "A", 640, 480),)


class Script:
    """A provider that plays events; it waits for each `threading.Event` among them."""

    def __init__(self, *events: Event | threading.Event | float) -> None:
        self.events = events

    async def stream(self, request: Request) -> AsyncIterator[Event]:
        for event in self.events:
            if isinstance(event, threading.Event):
                await asyncio.to_thread(event.wait, 30)
            elif isinstance(event, float):
                await asyncio.sleep(event)
            else:
                yield event


def test_a_page_that_follows_the_patches_has_the_answer(comms: list[RecordingComm]) -> None:
    text = [f"Wört {i} 🚀 日本 [4][web:2]" for i in range(40)]
    script: list[Event | float] = [Opened(), Searching(("q",)), SourcesFound(SOURCES)]
    for delta in text:
        script += [Text(delta[:6]), 0.002, Text(delta[6:])]
    usage = Usage(1, 2, 3, 0.5)
    answer = pplx.ask(
        "q", provider=Script(*script, UsageReported(usage), Finished(model="m"))
    ).wait(30)
    comm = answer_comm(comms)
    assert len(comm.patches) > 3
    page = page_state(comm)
    assert page["text"] == answer.text == "".join(text)
    assert [s["id"] for s in page["sources"]] == [4, 2]
    assert page["citations"] == [
        {"number": 1, "id": 4, "count": 40},
        {"number": 2, "id": 2, "count": 40},
    ]
    assert page["steps"][0] == {**page["steps"][0], "kind": "search", "items": ["q"], "found": 2}
    assert (page["status"], page["model"], page["seq"]) == ("complete", "m", answer.seq)
    assert page["usage"]["cost"] == 0.5


def test_text_that_was_withdrawn_leaves_the_page(comms: list[RecordingComm]) -> None:
    gates = [threading.Event() for _ in range(2)]
    script = [SourcesFound(SOURCES), Text("Hm [4]. "), Text("Hm."), gates[0], TextWithdrawn()]
    script += [Thought("Hm [4]. Hm."), gates[1], Text("So.[2]"), Finished()]  # type: ignore[list-item]
    answer = pplx.ask("q", provider=Script(*script))
    comm = answer_comm(comms)
    comm.wait_for(lambda: page_state(comm)["text"] == "Hm [4]. Hm.")
    gates[0].set()
    comm.wait_for(lambda: page_state(comm)["text"] == "" and page_state(comm)["steps"])
    gates[1].set()
    answer.wait(30)
    page = page_state(comm)
    assert (page["text"], page["status"]) == ("So.[2]", "complete")
    assert [c["id"] for c in page["citations"]] == [2]
    assert page["steps"][-1]["items"] == ["Hm [4]. Hm."]


def test_a_newer_list_of_sources_reaches_the_page(comms: list[RecordingComm]) -> None:
    newer = dataclasses.replace(SOURCES[1], title="Newer")
    gate = threading.Event()
    script = Script(
        SourcesFound(SOURCES), Text("[2]"), 0.05, SourcesFound((newer,), replace=True), gate
    )
    answer = pplx.ask("q", provider=script)
    comm = answer_comm(comms)
    comm.wait_for(lambda: page_state(comm)["sources"][-1:] == [protocol.source(newer)])
    assert [s["id"] for s in page_state(comm)["sources"]] == [4, 2]
    assert len([p for p in comm.patches if "sources" in p][-1]["sources"]) == 1  # only the changes
    gate.set()
    answer.stop()


def test_the_whole_goes_out_only_if_the_page_asks(comms: list[RecordingComm]) -> None:
    answer = pplx.ask("q", provider=Script(Text("a"), 0.05, Text("b"), Finished())).wait(30)
    comm = answer_comm(comms)
    comm.wait_for(lambda: page_state(comm)["status"] == "complete")
    assert not comm.updates
    comm.from_page(type="sync", seq=answer.seq - 1)  # the last patch was lost
    (whole,) = comm.updates
    assert (whole["text"], whole["status"], whole["seq"]) == ("ab", "complete", answer.seq)
    assert "_esm" not in whole
    assert "question" not in whole


class Kernel:
    """ipykernel's public part: what goes out beside its comms."""

    def __init__(self) -> None:
        self.iopub_socket = object()
        self.session = self
        self.sent: list[dict[str, Any]] = []

    def send(self, socket: object, kind: str, content: dict[str, Any], **of: Any) -> None:
        assert socket is self.iopub_socket
        self.sent.append({"kind": kind, "content": content, **of})

    @property
    def messages(self) -> list[dict[str, Any]]:
        return [each["content"]["data"]["content"] for each in self.sent]


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch) -> Kernel:
    found = Kernel()
    monkeypatch.setattr(host, "_takes_unparented", False)
    monkeypatch.setattr(host, "shell", lambda: types.SimpleNamespace(kernel=found, run_cell=None))
    return found


def test_patches_belong_to_no_request_once_a_page_got_such_a_message(
    comms: list[RecordingComm], kernel: Kernel
) -> None:
    gate, over = threading.Event(), threading.Event()
    answer = pplx.ask("q", provider=Script(Text("a"), gate, Text("b"), over, Finished()))
    assert answer.model_id
    comm = answer_comm(comms)
    comm.wait_for(lambda: page_state(comm)["text"] == "a")
    assert not kernel.sent
    comm.from_page(type="sync", seq=answer.seq)
    assert comm.patches[-1] == {"type": "synced"}
    assert kernel.messages == [{"type": "echo"}]
    assert (kernel.sent[0]["parent"], kernel.sent[0]["ident"]) == ({}, comm.topic)
    patches = len(comm.patches)
    comm.from_page(type="echo")
    gate.set()
    over.set()
    answer.wait(30)
    assert len(comm.patches) == patches
    assert kernel.messages[1]["text"] == "b"
    assert kernel.messages[-1]["status"] == "complete"
    assert kernel.sent[1]["content"]["comm_id"] == comm.comm_id


def test_patches_keep_their_request_if_the_page_does_not_echo(
    comms: list[RecordingComm], kernel: Kernel
) -> None:
    """As in a host that drops messages which belong to no running request."""
    gate = threading.Event()
    answer = pplx.ask("q", provider=Script(Text("a"), gate, Finished()))
    assert answer.model_id
    comm = answer_comm(comms)
    comm.from_page(type="sync", seq=0)
    gate.set()
    answer.wait(30)
    comm.wait_for(lambda: page_state(comm)["status"] == "complete")
    assert kernel.messages == [{"type": "echo"}]


def test_patches_get_their_request_back_if_a_page_has_missed_some(
    comms: list[RecordingComm], kernel: Kernel
) -> None:
    """Another front end may have taken over the kernel."""
    gate = threading.Event()
    answer = pplx.ask("q", provider=Script(Text("a"), gate, Finished()))
    assert answer.model_id
    comm = answer_comm(comms)
    comm.from_page(type="echo")
    gate.set()
    answer.wait(30)
    assert host.takes_unparented()
    comm.from_page(type="sync", seq=answer.seq - 1, settled="")
    assert not host.takes_unparented()
    assert kernel.messages[-1] == {"type": "echo"}
    assert next(u for u in comm.updates if "status" in u)["status"] == "complete"


def test_a_page_that_missed_something_gets_the_whole(comms: list[RecordingComm]) -> None:
    gate = threading.Event()
    answer = pplx.ask("q", provider=Script(Text("so far"), gate, Text(", more"), Finished()))
    comm = answer_comm(comms)
    comm.wait_for(lambda: page_state(comm)["text"])
    comm.from_page(type="sync", seq=answer.seq)
    assert not comm.updates  # the page missed no patch
    comm.from_page(type="sync", seq=answer.seq - 1)
    assert comm.updates[0]["text"] == "so far"
    gate.set()
    answer.wait(30)
    assert page_state(comm)["text"] == "so far, more"


def test_a_page_that_is_opened_later_joins_without_a_gap(comms: list[RecordingComm]) -> None:
    """A reloaded page asks for the state, and the next patch must match it."""
    gate = threading.Event()
    answer = pplx.ask("q", provider=Script(Text("so 🚀 far"), gate, Text(", more"), Finished()))
    comm = answer_comm(comms)
    comm.wait_for(lambda: page_state(comm)["text"])
    state = json.loads(json.dumps(answer.get_state()))
    gate.set()
    answer.wait(30)
    later = [p for p in comm.patches if p["seq"] > state["seq"]]
    assert later[0]["seq"] == state["seq"] + 1
    assert later[0]["at"] == len("so 🚀 far") + 1


def test_stop_and_retry_from_the_page(comms: list[RecordingComm]) -> None:
    answer = pplx.ask("q", provider=Script(Text("a"), threading.Event(), Finished()))
    comm = answer_comm(comms)
    comm.wait_for(lambda: page_state(comm)["text"])
    comm.from_page(type="stop")
    assert answer.wait(5).status == "stopped"
    before = answer.seq
    comm.from_page(type="retry")
    comm.wait_for(lambda: any(u["status"] != "stopped" for u in comm.updates))
    whole = next(u for u in comm.updates if u["status"] != "stopped")
    assert whole["text"] in ("", "a")  # the text of the new run so far
    assert whole["seq"] > before
    comm.from_page(type="stop")
    answer.wait(5)
    page_state(comm)  # asserts that numbers and offsets match


@pytest.mark.parametrize(
    "content", [{}, {"type": "sync"}, {"type": 5}, {"type": "retry"}, {"x": []}]
)
def test_rubbish_from_the_page_is_ignored(
    comms: list[RecordingComm], content: dict[str, object]
) -> None:
    answer = pplx.ask("q", provider=Script(Text("a"), 0.02, Finished()))
    answer_comm(comms).from_page(**content)
    assert answer.wait(30).status == "complete"


def test_the_page_cannot_write_an_answer(comms: list[RecordingComm]) -> None:
    answer = pplx.ask("q", provider=Script(Text("a"), Finished())).wait(30)
    data = {"method": "update", "state": {"text": "forged", "_esm": "alert(1)"}, "buffer_paths": []}
    answer_comm(comms).handle_msg({"content": {"data": data}, "buffers": []})
    assert answer.text == "a"


def test_text_goes_out_once_however_long_it_is(comms: list[RecordingComm]) -> None:
    """The size of a message is its own text plus a constant, even at the end of a long answer."""
    script = [e for _ in range(400) for e in (*[Text("word ")] * 50, 0.0)]
    answer = pplx.ask("q", provider=Script(*script, Finished())).wait(60)
    comm = answer_comm(comms)
    assert answer.text == "word " * 20_000
    sent = "".join(patch.get("text", "") for patch in comm.patches)
    assert comm.opening["text"] + sent == answer.text
    custom = [m for m in comm.messages if m["data"].get("method") == "custom"]
    over = [m["bytes"] - len(m["data"]["content"].get("text", "")) for m in custom]
    assert max(over) < 400


def test_many_live_answers_share_the_budget(comms: list[RecordingComm]) -> None:
    """The pause grows with the number of live answers, so that the server drops nothing."""
    ticking = [e for _ in range(10_000) for e in (Text("w "), 0.001)]
    answers = [pplx.ask("q", provider=Script(*ticking)) for _ in range(30)]
    mine = [c for c in comms if c.messages and "question" in c.opening]
    for comm in mine:
        comm.wait_for(lambda comm=comm: len(comm.patches) >= 8)
    assert channel.Channel._live == 30
    elapsed = [[p["elapsed"] for p in comm.patches[2:]] for comm in mine]
    rate = sum((len(e) - 1) / (e[-1] - e[0]) for e in elapsed)
    for answer in answers:
        answer.stop()
    for answer in answers:
        answer.wait(10)
    assert rate < 400
    assert channel.Channel._live == 0


def test_no_message_has_a_field_id(comms: list[RecordingComm]) -> None:
    """ipykernel 7.4 would keep the ``id`` of every message and wait for replies that never come."""
    pplx.ask("q", provider=Script(SourcesFound(SOURCES), Text("[4]"), Finished())).wait(30)
    assert all("id" not in m["data"].get("content", {}) for m in answer_comm(comms).messages)


def test_messages_are_those_that_the_page_is_tested_with(comms: list[RecordingComm]) -> None:
    """The page's own tests (``js/test``) use the same golden messages as input."""
    opened = threading.Event()
    script = Script(
        opened,
        Searching(("q",)),
        0.05,
        SourcesFound(SOURCES),
        ImagesFound(IMAGES),
        0.05,
        Text("Yes 🚀.[4"),
        0.05,
        Text("]"),
        UsageReported(Usage(1, 2, 3, 0.5)),
        Finished(model="m"),
    )
    answer = pplx.ask("Golden?", provider=script)
    opened.set()
    answer.wait(30)
    comm = answer_comm(comms)
    comm.from_page(type="sync", seq=0)
    opening = {k: v for k, v in comm.opening.items() if not k.startswith("_")}
    for name in ("layout", "tabbable", "tooltip"):
        opening.pop(name, None)
    messages = {"opening": opening, "patches": comm.patches, "whole": comm.updates[-1]}
    golden = json.loads(MESSAGES.read_text("utf-8"))
    assert shape(messages["opening"]) == shape(golden["opening"])
    assert shape(messages["whole"]) == shape(golden["whole"])
    fields = {name: shape(v) for p in messages["patches"] for name, v in p.items()}
    expected = {name: shape(v) for p in golden["patches"] for name, v in p.items()}
    assert fields == expected


def test_each_kind_of_step_is_as_the_page_reads_it() -> None:
    steps = (
        Step("search", 0.1, ("q", "r"), 2),
        Step("read", 0.2, ("https://example.org/4",)),
        Step("thought", 0.3, ("Hm.",)),
        Step("retry", 0.4, ("Rate limited", "Too many requests."), seconds=3.0),
        Step("images", 0.5, ("q",), 3),
    )
    golden = json.loads(MESSAGES.read_text("utf-8"))
    assert [protocol.step(step) for step in steps] == golden["steps"]


def shape(value: object) -> object:
    """Return the names and types of a value, since its numbers depend on the clock."""
    match value:
        case dict():
            return {name: shape(inner) for name, inner in sorted(value.items())}
        case list():
            return [shape(value[0])] if value else []
        case bool():
            return "boolean"
        case int() | float():
            return "number"
        case None:
            return "null"
        case _:
            return "string"
