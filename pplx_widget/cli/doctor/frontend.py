"""The check for the extensions that show widgets, in the environment of the Jupyter server.

The most common failure of widgets is that the kernel's environment has these extensions and the
server's environment does not: the cell then shows "Error displaying widget" or text. So the check asks
running servers, and examines this environment only if no server is running.
"""

from __future__ import annotations

import importlib
import json
import os
import socket
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2

from ...config.base_url import is_loopback
from .check import Check
from .installed import pip

# Lab extension → the Python package that contains it.
NEEDED = {
    "anywidget": "anywidget",
    "@jupyter-widgets/jupyterlab-manager": "jupyterlab_widgets",
}

_NAME = "front end"
_RELOAD = "reload open JupyterLab pages after installing them"
_SECONDS = 5.0


def front_end() -> list[Check]:
    """Check every running Jupyter server, or this environment if none is running."""
    servers = running_servers()
    if servers:
        return [ask_server(server) for server in servers]
    return [this_environment()]


def running_servers() -> list[dict[str, Any]]:
    """Return the contents of the runtime files of running Jupyter servers, including their tokens."""
    try:
        serverapp = importlib.import_module("jupyter_server.serverapp")
        return list(serverapp.list_running_servers())
    except (ImportError, OSError):
        # The server may run in another environment, which is exactly the case to detect.
        return [server for file in _runtime_files() if (server := _running(file))]


def _runtime_files() -> list[Path]:
    """Return the runtime files of servers in Jupyter's default folder."""
    home = Path.home()
    folder = {
        "darwin": home / "Library/Jupyter/runtime",
        "win32": Path(os.environ.get("APPDATA") or home) / "jupyter/runtime",
    }.get(sys.platform, home / ".local/share/jupyter/runtime")
    if data := os.environ.get("JUPYTER_DATA_DIR"):
        folder = Path(data) / "runtime"
    folder = Path(os.environ.get("JUPYTER_RUNTIME_DIR") or folder)
    return sorted(folder.glob("jpserver-*.json"))


def _running(file: Path) -> dict[str, Any] | None:
    """Return the contents of a runtime file; None if its server is gone or it cannot be read."""
    try:
        server = json.loads(file.read_text("utf-8"))
        parts = urlsplit(server["url"])
        socket.create_connection((parts.hostname, parts.port), timeout=_SECONDS).close()
    except (OSError, ValueError, TypeError, KeyError):
        return None
    return dict(server)


def ask_server(server: dict[str, Any]) -> Check:
    """Ask a Jupyter server on this machine which lab extensions it has.

    Parameters
    ----------
    server : dict
        The contents of its runtime file, with ``url``, ``token`` and ``pid``.
    """
    url = str(server.get("url") or "")
    who = f"Jupyter server at {url} (process {server.get('pid')})"
    if not is_loopback(url):
        return Check(_NAME, "warn", f"{who}: not on a loopback address, so it was not asked")
    token = str(server.get("token") or "")
    headers = {"Authorization": f"token {token}"} if token else {}
    try:
        # No proxy, because the token must not leave this machine.
        with httpx2.Client(trust_env=False, timeout=_SECONDS) as client:
            answer = client.get(f"{url.rstrip('/')}/lab/api/extensions", headers=headers)
        extensions = answer.json() if answer.is_success else None
    except (httpx2.HTTPError, ValueError):
        return Check(_NAME, "warn", f"{who}: it did not answer")
    if not isinstance(extensions, list):
        return Check(
            _NAME,
            "warn",
            f"{who}: it does not list its extensions (HTTP {answer.status_code})",
            "Run `jupyter labextension list` in the environment of that server.",
        )
    have = {_plain(str(e.get("name"))) for e in extensions if isinstance(e, dict) and _is_on(e)}
    missing = [package for name, package in NEEDED.items() if _plain(name) not in have]
    if not missing:
        return Check(_NAME, "ok", f"{who}: has the widget extensions; {_RELOAD}")
    return Check(
        _NAME,
        "fail",
        f"{who}: missing or disabled: {', '.join(missing)}",
        f"In the environment of that server, run `python -m pip install {' '.join(missing)}`. Then "
        "restart the server and reload the page in the browser.",
    )


def this_environment() -> Check:
    """Check the data folders that a Jupyter server in this environment would use."""
    folders = [Path(folder) for folder in _extension_folders()]
    missing = [
        package
        for name, package in NEEDED.items()
        if not any((folder / name / "package.json").is_file() for folder in folders)
    ]
    if missing:
        return Check(
            _NAME,
            "fail",
            f"no Jupyter server is running, and this environment lacks {', '.join(missing)}",
            f"If you start Jupyter from this environment: {pip(' '.join(missing))}",
        )
    return Check(
        _NAME,
        "ok",
        f"no Jupyter server is running; this environment has the widget extensions; {_RELOAD}",
    )


def _extension_folders() -> list[str]:
    try:
        return list(importlib.import_module("jupyter_core.paths").jupyter_path("labextensions"))
    except ImportError:
        return [str(Path(sys.prefix, "share", "jupyter", "labextensions"))]


def _is_on(extension: dict[str, Any]) -> bool:
    return bool(extension.get("installed", True)) and bool(extension.get("enabled", True))


def _plain(name: str) -> str:
    # JupyterLab's PyPI extension manager lists "jupyter-widgets-jupyterlab-manager".
    return name.removeprefix("@").replace("/", "-")
