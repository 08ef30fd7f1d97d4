"""An answer as a document, in a real JupyterLab: settled, saved, reopened, interactive again."""

from __future__ import annotations

import json
import threading

import nbformat
import pytest
from playwright.sync_api import Page, expect

from ..support.lab import Lab, Notebook
from ..support.lab_answer import (
    ASK,
    KEY,
    TEXT,
    VIEW,
    asked,
    html_of,
    outputs,
    settled,
    setup,
    whole,
)
from ..support.wire_server import CREATED, WireServer, completed, delta, results

FORMS = {"text/html", "text/markdown", "text/plain"}


def test_a_finished_answer_is_a_document_in_the_file(lab: Lab, server: WireServer) -> None:
    gate = threading.Event()
    server.respond([CREATED, *results(7, 3), *TEXT, gate, completed()])
    with asked(lab, server, "display(answer)") as notebook:
        expect(notebook.answers).to_contain_text("It streams")
        (under_way,) = outputs(notebook)
        assert VIEW in under_way["data"]
        assert "Not finished" in html_of(under_way)
        gate.set()
        expect(settled(notebook)).to_contain_text("1 of 2 sources cited")
        (kept,) = outputs(notebook)
        assert set(kept["data"]) == FORMS
        assert "pplx-complete" in html_of(kept)
        assert kept["metadata"]["pplx_widget"]["question"] == "How does it stream?"
        notebook.run(2)  # displayed after the end: an interactive document at once
        settled(notebook, 2)
        (again,) = outputs(notebook, 2)
        assert set(again["data"]) == FORMS
        for output in (kept, again):
            assert KEY not in json.dumps(output)
            assert server.base_url not in json.dumps(output)
        assert notebook.errors == []


def test_it_settles_beside_a_busy_cell(lab: Lab, server: WireServer) -> None:
    gate = threading.Event()
    server.respond([CREATED, *TEXT, gate, completed()])
    busy = "while not answer.status.final: time.sleep(0.01)\ntime.sleep(600)"
    with asked(lab, server, busy) as notebook:
        notebook.start(2)
        gate.set()
        settled(notebook)
        notebook.page.evaluate("jupyterapp.commands.execute('notebook:interrupt-kernel')")
        notebook.finished(2)


def test_the_reader_stays_where_they_were(lab: Lab, server: WireServer) -> None:
    gate = threading.Event()
    text = [delta(f"Paragraph {i} of the answer, with *some* words in it.\n\n") for i in range(60)]
    server.respond([CREATED, *results(7, 3), *text, gate, completed()])
    with asked(lab, server, *["# below"] * 20) as notebook:
        page = notebook.page
        paragraph = notebook.answers.get_by_text("Paragraph 40 of")
        paragraph.scroll_into_view_if_needed()
        paragraph.evaluate(
            """node => {
              const text = node.firstChild;
              getSelection().setBaseAndExtent(text, 3, text, 20);
            }"""
        )
        # Record the paragraph's position on the screen in each frame.
        page.evaluate(
            """() => {
              globalThis.seen = [];
              const look = () => {
                const at = [...document.querySelectorAll('.pplx-text p')]
                  .find(p => p.textContent.startsWith('Paragraph 40 of'));
                seen.push(at ? Math.round(at.getBoundingClientRect().top) : null);
                requestAnimationFrame(look);
              };
              look();
            }"""
        )
        gate.set()
        settled(notebook)
        page.wait_for_function("seen.length > 20")
        places = page.evaluate("seen")
        assert max(places) - min(places) <= 1, places
        assert page.evaluate("getSelection().toString()") == "agraph 40 of the "


def test_formulas_look_the_same_before_and_after_mathjax_is_loaded(
    lab: Lab, server: WireServer
) -> None:
    text = [delta("So $N = 3$ and $R = W = 2$, with $N_1$ nodes.\n\n$$R + W > N$$\n")]
    for _ in range(3):
        server.respond([CREATED, *text, completed()])
    with asked(lab, server, "pplx.ask('Again?')", "pplx.ask('And again?')") as notebook:
        for n in (1, 2, 3):
            if n > 1:
                notebook.run(n)
            answers = settled(notebook, n)
            expect(answers.locator("math")).to_have_count(4 * n)
            expect(answers.locator(".MathJax, mjx-container")).to_have_count(0)
            sizes = answers.locator("math").evaluate_all(
                "all => [...new Set(all.map(math => getComputedStyle(math).fontSize))]"
            )
            assert len(sizes) == 1


def test_copy_and_cards_of_a_settled_answer(lab: Lab, server: WireServer) -> None:
    server.respond(whole())
    with lab.open(setup(server), ASK, "print(answer.to_markdown())") as notebook:
        page = notebook.page
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        notebook.run(0)
        notebook.run(1)
        answer = settled(notebook)
        answer.get_by_role("button", name="Copy", exact=True).click()
        expect(answer).to_contain_text("Copied")
        copied = page.evaluate("navigator.clipboard.readText()")
        assert copied.strip() == notebook.run(2).strip()
        answer.locator("sup a").hover()
        card = page.locator(".pplx-card")
        expect(card).to_contain_text("Snippet 3.")
        page.keyboard.press("Escape")
        expect(card).to_be_hidden()


