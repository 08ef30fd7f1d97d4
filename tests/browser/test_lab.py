"""The whole path in a real JupyterLab, from the socket to the screen."""

from __future__ import annotations

import threading

import pytest
from playwright.sync_api import expect

from ..support import whole_streams
from ..support.lab import Lab, Notebook
from ..support.lab_answer import ASK, KEY, setup
from ..support.wire_server import CREATED, WireServer, completed, delta, results


def test_live_before_the_end(lab: Lab, server: WireServer) -> None:
    searched, found, written = threading.Event(), threading.Event(), threading.Event()
    search, sources = results(7, 3, query="streaming in notebooks")
    text = [delta("It **streams**.["), delta("3"), delta("]"), delta(" And")]
    server.respond([CREATED, search, searched, sources, found, *text, written, completed()])
    with lab.open(setup(server), ASK, "print(answer.status)") as notebook:
        notebook.run(0)
        notebook.run(1)  # the cell has returned
        view = notebook.answers
        expect(view).to_contain_text("How does it stream?")
        expect(view).to_contain_text("streaming in notebooks")
        searched.set()
        expect(view).to_contain_text("Reading 2 sources")
        assert "searching" in notebook.run(2)  # other cells run meanwhile
        found.set()
        expect(view.locator("strong")).to_have_text("streams")
        marker = view.get_by_role("link", name="Source 1: Title 3")
        expect(marker).to_have_attribute("href", "https://example.org/3")
        expect(view).to_have_attribute("data-status", "streaming")
        expect(view.get_by_role("button", name="Stop", exact=True)).to_be_visible()
        written.set()
        expect(view).to_have_attribute("data-status", "complete")
        expect(view).to_contain_text("1 of 2 sources cited")
        expect(view).to_contain_text("$0.0050")
        expect(view.get_by_role("button", name="Stop", exact=True)).to_be_hidden()
        assert notebook.errors == []


def test_a_whole_stream_links_its_markers_to_the_right_sources(
    lab: Lab, server: WireServer
) -> None:
    server.respond(whole_streams.search().sent)
    with lab.open(setup(server), ASK) as notebook:
        notebook.run(0)
        notebook.run(1)
        view = notebook.answers
        expect(view).to_have_attribute("data-status", "complete")
        markers = view.locator(".pplx-text sup a, .pplx-text a.pplx-cite")
        expect(markers).to_have_count(3)
        for marker, id_ in zip(markers.all(), (7, 2, 7), strict=True):
            expect(marker).to_have_attribute("href", f"https://bees.example.org/{id_}")
        expect(view).to_contain_text("2 of 5 sources cited")
        text = view.locator(".pplx-text").inner_text()
        assert "[7]" not in text
        assert "[99]" in text


_PATCHES = """() => {
  window.__patches = [];
  window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.iopubMessage.connect((_, m) => {
    const patch = m.header.msg_type === 'comm_msg' && m.content.data.content;
    if (patch?.text) window.__patches.push([patch.text, m.parent_header.msg_id ?? null]);
  });
}"""


def test_patches_carry_no_header_of_a_request(lab: Lab, server: WireServer) -> None:
    """JupyterLab takes such messages, and the page says so."""
    echoed = threading.Event()
    server.respond([CREATED, delta("One"), echoed, delta(" two"), completed()])
    looking = "from pplx_widget.widget import host; print(host.takes_unparented())"
    with lab.open(setup(server), ASK, looking) as notebook:
        notebook.run(0)
        notebook.page.evaluate(_PATCHES)
        notebook.run(1)
        expect(notebook.answers).to_contain_text("One")
        while "True" not in notebook.run(2):
            pass
        echoed.set()
        expect(notebook.answers).to_contain_text("One two")
        texts = notebook.page.evaluate("window.__patches")
        assert dict(texts)[" two"] is None


BUSY = {
    "another cell sleeps": ("answer", "time.sleep(20)"),
    "another cell spins": (
        "answer",
        "end = time.monotonic() + 20\nwhile time.monotonic() < end: pass",
    ),
    "the very cell spins": (
        "display(answer)\nend = time.monotonic() + 20\n"
        "while time.monotonic() < end and not stopped: pass\nprint('left after', end - time.monotonic())",
        None,
    ),
}


