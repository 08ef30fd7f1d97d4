"""Shared fixtures: clean settings, a wire server, recording comms, external recordings."""

from __future__ import annotations

import importlib
import pathlib
import weakref
from collections.abc import Iterator
from typing import Any

import comm
import hypothesis
import pytest

from pplx_widget import config
from pplx_widget.config import credentials
from pplx_widget.core import secret, words
from pplx_widget.providers import _preset, _turns
from pplx_widget.runs import ledger as ledgers
from pplx_widget.widget import host

from .support import others
from .support.paths import SHARED
from .support.recording_comm import RecordingComm
from .support.wire_server import WireServer

# No deadline: the time of an example depends more on the machine than on the code.
hypothesis.settings.register_profile(
    "here", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("here")

# `config.settings` is the function, which hides its module of the same name.
SETTINGS = importlib.import_module("pplx_widget.config.settings")

UNTRIED = pytest.StashKey[str]()


@pytest.hookimpl(trylast=True)  # after the selection, so that only selected tests are counted
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Move browser tests to the end, and deselect tests of missing external files.

    While Playwright runs, no other event loop can run in this thread.
    """
    can, cannot, missing = others.sort_out(items)
    items[:] = sorted(can, key=lambda item: "browser" in item.path.parts)
    if cannot:
        config.hook.pytest_deselected(items=cannot)
        config.stash[UNTRIED] = others.told(len(cannot), missing)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take the report of deselected tests from a worker process; all workers collect the same tests."""
    if said := getattr(node, "workeroutput", {}).get("untried"):
        node.config.stash[UNTRIED] = said


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Send the report of deselected tests from a worker process."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["untried"] = session.config.stash.get(UNTRIED, "")


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Print one line about deselected tests."""
    if said := config.stash.get(UNTRIED, ""):
        terminalreporter.write_line(said)


@pytest.fixture(autouse=True)
def clean_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove keys, proxies and settings, so that a test only has its own."""
    for name in ("PERPLEXITY_API_KEY", "PPLX_API_KEY", "PERPLEXITY_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setattr(SETTINGS, "_settings", config.Settings())
    monkeypatch.setattr(words, "_chosen", None)
    monkeypatch.setattr(words, "_page", None)
    monkeypatch.setattr(host, "_waits", None)
    monkeypatch.setattr(host, "_takes_unparented", False)
    # A short key would stay redacted in later tests.
    monkeypatch.setattr(secret, "_long", set())
    monkeypatch.setattr(secret, "_short", {})
    monkeypatch.setattr(credentials, "_keyring_key", lambda: None)
    # A server may get the port of an earlier one, and must not be taken for it.
    monkeypatch.setattr(_turns, "_all", weakref.WeakKeyDictionary())
    monkeypatch.setattr(_preset, "_known", set())
    # What questions have cost so far is what the next ones may cost.
    monkeypatch.setattr(ledgers.ledger, "_highest", {})


@pytest.fixture
def server() -> Iterator[WireServer]:
    with WireServer() as running:
        yield running


@pytest.fixture
def wire() -> pathlib.Path:
    """Return the folder of external recordings; if it is missing, tests with this fixture do not run."""
    return SHARED / others.RECORDINGS


@pytest.fixture
def comms(monkeypatch: pytest.MonkeyPatch) -> list[RecordingComm]:
    """Return a list that collects every comm opened by the test."""
    opened: list[RecordingComm] = []

    def create(**arguments: object) -> RecordingComm:
        opened.append(RecordingComm(**arguments))
        return opened[-1]

    monkeypatch.setattr(comm, "create_comm", create)
    return opened
