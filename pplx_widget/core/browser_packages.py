"""Packages that a page's Python can load, but has not loaded yet.

Pyodide loads a package when a cell imports it. Imports inside this package do not count, so that it
loads only what it needs: neither the SDK for a replay, nor pandas before a data frame is made.
"""

from __future__ import annotations

import importlib
from typing import Any

from . import threads, waiting


async def load(*names: str) -> None:
    """Load packages, if this is a page's Python; a failure shows when they are imported."""
    if (pyodide := _pyodide()) is not None:
        await pyodide.loadPackage(list(names))
        importlib.invalidate_caches()


def load_now(*names: str) -> bool:
    """Load packages while the caller waits, and return whether this is possible here."""
    if _pyodide() is None or (suspend := waiting.suspending()) is None:
        return False
    suspend.run_sync(load(*names))
    return True


def _pyodide() -> Any:
    if threads.can_start():
        return None
    try:
        return importlib.import_module("pyodide_js")
    except ImportError:
        return None
