"""Which parts of an answer's life were tried in which host: a table at the end of the tests.

A test calls `held` after it has seen a part. docs/guides/hosts.md gives the reasons of each "—".
"""

from __future__ import annotations

PARTS = ("live", "Stop idle", "Stop busy", "document", "reopened", "alive")

_ALL = " ".join("x" for _ in PARTS)
# "x" where the host has such a part, in the order of `PARTS`.
_HOSTS = {
    "JupyterLab, ipykernel 7": _ALL,
    "JupyterLab, ipykernel 6": _ALL,
    "Notebook 7": _ALL,
    "jupyter-collaboration": _ALL,
    "Voilà": "x x - - - x",
    "jupyter console": "- - - x - -",
    "papermill": "- - - x - -",
    "jupyter-nbconvert": "- - - x - -",
    "nbclient": "- - - x - -",
    "nbval": "- - - x - -",
    "Jupyter Book 1": "- - - x - -",
    "marimo edit": "x x x - x x",
    "marimo run": "x x - - - x",
    "marimo export": "- - - x - -",
    "panel": "x x - - - x",
    "shiny": "x x - - - x",
    "solara": "x x - - - x",
    "VS Code (simulated)": _ALL,
    "Colab (simulated)": _ALL,
}

_seen: set[tuple[str, str]] = set()


def held(host: str, *parts: str) -> None:
    """Note that these parts were seen in a host."""
    assert not set(parts) - _parts(host), (host, parts)
    _seen.update((host, part) for part in parts)


def table() -> list[str]:
    """Return the lines of the table."""
    wide = max(map(len, _HOSTS))
    lines = ["  ".join([" " * wide, *PARTS])]
    for host in _HOSTS:
        cells = (_cell(host, part).center(len(part)) for part in PARTS)
        lines.append("  ".join([host.ljust(wide), *cells]).rstrip())
    return lines


def missing() -> list[str]:
    """Return the parts that no test has seen."""
    pairs = ((host, part) for host in _HOSTS for part in PARTS if part in _parts(host))
    return [f"{host}: {part}" for host, part in pairs if (host, part) not in _seen]


def _parts(host: str) -> set[str]:
    return {part for part, has in zip(PARTS, _HOSTS[host].split(), strict=True) if has == "x"}


def _cell(host: str, part: str) -> str:
    if part not in _parts(host):
        return "—"
    return "ran" if (host, part) in _seen else "no"
