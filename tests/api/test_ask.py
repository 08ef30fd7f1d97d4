"""Asking over real HTTP: the SDK, the background thread and the state together."""

from __future__ import annotations

import asyncio
import concurrent.futures
import json
import socket
import sys
import threading
from collections.abc import AsyncIterator

import pytest

import pplx_widget as pplx
from pplx_widget.core import errors, events
from pplx_widget.core.events import Event, Finished, Text
from pplx_widget.core.runtime import runtime
from pplx_widget.question.request import Request
from pplx_widget.widget.channel import Channel

from ..support import exchanges
from ..support.recording_comm import RecordingComm, page_state
from ..support.wire_server import CREATED, WireServer, completed, delta, frame, results


@pytest.fixture(autouse=True)
def asks_the_wire_server(server: WireServer, clean_settings: None) -> None:
    pplx.configure(base_url=server.base_url)


def test_an_answer(server: WireServer) -> None:
    server.respond(
        [CREATED, *results(4, 2), delta("Yes.["), delta("2"), delta("]"), completed("Yes.[2]")]
    )
    answer = pplx.ask("Is it?", effort="low")
    assert answer.wait(30) is answer
    assert answer.status == "complete"
    assert answer.text == "Yes.[2]"
    assert [s.id for s in answer.sources] == [4, 2]
    assert [(c.number, c.id, c.source.title) for c in answer.citations] == [(1, 2, "Title 2")]
    assert answer.usage == pplx.Usage(10, 20, 30, 0.005)
    assert answer.model == "perplexity/test"
    assert answer.error is None
    assert answer.raise_for_status() is answer
    assert repr(answer) == "<Answer 'Is it?': complete>"
    request = server.requests[0]
    assert request == {"input": "Is it?", "preset": "low", "stream": True, "path": "/v1/responses"}
    assert server.headers[0]["x-pplx-integration"].startswith("pplx_widget/")


def test_a_whole_stream_over_http(server: WireServer) -> None:
    sent = exchanges.search().sent
    # At the worst of chunkings: TCP and HTTP promise nothing about where a read ends.
    server.respond([sent[i : i + 7] for i in range(0, len(sent), 7)])
    answer = pplx.ask("What do bees do?").wait(30)
    assert answer.status == "complete"
    assert [(c.number, c.id, c.source.url) for c in answer.citations] == [
        (1, 7, "https://bees.example.org/7"),
        (2, 2, "https://bees.example.org/2"),
    ]
    assert len(answer.sources) == 5
    assert answer.usage is not None
    assert answer.usage.cost == 0.0021


def test_what_is_found_or_sent_besides_is_there_to_be_read(server: WireServer) -> None:
    kind = "response.reasoning.image_search_results"
    image = {"image_url": "https://a.org/1.png", "origin_url": "https://a.org", "title": "One"}
    server.respond(
        [frame(type=kind, results=[image]), frame(type="response.new", x=1), completed()]
    )
    answer = pplx.ask("q").wait(30)
    assert answer.images == (events.Image("https://a.org/1.png", "https://a.org", "One"),)
    assert [(u.type, json.loads(u.payload)["x"]) for u in answer.unknown] == [("response.new", 1)]


def test_returns_at_once_and_is_live(server: WireServer) -> None:
    gate = threading.Event()
    server.respond([CREATED, *results(1), delta("first "), gate, delta("second"), completed()])
    seen = threading.Event()
    answer = pplx.ask("q")
    answer.observe(lambda change: seen.set() if change.new else None, names="text")
    assert seen.wait(30)
    assert (answer.text, answer.status) == ("first ", "streaming")
    with pytest.raises(TimeoutError, match=r"0\.01 s"):
        answer.wait(0.01)
    gate.set()
    assert answer.wait(30).text == "first second"


def test_await(server: WireServer) -> None:
    server.respond([delta("a"), completed()])

    async def main() -> pplx.Answer:
        return await pplx.ask("q")

    assert asyncio.run(main()).status == "complete"


