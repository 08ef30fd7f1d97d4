"""An answer in another language, in a real JupyterLab: live, settled, and after the page has told its own."""

from __future__ import annotations

import json
import threading

import pytest
from playwright.sync_api import expect

from ..support.lab import Lab
from ..support.lab_answer import ASK, html_of, outputs, settled, setup, whole
from ..support.wire_server import CREATED, WireServer, completed, delta, results

SPEAK = "document.documentElement.lang = 'de-DE'"


@pytest.mark.parametrize("chosen", [True, False], ids=["configure", "the page"])
def test_live_and_settled_speak_german(lab: Lab, server: WireServer, *, chosen: bool) -> None:
    written = threading.Event()
    server.respond([CREATED, *results(7, 3), delta("It **streams**.[3] "), written, completed()])
    first = setup(server) + ("\npplx.configure(locale='de')" if chosen else "")
    with lab.open(first, ASK, "answer.error", "pplx.ask('And now?')") as notebook:
        page = notebook.page
        if not chosen:
            page.evaluate(SPEAK)
        notebook.run(0)
        notebook.run(1)
        view = notebook.answers
        expect(view.locator(".pplx-phase-label")).to_have_text("Antwort wird geschrieben")
        expect(view.get_by_role("button", name="Stopp", exact=True)).to_be_visible()
        expect(view.get_by_role("link", name="Quelle 1: Title 3")).to_be_visible()
        written.set()
        node = settled(notebook)
        expect(node.locator(".pplx-phase-label")).to_have_text("Beantwortet")
        expect(node.get_by_role("button", name="Kopieren", exact=True)).to_be_visible()
        expect(node).to_contain_text("1 von 2 Quellen zitiert")
        expect(node).to_contain_text("1 weitere Quelle")
        assert node.get_attribute("aria-label") == "Antwort auf: How does it stream?"
        (kept,) = outputs(notebook)
        assert "1 von 2 Quellen zitiert" in html_of(kept)
        assert "cited" not in json.dumps(kept["data"]["text/plain"])
        # The text is the model's, in whichever language.
        assert "lang=" not in html_of(kept)
        server.respond([])  # cut before anything has come
        notebook.run(3)
        error = page.locator(".pplx-error").last
        expect(error).to_contain_text("Erneut versuchen.")
        assert notebook.errors == []


def test_an_answer_that_is_over_at_once_is_made_again(lab: Lab, server: WireServer) -> None:
    server.respond(whole())
    with lab.open(setup(server), "answer = pplx.ask('q').wait(); answer") as notebook:
        notebook.page.evaluate(SPEAK)
        notebook.run(0)
        notebook.run(1)
        node = settled(notebook)
        expect(node.locator(".pplx-phase-label")).to_have_text("Beantwortet")
        expect(node.get_by_role("button", name="Kopieren", exact=True)).to_be_visible()
        assert notebook.errors == []


def test_the_next_page_may_be_in_english(lab: Lab, server: WireServer) -> None:
    server.respond(whole())
    with lab.open(setup(server), ASK, ASK) as notebook:
        notebook.page.evaluate(SPEAK)
        notebook.run(0)
        notebook.run(1)
        expect(settled(notebook).locator(".pplx-phase-label")).to_have_text("Beantwortet")
        notebook.saved()
        notebook.go()  # JupyterLab itself is in English
        written = threading.Event()
        server.respond([CREATED, *results(3), delta("So.[3]"), written, completed()])
        notebook.run(2)
        expect(notebook.answers.nth(1).locator(".pplx-phase-label")).to_have_text("Writing")
        written.set()
        nodes = settled(notebook, 2)
        expect(nodes.nth(1).locator(".pplx-phase-label")).to_have_text("Answered")
        expect(nodes.nth(1).get_by_role("button", name="Copy", exact=True)).to_be_visible()
        assert notebook.errors == []
