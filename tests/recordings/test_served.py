"""A recording is served, in both shapes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import pplx_widget as pplx
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
