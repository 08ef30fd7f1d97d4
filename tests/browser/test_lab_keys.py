"""Keys and focus in a real JupyterLab, with the focus in an answer."""

from __future__ import annotations

import threading

import pytest
from playwright.sync_api import expect

from ..support.lab import Lab, Notebook
from ..support.lab_answer import asked, settled, whole
from ..support.wire_server import CREATED, WireServer, delta

CELLS = """() => {
    const {widgets, mode} = jupyterapp.shell.currentWidget.content;
    return [mode, ...widgets.map(({model}) => [model.type, model.sharedModel.getSource()])];
}"""
DIRTY = "jupyterapp.shell.currentWidget.context.model.dirty"
SINGLE = ("m", "y", "d", "d", "x", "a", "b", "0", "0", "Shift+M", "ArrowDown", "Delete")


def is_dirty(notebook: Notebook, *, dirty: bool) -> None:
    notebook.page.wait_for_function(f"{DIRTY} === {str(dirty).lower()}")


@pytest.mark.parametrize("place", ["sup a", "summary.pplx-phase", ".pplx-controls button"])
def test_shortcuts_live_and_single_keys_change_no_cell(
    lab: Lab, server: WireServer, place: str
) -> None:
    server.respond(whole())
    with asked(lab, server, "1") as notebook:
        page = notebook.page
        control = settled(notebook).locator(place).first
        control.focus()
        before = page.evaluate(CELLS)
        for key in SINGLE:
            page.keyboard.press(key)
            control.focus()
        assert page.evaluate(CELLS) == before
        is_dirty(notebook, dirty=True)
        page.keyboard.press("Control+s")
        is_dirty(notebook, dirty=False)
        control.focus()
        page.keyboard.press("Control+f")
        expect(page.locator(".jp-DocumentSearch-overlay")).to_be_visible()


def test_the_focus_stays_in_the_answer_after_stop(lab: Lab, server: WireServer) -> None:
    gate = threading.Event()
    server.respond([CREATED, delta("So far"), gate])
    with asked(lab, server) as notebook:
        stop = notebook.answers.get_by_role("button", name="Stop", exact=True)
        expect(notebook.answers).to_contain_text("So far")
        stop.focus()
        notebook.page.keyboard.press("Enter")
        answer = settled(notebook)
        expect(answer).to_contain_text("Stopped")
        expect(answer).to_be_focused()
        gate.set()
