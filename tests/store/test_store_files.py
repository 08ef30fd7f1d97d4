"""Files that cannot be a store: each is reported, and left as it is."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import pplx_widget as pplx
from pplx_widget.config import store_file
from pplx_widget.core.errors import InvalidRequest, StoreFailed
from pplx_widget.store import database
from pplx_widget.store.claims import Claims
from pplx_widget.store.store import Store, open_store

from .conftest import row
from .test_store import put

NEXT = store_file.VERSION + 1


def a_folder(path: Path) -> None:
    path.mkdir()


def a_text(path: Path) -> None:
    path.write_text("My notes, which must not be lost. " * 10)


def a_short_text(path: Path) -> None:
    path.write_text("notes")


def a_header_alone(path: Path) -> None:
    path.write_bytes(b"SQLite format 3\0" + bytes(20))


def a_database_of_another_program(path: Path) -> None:
    with sqlite3.connect(path) as plain:
        plain.execute("CREATE TABLE history (url TEXT)")
    plain.close()


def with_an_application_id(path: Path) -> None:
    with sqlite3.connect(path) as plain:
        plain.execute("PRAGMA application_id = 252006673")  # Fossil
        plain.execute("CREATE TABLE event (type TEXT)")
    plain.close()


def _filled(path: Path) -> None:
    store = Store(path)
    put(store, *(row(f"question {n}", "word " * 500) for n in range(100)))
    store.close()


def of_a_newer_version(path: Path) -> None:
    _filled(path)
    with sqlite3.connect(path) as plain:
        plain.execute(f"PRAGMA user_version = {store_file.VERSION + 1}")
    plain.close()


def without_a_table(path: Path) -> None:
    _filled(path)
    with sqlite3.connect(path) as plain:
        plain.execute("PRAGMA journal_mode = DELETE")
        plain.execute("DROP TABLE sources")
    plain.close()


def cut_short(path: Path) -> None:
    _filled(path)
    os.truncate(path, path.stat().st_size // 2)


def overwritten(path: Path) -> None:
    _filled(path)
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * 4096 * 10)


WRONG: list[tuple[Callable[[Path], None], str]] = [
    (a_folder, "It is a folder"),
    (a_text, "a file of another program"),
    (a_short_text, "a file of another program"),
    (a_header_alone, "The file is damaged"),
    (a_database_of_another_program, "a file of another program"),
    (with_an_application_id, "a file of another program"),
    (of_a_newer_version, "A newer version of pplx_widget"),
    (cut_short, "The file is damaged"),
    (overwritten, "The file is damaged"),
    (without_a_table, "a table is missing"),
]


@pytest.mark.parametrize(("make", "why"), WRONG, ids=lambda v: getattr(v, "__name__", ""))
def test_it_is_reported_and_left_as_it_is(
    path: Path, make: Callable[[Path], None], why: str
) -> None:
    make(path)
    before = None if path.is_dir() else path.read_bytes()
    with pytest.raises(StoreFailed, match=why) as failed:
        open_store(path)
    assert str(path.parent) not in str(failed.value)
    assert path.is_dir() if before is None else path.read_bytes() == before
    assert [each.name for each in path.parent.iterdir()] == [path.name]


# Only SQLite can tell that a database of another program has tables.
SEEN_AT_ONCE = [each for each in WRONG[:7] if each[0] is not a_database_of_another_program]


@pytest.mark.parametrize(("make", "why"), SEEN_AT_ONCE, ids=lambda v: getattr(v, "__name__", ""))
def test_configure_names_it_at_once(path: Path, make: Callable[[Path], None], why: str) -> None:
    make(path)
    with pytest.raises(StoreFailed, match=why):
        pplx.configure(store=path)
    with pytest.raises(InvalidRequest, match="none is set"):
        pplx.history()


@pytest.mark.parametrize("wrong", ["", "  ", ":memory:", "a\0b", 3, b"", object()])
def test_no_path(wrong: object) -> None:
    with pytest.raises(InvalidRequest, match="the path of a file"):
        pplx.configure(store=wrong)  # type: ignore[arg-type]


def test_no_such_folder(tmp_path: Path) -> None:
    with pytest.raises(StoreFailed, match="folder does not exist"):
        pplx.configure(store=tmp_path / "no" / "answers.db")


@pytest.mark.parametrize(
    "name", ["a?mode=ro", "a#b%20.db", "ä ö 监.db", "file:a.db", "-wal", "'a'"]
)
def test_any_name(tmp_path: Path, name: str) -> None:
    store = open_store(tmp_path / name)
    put(store, row())
    assert (tmp_path / name).stat().st_size > 0
    assert store.count() == 1


def test_a_relative_path_stays_where_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    store = open_store("answers.db")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    put(store, row())
    assert (tmp_path / "answers.db").exists()
    assert not [*(tmp_path / "elsewhere").iterdir()]


@pytest.fixture
def no_root() -> Iterator[None]:
    """Take root's rights away for a test: root may write everything."""
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    if root:
        os.seteuid(65534)
    yield
    if root:
        os.seteuid(0)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
