"""The demo site: JupyterLite with this package, its notebooks and the samples, in .cache/lite/site.

Everything comes from PyPI and npm and is served by the site itself, so it runs without a network, with
one exception. pandas and numpy have no wheels for the browser on PyPI. A cell that imports pandas loads
it from Pyodide's CDN.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import time
import tomllib
from pathlib import Path
from typing import Any

import _environment
import _lite_index
import _lite_packages
import _node
from _environment import ROOT, ScriptError, say

WORK = _environment.CACHE / "lite"
SITE = WORK / "site"

# The version of Pyodide is that of the kernel's default, or a later one of the same series.
PYODIDE = "pyodide@314.0.7"
CDN = "https://cdn.jsdelivr.net/pyodide/v314.0.7/full/"
# The MB until the first answer in an empty browser, without compression; `scripts/lite --check`
# measures them.
FIRST_LOAD = 31

# The programs that build the site, and the page's halves of the widgets.
BUILDERS = (
    "jupyterlite-core==0.8.6",
    "jupyterlite-pyodide-kernel==0.8.6",
    "jupyter_server>=2.14",
    "jupyterlab_widgets>=3",
    "anywidget>=0.9.18",
)
# Parts of Pyodide that a page does not load.
UNUSED = ("*.map", "*.ts", "*.html", "README.md", "package.json")

# Packages that a browser needs beside those of pyproject.toml: the kernel's, and for frames.
OURS = "pplx-widget"
FURTHER = ("ipython", "comm", "micropip", "narwhals", "httpx2-jsfetch")
# Loaded when they are needed; see `pplx_widget.core.browser_packages`.
LATER = frozenset({"openai", "httpx2"})
FROM_CDN = ("pandas", "numpy", "python-dateutil", "pytz", "six")


def build() -> Path:
    """Build the site, and return its folder."""
    started = time.monotonic()
    content = WORK / "content"
    for folder in (content, SITE):
        shutil.rmtree(folder, ignore_errors=True)
    programs = _environment.beside("lite-builders", *BUILDERS)
    python = programs / "python"
    pyodide = _unpacked_pyodide(content / "static" / "pyodide")
    wheels = _wheels(python, json.loads((pyodide / "pyodide-lock.json").read_text("utf-8")))
    _write_lock(pyodide, wheels)
    files = content / "files"
    _copy_notebooks(files)
    (content / "jupyter-lite.json").write_text(json.dumps(_settings()))
    command = [str(python), "-m", "jupyterlite_core", "build", "--output-dir", str(SITE)]
    command += ["--contents", str(files), "--apps", "notebooks", "--no-sourcemaps"]
    command += ["--no-unused-shared-packages"]
    _run(command, content)
    (SITE / "index.html").write_text(_lite_index.page(ROOT / "notebooks", FIRST_LOAD), "utf-8")
    size = sum(path.stat().st_size for path in SITE.rglob("*") if path.is_file())
    say(f"built in {time.monotonic() - started:.0f} s: {SITE.relative_to(ROOT)}, {_mb(size)}")
    return SITE


def _copy_notebooks(folder: Path) -> None:
    """Copy the notebooks and their data.

    JupyterLite takes each file of the site with "json" in its name for one JSON text, and cannot read
    a recording then.
    """
    folder.mkdir(parents=True)
    for path in sorted((ROOT / "notebooks").iterdir()):
        if path.is_file() and not path.name.startswith("."):
            text = path.read_text("utf-8").replace("turbines.jsonl", "turbines.txt")
            (folder / path.name.replace(".jsonl", ".txt")).write_text(text, "utf-8")


def _run(command: list[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ScriptError(f"{done.stdout}{done.stderr}\n`{' '.join(command)}` failed.")


def _mb(size: float) -> str:
    return f"{size / 1e6:.0f} MB"


def _unpacked_pyodide(folder: Path) -> Path:
    """Put Pyodide's interpreter and standard library into a folder of the site."""
    home = WORK / "npm"
    home.mkdir(parents=True, exist_ok=True)
    if not (home / "node_modules" / "pyodide").exists():
        _node.run("npm", "install", *_node.QUIETLY, "--no-save", PYODIDE, folder=home)
    found = home / "node_modules" / "pyodide"
    shutil.copytree(found, folder, ignore=shutil.ignore_patterns(*UNUSED, "node_modules"))
    return folder


def _wheels(python: Path, lock: dict[str, Any]) -> list[_lite_packages.Wheel]:
    """Return the wheels of this package and of all that it needs in a browser."""
    folder = WORK / "wheels"
    shutil.rmtree(folder, ignore_errors=True)
    pip = [str(python), "-m", "pip", "--disable-pip-version-check"]
    _run([*pip, "wheel", "--no-deps", "--wheel-dir", str(folder), str(ROOT)], ROOT)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    abi, version = lock["info"]["abi_version"], ".".join(lock["info"]["python"].split(".")[:2])
    command = [*pip, "download", "--only-binary=:all:", "--dest", str(folder)]
    command += ["--platform", f"pyemscripten_{abi}_wasm32", "--python-version", version]
    command += ["--implementation", "cp", "--abi", f"cp{version.replace('.', '')}"]
    _run([*command, *project["dependencies"], *FURTHER], ROOT)
    return _lite_packages.needed(folder, (OURS, *LATER, *FURTHER), version)


def _write_lock(pyodide: Path, wheels: list[_lite_packages.Wheel]) -> None:
    """Let Pyodide load these packages when a cell imports them."""
    path = pyodide / "pyodide-lock.json"
    lock = json.loads(path.read_text("utf-8"))
    theirs = lock["packages"]
    packages = {}
    for name in FROM_CDN:
        packages[name] = {**theirs[name], "file_name": CDN + theirs[name]["file_name"]}
    for wheel in wheels:
        shutil.copy(wheel.path, pyodide)
        packages[wheel.name] = {
            "name": wheel.name,
            "version": wheel.version,
            "file_name": wheel.path.name,
            "install_dir": "site",
            "sha256": hashlib.sha256(wheel.path.read_bytes()).hexdigest(),
            "package_type": "package",
            "imports": wheel.imports,
            "depends": [each for each in wheel.depends if wheel.name != OURS or each not in LATER],
            "unvendored_tests": False,
        }
    path.write_text(json.dumps({**lock, "packages": packages}))


def _settings() -> dict[str, Any]:
    kernel = {
        "pyodideUrl": "./static/pyodide/pyodide.mjs",
        "disablePyPIFallback": False,
        # The samples answer: the notebooks need no server and no key.
        "loadPyodideOptions": {
            "lockFileURL": "./static/pyodide/pyodide-lock.json",
            "env": {"PPLX_SAMPLES": "1", "HOME": "/home/pyodide"},
            # Before the first cell, also for one that begins with `%load_ext`.
            "packages": [OURS],
        },
    }
    settings = {
        "appName": "pplx_widget",
        "exposeAppInBrowser": True,
        "litePluginSettings": {"@jupyterlite/pyodide-kernel-extension:kernel": kernel},
    }
    return {"jupyter-lite-schema-version": 0, "jupyter-config-data": settings}
