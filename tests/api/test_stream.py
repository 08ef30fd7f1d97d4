"""`stream`, `astream` and `complete` over real HTTP. Each test runs with both iterators."""

from __future__ import annotations

import asyncio
import gc
import inspect
import threading
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any, Self

import pytest

import pplx_widget as pplx
from pplx_widget.api.stream import Stream
from pplx_widget.core import events
from pplx_widget.core.events import Event, Finished, Opened, SourcesFound, Text

from ..support.byte_server import HEAD, LIMIT, PROVIDERS, opening, sending, text, until
from ..support.wire_server import CREATED, WireServer, completed, delta, frame, results


class AsAsync(AsyncIterator[Event]):
    """A `Stream` with the interface of an `AsyncStream`."""

    def __init__(self, inner: Stream) -> None:
        self.inner = inner

    async def __anext__(self) -> Event:
        for event in self.inner:
            return event
        raise StopAsyncIteration

    @property
    def answer(self) -> pplx.Answer:
        return self.inner.answer

    async def aclose(self) -> None:
        self.inner.close()

    async def __aenter__(self) -> Self:
        self.inner.__enter__()
        return self

    async def __aexit__(self, *exc: object) -> None:
        self.inner.__exit__(*exc)


Ask = Callable[..., Any]


def as_async(*arguments: Any, **options: Any) -> AsAsync:
    return AsAsync(pplx.stream(*arguments, **options))


@pytest.fixture(params=[as_async, pplx.astream], ids=["stream", "astream"])
def ask(request: pytest.FixtureRequest, server: WireServer, clean_settings: None) -> Ask:
    pplx.configure(base_url=server.base_url, provider="raw")
    return request.param  # type: ignore[no-any-return]


def run(body: Coroutine[Any, Any, Any]) -> Any:
    """Run a test's coroutine with a time limit."""
    return asyncio.run(asyncio.wait_for(body, LIMIT * 3))


async def all_of(asked: Any) -> list[Event]:
    return [event async for event in asked]


def test_every_event_in_order(ask: Ask, server: WireServer) -> None:
    server.respond([CREATED, *results(4, 2), delta("Yes.["), delta("2]"), completed("Yes.[2]")])

    async def body() -> None:
        asked = ask("Is it?", effort="low", search=pplx.Search(recency="week"))
        assert server.requests == []  # not before the first step
        seen = await all_of(asked)
        kinds = [type(event).__name__ for event in seen]
        assert kinds == [
            *("Opened", "Searching", "SourcesFound", "Text", "Text", "UsageReported", "Finished")
        ]
        assert seen[0] == Opened("resp_1")
        assert isinstance(found := seen[2], SourcesFound)
        assert [source.id for source in found.sources] == [4, 2]
        assert [e.delta for e in seen if isinstance(e, Text)] == ["Yes.[", "2]"]
        assert seen[-1] == Finished("complete", model="perplexity/test")
        assert await all_of(asked) == []  # the stream stays ended, and does not ask again
        assert (asked.answer.text, asked.answer.status) == ("Yes.[2]", "complete")
        assert [c.id for c in asked.answer.citations] == [2]

    run(body())
    (request,) = server.requests
    assert request["effort"] == "low"


def test_as_they_come(ask: Ask, server: WireServer) -> None:
    gate = threading.Event()
    server.respond([CREATED, delta("first"), gate, delta("second"), completed()])

    async def body() -> None:
        asked = ask("q")
        async for event in asked:
            if event == Text("first"):
                assert asked.answer.status == "streaming"
                gate.set()  # the rest is sent only now
        assert asked.answer.text == "firstsecond"

    run(body())


async def by_break(asked: Any) -> None:
    async for event in asked:
        if isinstance(event, Text):
            break


async def by_exception(asked: Any) -> None:
    async def failing(asked: Any) -> None:
        async for event in asked:
            assert not isinstance(event, Text) or 1 / 0

    with pytest.raises(ZeroDivisionError):
        await failing(asked)


async def by_with(asked: Any) -> None:
    async with asked as named:
        await anext(named)
    assert await all_of(asked) == []


async def by_closing(asked: Any) -> None:
    await anext(asked)
    await asked.aclose()
    assert (await asked.answer).status == "stopped"


async def by_the_collector(asked: Any) -> None:
    await anext(asked)
    circle: list[Any] = [asked]
    circle.append(circle)
    del circle, asked
    gc.collect()


@pytest.mark.parametrize(
    "leave",
    [by_break, by_exception, by_with, by_closing, by_the_collector],
    ids=lambda f: f.__name__,
)
def test_leaving_closes_the_request(
    leave: Callable[..., Any], ask: Ask, server: WireServer
) -> None:
    server.respond([CREATED, delta("so far"), threading.Event()])
    run(leave(ask("q")))
    assert server.client_left.wait(LIMIT)


