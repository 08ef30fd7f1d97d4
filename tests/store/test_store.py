"""The store itself: rows come back as they were, from any thread, process and fork."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from pplx_widget.config.store_file import store_path
from pplx_widget.core import threads
from pplx_widget.core.errors import ServiceFailed, StoreFailed
from pplx_widget.core.events import Failed, Finished
from pplx_widget.document.record import to_record
from pplx_widget.store import writer
from pplx_widget.store.row import Line
from pplx_widget.store.store import Store, open_store

from .conftest import ASKED, row

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")


def put(store: Store, *rows: object) -> None:
    async def all_of_them() -> None:
        await asyncio.gather(*(store.put(each) for each in rows))  # type: ignore[arg-type]

    asyncio.run(all_of_them())


def test_a_row_comes_back_as_it_was(store: Store) -> None:
    kept = row()
    put(store, kept)
    found = asyncio.run(store.find([kept.key]))
    assert found == {kept.key: kept}
    state = found[kept.key].state()
    assert state.kept == state.asked == ASKED
    assert to_record(kept.question, state.as_asked()) == kept.record


def test_the_columns_can_be_read(store: Store, path: Path) -> None:
    put(store, row())
    with sqlite3.connect(path) as plain:
        plain.row_factory = sqlite3.Row
        (answer,) = map(dict, plain.execute("SELECT * FROM answers"))
        sources = [*map(dict, plain.execute("SELECT * FROM sources"))]
    record = json.loads(answer.pop("record"))
    assert "question" not in record
    assert "text" not in record
    assert answer == {
        "id": 1,
        "key": row().key,
        "batch": None,
        "asked": "2026-11-24T10:30:00+00:00",
        "question": "What is HTTP/3?",
        "text": "It runs over **QUIC**.[1]",
        "status": "complete",
        "error": None,
        "model": "perplexity/test",
        "effort": "low",
        "server": "https://api.example.org/v1",
        "cost": 0.005,
        "input_tokens": 10,
        "output_tokens": 20,
        "seconds": 1.5,
    }
    assert sources == [
        {
            "answer": 1,
            "id": 1,
            "title": "RFC 9114",
            "url": "https://www.example.org/http3",
            "site": "example.org",
            "date": None,
            "last_updated": None,
        }
    ]


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("A lone \ud83d surrogate?", "half \udc00"),
        ("NUL \0 inside?", "before\0after"),
        ("Long?", "word " * 2_000_000),
        ("'; DROP TABLE answers; --", '"quoted" %s {} \\ '),
        ("监管是什么?", "🐝" * 100),
    ],
    ids=["surrogate", "nul", "10 MB", "sql", "scripts"],
)
def test_any_text_is_kept(store: Store, question: str, text: str) -> None:
    kept = row(question, text)
    put(store, kept)
    found = store.found([kept.key])[kept.key]
    assert (found.question, found.text) == (kept.question, kept.text)
    assert store.count(question.split(maxsplit=1)[0]) == 1


def test_the_newest_row_counts(store: Store) -> None:
    first, second = row(text="first"), row(text="second")
    put(store, first)
    put(store, second)
    assert store.found([first.key])[first.key].text == "second"


def test_only_complete_answers_are_found_and_all_rows_of_a_batch(store: Store) -> None:
    failed = row("f", "So", Failed(ServiceFailed("It broke.")), batch="b")
    stopped = row("s", "So", Finished("stopped"), batch="b")
    cut = row("i", "So", Finished("incomplete", "cut off"))
    single, batched = row("one"), row("two", batch="b")
    put(store, failed, stopped, cut, single, batched)
    keys = [each.key for each in (failed, stopped, cut, single, batched)]
    assert store.found(keys).keys() == {single.key, batched.key}
    found = store.found(keys, batch=True)
    assert {key: each.status for key, each in found.items()} == {
        failed.key: "failed",
        stopped.key: "stopped",
        batched.key: "complete",
    }
    assert found[failed.key].error == "It broke."
    assert store.found(keys, since=ASKED + timedelta(seconds=1)) == {}
    assert store.found(keys, since=ASKED).keys() == {single.key, batched.key}


def test_many_keys_are_found_in_chunks(store: Store) -> None:
    rows = [row(f"question {n}") for n in range(1_200)]
    put(store, *rows)
    found = asyncio.run(store.find([*(each.key for each in rows), "unknown"]))
    assert len(found) == 1_200


def test_a_commit_has_at_most_thirty_rows() -> None:
    sizes: list[int] = []
    busy = threading.Event()

    def commit(lines: object) -> None:
        sizes.append(len(lines))  # type: ignore[arg-type]
        busy.wait(30)

    made = writer.Writer(commit)
    futures = [made.add(lambda: Line("", None, (), [], ("", "", ""))) for _ in range(100)]
    busy.set()
    for each in futures:
        each.result(30)
    assert sum(sizes) == 100
    assert max(sizes) == writer.MOST
    assert len(sizes) < 10


def test_a_row_that_cannot_be_made_does_not_lose_the_others(store: Store) -> None:
    good = row("good")
    futures = [store.add(make) for make in (lambda: row("one"), lambda: 1 / 0, lambda: good)]  # type: ignore[list-item, return-value]
    assert futures[0].result(30) is None
    assert isinstance(futures[1].exception(30), ZeroDivisionError)
    assert futures[2].result(30) is None
    assert store.count() == 2


def test_a_caller_that_stops_waiting_does_not_lose_the_row(store: Store) -> None:
    async def cancelled() -> None:
        task = asyncio.ensure_future(store.put(row()))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancelled())
    store.flush(30)
    assert store.count() == 1


def test_one_store_for_a_file(store: Store, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(path.parent)
    link = path.parent / "link.db"
    link.symlink_to(path)
    for same in (path, str(path), os.fsencode(path), "answers.db", "./answers.db", link):
        assert open_store(same) is store
    monkeypatch.setenv("HOME", str(path.parent))
    assert open_store("~/answers.db") is store


def test_many_threads(store: Store) -> None:
    with ThreadPoolExecutor(8) as pool:
        for each in pool.map(lambda n: store.add(lambda: row(f"q {n}")), range(400)):
            each.result(30)
        found = [*pool.map(lambda n: store.found([row(f"q {n}").key]), range(40))]
    assert store.count() == 400
    assert all(len(each) == 1 for each in found)


SCRIPT = """
import sys
from tests.store.conftest import row
from pplx_widget.store.store import open_store
store = open_store(sys.argv[1])
for each in [store.add(lambda n=n: row(f"question {sys.argv[2]} {n}")) for n in range(1000)]:
    each.result(120)
