"""The old dialect does not come back into the project's sentences."""

from __future__ import annotations

import pathlib

import pytest

from .support import prose
from .support.paths import ROOT

# These files quote the dialect.
QUOTING = {"tests/support/prose.py", "tests/test_prose.py"}


@pytest.mark.parametrize(
    "room", sorted({"/".join(p.relative_to(ROOT).parts[:2]) for p in prose.files()})
)
def test_sentences(room: str) -> None:
    found = [mark for path in prose.files(room) for mark in prose.marks(path)]
    assert not [str(mark) for mark in found if mark.path not in QUOTING]


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("a.py", '"""Nobody is asked."""\n'),
        ("a.py", "x = 1  # what is shown\n"),
        ("a.py", "# One\n# may ask. One\n# may not.\n"),
        ("a.py", 'raise ValueError("This is no name.")\n'),
        ("a.ts", "/** None where it is over. */\n"),
        ("a.ts", 'say("What stands here was sent");\n'),
        ("a.css", "/* Nobody */\n"),
        ("a.md", "The answer is heeded.\n"),
        ("a.ipynb", '{"cells": [{"cell_type": "markdown", "source": ["It is waited for."]}]}'),
        ("a.ipynb", '{"cells": [{"cell_type": "code", "source": ["x  # what is left"]}]}'),
    ],
)
def test_the_dialect_is_found(
    name: str, source: str, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prose, "ROOT", tmp_path)
    (tmp_path / name).write_text(source)
    assert prose.marks(tmp_path / name)


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("a.py", 'pplx.ask("What is HTTP/3?")\n'),
        ("a.py", "# `where` holds the place; there is no other.\n"),
        ("a.py", 'where = {"nobody": 1}\n'),
        ("a.md", "It stands for a source. The file is where you saved it.\n"),
    ],
)
def test_plain_english_passes(
    name: str, source: str, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prose, "ROOT", tmp_path)
    (tmp_path / name).write_text(source)
    assert not prose.marks(tmp_path / name)
