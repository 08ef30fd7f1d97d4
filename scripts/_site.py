"""The documentation site: the notebooks are run, and Sphinx makes the pages, in .cache/site."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import _environment
import _samples
from _environment import ROOT, ScriptError, say

SITE = _environment.CACHE / "site"
NOTEBOOKS = SITE / "notebooks"  # docs/conf.py reads them there
# Most of a notebook's time is waiting for paced answers. More kernels at once would distort the times
# that notebooks measure.
AT_ONCE = 4

LOADED = re.compile(
    r"""<(?:script|img|iframe|source|link(?![^>]*rel="canonical"))[^>]*?(?:src|href)="((?:https?:)?//[^"]*)"""
)
IN_STYLES = re.compile(r"""(?:@import|url\()\s*["']?((?:https?:)?//[^"')]*)""")


def build(*, notebooks: bool = True) -> Path:
    """Build the site and return its first page."""
    started = time.monotonic()
    shutil.rmtree(SITE, ignore_errors=True)
    if notebooks:
        run_notebooks()
    pages = SITE / "html"
    sphinx = [sys.executable, "-m", "sphinx", "--quiet", "--fail-on-warning", "--keep-going"]
    where = ["-b", "html", "-c", "docs", "-d", str(SITE / "trees"), ".", str(pages)]
    if subprocess.run([*sphinx, *where], cwd=ROOT, check=False).returncode:
        raise ScriptError("The site was not built: the warnings above say what to mend.")
    if loaded := sorted(loads_from_others(pages)):
        raise ScriptError("These are loaded from another host:\n" + "\n".join(loaded))
    first = pages / "docs" / "index.html"
    say(f"built in {time.monotonic() - started:.0f} s: {first.relative_to(ROOT)}")
    return first


def loads_from_others(pages: Path) -> set[str]:
    """Return what the pages would load from another host; links are not loaded."""
    texts = (path.read_text("utf-8") for path in pages.rglob("*.html"))
    found = {found for text in texts for found in LOADED.findall(text)}
    styles = (path.read_text("utf-8") for path in pages.rglob("*.css"))
    return found | {found for text in styles for found in IN_STYLES.findall(text)}


def run_notebooks() -> None:
    """Run every notebook, and keep it with its outputs."""
    NOTEBOOKS.mkdir(parents=True)
    _samples.remove_keys()
    # pip installs the kernel's own debugger with it, which complains of frozen modules.
    os.environ["PYDEVD_DISABLE_FILE_VALIDATION"] = "1"
    with _samples.for_notebooks(), ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(run_notebook, sorted((ROOT / "notebooks").glob("*.ipynb"))))


def run_notebook(path: Path) -> None:
    """Run one notebook beside the files that it reads."""
    import nbformat  # noqa: PLC0415 (not there before the environment is entered)
    from jupyter_client.manager import AsyncKernelManager  # noqa: PLC0415
    from nbclient import NotebookClient  # noqa: PLC0415
    from nbclient.exceptions import CellExecutionError  # noqa: PLC0415

    started = time.monotonic()
    notebook = nbformat.read(path, as_version=4)
    with tempfile.TemporaryDirectory(prefix="pplx-") as sockets:
        kernel = AsyncKernelManager(kernel_name="python3")
        if os.name == "posix":
            # Two kernels that start at the same time may choose the same port.
            kernel.transport, kernel.ip = "ipc", f"{sockets}/socket"
        resources = {"metadata": {"path": str(path.parent)}}
        client = NotebookClient(
            notebook, km=kernel, timeout=120, coalesce_streams=True, resources=resources
        )
        try:
            client.execute(cleanup_kc=True)
        except CellExecutionError as error:
            raise ScriptError(f"A cell of {path.name} failed.\n{error}") from None
    nbformat.write(notebook, NOTEBOOKS / path.name)
    say(f"{path.name} took {time.monotonic() - started:.1f} s")
