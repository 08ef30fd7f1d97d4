"""The table of a batch in a real JupyterLab: live, by keyboard, settled, reloaded, without a kernel."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from ..support.lab import Lab, Notebook
from ..support.paths import ROOT

SETUP = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
import pplx_widget as pplx
from pplx_widget.widget.batch.table import Table
from tests.support.fake_rows import FakeRows, run
"""
# A batch in which some rows are over, and which goes on only when it is told to.
STILL = """
rows = FakeRows(1000, rate=30, live=30)
rows.go(10)
table = Table(rows, "batch[{n}]")
table
"""
GO_ON = "run(rows)"


@contextmanager
def shown(lab: Lab, *cells: str, **options: Any) -> Iterator[Notebook]:
    with lab.open(SETUP, STILL, *cells, **options) as notebook:
        notebook.run(0)
        notebook.run(1)
        expect(first(notebook.page)).to_contain_text("What does rule 0")
        yield notebook


def first(page: Page) -> Locator:
    return page.locator("[aria-rowindex='2']")


def focused(page: Page) -> list[str]:
    """Return the row and the column of the focused cell."""
    return page.evaluate(
        "() => [document.activeElement.parentElement.ariaRowIndex, document.activeElement.ariaColIndex]"
    )


def test_by_keyboard(lab: Lab) -> None:
    with shown(lab) as notebook:
        page = notebook.page
        grid = page.get_by_role("grid")
        expect(grid).to_have_attribute("aria-rowcount", "1001")
        page.get_by_label("Search in questions").focus()
        page.keyboard.press("Tab")
        assert focused(page) == ["2", "1"]
        for key, place in (
            ("ArrowDown", ["3", "1"]),
            ("ArrowRight", ["3", "2"]),
            ("End", ["3", "6"]),
            ("ArrowRight", ["3", "6"]),
            ("Home", ["3", "1"]),
            ("Control+End", ["1001", "6"]),
            ("Control+Home", ["2", "1"]),
            ("ArrowUp", ["1", "1"]),
            ("ArrowUp", ["1", "1"]),
        ):
            page.keyboard.press(key)
            assert focused(page) == place, key
        page.keyboard.press("PageDown")
        assert int(focused(page)[0]) > 5
        # The focused row keeps its node, even if it is scrolled far out of sight.
        row = focused(page)
        grid.evaluate("grid => { grid.scrollTop = 20_000 }")
        expect(page.locator("[aria-rowindex='620']")).to_be_visible()
        assert focused(page) == row
        page.keyboard.press("Control+Home")
        page.keyboard.press("ArrowUp")
        page.keyboard.press("ArrowRight")
        page.keyboard.press("Enter")
        expect(page.get_by_role("columnheader", name="State")).to_have_attribute(
            "aria-sort", "ascending"
        )
        expect(first(page)).to_contain_text("Running")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        panel = page.locator(".pplx-b-panel")
        expect(panel).to_be_visible()
        expect(first(page).locator("[aria-expanded='true']")).to_have_count(1)
        page.keyboard.press("Escape")
        expect(panel).to_be_hidden()
        assert focused(page) == ["2", "2"]
        # None of these keys was a command of the notebook.
        assert page.evaluate("jupyterapp.shell.currentWidget.content.widgets.length") == 2
        assert notebook.errors == []


def test_a_row_opens_to_its_answer(lab: Lab) -> None:
    with shown(lab, "print(len(table._open))") as notebook:
        page = notebook.page
        first(page).click()
        panel = page.get_by_role("region", name="Row 1")
        expect(panel.locator("article.pplx")).to_contain_text("Row 0")
        expect(panel.get_by_role("link", name="Source 1").first).to_be_visible()
        # An answer that only a table shows belongs to no output, so nothing is missing from the file.
        assert notebook.run(2).strip() == "1"
        expect(panel).not_to_contain_text("does not have this answer")
        panel.get_by_role("link", name="Source 1").first.focus()
        page.keyboard.press("Escape")
        expect(panel).to_be_hidden()
        assert notebook.run(2).strip() == "0"
        assert notebook.errors == []


def test_filter_and_search(lab: Lab) -> None:
    with shown(lab) as notebook:
        page = notebook.page
        page.get_by_role("button", name="Failed").click()
        expect(page.get_by_role("grid")).to_have_attribute("aria-rowcount", "4")
        expect(first(page)).to_contain_text("The service refused the question.")
        page.get_by_label("Search in questions").fill("rule 110 ")
        expect(page.get_by_role("grid")).to_have_attribute("aria-rowcount", "2")
        expect(first(page)).to_contain_text("rule 110")
        page.get_by_label("Search in questions").fill("no such words")
        expect(page.get_by_text("No row matches.")).to_be_visible()
        page.get_by_label("Search in questions").fill("")
        page.get_by_role("button", name="All 1,000").click()
        expect(page.get_by_role("grid")).to_have_attribute("aria-rowcount", "1001")
        assert notebook.errors == []


