"""Answers in Jupyter's other front ends, and in programs that run notebooks."""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from playwright.sync_api import Browser, Page, WebSocket, expect

from ..support.lab import Lab
from ..support.lab_answer import ASK, KEY, VIEW, setup
from ..support.wire_server import CREATED, WireServer, completed, delta, results
from .servers import environment, running

TEXT = [delta("It **streams**.[3] "), delta("More.")]
WHOLE = [CREATED, *results(7, 3), *TEXT, completed()]


@pytest.fixture
def patches(browser: Browser) -> Iterator[tuple[Page, list[bool]]]:
    """A page, and whether each patch that it received belonged to no request."""
    page = browser.new_page()
    unparented: list[bool] = []

    def received(frame: str | bytes) -> None:
        data = frame.encode() if isinstance(frame, str) else frame
        if b'"patch"' in data:
            # Only the header has an id, unless there is a parent.
            unparented.append(data.count(b'"msg_id"') == 1)

    def opened(socket: WebSocket) -> None:
        socket.on("framereceived", received)

    page.on("websocket", opened)
    yield page, unparented
    page.close()


def notebook(folder: Path, *cells: str) -> Path:
    path = folder / "n.ipynb"
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    nb.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(nb, path)
    return path


def test_notebook_7(
    browser: Browser,
    programs: Path,
    server: WireServer,
    tmp_path: Path,
    patches: tuple[Page, list[bool]],
) -> None:
    page, unparented = patches
    gates = [threading.Event(), threading.Event()]
    text: list[Any] = [TEXT[0], gates[0], TEXT[1], gates[1]]
    server.respond([CREATED, *results(7, 3), *text, completed()])
    with Lab(tmp_path, browser, python=str(programs / "python"), program="notebook") as lab:
        name = lab.write([nbformat.v4.new_code_cell(c) for c in (setup(server), ASK, "input()")])
        page.goto(f"{lab.url}/notebooks/{name}?token=test")
        page.wait_for_function("window.jupyterapp?.shell?.currentWidget?.sessionContext?.isReady")
        run = "(i) => { const n = jupyterapp.shell.currentWidget.content; n.activeCellIndex = i;"
        run += " jupyterapp.commands.execute('notebook:run-cell'); }"
        for cell in (0, 1):
            page.evaluate(run, cell)
        answer = page.locator(".pplx")
        expect(answer).to_contain_text("It streams")
        gates[0].set()
        expect(answer).to_contain_text("More.")
        gates[1].set()
        expect(page.locator(".pplx-settled[data-status]")).to_contain_text("1 of 2 sources cited")
        assert unparented[-1]
        # Stop under a busy cell.
        server.respond([CREATED, TEXT[0], threading.Event()])
        page.get_by_role("button", name="Retry").click()
        expect(answer).to_contain_text("It streams")
        page.evaluate(run, 2)
        page.get_by_role("button", name="Stop", exact=True).click()
        expect(page.locator(".pplx-settled[data-status=stopped]")).to_have_count(1)
        page.evaluate("jupyterapp.commands.execute('docmanager:save')")
        page.wait_for_function("() => !jupyterapp.shell.currentWidget.context.model.dirty")
        (kept,) = json.loads((lab.notebooks / name).read_text())["cells"][1]["outputs"]
        assert VIEW not in kept["data"]
        assert KEY not in json.dumps(kept)


def test_voila(
    programs: Path, server: WireServer, tmp_path: Path, patches: tuple[Page, list[bool]]
) -> None:
    page, unparented = patches
    gates = [threading.Event(), threading.Event()]
    text: list[Any] = [TEXT[0], gates[0], TEXT[1], gates[1]]
    server.respond([CREATED, *results(7, 3), *text, completed()])
    path = notebook(tmp_path, "import pplx_widget as pplx", ASK)
    command = [str(programs / "voila"), str(path), "--no-browser", "--port={port}"]
    with running(command, environment(server, tmp_path), tmp_path, "/voila/static/voila.js") as url:
        page.goto(url, timeout=90_000)
        answer = page.locator(".pplx")
        expect(answer).to_contain_text("It streams")
        gates[0].set()
        expect(answer).to_contain_text("More.")
        gates[1].set()
        expect(answer).to_contain_text("1 of 2 sources cited")
        expect(answer.get_by_role("button", name="Retry")).to_be_visible()
        expect(answer).not_to_contain_text("Before you save")
        assert unparented[-1]
        server.respond([CREATED, TEXT[0], threading.Event()])
        page.get_by_role("button", name="Retry").click()
        expect(answer).to_contain_text("It streams")
        page.get_by_role("button", name="Stop", exact=True).click()
        expect(answer).to_contain_text("Stopped")


