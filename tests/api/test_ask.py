"""Questions over real HTTP: the SDK, the background thread and the state together."""

from __future__ import annotations

import asyncio
import concurrent.futures
import json
import threading

import pytest

import pplx_widget as pplx
from pplx_widget.core import errors, events
from pplx_widget.core.runtime import runtime

from ..support import whole_streams
from ..support.wire_server import CREATED, WireServer, completed, delta, frame, results

pytestmark = pytest.mark.usefixtures("asks_the_wire_server")


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
    assert request == {"input": "Is it?", "effort": "low", "stream": True, "path": "/v1/responses"}
    assert server.headers[0]["x-pplx-integration"].startswith("pplx_widget/")


def test_a_whole_stream_over_http(server: WireServer) -> None:
    sent = whole_streams.search().sent
    # In the smallest chunks: TCP and HTTP do not guarantee where a read ends.
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
    answer.stop()  # a second call does nothing


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


def test_two_messages_are_two_paragraphs(server: WireServer) -> None:
    second = delta("Second.").replace(b"msg_1", b"msg_2")
    server.respond([delta("First."), second, completed()])
    assert pplx.ask("q").wait(30).text == "First.\n\nSecond."


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
    with pytest.raises(errors.InvalidRequest, match="still in progress"):
        answer.retry()
    gate.set()
    answer.wait(30)


def test_the_next_answer_uses_the_connection(server: WireServer) -> None:
    for _ in range(3):
        server.respond([CREATED, delta("a"), completed(), 0.05])
        assert pplx.ask("q").wait(30).status == "complete"
        concurrent.futures.wait(runtime()._tasks, 5)  # the response is read to its end
    assert len(server.connections) == 1


def test_twenty_at_once(server: WireServer) -> None:
    server.respond([CREATED, *results(1), delta("a[1]"), completed()])
    answers = [pplx.ask(f"question {i}") for i in range(20)]
    assert [a.wait(60).error for a in answers] == [None] * 20
    assert {a.status for a in answers} == {"complete"}
    assert {r["input"] for r in server.requests} == {f"question {i}" for i in range(20)}


def test_an_answer_is_written_by_its_stream_alone(server: WireServer) -> None:
    server.respond([delta("a"), completed()])
    answer = pplx.ask("q").wait(30)
    with pytest.raises(Exception, match="read-only"):
        answer.text = "b"
    answer.set_state({"text": "c", "status": "complete", "question": "other"})
    assert (answer.text, answer.question) == ("a", "q")