def test_stop_keeps_the_text_and_closes_the_connection(server: WireServer) -> None:
    gate = threading.Event()
    server.respond([CREATED, delta("so far"), gate, completed()])
    answer = pplx.ask("q")
    seen = threading.Event()
    answer.observe(lambda _: seen.set(), names="text")
    assert answer.text or seen.wait(30)
    answer.stop()
    assert answer.wait(5).status == "stopped"
    assert answer.text == "so far"
    assert server.client_left.wait(5)
    answer.stop()  # once more does no harm


def test_stop_before_the_first_byte(server: WireServer) -> None:
    gate = threading.Event()
    server.respond([gate])
    answer = pplx.ask("q")
    answer.stop()
    assert answer.wait(5).status == "stopped"
    gate.set()


def test_closing_the_widget_stops_the_answer(server: WireServer) -> None:
    gate = threading.Event()
    server.respond([delta("a"), gate])
    answer = pplx.ask("q")
    seen = threading.Event()
    answer.observe(lambda _: seen.set(), names="text")
    assert answer.text or seen.wait(30)
    answer.close()
    assert server.client_left.wait(5)


@pytest.mark.parametrize("whole", [True, False])
def test_a_stream_without_its_end_is_cut(server: WireServer, *, whole: bool) -> None:
    server.respond([CREATED, delta("half a sent")], whole=whole)
    answer = pplx.ask("q").wait(30)
    assert answer.status == "failed"
    assert answer.text == "half a sent"
    assert isinstance(answer.error, errors.ConnectionCut)
    with pytest.raises(errors.ConnectionCut, match="The connection was cut"):
        answer.raise_for_status()


def test_a_page_of_html_with_status_200(server: WireServer) -> None:
    page = b"<html><body>Log in to the hotel's network</body></html>"
    server.respond(page, headers={"Content-Type": "text/html"})
    error = pplx.ask("q").wait(30).error
    assert isinstance(error, errors.ServiceFailed)
    assert "login page" in error.why
    assert "<" not in str(error)


def test_an_empty_stream_keeps_nothing(server: WireServer) -> None:
    server.respond([])
    error = pplx.ask("q").wait(30).error
    assert isinstance(error, errors.ConnectionCut)
    assert "kept" not in error.why


def test_a_retry_uses_the_settings_of_now(server: WireServer) -> None:
    pplx.configure(base_url="https://api.perplexity.ai/v1")
    answer = pplx.ask("q").wait(30)
    assert isinstance(answer.error, errors.MissingKey)
    pplx.configure(base_url=server.base_url)
    server.respond([delta("now"), completed()])
    assert answer.retry().wait(30).text == "now"


