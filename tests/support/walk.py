"""A walk of random calls from several threads: ``python -m tests.support.walk SEED URL``.

The seed determines the calls, but not the order of the threads. The first start of the background thread
fails, the main thread ends halfway, and some calls fork a process. The last line of output names all
faults.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import sys
import threading
import time
import traceback
import warnings
from collections.abc import AsyncIterator, Callable
from typing import Any

import pplx_widget as pplx
from pplx_widget.core.events import Event, Finished, Source, SourcesFound, Text
from pplx_widget.core.runtime import runtime
from pplx_widget.document.record import from_record, to_record
from pplx_widget.question.request import Request
from pplx_widget.runs.ledger import ledger
from pplx_widget.widget.channel import Channel

THREADS = 4
CALLS = 20  # of each thread
READERS = 5  # reads before the threads start
SENTENCES = 60  # of a long answer
LIMIT = 20.0

SERVED = "Cited [1], and said [2]."
CHATTY = "".join(f"Number {n} is new[{n}].\n\n" for n in range(1, SENTENCES + 1))


class Chatty:
    """Sends many sentences; each cites the source sent right before it."""

    async def stream(self, _request: Request) -> AsyncIterator[Event]:
        for n in range(1, SENTENCES + 1):
            source = Source(n, f"Title {n}", f"https://example.org/{n}", "example.org")
            yield SourcesFound((source,))
            yield Text(f"Number {n} is new[{n}].\n\n")
            if n % 2 == 0:
                await asyncio.sleep(0.001)  # so that readers get a turn
        yield Finished()


class Working:
    """Needs a worker thread."""

    async def stream(self, _request: Request) -> AsyncIterator[Event]:
        yield Text(await asyncio.to_thread(lambda: "Worked"))
        yield Finished()


class Waiting:
    """Sends some text and waits to be stopped."""

    async def stream(self, _request: Request) -> AsyncIterator[Event]:
        yield Text("So far")
        await asyncio.Event().wait()


# Providers and their texts; one with None has to be stopped.
WAYS: dict[str, tuple[Any, str | None]] = {
    "raw": ("raw", SERVED),
    "agent": ("agent", SERVED),
    "chatty": (Chatty(), CHATTY),
    "working": (Working(), "Worked"),
    "waiting": (Waiting(), None),
}
EARLY = (
    "raw",
    "chatty",
    "waiting",
)  # before the main thread ends; the SDK is imported later


class Asked:
    """An answer, and its expected text."""

    def __init__(self, answer: pplx.Answer, text: str | None) -> None:
        self.answer = answer
        self.text = text
        self.touched = text is None


class Walk:
    """The shared state of the threads."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.asked: list[Asked] = []
        self.faults: list[str] = []
        self.counts: dict[str, int] = {}
        self.half = threading.Semaphore(0)  # released by each thread halfway
        self.main_is_over = threading.Event()
        self.left = THREADS
        self.lock = threading.Lock()

    def fault(self, what: str) -> None:
        self.faults.append(what)

    def go(self, number: int) -> None:
        self.call(random.Random(f"{self.seed}.{number}"))
        self.half.release()  # if the thread ended early
        with self.lock:
            self.left -= 1
            last = not self.left
        if last:
            self.end()

    def call(self, chosen: random.Random) -> None:
        """Make the calls of one thread, until any thread has a fault."""
        for call in range(CALLS):
            if self.faults:
                return
            if call == CALLS // 2:
                self.half.release()
                if not self.main_is_over.wait(LIMIT):
                    self.fault("the main thread does not end")
                while not threading._SHUTTING_DOWN:  # type: ignore[attr-defined]
                    time.sleep(0.001)
            name = chosen.choice(NAMES)
            way = chosen.choice(EARLY if call < CALLS // 2 else tuple(WAYS))
            place, count = chosen.random(), chosen.randrange(1, 20)
            with self.lock:
                self.counts[name] = self.counts.get(name, 0) + 1
                asked = self.asked[int(place * len(self.asked))] if self.asked else None
            try:
                CALLED[name](self, way, asked, count)
            except Exception as error:  # noqa: BLE001
                where = traceback.extract_tb(error.__traceback__)[-1]
                self.fault(f"{name}: {error!r} at {where.filename}:{where.lineno}")

    def end(self) -> None:
        for asked in self.asked:
            if asked.text is None:
                asked.answer.stop()
        for asked in self.asked if not self.faults else ():
            self.check(asked)
        latest = time.monotonic() + LIMIT
        while not self.faults and (left := nothing_left()):
            time.sleep(0.005)
            if time.monotonic() > latest:
                self.faults += left
        report = {"faults": sorted(set(self.faults))[:20], "counts": self.counts}
        print(json.dumps(report), flush=True)

    def check(self, asked: Asked) -> None:
        """Record the faults of an answer that must end now or soon."""
        try:
            answer = asked.answer.wait(LIMIT)
        except TimeoutError:
            self.fault(f"it does not end: {asked.answer.status}")
            return
        state = answer.session.snapshot()
        allowed = {"complete", "stopped"} if asked.touched else {"complete"}
        if state.status not in allowed:
            self.fault(f"{state.status}: {state.error}")
        elif state.status == "complete" and str(state.text) != asked.text:
            self.fault(f"another text: {str(state.text)[:40]!r}")


def nothing_left() -> list[str]:
    """Return a message for each kind of object that is still in use."""
    left = {"tasks": runtime()._tasks, "runs": ledger._open, "channels": Channel._live}
    return [f"{name} are left" for name, there in left.items() if there]


# ---- the calls --------------------------------------------------------------------------------------


def ask(walk: Walk, way: str, _asked: Asked | None, _count: int) -> None:
    provider, text = WAYS[way]
    answer = pplx.ask("q", provider=provider)
    with walk.lock:
        walk.asked.append(Asked(answer, text))


def further(walk: Walk, _way: str, asked: Asked | None, _count: int) -> None:
    if asked is not None and asked.text is not None:
        answer = asked.answer.ask("And?")
        with walk.lock:
            walk.asked.append(Asked(answer, asked.text))


def stop(_walk: Walk, _way: str, asked: Asked | None, _count: int) -> None:
    if asked is not None:
        asked.touched = True
        asked.answer.stop()


def close(_walk: Walk, _way: str, asked: Asked | None, count: int) -> None:
    if asked is not None and count % 4 == 0:
        asked.touched = True
        asked.answer.close()


def retry(_walk: Walk, _way: str, asked: Asked | None, _count: int) -> None:
    if asked is not None:
        try:
            asked.answer.retry()
        except pplx.InvalidRequest as error:
            if "in progress" not in str(error):
                raise


def read(walk: Walk, _way: str, asked: Asked | None, _count: int) -> None:
    """Read an answer in every way; if none is given, a new one that is still running."""
    answer = asked.answer if asked is not None else pplx.ask("q", provider=Chatty())
    for reader in (answer.to_markdown, answer.to_html, answer.to_bibtex, answer.audit):
        reader()
    state = answer.session.snapshot()
    ids = {source.id for source in state.sources}
    if any(c.id not in ids for c in state.citations):
        walk.fault("a citation has no source")
    text = str(state.text)
    if asked is None and text and not CHATTY.startswith(text):
        walk.fault("the text is not what was said")
    sent = answer.get_state()
    if len(sent["citations"]) > len(sent["sources"]):
        walk.fault("the page gets more citations than sources")
    repr(answer), answer.sources.to_frame(), answer.citations, answer.usage, answer.elapsed
    if state.status.final:
        from_record(to_record("q", state))
    if asked is None:
        answer.wait(LIMIT)
        again = pplx.ask("q", provider=Chatty())
        while not again.status.final:
            again.to_markdown()


def whole(walk: Walk, way: str, _asked: Asked | None, count: int) -> None:
    provider, text = WAYS[way]
    if text is not None and pplx.complete("q", provider=provider).text != text:
        walk.fault("complete: another text")
    with pplx.stream("q", provider=provider) as events:
        for number, _event in enumerate(events):
            first = str(events.state.text)[:5]  # read first: the answer grows
            if not events.answer.text.startswith(first):
                walk.fault("stream: the answer's text is behind the state's")
            if number == count or text is None:
                break


def wait(walk: Walk, way: str, _asked: Asked | None, _count: int) -> None:
    provider, text = WAYS[way]

    async def both() -> list[str]:
        one, two = pplx.ask("q", provider=provider), pplx.ask("q", provider=Chatty())
        if text is None:
            one.stop()
        return [(await one).status, (await two).status]

    said = asyncio.run(both())
    if said != ["stopped" if text is None else "complete", "complete"]:
        walk.fault(f"awaited: {said}")


def fork(walk: Walk, _way: str, asked: Asked | None, count: int) -> None:
    if count % 4 or not hasattr(os, "fork"):
        return
    if (child := os.fork()) == 0:
        signal.alarm(int(LIMIT))  # a child that hangs is a fault, too
        os._exit(in_child(asked))
    if code := os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]):
        walk.fault(f"a child ended with {code}")


