"""A chat in a notebook that runs without a user: a cell that shows it waits for its answers."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

import pplx_widget as pplx

from ..support.wire_server import CREATED, WireServer, completed, delta

pytestmark = pytest.mark.jupyter

SETUP = (
    "import pplx_widget as pplx\n"
    "pplx.configure(base_url={!r}, api_key='pplx-Zq7correcthorsebattery00staple11')"
)
ASKS = "chat = pplx.Chat(effort='low')\nchat.ask('One?')\nchat.ask('Two?'); None"


def test_a_shown_chat_waits_and_comes_back(server: WireServer, tmp_path: Path) -> None:
    server.respond([CREATED, 0.2, delta("An **answer**."), 0.2, completed()])
    cells = [
        SETUP.format(server.base_url),
        ASKS,
        "chat",
        "pplx.Chat()",
        "pplx.Chat().ask('Three?')",
    ]
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    NotebookClient(nb, timeout=120, kernel_name="python3").execute()
    ((shown,), (empty,), (answer,)) = (nb.cells[i].outputs for i in (2, 3, 4))
    assert set(shown.data) == {"text/html", "text/markdown", "text/plain"}
    assert shown.data["text/html"].count("<strong>answer</strong>") == 2
    assert "without questions" in empty.data["text/html"]
    # An answer that a cell shows is shown alone.
    assert answer.data["text/html"].count("<strong>answer</strong>") == 1
    assert "widgets" not in nb.metadata
    del nb.cells[3:]
    nbformat.write(nb, tmp_path / "n.ipynb")
    (chat,) = pplx.load(tmp_path / "n.ipynb")
    assert isinstance(chat, pplx.Chat)
    assert [turn.question for turn in chat] == ["One?", "Two?"]
