"""An answer whose cell was deleted is stopped, after a delay in which an undo brings it back."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from ..support.lab import Lab, Notebook
from ..support.lab_answer import setup
from ..support.wire_server import CREATED, WireServer, delta

# The delay of the page, and of the kernel that asks other pages, in seconds.
DELAY = 12
ASK = "pplx.ask('How does it stream?')"
LOOK = (
    "from pplx_widget.widget import lifetime\n"
    "print([w.status.value for w in lifetime.widgets() if isinstance(w, pplx.Answer)])"
)


@pytest.fixture
def asked(lab: Lab, server: WireServer) -> Iterator[Notebook]:
    """A notebook whose second cell has asked without a name, and does not end."""
    server.respond([CREATED, delta("so far "), threading.Event()])
    with lab.open(setup(server), ASK, LOOK, *["1"] * 3) as notebook:
        notebook.run(0)
        notebook.run(1)
        expect(notebook.answers).to_contain_text("so far")
        yield notebook


def command(notebook: Notebook, name: str, cell: int | None = None) -> None:
    """Execute a command of JupyterLab, on a cell if one is given."""
    notebook.page.evaluate(
        """async ([name, cell]) => {
          const { content } = jupyterapp.shell.currentWidget;
          if (cell !== null) {
            content.deselectAll();
            content.activeCellIndex = cell;
            content.mode = 'command';
          }
          await jupyterapp.commands.execute(name);
        }""",
        [name, cell],
    )


def after_the_delay(notebook: Notebook, server: WireServer) -> str:
    """Wait for longer than the delay, or until the answer is stopped; return its status."""
    server.client_left.wait(DELAY + 4)
    index = notebook.add(LOOK)
    return notebook.run(index)


def test_a_deleted_cell(asked: Notebook, server: WireServer) -> None:
    command(asked, "notebook:delete-cell", 1)
    expect(asked.answers).to_have_count(0)
    deleted = time.monotonic()
    assert server.client_left.wait(DELAY + 20)
    assert time.monotonic() - deleted > DELAY - 3  # an undo fits in
    assert "['stopped']" in asked.run(1)
    # An undo that comes too late shows what there is of the answer.
    command(asked, "notebook:undo-cell-action", 0)
    expect(asked.answers).to_contain_text("so far")
    expect(asked.answers).to_contain_text(re.compile("Stopped.*no output shows it"))
    assert asked.errors == []


def test_an_undo_brings_it_back(asked: Notebook, server: WireServer) -> None:
    command(asked, "notebook:delete-cell", 1)
    expect(asked.answers).to_have_count(0)
    command(asked, "notebook:undo-cell-action", 0)
    expect(asked.answers).to_contain_text("so far")
    assert "['streaming']" in after_the_delay(asked, server)


def test_a_name_keeps_it(lab: Lab, server: WireServer) -> None:
    server.respond([CREATED, delta("so far "), threading.Event()])
    with lab.open(setup(server), f"answer = {ASK}\nanswer") as notebook:
        notebook.run(0)
        notebook.run(1)
        expect(notebook.answers).to_contain_text("so far")
        command(notebook, "notebook:delete-cell", 1)
        expect(notebook.answers).to_have_count(0)
        assert "['streaming']" in after_the_delay(notebook, server)
        # Without the name, the next cell stops it.
        notebook.run(notebook.add("del answer"))
        assert server.client_left.wait(10)


def test_a_moved_and_a_folded_cell_keep_it(asked: Notebook, server: WireServer) -> None:
    command(asked, "notebook:move-cell-down", 1)
    command(asked, "notebook:move-cell-down", 2)
    command(asked, "notebook:hide-cell-outputs", 3)
    assert "['streaming']" in after_the_delay(asked, server)
    command(asked, "notebook:show-cell-outputs", 3)
    expect(asked.answers).to_contain_text("so far")


def test_a_cut_and_pasted_cell_keeps_it(asked: Notebook, server: WireServer) -> None:
    command(asked, "notebook:cut-cell", 1)
    expect(asked.answers).to_have_count(0)
    command(asked, "notebook:paste-cell-below", 2)
    expect(asked.answers).to_contain_text("so far")
    assert "['streaming']" in after_the_delay(asked, server)


def test_a_cell_out_of_sight_keeps_it(lab: Lab, server: WireServer) -> None:
    """JupyterLab takes cells far away out of the page."""
    server.respond([CREATED, delta("so far "), threading.Event()])
    far = "print('\\n' * 30)"
    with lab.open(setup(server), ASK, *[far] * 40) as notebook:
        notebook.run(0)
        notebook.run(1)
        expect(notebook.answers).to_contain_text("so far")
        for cell in range(2, 42):
            notebook.run(cell)
        notebook.page.evaluate(
            "jupyterapp.shell.currentWidget.content.scrollToItem(41, 'end')",
        )
        assert "['streaming']" in after_the_delay(notebook, server)


def test_a_second_view_keeps_it(asked: Notebook, server: WireServer) -> None:
    command(asked, "notebook:create-output-view", 1)
    expect(asked.answers).to_have_count(2)
    asked.page.evaluate(
        """() => {
          const panel = [...jupyterapp.shell.widgets('main')].find((w) => w.context?.model);
          jupyterapp.shell.activateById(panel.id);
        }"""
    )
    command(asked, "notebook:delete-cell", 1)
    expect(asked.answers).to_have_count(1)
    assert "['streaming']" in after_the_delay(asked, server)


def test_a_closed_tab_keeps_it(lab: Lab, asked: Notebook, server: WireServer) -> None:
    asked.saved()
    asked.page.evaluate("jupyterapp.shell.currentWidget.close()")
    expect(asked.answers).to_have_count(0)
    assert not server.client_left.wait(DELAY + 4)
    asked.go()
    assert "['streaming']" in asked.run(2)


def test_another_page_keeps_it(asked: Notebook, server: WireServer) -> None:
    asked.saved()
    other = Notebook(asked.lab, asked.page.context.new_page(), asked.name)
    other.page.goto(f"{asked.lab.url}/lab/workspaces/other/tree/{asked.name}?token=test")
    expect(other.answers).to_contain_text("so far")
    command(asked, "notebook:delete-cell", 1)
    expect(asked.answers).to_have_count(0)
    assert "['streaming']" in after_the_delay(asked, server)
    command(other, "notebook:delete-cell", 1)
    assert server.client_left.wait(DELAY + 20)
    other.page.close()
