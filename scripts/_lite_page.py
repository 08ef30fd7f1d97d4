"""Drives the demo site in Chromium, for `scripts/lite --check`."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import _chromium
from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    # Another host is not found at once, as without a network.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]

OPENED = "() => window.jupyterapp?.shell?.currentWidget?.context"

READY = """async () => {
  const app = window.jupyterapp;
  await app.restored;
  const context = app.shell.currentWidget.context;
  await context.ready;
  await context.sessionContext.ready;
}"""

# Runs a cell, and returns its outputs when the kernel has answered. A new cell is added for code.
RUN = """async ([number, code]) => {
  const notebook = window.jupyterapp.shell.currentWidget.content;
  const model = notebook.model.sharedModel;
  if (code !== null) {
    number = model.cells.length;
    model.insertCell(number, {cell_type: "code", source: code});
  }
  notebook.deselectAll();
  notebook.activeCellIndex = number;
  await window.jupyterapp.commands.execute("notebook:run-cell");
  return number;
}"""

CELLS = """() => window.jupyterapp.shell.currentWidget.content.model.sharedModel.toJSON().cells"""


class Page:
    """A notebook of the site in a browser."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.console: list[str] = []
        page.on("console", lambda said: self.console.append(f"{said.type}: {said.text[:1500]}"))
        page.on("pageerror", lambda error: self.console.append(f"error: {error}"[:500]))

    def open(self, address: str, notebook: str) -> None:
        """Open a notebook, and wait for its kernel."""
        self.page.goto(f"{address}/notebooks/index.html?path={notebook}")
        self.page.wait_for_function(OPENED, timeout=120_000)
        self.page.evaluate(READY)

    def cells(self) -> list[dict[str, Any]]:
        """Return the cells of the notebook, as a save would write them."""
        found: list[dict[str, Any]] = self.page.evaluate(CELLS)
        return found

    def run(self, number: int | None = None, code: str | None = None) -> list[dict[str, Any]]:
        """Run a cell, or new code, and return the outputs at its end."""
        number = self.page.evaluate(RUN, [number, code])
        outputs: list[dict[str, Any]] = self.cells()[number]["outputs"]
        return outputs


@contextmanager
def browser() -> Iterator[Any]:
    """Yield a Chromium that reaches this machine only."""
    path = _chromium.asked_for() or _chromium.first_that_starts()
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        try:
            yield chromium
        finally:
            chromium.close()