@pytest.mark.parametrize("version", ["7.3.0", "7.4.0"])
@pytest.mark.parametrize("busy", BUSY)
def test_stop_while_a_cell_runs(
    lab: Lab, kernels: None, server: WireServer, version: str, busy: str
) -> None:
    gate = threading.Event()
    server.respond([CREATED, delta("so far "), *[delta("more ")] * 3, gate, completed()])
    first, second = BUSY[busy]
    ask = (
        "stopped = []\nanswer = pplx.ask('q')\n"
        "answer.observe(lambda c: stopped.append(time.time()) if c.new.final else None, 'status')\n"
    )
    tell = "import ipykernel\nprint(ipykernel.__version__, answer.status, stopped[0] * 1000)"
    cells = [setup(server), ask + first, second or "pass", tell]
    with lab.open(*cells, kernel=f"ipykernel-{version}") as notebook:
        notebook.run(0)
        notebook.start(1)
        if second:
            notebook.finished(1)
            notebook.start(2)
        view = notebook.answers
        expect(view).to_contain_text("so far")
        button = view.get_by_role("button", name="Stop", exact=True)
        clicked = button.evaluate("button => { button.click(); return Date.now(); }")
        expect(view).to_have_attribute("data-status", "stopped")
        expect(view).to_contain_text("Stopped")
        expect(view).to_contain_text("so far")
        assert server.client_left.wait(5)
        if second:
            interrupt(notebook)
        else:
            notebook.finished(1)
        kernel, status, stopped = notebook.run(3).split()
        assert (kernel, status) == (version, "stopped")
        # Long before the cell would have ended on its own.
        assert float(stopped) - clicked < 10_000


def interrupt(notebook: Notebook) -> None:
    notebook.page.evaluate("jupyterapp.commands.execute('notebook:interrupt-kernel')")
    notebook.finished(2)


def test_ipykernel_6_says_that_stop_waits(lab: Lab, kernels: None, server: WireServer) -> None:
    gate = threading.Event()
    server.respond([CREATED, delta("so far "), gate, completed()])
    cells = [setup(server), ASK, "time.sleep(3)"]
    with lab.open(*cells, kernel="ipykernel-6.31.0") as notebook:
        notebook.run(0)
        notebook.run(1)
        expect(notebook.answers).to_contain_text("so far")
        notebook.start(2)
        notebook.answers.get_by_role("button", name="Stop", exact=True).click()
        expect(notebook.answers).to_contain_text("when the running cell finishes")
        notebook.finished(2)
        expect(notebook.answers).to_have_attribute("data-status", "stopped")


def test_reload_in_mid_stream(lab: Lab, server: WireServer) -> None:
    gate, later = threading.Event(), threading.Event()
    server.respond(
        [
            CREATED,
            *results(1),
            delta("before 🚀 the "),
            gate,
            delta("reload[1]"),
            later,
            completed(),
        ]
    )
    with lab.open(setup(server), ASK) as notebook:
        notebook.run(0)
        notebook.run(1)
        expect(notebook.answers).to_contain_text("before 🚀 the")
        notebook.saved()
        notebook.go()
        expect(notebook.answers).to_contain_text("before 🚀 the")
        gate.set()
        expect(notebook.answers.locator(".pplx-text")).to_contain_text("before 🚀 the reload")
        expect(notebook.answers).to_have_attribute("data-status", "streaming")
        later.set()
        expect(notebook.answers).to_have_attribute("data-status", "complete")
        expect(notebook.answers.get_by_role("link", name="Source 1: Title 1")).to_be_visible()


def test_a_second_view_and_a_gap(lab: Lab, server: WireServer) -> None:
    gate, later = threading.Event(), threading.Event()
    server.respond(
        [CREATED, delta("one "), gate, delta("two "), later, delta("three"), completed()]
    )
    # Simulates a lost message: its number is used, but it does not arrive.
    lose = "answer._channel.seq += 1"
    with lab.open(setup(server), ASK, "display(answer)", lose) as notebook:
        notebook.run(0)
        notebook.run(1)
        expect(notebook.answers).to_contain_text("one")
        notebook.run(2)
        expect(notebook.answers).to_have_count(2)
        expect(notebook.answers.nth(1)).to_contain_text("one")
        notebook.run(3)
        gate.set()
        for view in notebook.answers.all():
            expect(view.locator(".pplx-text")).to_have_text("one two")
        later.set()
        for view in notebook.answers.all():
            expect(view.locator(".pplx-text")).to_have_text("one two three")


