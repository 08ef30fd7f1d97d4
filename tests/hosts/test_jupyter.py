"""Answers in Jupyter's other front ends, and in programs that run notebooks."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from playwright.sync_api import Browser, Page, WebSocket, expect

from ..support.lab import Lab, Notebook
from ..support.lab_answer import ASK, VIEW, setup
from ..support.wire_server import CREATED, WireServer, completed, delta, results
from .matrix import held
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


def voila(programs: Path, path: Path, server: WireServer) -> contextlib.AbstractContextManager[str]:
    """Serve a notebook; the context is its address."""
    command = [str(programs / "voila"), str(path), "--no-browser", "--port={port}"]
    return running(command, environment(server, path.parent), path.parent, "/voila/static/voila.js")


def test_voila(
    programs: Path, server: WireServer, tmp_path: Path, patches: tuple[Page, list[bool]]
) -> None:
    page, unparented = patches
    gates = [threading.Event(), threading.Event()]
    text: list[Any] = [TEXT[0], gates[0], TEXT[1], gates[1]]
    server.respond([CREATED, *results(7, 3), *text, completed()])
    path = notebook(tmp_path, "import pplx_widget as pplx", ASK)
    with voila(programs, path, server) as url:
        page.goto(url, timeout=180_000)
        answer = page.locator(".pplx")
        expect(answer).to_contain_text("It streams")
        gates[0].set()
        expect(answer).to_contain_text("More.")
        gates[1].set()
        expect(answer).to_contain_text("1 of 2 sources cited")
        expect(answer.get_by_role("button", name="Retry")).to_be_visible()
        assert unparented[-1]
        held("Voilà", "live")
        server.respond([CREATED, TEXT[0], threading.Event()])
        page.get_by_role("button", name="Retry").click()
        expect(answer).to_contain_text("It streams")
        page.get_by_role("button", name="Stop", exact=True).click()
        expect(answer).to_contain_text("Stopped")
        assert server.client_left.wait(20)
        held("Voilà", "alive", "Stop idle")


def test_the_kernel_of_voila_is_killed(
    browser: Browser, programs: Path, server: WireServer, tmp_path: Path
) -> None:
    server.respond([CREATED, *results(7, 3), TEXT[0], threading.Event()])
    tell = (
        "import os, pathlib, pplx_widget as pplx\npathlib.Path('id').write_text(str(os.getpid()))"
    )
    path = notebook(tmp_path, tell + "; None", ASK)
    with voila(programs, path, server) as url:
        page = browser.new_page()
        page.goto(url, timeout=180_000)
        answer = page.locator(".pplx")
        expect(answer).to_contain_text("It streams")
        os.kill(int((tmp_path / "id").read_text()), signal.SIGKILL)
        expect(answer).to_contain_text("Stopped: the kernel is gone")
        expect(answer).to_contain_text("It streams")
        page.close()


@contextlib.contextmanager
def shared(
    browser: Browser, programs: Path, server: WireServer, folder: Path
) -> Iterator[tuple[Notebook, Notebook]]:
    """Open a notebook in two browsers; the first has set up."""
    with Lab(folder, browser, python=str(programs / "python")) as lab:
        cells = [nbformat.v4.new_code_cell(code) for code in (setup(server), ASK, "input()")]
        name = lab.write(cells)
        with lab.visit(name) as first, browser.new_context() as other:
            first.run(0)
            second = Notebook(lab, other.new_page(), name)
            second.go()
            for each in first, second:
                # A dialog after five seconds, which stays although the notebook has arrived.
                button = each.page.get_by_role("button", name="Continue waiting")
                each.page.add_locator_handler(button, lambda found: found.click())
            yield first, second


def test_a_second_reader_of_a_shared_notebook(
    browser: Browser, programs: Path, server: WireServer, tmp_path: Path
) -> None:
    gates = [threading.Event(), threading.Event()]
    text: list[Any] = [TEXT[0], gates[0], TEXT[1], gates[1]]
    server.respond([CREATED, *results(7, 3), *text, completed()])
    with shared(browser, programs, server, tmp_path) as (first, second):
        first.run(1)
        output = second.page.locator(".jp-OutputArea-output").last
        expect(output).to_contain_text("It streams")
        gates[0].set()
        expect(output).to_contain_text("More.")
        held("jupyter-collaboration", "live")
        gates[1].set()
        for page in (first.page, second.page):
            expect(page.locator(".pplx-settled")).to_contain_text("1 of 2 sources cited")
        held("jupyter-collaboration", "document")
        second.go()
        expect(second.page.locator(".pplx-settled")).to_contain_text("More.")
        held("jupyter-collaboration", "reopened")
        server.respond([CREATED, delta("Better now."), completed()])
        first.page.get_by_role("button", name="Retry").click()
        for page in (first.page, second.page):
            expect(page.locator(".pplx-settled")).to_contain_text("Better now.")
        held("jupyter-collaboration", "alive")


@pytest.mark.parametrize("busy", [False, True], ids=["idle", "busy"])
@pytest.mark.parametrize("by", ["the first reader", "the second reader"])
def test_stop_in_a_shared_notebook(
    browser: Browser, programs: Path, server: WireServer, tmp_path: Path, by: str, *, busy: bool
) -> None:
    server.respond([CREATED, TEXT[0], threading.Event()])
    with shared(browser, programs, server, tmp_path) as (first, second):
        first.run(1)
        pages = (first.page, second.page)
        for page in pages:
            expect(page.locator(".jp-OutputArea-output").last).to_contain_text("It streams")
        if busy:
            first.start(2)
            expect(first.page.locator(".jp-Stdin-input")).to_be_visible()
        page = pages[by == "the second reader"]
        page.get_by_role("button", name="Stop", exact=True).click()
        for page in pages:
            expect(page.locator(".pplx-settled")).to_contain_text("Stopped")
        assert server.client_left.wait(20)
    held("jupyter-collaboration", "Stop busy" if busy else "Stop idle")


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
    held("jupyter console", "document")


@pytest.mark.parametrize(
    "program",
    [
        "papermill n.ipynb out.ipynb",
        "jupyter-nbconvert --execute --to notebook n.ipynb --output out",
        "jupyter-execute n.ipynb --output out.ipynb",
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
    held({"jupyter-execute": "nbclient"}.get(name, name), "document")


def test_nbval(programs: Path, server: WireServer, tmp_path: Path) -> None:
    server.respond(WHOLE)
    path = notebook(tmp_path, "import pplx_widget as pplx", "pplx.ask('How?')")
    env = environment(server, tmp_path)
    execute = [str(programs / "jupyter-execute"), "--inplace", str(path)]
    subprocess.run(execute, env=env, cwd=tmp_path, check=True)
    compare = [str(programs / "pytest"), "--nbval", "-p", "no:cacheprovider", str(path)]
    subprocess.run(compare, env=env, cwd=tmp_path, check=True)
    path.write_text(path.read_text().replace("More.", "Less."))
    assert subprocess.run(compare, env=env, cwd=tmp_path, check=False).returncode
    held("nbval", "document")


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
    held("Jupyter Book 1", "document")
