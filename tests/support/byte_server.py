"""A loopback server for many streams at once, which sends raw bytes and notes when clients leave.

One thread with an event loop serves all clients. It parses just enough HTTP to read a request.
"""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Self

from pplx_widget.providers import Raw

from .wire_server import CREATED, completed, delta

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"

# Each provider with its API format.
PROVIDERS: list[tuple[Any, str]] = [
    ("agent", "agent"),
    ("raw", "agent"),
    ("chat", "chat"),
    (Raw("chat"), "chat"),
]

LIMIT = 10.0  # seconds; far more than needed, even on a busy machine


def chunk(content: str = "", finish: str | None = None, **fields: Any) -> bytes:
    """Return a chunk of chat completions, with unescaped characters."""
    choice = {"index": 0, "delta": {"content": content}, "finish_reason": finish}
    payload = {"id": "c", "object": "chat.completion.chunk", "model": "m", "choices": [choice]}
    return b"data: %s\n\n" % json.dumps(payload | fields, ensure_ascii=False).encode()


def opening(shape: str) -> bytes:
    """Return the first event, without any text."""
    return CREATED if shape == "agent" else chunk()


def text(shape: str, words: str) -> bytes:
    """Return the event of a piece of text, with unescaped characters."""
    if shape == "chat":
        return chunk(words)
    return delta("@").replace(b'"@"', json.dumps(words, ensure_ascii=False).encode())


def end(shape: str) -> bytes:
    """Return the last events of a whole answer."""
    return completed() if shape == "agent" else chunk(finish="stop") + b"data: [DONE]\n\n"


Reply = Callable[["Client"], Awaitable[None]]


class Client:
    """One connection to the server."""

    def __init__(self, server: ByteServer, writer: asyncio.StreamWriter, asked: str) -> None:
        self.server = server
        self.asked = asked
        self._writer = writer

    async def send(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()


class ByteServer:
    """Answers every request with a coroutine, and closes the connection when it returns."""

    def __init__(self, reply: Reply) -> None:
        self._reply = reply
        self.left: list[float] = []  # times at which clients closed, by `time.perf_counter`
        self.open = 0  # connections
        self.serving = 0  # those of them with a whole request
        self._serving: set[asyncio.Task[Any]] = set()
        self.sent = threading.Event()  # the reply is sent, or its client has left
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._port}/v1"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open += 1
        serving = asyncio.current_task()
        assert serving is not None
        self._serving.add(serving)
        try:
            await self._talk(reader, writer)
        except (asyncio.IncompleteReadError, OSError):
            self.left.append(time.perf_counter())  # before its request was complete
        finally:
            writer.close()
            self._serving.discard(serving)
            self.open -= 1

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            int(line.split(b":")[1])
            for line in head.lower().splitlines()
            if line.startswith(b"content-length:")
        )
        asked = json.loads(await reader.readexactly(length))
        said = asked.get("input") or asked["messages"][-1]["content"]
        # The client has nothing more to send, so the next event is that it closes.
        self.serving += 1
        gone = asyncio.ensure_future(_until_gone(reader))
        reply = asyncio.ensure_future(self._reply_to(Client(self, writer, str(said))))
        try:
            await asyncio.wait({gone, reply}, return_when=asyncio.FIRST_COMPLETED)
            if gone.done():
                self.left.append(time.perf_counter())
        finally:
            self.serving -= 1
            gone.cancel()
            reply.cancel()

    async def _reply_to(self, client: Client) -> None:
        with suppress(OSError):
            await self._reply(client)

    def __enter__(self) -> Self:
        self._thread.start()
        start = asyncio.start_server(self._serve, "127.0.0.1", 0, backlog=1024)
        self._listening = asyncio.run_coroutine_threadsafe(start, self.loop).result(LIMIT)
        self._port: int = self._listening.sockets[0].getsockname()[1]
        return self

    def __exit__(self, *_exc: object) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self.loop).result(LIMIT)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()

    async def _close(self) -> None:
        # If the server closes while asyncio accepts a connection, asyncio loses it: stop accepting first.
        for listening in self._listening.sockets:
            self.loop.remove_reader(listening.fileno())
        while accepting := {task for task in asyncio.all_tasks() if _accepts(task)}:
            await asyncio.wait(accepting)
        self._listening.close()
        # Cancel only tasks that serve: a connection that is just being accepted would stay open.
        while others := asyncio.all_tasks() - {asyncio.current_task()}:
            for task in self._serving & others:
                task.cancel()
            await asyncio.wait(others, return_when=asyncio.FIRST_COMPLETED)


def _accepts(task: asyncio.Task[Any]) -> bool:
    return getattr(task.get_coro(), "__name__", "") == "_accept_connection2"


async def _until_gone(reader: asyncio.StreamReader) -> None:
    with suppress(OSError):
        await reader.read(1)


def sending(*pieces: bytes) -> ByteServer:
    """Return a server that sends these bytes and keeps the connection open."""

    async def reply(client: Client) -> None:
        for piece in pieces:
            await client.send(piece)
        client.server.sent.set()
        await asyncio.Event().wait()

    return ByteServer(reply)


def until(condition: Callable[[], object], seconds: float = LIMIT) -> None:
    """Poll until a condition holds; fail after ``seconds``."""
    latest = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < latest, "the condition did not hold in time"
        threading.Event().wait(0.002)