def test_the_bundle_comes_once(lab: Lab, server: WireServer) -> None:
    server.respond([CREATED, delta("a"), completed()])
    with lab.open(setup(server), ASK, ASK) as notebook:
        received: list[bytes] = []

        def note(frame: bytes | str) -> None:
            received.append(frame if isinstance(frame, bytes) else frame.encode())

        notebook.page.on("websocket", lambda socket: socket.on("framereceived", note))
        notebook.go()  # reload, so that the listener sees the socket from its start
        notebook.run(0)
        notebook.run(1)
        expect(notebook.answers.nth(0)).to_have_attribute("data-status", "complete")
        assert sum(map(len, received)) > 100_000
        received.clear()
        notebook.run(2)
        expect(notebook.answers.nth(1)).to_have_attribute("data-status", "complete")
        opening = [frame for frame in received if b"comm_open" in frame]
        assert len(opening) == 2  # the answer's model and its layout's
        assert sum(map(len, opening)) < 5_000


def test_no_key_is_a_card_and_the_file_has_no_key(lab: Lab, server: WireServer) -> None:
    server.respond([CREATED, *results(1), delta("a[1]"), completed()])
    cells = [
        "import pplx_widget as pplx\npplx.ask('Without a key?')",
        setup(server).replace(repr(KEY), "open('key.txt').read()"),
        "answer = pplx.ask('With one?')\nanswer",
        "answer, pplx.configure",
    ]
    (lab.notebooks / "key.txt").write_text(KEY)
    with lab.open(*cells) as notebook:
        notebook.run(0)
        card = notebook.answers.nth(0)
        expect(card).to_contain_text("No API key was found")
        expect(card).to_contain_text("PERPLEXITY_API_KEY")
        expect(card).to_contain_text("pplx-widget serve")
        expect(card).to_have_attribute("data-status", "failed")
        notebook.run(1)
        notebook.run(2)
        expect(notebook.answers.nth(1)).to_have_attribute("data-status", "complete")
        notebook.run(3)
        assert server.headers[0]["authorization"] == f"Bearer {KEY}"
        assert KEY not in notebook.saved()
        assert KEY not in notebook.page.content()


def test_an_error_card_offers_retry(lab: Lab, server: WireServer) -> None:
    server.respond(b"<html><b>Bad gateway</b></html>", status=502, headers={"retry-after-ms": "1"})
    with lab.open(setup(server), ASK) as notebook:
        notebook.run(0)
        notebook.run(1)
        view = notebook.answers
        expect(view).to_have_attribute("data-status", "failed")
        expect(view).to_contain_text("is failing (HTTP 502)")
        assert "Bad gateway" not in view.inner_text()
        server.respond([CREATED, delta("Better now."), completed()])
        view.get_by_role("button", name="Retry").click()
        expect(view).to_have_attribute("data-status", "complete")
        expect(view.locator(".pplx-text")).to_have_text("Better now.")
        assert "502" not in view.inner_text()


def test_code_and_formulas_are_dressed_while_they_stream(lab: Lab, server: WireServer) -> None:
    gate = threading.Event()
    text = "Let $x_1$ be\n\n```python\ndef f(): pass\n```\n\nand so on."
    server.respond([CREATED, delta(text), gate, delta(" End."), completed()])
    with lab.open(setup(server), ASK) as notebook:
        notebook.run(0)
        notebook.run(1)
        view = notebook.answers
        expect(view.locator("pre b").first).to_have_text("def")
        expect(view.locator(".pplx-math math")).to_have_count(1)
        expect(view).to_have_attribute("data-status", "streaming")
        gate.set()
        settled = notebook.page.locator(".pplx-settled[data-status]")
        expect(settled.locator(".pplx-code-head")).to_have_count(1)
        expect(settled.locator("pre b").first).to_have_text("def")
        expect(settled.locator(".pplx-math :is(math, mjx-container)")).to_have_count(1)
