"""The file is read by other programs: the queries of the guide, with SQLite alone and with DuckDB."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from pplx_widget.store.store import Store

from ..support.doc_blocks import blocks
from ..support.paths import ROOT
from .conftest import row
from .test_store import put

GUIDE = [block.code for block in blocks(ROOT / "docs" / "guides" / "store.md")]


def of_the_guide(module: str) -> str:
    """Return the block of the guide that imports a module."""
    (code,) = (each for each in GUIDE if f"import {module}\n" in each)
    return code


@pytest.fixture
def filled(store: Store, path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    put(store, *(row(f"question {n}") for n in range(20)), row("监管 \0 🐝", "x'y\"z"))
    monkeypatch.chdir(path.parent)
    return path


def test_sql(filled: Path) -> None:
    names: dict[str, Any] = {}
    exec(of_the_guide("sqlite3"), names)  # noqa: S102
    assert names["rows"] == [("perplexity/test", 21, pytest.approx(0.105))]
    names["database"].close()


def test_the_columns_of_the_guide(filled: Path) -> None:
    page = (ROOT / "docs" / "guides" / "store.md").read_text("utf-8")
    with sqlite3.connect(filled) as plain:
        for table in ("answers", "sources"):
            named = re.search(rf"[Tt]able `{table}`: (.*?)\.( |\n)", page)
            assert named
            # In parentheses is what a column means.
            columns = re.findall(r"`(\w+)`", re.sub(r"\([^)]*\)", "", named[1]))
            assert columns == [r[1] for r in plain.execute(f"PRAGMA table_info({table})")]
    plain.close()


def test_duckdb_reads_it_while_it_is_open(filled: Path, store: Store) -> None:
    import duckdb
    import duckdb_extension_sqlite_scanner as extension

    (scanner,) = Path(extension.__file__).parent.rglob("*.duckdb_extension")
    attach, query = of_the_guide("duckdb").split("\n\n")[1].splitlines()
    attach = attach.replace("INSTALL sqlite; LOAD sqlite;", f"LOAD '{scanner}';")
    assert str(scanner) in attach
    exec(attach, {"duckdb": duckdb})  # noqa: S102
    frame = eval(query, {"duckdb": duckdb})  # noqa: S307
    assert frame.to_dict("records") == [{"site": "example.org", "n": 21}]
    assert duckdb.sql("SELECT count(*), sum(cost) FROM kept.answers").fetchall() == [
        (21, pytest.approx(0.105))
    ]
    asked = duckdb.sql("SELECT max(asked::TIMESTAMPTZ)::VARCHAR FROM kept.answers").fetchone()
    assert asked
    assert asked[0].startswith("2026-11-24")
    put(store, row("another"))
    assert store.count() == 22
    duckdb.sql("DETACH kept")
