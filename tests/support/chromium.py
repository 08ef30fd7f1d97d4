"""The Chromium that tests drive: ``scripts/test`` finds or installs one and names it."""

from __future__ import annotations

import os
import shutil
from typing import Any

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


def launch_options() -> dict[str, Any]:
    """Return how to launch it: without a sandbox (CI runs as root) and without calls home."""
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
