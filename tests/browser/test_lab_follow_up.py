"""A follow-up question from the page in a real JupyterLab: it settles with the first answer."""

from __future__ import annotations

import threading

from playwright.sync_api import Locator, expect

from ..support.lab import Lab, Notebook
from ..support.lab_answer import VIEW, asked, html_of, outputs, settled, whole
from ..support.wire_server import CREATED, WireServer, completed, delta

CELLS = "jupyterapp.shell.currentWidget.content.widgets"
NOTEBOOK = f"""() => {CELLS}.map((cell) => [
    cell.model.type, cell.model.sharedModel.source, cell.model.executionCount])"""


def box(notebook: Notebook) -> Locator:
    return notebook.answers.last.get_by_role("textbox", name="Ask a follow-up question")


def test_keys_do_not_reach_the_notebook(lab: Lab, server: WireServer) -> None:
    server.respond(whole())
    with asked(lab, server, "pass") as notebook:
        settled(notebook)
        before = notebook.page.evaluate(NOTEBOOK)
        box(notebook).click()
        keys = notebook.page.keyboard
        keys.type("dd aa bb x m y 00 ii")
        for key in ("Shift+Enter", "ArrowUp", "ArrowDown", "Escape", "Backspace", "Control+z"):
            keys.press(key)
        keys.type("ddb")
        expect(box(notebook)).to_be_focused()
        assert "ddb" in box(notebook).input_value()
        assert notebook.page.evaluate(NOTEBOOK) == before
        # An empty box asks nothing. A button gets the keys that it needs.
        box(notebook).fill("")
        keys.press("Enter")
        notebook.answers.get_by_role("button", name="More formats").focus()
        for key in ("Enter", "ArrowDown", "ArrowUp", "Escape", "ArrowDown"):
            keys.press(key)
        expect(notebook.page.locator(".pplx-menu-item").first).to_be_focused()
        keys.press("Enter")
        expect(notebook.answers).to_contain_text("Copied")
        notebook.answers.locator("summary.pplx-found-summary").focus()
        keys.press("Enter")
        expect(notebook.answers.locator("details.pplx-found")).to_have_attribute("open", "")
        assert notebook.page.evaluate(NOTEBOOK) == before
        assert notebook.page.locator(".jp-Notebook.jp-mod-commandMode").count() == 1
        assert len(server.requests) == 1
        assert notebook.errors == []


def test_a_follow_up_is_answered_below_and_settles_in_the_same_output(
    lab: Lab, server: WireServer
) -> None:
    server.respond(whole())
    gate = threading.Event()
    with asked(lab, server) as notebook:
        settled(notebook)
        server.respond([CREATED, delta("Also **beneath**."), gate, completed()])
        box(notebook).fill("And beneath?")
        box(notebook).press("Enter")
        expect(notebook.answers).to_have_count(2)
        live = notebook.answers.nth(1)
        expect(live).to_contain_text("And beneath?")
        expect(live).to_contain_text("Also beneath")
        expect(live.get_by_role("button", name="Stop", exact=True)).to_be_visible()
        # The focused text box is gone, and keys still do not reach the notebook.
        expect(notebook.page.locator(".pplx-further")).to_be_focused()
        notebook.page.keyboard.type("dd")
        assert notebook.page.evaluate(f"{CELLS}.length") == 2
        (saved,) = outputs(notebook)
        assert "And beneath?" not in html_of(saved)
        gate.set()
        settled(notebook, 2)
        (saved,) = outputs(notebook)
        assert VIEW not in saved["data"]
        assert html_of(saved).index("How does it stream?") < html_of(saved).index(
            "Also <strong>beneath"
        )
        expect(notebook.page.locator(".pplx-further")).to_have_count(0)
        # Keyboard users are not sent back to the top of the page.
        expect(notebook.answers.nth(1)).to_be_focused()
        # Once more, from the new last answer, after a reload.
        notebook.saved()
        notebook.go()
        settled(notebook, 2)
        expect(notebook.page.get_by_role("textbox", name="Ask a follow-up question")).to_have_count(
            1
        )
        server.respond([CREATED, delta("A third."), completed()])
        box(notebook).fill("And again?")
        notebook.answers.last.get_by_role("button", name="Ask", exact=True).click()
        expect(notebook.answers).to_have_count(3)
        settled(notebook, 3)
        (saved,) = outputs(notebook)
        assert "A third." in html_of(saved)
        assert html_of(saved).count("pplx-settled") == 3
        assert notebook.errors == []