@pytest.mark.parametrize(("provider", "shape"), PROVIDERS, ids=str)
def test_neither_threads_nor_sockets_are_left(provider: Any, shape: str, ask: Ask) -> None:
    with sending(HEAD + opening(shape) + text(shape, "So far")) as server:
        pplx.configure(base_url=server.base_url)
        run(by_break(ask("q", model="m", provider=provider)))
        until(lambda: not server.open)
        before = set(threading.enumerate())
        for _ in range(3):
            run(by_break(ask("q", model="m", provider=provider)))
        until(lambda: not server.open)
        # The threads that resolve names belong to asyncio and live as long as the loop.
        left = {t.name for t in set(threading.enumerate()) - before}
        assert not {name for name in left if "pplx" in name}
        assert len(left) <= 1


def test_a_failure_is_raised_after_what_came_before(ask: Ask, server: WireServer) -> None:
    server.respond([CREATED, delta("so far")], whole=False)

    async def body() -> None:
        asked = ask("q")
        assert [await anext(asked), await anext(asked)] == [Opened("resp_1"), Text("so far")]
        with pytest.raises(pplx.ConnectionCut):
            await anext(asked)
        assert (asked.answer.text, asked.answer.status) == ("so far", "failed")
        assert await all_of(asked) == []

    run(body())


def test_an_answer_that_is_cut_short_says_so(ask: Ask, server: WireServer) -> None:
    kind = "response.incomplete"
    reason = {"reason": "max_output_tokens"}
    response = {"id": "r", "status": "incomplete", "incomplete_details": reason, "output": []}
    server.respond([CREATED, delta("so"), frame(type=kind, response=response)])
    last = run(all_of(ask("q")))[-1]
    assert isinstance(last, Finished)
    assert last.status == "incomplete"
    assert last.reason


def test_without_a_key_nothing_is_sent(ask: Ask, server: WireServer) -> None:
    pplx.configure(base_url="https://api.perplexity.ai")
    with pytest.raises(pplx.MissingKey):
        run(all_of(ask("q")))


def test_what_is_wrong_is_said_at_the_call(ask: Ask, server: WireServer) -> None:
    with pytest.raises(pplx.InvalidRequest, match="question is empty"):
        ask(" ")
    with pytest.raises(pplx.UnknownOption, match=r"stream\(\) has no option 'efort'.*'effort'"):
        ask("q", efort="low")
    with pytest.raises(pplx.UnknownOption, match=r"search=pplx.Search\(recency"):
        ask("q", recency="day")
    assert server.requests == []


def test_closing_from_elsewhere_ends_the_loop(server: WireServer) -> None:
    pplx.configure(base_url=server.base_url, provider="raw")
    server.respond([CREATED, threading.Event()])
    asked = pplx.stream("q")
    assert isinstance(next(asked), Opened)
    waiting = threading.Timer(0, asked.close)
    waiting.start()
    assert not [event for event in asked if event != Finished("stopped")]
    waiting.join()
    assert asked.answer.wait(LIMIT).status == "stopped"


def test_a_cancelled_task_closes_the_request(server: WireServer) -> None:
    pplx.configure(base_url=server.base_url, provider="raw")
    server.respond([CREATED, threading.Event()])

    async def body() -> None:
        asked = pplx.astream("q")
        await anext(asked)
        task = asyncio.ensure_future(all_of(asked))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await all_of(asked) == []

    run(body())
    assert server.client_left.wait(LIMIT)


def test_many_at_once_on_one_loop(server: WireServer) -> None:
    pplx.configure(base_url=server.base_url, provider="raw")
    server.respond([CREATED, *(delta(f"{i} ") for i in range(50)), completed()])

    async def whole() -> str:
        return "".join([e.delta async for e in pplx.astream("q") if isinstance(e, Text)])

    async def body() -> list[str]:
        return await asyncio.gather(*(whole() for _ in range(20)))

    assert set(run(body())) == {"".join(f"{i} " for i in range(50))}


def test_complete(server: WireServer) -> None:
    pplx.configure(base_url=server.base_url)
    server.respond([CREATED, *results(2), delta("Yes.[2]"), completed("Yes.[2]")])
    answer = pplx.complete("Is it?", effort="low")
    assert answer.status == "complete"
    assert [c.source.title for c in answer.citations] == ["Title 2"]
    assert answer.usage == pplx.Usage(10, 20, 30, 0.005)
    assert "](<https://example.org/2>)" in answer.to_markdown()
    server.respond([CREATED, delta("so far")], whole=False)
    with pytest.raises(pplx.ConnectionCut):
        pplx.complete("q")
    with pytest.raises(pplx.UnknownOption, match=r"complete\(\)"):
        pplx.complete("q", check=True)  # type: ignore[call-arg]


@pytest.mark.parametrize("door", [pplx.stream, pplx.astream, pplx.complete])
def test_help_names_the_options_of_ask(door: Any) -> None:
    named = inspect.signature(door).parameters
    asked = inspect.signature(pplx.ask).parameters
    assert [*named] == [name for name in asked if name not in ("check", "unknown")]


def test_the_events_are_public() -> None:
    assert {"Text", "SourcesFound", "Finished"} <= set(dir(events))
