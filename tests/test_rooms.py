"""Check the rules of the rooms: imports go to lower levels, without circles, and files are short.

ARCHITECTURE.md has the levels, and the table "To change X, touch Y". Imports inside functions and for
types count, too.
"""

from __future__ import annotations

import ast
import graphlib
import re
from collections.abc import Container, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from .support.paths import ROOT

PACKAGE = ROOT / "pplx_widget"
MAP = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
MOST_ENTRIES = 22
MOST_LINES = 500
SOURCES = {".py", ".ts", ".css", ".js", ".mjs"}
GENERATED = {"node_modules", "static", "dist", "__pycache__"}


# ---- imports ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Import:
    """An import between modules of a package; ``file`` is relative to the package's folder."""

    module: str
    imported: str
    file: Path
    line: int

    def __str__(self) -> str:
        return f"{self.file.as_posix()}:{self.line} imports {self.imported}"


def imports(package: Path) -> list[Import]:
    """Return the imports between the modules of a package."""
    modules = {dotted(path, package): path for path in package.rglob("*.py")}
    return [
        Import(name, imported, path.relative_to(package), line)
        for name, path in modules.items()
        for line, imported in imported_by(name, path, modules.keys())
    ]


def dotted(path: Path, package: Path) -> str:
    parts = path.relative_to(package.parent).with_suffix("").parts
    return ".".join(parts).removesuffix(".__init__")


def imported_by(name: str, path: Path, modules: Container[str]) -> Iterator[tuple[int, str]]:
    """Yield the line and name of each import of one of these modules."""
    above = name.split(".") if path.name == "__init__.py" else name.split(".")[:-1]
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        found = []
        if isinstance(node, ast.ImportFrom):
            start = above[: len(above) - node.level + 1] if node.level else []
            module = ".".join([*start, *filter(None, [node.module])])
            inner = [f"{module}.{each.name}" for each in node.names]
            found = [each if each in modules else module for each in inner]
        elif isinstance(node, ast.Import):
            found = [each.name for each in node.names]
        elif isinstance(node, ast.Constant) and "." in str(node.value):  # for `importlib`
            found = [node.value]
        for each in found:
            if each in modules:
                yield node.lineno, each


# ---- the rules --------------------------------------------------------------------------------------


def levels(text: str) -> dict[str, int]:
    """Return the level of each room, from a table with the columns ``level`` and ``rooms``."""
    rows = re.findall(r"^\| (\d+) \| (.+) \|$", text, re.MULTILINE)
    return {room: int(level) for level, rooms in rows for room in re.findall(r"`([^`]+)`", rooms)}


def room(module: str) -> str:
    """Return the room of a module: its top folder or file in the package."""
    return module.split(".")[1] if "." in module else "__init__"


def upward(package: Path, order: dict[str, int]) -> list[str]:
    """Return the imports of other rooms that are not on a lower level."""
    return [
        str(each)
        for each in imports(package)
        if (here := room(each.module)) != (there := room(each.imported))
        and order[there] >= order[here]
    ]


def circle(package: Path) -> list[str]:
    """Return modules that import each other in a circle; empty if there is no circle."""
    graph: dict[str, set[str]] = {}
    for each in imports(package):
        if each.module != each.imported:
            graph.setdefault(each.module, set()).add(each.imported)
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        return list(error.args[1])
    return []


def sources(folder: Path) -> Iterator[Path]:
    """Yield the hand-written files below a folder, including scripts without a suffix."""
    for path in folder.iterdir():
        if path.is_dir():
            if path.name not in GENERATED and not path.name.startswith("."):
                yield from sources(path)
        elif path.suffix in SOURCES or (not path.suffix and folder.name == "scripts"):
            yield path


def too_long(folder: Path) -> dict[str, int]:
    """Return the files with too many lines, and their numbers of lines."""
    lengths = {path: path.read_bytes().count(b"\n") for path in sources(folder)}
    return {
        path.relative_to(folder).as_posix(): lines
        for path, lines in lengths.items()
        if lines > MOST_LINES
    }