"""


@pytest.mark.slow
def test_two_processes_write_to_one_file(path: Path) -> None:
    """The file is not there yet: both make the tables."""
    running = [subprocess.Popen([sys.executable, "-c", SCRIPT, str(path), name]) for name in "ab"]
    assert [each.wait(120) for each in running] == [0, 0]
    store = open_store(path)
    assert store.count() == 2_000
    assert store.count("question a") == 1_000
    with sqlite3.connect(path) as plain:
        assert plain.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


FORK = """
import os, sys, threading
from tests.store.conftest import row
from pplx_widget.store.store import open_store
store = open_store(sys.argv[1])
waiting = [store.add(lambda n=n: row(f"parent {n}")) for n in range(300)]
children = []
for child in range(4):
    pid = os.fork()
    if pid == 0:
        for each in [store.add(lambda n=n: row(f"child {n}")) for n in range(50)]:
            each.result(60)
        os._exit(0 if store.found([row("child 1").key]) else 1)
    children.append(pid)
assert [os.waitpid(pid, 0)[1] for pid in children] == [0] * 4
for each in waiting:
    each.result(60)
"""


COUNTS = """
import sqlite3, sys
plain = sqlite3.connect(sys.argv[1])
print(plain.execute("SELECT count(*) FROM answers").fetchone()[0])
plain.close()
"""


@pytest.mark.parametrize("check", [open_store, store_path, lambda path: Path(path).read_bytes()])
def test_a_program_that_reads_and_ends_takes_no_rows_with_it(
    path: Path, check: Callable[[str], object]
) -> None:
    """The last program that closes the file deletes the log; it must not take itself for the last."""
    for count in range(1, 4):
        put(open_store(path), row(f"question {count}"))
        assert open_store(path).count() == count  # by the connection that reads
        check(str(path))
        command = [sys.executable, "-c", COUNTS, str(path)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        assert done.stdout == f"{count}\n"


@needs_fork
@pytest.mark.slow
def test_a_forked_child_writes_too(path: Path) -> None:
    """The parent forks while its own rows are on their way; they are written once."""
    done = subprocess.run(
        [sys.executable, "-c", FORK, str(path)],
        timeout=150,
        check=False,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
    store = open_store(path)
    assert (store.count("parent"), store.count("child")) == (300, 200)


def test_rows_at_the_end_of_a_program_are_written(path: Path) -> None:
    code = (
        "import sys; from tests.store.conftest import row\n"
        "from pplx_widget.store.store import open_store\n"
        "store = open_store(sys.argv[1])\n"
        "for n in range(100): store.add(lambda n=n: row(f'question {n}'))\n"
    )
    subprocess.run([sys.executable, "-c", code, str(path)], check=True, timeout=120)
    assert open_store(path).count() == 100


def test_without_threads_the_caller_writes(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in JupyterLite."""
    monkeypatch.setattr(threads, "can_start", lambda: False)
    kept = row()
    assert store.add(lambda: kept).done()
    assert asyncio.run(store.find([kept.key])) == {kept.key: kept}


def test_a_file_that_is_deleted_meanwhile_is_made_again(store: Store, path: Path) -> None:
    put(store, row("before"))
    for each in path.parent.iterdir():
        each.unlink()
    put(store, row("after"))
    assert [each.question for _, each in store.search()] == ["after"]
    assert path.exists()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_only_the_user_can_read_it(path: Path) -> None:
    path.touch(0o644)  # as `tempfile` and `touch` make one
    store = open_store(path)
    put(store, row())
    modes = {each.name: stat.S_IMODE(each.stat().st_mode) for each in path.parent.iterdir()}
    assert modes == dict.fromkeys(("answers.db", "answers.db-wal", "answers.db-shm"), 0o600)


def test_an_unreadable_row_is_reported_and_hides_no_other(store: Store, path: Path) -> None:
    broken, whole = row("one"), row("two")
    put(store, broken, whole)
    with sqlite3.connect(path) as plain:
        plain.execute("UPDATE answers SET record = '[1]' WHERE question = 'one'")
    assert [*store.found([broken.key, whole.key])] == [whole.key]
    with pytest.raises(StoreFailed, match="Another program has changed its row"):
        store.search()
