"""Measure `ask_many` beside a bare loop over the same calls of the OpenAI SDK.

    python -m benchmarks.many [--rows 300] [--runs 5] [--concurrency 100] [--paced]
    python -m benchmarks.many --sizes 100,1000,10000 [--store]
    python -m benchmarks.many --chatlas PYTHON

The first form asks each way in turn, so that the load of the machine falls on both, and prints rows a
second, the processor's time for a row, and their ratios. The bare loop sends the requests with the SDK,
reads its untyped events and joins the text: no sources, no retries, no pace, no costs. The second form
shows how time and memory grow with the rows. The server is a process of its own; an answer has 300
pieces of text, ten sources and a usage. *Paced* sends three pieces each 10 ms, otherwise all at once.
The third compares with chatlas' `parallel_chat`, in chat completions; PYTHON has chatlas.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import openai

import pplx_widget as pplx
from tests.support.wire_server import CREATED, completed, delta, results

_PIECES = 300
_AT_ONCE = 3
_PAUSE = 0.01
_MEGABYTE = 2**20


# ---- the server ----------------------------------------------------------------------------------


_TEXTS = [f" word{i % 10}" for i in range(_PIECES)]


def _agent() -> list[bytes]:
    """Return the pieces of an answer of the Agent API: its head, each piece of text, its end."""
    found = b"".join(results(*range(1, 11)))
    return [CREATED + found, *(delta(text) for text in _TEXTS), completed("".join(_TEXTS))]


def _chat() -> list[bytes]:
    """Return the same as chat completions."""
    about = {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": "test"}

    def chunk(delta: dict[str, str], finish: str | None = None, **more: Any) -> bytes:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        return b"data: " + json.dumps(about | {"choices": [choice]} | more).encode() + b"\n\n"

    found = [{"title": f"Title {i}", "url": f"https://example.org/{i}"} for i in range(1, 11)]
    used = {"prompt_tokens": 10, "completion_tokens": _PIECES, "total_tokens": 10 + _PIECES}
    head = chunk({"role": "assistant", "content": ""}, search_results=found)
    end = chunk({}, "stop", usage=used) + b"data: [DONE]\n\n"
    return [head, *(chunk({"content": text}) for text in _TEXTS), end]


def _whole() -> bytes:
    """Return a chat completion that does not stream, with its head."""
    message = {"role": "assistant", "content": "".join(_TEXTS)}
    used = {"prompt_tokens": 10, "completion_tokens": _PIECES, "total_tokens": 10 + _PIECES}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    about = {"id": "1", "object": "chat.completion", "created": 0, "model": "test"}
    body = json.dumps(about | {"choices": [choice], "usage": used}).encode()
    head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: "
    return f"{head}{len(body)}\r\n\r\n".encode() + body


def _chunked(pieces: list[bytes]) -> list[bytes]:
    return [b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces]


async def _serve(*, paced: bool) -> None:
    head = (
        b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
    )
    forms = {True: _chunked(_chat()), False: _chunked(_agent())}
    whole = _whole()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            try:
                asked = await reader.readuntil(b"\r\n\r\n")
            except (asyncio.IncompleteReadError, ConnectionError):
                writer.close()
                return
            length = asked.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0]
            body = await reader.readexactly(int(length))
            if b'"stream":true' not in body.replace(b" ", b""):
                writer.write(whole)
                continue
            pieces = forms[b"/chat/completions" in asked[:100]]
            if paced:
                writer.write(head + pieces[0])
                for i in range(1, len(pieces) - 1, _AT_ONCE):
                    writer.write(b"".join(pieces[i : min(i + _AT_ONCE, len(pieces) - 1)]))
                    await asyncio.sleep(_PAUSE)
                writer.write(pieces[-1] + b"0\r\n\r\n")
            else:
                writer.write(head + b"".join(pieces) + b"0\r\n\r\n")

    server = await asyncio.start_server(talk, "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


class Server:
    """The server, in a process of its own."""

    def __init__(self, *, paced: bool = False) -> None:
        line = [sys.executable, "-m", "benchmarks.many", "--serve", *(["--paced"] if paced else [])]
        self._process = subprocess.Popen(line, stdout=subprocess.PIPE, text=True)
        port = int(self._process.stdout.readline()) if self._process.stdout else 0
        self.base_url = f"http://127.0.0.1:{port}/v1"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self._process.kill()
        self._process.wait()


# ---- the ways ------------------------------------------------------------------------------------

_LENGTH = len("".join(_TEXTS))


async def _bare(base_url: str, rows: int, concurrency: int) -> None:
    """Ask with the SDK alone."""
    client = openai.AsyncOpenAI(api_key="none", base_url=base_url, max_retries=0)
    numbers = iter(range(rows))

    async def work() -> None:
        for number in numbers:
            stream: Any = await client.post(
                "/responses",
                cast_to=object,
                body={"input": f"q{number}", "effort": "fast", "stream": True},
                stream=True,
                stream_cls=openai.AsyncStream[object],
            )
            text = [
                event["delta"]
                async for event in stream
                if event.get("type") == "response.output_text.delta"
            ]
            if sum(map(len, text)) != _LENGTH:
                raise RuntimeError("the text is not whole")

    await asyncio.gather(*(work() for _ in range(concurrency)))
    await client.close()


def bare(base_url: str, rows: int, concurrency: int) -> None:
    """Ask with the SDK alone."""
    asyncio.run(_bare(base_url, rows, concurrency))


def ours(provider: Any, **always: Any) -> Callable[[str, int, int | None], pplx.Batch]:
    """Return a function that asks with `ask_many`."""

    def ask(base_url: str, rows: int, concurrency: int | None, **options: Any) -> pplx.Batch:
        pplx.configure(base_url=base_url)
        questions = [f"q{i}" for i in range(rows)]
        batch = pplx.ask_many(
            questions,
            "{}",
            provider=provider,
            concurrency=concurrency,
            progress=False,
            **always,
            **options,
        ).wait()
        if batch.counts != {"complete": rows} or len(batch[-1].text) != _LENGTH:
            raise RuntimeError(f"{batch.counts} {batch[0].error}")
        return batch

    return ask


# chatlas has an environment of its own. Its rows do not stream, so the answer of each is one JSON. The
# script answers each line (rows, how many at once, address) with its seconds and its CPU seconds.
_CHATLAS = """
import asyncio, sys, time
import chatlas
out, sys.stdout = sys.stdout, sys.stderr
for line in sys.stdin:
    rows, at_once, base_url = line.split()
    chat = chatlas.ChatOpenAICompletions(base_url=base_url, model="test", api_key="none")
    asked = [f"q{i}" for i in range(int(rows))]
    began, cpu = time.perf_counter(), time.process_time()
    got = asyncio.run(chatlas.parallel_chat(chat, asked, max_active=int(at_once), rpm=10**9))
    took, cpu = time.perf_counter() - began, time.process_time() - cpu
    assert all(len(each.get_last_turn().text) == LENGTH for each in got), got[0]
    print(took, cpu, file=out, flush=True)
