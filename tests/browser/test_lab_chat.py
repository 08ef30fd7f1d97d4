"""A chat in a real JupyterLab: typed and from Python, with branches, saved, and reopened."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator
from typing import Any

import nbformat
from playwright.sync_api import Locator, expect

from ..support.lab import Lab, Notebook
from ..support.lab_answer import KEY, VIEW, html_of, outputs, settled, setup
from ..support.wire_server import CREATED, WireServer, completed, delta, results

CHAT = "chat = pplx.Chat(effort='low', budget=0.5)\nchat"
SAID = "[[turn.question for turn in branch] for branch in chat.branches]"


@contextlib.contextmanager
def shown(lab: Lab, server: WireServer, *cells: str, **how: Any) -> Iterator[Notebook]:
    """Open a notebook whose second cell has shown an empty chat; the other cells have not run."""
    server.before = lambda _count, _path: server.respond(
        [CREATED, *results(7, 3), delta(f"Answer to {asked(server)}.[3]"), completed()]
    )
    with lab.open(setup(server), CHAT, *cells, **how) as notebook:
        notebook.run(0)
        notebook.run(1)
        expect(box(notebook)).to_be_visible()
        yield notebook


def asked(server: WireServer) -> str:
    """Return the newest question."""
    told = server.requests[-1]["input"]
    last = told if isinstance(told, str) else told[-1]["content"]
    return last if isinstance(last, str) else str(last[0]["text"])


def box(notebook: Notebook) -> Locator:
    return notebook.page.get_by_role("textbox", name="Ask a question")


def ask(notebook: Notebook, question: str) -> None:
    box(notebook).fill(question)
    box(notebook).press("Enter")


def questions(notebook: Notebook) -> Locator:
    return notebook.page.locator(".pplx-turn .pplx-question")


def test_typed_questions_are_in_python_and_in_the_file(lab: Lab, server: WireServer) -> None:
    with shown(
        lab, server, "chat.ask('Two?'); None", f"print({SAID}, chat.usage.cost)"
    ) as notebook:
        ask(notebook, "One?")
        settled(notebook, 1)
        expect(box(notebook)).to_be_focused()
        expect(box(notebook)).to_have_value("")
        notebook.run(2)
        settled(notebook, 2)
        expect(questions(notebook)).to_have_text(["One?", "Two?"])
        assert notebook.run(3).strip() == "[['One?', 'Two?']] 0.01"
        expect(notebook.page.locator(".pplx-chat-cost")).to_have_text("$0.010 of $0.50 · 60 tokens")
        (kept,) = outputs(notebook)
        assert set(kept["data"]) == {"text/html", "text/markdown", "text/plain"}
        assert html_of(kept).count('class="pplx-turn"') == 2
        assert KEY not in json.dumps(kept)
        assert server.base_url not in json.dumps(kept)
        # Up recalls, Down leads back; keys do not reach the notebook.
        box(notebook).press("ArrowUp")
        expect(box(notebook)).to_have_value("Two?")
        box(notebook).press("ArrowUp")
        expect(box(notebook)).to_have_value("One?")
        box(notebook).press("ArrowDown")
        box(notebook).press("ArrowDown")
        expect(box(notebook)).to_have_value("")
        assert notebook.errors == []


def test_an_edited_question_is_a_branch_and_the_walker_leads_back(
    lab: Lab, server: WireServer
) -> None:
    with shown(lab, server, f"print({SAID})") as notebook:
        page = notebook.page
        for i, question in enumerate(("One?", "Two?"), start=1):
            ask(notebook, question)
            settled(notebook, i)
        # By keyboard only: to the button of the second question, and from it into the editor.
        edit = page.locator(".pplx-turn").nth(1).get_by_role("button", name="Edit")
        edit.focus()
        page.keyboard.press("Enter")
        editor = page.get_by_role("textbox", name="Edit the question")
        expect(editor).to_be_focused()
        expect(editor).to_have_value("Two?")
        page.keyboard.press("Escape")
        expect(edit).to_be_focused()
        page.keyboard.press("Enter")
        page.keyboard.press("Control+a")
        page.keyboard.type("Zwei?")
        page.keyboard.press("Enter")
        expect(questions(notebook)).to_have_text(["One?", "Zwei?"])
        settled(notebook, 2)
        assert notebook.run(2).strip() == "[['One?', 'Two?'], ['One?', 'Zwei?']]"
        (kept,) = outputs(notebook)
        assert "1 other branch" in html_of(kept)
        assert "Two?" not in html_of(kept)
        expect(page.get_by_text("1 other branch")).to_be_hidden()
        back = page.get_by_role("button", name="Version before")
        back.focus()
        page.keyboard.press("Enter")
        expect(questions(notebook)).to_have_text(["One?", "Two?"])
        on = page.get_by_role("button", name="Version after")
        expect(on).to_be_focused()
        expect(page.get_by_label("Version 1 of 2")).to_be_visible()
        page.keyboard.press("Enter")
        expect(questions(notebook)).to_have_text(["One?", "Zwei?"])
        # Once more with another effort.
        again = page.locator(".pplx-turn").nth(1).get_by_role("button", name="Ask again")
        again.focus()
        page.keyboard.press("ArrowDown")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        expect(page.get_by_label("Version 3 of 3")).to_be_visible()
        settled(notebook, 2)
        assert server.requests[-1]["effort"] == "high"
        assert notebook.errors == []


def test_a_queued_question_is_shown_and_withdrawn(lab: Lab, server: WireServer) -> None:
    gate = threading.Event()
    with shown(lab, server, f"print({SAID})") as notebook:
        server.before = lambda _count, _path: None
        server.respond([CREATED, delta("The first."), gate, completed()])
        for question in ("One?", "Two?", "Three?"):
            ask(notebook, question)
            expect(box(notebook)).to_have_value("")
        expect(questions(notebook)).to_have_text(["One?", "Two?", "Three?"])
        expect(notebook.page.get_by_text("The first.")).to_be_visible()
        notebook.page.get_by_role("button", name="Withdraw").first.click()
        expect(questions(notebook)).to_have_text(["One?", "Three?"])
        box(notebook).fill("A draft")
        gate.set()
        settled(notebook, 2)
        expect(box(notebook)).to_have_value("A draft")
        assert len(server.requests) == 2
        assert notebook.run(2).strip() == "[['One?', 'Three?']]"
        assert notebook.errors == []


def test_it_is_a_document_without_a_kernel_and_goes_on_elsewhere(
    lab: Lab, server: WireServer
) -> None:
    with shown(lab, server) as notebook:
        ask(notebook, "One?")
        settled(notebook, 1)
        notebook.page.get_by_role("button", name="Edit").focus()
        notebook.page.keyboard.press("Enter")
        notebook.page.keyboard.type(" Or two?")
        notebook.page.keyboard.press("Enter")
        expect(questions(notebook)).to_have_text(["One? Or two?"])
        settled(notebook, 1)
        saved = nbformat.reads(notebook.saved(), 4)
        name = notebook.name
    nameless = lab.write(saved.cells, kernel="no such kernel")
    lab.trust(nameless)
    with lab.visit(nameless, kernel=False) as reopened:
        expect(questions(reopened)).to_have_text(["One? Or two?"])
        expect(reopened.page.get_by_text("1 other branch")).to_be_visible()
        expect(box(reopened)).to_have_count(0)
        assert reopened.errors == []
    load = f"chat, = pplx.load({name!r})\nchat"
    with lab.open(setup(server), load, f"print({SAID})") as other:
        other.run(0)
        other.run(1)
        settled(other, 1)
        ask(other, "And then?")
        settled(other, 2)
        assert server.requests[-1]["previous_response_id"] == "resp_1"
        assert other.run(2).strip() == "[['One?'], ['One? Or two?', 'And then?']]"
        assert other.errors == []


def test_the_page_is_loaded_again(lab: Lab, server: WireServer) -> None:
    """The kernel can no longer replace the output, so the page does."""
    with shown(lab, server) as notebook:
        ask(notebook, "One?")
        settled(notebook, 1)
        notebook.saved()
        notebook.go()
        settled(notebook, 1)
        ask(notebook, "Two?")
        settled(notebook, 2)
        expect(notebook.page.locator(".pplx-chat-live")).to_have_count(0)
        (kept,) = outputs(notebook)
        assert VIEW not in kept["data"]
        assert "Answer to Two?" in html_of(kept)
        assert notebook.errors == []


def test_the_kernel_restarts_in_mid_conversation(lab: Lab, server: WireServer) -> None:
    gate = threading.Event()
    load = "chat = pplx.load({!r})[0]\nchat"
    with shown(lab, server) as notebook:
        ask(notebook, "One?")
        settled(notebook, 1)
        server.before = lambda _count, _path: None
        server.respond([CREATED, delta("Half an answer"), gate, completed()])
        ask(notebook, "Two?")
        expect(notebook.page.get_by_text("Half an answer")).to_be_visible()
        notebook.page.evaluate(
            "jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()"
        )
        expect(notebook.page.get_by_text("The kernel is gone").first).to_be_attached()
        expect(questions(notebook)).to_have_text(["One?", "Two?"])
        (kept,) = outputs(notebook)
        assert VIEW not in kept["data"]
        assert "Half an answer" in html_of(kept)
        gate.set()
        server.respond([CREATED, delta("On."), completed()])
        index = notebook.add(load.format(notebook.name))
        notebook.saved()
        notebook.run(0)
        notebook.run(index)
        box(notebook).last.fill("Three?")
        box(notebook).last.press("Enter")
        expect(notebook.page.locator(".pplx-settled[data-status]")).to_have_count(2)
        assert server.requests[-1]["previous_response_id"] == "resp_1"
        assert notebook.errors == []


def test_two_views_of_one_chat(lab: Lab, server: WireServer) -> None:
    with shown(lab, server, "chat") as notebook:
        notebook.run(2)
        expect(box(notebook)).to_have_count(2)
        box(notebook).first.fill("One?")
        box(notebook).first.press("Enter")
        settled(notebook, 2)
        box(notebook).last.fill("Two?")
        box(notebook).last.press("Enter")
        settled(notebook, 4)
        expect(questions(notebook)).to_have_text(["One?", "Two?"] * 2)
        first, second = outputs(notebook)[0], outputs(notebook, 2)[0]
        assert html_of(first) == html_of(second)
        assert notebook.errors == []


PNG = "89504e470d0a1a0a" + "00" * 24
PASTE = """([hex, name, type]) => {
    const bytes = Uint8Array.from(hex.match(/../g), (pair) => parseInt(pair, 16));
    const data = new DataTransfer();
    data.items.add(new File([bytes], name, {type}));
    const box = document.activeElement;
    const at = {bubbles: true, cancelable: true};
    if (type === "image/png") box.dispatchEvent(new ClipboardEvent("paste", {clipboardData: data, ...at}));
    else box.dispatchEvent(new DragEvent("drop", {dataTransfer: data, ...at}));
}"""


def test_images_and_files_go_with_the_question(lab: Lab, server: WireServer) -> None:
    with shown(lab, server) as notebook:
        page = notebook.page
        box(notebook).click()
        page.evaluate(PASTE, [PNG, "plot.png", "image/png"])
        page.evaluate(PASTE, ["54657874", "notes.txt", "text/plain"])
        page.evaluate(PASTE, ["00ff00", "what.bin", "application/x"])
        items = page.locator(".pplx-chat-files > li")
        expect(items).to_have_count(3)
        ask(notebook, "What is this?")
        refused = page.get_by_text("Not asked: The file what.bin cannot be sent.")
        expect(refused).to_be_visible()
        page.get_by_role("button", name="Remove what.bin").click()
        box(notebook).press("Enter")
        settled(notebook, 1)
        expect(items).to_have_count(0)
        parts = server.requests[-1]["input"][0]["content"]
        assert [part["type"] for part in parts] == ["input_text", "input_image", "input_file"]
        assert parts[2]["filename"] == "notes.txt"
        assert notebook.errors == []


def test_options_are_set_in_place(lab: Lab, server: WireServer) -> None:
    with shown(lab, server, "print(chat.options)", "chat.set(effort='xhigh')") as notebook:
        page = notebook.page
        page.get_by_label("Effort").select_option("medium")
        page.get_by_label("Pages from").select_option("month")
        page.get_by_label("Sites").fill("europa.eu, nonsense/")
        page.get_by_label("Sites").press("Tab")
        expect(page.get_by_text("Not asked: search domain cannot be")).to_be_visible()
        page.get_by_label("Sites").fill("europa.eu")
        page.get_by_label("Sites").press("Tab")
        ask(notebook, "One?")
        settled(notebook, 1)
        request = server.requests[-1]
        assert request["effort"] == "medium"
        filters = request["tools"][0]["filters"]
        assert filters["search_recency_filter"] == "month"
        assert filters["search_domain_filter"] == ["europa.eu"]
        notebook.run(3)
        expect(page.get_by_label("Effort")).to_have_value("xhigh")
        assert notebook.errors == []
