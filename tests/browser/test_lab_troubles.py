"""Troubles of a page and its kernel while an answer arrives: no text is lost, and no output is blank."""

from __future__ import annotations

import json
import threading
from typing import Any

from playwright.sync_api import expect

from ..support.connections import Connections
from ..support.lab import Lab, Notebook
from ..support.lab_answer import ASK, TEXT, VIEW, asked, html_of, outputs, settled, setup
from ..support.wire_server import CREATED, WireServer, completed, delta, results


def test_the_connection_goes_and_comes(lab: Lab, server: WireServer) -> None:
    gates = [threading.Event() for _ in range(3)]
    text: list[Any] = [delta("One "), gates[0], delta("two "), gates[1], delta("three "), gates[2]]
    server.respond([CREATED, *text, delta("four."), completed()])
    with lab.open(setup(server), ASK) as notebook:
        connections = Connections(notebook.page)
        notebook.go()  # with the new route
        notebook.run(0)
        notebook.run(1)
        expect(notebook.answers).to_contain_text("One")
        connections.cut()
        notebook.page.wait_for_function(
            "jupyterapp.shell.currentWidget.sessionContext.session.kernel.connectionStatus"
            " !== 'connected'"
        )
        gates[0].set()
        expect(notebook.answers).to_contain_text("One")
        connections.mend()
        gates[1].set()
        expect(notebook.answers).to_contain_text("One two three")
        expect(notebook.answers).to_have_attribute("data-status", "streaming")
        gates[2].set()
        expect(settled(notebook)).to_contain_text("One two three four.")
        assert "One two three four." in html_of(outputs(notebook)[0])


def test_the_connection_is_away_at_the_end(lab: Lab, server: WireServer) -> None:
    gate = threading.Event()
    server.respond([CREATED, delta("One "), gate, delta("two."), completed()])
    with lab.open(setup(server), ASK) as notebook:
        connections = Connections(notebook.page)
        notebook.go()
        notebook.run(0)
        notebook.run(1)
        expect(notebook.answers).to_contain_text("One")
        connections.cut()
        gate.set()
        assert server.finished.wait(30)
        connections.mend()
        expect(settled(notebook)).to_contain_text("One two.")
        assert "One two." in html_of(outputs(notebook)[0])


def test_the_kernel_is_killed_in_mid_stream(lab: Lab, server: WireServer) -> None:
    server.respond([CREATED, *results(7, 3), *TEXT, threading.Event()])
    with asked(lab, server, "import os\nos.kill(os.getpid(), 9)") as notebook:
        expect(notebook.answers).to_contain_text("for $5 and $6.")
        notebook.start(2)
        plain = notebook.page.locator(".pplx-settled.pplx-stopped")
        expect(plain).to_contain_text("It streams.1 With code")
        expect(plain).to_contain_text("Stopped: the kernel is gone")
        # JupyterLab tells about the death in a dialog.
        notebook.page.locator(".jp-Dialog").get_by_role("button").last.click()
        (kept,) = outputs(notebook)
        assert VIEW not in kept["data"]
        assert "With" in json.dumps(kept)


def test_two_tabs_of_one_notebook(lab: Lab, server: WireServer) -> None:
    """Both show the text and then the document, and a button of either stops it."""
    gate = threading.Event()
    server.respond([CREATED, delta("One "), gate, delta("two "), threading.Event()])
    with asked(lab, server) as first, lab.browser.new_context() as context:
        expect(first.answers).to_contain_text("One")
        first.saved()
        second = Notebook(lab, context.new_page(), first.name)
        second.go()
        expect(second.answers).to_contain_text("One")
        gate.set()
        for each in first, second:
            expect(each.answers).to_contain_text("One two")
        second.answers.get_by_role("button", name="Stop", exact=True).click()
        for each in first, second:
            expect(settled(each)).to_contain_text("One two")
            expect(settled(each)).to_contain_text("Stopped")
        assert "One two" in html_of(outputs(first)[0])
