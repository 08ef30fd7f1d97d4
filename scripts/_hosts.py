#!/usr/bin/env python3
"""Run answers in other hosts: front ends of Jupyter, servers of applications, and simulated hosts.

    scripts/proof hosts
    scripts/proof hosts -- -k marimo      arguments after -- go to pytest

At the end it prints which parts of an answer's life were seen in each host. The hosts get an
environment of their own in .cache, and the page of the simulated ones its packages from npm.
JupyterLab is that of the checkout's own environment; `scripts/test` has further tests of it.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import _environment
import _node
from _environment import CACHE, ROOT, ScriptError

# What the package itself needs, which is imported from the checkout.
OURS = ("anywidget", "openai", "ipykernel", "ipywidgets", "markdown-it-py", "pygments")
HOSTS = (
    *("jupyterlab", "notebook", "voila", "jupyter-console", "jupyter-collaboration"),
    *("nbconvert", "papermill", "nbval"),
    *("marimo", "panel", "ipywidgets_bokeh", "shiny", "shinywidgets"),
    # Its page comes from a CDN, or from npm; see `_install_page`.
    *("solara==1.64.1", "solara-assets"),
)
if TYPE_CHECKING:
    from pathlib import Path

PAGE = ROOT / "tests" / "hosts" / "page"
PARTS = CACHE / "hosts-page"


def main() -> int:
    """Install the missing packages, and run the tests."""
    _environment.enter("dev")
    programs = _environment.beside("hosts", *OURS, *HOSTS)
    # Its versions of Sphinx and Jupyter's packages are too old for the others.
    _environment.beside("hosts-book", *OURS, "jupyter-book<2")
    _install_page(programs.parent / "share" / "solara" / "cdn")
    found = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "_chromium.py")],
        check=False,
        stdout=subprocess.PIPE,
        text=True,
    )
    if found.returncode:
        raise ScriptError("The hosts need Chromium: see above.")
    variables = {"PPLX_HOSTS": str(programs), "PPLX_CHROMIUM": found.stdout.strip()}
    arguments = [each for each in sys.argv[1:] if each != "--"]
    command = [sys.executable, "-m", "pytest", "tests/hosts", *arguments]
    return subprocess.run(
        command, cwd=ROOT, env={**os.environ, **variables}, check=False
    ).returncode


def _install_page(solara: Path) -> None:
    """Install the parts of the simulated hosts' page, and Solara's page."""
    PARTS.mkdir(parents=True, exist_ok=True)
    wanted = (PAGE / "package.json").read_text()
    # Written last, so that an installation that failed is tried again.
    stamp = PARTS / _environment.STAMP.name
    if not (stamp.exists() and stamp.read_text() == wanted):
        (PARTS / "services.js").unlink(missing_ok=True)
        (PARTS / "package.json").write_text(wanted)
        _node.run("npm", "install", *_node.QUIETLY, folder=PARTS)
        stamp.write_text(wanted)
    page = "@widgetti/solara-vuetify3-app"
    version = json.loads(wanted)["dependencies"][page]
    shutil.copytree(PARTS / "node_modules" / page, solara / f"{page}@{version}", dirs_exist_ok=True)


if __name__ == "__main__":
    _environment.run(main)
