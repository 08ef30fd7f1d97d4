"""A user's own provider: it needs no key, and every error in it is reported."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator

import pytest

import pplx_widget as pplx
from pplx_widget.core import errors, events
from pplx_widget.core.events import Event, Finished, Text
from pplx_widget.question.request import Request
from pplx_widget.widget.channel import Channel

from ..support.recording_comm import RecordingComm, page_state
from ..support.wire_server import WireServer, completed, delta

pytestmark = pytest.mark.usefixtures("asks_the_wire_server")


class Echo:
    """An implementation of the protocol `Provider`."""

    async def stream(self, request: Request) -> AsyncIterator[Event]:
        for word in request.question.split():
            yield Text(word + " ")
        yield Finished()


class Broken:
    async def stream(self, request: Request) -> AsyncIterator[Event]:
        yield Text("so far")
        raise KeyError("pplx-0123456789abcdef0123 <b>")


def test_a_provider_of_ones_own_needs_no_key() -> None:
    pplx.configure(base_url="https://api.perplexity.ai/v1")
    assert pplx.ask("one two", provider=Echo()).wait(5).text == "one two "


def test_whatever_a_provider_raises_is_said() -> None:
    answer = pplx.ask("q", provider=Broken()).wait(5)
    assert (answer.status, answer.text) == ("failed", "so far")
    assert isinstance(answer.error, errors.ProviderFailed)
    assert "KeyError" in answer.error.why
    assert "0123456789abcdef" not in str(answer.error)


class Careless:
    """A provider whose events cannot be sent as they are: lone surrogates, NaN, lists."""

    async def stream(self, request: Request) -> AsyncIterator[Event]:
        yield events.Opened("\ud800", "\ud800")
        yield events.Searching(["\ud83d"])  # type: ignore[arg-type]
        source = events.Source(10**400, "\ud83d\ude80", request.question, "", snippet="\udc00")
        yield events.SourcesFound([source])  # type: ignore[arg-type]
        yield events.UsageReported(events.Usage(10**400, cost=float("nan")))
        yield Text("a\ud83d")
        yield Text("\ude80")
        yield Finished("incomplete", "\ud83d")


def test_a_careless_provider_reaches_the_page(comms: list[RecordingComm]) -> None:
    answer = pplx.ask("q", provider=Careless()).wait(5)
    assert (answer.status, answer.reason, answer.model) == ("incomplete", "\ufffd", "\ufffd")
    page = page_state(next(c for c in comms if c.messages and "question" in c.opening))
    assert (page["status"], page["text"]) == ("incomplete", "a🚀")
    assert page["sources"][0] == {**page["sources"][0], "id": 2**53, "title": "🚀"}
    assert page["steps"][0]["items"] == ["\ufffd"]
    assert (page["usage"]["input_tokens"], page["usage"]["cost"]) == (0, None)


class Wrong:
    def __init__(self, *what: object) -> None:
        self.what = what

    async def stream(self, request: Request) -> AsyncIterator[Event]:
        for event in self.what:
            yield event  # type: ignore[misc]


@pytest.mark.parametrize("what", [None, 5, "text", Text(None), Text(5), Text, Finished("over")])  # type: ignore[arg-type]
def test_what_is_no_event_fails_the_answer(what: object) -> None:
    answer = pplx.ask("q", provider=Wrong(Text("so far"), what)).wait(5)
    assert (answer.status, answer.text) == ("failed", "so far")
    assert isinstance(answer.error, errors.ProviderFailed)


def test_nobody_waits_for_ever_where_the_end_cannot_be_shown(
    server: WireServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    gate = threading.Event()
    server.respond([gate, delta("a"), completed()])

    def fail(_channel: Channel) -> None:
        raise OSError("no way out")

    monkeypatch.setattr(Channel, "touch", fail)
    answer = pplx.ask("q")
    gate.set()
    assert answer.wait(30).status == "complete"
    assert "could not be shown" in caplog.text
