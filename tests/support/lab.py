"""A real JupyterLab in a real Chromium, driven like a user; all tests share one of each."""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import re
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from typing import Any, Self

import nbformat
from playwright.sync_api import Browser, Page

from .paths import ROOT

_READY = """name => {
  const panel = window.jupyterapp?.shell?.currentWidget;
  return panel?.context?.path === name && panel.context.isReady && panel.content.widgets.length > 0
    && panel.sessionContext?.session?.kernel?.status === 'idle'
    && panel.sessionContext.session.kernel.connectionStatus === 'connected';
}"""

_OPEN = """name => {
  const panel = window.jupyterapp?.shell?.currentWidget;
  return panel?.context?.path === name && panel.context.isReady && panel.content.widgets.length > 0;
}"""


class Lab:
    """A JupyterLab server with its own folder and settings, and a browser for it."""

    def __init__(
        self,
        root: pathlib.Path,
        browser: Browser,
        *options: str,
        python: str = sys.executable,
        program: str = "jupyterlab",
    ) -> None:
        self.root = root
        self.browser = browser
        self.kernel = "python3"  # of the notebooks that name none
        self._options = options
        self._program = [python, "-m", program]
        self._path = {"notebook": "notebooks"}.get(program, "lab/tree")
        self.notebooks = root / "notebooks"
        self.notebooks.mkdir(parents=True)
        self._count = 0

    def __enter__(self) -> Self:
        self._stack = contextlib.ExitStack()
        self.url = self._stack.enter_context(self._server())
        return self

    def __exit__(self, *_exc: object) -> None:
        self._stack.close()

    @contextlib.contextmanager
    def _server(self) -> Iterator[str]:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        places = {
            "JUPYTER_CONFIG_DIR": "config",
            "JUPYTER_DATA_DIR": "data",
            "JUPYTER_RUNTIME_DIR": "runtime",
            "JUPYTERLAB_SETTINGS_DIR": "settings",
            "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
            "IPYTHONDIR": "ipython",
        }
        keep = {k: v for k, v in os.environ.items() if not k.startswith(("PERPLEXITY", "PPLX"))}
        env = self._env = keep | {name: str(self.root / place) for name, place in places.items()}
        settings = self.root / "settings" / "@jupyterlab" / "apputils-extension"
        settings.mkdir(parents=True)
        # The dialog about fetching news would cover part of every screenshot.
        news = {"fetchNews": "false", "checkForUpdates": False}
        (settings / "notification.jupyterlab-settings").write_text(json.dumps(news))
        if self._program[0] != sys.executable:  # without this checkout
            env["PYTHONPATH"] = str(ROOT)
        command = [
            *self._program,
            "--no-browser",
            "--allow-root",
            "--expose-app-in-browser",
            f"--ServerApp.port={port}",
            "--ServerApp.port_retries=0",
            "--IdentityProvider.token=test",
            f"--ServerApp.root_dir={self.notebooks}",
            *self._options,
        ]
        log = (self.root / "jupyter.log").open("w+")
        with subprocess.Popen(
            command, env=env, cwd=self.notebooks, stdout=log, stderr=subprocess.STDOUT, text=True
        ) as process:
            try:
                self._wait_for_server(process, port)
                yield f"http://127.0.0.1:{port}"
            finally:
                process.terminate()
                try:
                    process.wait(20)
                except subprocess.TimeoutExpired:  # jupyter-collaboration waits for its readers
                    process.kill()
                log.close()

    def _wait_for_server(self, process: subprocess.Popen[str], port: int) -> None:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        while process.poll() is None:
            with contextlib.suppress(OSError):
                opener.open(f"http://127.0.0.1:{port}/api?token=test", timeout=1).close()
                return
        raise RuntimeError((self.root / "jupyter.log").read_text())

    def address(self, name: str) -> str:
        """Return the address of a notebook."""
        return f"{self.url}/{self._path}/{name}?token=test&reset"

    def add_kernel(self, name: str, path: pathlib.Path) -> None:
        """Add a kernel that imports ipykernel from ``path``."""
        start = pathlib.Path(__file__).with_name("ipykernel_mended.py")
        spec = {
            "argv": [sys.executable, str(start), "-f", "{connection_file}"],
            "display_name": name,
            "language": "python",
            "env": {"PYTHONPATH": str(path)},
        }
        folder = self.root / "data" / "kernels" / name
        folder.mkdir(parents=True)
        (folder / "kernel.json").write_text(json.dumps(spec))

    @contextlib.contextmanager
    def open(
        self,
        *cells: str,
        kernel: str = "",
        scheme: Any = "light",
        width: int = 1280,
        height: int = 900,
    ) -> Iterator[Notebook]:
        """Open a new notebook with these cells in a new page."""
        name = self.write([nbformat.v4.new_code_cell(source) for source in cells], kernel)
        with self.visit(name, scheme=scheme, width=width, height=height) as opened:
            opened.errors.clear()  # of the front end: there is no answer yet
            yield opened

    def write(self, cells: list[Any], kernel: str = "") -> str:
        """Write an untrusted notebook into the folder; return its name."""
        kernel = kernel or self.kernel
        self._count += 1
        name = f"test{self._count}.ipynb"
        notebook = nbformat.v4.new_notebook(cells=cells)
        notebook.metadata.kernelspec = {
            "name": kernel,
            "display_name": kernel,
            "language": "python",
        }
        nbformat.write(notebook, self.notebooks / name)
        return name

    def trust(self, name: str) -> None:
        """Trust a notebook."""
        command = [sys.executable, "-m", "jupyter", "trust", str(self.notebooks / name)]
        subprocess.run(command, env=self._env, check=True)

    @contextlib.contextmanager
    def visit(
        self,
        name: str,
        *,
        scheme: Any = "light",
        width: int = 1280,
        height: int = 900,
        kernel: bool = True,
    ) -> Iterator[Notebook]:
        """Open an existing notebook in a new page, with a kernel or without one."""
        size = {"width": width, "height": height}
        with self.browser.new_context(viewport=size, color_scheme=scheme) as context:
            page = context.new_page()
            opened = Notebook(self, page, name)
            if kernel:
                opened.go()
            else:
                opened.go_without_kernel()
            yield opened
            if kernel and not page.is_closed():
                page.evaluate("jupyterapp.shell.currentWidget.sessionContext.shutdown()")