"""


class Chatlas:
    """chatlas' `parallel_chat` in a process of its own, with its own Python."""

    def __init__(self, python: str) -> None:
        script = _CHATLAS.replace("LENGTH", str(_LENGTH))
        pipes: Any = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        pipes["stderr"] = subprocess.DEVNULL  # its progress
        self._process = subprocess.Popen([python, "-c", script], text=True, **pipes)

    def __call__(self, base_url: str, rows: int, concurrency: int) -> tuple[float, float]:
        """Ask, and return the seconds and those of the processor."""
        process = self._process
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("no pipes")
        process.stdin.write(f"{rows} {concurrency} {base_url}\n")
        process.stdin.flush()
        took, cpu = map(float, process.stdout.readline().split())
        return took, cpu


def _compare(arguments: argparse.Namespace) -> None:
    ways: dict[str, Callable[..., Any]] = {
        "bare SDK, untyped": bare,
        "ask_many, agent (SDK)": ours("agent"),
        "ask_many, raw": ours("raw"),
    }
    if arguments.chatlas:
        ways = {
            "chatlas, parallel_chat": Chatlas(arguments.chatlas),
            "ask_many, chat (SDK)": ours("chat", model="test"),
            "ask_many, raw chat": ours(pplx.Raw(shape="chat"), model="test"),
        }
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
    with Server(paced=arguments.paced) as server:
        for way in ways.values():
            way(server.base_url, 50, arguments.concurrency)
        for _ in range(arguments.runs):
            for name, way in ways.items():
                gc.collect()
                began, cpu = time.perf_counter(), time.process_time()
                said = way(server.base_url, arguments.rows, arguments.concurrency)
                took, cpu = time.perf_counter() - began, time.process_time() - cpu
                if isinstance(said, tuple):  # of another process
                    took, cpu = said
                found[name].append((arguments.rows / took, cpu / arguments.rows * 1000))
    print(f"load {os.getloadavg()[0]:.1f}, {arguments.rows} rows, {arguments.runs} runs, medians")
    first = next(iter(found.values()))
    print(f"{'':<24}{'rows/s':>8}{'CPU ms':>8}{'rows/s ratio':>14}{'CPU ratio':>11}")
    for name, runs in found.items():
        pairs = [
            (mine[0] / theirs[0], theirs[1] / mine[1])
            for mine, theirs in zip(runs, first, strict=True)
        ]
        figures = [statistics.median(column) for column in zip(*runs, strict=True)]
        ratios = [statistics.median(column) for column in zip(*pairs, strict=True)]
        print(f"{name:<24}{figures[0]:>8.1f}{figures[1]:>8.2f}{ratios[0]:>14.2f}{ratios[1]:>11.2f}")


