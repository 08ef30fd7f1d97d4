"""A batch with a store: no row that was shown as done is asked again, even after ``kill -9``."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import pplx_widget as pplx
from pplx_widget.core import errors

from ..support.rows import LIMIT, Answers, answer
from ..support.wire_server import CREATED, WireServer, completed, delta

ROWS = 300
KILLS = 3

# It prints the question of each row that it shows as done.
SCRIPT = """
import sys
import pplx_widget as pplx
pplx.configure(base_url=sys.argv[1])
batch = pplx.ask_many([f"row {i}" for i in range(int(sys.argv[3]))], "{}", store=sys.argv[2],
                      provider="raw", progress=False)
for answer in batch:
    assert answer.status == "complete", answer.error
    print(answer.question, flush=True)
"""


def asked_by(data: Any, provider: Answers, path: Path, **options: Any) -> Any:
    return pplx.ask_many(data, "{}", provider=provider, store=path, **options).wait(LIMIT)


def test_the_same_call_asks_what_is_missing(tmp_path: Path) -> None:
    path = tmp_path / "rows.db"
    broken = {"2", "3"}

    def say(question: str) -> Any:
        if question in broken:
            raise errors.ServiceFailed("It broke.")
        return answer(f"{question}!")

    provider = Answers(say)
    first = asked_by([str(i) for i in range(5)], provider, path)
    assert first.counts == {"complete": 3, "failed": 2}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    broken.clear()
    provider.asked.clear()
    again = asked_by([str(i) for i in range(6)], provider, path)
    assert sorted(provider.asked) == ["2", "3", "5"]
    assert again.counts == {"complete": 6}
    assert [again[i].text for i in range(6)] == [f"{i}!" for i in range(6)]
    assert again.usage.questions == 3
    # The frame is as if there had been one call.
    frame = again.to_frame()
    assert [*frame["text_answer"]] == [f"{i}!" for i in range(6)]
    assert [*frame["cost"]] == [0.01] * 6
    assert [*frame["sources"]] == [["https://example.org/1"]] * 6
    assert frame["tokens"].sum() == 180


def test_other_options_and_refresh_ask_anew(tmp_path: Path) -> None:
    path, provider = tmp_path / "rows.db", Answers()
    asked_by(["a"], provider, path)
    asked_by(["a"], provider, path, temperature=0.5)
    asked_by(["a"], provider, path, refresh=True)
    assert len(provider.asked) == 3
    asked_by(["a"], provider, path)
    assert len(provider.asked) == 3


def test_the_cache_of_the_settings(tmp_path: Path) -> None:
    provider = Answers()
    pplx.configure(store=tmp_path / "all.db")
    one = pplx.ask("a", provider=provider).wait(LIMIT)
    batch = pplx.ask_many(["a", "b"], "{}", provider=provider, cache="1 day").wait(LIMIT)
    assert provider.asked == ["a", "b"]
    assert batch[0].text == one.text
    # Without `cache` and without a store of its own, all are asked.
    pplx.ask_many(["a", "b"], "{}", provider=provider).wait(LIMIT)
    assert provider.asked[2:] == ["a", "b"]


@pytest.mark.parametrize("content", [b"text, not a database" * 100, None])
def test_a_file_that_is_no_store_is_refused_before_anything_is_sent(
    tmp_path: Path, content: bytes | None
) -> None:
    path, provider = tmp_path / "notes.txt", Answers()
    if content is None:
        path.mkdir()
    else:
        path.write_bytes(content)
    with pytest.raises(errors.StoreFailed):
        asked_by(["a"], provider, path)
    assert not provider.asked
    assert content is None or path.read_bytes() == content


def test_a_full_disk_loses_no_finished_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from pplx_widget.store import store as stores

    def full(*_arguments: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    batch = asked_by(["a"], Answers(), tmp_path / "rows.db")
    monkeypatch.setattr(stores, "_insert", full)
    batch = asked_by(["a", "b", "c"], Answers(), tmp_path / "rows.db")
    assert batch.counts == {"complete": 3}
    assert [batch[i].text for i in range(3)] == ["Toa:[1]", "Tob:[1]", "Toc:[1]"]
    assert len(batch.notes) == 1
    assert "full" in batch.notes[0]


@pytest.mark.parametrize(
    ("column", "value"),
    [("record", "{"), ("record", '{"error": 3}'), ("cost", "much"), ("input_tokens", "many")],
)
def test_a_row_that_another_program_has_changed(tmp_path: Path, column: str, value: str) -> None:
    path, provider = tmp_path / "rows.db", Answers()
    asked_by(["a", "b"], provider, path)
    with sqlite3.connect(path) as plain:
        plain.execute(f"UPDATE answers SET {column} = ? WHERE question = 'a'", [value])  # noqa: S608
    plain.close()
    batch = asked_by(["a", "b"], provider, path)
    assert provider.asked == ["a", "b", "a"]
    assert batch.counts == {"complete": 2}
    assert batch[0].text == "Toa:[1]"


def test_rows_that_were_deleted_meanwhile(tmp_path: Path) -> None:
    path = tmp_path / "rows.db"
    batch = asked_by(["alpha", "beta"], Answers(), path)
    pplx.forget("alpha", store=path)
    assert isinstance(batch[0].error, errors.StoreFailed)
    assert batch[1].text == "Tobeta:[1]"
    assert batch.to_frame()["text_answer"].isna().tolist() == [True, False]


def test_no_key_is_in_the_file(tmp_path: Path, server: WireServer) -> None:
    key = "pplx-Zq7correcthorsebattery00staple11"
    pplx.configure(base_url=server.base_url, api_key=key)
    server.respond([CREATED, delta(f"The key is {key}."), completed()])
    pplx.ask_many(["a"], "{}", provider="raw", store=tmp_path / "rows.db").wait(LIMIT)
    assert not any(key.encode() in file.read_bytes() for file in tmp_path.iterdir())


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs kill -9")
def test_killed_at_any_moment(tmp_path: Path, server: WireServer) -> None:
    server.respond([CREATED, delta("Yes."), completed()])
    path = tmp_path / "rows.db"
    shown: dict[str, int] = {}  # row → requests for it until it was shown
    for _ in range(KILLS):
        rows = killed_after(random.randint(1, ROWS // (KILLS + 1)), path, server)
        asked = requests(server)
        shown = {row: asked[row] for row in rows} | shown
    rest = run(path, server)
    assert rest.returncode == 0, rest.stderr
    assert {*rest.stdout.splitlines()} == {f"row {i}" for i in range(ROWS)}
    asked = requests(server)
    assert len(shown) >= KILLS
    assert len(asked) == ROWS
    assert {row: asked[row] for row in shown} == shown


def requests(server: WireServer) -> Counter[str]:
    return Counter(body["input"] for body in server.requests)


def command(path: Path, server: WireServer, rows: int) -> list[str]:
    return [sys.executable, "-c", SCRIPT, server.base_url, str(path), str(rows)]


def run(path: Path, server: WireServer, rows: int = ROWS) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(path, server, rows), capture_output=True, text=True, timeout=120, check=False
    )


def killed_after(count: int, path: Path, server: WireServer, rows: int = ROWS) -> set[str]:
    """Kill a process once it has shown so many rows as done; return all that it has shown."""
    with subprocess.Popen(
        command(path, server, rows), stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        shown = {process.stdout.readline().strip() for _ in range(count)}
        os.kill(process.pid, signal.SIGKILL)
        shown |= {*process.stdout.read().splitlines()}
    return shown - {""}


def test_two_processes_share_a_store(tmp_path: Path, server: WireServer) -> None:
    server.respond([CREATED, delta("Yes."), completed()])
    path = tmp_path / "rows.db"
    done: list[subprocess.CompletedProcess[str]] = []
    threads = [threading.Thread(target=lambda: done.append(run(path, server))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [each.returncode for each in done] == [0, 0], [each.stderr for each in done]
    assert all(len(each.stdout.splitlines()) == ROWS for each in done)
    before = len(server.requests)
    assert run(path, server).returncode == 0
    assert len(server.requests) == before