def test_a_second_reader_of_a_shared_notebook(
    browser: Browser, programs: Path, server: WireServer, tmp_path: Path
) -> None:
    gates = [threading.Event(), threading.Event()]
    text: list[Any] = [TEXT[0], gates[0], TEXT[1], gates[1]]
    server.respond([CREATED, *results(7, 3), *text, completed()])
    with Lab(tmp_path, browser, python=str(programs / "python")) as lab:
        cells = [nbformat.v4.new_code_cell(code) for code in (setup(server), ASK)]
        name = lab.write(cells)
        with lab.visit(name) as first, browser.new_context() as other:
            first.run(0)
            second = other.new_page()
            second.goto(f"{lab.url}/lab/tree/{name}?token=test&reset")
            ready = "window.jupyterapp?.shell?.currentWidget?.sessionContext?.session?.kernel"
            second.wait_for_function(ready, timeout=90_000)
            first.run(1)
            output = second.locator(".jp-OutputArea-output").last
            expect(output).to_contain_text("It streams")
            gates[0].set()
            expect(output).to_contain_text("More.")
            gates[1].set()
            for page in (first.page, second):
                expect(page.locator(".pplx-settled")).to_contain_text("1 of 2 sources cited")


def test_a_console(programs: Path, server: WireServer, tmp_path: Path) -> None:
    server.respond([CREATED, *TEXT, completed()])
    code = "import pplx_widget as pplx\na = pplx.ask('How?')\na\n_ = a.wait()\na\n"
    command = [str(programs / "jupyter-console"), "--simple-prompt"]
    env = environment(server, tmp_path)
    ran = subprocess.run(
        command, input=code, env=env, capture_output=True, text=True, timeout=120, check=False
    )
    assert "<Answer 'How?': " in ran.stdout
    assert "saved" not in ran.stdout
    assert "More." in ran.stdout


@pytest.mark.parametrize(
    "program",
    [
        "papermill n.ipynb out.ipynb",
        "jupyter-nbconvert --execute --to notebook n.ipynb --output out",
    ],
)
def test_programs_that_run_notebooks(
    program: str, programs: Path, server: WireServer, tmp_path: Path
) -> None:
    server.respond(WHOLE)
    notebook(tmp_path, "import pplx_widget as pplx", ASK)
    name, *arguments = program.split()
    command = [str(programs / name), *arguments]
    subprocess.run(command, env=environment(server, tmp_path), cwd=tmp_path, check=True)
    (kept,) = json.loads((tmp_path / "out.ipynb").read_text())["cells"][1]["outputs"]
    data: dict[str, Any] = kept["data"]
    assert VIEW not in data
    assert "More." in "".join(data["text/plain"])


def test_jupyter_book_1(programs: Path, server: WireServer, tmp_path: Path) -> None:
    book = programs.parent.parent / "hosts-book" / programs.name / "jupyter-book"
    server.respond(WHOLE)
    notebook(tmp_path, "import pplx_widget as pplx", ASK)
    (tmp_path / "_toc.yml").write_text("format: jb-book\nroot: n\n")
    (tmp_path / "_config.yml").write_text("execute:\n  execute_notebooks: force\n")
    command = [str(book), "build", "."]
    subprocess.run(command, env=environment(server, tmp_path), cwd=tmp_path, check=True)
    html = (tmp_path / "_build/html/n.html").read_text()
    assert "pplx-complete" in html
    assert "More." in html
