"""The rule of levels: a room imports rooms of lower levels only, and no file needs itself.

ARCHITECTURE.md has the levels, and the table of what to touch. Imports inside functions and for types
count like any other.
"""

from __future__ import annotations

import ast
import graphlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from .support.paths import ROOT

PACKAGE = "pplx_widget"
MAP = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
MOST_ENTRIES = 22


@dataclass(frozen=True)
class Import:
    """One import: ``file`` (relative to the package's folder) imports ``module`` at ``line``."""

    file: str
    line: int
    module: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line} imports {self.module}"


def levels(text: str) -> dict[str, int]:
    """Return the level of each room, as a table with the heads ``level`` and ``rooms`` says."""
    rows = re.findall(r"^\| (\d+) \| (.+) \|$", text, re.MULTILINE)
    return {room: int(level) for level, rooms in rows for room in re.findall(r"`([^`]+)`", rooms)}


def modules(folder: Path) -> dict[str, Path]:
    """Return the modules of a package by their dotted names."""
    found = {}
    for path in folder.rglob("*.py"):
        names = [folder.name, *path.relative_to(folder).with_suffix("").parts]
        found[".".join(names[:-1] if names[-1] == "__init__" else names)] = path
    return found


def imports(name: str, path: Path, known: dict[str, Path]) -> Iterator[tuple[int, str]]:
    """Yield the modules of the package that one of them imports, with the line."""
    package = name.split(".") if path.name == "__init__.py" else name.split(".")[:-1]
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*above, *([node.module] if node.module else [])])
            for each in node.names:
                inner = f"{module}.{each.name}"
                if (target := inner if inner in known else module) in known:
                    yield node.lineno, target
        elif isinstance(node, ast.Import):
            for each in node.names:
                if each.name in known:
                    yield node.lineno, each.name
        elif isinstance(node, ast.Constant) and node.value in known and "." in str(node.value):
            yield (
                node.lineno,
                str(node.value),
            )  # to `importlib`; the package's own name is a logger's


def room(module: str) -> str:
    """Return the room of a module: the folder or file below the package."""
    return module.split(".")[1] if "." in module else "__init__"


def upward(folder: Path, order: dict[str, int]) -> list[Import]:
    """Return the imports of a room that is not on a lower level."""
    known, found = modules(folder), []
    for name, path in known.items():
        for line, target in imports(name, path, known):
            here, there = room(name), room(target)
            if here != there and order[there] >= order[here]:
                found.append(Import(str(path.relative_to(folder)), line, target))
    return found


def circle(folder: Path) -> list[str]:
    """Return modules that need each other in a circle; none if there are none."""
    known = modules(folder)
    graph = {
        name: {target for _, target in imports(name, path, known)} - {name}
        for name, path in known.items()
    }
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        return list(error.args[1])
    return []


def test_every_room_has_a_level() -> None:
    rooms = {room(module) for module in modules(ROOT / PACKAGE)}
    assert rooms == levels(MAP).keys()


def test_a_room_imports_lower_levels_only() -> None:
    found = upward(ROOT / PACKAGE, levels(MAP))
    assert not found, "\n".join(map(str, found))


def test_no_files_need_each_other() -> None:
    assert not circle(ROOT / PACKAGE)


def test_the_root_of_the_package_is_small() -> None:
    entries = {path.name for path in (ROOT / PACKAGE).iterdir()} - {"static", "__pycache__"}
    assert len(entries) <= MOST_ENTRIES, sorted(entries)


def test_what_to_touch_is_there() -> None:
    """Each path of the table "To change … touch …" exists."""
    section = MAP.partition("## To change X, touch Y")[2].partition("\n## ")[0]
    named = re.findall(r"`([\w./*-]+(?:/[\w.*-]*|\.\w+))`", section)
    assert len(named) > 20
    missing = [path for path in named if not list(ROOT.glob(path.rstrip("/")))]
    assert not missing


# ---- the rule can fail ------------------------------------------------------------------------------


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A package of two rooms, ``high`` above ``low``."""
    folder = tmp_path / "house"
    for each in ("high", "low"):
        (folder / each).mkdir(parents=True)
        (folder / each / "__init__.py").write_text("")
    (folder / "__init__.py").write_text("from .high import top\n")
    (folder / "high" / "top.py").write_text("from ..low.floor import stand\n")
    (folder / "low" / "floor.py").write_text("stand = 1\n")
    return folder


ORDER = levels("| 2 | `__init__` |\n| 1 | `high` |\n| 0 | `low` |")


def test_a_good_house(house: Path) -> None:
    assert (upward(house, ORDER), circle(house)) == ([], [])


@pytest.mark.parametrize(
    "wrong",
    [
        "from ..high import top",
        "from ..high.top import stand",
        "from .. import high",
        "import house.high.top",
        "from house.high import top",
        "def later():\n    from ..high import top",
        "if TYPE_CHECKING:\n    from ..high.top import stand",
        "importlib.import_module('house.high.top')",
    ],
)
def test_an_import_upwards_is_named(house: Path, wrong: str) -> None:
    (house / "low" / "floor.py").write_text(f"stand = 1\n{wrong}\n")
    (found,) = upward(house, ORDER)
    assert str(found).startswith(
        ("low/floor.py:2 imports house.high", "low/floor.py:3 imports house.high")
    )
    if "top" in wrong:
        assert "house.high.top" in circle(house)


def test_a_circle_within_a_room_is_named(house: Path) -> None:
    (house / "low" / "floor.py").write_text("from .wall import lean\nstand = 1\n")
    (house / "low" / "wall.py").write_text("def lean():\n    from . import floor\n")
    assert set(circle(house)) == {"house.low.floor", "house.low.wall"}