def test_every_room_has_a_level() -> None:
    rooms = {room(dotted(path, PACKAGE)) for path in PACKAGE.rglob("*.py")}
    assert rooms == levels(MAP).keys()


def test_a_room_imports_lower_levels_only() -> None:
    found = upward(PACKAGE, levels(MAP))
    assert not found, "\n".join(found)


def test_no_files_need_each_other() -> None:
    assert not circle(PACKAGE)


def test_no_file_is_too_long() -> None:
    found = too_long(ROOT)
    assert not found, found


def test_the_root_of_the_package_is_small() -> None:
    entries = {path.name for path in PACKAGE.iterdir()} - {"static", "__pycache__"}
    assert len(entries) <= MOST_ENTRIES, sorted(entries)


def test_what_to_touch_is_there() -> None:
    """Check that each path in the table "To change X, touch Y" exists."""
    section = MAP.partition("## To change X, touch Y")[2].partition("\n## ")[0]
    named = re.findall(r"`([\w./*-]+(?:/[\w.*-]*|\.\w+))`", section)
    assert len(named) > 20
    missing = [path for path in named if not list(ROOT.glob(path.rstrip("/")))]
    assert not missing


# ---- violations are found ---------------------------------------------------------------------------

ORDER = levels("| 2 | `__init__` |\n| 1 | `high` |\n| 0 | `low` |")


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """Return a package of two rooms, ``high`` above ``low``."""
    folder = tmp_path / "house"
    for each in ("high", "low"):
        (folder / each).mkdir(parents=True)
        (folder / each / "__init__.py").write_text("")
    (folder / "__init__.py").write_text("from .high import top\n")
    (folder / "high" / "top.py").write_text("from ..low.floor import stand\n")
    (folder / "low" / "floor.py").write_text("stand = 1\n")
    return folder


def test_a_good_house(house: Path) -> None:
    assert (upward(house, ORDER), circle(house)) == ([], [])


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ("from ..high import top", "1 imports house.high.top"),
        ("from ..high.top import stand", "1 imports house.high.top"),
        ("from .. import high", "1 imports house.high"),
        ("from .. import roof", "1 imports house"),
        ("import house.high.top", "1 imports house.high.top"),
        ("from house.high import top", "1 imports house.high.top"),
        ("def later():\n    from ..high import top", "2 imports house.high.top"),
        ("if TYPE_CHECKING:\n    from ..high.top import stand", "2 imports house.high.top"),
        ("importlib.import_module('house.high.top')", "1 imports house.high.top"),
    ],
)
def test_an_import_upwards_is_named(house: Path, wrong: str, named: str) -> None:
    (house / "low" / "floor.py").write_text(f"{wrong}\n")
    assert upward(house, ORDER) == [f"low/floor.py:{named}"]
    assert not named.endswith("top") or "house.high.top" in circle(house)


def test_a_circle_within_a_room_is_named(house: Path) -> None:
    (house / "low" / "floor.py").write_text("from .wall import lean\nstand = 1\n")
    (house / "low" / "wall.py").write_text("def lean():\n    from . import floor\n")
    assert set(circle(house)) == {"house.low.floor", "house.low.wall"}


@pytest.mark.parametrize("name", ["a.py", "view/a.ts", "a.css", "a.mjs", "scripts/a"])
def test_a_file_that_is_too_long_is_named(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n" * MOST_LINES)
    assert too_long(tmp_path) == {}
    path.write_text("\n" * (MOST_LINES + 1))
    assert too_long(tmp_path) == {name: MOST_LINES + 1}


@pytest.mark.parametrize("name", ["static/a.css", "node_modules/a.mjs", ".venv/a.py", "a.jsonl"])
def test_a_file_that_is_no_source_may_be_long(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n" * (MOST_LINES + 1))
    assert too_long(tmp_path) == {}
