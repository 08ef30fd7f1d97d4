"""A store, its rows, and a server whose answers it keeps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

import pplx_widget as pplx
from pplx_widget.core.events import Event, Finished, Source, SourcesFound, Text, Usage
from pplx_widget.core.events import UsageReported as Used
from pplx_widget.core.state import AnswerState
from pplx_widget.question.request import Request
from pplx_widget.store import store as stores
from pplx_widget.store.key import Place, request_key
from pplx_widget.store.row import Row
from pplx_widget.store.store import Store, open_store

from ..support.wire_server import CREATED, WireServer, completed, delta, results

PLACE = Place("agent", "https://api.example.org/v1")
ASKED = datetime(2026, 11, 24, 10, 30, tzinfo=UTC)


def row(
    question: str = "What is HTTP/3?",
    text: str = "It runs over **QUIC**.[1]",
    *events: Event,
    batch: str | None = None,
    asked: datetime = ASKED,
    title: str = "RFC 9114",
) -> Row:
    """Return the row of an answer; ``events`` end it in another way than complete."""
    request, state = Request(question=question, effort="low"), AnswerState(asked)
    source = Source(1, title, "https://www.example.org/http3", "example.org", snippet="QUIC …")
    state.apply(SourcesFound((source,)), 0.1)
    state.apply(Text(text), 0.2)
    for event in events or (Used(Usage(10, 20, 30, 0.005)), Finished(model="perplexity/test")):
        state.apply(event, 1.5)
    return Row.of(request, state, key=request_key(request, PLACE), server=PLACE.server, batch=batch)


@pytest.fixture(autouse=True)
def no_open_stores(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Close what a test has opened, before its folder is removed."""
    opened: dict[Path, Store] = {}
    monkeypatch.setattr(stores, "_stores", opened)
    yield
    for store in opened.values():
        store.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "answers.db"


@pytest.fixture
def store(path: Path) -> Store:
    return open_store(path)


@pytest.fixture
def kept(server: WireServer, path: Path) -> Callable[[], list[Row]]:
    """Keep the answers of a server; return a function that reads what the store has, oldest first."""
    search, sources = results(7, 3, query="bees")
    text = [delta("Bees **dance**.[3] "), delta("So they say.[web:7]")]
    server.respond([CREATED, search, sources, *text, completed()])
    pplx.configure(base_url=server.base_url, store=path)
    return lambda: [found for _, found in reversed(open_store(path).search())]
