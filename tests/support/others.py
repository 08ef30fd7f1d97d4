"""What others wrote: corpora and recordings that are kept beside the checkout and are not in it.

A test that reads one is marked with its path; `sort_out` takes the test away where it is missing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest

from .paths import SHARED

RECORDINGS = "wire"


def others(path: str) -> pytest.MarkDecorator:
    """Return the mark of a test that reads what is at a path beside the checkout."""
    return pytest.mark.others(path)


def texts_of_others(name: str) -> Path:
    """Return the path of a corpus; the test that asks is marked with `reading`."""
    return SHARED / "corpora" / f"{name}.json"


def reading(name: str) -> pytest.MarkDecorator:
    """Return the mark of a test that reads a corpus of others."""
    return others(f"corpora/{name}.json")


def read_by(item: pytest.Item) -> list[str]:
    """Return the paths that a test reads."""
    paths = [path for mark in item.iter_markers("others") for path in mark.args]
    return [*paths, RECORDINGS] if "wire" in getattr(item, "fixturenames", ()) else paths


def sort_out(
    items: Iterable[pytest.Item], folder: Path = SHARED
) -> tuple[list[pytest.Item], list[pytest.Item], Counter[str]]:
    """Return the tests that can run, those that cannot, and how many of these read each path."""
    can, cannot, missing = [], [], Counter[str]()
    for item in items:
        lacking = [path for path in read_by(item) if not (folder / path).exists()]
        missing.update(lacking)
        (cannot if lacking else can).append(item)
    return can, cannot, missing


def told(count: int, missing: Counter[str]) -> str:
    """Return the line that says what was not tried."""
    named = ", ".join(f"{path} ({tests})" for path, tests in sorted(missing.items()))
    return f"not tried: {count} tests of what others wrote, which is not in {SHARED}: {named}"
