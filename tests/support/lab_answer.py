"""An answer in a real JupyterLab: the cells that ask, and the saved outputs."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from typing import Any

from playwright.sync_api import expect

from .lab import Lab, Notebook
from .wire_server import CREATED, WireServer, completed, delta, results

ASK = "answer = pplx.ask('How does it stream?')\nanswer"
KEY = "pplx-Zq7correcthorsebattery00staple11"


def setup(server: WireServer) -> str:
    return (
        "import threading, time\nimport pplx_widget as pplx\n"
        f"pplx.configure(base_url={server.base_url!r}, api_key={KEY!r})"
    )


VIEW = "application/vnd.jupyter.widget-view+json"
TEXT = [delta("It **streams**.[3] "), delta("With `code` and $x^2$ for $5 and $6.")]


@contextlib.contextmanager
def asked(lab: Lab, server: WireServer, *cells: str) -> Iterator[Notebook]:
    """Open a notebook whose second cell has shown an answer; the other cells have not run."""
    with lab.open(setup(server), ASK, *cells) as notebook:
        notebook.run(0)
        notebook.run(1)
        yield notebook


def whole(*text: Any) -> list[Any]:
    return [CREATED, *results(7, 3), *(text or TEXT), completed()]


def outputs(notebook: Notebook, cell: int = 1) -> list[dict[str, Any]]:
    """Return the saved outputs of a cell."""
    saved: list[dict[str, Any]] = json.loads(notebook.saved())["cells"][cell]["outputs"]
    return saved


def html_of(output: dict[str, Any]) -> str:
    html = output["data"]["text/html"]
    return html if isinstance(html, str) else "".join(html)


def settled(notebook: Notebook, count: int = 1) -> Any:
    """Wait for settled answers with a running kernel, and return them."""
    nodes = notebook.page.locator(".pplx-settled[data-status]")
    expect(nodes).to_have_count(count)
    return nodes
