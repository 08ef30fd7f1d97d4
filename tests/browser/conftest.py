"""One browser, one JupyterLab and one server of bare pages for all browser tests."""

from __future__ import annotations

import http.server
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from ..support.chromium import launch_options
from ..support.lab import Lab
from ..support.paths import ROOT
from ..support.settled_page import html, put, show, start

HARNESS = ROOT / "js" / "test" / "page"
STATIC = ROOT / "pplx_widget" / "static"

# A machine that runs a Jupyter server, a kernel and a browser on two cores can be slow.
expect.set_options(timeout=30_000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests in this folder."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.timeout(300))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(**launch_options())
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def lab(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with Lab(tmp_path_factory.mktemp("lab"), browser) as running:
        yield running


@pytest.fixture(scope="session")
def kernels(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Kernels that differ only in their version of ipykernel."""
    for version in ("6.31.0", "7.3.0", "7.4.0"):
        path = tmp_path_factory.mktemp(f"ipykernel-{version}")
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps"]
        subprocess.run([*pip, "--target", str(path), f"ipykernel=={version}"], check=True)
        lab.add_kernel(f"ipykernel-{version}", path)


class _Files(http.server.SimpleHTTPRequestHandler):
    """Serves the harness, and the built bundle under /static/."""

    def translate_path(self, path: str) -> str:
        folder, _, name = path.split("?", maxsplit=1)[0].rpartition("/")
        return str((STATIC if folder == "/static" else HARNESS) / name)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="session")
def origin() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Files)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def page(browser: Browser, origin: str) -> Iterator[Page]:
    """A new bare page. Errors in it and requests to other hosts fail the test."""
    page = browser.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda request: _own(request.url, origin) or wrong.append(request.url))
    page.goto(f"{origin}/harness.html")
    page.wait_for_function("globalThis.ready")
    yield page
    page.close()
    assert wrong == []


@pytest.fixture
def clipboard(page: Page) -> Page:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate("globalThis.clip = navigator.clipboard")
    return page


@pytest.fixture(params=["settled", "live"])
def shown(page: Page, request: pytest.FixtureRequest) -> Page:
    """A page with an answer, once settled and once live."""
    if request.param == "settled":
        put(page, html())
        start(page)
    else:
        start(page)
        show(page)
    expect(page.get_by_role("link", name="Source 1: On bees")).to_be_visible()
    return page


def _own(url: str, origin: str) -> bool:
    return url.startswith((origin, "blob:", "data:"))
