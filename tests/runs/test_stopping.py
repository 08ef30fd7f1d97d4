"""Stop at every kind of moment, with every provider: the text is kept, the connection is closed."""

from __future__ import annotations

import asyncio
import itertools
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx2
import psutil
import pytest
from openai import DefaultAsyncHttpxClient

import pplx_widget as pplx
from pplx_widget.core.events import Event, Text
from pplx_widget.core.runtime import runtime
from pplx_widget.question.request import Request

from ..support.byte_server import (
    HEAD,
    LIMIT,
    PROVIDERS,
    ByteServer,
    Client,
    end,
    opening,
    sending,
    text,
    until,
)
from ..support.recording_comm import RecordingComm, page_state
from ..support.scripts import python

PROCESS = psutil.Process()

NEW_SDK = issubclass(DefaultAsyncHttpxClient, httpx2.AsyncClient)

each_provider = pytest.mark.parametrize(("provider", "shape"), PROVIDERS, ids=str)


@pytest.fixture(autouse=True)
def nothing_goes_on() -> Iterator[None]:
    """Check that no task is left for the answers that a test stops."""
    yield
    until(lambda: not runtime()._tasks)


def ask(server: ByteServer, provider: Any) -> pplx.Answer:
    pplx.configure(base_url=server.base_url)
    return pplx.ask("q", provider=provider, model="m")


