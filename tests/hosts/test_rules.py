"""An answer under the rules of Colab and VS Code, which are simulated."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from playwright.sync_api import expect

from ..support.lab import Lab
from ..support.lab_answer import KEY, VIEW, setup
from ..support.wire_server import CREATED, WireServer, completed, delta, results
from .matrix import held
from .simulated import Simulated

ASK = "a = pplx.ask('How does it stream?')\na"
COLAB = {"busy_only": True}
VS_CODE: dict[str, Any] = {}
RULES = pytest.mark.parametrize("rules", [COLAB, VS_CODE], ids=["colab", "vscode"])


def named(rules: dict[str, Any]) -> str:
    return "Colab (simulated)" if rules == COLAB else "VS Code (simulated)"


def begun(host: Simulated, server: WireServer) -> None:
    host.run(setup(server))


@RULES
def test_live_then_a_document_and_the_file_reads_whole(
    lab: Lab, server: WireServer, rules: dict[str, Any]
) -> None:
    gates = [threading.Event(), threading.Event()]
    text: list[Any] = [delta("It **streams**.[3] "), gates[0], delta("More."), gates[1]]
    server.respond([CREATED, *results(7, 3), *text, completed()])
    with Simulated(lab, **rules) as host:
        begun(host, server)
        cell = host.run(ASK)  # returns at once
        host.until("it.text.includes('It streams')")
        gates[0].set()
        host.until("it.text.includes('More.')")
        assert host.newest()["status"] == "streaming"
        gates[1].set()
        host.until("it.document && it.status === 'complete'")
        (kept,) = host.file(cell)
        assert VIEW not in kept
        assert "More." in kept["text/plain"]
        assert KEY not in str(kept)
        assert (host.counts()["comm_dropped"] > 0) == (rules == COLAB)
    held(named(rules), "live", "document")
    with Simulated(lab, **rules) as host:
        host.open([kept])
        answer = host.page.locator(".pplx")
        expect(answer).to_contain_text("It streams.1 More.")
        expect(answer).to_contain_text("1 of 2 sources cited")
        expect(answer.get_by_role("button")).to_have_count(0)
    held(named(rules), "reopened")


def test_parentless_messages_are_used_only_where_they_pass(lab: Lab, server: WireServer) -> None:
    tried = "from pplx_widget.widget import host; print(host.takes_unparented())"
    for rules, passed in (COLAB, "False"), (VS_CODE, "True"):
        server.respond([CREATED, delta("Yes."), completed()])
        with Simulated(lab, **rules) as host:
            begun(host, server)
            host.run(ASK)
            host.until("it.document")
            (printed,) = host.file(host.run(tried))
            assert printed["text/plain"].strip() == passed


def test_the_next_cell_replaces_the_view_if_nothing_else_does(lab: Lab, server: WireServer) -> None:
    server.respond([CREATED, delta("Yes."), completed()])
    with Simulated(lab, busy_only=True, updates="cells") as host:
        begun(host, server)
        cell = host.run(ASK)
        # The page has said twice that the view stays.
        host.until("it.status === 'complete' && it.text.includes('does not have this answer')")
        host.run("1 + 1")
        host.until("it.document")
        (kept,) = host.file(cell)
        assert "Yes." in kept["text/plain"]


def test_a_host_that_replaces_no_output_is_told_about_its_file(
    lab: Lab, server: WireServer
) -> None:
    server.respond([CREATED, delta("Yes."), completed()])
    with Simulated(lab, updates="ignored") as host:
        begun(host, server)
        cell = host.run(ASK)
        host.until("it.text.includes('Before you save, show the answer again in a cell.')")
        (kept,) = host.file(cell)
        assert VIEW in kept
        (again,) = host.file(host.run("a"))
        assert VIEW not in again
        assert "Yes." in again["text/plain"]


@RULES
def test_a_held_cell_shows_the_text_and_keeps_the_document(
    lab: Lab, server: WireServer, rules: dict[str, Any]
) -> None:
    gate = threading.Event()
    server.respond([CREATED, delta("Yes, "), gate, delta("it does."), completed()])
    with Simulated(lab, **rules) as host:
        begun(host, server)
        host.run("pplx.configure(hold=True)")
        cell = host.start(ASK)
        host.until("it.text.includes('Yes,')")
        gate.set()
        host.until("it.document")
        host.over(cell)
        (kept,) = host.file(cell)
        assert "it does." in kept["text/plain"]
        assert VIEW not in kept


@RULES
def test_stop_while_the_kernel_is_idle(lab: Lab, server: WireServer, rules: dict[str, Any]) -> None:
    server.respond([CREATED, delta("Yes."), threading.Event()])
    with Simulated(lab, **rules) as host:
        begun(host, server)
        host.run(ASK)
        host.until("it.text.includes('Yes.')")
        host.page.get_by_role("button", name="Stop", exact=True).click()
        host.until("it.document && it.status === 'stopped'")
        assert server.client_left.wait(20)
    held(named(rules), "Stop idle")


@pytest.mark.parametrize("first", [True, False], ids=["the first answer", "a later one"])
@RULES
def test_stop_under_a_busy_cell_says_that_it_waits(
    lab: Lab, server: WireServer, rules: dict[str, Any], *, first: bool
) -> None:
    server.respond([CREATED, delta("Yes."), threading.Event()])
    with Simulated(lab, **rules) as host:
        begun(host, server)
        if not first:
            host.run("pplx.ask('How?')")
            host.until("it.text.includes('Yes.')")
        cell = host.start("a = pplx.ask('Why?')\ndisplay(a)\nwhile not a.text: pass\ninput()")
        host.until("it.text.includes('Why?') && it.text.includes('Yes.')")
        host.page.get_by_role("button", name="Stop", exact=True).last.click()
        host.until("it.phase === 'Will stop when the running cell finishes'")
        assert host.newest()["status"] == "streaming"
        host.answer_input("go on")
        host.over(cell)
        host.until("it.document && it.status === 'stopped'")
    held(named(rules), "Stop busy")


def test_stop_works_under_a_busy_cell_with_subshells(lab: Lab, server: WireServer) -> None:
    server.respond([CREATED, delta("Yes."), threading.Event()])
    with Simulated(lab, subshells=True) as host:
        begun(host, server)
        host.run(ASK)
        host.until("it.text.includes('Yes.')")
        host.start("input()")
        host.page.get_by_role("button", name="Stop", exact=True).click()
        host.until("it.document && it.status === 'stopped'")
        host.answer_input("go on")


@RULES
def test_the_document_is_alive(lab: Lab, server: WireServer, rules: dict[str, Any]) -> None:
    server.respond([CREATED, delta("Yes."), completed()])
    with Simulated(lab, **rules) as host:
        begun(host, server)
        cell = host.run(ASK)
        host.until("it.document")
        alive = host.page.locator(".pplx-settled[data-status]")
        gate = threading.Event()
        server.respond([CREATED, delta("Better, "), gate, delta("now."), completed()])
        alive.get_by_role("button", name="Retry").click()
        host.until("it.text.includes('Better,')")
        gate.set()
        host.until("it.document && it.text.includes('Better, now.')")
        host.run("a.ask('And why?').wait();")
        (kept,) = host.file(cell)
        assert "Better, now." in kept["text/plain"]
    held(named(rules), "alive")


@RULES
def test_the_connection_goes_and_comes(lab: Lab, server: WireServer, rules: dict[str, Any]) -> None:
    gates = [threading.Event() for _ in range(3)]
    text: list[Any] = [delta("One "), gates[0], delta("two "), gates[1], delta("three "), gates[2]]
    server.respond([CREATED, *text, delta("four."), completed()])
    with Simulated(lab, **rules) as host:
        begun(host, server)
        cell = host.run(ASK)
        host.until("it.text.includes('One')")
        host.connections.cut()
        gates[0].set()
        host.until("it.text.includes('One')")
        host.connections.mend()
        gates[1].set()
        host.until("it.text.includes('One two three') && it.status === 'streaming'")
        gates[2].set()
        host.until("it.document && it.text.includes('One two three four.')")
        (kept,) = host.file(cell)
        assert "One two three four." in kept["text/plain"]


@RULES
def test_the_kernel_is_killed_in_mid_stream(
    lab: Lab, server: WireServer, rules: dict[str, Any]
) -> None:
    server.respond([CREATED, delta("So far."), threading.Event()])
    with Simulated(lab, **rules) as host:
        begun(host, server)
        host.run(ASK)
        host.until("it.text.includes('So far.')")
        host.start("import os\nos.kill(os.getpid(), 9)")
        host.until("it.text.includes('the kernel is gone') && it.status === 'stopped'")
        assert "So far." in host.newest()["text"]