def in_child(asked: Asked | None) -> int:
    try:
        if asked is not None:
            if not asked.answer.wait(5).status.final:
                return 3
            asked.answer.to_markdown()
        if nothing_left():
            return 4
        return 0 if pplx.ask("q", provider=Working()).wait(10).text == "Worked" else 5
    except BaseException:  # noqa: BLE001
        return 6


CALLED: dict[str, Callable[[Walk, str, Asked | None, int], None]] = {
    "ask": ask,
    "further": further,
    "stop": stop,
    "close": close,
    "retry": retry,
    "read": read,
    "whole": whole,
    "wait": wait,
    "fork": fork,
}
NAMES = ("ask", "ask", "ask", "further", "stop", "close", "retry", "read", "whole", "wait", "fork")


def begin(seed: int, url: str) -> None:
    """Start the threads, and return when all of them are halfway."""
    # Since 3.12 Python itself warns of a fork while threads run.
    warnings.filterwarnings("ignore", "This process .* is multi-threaded", DeprecationWarning)
    pplx.configure(base_url=url)
    sys.setswitchinterval(1e-5)
    walk = Walk(seed)
    start, refused = threading.Thread.start, []

    def refuse(thread: threading.Thread) -> None:
        if thread.name == "pplx_widget" and not refused:
            refused.append(thread)
            raise RuntimeError("can't start new thread")
        start(thread)

    threading.Thread.start = refuse  # type: ignore[method-assign]
    try:
        first = pplx.ask("q", provider=Working())
        if first.wait(LIMIT).status != "failed" or "refused to start" not in str(first.error):
            walk.fault(f"without a thread: {first.status}, {first.error}")
        first.retry()  # now the thread can start
        walk.asked.append(Asked(first, "Worked"))
    except Exception as error:  # noqa: BLE001
        walk.fault(f"without a thread: {error!r}")
    try:
        for _ in range(READERS):  # so that all imports are done before a fork
            read(walk, "", None, 0)
    except Exception as error:  # noqa: BLE001
        walk.fault(f"read: {error!r}")
    for number in range(THREADS):
        threading.Thread(target=walk.go, args=(number,), name=f"walker {number}").start()
    for _ in range(THREADS):
        walk.half.acquire(timeout=3 * LIMIT)
    walk.main_is_over.set()


if __name__ == "__main__":
    begin(int(sys.argv[1]), sys.argv[2])
