"""A notebook that runs a second time: no request, and the same documents but for one line."""

from __future__ import annotations

import copy
import re
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from ..support.wire_server import CREATED, WireServer, completed, delta, results

pytestmark = pytest.mark.jupyter

CELLS = [
    "answer = pplx.ask('How do bees talk?')\nanswer",
    "answer.ask('And wasps?', context='a,b\\n1,2')",
    "%%ask --effort low\nWhat do bees eat?",
    "print(pplx.complete('How do bees talk?', effort='low').text)",
    "print(pplx.usage().questions)",
]


def run(server: WireServer, path: Path) -> nbformat.NotebookNode:
    setup = (
        "import pplx_widget as pplx\n%load_ext pplx_widget\n"
        f"pplx.configure(base_url={server.base_url!r}, store={str(path)!r}, cache='7 days'); None"
    )
    nb = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(source) for source in (setup, *CELLS)]
    )
    NotebookClient(nb, timeout=120, kernel_name="python3").execute()
    return nb


def test_run_all_twice(server: WireServer, path: Path) -> None:
    search, sources = results(7, 3, query="bees")
    text = [delta("Bees **dance**.[3] "), delta("So they say.[web:7]")]
    server.respond([CREATED, search, sources, *text, completed()])
    first = run(server, path)
    assert len(server.requests) == 4
    second, third = run(server, path), run(server, path)
    assert len(server.requests) == 4
    assert shown(second) == shown(third)
    for before, after in zip(shown(first)[:3], shown(second)[:3], strict=True):
        was, now = copy.deepcopy(before), copy.deepcopy(after)
        assert was.metadata.pplx_widget.asked == now.metadata.pplx_widget.pop("kept")
        assert now.metadata == was.metadata
        for form, content in was.data.items():
            day = re.search(r"asked on (\d+ \w+ \d+)", content)
            assert day
            free = content.replace("$0.0050 · ", "").replace(day[0], f"from {day[1]} · $0")
            assert now.data[form] == free
    assert shown(second)[3] == shown(first)[3]
    assert shown(first)[4].text.strip() == "4"
    assert shown(second)[4].text.strip() == "0"


def shown(nb: nbformat.NotebookNode) -> list[Any]:
    return [cell.outputs[0] for cell in nb.cells[1:]]