def test_it_settles_and_the_table_stays(lab: Lab) -> None:
    with shown(lab, GO_ON) as notebook:
        page = notebook.page
        page.get_by_role("columnheader", name="Cost").click()
        first(page).click()
        opened = page.locator(".pplx-b-panel")
        expect(opened.locator("article.pplx")).to_be_visible()
        name = opened.get_attribute("aria-label")
        notebook.run(2)
        page.get_by_role("button", name="Stop", exact=True).click()
        document = page.locator(".pplx-batch.pplx-settled")
        expect(document).to_have_count(1)
        # The table is in the place of the document, with the same order and the same open row.
        expect(document.get_by_role("grid")).to_be_visible()
        expect(page.get_by_role("grid")).to_have_count(1)
        expect(page.get_by_role("columnheader", name="Cost")).to_have_attribute(
            "aria-sort", "ascending"
        )
        expect(page.get_by_role("region", name=name).locator("article.pplx")).to_be_visible()
        expect(document.get_by_role("heading", name="1,000 questions")).to_be_hidden()
        (kept,) = json.loads(notebook.saved())["cells"][1]["outputs"]
        assert set(kept["data"]) == {"text/html", "text/markdown", "text/plain"}
        assert "pplx-b-grid" not in "".join(kept["data"]["text/html"])
        assert notebook.errors == []
        # Without the kernel, the document is there.
        page.evaluate("jupyterapp.shell.currentWidget.sessionContext.shutdown()")
        expect(document.get_by_role("heading", name="1,000 questions")).to_be_visible()
        expect(page.get_by_role("grid")).to_have_count(0)


def test_a_reloaded_page_shows_the_table_and_the_file_gets_the_document(lab: Lab) -> None:
    with shown(lab, GO_ON) as notebook:
        page = notebook.page
        notebook.saved()
        notebook.go()
        expect(first(page)).to_contain_text("What does rule 0")
        expect(page.locator(".pplx-b-figures")).to_contain_text(" of 1,000 done")
        notebook.run(2)
        page.get_by_role("button", name="Stop", exact=True).click()
        expect(page.locator(".pplx-batch.pplx-settled")).to_have_count(1)
        expect(page.get_by_role("grid")).to_be_visible()
        (kept,) = json.loads(notebook.saved())["cells"][1]["outputs"]
        assert "text/html" in kept["data"]
        assert notebook.errors == []


def test_stop_reaches_a_busy_kernel(lab: Lab) -> None:
    busy = "import time\nwhile not rows.stopped:\n    time.sleep(0.01)"
    with shown(lab, busy) as notebook:
        notebook.start(2)
        notebook.page.get_by_role("button", name="Stop", exact=True).click()
        notebook.finished(2)
        expect(notebook.page.locator(".pplx-b-status")).to_have_text("Stopped")


def test_a_kernel_that_is_gone(lab: Lab) -> None:
    with shown(lab) as notebook:
        page = notebook.page
        page.evaluate("jupyterapp.shell.currentWidget.sessionContext.shutdown()")
        expect(page.get_by_text("The kernel is gone")).to_be_visible()
        expect(page.get_by_role("button", name="Stop", exact=True)).to_be_hidden()
        expect(first(page)).to_contain_text("What does rule 0")
        assert notebook.errors == []


def test_a_list_of_answers_is_a_table(lab: Lab) -> None:
    setup = """
import asyncio
import pplx_widget as pplx
class Own:
    async def stream(self, request):
        yield pplx.events.Text("So far")
        while "first" in request.question and not go: await asyncio.sleep(0.01)
        yield pplx.events.Finished()
go = []
"""
    ask = "[pplx.ask(q, provider=Own()) for q in ('the first', 'the second')]"
    with lab.open(setup, ask, "go.append(1)", "[1, 2]") as notebook:
        page = notebook.page
        notebook.run(0)
        notebook.run(1)
        expect(page.get_by_role("row").filter(has_text="the first")).to_contain_text("Running")
        expect(page.get_by_role("row").filter(has_text="the second")).to_contain_text("Answered")
        notebook.run(2)
        expect(page.locator(".pplx-batch.pplx-settled")).to_have_count(1)
        expect(page.get_by_role("row").filter(has_text="the first")).to_contain_text("Answered")
        notebook.run(3)
        expect(page.locator(".jp-OutputArea-executeResult")).to_contain_text("[1, 2]")
        assert notebook.errors == []


FINDINGS = """async () => {
  const runOnly = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"];
  const { violations } = await axe.run(".pplx-b", { runOnly });
  return violations.map(({ id, nodes }) => [id, nodes[0].html.slice(0, 300)]);
}"""


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_axe_finds_nothing(lab: Lab, theme: str, width: int) -> None:
    axe = (ROOT / "js" / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8")
    with shown(lab, width=width) as notebook:
        page = notebook.page
        change = "theme => jupyterapp.commands.execute('apputils:change-theme', {theme})"
        page.evaluate(change, theme)
        page.evaluate("jupyterapp.shell.collapseLeft()")  # it covers a narrow page
        first(page).get_by_role("gridcell").first.press("Enter")
        expect(page.get_by_role("region", name="Row 1").locator("article.pplx")).to_be_visible()
        page.evaluate(axe)
        assert page.evaluate(FINDINGS) == []
        table = page.locator(".pplx-b")
        assert table.evaluate("node => node.scrollWidth <= node.clientWidth")
