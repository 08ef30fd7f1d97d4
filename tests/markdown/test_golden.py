"""The golden trees, which the page's tests read as well (``js/test/text.test.ts``)."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..support import golden


@pytest.mark.parametrize("path", golden.files(), ids=lambda path: path.stem)
def test_the_package_shows_what_the_golden_file_says(path: Path) -> None:
    for case in golden.read(path)["cases"]:
        assert golden.tree_of(golden.text_of(case)) == case["tree"], case["why"]


@pytest.mark.parametrize("path", golden.files(), ids=lambda path: path.stem)
def test_the_file_is_as_the_script_writes_it(path: Path) -> None:
    """A file edited by hand would make the next diff of the script noisy."""
    assert path.read_text("utf-8") == golden.written(golden.read(path)), "run scripts/golden"


def test_there_are_cases_of_everything() -> None:
    cases = [case for path in golden.files() for case in golden.read(path)["cases"]]
    assert len(cases) > 150
    texts = [golden.text_of(case) for case in cases]
    assert len(set(texts)) == len(texts)
