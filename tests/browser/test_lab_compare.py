"""A comparison in a real JupyterLab: columns while it runs, a document afterwards."""

from __future__ import annotations

import threading
from typing import Any

import nbformat
import pytest
from playwright.sync_api import Page, expect

from ..support.lab import Lab, Notebook
from ..support.lab_answer import html_of, outputs, settled, setup, whole
from ..support.paths import ROOT
from ..support.wire_server import CREATED, WireServer, completed, delta

AXE = ROOT / "js" / "node_modules" / "axe-core" / "axe.min.js"
COMPARE = "c = pplx.compare('How does it stream?', ['fast', 'low', 'medium'])\nc"
LIVE = [CREATED, delta("So far.")]
OVERFLOW = """() => [...document.querySelectorAll('.jp-OutputArea-output')].map(
    (node) => node.scrollWidth - node.clientWidth)"""
LOOK = """async () => {
    const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
    const {violations, passes} = await axe.run(".pplx-compare", {runOnly: {type: "tag", values: tags}});
    if (!passes.length) throw new Error("axe looked at nothing");
    return violations.flatMap(({id, nodes}) => nodes.map((node) => `${id} | ${node.html.slice(0, 150)}`));
}"""


def looked_at(page: Page) -> Any:
    """Return axe's findings in the comparison."""
    page.add_script_tag(path=AXE)
    return page.evaluate(LOOK)


def columns(notebook: Notebook) -> Any:
    return notebook.page.locator(".pplx-compare-column")


def shows(notebook: Notebook, row: str, *cells: str) -> None:
    """Wait until a row of the table of metrics has these cells."""
    table = notebook.page.get_by_role("region", name="Metrics").get_by_role("row")
    found = table.filter(has=notebook.page.get_by_role("rowheader", name=row, exact=True))
    expect(found.get_by_role("cell")).to_have_text(list(cells))


def test_columns_that_stop_alone_and_settle_together(lab: Lab, server: WireServer) -> None:
    more = threading.Event()
    server.respond(whole(delta("It **streams**.[3] "), more, delta(" To its end.")))
    with lab.open(setup(server), COMPARE) as notebook:
        notebook.run(0)
        notebook.run(1)
        expect(columns(notebook)).to_have_count(3)
        for place, name in enumerate(("fast", "low", "medium")):
            column = notebook.page.get_by_role("region", name=name, exact=True)
            expect(column.get_by_role("article")).to_contain_text("It streams.")
            expect(columns(notebook).nth(place)).to_contain_text(name)
        shows(notebook, "Sources", "2", "2", "2")
        shows(notebook, "Cited", "1", "1", "1")
        shows(notebook, "Shared sources", "2", "2", "2")
        shows(notebook, "Total", "–", "–", "–")
        assert looked_at(notebook.page) == []
        columns(notebook).nth(1).get_by_role("button", name="Stop", exact=True).click()
        shows(notebook, "Outcome", "streaming", "stopped", "streaming")
        # The stopped one waits for the others, and does not say that the file lacks it.
        expect(columns(notebook).nth(1)).to_contain_text("Stopped")
        more.set()
        nodes = settled(notebook, 3)
        expect(nodes.nth(2)).to_contain_text("To its end.")
        expect(notebook.page.get_by_role("button", name="Stop all")).to_have_count(0)
        table = notebook.page.locator(".pplx-compare-table").first
        expect(table.get_by_role("row").last).to_have_text("Outcomecompletestoppedcomplete")
        (kept,) = outputs(notebook)
        assert set(kept["data"]) == {"text/html", "text/markdown", "text/plain"}
        assert "does not have this answer" not in html_of(kept)
        assert [saved["way"] for saved in ways_of(kept)] == ["fast", "low", "medium"]
        assert notebook.errors == []


def ways_of(output: Any) -> list[Any]:
    record = output["metadata"]["pplx_widget"]
    return [record, *record["further"]]


def test_a_column_goes_on_in_the_document(lab: Lab, server: WireServer) -> None:
    server.respond(whole())
    with lab.open(setup(server), COMPARE) as notebook:
        notebook.run(0)
        notebook.run(1)
        column = columns(notebook).nth(1)
        settled(notebook, 3)
        server.respond([CREATED, delta("Another answer."), completed()])
        column.get_by_role("button", name="Retry").click()
        nodes = settled(notebook, 3)
        expect(nodes.nth(1)).to_contain_text("Another answer.")
        expect(nodes.nth(0)).to_contain_text("It streams.")
        server.respond([CREATED, delta("And below it."), completed()])
        column.get_by_role("textbox").fill("And then?")
        column.get_by_role("textbox").press("Enter")
        settled(notebook, 4)
        expect(column).to_contain_text("And below it.")
        expect(column.locator(".pplx-question:visible")).to_have_text("And then?")
        (kept,) = outputs(notebook)
        html = html_of(kept)
        assert html.count("pplx-compare-column") >= 3
        assert html.index("It <strong>streams") < html.index("Another answer.")
        assert len(ways_of(kept)) == 4
        assert notebook.errors == []


