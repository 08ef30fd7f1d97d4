"""An empty ledger for each test that needs one."""

from __future__ import annotations

import pytest

from pplx_widget.runs.ledger import Ledger

from ..runs.conftest import clean_ledger as ledger_of_runs

__all__ = ["ledger_of_runs"]


@pytest.fixture
def clean_ledger(ledger_of_runs: Ledger, monkeypatch: pytest.MonkeyPatch) -> Ledger:
    for module in ("row", "engine"):
        monkeypatch.setattr(f"pplx_widget.batch.{module}.ledger", ledger_of_runs)
    return ledger_of_runs
