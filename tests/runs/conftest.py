"""An empty ledger for each test that needs one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pplx_widget.runs import ledger as ledgers
from pplx_widget.runs.ledger import Ledger


@pytest.fixture
def clean_ledger(monkeypatch: pytest.MonkeyPatch) -> Iterator[Ledger]:
    ledger = Ledger()
    monkeypatch.setattr(ledgers, "ledger", ledger)
    monkeypatch.setattr("pplx_widget.runs.session.ledger", ledger)
    monkeypatch.setattr("pplx_widget.runs.judge.ledger", ledger)
    return ledger
