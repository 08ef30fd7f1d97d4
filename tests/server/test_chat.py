"""Recordings as chat completions: every chunk has every citation, and markers name places."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from pplx_widget.core.events import Event, Source, SourcesFound, Text
from pplx_widget.recordings.format import Exchange
from pplx_widget.server.chat import as_chat, numbered
from pplx_widget.server.library import samples
from pplx_widget.server.server import LocalServer
from pplx_widget.server.talk import Talk

from ..support.local_client import ask


def chunks(frames: list[tuple[float, bytes]]) -> list[dict[str, Any]]:
    bodies = [frame.decode().removeprefix("data: ").strip() for _, frame in frames]
    assert bodies.pop() == "[DONE]"
    return [json.loads(body) for body in bodies]


def text_of(said: list[dict[str, Any]]) -> str:
    return "".join(chunk["choices"][0]["delta"].get("content") or "" for chunk in said)


@pytest.mark.parametrize("sample", samples().exchanges, ids=lambda e: e.id)
def test_every_chunk_lists_every_citation_without_a_hole(sample: Exchange) -> None:
    assert sample.final
    frames, whole = as_chat(sample, "resp_1")
    said = chunks(frames)
    items = [i for i in sample.final["output"] if i["type"] == "search_results"]
    urls = list({r["id"]: r["url"] for i in items for r in i["results"]}.values())
    assert sorted(whole["citations"]) == sorted(urls)
    assert {tuple(chunk["citations"]) for chunk in said} == {tuple(whole["citations"])}
    for chunk in (said[0], said[-1], whole):
        assert [r["url"] for r in chunk["search_results"]] == whole["citations"]
    assert text_of(said) == whole["choices"][0]["message"]["content"]


def found(*ids: int) -> SourcesFound:
    return SourcesFound(tuple(Source(i, f"T{i}", f"https://x.org/{i}", "x.org") for i in ids))


def renumbered(deltas: list[str], *ids: int) -> list[str]:
    events: list[Event] = [found(*ids), *map(Text, deltas)]
    after = numbered(events)
    places = [s.id for e in after if isinstance(e, SourcesFound) for s in e.sources]
    assert sorted(places) == list(range(1, len(ids) + 1))
    return [e.delta for e in after if isinstance(e, Text)]


@pytest.mark.parametrize(
    ("text", "ids", "expected"),
    [
        ("a[2] b[5].", (5, 2), "a[1] b[2]."),
        ("a[2, 5] b[web:5].", (2, 5), "a[1][2] b[2]."),
        ("a[2-4].", (2, 3, 4), "a[1][2][3]."),
        ("【5†L1】", (5,), "[1]"),
        (
            "`[5]` ```\n[5]\n``` [5](https://x.org) [5]",
            (5,),
            "`[5]` ```\n[5]\n``` [5](https://x.org) [1]",
        ),
        # No source has the ids 1 and 9: the first must not become another's.
        ("a[1] b[9] c[3]", (3,), "a&#91;1] b[9] c[1]"),
        ("a[0] b[1]", (0, 1), "a[1] b[2]"),
        ("a[1] b[2]", (1, 2), "a[1] b[2]"),
    ],
)
def test_markers_become_places(text: str, ids: tuple[int, ...], expected: str) -> None:
    assert renumbered([text], *ids) == [expected]
    # However the text is split.
    assert "".join(renumbered(list(text), *ids)) == expected
    for at in range(len(text)):
        assert "".join(renumbered([text[:at], "", text[at:]], *ids)) == expected


def test_each_delta_keeps_its_place() -> None:
    assert renumbered(["It is so.[", "1", "7", "] And", " so[4]."], 4, 17) == [
        "It is so.[2]",
        "",
        "",
        " And",
        " so[1].",
    ]


def test_the_three_paths_of_the_retired_api_serve_a_recording(tmp_path: Path) -> None:
    sample, _ = samples().nearest("CAP theorem")
    lines = [{"format": "pplx-recording", "version": 1, "id": "a", "shape": "agent"}]
    lines[0]["request"] = {"input": "q"}
    lines += [{"id": "a", "t": e.t, "data": e.data} for e in sample.events]
    path = tmp_path / "talk.jsonl"
    path.write_text("\n".join(map(json.dumps, lines)))
    body = {"model": "sonar", "messages": [{"role": "user", "content": "q"}]}
    with LocalServer(library=Talk(path), speed=0) as local:
        answers = [
            ask(local, body, path)
            for path in ("/chat/completions", "/v1/chat/completions", "/v1/sonar", "/v1/v1/sonar")
        ]
    for answer in answers:
        assert answer.status == 200
        assert answer.json["choices"][0]["message"]["content"]
        assert len(answer.json["citations"]) == 7


def test_a_recording_of_chat_completions_is_not_renumbered() -> None:
    chat = {"citations": ["https://x.org/a", "", "https://x.org/b"]}
    payload = {"choices": [{"delta": {"content": "So[3]."}}], **chat}
    sample, _ = samples().nearest("CAP theorem")
    event = dataclasses.replace(sample.events[0], data=payload, raw=None)
    recorded = dataclasses.replace(sample, shape="chat", events=(event,))
    frames, whole = as_chat(recorded, "resp_1")
    assert chunks(frames) == [payload]
    assert whole["choices"][0]["message"]["content"] == "So[3]."
    assert whole["citations"] == chat["citations"]