def moments(shape: str) -> dict[str, tuple[bytes, str]]:
    """Return the bytes sent before the answer is stopped, and the resulting text."""
    begun = HEAD + opening(shape)
    said = begun + text(shape, "So ") + text(shape, "far")
    more = text(shape, " more")
    rocket = text(shape, " 🚀")
    return {
        "before the headers": (b"", ""),
        "in the headers": (HEAD[:20], ""),
        "before the first event": (HEAD, ""),
        "before the first text": (begun, ""),
        "between two events": (said, "So far"),
        "in a frame": (said + more[: len(more) // 2], "So far"),
        "at a frame's last byte": (said + more[:-1], "So far"),
        "in a character": (said + rocket[: rocket.index("🚀".encode()) + 2], "So far"),
    }


@each_provider
@pytest.mark.parametrize("moment", moments("chat"))
def test_at_a_moment(provider: Any, shape: str, moment: str) -> None:
    sent, so_far = moments(shape)[moment]
    with sending(sent) as server:
        answer = ask(server, provider)
        assert server.sent.wait(LIMIT)
        until(lambda: answer.text == so_far)
        answer.stop()
        assert answer.wait(LIMIT).status == "stopped"
        assert (answer.text, answer.error) == (so_far, None)
        until(lambda: server.left)
        until(lambda: not server.open)


@each_provider
def test_right_after_asking(provider: Any, shape: str) -> None:
    with sending(HEAD + opening(shape) + text(shape, "late")) as server:
        for _ in range(20):
            answer = ask(server, provider)
            answer.stop()
            assert answer.wait(LIMIT).status == "stopped"
            assert answer.text in ("", "late")
        until(lambda: not server.serving)
        # httpcore 1, below older SDKs, keeps a new connection if its request is cancelled unsent.
        if NEW_SDK or provider not in ("agent", "chat"):
            until(lambda: not server.open)


@pytest.mark.parametrize("provider", ["'agent'", "'raw'", "'chat'", "pplx.Raw('chat')"])
def test_before_the_http_library_is_there(provider: str) -> None:
    """A script stops its first question while the provider is being imported, then asks a second."""
    with sending(HEAD) as server:
        done = python(
            f"""
            import pplx_widget as pplx
            for _ in range(2):
                answer = pplx.ask("q", provider={provider}, model="m")
                answer.stop()
                print(answer.wait(30).status)
            """,
            PERPLEXITY_BASE_URL=server.base_url,
        )
    assert (done.stdout, done.stderr, done.returncode) == ("stopped\nstopped\n", "", 0)


@pytest.mark.skipif(not hasattr(PROCESS, "num_fds"), reason="counts the open sockets")
@each_provider
def test_while_connecting(provider: Any, shape: str) -> None:
    """The address does not accept connections: a listening socket whose queue is full."""
    del shape
    with sending(HEAD) as warm:  # the provider is imported and its client created
        first = ask(warm, provider)
        assert warm.sent.wait(LIMIT)
        first.stop()
        first.wait(LIMIT)
        until(lambda: not warm.open and not runtime()._tasks)
    waiting: list[socket.socket] = []
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        while len(waiting) < 8:
            waiting.append(socket.socket())
            waiting[-1].setblocking(False)
            waiting[-1].connect_ex(deaf.getsockname())
        before = PROCESS.num_fds()
        pplx.configure(base_url=f"http://127.0.0.1:{deaf.getsockname()[1]}/v1")
        answer = pplx.ask("q", provider=provider, model="m")
        until(lambda: PROCESS.num_fds() > before)
        answer.stop()
        assert answer.wait(LIMIT).status == "stopped"
        until(lambda: PROCESS.num_fds() <= before)
        for one in waiting:
            one.close()


@each_provider
def test_before_it_is_asked_again(provider: Any, shape: str) -> None:
    del shape
    busy = b"HTTP/1.1 429 Busy\r\nRetry-After: 20\r\nContent-Length: 0\r\n\r\n"
    with sending(busy) as server:
        answer = ask(server, provider)
        until(lambda: [step.kind for step in answer.steps] == ["retry"])
        answer.stop()
        assert answer.wait(LIMIT).status == "stopped"
        assert (answer.text, answer.error) == ("", None)


@each_provider
def test_in_a_flood(provider: Any, shape: str) -> None:
    async def reply(client: Client) -> None:
        await client.send(HEAD + opening(shape))
        for first in itertools.count(step=100):
            numbers = range(first, first + 100)
            await client.send(b"".join(text(shape, f"{n} ") for n in numbers))

    with ByteServer(reply) as server:
        answer = ask(server, provider)
        until(lambda: len(answer.text) > 20_000)
        before = answer.text
        answer.stop()
        assert answer.wait(LIMIT).status == "stopped"
        after = answer.text
        until(lambda: server.left)
    assert after.startswith(before)
    # All pieces that arrived, complete and in order.
    assert after == "".join(f"{n} " for n in range(after.count(" ")))
    assert answer.text == after


@each_provider
def test_after_the_end(provider: Any, shape: str) -> None:
    with sending(HEAD + opening(shape) + text(shape, "whole") + end(shape)) as server:
        answer = ask(server, provider).wait(LIMIT)
        for _ in range(2):
            answer.stop()
        until(lambda: server.left)
        assert (answer.status, answer.text, answer.reason) == ("complete", "whole", None)


@each_provider
def test_many_times_from_many_threads(provider: Any, shape: str) -> None:
    with sending(HEAD + text(shape, "So far")) as server:
        answer = ask(server, provider)
        until(lambda: answer.text)
        told: list[str] = []
        answer.observe(lambda change: told.append(change.new), names="status")
        threads = [threading.Thread(target=answer.stop) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(LIMIT)
        assert answer.wait(LIMIT).status == "stopped"
        until(lambda: server.left and not runtime()._tasks)
        assert told.count("stopped") == 1
        assert told[-1] == "stopped"


@each_provider
def test_by_an_observer(provider: Any, shape: str) -> None:
    """It runs on the background thread, while a change is being reported."""
    with sending(HEAD + opening(shape), *(text(shape, f"{n} ") for n in range(50))) as server:
        answer = ask(server, provider)
        answer.observe(lambda _: answer.stop(), names=["status", "text"])
        if answer.text:  # the whole text arrived before the observer was added
            answer.stop()
        assert answer.wait(LIMIT).status == "stopped"
        assert "".join(f"{n} " for n in range(50)).startswith(answer.text)
        until(lambda: server.left)


@each_provider
@pytest.mark.parametrize("where", ["here", "in another thread"])
def test_while_the_state_is_sent(
    comms: list[RecordingComm],
    monkeypatch: pytest.MonkeyPatch,
    provider: Any,
    shape: str,
    where: str,
) -> None:
    publish = RecordingComm.publish_msg
    busy, stopped = threading.Event(), threading.Event()

    def slow(self: RecordingComm, msg_type: str, data: Any = None, **rest: Any) -> None:
        content = (data or {}).get("content") or {}
        if content.get("text") and not busy.is_set():
            busy.set()
            if where == "here":
                answer.stop()
            else:  # stop() in the other thread must not wait for the sending
                assert stopped.wait(LIMIT)
        publish(self, msg_type, data, **rest)

    monkeypatch.setattr(RecordingComm, "publish_msg", slow)
    gate = threading.Event()

    async def reply(client: Client) -> None:
        await client.send(HEAD + opening(shape))
        await asyncio.to_thread(gate.wait, LIMIT)
        await client.send(text(shape, "So far"))
        await asyncio.Event().wait()

    with ByteServer(reply) as server:
        answer = ask(server, provider)
        gate.set()
        assert busy.wait(LIMIT)
        if where != "here":
            answer.stop()
            stopped.set()
        assert answer.wait(LIMIT).status == "stopped"
        until(lambda: server.left)
    comm = next(c for c in comms if c.messages and "question" in c.opening)
    comm.wait_for(lambda: page_state(comm)["status"] == "stopped")
    assert page_state(comm)["text"] == answer.text == "So far"


class Waiting:
    """A provider that sends some text and waits."""

    async def stream(self, request: Request) -> AsyncIterator[Event]:
        yield Text(request.question)
        await asyncio.Event().wait()


class Stubborn:
    """A provider that is slow to close its connection."""

    def __init__(self) -> None:
        self.closing, self.closed = threading.Event(), threading.Event()

    async def stream(self, request: Request) -> AsyncIterator[Event]:
        try:
            yield Text(request.question)
            await asyncio.Event().wait()
        finally:
            await asyncio.to_thread(self.closing.wait, LIMIT)
            self.closed.set()


def test_nobody_waits_for_a_connection_to_close() -> None:
    provider = Stubborn()
    answer = pplx.ask("q", provider=provider)
    until(lambda: answer.text)
    answer.stop()
    assert answer.wait(LIMIT).status == "stopped"
    assert not provider.closed.is_set()
    answer.stop()  # a second stop must not interrupt the closing
    provider.closing.set()
    assert provider.closed.wait(LIMIT)


class Endless:
    """A provider that never pauses, as if many events had been received already."""

    async def stream(self, request: Request) -> AsyncIterator[Event]:
        while True:
            yield Text(request.question)


def test_an_answer_without_a_pause_is_stopped_and_holds_up_nobody() -> None:
    endless = pplx.ask("q", provider=Endless())
    other = pplx.ask("q", provider=Waiting())
    until(lambda: other.text)
    for answer in (other, endless):
        answer.stop()
        assert answer.wait(LIMIT).status == "stopped"
    assert set(endless.text) == {"q"}
