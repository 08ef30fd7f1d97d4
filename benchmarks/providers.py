"""Measure the time from bytes to event for one piece of text: by hand, with the SDK, and JSON alone.

    python -m benchmarks.providers [--chunks 5000] [--runs 7]

Every row has the same bytes: an answer of ``--chunks`` text events. *fed* passes them to the HTTP
client in memory, one event at a time. *loopback* sends them over a real socket, one event in each
HTTP chunk, so the time includes reading the socket. Times are the best of the runs, in µs per chunk.
``json.loads`` is the lower bound: the time to parse the payloads alone.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator

import httpx2
import openai

from pplx_widget import providers
from pplx_widget.config import Connection, Timeout
from pplx_widget.core.events import Text
from pplx_widget.providers import http, sdk
from pplx_widget.question.request import Request
from tests.support.wire_server import CREATED, completed, delta

PROVIDERS: list[tuple[str, object, str]] = [
    ("raw, Agent API", "raw", "agent"),
    ("agent (SDK)", "agent", "agent"),
    ("raw, chat shape", providers.Raw("chat"), "chat"),
    ("chat (SDK)", "chat", "chat"),
]


def pieces(shape: str, count: int) -> list[bytes]:
    """Return the pieces of an answer, one for each event."""
    if shape == "agent":
        return [CREATED, *(delta(f" word{i % 10}") for i in range(count)), completed()]
    chunk = {"id": "c", "object": "chat.completion.chunk", "created": 0, "model": "m"}
    lines = [
        chunk | {"choices": [{"index": 0, "delta": {"content": f" word{i % 10}"}}]}
        for i in range(count)
    ]
    last = chunk | {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
    return [b"data: %s\n\n" % json.dumps(line).encode() for line in (*lines, last)]


async def read(make: Callable[[], AsyncIterator[object]], count: int) -> float:
    """Return the seconds from the first to the last piece of text of an answer."""
    texts, begun = 0, 0.0
    async for event in make():
        if isinstance(event, Text):
            begun = begun or time.perf_counter()
            texts += 1
            if texts == count:
                took = time.perf_counter() - begun
    if texts != count:
        raise RuntimeError(f"{texts} of {count} pieces came")
    return took


async def measure(name: object, where: Connection, shape: str, count: int, runs: int) -> float:
    """Return the best time of several answers, in µs per chunk."""
    asked: Request = Request(question="q", model="m" if shape == "chat" else None)
    provider = await providers.describe(name).make(where)
    times = [await read(lambda: provider.stream(asked), count) for _ in range(runs)]
    return min(times) / count * 1e6


@contextlib.contextmanager
def fed(body: list[bytes]) -> Iterator[Connection]:
    """Answer every request from memory."""

    class Stream(httpx2.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            for piece in body:
                yield piece

    def answer(_: httpx2.Request) -> httpx2.Response:
        headers = {"content-type": "text/event-stream"}
        return httpx2.Response(200, headers=headers, stream=Stream())

    where = Connection("http://fed.invalid/v1", None, None, Timeout())
    key = (asyncio.get_running_loop(), where.base_url, None)
    transport = httpx2.MockTransport(answer)
    http.clients._clients[key] = httpx2.AsyncClient(transport=transport)  # noqa: SLF001
    sdk.clients._clients[key] = openai.AsyncOpenAI(  # noqa: SLF001
        api_key="none",
        base_url=where.base_url,
        http_client=openai.DefaultAsyncHttpxClient(transport=transport),
    )
    yield where
    del http.clients._clients[key], sdk.clients._clients[key]  # noqa: SLF001


@contextlib.contextmanager
def loopback(body: list[bytes]) -> Iterator[Connection]:
    """Answer over a socket without pauses, one event in each HTTP chunk."""
    head = (
        b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
    )
    sent = head + b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in body) + b"0\r\n\r\n"

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = server.accept()
                threading.Thread(target=talk, args=(connection,), daemon=True).start()

    def talk(connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            asked = b""
            while data := connection.recv(65536):
                asked += data
                if b'"stream":true' in asked:  # the body of the request
                    asked = b""
                    connection.sendall(sent)

    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=serve, daemon=True).start()
        port = server.getsockname()[1]
        yield Connection(f"http://127.0.0.1:{port}/v1", None, None, Timeout())


def floor(body: list[bytes], runs: int) -> float:
    """Return the time to parse the payloads alone, in µs per chunk."""
    payloads = [piece.partition(b"data: ")[2].decode() for piece in body]
    times = []
    for _ in range(runs):
        begun = time.perf_counter()
        for payload in payloads:
            json.loads(payload)
        times.append(time.perf_counter() - begun)
    return min(times) / len(payloads) * 1e6


async def table(count: int, runs: int) -> None:
    """Print one row for each provider."""
    print(f"{'µs a chunk':18} {'fed':>8} {'loopback':>10}")
    for label, name, shape in PROVIDERS:
        body = pieces(shape, count)
        row = []
        for way in (fed, loopback):
            with way(body) as where:
                row.append(await measure(name, where, shape, count, runs))
        print(f"{label:18} {row[0]:8.1f} {row[1]:10.1f}", flush=True)
    for shape in ("agent", "chat"):
        print(f"{'json.loads, ' + shape:18} {floor(pieces(shape, count), runs):8.1f}")
    await http.clients.close()
    await sdk.clients.close()


def main() -> None:
    """Measure all providers, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chunks", type=int, default=5000)
    parser.add_argument("--runs", type=int, default=7)
    options = parser.parse_args()
    asyncio.run(table(options.chunks, options.runs))


if __name__ == "__main__":
    main()