def test_of_many_retries_at_once_one_is_sent(server: WireServer) -> None:
    server.respond(b"", status=404)
    answer = pplx.ask("q").wait(30)
    gate = threading.Event()
    server.respond([gate, completed()])
    server.requests.clear()
    refused: list[errors.InvalidRequest] = []

    def retry() -> None:
        try:
            answer.retry()
        except errors.InvalidRequest as error:
            refused.append(error)

    threads = [threading.Thread(target=retry) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    gate.set()
    answer.wait(30)
    assert (len(refused), len(server.requests)) == (7, 1)


def test_observers_are_told_of_a_retry(server: WireServer) -> None:
    server.respond([delta("old"), completed()])
    answer = pplx.ask("q").wait(30)
    told: list[tuple[str, str]] = []
    answer.observe(lambda change: told.append((change.name, change.new)), names=["text", "status"])
    server.respond([delta("new"), completed()])
    answer.retry().wait(30)
    assert told[-2:] == [("status", "complete"), ("text", "new")] or told[-1] == (
        "status",
        "complete",
    )
    assert ("status", "connecting") in told or ("text", "") in told


def test_an_observer_that_exits_ends_nothing(server: WireServer) -> None:
    server.respond([delta("a"), completed()])
    answer = pplx.ask("q")
    answer.observe(lambda _: sys.exit(1), names="status")
    assert answer.wait(30).status == "complete"
    assert pplx.ask("again").wait(30).status == "complete"


def test_two_messages_are_two_paragraphs(server: WireServer) -> None:
    second = delta("Second.").replace(b"msg_1", b"msg_2")
    server.respond([delta("First."), second, completed()])
    assert pplx.ask("q").wait(30).text == "First.\n\nSecond."


def test_the_retired_endpoint(server: WireServer) -> None:
    body = {"error": {"message": "x", "type": "chat_completions_not_available", "code": 403}}
    server.respond(
        json.dumps(body).encode(), status=403, headers={"Content-Type": "application/json"}
    )
    error = pplx.ask("q").wait(30).error
    assert isinstance(error, errors.EndpointRetired)
    assert "key is not" in error.why


@pytest.mark.parametrize(
    ("status", "kind", "said", "retry"),
    [
        (400, errors.RequestRejected, "HTTP 400", False),
        (401, errors.KeyRejected, "API key", True),
        (403, errors.Forbidden, "HTTP 403", False),
        (404, errors.NotFound, "base URL", False),
        (413, errors.RequestRejected, "too large", False),
        (422, errors.RequestRejected, "HTTP 422", False),
    ],
)
@pytest.mark.parametrize(
    "body", [b"", b"<html><h1>Oops</h1></html>", b'{"error": {"message": "m"}}']
)
def test_statuses(
    server: WireServer,
    status: int,
    kind: type[errors.PplxError],
    said: str,
    body: bytes,
    *,
    retry: bool,
) -> None:
    content = "application/json" if body.startswith(b"{") else "text/html"
    headers = {"Content-Type": content, "x-request-id": "req-7"}
    server.respond(body, status=status, headers=headers)
    error = pplx.ask("q").wait(30).error
    assert type(error) is kind
    assert said in str(error)
    assert "<" not in str(error)
    assert (error.retry, error.request_id) == (retry, "req-7")
    assert error.what
    assert error.try_this


@pytest.mark.parametrize(
    ("status", "kind"),
    [(429, errors.RateLimited), (500, errors.ServiceFailed), (503, errors.ServiceFailed)],
)
def test_a_page_of_html_in_place_of_an_error(
    server: WireServer, status: int, kind: type[errors.PplxError]
) -> None:
    pplx.configure(max_retries=0)
    headers = {"retry-after": "30", "Content-Type": "text/html"}
    server.respond(b"<html>down</html>", status=status, headers=headers)
    answer = pplx.ask("q").wait(30)
    assert type(answer.error) is kind
    assert answer.error.retry
    assert "<" not in str(answer.error)


def test_a_refused_connection() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        pplx.configure(base_url=f"http://127.0.0.1:{unused.getsockname()[1]}/v1")
        answer = pplx.ask("q").wait(30)
    assert isinstance(answer.error, errors.ConnectionFailed)
    assert "refused" in answer.error.what
    assert answer.error.retry


def test_a_silent_service_times_out(server: WireServer) -> None:
    gate = threading.Event()
    server.respond([delta("kept"), gate])
    answer = pplx.ask("q", timeout=0.2).wait(30)
    gate.set()
    assert isinstance(answer.error, errors.TimedOut)
    assert answer.text == "kept"


def test_retry_in_place(server: WireServer) -> None:
    server.respond(b"", status=404)
    answer = pplx.ask("q").wait(30)
    assert answer.status == "failed"
    server.respond([delta("better"), completed()])
    assert answer.retry() is answer
    assert answer.wait(30).text == "better"
    assert (answer.status, answer.error) == ("complete", None)


def test_retry_needs_an_end(server: WireServer) -> None:
    gate = threading.Event()
    server.respond([gate, completed()])
    answer = pplx.ask("q")
    with pytest.raises(errors.InvalidRequest, match="still under way"):
        answer.retry()
    gate.set()
    answer.wait(30)


def test_the_next_answer_uses_the_connection(server: WireServer) -> None:
    for _ in range(3):
        server.respond([CREATED, delta("a"), completed(), 0.05])
        assert pplx.ask("q").wait(30).status == "complete"
        concurrent.futures.wait(runtime()._tasks, 5)  # the response is read to its end
    assert len(server.connections) == 1


def test_a_response_without_an_end_is_closed(server: WireServer) -> None:
    server.respond([CREATED, delta("a"), completed(), threading.Event()])
    assert pplx.ask("q").wait(30).status == "complete"
    assert server.client_left.wait(10)


def test_twenty_at_once(server: WireServer) -> None:
    server.respond([CREATED, *results(1), delta("a[1]"), completed()])
    answers = [pplx.ask(f"question {i}") for i in range(20)]
    assert [a.wait(60).error for a in answers] == [None] * 20
    assert {a.status for a in answers} == {"complete"}
    assert {r["input"] for r in server.requests} == {f"question {i}" for i in range(20)}


def test_wait_inside_an_observer_says_so(server: WireServer) -> None:
    server.respond([delta("a"), completed()])
    caught: list[BaseException] = []
    answer = pplx.ask("q")

    def observer(_change: object) -> None:
        try:
            answer.wait()
        except RuntimeError as error:
            caught.append(error)

    answer.observe(observer, names="timing")
    answer.wait(30)
    assert caught


def test_a_failing_observer_does_not_end_the_answer(server: WireServer) -> None:
    server.respond([delta("a"), delta("b"), completed()])
    answer = pplx.ask("q")
    answer.observe(lambda _: 1 / 0, names="text")
    assert answer.wait(30).text == "ab"
    assert answer.status == "complete"


def test_a_failing_observer_silences_no_other(
    server: WireServer, caplog: pytest.LogCaptureFixture
) -> None:
    gate = threading.Event()
    server.respond([gate, delta("a"), completed()])
    answer = pplx.ask("q")
    told: list[str] = []
    handlers = [
        lambda _: 1 / 0,
        lambda change: told.append(change.new),
        lambda _: sys.exit(1),
        lambda change: told.append(change.name),
        told.append,
    ]
    for handler in handlers:
        answer.observe(handler, names="text")
    answer.observe(handlers[0])  # of everything: also of what ends in the notebook
    answer.unobserve(told.append, names="text")
    gate.set()
    assert answer.wait(30).status == "complete"
    concurrent.futures.wait(runtime()._tasks, 5)
    assert told == ["a", "text"]
    failed = [record for record in caplog.records if "of 'text' failed" in record.getMessage()]
    assert len(failed) == 3


class Echo:
    """The provider protocol: an object with an asynchronous ``stream(request)``."""

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
    """Yields what no page can be told: halves of characters, no numbers, lists."""

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
    assert page["steps"][0]["queries"] == ["\ufffd"]
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


def test_no_key_is_an_answer_that_says_what_to_do(server: WireServer) -> None:
    pplx.configure(base_url="https://api.perplexity.ai/v1")
    answer = pplx.ask("q")
    assert answer.status == "failed"
    assert isinstance(answer.error, errors.MissingKey)
    for way in ("PERPLEXITY_API_KEY", "pplx.configure", "Colab", "pplx-widget serve"):
        assert way in answer.error.try_this
    assert answer.wait(1) is answer


def test_an_answer_is_written_by_its_stream_alone(server: WireServer) -> None:
    server.respond([delta("a"), completed()])
    answer = pplx.ask("q").wait(30)
    with pytest.raises(Exception, match="read-only"):
        answer.text = "b"
    answer.set_state({"text": "c", "status": "complete", "question": "other"})
    assert (answer.text, answer.question) == ("a", "q")
