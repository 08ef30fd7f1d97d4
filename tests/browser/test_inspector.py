"""The inspector in a real JupyterLab: live, paused, stepped, and as a picture without a kernel."""

from __future__ import annotations

import re
import threading

import nbformat
from playwright.sync_api import expect

from tests.support.wire_server import CREATED, WireServer, completed, delta, results

from ..support.lab import Lab

QUESTION = "How does it stream?"
WORDS = [
    "More than fits.\n\n" * 9 + "It ",
    "is **cited** [1], ",
    "and the word ",
    "token ",
    "stands ",
    "here: ",
    "token.",
]
NONE_IS_SEEN = """() => {
  const none = document.querySelector('.pplx-i-none')?.getBoundingClientRect();
  const box = document.querySelector('.pplx-i-text').getBoundingClientRect();
  return none?.width > 0 && box.top <= none.top && none.bottom <= box.bottom;
}"""
LIT = "[...CSS.highlights.get('pplx-inspected') ?? []].map(String)"


def test_an_answer_is_inspected_live_and_after(lab: Lab, server: WireServer) -> None:
    gate = threading.Event()
    server.respond(
        [CREATED, *results(1), *map(delta, WORDS[:5]), gate, *map(delta, WORDS[5:]), completed()]
    )
    cells = [
        f"import pplx_widget as pplx\npplx.configure(base_url={server.base_url!r}, provider='raw')\n"
        f"answer = pplx.ask({QUESTION!r})\nanswer",
        "pplx.inspect(answer)",
        "answer.wait(60).status",
    ]
    with lab.open(*cells) as notebook:
        page = notebook.page
        notebook.run(0)
        notebook.run(1)
        view = page.get_by_role("region", name=f"Inspector of the answer to: {QUESTION}")
        options = view.get_by_role("listbox", name="Events").locator("option")
        expect(options).to_have_count(7)  # of eight; the newest is known a moment later
        expect(view).to_contain_text("As received")

        view.get_by_role("button", name="Pause").click()
        gate.set()
        notebook.run(2)
        # Both outputs became documents, and the view replaced its picture again.
        expect(page.locator(".pplx-settled")).to_be_visible()
        expect(page.locator(".pplx-inspected > table")).to_contain_text("11 (")
        expect(view).to_have_count(1)
        expect(options).to_have_count(11)
        expect(view).to_contain_text("HTTP 200")

        # By keyboard to the last token.
        slider = view.get_by_role("slider", name="Event")
        slider.press("End")
        slider.press("ArrowLeft")
        expect(slider).to_have_attribute("aria-valuetext", re.compile("Event 10 of 11, after"))
        expect(view.locator("mark")).to_have_text("token.")
        expect(view.get_by_label("Raw text of the event")).to_contain_text('"delta": "token."')
        expect(view.get_by_label("Parsed form of the event")).to_contain_text("output_text.delta")
        # In the answer, the second of two matches is highlighted.
        assert page.evaluate(LIT) == ["token"]
        before = "[...CSS.highlights.get('pplx-inspected')][0].startContainer.data.slice(0, 40)"
        assert "here: token" in page.evaluate(before)

        view.get_by_role("button", name="Step back").click()
        expect(view.locator("mark")).to_have_text("here: ")
        page.keyboard.press("End")
        view.get_by_role("listbox", name="Events").select_option(index=10)
        view.get_by_role("button", name="Play again").click()
        expect(view.get_by_role("button", name="Play again")).to_be_visible()

        # Opened later, it begins at the last event, and shows that this event brings no text.
        notebook.run(1)
        page.wait_for_function(NONE_IS_SEEN)
        assert notebook.errors == []
        saved = nbformat.reads(notebook.saved(), as_version=4)
    [output] = saved.cells[1].outputs
    assert "application/vnd.jupyter.widget-view+json" not in output.data
    assert "image/svg+xml" in output.data

    saved.metadata.kernelspec.name = "gone"
    name = lab.write(saved.cells, kernel="gone")
    with lab.visit(name, kernel=False) as reader:
        picture = reader.page.get_by_role("img", name=f"Timeline of the answer to: {QUESTION}")
        expect(picture).to_be_visible()
        assert picture.evaluate("image => image.naturalWidth") == 720
