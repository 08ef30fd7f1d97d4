"""The file that the tests record to."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def talk(tmp_path: Path) -> Path:
    return tmp_path / "talk.jsonl"
