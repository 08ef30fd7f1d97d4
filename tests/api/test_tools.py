"""The service's tools from the question to the files: sent, read, shown, recorded, replayed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import pplx_widget as pplx
from pplx_widget.core.events import ImagesFound, SearchingImages
from pplx_widget.document.record import to_record
from pplx_widget.server.server import LocalServer
from pplx_widget.server.talk import Talk

from ..support.recorded import come_to
from ..support.tool_forms import IMAGE, OTHER, PAGE, PICTURED, QUOTE, QUOTED, found, told
from ..support.wire_server import CREATED, WireServer, completed, delta, frame

PERSON = "https://people.example.org/ada"
TEXT = "Ada [1], figures [3], and a page [4]."
STREAM = [
    CREATED,
    *(
        frame(**payload)
        for payload in (
            told("people_search_queries", queries=["Ada"], call_id="p"),
            told("people_search_results", results=[found(1, PERSON)], call_id="p"),
            told("finance_search_queries", tickers=["NVDA"], categories=["company_profile"]),
            told("finance_search_results", results=[QUOTE]),
            QUOTED,
            told("fetch_url_queries", urls=["https://c.org"]),
            told("fetch_url_results", contents=[PAGE | {"url": "https://c.org"}]),
            told("image_search_queries", queries=["bees"]),
            told("image_search_results", results=[IMAGE, OTHER]),
            PICTURED,
        )
    ),
    delta(TEXT),
    completed(TEXT),
]
STEPS = [
    ("search", ("Ada",), 1),
    ("search", ("NVDA", "company_profile"), 2),
    ("read", ("https://c.org",), 1),
    ("images", ("bees",), 2),
]
PROVIDERS: list[Any] = ["agent", "raw"]


def check(answer: pplx.Answer) -> None:
    assert (answer.status, answer.text) == ("complete", TEXT)
    assert [(step.kind, step.items, step.found) for step in answer.steps] == STEPS
    assert [source.id for source in answer.sources] == [1, 2, 3, 4]
    assert [c.id for c in answer.citations] == [1, 3, 4]
    assert answer.images == (
        pplx.Image("https://img.org/1.png", "https://a.org/x", "One", 640, 480),
        pplx.Image("https://img.org/2.png"),
    )
    markdown, html, text = answer.to_markdown(), answer.to_html(), str(answer._repr_mimebundle_())
    assert "[One](https://img.org/1.png) · 640×480 · [a.org](https://a.org/x)" in markdown
    assert '<a class="pplx-image" href="https://img.org/1.png"' in html
    assert "![" not in markdown
    assert "<img" not in html
    assert text


@pytest.mark.parametrize("provider", PROVIDERS)
def test_the_whole_way(server: WireServer, tmp_path: Path, provider: Any) -> None:
    server.respond(STREAM)
    pplx.configure(base_url=server.base_url, provider=provider)
    tools = ["people_search", {"type": "fetch_url", "max_urls": 2}]
    sent = [{"type": "people_search"}, tools[1]]
    talk = tmp_path / "talk.jsonl"
    with pplx.record(talk):
        answer = pplx.ask("Who?", tools=tools).wait(30)
    check(answer)
    assert server.requests[-1]["tools"] == sent
    check(answer.ask("And who else?").wait(30))
    assert server.requests[-1]["tools"] == sent
    check(answer.retry().wait(30))
    assert server.requests[-1]["tools"] == sent

    with pplx.replay(talk, speed=None):
        again = pplx.ask("Who?", tools=tools).wait(10)
    check(again)
    assert come_to(again) == come_to(answer)
    notebook = tmp_path / "saved.ipynb"
    record = to_record("Who?", answer._session.state)
    notebook.write_text(
        json.dumps({"cells": [{"outputs": [{"metadata": {"pplx_widget": record}}]}]})
    )
    (loaded,) = pplx.load(notebook)
    check(loaded)
    with pplx.replay(notebook, speed=None):
        played = pplx.ask("Who?").wait(10)
    check(played)
    assert played.to_html() == answer.to_html()


@pytest.mark.parametrize("provider", PROVIDERS)
def test_stream_and_complete_take_them(server: WireServer, provider: Any) -> None:
    server.respond(STREAM)
    pplx.configure(base_url=server.base_url, provider=provider)
    events = [*pplx.stream("Who?", tools=["image_search"])]
    assert SearchingImages(("bees",)) in events
    assert sum(isinstance(event, ImagesFound) for event in events) == 1
    check(pplx.complete("Who?", tools=["image_search"]))
    assert server.requests[-1]["tools"] == [{"type": "image_search"}]


def test_a_recording_serves_the_images_in_both_formats(server: WireServer, tmp_path: Path) -> None:
    server.respond(STREAM)
    pplx.configure(base_url=server.base_url, model="m/m")
    with pplx.record(tmp_path / "talk.jsonl"):
        first = pplx.ask("Who?").wait(30)
    with LocalServer(library=Talk(tmp_path / "talk.jsonl"), speed=0) as local:
        pplx.configure(base_url=local.base_url)
        check(pplx.ask("Who?", tools=["image_search"]).wait(30))
        chat = pplx.ask("Who?", provider="chat").wait(30)
    assert chat.images == first.images
    assert [s.url for s in chat.sources] == [s.url for s in first.sources]
    assert [step.kind for step in chat.steps] == ["search", "search", "read"]


def test_a_provider_of_ones_own_finds_images(tmp_path: Path) -> None:
    class Own:
        async def stream(self, request: pplx.Request) -> Any:
            assert request.tools == ({"type": "image_search"},)
            yield SearchingImages(("bees",))
            yield ImagesFound((pplx.Image("https://img.org/1.png", "", "One", 3, 4),))
            yield pplx.events.PagesFetched(
                ("https://c.org",), (pplx.Source(9, "C", "https://c.org", "c.org"),)
            )
            yield pplx.events.Text("So.[9]")
            yield pplx.events.Finished()

    with pplx.record(tmp_path / "talk.jsonl"):
        answer = pplx.ask("q", provider=Own(), tools=["image_search"]).wait(10)
    assert [c.id for c in answer.citations] == [9]
    with pplx.replay(tmp_path / "talk.jsonl", speed=None):
        again = pplx.ask("q").wait(10)
    assert come_to(again) == come_to(answer)
    assert again.images == answer.images


def test_what_is_read_of_it_afterwards() -> None:
    """A file may hold anything: a size that is impossible is unknown."""
    record = {"format": 1, "question": "q", "status": "complete", "text": "So."}
    images: list[Any] = [
        {"url": "https://img.org/1.png", "width": 10**400, "height": "9"},
        {"url": "javascript:alert(1)", "title": "<b>"},
    ]
    answer = pplx.Answer.from_record(record | {"images": images})
    assert [(i.url, i.width, i.height) for i in answer.images] == [
        ("https://img.org/1.png", None, None),
        ("javascript:alert(1)", None, None),
    ]
    assert "javascript" not in answer.to_html() + answer.to_markdown()
    assert "1 image" in answer.to_markdown()
    with pytest.raises(pplx.PplxError, match="cannot be read"):
        pplx.Answer.from_record(record | {"images": [{"url": 3}]})
