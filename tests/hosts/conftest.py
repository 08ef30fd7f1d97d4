"""Tests in hosts that have packages of their own; `scripts/proof hosts` installs them and runs these."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from ..support.chromium import launch_options
from ..support.lab import Lab
from . import matrix, simulated

# The folder of the programs of these hosts.
PROGRAMS = os.environ.get("PPLX_HOSTS", "")

collect_ignore_glob = [] if PROGRAMS else ["test_*.py"]

expect.set_options(timeout=60_000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give the tests in this folder time."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.timeout(600))


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Print which parts were seen in which host."""
    if not PROGRAMS:
        return
    terminalreporter.section("hosts", sep="-")
    for line in matrix.table():
        terminalreporter.line(line)
    if not config.option.keyword:
        for each in matrix.missing():
            terminalreporter.line(f"not seen: {each}")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail if a part was not seen, unless ``-k`` has chosen tests."""
    if PROGRAMS and not session.config.option.keyword and matrix.missing():
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(**launch_options())
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def programs() -> Path:
    return Path(PROGRAMS)


@pytest.fixture(scope="session")
def lab(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    simulated.build()
    with Lab(tmp_path_factory.mktemp("lab"), browser, *simulated.LAB_OPTIONS) as running:
        yield running
