"""Hosts that cannot be run here: a real kernel and Microsoft's widget manager, and a host's rules.

The rules, and what they rest on:

========  ==================================================================================
subshells  Whether the page's messages go over a subshell. In VS Code they do not: the kernel
           connection of its webview never gets the kernel's info, which JupyterLab's services
           wait for (microsoft/vscode-jupyter at 3d24702,
           ``src/webviews/webview-side/ipywidgets/kernel/kernel.ts``). Of Colab it is assumed.
updates    Whether ``update_display_data`` replaces an output: "applied", "ignored", or "cells" for
           those that a running cell sends. VS Code applies it after the cell's end, too
           (``cellExecutionMessageHandler.ts``), but has had many defects there
           (microsoft/vscode-jupyter#652, #2071, #12755, #13105).
busy_only  Whether comm messages and updates pass only while the request that they name as their
           parent is busy: the simplest rule that agrees with googlecolab/colabtools#3373, #498.
========  ==================================================================================

Not known: neither host was run. In Colab each output is an iframe with a manager of its own;
in VS Code messages go through the extension's process, and outputs are in a webview with its own
content policy.
"""

from __future__ import annotations

import functools
import http.server
import importlib.metadata
import shutil
import subprocess
import threading
import urllib.parse
from pathlib import Path
from typing import Any, Self

from playwright.sync_api import Page

from ..support.connections import Connections
from ..support.lab import Lab
from ..support.paths import ROOT

PAGE = Path(__file__).parent / "page"
BUILD = ROOT / ".cache" / "hosts-page"

# The newest answer on the page.
_NEWEST = """() => {
  const found = [...document.querySelectorAll(".pplx")].at(-1);
  return found && {
    status: /pplx-(queued|connecting|searching|streaming|complete|incomplete|stopped|failed)/
      .exec(found.className)?.[1],
    document: found.classList.contains("pplx-settled"),
    text: found.innerText,
    phase: found.querySelector(".pplx-phase-label")?.innerText ?? "",
  };
}"""

LAB_OPTIONS = ("--ServerApp.allow_origin=*", "--ServerApp.disable_check_xsrf=True")


def build() -> None:
    """Lay the parts of the page in a folder; `scripts/_hosts.py` has installed them from npm."""
    modules = BUILD / "node_modules"
    entry = BUILD / "entry.js"
    entry.write_text(
        "import { KernelManager, ServerConnection } from '@jupyterlab/services';\n"
        "window.jupyterServices = { KernelManager, ServerConnection };\n"
    )
    if not (BUILD / "services.js").exists():
        options = ("--bundle", "--platform=browser", "--log-level=error", "--external:ws")
        define = ('--define:process.env.NODE_ENV="production"', "--define:process.env={}")
        command = [str(modules / ".bin" / "esbuild"), str(entry), *options, *define]
        subprocess.run([*command, f"--outfile={BUILD / 'services.js'}"], check=True)
    manager = modules / "@vscode/jupyter-ipywidgets8/dist/ipywidgets.js"
    for source in (manager, modules / "requirejs/require.js", *PAGE.glob("page.*")):
        shutil.copy(source, BUILD)
    # anywidget's module for such managers comes with its Python package.
    files = importlib.metadata.files("anywidget") or []
    found = next(f for f in files if f.as_posix().endswith("nbextensions/anywidget/index.js"))
    shutil.copy(str(found.locate()), BUILD / "anywidget.js")


class _Files(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


class Simulated:
    """A notebook in such a host."""

    def __init__(
        self,
        lab: Lab,
        *,
        subshells: bool = False,
        updates: str = "applied",
        busy_only: bool = False,
        kernel: str = "python3",
    ) -> None:
        self._lab = lab
        self._query = {
            "base": f"{lab.url}/",
            "token": "test",
            "kernel": kernel,
            "subshells": int(subshells),
            "updates": updates,
            "busyonly": int(busy_only),
        }

    def __enter__(self) -> Self:
        files = functools.partial(_Files, directory=str(BUILD))
        self._files = http.server.ThreadingHTTPServer(("127.0.0.1", 0), files)
        threading.Thread(target=self._files.serve_forever, daemon=True).start()
        self.page: Page = self._lab.browser.new_page()
        self.connections = Connections(self.page)
        query = urllib.parse.urlencode(self._query)
        self.page.goto(f"http://127.0.0.1:{self._files.server_port}/page.html?{query}")
        self.page.wait_for_function("window.ready", timeout=180_000)
        return self

    def __exit__(self, *_exc: object) -> None:
        self.page.evaluate("window.host.shutdown()")
        self.page.close()
        self._files.shutdown()
        self._files.server_close()

    def start(self, code: str) -> int:
        """Start a cell; return its number."""
        cell: int = self.page.evaluate("(code) => window.host.run(code)", code)
        return cell

    def run(self, code: str) -> int:
        """Run a cell to its end; return its number."""
        cell = self.start(code)
        self.over(cell)
        return cell

    def over(self, cell: int) -> None:
        """Wait for the end of a started cell."""
        self.page.evaluate("(cell) => window.host.over(cell)", cell)

    def answer_input(self, text: str) -> None:
        """Answer the question of a cell that waits in ``input()``."""
        self.page.evaluate("(text) => window.host.answer(text)", text)

    def newest(self) -> dict[str, Any]:
        """Return what the newest answer on the page shows."""
        seen: dict[str, Any] = self.page.evaluate(_NEWEST)
        return seen

    def until(self, condition: str, timeout: float = 60) -> dict[str, Any]:
        """Wait for a condition on ``it``, the newest answer on the page."""
        script = f"() => {{ const it = ({_NEWEST})(); return it && ({condition}); }}"
        self.page.wait_for_function(script, timeout=timeout * 1000, polling=100)
        return self.newest()

    def file(self, cell: int) -> list[dict[str, str]]:
        """Return the data of a cell's outputs, as a save would write them now."""
        kept: list[dict[str, Any]] = self.page.evaluate("(cell) => window.host.file(cell)", cell)
        return [output["data"] for output in kept]

    def open(self, outputs: list[dict[str, str]]) -> None:
        """Show the outputs of a file."""
        self.page.evaluate(
            "(saved) => window.host.open(saved)", [{"data": data} for data in outputs]
        )

    def counts(self) -> dict[str, int]:
        """Return how many messages the rules let through and dropped."""
        counted: dict[str, int] = self.page.evaluate("window.host.counts")
        return counted