@pytest.mark.parametrize("only", ["file", "folder"])
def test_a_read_only_one(no_root: None, only: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "answers.db"
        _filled(path)
        before = path.read_bytes()
        place = path if only == "file" else path.parent
        mode = place.stat().st_mode
        place.chmod(0o444 if only == "file" else 0o555)
        with pytest.raises(StoreFailed, match="The file or its folder cannot be written"):
            open_store(path)
        assert path.read_bytes() == before
        assert [each.name for each in path.parent.iterdir()] == [path.name]
        place.chmod(mode)


# ---- versions ---------------------------------------------------------------------------------------


def test_an_older_file_is_brought_up_to_date(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _filled(path)
    monkeypatch.setattr(
        database, "MIGRATIONS", [*database.MIGRATIONS, "ALTER TABLE answers ADD COLUMN mood TEXT"]
    )
    for module in (store_file, database):
        monkeypatch.setattr(module, "VERSION", NEXT)
    store = open_store(path)
    assert store.count() == 100
    put(store, row("another"))
    with sqlite3.connect(path) as plain:
        assert plain.execute("PRAGMA user_version").fetchone() == (NEXT,)
        assert plain.execute("SELECT count(*), count(mood) FROM answers").fetchone() == (101, 0)
    plain.close()


def test_a_file_of_the_first_version_gets_claims(path: Path) -> None:
    with sqlite3.connect(path, isolation_level=None) as plain:
        for statement in database.MIGRATIONS[0].split(";\n"):
            plain.execute(statement)
        plain.execute(f"PRAGMA application_id = {store_file.APPLICATION}")
        plain.execute("PRAGMA user_version = 1")
    plain.close()
    store = open_store(path)
    put(store, row(batch="a"))
    assert Claims(store, "b").take(["one"]) == ({"one"}, set())
    with sqlite3.connect(path) as plain:
        assert plain.execute("PRAGMA user_version").fetchone() == (store_file.VERSION,)
        assert plain.execute("SELECT owner FROM claims").fetchall() == [("b",)]
    plain.close()


def test_a_migration_that_fails_changes_nothing(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _filled(path)
    broken = (
        "ALTER TABLE answers ADD COLUMN mood TEXT;\nDROP TABLE sources;\nSELECT absent FROM answers"
    )
    monkeypatch.setattr(database, "MIGRATIONS", [*database.MIGRATIONS, broken])
    for module in (store_file, database):
        monkeypatch.setattr(module, "VERSION", NEXT)
    with pytest.raises(StoreFailed, match="no such column"):
        open_store(path)
    with sqlite3.connect(path) as plain:
        assert plain.execute("PRAGMA user_version").fetchone() == (NEXT - 1,)
        assert plain.execute("SELECT count(*) FROM sources").fetchone() == (100,)
    plain.close()


# ---- the disk ---------------------------------------------------------------------------------------


def test_a_full_disk_loses_no_finished_row(path: Path) -> None:
    store = open_store(path)
    put(store, *(row(f"before {n}") for n in range(50)))
    with store._writing() as connection:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")
    said = [
        store.add(lambda n=n: row(f"full {n}", "word " * 5_000)).exception(30) for n in range(50)
    ]  # type: ignore[misc]
    assert all("The disk is full" in str(error) for error in said if error)
    failed = sum(error is not None for error in said)
    assert failed > 40
    assert store.count() == 100 - failed
    with store._writing() as connection:
        connection.execute("PRAGMA max_page_count = 1000000")
    put(store, row("after"))
    assert store.count("before") == 50
    assert store.count("after") == 1
    with sqlite3.connect(path) as plain:
        assert plain.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    plain.close()


def test_a_file_system_without_shared_memory(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As of some network drives: SQLite keeps no write-ahead log there."""
    real = sqlite3.connect

    def connect(path: Path, **options: object) -> sqlite3.Connection:
        return real(f"{path.as_uri()}?vfs=unix-dotfile", uri=True, **options)  # type: ignore[call-overload, no-any-return]

    monkeypatch.setattr(sqlite3, "connect", connect)
    store = open_store(path)
    put(store, row())
    assert store.count() == 1
    with store._writing() as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
    store.close()


def test_another_program_holds_the_lock(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "_WAIT", 0.05)
    store = open_store(path)
    with sqlite3.connect(path, isolation_level=None) as plain:
        plain.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreFailed, match="Another program has locked the file"):
            put(store, row())
        plain.execute("ROLLBACK")
    plain.close()
    put(store, row())
    assert store.count() == 1
