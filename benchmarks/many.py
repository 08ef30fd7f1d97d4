"""Measure `ask_many` beside a bare loop over the same calls of the OpenAI SDK.

    python -m benchmarks.many [--rows 300] [--runs 5] [--concurrency 100] [--paced]
    python -m benchmarks.many --sizes 100,1000,10000,100000 [--store]

The first form asks each way in turn, so that the load of the machine falls on both, and prints rows a
second, the processor's time for a row, and their ratios. The bare loop sends the requests with the SDK,
reads its untyped events and joins the text: no sources, no retries, no pace, no costs. The second form
shows how time and memory grow with the rows. The server is a process of its own; an answer has 300
pieces of text, ten sources and a usage. *Paced* sends three pieces each 10 ms, otherwise all at once.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
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


def _bodies() -> list[bytes]:
    """Return the chunks of an answer: its head, each piece of text, its end."""
    texts = [f" word{i % 10}" for i in range(_PIECES)]
    found = b"".join(results(*range(1, 11)))
    pieces = [CREATED + found, *(delta(text) for text in texts), completed("".join(texts))]
    return [b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces]


async def _serve(*, paced: bool) -> None:
    head = (
        b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
    )
    pieces = _bodies()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            try:
                asked = await reader.readuntil(b"\r\n\r\n")
            except (asyncio.IncompleteReadError, ConnectionError):
                writer.close()
                return
            length = asked.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0]
            await reader.readexactly(int(length))
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

_LENGTH = len("".join(f" word{i % 10}" for i in range(_PIECES)))


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


def ours(provider: str) -> Callable[[str, int, int | None], pplx.Batch]:
    """Return a function that asks with `ask_many`."""

    def ask(base_url: str, rows: int, concurrency: int | None, **options: Any) -> pplx.Batch:
        pplx.configure(base_url=base_url)
        questions = [f"q{i}" for i in range(rows)]
        batch = pplx.ask_many(
            questions, "{}", provider=provider, concurrency=concurrency, progress=False, **options
        ).wait()
        if batch.counts != {"complete": rows} or len(batch[-1].text) != _LENGTH:
            raise RuntimeError(f"{batch.counts} {batch[0].error}")
        return batch

    return ask


def _compare(arguments: argparse.Namespace) -> None:
    ways: dict[str, Callable[..., Any]] = {
        "bare SDK, untyped": bare,
        "ask_many, agent (SDK)": ours("agent"),
        "ask_many, raw": ours("raw"),
    }
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
    with Server(paced=arguments.paced) as server:
        for way in ways.values():
            way(server.base_url, 50, arguments.concurrency)
        for _ in range(arguments.runs):
            for name, way in ways.items():
                gc.collect()
                began, cpu = time.perf_counter(), time.process_time()
                way(server.base_url, arguments.rows, arguments.concurrency)
                took, cpu = time.perf_counter() - began, time.process_time() - cpu
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
            if not arguments.store:
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
    arguments = parser.parse_args()
    if arguments.serve:
        asyncio.run(_serve(paced=arguments.paced))
    elif arguments.sizes:
        _grow(arguments)
    else:
        _compare(arguments)


if __name__ == "__main__":
    main()
