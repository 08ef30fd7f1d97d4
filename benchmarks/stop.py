"""Measure the time from `stop()` to the stopped answer, and to the closed connection at the server.

    python -m benchmarks.stop [--runs 50]

*waiting* stops a request that the server has not answered yet, *streaming* one that pauses between two
events, *flood* one whose server sends as fast as the client reads, which keeps the event loop busy.
Each cell is the median and the worst of the runs, in ms. Server and client share one process and its
interpreter lock.
"""

from __future__ import annotations

import argparse
import statistics
import time
from typing import Any

import pplx_widget as pplx
from tests.support.byte_server import (
    HEAD,
    PROVIDERS,
    ByteServer,
    Client,
    opening,
    sending,
    text,
    until,
)


def flooding(shape: str) -> ByteServer:
    """Return a server that never stops sending."""
    block = text(shape, "word ") * 100

    async def reply(client: Client) -> None:
        await client.send(HEAD + opening(shape))
        while True:
            await client.send(block)

    return ByteServer(reply)


def stop(server: ByteServer, provider: Any, *, words: int) -> tuple[float, float]:
    """Return the seconds until an answer is stopped, and until its connection is closed."""
    server.left.clear()
    server.sent.clear()
    answer = pplx.ask("q", provider=provider, model="m")
    until(lambda: len(answer.text) >= words if words else server.sent.is_set())
    stopped = time.perf_counter()
    answer.stop()
    answer.wait()
    over = time.perf_counter()
    until(lambda: server.left)
    return over - stopped, server.left[0] - stopped


def measure(server: ByteServer, provider: Any, *, words: int, runs: int) -> str:
    """Return the median and the worst time as the text of a cell."""
    with server:
        pplx.configure(base_url=server.base_url)
        stop(server, provider, words=words)  # the first one imports and connects
        times = [stop(server, provider, words=words) for _ in range(runs)]
    return " ".join(
        f"{statistics.median(one) * 1e3:7.2f} {max(one) * 1e3:7.2f}"
        for one in zip(*times, strict=True)
    )


def main() -> None:
    """Measure all cases, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=50)
    runs = parser.parse_args().runs
    print(f"{'median and worst, ms':32} {'stopped':>15} {'closed':>15}")
    for provider, shape in PROVIDERS:
        moments = {
            "waiting": (sending(b""), 0),
            "streaming": (sending(HEAD + text(shape, "So far")), 6),
            "flood": (flooding(shape), 20_000),
        }
        for moment, (server, words) in moments.items():
            figures = measure(server, provider, words=words, runs=runs)
            print(f"{provider!s:20} {moment:11} {figures}", flush=True)


if __name__ == "__main__":
    main()
