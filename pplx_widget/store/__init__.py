"""Answers in one SQLite file: rows of batches, the cache, and the history."""

from __future__ import annotations

import importlib

from ..core import browser_packages
from ..core.errors import StoreFailed

browser_packages.load_now("sqlite3")  # in a page's Python it is a package of its own
try:
    importlib.import_module("sqlite3")
except ImportError:
    raise StoreFailed(
        "No store can be used here.",
        "This Python has no SQLite.",
        "Leave `store` out, or use a Python with the module sqlite3.",
    ) from None
