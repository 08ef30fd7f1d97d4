"""The tables that Python and the page share: both read the whole file."""

from __future__ import annotations

import json
import re

import pytest

from pplx_widget.core import tables

from ..support.paths import ROOT

FILE = json.loads((ROOT / "pplx_widget" / "core" / "tables.json").read_text("utf-8"))
PATTERNS = [name for name, value in FILE.items() if isinstance(value, str) and "[" in value]
# Without `\s`, which `NOTE_LABEL` and `BARE_ADDRESS` use with JavaScript's meaning.
MORE_IN_PYTHON = re.compile(r"\\[dDwWSbBAZ]")


def test_both_sides_name_all_that_is_in_it() -> None:
    ours = {name for name in vars(tables) if name.isupper() and not name.startswith("_")}
    assert ours - {"SPACE"} == FILE.keys()
    page = (ROOT / "js" / "src" / "tables.ts").read_text("utf-8")
    assert set(re.findall(r"^  ([A-Z_]+),$", page, re.MULTILINE)) == FILE.keys()


def test_every_table_is_used_on_both_sides() -> None:
    sources = {
        "py": [*(ROOT / "pplx_widget").rglob("*.py")],
        "ts": [*(ROOT / "js" / "src").rglob("*.ts")],
    }
    for files in sources.values():
        texts = [path.read_text("utf-8") for path in files if path.stem != "tables"]
        unused = {name for name in FILE if not any(re.search(rf"\b{name}\b", t) for t in texts)}
        assert not unused


@pytest.mark.parametrize("name", [*PATTERNS, "FORMULAS"])
def test_a_pattern_means_the_same_in_both_languages(name: str) -> None:
    for pattern in [FILE[name]] if isinstance(FILE[name], str) else FILE[name]:
        re.compile(pattern)
        assert not MORE_IN_PYTHON.search(pattern)


def test_white_space_is_that_of_javascript() -> None:
    assert not {"\x1c", "\x85", "\u180e", "\u200b"} & set(tables.SPACE)
    assert {"\t", "\v", " ", "\xa0", "\u2028", "\ufeff"} <= set(tables.SPACE)
    assert r"\s" not in tables.BARE_ADDRESS
    assert r"\s" not in tables.NOTE_LABEL


def test_tables_that_say_the_same_agree() -> None:
    assert tables.MARKER_PREFIX + tables.MARKER_ID in tables.FORMULAS[-1]
    longest = max(n for n in range(40) if re.fullmatch(tables.MARKER_PREFIX, "a" * n + ":"))
    digits = max(n for n in range(1, 40) if re.fullmatch(tables.MARKER_ID, "9" * n))
    marker = "a" * longest + ":" + "9" * digits
    halves = [marker[:n] for n in range(len(marker) + 1)]
    assert all(re.fullmatch(tables.HALF_MARKER, half) for half in halves)
    for more in ("a" * (longest + 1), marker + "9", "9" * (digits + 1)):
        assert not re.fullmatch(tables.HALF_MARKER, more)
    assert all(formula.count("{1,2000}") == 1 for formula in tables.FORMULAS)
    found = {chr(code) for code in range(0x10000) if re.match(tables.HIDDEN, chr(code))}
    assert found == tables.HIDDEN_NAMES.keys()
    marks = {char for char in found if re.match(tables.DIRECTION_MARK, char)}
    assert {tables.HIDDEN_NAMES[char] for char in marks} == {"ALM", "LRM", "RLM"}