# ---- growth --------------------------------------------------------------------------------------


def _memory() -> float:
    """Return the resident memory of this process in megabytes; Linux only."""
    status = Path("/proc/self/status").read_text("utf-8")
    return int(status.partition("VmRSS:")[2].split()[0]) * 1024 / _MEGABYTE


def _grow(arguments: argparse.Namespace) -> None:
    ask = ours("agent")
    print(f"{'rows':>8}{'rows/s':>9}{'CPU ms':>8}{'MB over':>9}{'kB a row':>10}{'frame s':>9}")
    with Server() as server, tempfile.TemporaryDirectory() as folder:
        ask(server.base_url, 200, None)
        for rows in arguments.sizes:
            gc.collect()
            options = {"store": f"{folder}/{rows}.db"} if arguments.store else {}
            before, began, cpu = _memory(), time.perf_counter(), time.process_time()
            batch = ask(server.base_url, rows, None, **options)
            took, cpu = time.perf_counter() - began, time.process_time() - cpu
            gc.collect()
            more = _memory() - before
            began = time.perf_counter()
            batch.to_frame()
            framed = time.perf_counter() - began
            print(
                f"{rows:>8,}{rows / took:>9.1f}{cpu / rows * 1000:>8.2f}{more:>9.1f}"
                f"{more * 1024 / rows:>10.2f}{framed:>9.1f}",
                flush=True,
            )
            del batch


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=300)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--concurrency", type=int, default=100)
    parser.add_argument("--paced", action="store_true")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--sizes", type=lambda text: [int(n) for n in text.split(",")])
    parser.add_argument("--store", action="store_true")
    parser.add_argument("--chatlas", help="the Python of an environment with chatlas")
    arguments = parser.parse_args()
    if arguments.serve:
        asyncio.run(_serve(paced=arguments.paced))
    elif arguments.sizes:
        _grow(arguments)
    else:
        _compare(arguments)


if __name__ == "__main__":
    main()
