"""Measure many questions at once: at a limited server, at an unlimited one, and on a busy machine.

    python -m benchmarks.pace [limited] [free] [many]

*limited* asks 30 questions at a server that allows one a second, *free* 8 at a server without limits
whose heads come at once, *many* 500 while other processes keep every processor busy. Beside each, a
bare loop asks the same server: httpx2 alone, which sends everything at once, and repeats each refused
request twice, after the time that the server names. For *free*, ``unpaced`` is the
package without its pacer.
"""

from __future__ import annotations

import argparse
import asyncio
import collections
import multiprocessing
import os
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx2

import pplx_widget as pplx
from pplx_widget.providers import _pacer
from tests.support.byte_server import HEAD, ByteServer, Client, end, opening, text

_ANSWER = opening("agent") + text("agent", "word") + end("agent")
_RETRIES = 2


class Counting:
    """A server that notes when each request came, and whether it was refused.

    Parameters
    ----------
    seconds : float
        Time between two requests that are allowed; 0 for no limit.
    head : float
        Seconds until the head of a response is sent.
    """

    def __init__(self, seconds: float = 0.0, head: float = 0.0) -> None:
        self._seconds, self._head = seconds, head
        self._latest = -1e9
        self.came: list[float] = []
        self.heads: list[float] = []
        self.refused = 0
        self.server = ByteServer(self._reply)

    async def _reply(self, client: Client) -> None:
        now = time.perf_counter()
        self.came.append(now)
        allowed = now - self._latest >= self._seconds
        if allowed:
            self._latest = now
        else:
            self.refused += 1
        await asyncio.sleep(self._head)
        self.heads.append(time.perf_counter())
        if not self._seconds:
            await client.send(HEAD + _ANSWER)
            return
        said = (
            "x-ratelimit-limit: 1\r\nx-ratelimit-remaining: 0\r\nx-ratelimit-used: 1\r\n"
            f"x-ratelimit-reset: {int(time.time()) + 1}\r\n"
        ).encode()
        if allowed:
            await client.send(HEAD.replace(b"\r\n", b"\r\n" + said, 1) + _ANSWER)
        else:
            await client.send(
                b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 1\r\nContent-Length: 0\r\n"
                + said
                + b"Connection: close\r\n\r\n"
            )

    def before_first_head(self) -> int:
        """Return how many requests came before the first head was sent."""
        return sum(came <= self.heads[0] for came in self.came)


def ask(count: int) -> tuple[list[pplx.Answer], list[float]]:
    """Ask questions at once; return the answers and their times to the first token."""
    asked = [(time.perf_counter(), pplx.ask(f"q{n}")) for n in range(count)]
    for _, answer in asked:
        answer.wait()
    begun = asked[0][0]
    # A time counts from its own question, so add how much later that one was asked than the first.
    times = [
        (at - begun) + (answer.timing.first_token or answer.timing.finished or 0.0)
        for at, answer in asked
    ]
    return [answer for _, answer in asked], times


async def _bare(url: str, count: int) -> tuple[int, list[float]]:
    limits = httpx2.Limits(max_connections=1000)
    failed, times = 0, []
    begun = time.perf_counter()
    async with httpx2.AsyncClient(limits=limits, timeout=httpx2.Timeout(60, connect=5)) as client:

        async def one(n: int) -> None:
            nonlocal failed
            body = {"input": f"q{n}", "preset": "fast", "stream": True}
            try:
                for _ in range(_RETRIES + 1):
                    async with client.stream("POST", f"{url}/responses", json=body) as response:
                        if response.status_code == httpx2.codes.TOO_MANY_REQUESTS:
                            await asyncio.sleep(float(response.headers["retry-after"]))
                            continue
                        async for _ in response.aiter_bytes():
                            pass
                        times.append(time.perf_counter() - begun)
                        return
            except httpx2.HTTPError:
                pass
            failed += 1

        await asyncio.gather(*map(one, range(count)))
    return failed, times


def bare(url: str, count: int) -> tuple[int, list[float]]:
    """Ask by a loop over httpx2; return how many failed, and the times to the end of the others."""
    return asyncio.run(_bare(url, count))


def limited() -> None:
    """Ask 30 questions at a server that allows one a second."""
    for name in ("paced", "bare loop"):
        counted = Counting(seconds=1.0, head=0.02)
        with counted.server as server:
            pplx.configure(base_url=server.base_url)
            if name == "paced":
                answers, _ = ask(30)
                failed = sum(answer.status != "complete" for answer in answers)
            else:
                failed, _ = bare(server.base_url, 30)
        print(
            f"limited, {name:10} failed {failed:2}, refused {counted.refused:2}, "
            f"before the first head {counted.before_first_head():2}, "
            f"last sent {counted.came[-1] - counted.came[0]:5.1f} s after the first",
            flush=True,
        )


def free(runs: int = 20) -> None:
    """Ask 8 questions at once at a server without limits."""
    rows: dict[str, list[list[float]]] = collections.defaultdict(list)
    for _ in range(runs + 1):
        for name, unheard in (("paced", 4), ("unpaced", 1000), ("bare loop", 4)):
            # A new server has a new pacer, which knows nothing.
            with Counting().server as server:
                pplx.configure(base_url=server.base_url)
                if name == "bare loop":
                    rows[name].append(sorted(bare(server.base_url, 8)[1]))
                else:
                    _pacer.UNHEARD, usual = unheard, _pacer.UNHEARD  # type: ignore[misc]
                    rows[name].append(sorted(ask(8)[1]))
                    _pacer.UNHEARD = usual  # type: ignore[misc]
    means: dict[str, list[float]] = {}
    for name, lists in rows.items():
        # The first run imports.
        means[name] = [statistics.median(column) * 1e3 for column in zip(*lists[1:], strict=True)]
        figures = " ".join(f"{ms:5.1f}" for ms in means[name])
        print(f"free, {name:10} first token of each, ms: {figures}", flush=True)
    lost = [a - b for a, b in zip(means["paced"], means["unpaced"], strict=True)]
    print(f"free, lost by pacing, ms: {' '.join(f'{ms:5.1f}' for ms in lost)}", flush=True)


@contextmanager
def busy() -> Iterator[None]:
    """Keep every processor busy, twice over."""
    hogs = [
        multiprocessing.get_context("spawn").Process(target=_work, daemon=True)
        for _ in range(2 * (os.cpu_count() or 1))
    ]
    for hog in hogs:
        hog.start()
    try:
        yield
    finally:
        for hog in hogs:
            hog.terminate()
            hog.join()


def _work() -> None:
    while True:
        pass


def many() -> None:
    """Ask 500 questions at once on a busy machine."""
    for name in ("paced", "bare loop"):
        with Counting(head=0.2).server as server, busy():
            pplx.configure(base_url=server.base_url)
            begun = time.perf_counter()
            ends: collections.Counter[str] = collections.Counter()
            if name == "paced":
                answers, _ = ask(500)
                ends.update(
                    type(answer.error).__name__ if answer.error else str(answer.status)
                    for answer in answers
                )
            else:
                failed, times = bare(server.base_url, 500)
                ends.update({"complete": len(times), "failed": failed})
            took = time.perf_counter() - begun
        print(f"many, {name:10} {dict(ends)} in {took:.1f} s", flush=True)


def main() -> None:
    """Measure the chosen cases."""
    cases = {"limited": limited, "free": free, "many": many}
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", nargs="*", choices=[*cases, []], default=[*cases])
    for name in parser.parse_args().cases:
        cases[name]()


if __name__ == "__main__":
    main()
