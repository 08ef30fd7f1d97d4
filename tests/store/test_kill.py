"""A program that is killed at any moment has lost none of its committed rows."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from pplx_widget.store.store import open_store

KILLS = 4

WRITES = """
import asyncio, sys
from tests.store.conftest import row
from pplx_widget.store.store import open_store
store, name = open_store(sys.argv[1]), sys.argv[2]

async def worker(first):
    for n in range(first, 100_000, 16):
        await store.put(row(f"question {name} {n}", "word " * 400, batch=name))
        print(n, flush=True)

async def main():
    await asyncio.gather(*map(worker, range(16)))

asyncio.run(main())
"""


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="SIGKILL")
def test_no_row_is_lost(path: Path) -> None:
    told: set[str] = set()
    for kill in range(KILLS):
        child = subprocess.Popen(
            [sys.executable, "-c", WRITES, str(path), str(kill)],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert child.stdout is not None
        told.add(f"question {kill} {child.stdout.readline().strip()}")
        for _ in range(random.randrange(200)):  # at a random moment of its work
            told.add(f"question {kill} {child.stdout.readline().strip()}")
        child.send_signal(signal.SIGKILL)
        rest = child.stdout.read().split("\n")
        told.update(f"question {kill} {n}" for n in rest[:-1])
        child.wait()
        child.stdout.close()
    kept = [row.question for _, row in open_store(path).search()]
    assert told <= {*kept}
    assert len(kept) == len({*kept})
    # At most the rows under way are there beyond those.
    assert len(kept) - len(told) <= 16 * KILLS
    with sqlite3.connect(path) as plain:
        assert plain.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    plain.close()
