"""Two batches with one store at the same time: each row is asked once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import pplx_widget as pplx
from pplx_widget.store import claims
from pplx_widget.store.claims import Claims
from pplx_widget.store.store import open_store

from ..support.byte_server import until
from ..support.rows import LIMIT, Answers
from ..support.wire_server import CREATED, WireServer, completed, delta
from .test_store import requests

ROWS = 200
AT_ONCE = 2
ANSWERED = 30  # before the server holds the rest

# It prints the question of each row that it shows as done.
SCRIPT = """
import sys
import pplx_widget as pplx
pplx.configure(base_url=sys.argv[1])
batch = pplx.ask_many([f"row {i}" for i in range(int(sys.argv[3]))], "{}", store=sys.argv[2],
                      provider="raw", concurrency=int(sys.argv[4]), progress=False)
for answer in batch:
    assert answer.status == "complete", answer.error
    print(answer.question, flush=True)
"""


@pytest.fixture
def begin(tmp_path: Path, server: WireServer) -> Iterator[Callable[[], subprocess.Popen[str]]]:
    """Return a function that begins a process; all ask the same rows with the same store."""
    server.respond([CREATED, delta("Yes."), completed()])
    begun: list[subprocess.Popen[str]] = []

    def begin() -> subprocess.Popen[str]:
        arguments = [server.base_url, str(tmp_path / "rows.db"), str(ROWS), str(AT_ONCE)]
        # A file, since a pipe that is not read would hold the process up.
        with (tmp_path / f"{len(begun)}.txt").open("w") as shown:
            line = [sys.executable, "-c", SCRIPT, *arguments]
            begun.append(subprocess.Popen(line, stdout=shown))
        return begun[-1]

    yield begin
    for process in begun:
        process.kill()
        process.wait()


def shown(folder: Path, number: int) -> list[str]:
    return (folder / f"{number}.txt").read_text().splitlines()


def test_two_processes_ask_each_row_once(
    tmp_path: Path, server: WireServer, begin: Callable[[], subprocess.Popen[str]]
) -> None:
    both = threading.Event()
    server.before = lambda _count, _path: both.wait(2 * LIMIT)
    processes = []
    for number in (1, 2):
        processes.append(begin())
        until(lambda: len(server.requests) == number * AT_ONCE)  # noqa: B023
    both.set()
    assert [process.wait(2 * LIMIT) for process in processes] == [0, 0]
    assert {*requests(server).values()} == {1}
    assert len(requests(server)) == ROWS
    whole = sorted(f"row {i}" for i in range(ROWS))
    assert [sorted(shown(tmp_path, number)) for number in (0, 1)] == [whole, whole]


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs kill -9")
def test_the_rows_of_a_killed_process_are_asked_by_the_other(
    tmp_path: Path, server: WireServer, begin: Callable[[], subprocess.Popen[str]]
) -> None:
    killed = threading.Event()
    server.before = lambda count, _path: count < ANSWERED or killed.wait(2 * LIMIT)
    first = begin()
    until(lambda: len(server.requests) == ANSWERED + AT_ONCE, 2 * LIMIT)
    until(lambda: len(shown(tmp_path, 0)) == ANSWERED, 2 * LIMIT)
    under_way = {request["input"] for request in server.requests[ANSWERED:]}
    second = begin()
    until(lambda: len(server.requests) == ANSWERED + 2 * AT_ONCE, 2 * LIMIT)
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    killed.set()
    assert second.wait(2 * LIMIT) == 0
    assert sorted(shown(tmp_path, 1)) == sorted(f"row {i}" for i in range(ROWS))
    asked = requests(server)
    assert len(asked) == ROWS
    assert {row for row, count in asked.items() if count > 1} == under_way
    assert not under_way & {*shown(tmp_path, 0)}


def held(gate: threading.Event, path: Path) -> tuple[Answers, pplx.Batch, Answers, pplx.Batch]:
    """Return two providers with a batch each: the first has begun, so that the second waits."""
    first, second = Answers(gate=gate), Answers()
    questions = [str(i) for i in range(5)]
    mine = pplx.ask_many(questions, "{}", provider=first, store=path)
    until(lambda: len(first.asked) == len(questions), 2 * LIMIT)
    theirs = pplx.ask_many(questions, "{}", provider=second, store=path)
    return first, mine, second, theirs


def test_a_batch_waits_for_the_rows_of_another(tmp_path: Path) -> None:
    gate = threading.Event()
    _, mine, second, theirs = held(gate, tmp_path / "rows.db")
    with pytest.raises(TimeoutError):
        theirs.wait(0.2)
    assert theirs.counts == {"waiting": 5}
    gate.set()
    assert theirs.wait(LIMIT).counts == mine.wait(LIMIT).counts == {"complete": 5}
    assert not second.asked
    assert [theirs[i].text for i in range(5)] == [f"To{i}:[1]" for i in range(5)]


@pytest.mark.parametrize("end", ["pause", "stop"])
def test_waiting_rows_can_be_paused_and_stopped(tmp_path: Path, end: str) -> None:
    gate = threading.Event()
    _, mine, second, theirs = held(gate, tmp_path / "rows.db")
    getattr(theirs, end)()
    theirs.wait(LIMIT)
    assert theirs.counts == {"waiting" if end == "pause" else "skipped": 5}
    gate.set()
    mine.wait(LIMIT)
    if end == "pause":
        assert theirs.resume().wait(LIMIT).counts == {"complete": 5}
    assert not second.asked


def test_the_rows_of_a_stopped_batch_are_free(tmp_path: Path) -> None:
    _, mine, second, theirs = held(threading.Event(), tmp_path / "rows.db")
    mine.stop()
    assert theirs.wait(LIMIT).counts == {"complete": 5}
    assert sorted(second.asked) == [str(i) for i in range(5)]


def test_a_store_that_fails_later_does_not_hold_up_the_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_arguments: object) -> None:
        raise pplx.StoreFailed("It broke.")

    monkeypatch.setattr(Claims, "take", broken)
    batch = pplx.ask_many(["a", "b"], "{}", provider=Answers(), store=tmp_path / "rows.db")
    assert batch.wait(LIMIT).counts == {"complete": 2}
    assert "It broke" in batch.notes[0]


def test_a_claim_lapses_with_its_lease(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = open_store(tmp_path / "rows.db")
    first, second = Claims(store, "first"), Claims(store, "second")
    assert first.take(["a", "b"]) == ({"a", "b"}, set())
    assert first.take(["a"]) == ({"a"}, set())
    assert second.take(["b", "c"]) == ({"c"}, {"b"})
    now = time.time()
    monkeypatch.setattr(claims.time, "time", lambda: now + claims.LEASE - 1)
    first.renew()
    monkeypatch.setattr(claims.time, "time", lambda: now + claims.LEASE + 1)
    assert second.take(["a"]) == (set(), {"a"})
    monkeypatch.setattr(claims.time, "time", lambda: now + 2 * claims.LEASE)
    assert second.take(["a"]) == ({"a"}, set())
    second.release()
    assert first.take(["a", "b", "c"]) == ({"a", "b", "c"}, set())


@pytest.mark.skipif(os.name != "posix", reason="a pid says nothing there")
def test_a_claim_of_a_process_that_ended_lapses_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_store(tmp_path / "rows.db")
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    with monkeypatch.context() as patched:
        patched.setattr(claims.os, "getpid", lambda: ended.pid)
        Claims(store, "here").take(["a"])
        patched.setattr(claims, "_machine", lambda: "another machine")
        Claims(store, "elsewhere").take(["b"])
    assert Claims(store, "mine").take(["a", "b"]) == ({"a"}, {"b"})


def test_claims_end_with_the_batch(tmp_path: Path) -> None:
    path = tmp_path / "rows.db"
    pplx.ask_many(["a", "b"], "{}", provider=Answers(), store=path).wait(LIMIT)
    with open_store(path).reading() as connection:
        assert not connection.execute("SELECT * FROM claims").fetchall()
        assert not connection.execute("SELECT * FROM owners").fetchall()
