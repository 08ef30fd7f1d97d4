"""Launch options of the Chromium for tests, which ``scripts/test`` finds or installs."""

from __future__ import annotations

import os
import shutil
from typing import Any

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


def launch_options() -> dict[str, Any]:
    """Return its launch options: no sandbox, since CI runs as root, and no background traffic."""
    path = os.environ.get("PPLX_CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)), None)
    if path is None:
        raise RuntimeError("No Chromium: run `scripts/test`, or set PPLX_CHROMIUM to its path.")
    quiet = (
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
    )
    return {"executable_path": path, "args": list(quiet)}
