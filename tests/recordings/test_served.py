"""A recording is served, in both shapes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx2
import pytest

import pplx_widget as pplx
from pplx_widget.recordings.format import read
from pplx_widget.server.server import LocalServer
from pplx_widget.server.talk import Talk

from ..support.formats import CHAT
from ..support.recorded import ANSWER
from ..support.wire_server import CREATED, WireServer, completed, delta, results


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
    # In chat completions a marker is a place in a list, so the ids 2 and 4 become 1 and 2.
    renumbered = recorded == "agent" and asked in ("chat", pplx.Raw("chat"))
    text = first.text.replace("[2]", "[1]") if renumbered else first.text
    assert (again.status, again.text) == ("complete", text)
    assert [c.source.url for c in again.citations] == ["https://example.org/2"]
    assert {s.url for s in again.sources} == {s.url for s in first.sources}
    assert again.usage.output_tokens == 20
    assert isinstance(other.error, pplx.NotFound)
    assert "Which?" in other.error.why


def test_a_recording_of_a_sample_says_that_it_is_scripted(
    server: WireServer, tmp_path: Path
) -> None:
    """Also a recording of its recording, served or replayed; an answer of a service is not."""
    with LocalServer(speed=0) as local:
        pplx.configure(base_url=local.base_url)
        for provider in ("agent", "raw"):
            with pplx.record(tmp_path / f"{provider}.jsonl"):
                pplx.ask("What is the CAP theorem?", provider=provider).wait(30)
    with LocalServer(library=Talk(tmp_path / "raw.jsonl"), speed=0) as local:
        pplx.configure(base_url=local.base_url)
        with pplx.record(tmp_path / "served.jsonl"):
            pplx.ask("What is the CAP theorem?").wait(30)
    with pplx.replay(tmp_path / "raw.jsonl", speed=None), pplx.record(tmp_path / "played.jsonl"):
        pplx.ask("What is the CAP theorem?").wait(30)
    server.respond(ANSWER)
    pplx.configure(base_url=server.base_url)
    with pplx.record(tmp_path / "service.jsonl"):
        pplx.ask("Which?").wait(30)
    names = ("agent", "raw", "served", "played", "service")
    scripted = {name: read(tmp_path / f"{name}.jsonl")[0].scripted for name in names}
    assert scripted == dict.fromkeys(names, True) | {"service": False}


ODD = [
    {"type": ["x"], "response": {"id": [1], "output": "x"}},
    {"type": {"a": 1}, "item": {"id": None, "content": "text"}},
    {"type": "response.output_text.delta", "delta": "hi", "item_id": [2]},
    {"type": "a\ndata: b"},
]


def test_any_json_in_a_recording_is_served(talk: Path) -> None:
    head = {"format": "pplx-recording", "version": 1, "id": "a", "shape": "agent"}
    output = [3, {"type": ["message"], "content": [7]}, {"id": [2], "content": [{"text": 5}]}]
    final = {"id": "r", "status": "completed", "output": output}
    payloads = [*ODD, {"type": "response.completed", "response": final}]
    lines = [head | {"request": {"input": "q"}}]
    lines += [{"id": "a", "t": t, "data": data} for t, data in enumerate(payloads)]
    talk.write_text("\n".join(map(json.dumps, lines)))
    with LocalServer(library=Talk(talk), speed=0) as local:
        pplx.configure(base_url=local.base_url)
        for provider in ("raw", "chat"):
            answer = pplx.ask("q", provider=provider, model="m/m").wait(30)
            assert (answer.status, answer.text) == ("complete", "hi")
        body = {"input": "q", "model": "m/m"}
        reply = httpx2.post(f"{local.base_url}/responses", json=body, trust_env=False)
        assert reply.json()["output"][0] == 3


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