class Notebook:
    """An open notebook and its page."""

    def __init__(self, lab: Lab, page: Page, name: str) -> None:
        self.lab, self.page, self.name = lab, page, name
        self.errors: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    def go(self) -> None:
        """Load the page (again)."""
        self.page.goto(self.lab.address(self.name))
        self.page.wait_for_function(_READY, arg=self.name, timeout=180_000)

    def go_without_kernel(self) -> None:
        """Load the page, and choose "No Kernel" when JupyterLab asks for one."""
        self.page.goto(self.lab.address(self.name))
        dialog = self.page.locator(".jp-Dialog")
        dialog.get_by_role("combobox").select_option("No Kernel")
        dialog.get_by_role("button", name="Select Kernel").click()
        self.page.wait_for_function(_OPEN, arg=self.name, timeout=180_000)

    def start(self, index: int) -> None:
        """Start a cell without waiting for its end."""
        self.page.evaluate(
            """index => {
              const notebook = window.jupyterapp.shell.currentWidget.content;
              notebook.deselectAll();
              notebook.activeCellIndex = index;
              notebook.widgets[index].model.__over = false;
              window.jupyterapp.commands.execute('notebook:run-cell')
                .then(() => { notebook.widgets[index].model.__over = true; });
            }""",
            index,
        )

    def finished(self, index: int, timeout: float = 60) -> None:
        """Wait for the end of a started cell."""
        self.page.wait_for_function(
            "index => jupyterapp.shell.currentWidget.content.widgets[index].model.__over",
            arg=index,
            timeout=timeout * 1000,
        )

    def run(self, index: int) -> str:
        """Run a cell to its end and return its text output."""
        self.start(index)
        self.finished(index)
        return self.printed(index)

    def printed(self, index: int) -> str:
        """Return the text output of a cell."""
        outputs = self.page.evaluate(
            "i => jupyterapp.shell.currentWidget.content.widgets[i].model.outputs.toJSON()", index
        )
        text = "".join(o.get("text", "") or "\n".join(o.get("traceback", [])) for o in outputs)
        return re.sub(r"\x1b\[[\d;]*m", "", text)

    def add(self, source: str) -> int:
        """Append a cell; return its index."""
        index: int = self.page.evaluate(
            """source => {
              const model = window.jupyterapp.shell.currentWidget.content.model.sharedModel;
              model.insertCell(model.cells.length, {cell_type: 'code', source});
              return model.cells.length - 1;
            }""",
            source,
        )
        return index

    def saved(self) -> str:
        """Save the notebook and return its file's text."""
        self.page.evaluate("jupyterapp.commands.execute('docmanager:save')")
        self.page.wait_for_function(
            "() => !window.jupyterapp.shell.currentWidget.context.model.dirty"
        )
        return (self.lab.notebooks / self.name).read_text("utf-8")

    @property
    def answers(self) -> Any:
        """The views of answers in the page."""
        return self.page.locator(".pplx")
