"""The checks of this environment: Python, packages, the JavaScript bundle, ipykernel."""

from __future__ import annotations

import platform
import re
import sys
from importlib import metadata, resources
from typing import TypeAlias

from ..._version import __version__
from .check import Check

Version: TypeAlias = tuple[int, ...]

# The lowest version, and the first that is too new, as in pyproject.toml (a test compares them).
SUPPORTED: dict[str, tuple[str, str | None]] = {
    "anywidget": ("0.9.18", None),
    "ipywidgets": ("8.1.4", None),
    "traitlets": ("5.14", None),
    "openai": ("2.0", "4"),
    "httpx2": ("2.12", None),
    "markdown-it-py": ("4.0", None),
    "pygments": ("2.17", None),
}
PYTHON = (3, 11)

_BUNDLE = ("widget.js", "stub.js")


def python() -> Check:
    """Check the version of Python."""
    found = f"{platform.python_version()} at {sys.executable}"
    if sys.version_info >= PYTHON:
        return Check("Python", "ok", found)
    needed = ".".join(map(str, PYTHON))
    return Check("Python", "fail", found, f"Create an environment with Python {needed} or later.")


def packages() -> list[Check]:
    """Check this package and its dependencies."""
    return [Check("pplx-widget", "ok", __version__), *map(_package, SUPPORTED)]


def bundle() -> Check:
    """Check that the JavaScript bundle exists; in a source checkout it must be built."""
    static = resources.files("pplx_widget") / "static"
    missing = [name for name in _BUNDLE if not (static / name).is_file()]
    if not missing:
        return Check("bundle", "ok", ", ".join(_BUNDLE))
    return Check(
        "bundle",
        "fail",
        f"missing: {', '.join(missing)}",
        f"Reinstall the package: {pip('--force-reinstall pplx-widget')}",
    )


def kernel() -> Check:
    """Check ipykernel: its version decides whether Stop works while a cell runs."""
    installed = _version("ipykernel")
    if installed is None:
        return Check(
            "ipykernel",
            "warn",
            "not installed here, so notebooks run in another environment or not at all",
            f"Run the doctor in the notebook's environment (`!pplx-widget doctor` in a cell), or: "
            f"{pip('ipykernel')}",
        )
    if numbers(installed)[:3] == (7, 0, 0):
        return Check(
            "ipykernel",
            "fail",
            f"{installed}: widgets cannot be updated from a thread in this version",
            pip("--upgrade ipykernel"),
        )
    if numbers(installed) < (7,):
        return Check(
            "ipykernel",
            "warn",
            f"{installed}: Stop waits for a running cell to end",
            f"With version 7, Stop works at once: {pip('--upgrade ipykernel')}",
        )
    if numbers(installed) < (7, 4):
        return Check(
            "ipykernel",
            "warn",
            f"{installed}: about one kernel in sixty stops receiving messages and must be restarted",
            f"Version 7.4 fixes this: {pip('--upgrade ipykernel')}",
        )
    return Check("ipykernel", "ok", f"{installed}: Stop works while a cell runs")


def pip(what: str) -> str:
    """Return the command that installs packages into this environment."""
    return f"{sys.executable} -m pip install {what}"


def numbers(version: str) -> Version:
    """Return the leading numbers of a version, ``"4.0.0rc1"`` → (4, 0, 0)."""
    found = re.match(r"\d+(?:\.\d+)*", version)
    return tuple(int(part) for part in found[0].split(".")) if found else ()


def _package(name: str) -> Check:
    least, below = SUPPORTED[name]
    wanted = f"{name}>={least}" + (f",<{below}" if below else "")
    installed = _version(name)
    if installed is None:
        return Check(name, "fail", "not installed", pip(f"'{wanted}'"))
    too_old = numbers(installed) < numbers(least)
    too_new = below is not None and numbers(installed) >= numbers(below)
    if too_old or too_new:
        return Check(name, "fail", f"{installed}, not supported", pip(f"'{wanted}'"))
    return Check(name, "ok", installed)


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