def test_retry_goes_live_in_place_and_settles_again(lab: Lab, server: WireServer) -> None:
    server.respond(b"", status=502)
    with asked(lab, server) as notebook:
        failed = settled(notebook)
        expect(failed).to_contain_text("is failing (HTTP 502)")
        assert "pplx-failed" in html_of(outputs(notebook)[0])
        gate = threading.Event()
        server.respond([CREATED, delta("Better "), gate, delta("now."), completed()])
        failed.get_by_role("button", name="Retry").click()
        expect(notebook.answers).to_contain_text("Better")
        expect(notebook.answers).to_have_attribute("data-status", "streaming")
        gate.set()
        expect(settled(notebook)).to_contain_text("Better now.")
        (kept,) = outputs(notebook)
        assert "Better now." in html_of(kept)
        assert "502" not in json.dumps(kept)


@pytest.mark.parametrize("way", ["reload", "tab"])
def test_back_in_mid_stream(lab: Lab, server: WireServer, way: str) -> None:
    """JupyterLab has forgotten the display id then, so the page replaces the output itself."""
    gate, later = threading.Event(), threading.Event()
    server.respond([CREATED, delta("before "), gate, delta("after"), later, completed()])

    def come_back(notebook: Notebook) -> None:
        expect(notebook.answers).to_contain_text("before")
        gate.set()
        expect(notebook.answers).to_contain_text("before after")
        expect(notebook.answers).to_have_attribute("data-status", "streaming")
        later.set()
        expect(settled(notebook)).to_contain_text("before after")
        (kept,) = outputs(notebook)
        assert set(kept["data"]) == FORMS
        assert "before after" in html_of(kept)

    with asked(lab, server) as notebook:
        expect(notebook.answers).to_contain_text("before")
        notebook.saved()
        if way == "reload":
            notebook.go()
            come_back(notebook)
        else:
            notebook.page.close()
            with lab.visit(notebook.name) as returned:
                come_back(returned)


def test_back_after_the_end(lab: Lab, server: WireServer) -> None:
    """The file has the live view. On return, the answer appears and settles."""
    gate = threading.Event()
    server.respond([CREATED, delta("before "), gate, delta("after"), completed()])
    with asked(lab, server) as notebook:
        expect(notebook.answers).to_contain_text("before")
        notebook.saved()
        notebook.page.close()
        gate.set()
        assert server.finished.wait(30)
        with lab.visit(notebook.name) as returned:
            expect(settled(returned)).to_contain_text("before after")
            assert set(outputs(returned)[0]["data"]) == FORMS


def test_alive_after_a_reload(lab: Lab, server: WireServer) -> None:
    server.respond(whole())
    with asked(lab, server) as notebook:
        settled(notebook)
        notebook.saved()
        notebook.go()
        answer = settled(notebook)
        gate = threading.Event()
        server.respond([CREATED, delta("Better "), gate, delta("now."), completed()])
        answer.get_by_role("button", name="Retry").click()
        expect(notebook.answers).to_contain_text("Better")
        expect(notebook.answers).to_have_attribute("data-status", "streaming")
        gate.set()
        expect(settled(notebook)).to_contain_text("Better now.")
        assert "Better now." in html_of(outputs(notebook)[0])


def test_two_views_of_one_notebook(lab: Lab, server: WireServer) -> None:
    gate = threading.Event()
    server.respond([CREATED, *TEXT, gate, completed()])
    with asked(lab, server) as notebook:
        expect(notebook.answers).to_contain_text("It streams")
        notebook.page.evaluate("jupyterapp.commands.execute('docmanager:clone')")
        expect(notebook.answers).to_have_count(2)
        gate.set()
        both = settled(notebook, 2)
        server.respond([CREATED, delta("Better now."), completed()])
        both.nth(0).get_by_role("button", name="Retry").click()
        for answer in settled(notebook, 2).all():
            expect(answer).to_contain_text("Better now.")


def test_a_new_kernel_leaves_it_plain(lab: Lab, server: WireServer) -> None:
    server.respond(whole())
    with asked(lab, server) as notebook:
        settled(notebook)
        notebook.page.evaluate(
            "jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()"
        )
        plain = notebook.page.locator(".pplx-settled:not([data-status])")
        expect(plain).to_contain_text("It streams")
        expect(plain.get_by_role("button")).to_have_count(0)


GONE = {
    "restarted": "jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()",
    "shut down": "jupyterapp.shell.currentWidget.sessionContext.shutdown()",
}


