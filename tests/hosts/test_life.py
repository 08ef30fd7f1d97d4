"""JupyterLab with two versions of ipykernel, and Notebook 7: the tests of JupyterLab, in each of them."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from ..browser import test_lab, test_lab_document, test_lab_troubles
from ..support.lab import Lab
from ..support.lab_answer import asked, settled
from ..support.wire_server import CREATED, WireServer, delta
from .matrix import held


@pytest.fixture(scope="module")
def notebook_7(
    browser: Browser, programs: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Lab]:
    python = str(programs / "python")
    folder = tmp_path_factory.mktemp("notebook")
    alone = "--YDocExtension.disable_rtc=True"  # without jupyter-collaboration
    with Lab(folder, browser, alone, python=python, program="notebook") as running:
        yield running


@pytest.fixture(scope="module")
def lab_6(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    path = tmp_path_factory.mktemp("ipykernel")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps"]
    subprocess.run([*pip, "--target", str(path), "ipykernel==6.31.0"], check=True)
    with Lab(tmp_path_factory.mktemp("lab_6"), browser) as running:
        running.add_kernel("ipykernel-6", path)
        running.kernel = "ipykernel-6"
        yield running


def stop(lab: Lab, server: WireServer, *busy: str, waits: bool = False) -> None:
    """Stop an answer, while a cell runs if one is given."""
    server.respond([CREATED, delta("so far "), threading.Event()])
    with asked(lab, server, *busy) as notebook:
        expect(notebook.answers).to_contain_text("so far")
        box = notebook.page.locator(".jp-Stdin-input")
        if busy:
            notebook.start(2)
            expect(box).to_be_visible()
        notebook.answers.get_by_role("button", name="Stop", exact=True).click()
        if waits:
            expect(notebook.answers).to_contain_text("when the running cell finishes")
            box.press("Enter")
        expect(settled(notebook)).to_contain_text("Stopped")
        assert server.client_left.wait(20)


def stop_busy(lab: Lab, server: WireServer) -> None:
    stop(lab, server, "input()")


def stop_waits(lab: Lab, server: WireServer) -> None:
    stop(lab, server, "input()", waits=True)


def reopened(lab: Lab, server: WireServer) -> None:
    kept = test_lab_document.saved(lab)
    test_lab_document.test_reopened(lab, kept, kernel=True, trusted=False)


Parts = dict[str, Callable[[Lab, WireServer], None]]
LIFE: Parts = {
    "live": test_lab.test_live_before_the_end,
    "Stop idle": stop,
    "Stop busy": stop_busy,
    "document": test_lab_document.test_a_finished_answer_is_a_document_in_the_file,
    "reopened": reopened,
    "alive": test_lab_document.test_alive_after_a_reload,
}
HOSTS: dict[str, tuple[str, Parts]] = {
    "JupyterLab, ipykernel 7": ("lab", LIFE),
    "JupyterLab, ipykernel 6": ("lab_6", LIFE | {"Stop busy": stop_waits}),
    "Notebook 7": ("notebook_7", LIFE),
}


@pytest.mark.parametrize("part", LIFE)
@pytest.mark.parametrize("host", HOSTS)
def test_life(request: pytest.FixtureRequest, server: WireServer, host: str, part: str) -> None:
    fixture, parts = HOSTS[host]
    parts[part](request.getfixturevalue(fixture), server)
    held(host, part)


@pytest.mark.parametrize(
    "trouble",
    [
        test_lab.test_reload_in_mid_stream,
        test_lab_troubles.test_the_connection_goes_and_comes,
        test_lab_troubles.test_the_connection_is_away_at_the_end,
        test_lab_troubles.test_the_kernel_is_killed_in_mid_stream,
        test_lab_troubles.test_two_tabs_of_one_notebook,
    ],
    ids=lambda test: test.__name__.removeprefix("test_"),
)
def test_trouble(
    notebook_7: Lab, server: WireServer, trouble: Callable[[Lab, WireServer], None]
) -> None:
    trouble(notebook_7, server)
