"""External corpora and recordings, which are beside the checkout and not part of it.

A test that reads one is marked with its path; `sort_out` deselects the test if the file is missing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest

from .paths import SHARED

RECORDINGS = "wire"


def others(path: str) -> pytest.MarkDecorator:
    """Return the mark of a test that reads an external path."""
    return pytest.mark.others(path)


def texts_of_others(name: str) -> Path:
    """Return the path of an external corpus; mark the tests that read it with `reading`."""
    return SHARED / "corpora" / f"{name}.json"


def reading(name: str) -> pytest.MarkDecorator:
    """Return the mark of a test that reads an external corpus."""
    return others(f"corpora/{name}.json")


def read_by(item: pytest.Item) -> list[str]:
    """Return the external paths that a test reads."""
    paths = [path for mark in item.iter_markers("others") for path in mark.args]
    return [*paths, RECORDINGS] if "wire" in getattr(item, "fixturenames", ()) else paths


def sort_out(
    items: Iterable[pytest.Item], folder: Path = SHARED
) -> tuple[list[pytest.Item], list[pytest.Item], Counter[str]]:
    """Return the tests that can run, those that cannot, and for each missing path their number."""
    can, cannot, missing = [], [], Counter[str]()
    for item in items:
        lacking = [path for path in read_by(item) if not (folder / path).exists()]
        missing.update(lacking)
        (cannot if lacking else can).append(item)
    return can, cannot, missing


def told(count: int, missing: Counter[str]) -> str:
    """Return the line about tests that did not run."""
    named = ", ".join(f"{path} ({tests})" for path, tests in sorted(missing.items()))
    return f"not run: {count} tests of external files that are missing in {SHARED}: {named}"