@pytest.mark.parametrize("way", GONE)
def test_the_kernel_goes_in_mid_stream(lab: Lab, server: WireServer, way: str) -> None:
    """Only the page has the text then, so the page makes the document."""
    server.respond(
        [CREATED, *results(7, 3), *TEXT, delta(" ![i](https://evil.org/i.png)"), threading.Event()]
    )
    with asked(lab, server) as notebook:
        expect(notebook.answers).to_contain_text("for $5 and $6.")
        notebook.page.evaluate(GONE[way])
        plain = notebook.page.locator(".pplx-settled.pplx-stopped")
        expect(plain).to_contain_text("It streams.1 With code")
        (kept,) = outputs(notebook)
        assert VIEW not in kept["data"]
        assert "Stopped" in html_of(kept)
        assert "<img" not in html_of(kept)
        assert notebook.errors == []
    with lab.visit(notebook.name) as again:
        expect(again.page.locator(".pplx-settled")).to_contain_text("It streams.1 With code")
        assert "Error displaying" not in again.page.content()


def test_a_lost_connection_is_not_a_lost_kernel(lab: Lab, server: WireServer) -> None:
    gate = threading.Event()
    server.respond([CREATED, delta("before "), gate, delta("after"), completed()])
    with asked(lab, server) as notebook:
        expect(notebook.answers).to_contain_text("before")
        notebook.page.evaluate(
            "jupyterapp.shell.currentWidget.sessionContext.session.kernel.reconnect()"
        )
        gate.set()
        expect(settled(notebook)).to_contain_text("before after")
        assert "pplx-complete" in html_of(outputs(notebook)[0])


def test_a_retry_that_was_not_saved(lab: Lab, server: WireServer) -> None:
    """The file has the document of the earlier run, and the page updates it."""
    server.respond(b"", status=502)
    with asked(lab, server) as notebook:
        failed = settled(notebook)
        expect(failed).to_contain_text("502")
        notebook.saved()
        server.respond([CREATED, delta("Better now."), completed()])
        failed.get_by_role("button", name="Retry").click()
        expect(settled(notebook)).to_contain_text("Better now.")
        notebook.go()
        expect(settled(notebook)).to_contain_text("Better now.")
        (kept,) = outputs(notebook)
        assert "Better now." in html_of(kept)
        assert "502" not in json.dumps(kept)


def test_a_copy_beside_the_original_stays_plain(lab: Lab, server: WireServer) -> None:
    server.respond(whole())
    with asked(lab, server) as notebook:
        settled(notebook)
        notebook.saved()
        (lab.notebooks / "copy.ipynb").write_bytes((lab.notebooks / notebook.name).read_bytes())
        notebook.page.evaluate(
            """jupyterapp.commands.execute(
              'docmanager:open', {path: 'copy.ipynb', options: {mode: 'split-right'}})"""
        )
        expect(notebook.page.locator(".pplx-settled")).to_have_count(2)
        settled(notebook, 1)
        notebook.page.evaluate(
            "jupyterapp.shell.currentWidget.sessionContext.path === 'copy.ipynb'"
            " && jupyterapp.shell.currentWidget.sessionContext.shutdown()"
        )


# ---- opened by another reader ----


@pytest.fixture(scope="module")
def kept(lab: Lab) -> str:
    return saved(lab)


def saved(lab: Lab) -> str:
    """Return the name of a saved notebook with a finished answer and no kernel."""
    with WireServer() as server:
        server.respond(whole())
        with asked(lab, server) as notebook:
            settled(notebook)
            notebook.saved()
            return notebook.name


def elsewhere(page: Page) -> list[str]:
    """Return a list that collects the URLs of all requests to other hosts."""
    asked: list[str] = []
    page.on("request", lambda r: "127.0.0.1" in r.url.split("/")[2] or asked.append(r.url))
    return asked


@pytest.mark.parametrize("kernel", [True, False], ids=["new kernel", "no kernel"])
@pytest.mark.parametrize("trusted", [True, False], ids=["trusted", "untrusted"])
def test_reopened(lab: Lab, kept: str, *, kernel: bool, trusted: bool) -> None:
    notebook = nbformat.read(lab.notebooks / kept, as_version=4)
    if not trusted:
        notebook.cells[0].source += "  # changed, so that the signature does not fit"
    if not kernel:
        notebook.metadata.kernelspec["name"] = "gone"
    if trusted and kernel:
        name = kept
    else:
        name = lab.write(notebook.cells, notebook.metadata.kernelspec["name"])
        if trusted:
            lab.trust(name)
    with lab.visit(name, kernel=kernel) as opened:
        page = opened.page
        asked = elsewhere(page)
        answer = page.locator(".pplx-settled")
        expect(answer).to_contain_text("It streams.1 With code and")
        expect(answer).to_contain_text("for $5 and $6.")
        expect(answer).to_contain_text("1 of 2 sources cited")
        expect(answer.locator("sup a")).to_have_attribute("href", "https://example.org/3")
        expect(answer.locator("sup a")).to_have_attribute("title", "Title 3 — example.org")
        expect(answer.locator(".MathJax, mjx-container")).to_have_count(1)
        expect(answer.locator("style")).to_have_count(0)
        expect(answer.get_by_role("button")).to_have_count(0)
        answer.locator("details.pplx-found summary").click()
        expect(answer.get_by_role("link", name="Title 7")).to_be_visible()
        assert "Error displaying widget" not in page.content()
        assert asked == []
