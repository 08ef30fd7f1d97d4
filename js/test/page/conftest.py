"""The page side in a real browser, with a model that has no kernel."""

import http.server
import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

HERE = Path(__file__).parent
STATIC = HERE.parents[2] / "pplx_widget" / "static"


class _Files(http.server.SimpleHTTPRequestHandler):
    """This folder, and the built bundle under /static/."""

    def translate_path(self, path: str) -> str:
        folder, _, name = path.split("?")[0].rpartition("/")
        return str((STATIC if folder == "/static" else HERE) / name)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="session")
def origin() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Files)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = os.environ.get("PPLX_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        chromium = playwright.chromium.launch(executable_path=path, args=flags)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser, origin: str) -> Iterator[Page]:
    """A fresh page; it fails the test on any error in it, and on any request to elsewhere."""
    page = browser.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda request: _own(request.url, origin) or wrong.append(request.url))
    page.goto(f"{origin}/harness.html")
    page.wait_for_function("globalThis.ready")
    yield page
    page.close()
    assert wrong == []


def _own(url: str, origin: str) -> bool:
    return url.startswith((origin, "blob:", "data:"))
