"""Tests of missing external files are deselected and counted; no other test is."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from .support import others
from .support.paths import ROOT


def item(*paths: str, fixtures: tuple[str, ...] = ()) -> Any:
    marks = [others.others(path).mark for path in paths]
    return SimpleNamespace(
        fixturenames=fixtures, iter_markers=lambda name: [m for m in marks if m.name == name]
    )


def test_what_is_missing_is_counted(tmp_path: Path) -> None:
    (tmp_path / "corpora").mkdir()
    (tmp_path / "corpora" / "there.json").write_text("[]")
    ours, there = item(fixtures=("server",)), item("corpora/there.json")
    gone, recorded = item("corpora/gone.json"), item(fixtures=("wire",))
    can, cannot, missing = others.sort_out([ours, gone, there, recorded, gone], tmp_path)
    assert can == [ours, there]
    assert cannot == [gone, recorded, gone]
    assert missing == {"corpora/gone.json": 2, "wire": 1}
    said = others.told(len(cannot), missing)
    assert "\n" not in said
    assert said.startswith("not run: 3 tests of external files ")
    assert said.endswith(": corpora/gone.json (2), wire (1)")


def test_where_all_is_there_nothing_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "wire").mkdir()
    items = [item(fixtures=("wire",)), item()]
    assert others.sort_out(items, tmp_path) == (items, [], {})


def test_none_is_left_out_without_a_word() -> None:
    """Only two files skip tests; a missing file of the project never skips one."""
    allowed = {"test_packaging.py", "test_context.py"}  # without git, and before pandas 3
    skipping = re.compile(r"pytest\.skip\(")
    found = {
        path.name
        for path in (ROOT / "tests").rglob("*.py")
        if path != Path(__file__) and skipping.search(path.read_text("utf-8"))
    }
    assert found == allowed