def test_a_reload_in_mid_stream(lab: Lab, server: WireServer) -> None:
    more = threading.Event()
    server.respond([*LIVE, more, delta(" To its end."), completed()])
    with lab.open(setup(server), COMPARE) as notebook:
        notebook.run(0)
        notebook.run(1)
        expect(columns(notebook).last).to_contain_text("So far.")
        notebook.saved()
        notebook.go()
        expect(columns(notebook).last).to_contain_text("So far.")
        columns(notebook).first.get_by_role("button", name="Stop", exact=True).click()
        expect(columns(notebook).first).to_contain_text("Stopped")
        more.set()
        nodes = settled(notebook, 3)
        expect(nodes.last).to_contain_text("To its end.")
        (kept,) = outputs(notebook)
        assert html_of(kept).count("pplx-compare-name") >= 3
        assert notebook.errors == []


@pytest.mark.parametrize(("width", "scheme"), [(320, "light"), (1280, "dark")])
def test_by_keyboard_at_any_width(lab: Lab, server: WireServer, width: int, scheme: str) -> None:
    server.respond([*LIVE, threading.Event()])
    with lab.open(setup(server), COMPARE, scheme=scheme, width=width, height=900) as notebook:
        page = notebook.page
        if width == 320:
            page.evaluate("jupyterapp.commands.execute('application:toggle-left-area')")
            page.wait_for_function(
                "() => !document.querySelector('#jp-left-stack:not(.lm-mod-hidden)')"
            )
        notebook.run(0)
        notebook.run(1)
        expect(columns(notebook).last).to_contain_text("So far.")
        assert looked_at(page) == []
        answers = page.get_by_role("region", name="Answers", exact=True)
        answers.focus()
        scrolls = answers.evaluate("(node) => node.scrollWidth > node.clientWidth")
        if width == 320:
            assert scrolls
            page.keyboard.press("ArrowRight")
            page.wait_for_function(
                "() => document.querySelector('.pplx-compare-columns').scrollLeft > 0"
            )
        assert max(page.evaluate(OVERFLOW)) <= 0
        assert page.locator(".jp-Notebook.jp-mod-commandMode").count() == 1
        stop = page.get_by_role("button", name="Stop all")
        stop.focus()
        page.keyboard.press("Enter")
        nodes = settled(notebook, 3)
        expect(nodes.first).to_contain_text("Stopped")
        assert max(page.evaluate(OVERFLOW)) <= 0
        assert notebook.errors == []


def test_a_saved_comparison_needs_no_kernel(lab: Lab, server: WireServer) -> None:
    server.respond(whole())
    with lab.open(setup(server), COMPARE) as notebook:
        notebook.run(0)
        notebook.run(1)
        settled(notebook, 3)
        (kept,) = outputs(notebook)
    output = nbformat.v4.new_output("display_data", data=kept["data"], metadata=kept["metadata"])
    name = lab.write([nbformat.v4.new_code_cell("c", outputs=[output])])  # not trusted
    with lab.visit(name) as notebook:
        expect(columns(notebook)).to_have_count(3)
        expect(notebook.page.locator(".pplx-compare-table").first).to_contain_text("First token")
        assert max(notebook.page.evaluate(OVERFLOW)) <= 0


@pytest.mark.parametrize(("width", "rows"), [(1280, 1), (390, 3)])
def test_a_row_of_answers_wraps(lab: Lab, server: WireServer, width: int, rows: int) -> None:
    server.respond(whole())
    row = "import ipywidgets\nipywidgets.HBox([pplx.ask('How?') for _ in range(3)])"
    with lab.open(setup(server), row, width=width) as notebook:
        page = notebook.page
        page.evaluate("jupyterapp.commands.execute('application:toggle-left-area')")
        notebook.run(0)
        notebook.run(1)
        views = page.locator(".widget-hbox .pplx[data-status=complete]")
        expect(views).to_have_count(3)
        boxes = [views.nth(n).bounding_box() or {} for n in range(3)]
        assert len({round(box["y"]) for box in boxes}) == rows, boxes
        assert min(box["width"] for box in boxes) > 200
        assert max(page.evaluate(OVERFLOW)) <= 0
