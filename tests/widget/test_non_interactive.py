"""Notebooks that run non-interactively: the outputs of their cells, and how cells fail."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from ..support.wire_server import CREATED, WireServer, completed, delta, results

pytestmark = pytest.mark.jupyter

KEY = "pplx-Zq7correcthorsebattery00staple11"
TEXT = [delta("Bees **dance**.[3] "), delta("So they say.[web:7]")]


def answered() -> list[object]:
    search, sources = results(7, 3, query="bees")
    return [CREATED, search, sources, *TEXT, completed()]


@pytest.fixture
def notebook(server: WireServer) -> Callable[..., nbformat.NotebookNode]:
    """Run cells as nbclient, nbconvert --execute and papermill do; return the notebook."""

    def run(*cells: str, fails: bool = False) -> nbformat.NotebookNode:
        setup = (
            "import pplx_widget as pplx\n"
            f"pplx.configure(base_url={server.base_url!r}, api_key={KEY!r}); None"
        )
        # The server's address and the key are in the first cell, which is removed before the checks.
        nb = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(source) for source in (setup, *cells)]
        )
        client = NotebookClient(nb, timeout=120, kernel_name="python3")
        if fails:
            with pytest.raises(CellExecutionError):
                client.execute()
        else:
            client.execute()
        nb.cells.pop(0)
        return nb

    return run


def only_output(cell: nbformat.NotebookNode) -> nbformat.NotebookNode:
    (output,) = cell.outputs
    return output


def test_the_last_cell_keeps_the_whole_answer(
    notebook: Callable[..., nbformat.NotebookNode], server: WireServer
) -> None:
    server.respond(answered())
    nb = notebook("answer = pplx.ask('How do bees talk?')\nanswer")
    output = only_output(nb.cells[0])
    assert set(output.data) == {"text/html", "text/markdown", "text/plain"}
    assert "<strong>dance</strong>" in output.data["text/html"]
    assert "pplx-complete" in output.data["text/html"]
    assert "**dance**" in output.data["text/markdown"]
    assert output.metadata["pplx_widget"]["question"] == "How do bees talk?"
    # No widget state, which would include the page's whole code, and no key.
    assert "widgets" not in nb.metadata
    assert KEY not in nbformat.writes(nb)


def test_a_comparison_is_kept_with_each_answer(
    notebook: Callable[..., nbformat.NotebookNode], server: WireServer
) -> None:
    server.respond(answered())
    nb = notebook("comparison = pplx.compare('How do bees talk?', ['fast', 'low'])\ncomparison")
    output = only_output(nb.cells[0])
    assert set(output.data) == {"text/html", "text/markdown", "text/plain"}
    assert output.data["text/html"].count("<strong>dance</strong>") == 2
    assert output.metadata["pplx_widget"]["further"][0]["way"] == "low"
    assert "widgets" not in nb.metadata
    assert KEY not in nbformat.writes(nb)
    server.respond([], status=429)
    nb = notebook("pplx.compare('q', ['fast', 'low'], check=True)", fails=True)
    assert "pplx-failed" in nb.cells[0].outputs[0].data["text/html"]


def test_other_cells_run_while_it_arrives_and_it_is_kept_where_it_is_shown(
    notebook: Callable[..., nbformat.NotebookNode], server: WireServer
) -> None:
    server.respond(answered())
    nb = notebook(
        "answer = pplx.ask('q')", "1 + 1", "display(answer)\nprint(answer.status)", "answer"
    )
    assert nb.cells[0].outputs == []
    shown, *printed = nb.cells[2].outputs
    assert "pplx-complete" in shown.data["text/html"]
    assert (
        "".join(out.text for out in printed) == "complete\n"
    )  # a busy kernel sends it in two parts
    again = only_output(nb.cells[3])
    assert again.data == shown.data


def test_two_runs_are_the_same_to_the_byte(
    notebook: Callable[..., nbformat.NotebookNode], server: WireServer
) -> None:
    kept = []
    for _ in range(2):
        server.respond(answered())
        kept.append(only_output(notebook("pplx.ask('q')").cells[0]).data)
    assert kept[0] == kept[1]


def test_a_failed_answer_is_a_card_and_the_notebook_goes_on(
    notebook: Callable[..., nbformat.NotebookNode], server: WireServer
) -> None:
    server.respond([], status=429)
    nb = notebook("pplx.ask('q')", "'went on'")
    card = only_output(nb.cells[0]).data["text/html"]
    assert "pplx-failed" in card
    assert "pplx-error-what" in card
    assert only_output(nb.cells[1]).data["text/plain"] == "'went on'"


@pytest.mark.parametrize(
    "cell",
    ["pplx.ask('q', check=True)", "pplx.configure(check=True)\ndisplay(pplx.ask('q'))"],
)
def test_with_check_it_fails_its_cell(
    notebook: Callable[..., nbformat.NotebookNode], server: WireServer, cell: str
) -> None:
    server.respond([], status=429)
    nb = notebook(cell, "'never run'", fails=True)
    card, error = nb.cells[0].outputs
    assert "pplx-error-what" in card.data["text/html"]
    assert error.output_type == "error"
    assert error.ename == "RateLimited"
    assert KEY not in nbformat.writes(nb)
    assert nb.cells[1].outputs == []


def test_check_leaves_a_good_answer_alone(
    notebook: Callable[..., nbformat.NotebookNode], server: WireServer
) -> None:
    server.respond(answered())
    assert only_output(notebook("pplx.ask('q', check=True)").cells[0]).output_type == "display_data"


def test_strict_nbval(server: WireServer, tmp_path: Path) -> None:
    path = tmp_path / "strict.ipynb"
    source = (
        f"import pplx_widget as pplx\npplx.configure(base_url={server.base_url!r})\npplx.ask('q')"
    )
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
    server.respond(answered())
    NotebookClient(nb, timeout=120, kernel_name="python3").execute()
    nbformat.write(nb, path)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "--nbval",
        "--nbval-current-env",
        "-p",
        "no:cacheprovider",
    ]

    def passes() -> bool:
        server.respond(answered())
        return subprocess.run([*command, str(path)], cwd=tmp_path, check=False).returncode == 0

    assert passes()
    other = json.loads(path.read_text("utf-8"))
    html = "".join(other["cells"][0]["outputs"][0]["data"]["text/html"])
    other["cells"][0]["outputs"][0]["data"]["text/html"] = html.replace("dance", "prance")
    path.write_text(json.dumps(other), "utf-8")
    assert not passes()
