"""Answers in servers of applications and in marimo, which have no Jupyter kernel."""

from __future__ import annotations

import contextlib
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from ..support.wire_server import CREATED, WireServer, completed, delta, results
from .matrix import held
from .servers import environment, running

PANEL = """
import panel as pn, pplx_widget as pplx
pn.extension("ipywidgets")
pn.panel(pplx.ask("How does it stream?")).servable()
"""
SHINY = """
import pplx_widget as pplx
from shiny import App, ui
from shinywidgets import output_widget, render_widget
def server(input, output, session):
    @render_widget
    def a():
        return pplx.ask("How does it stream?")
app = App(ui.page_fluid(output_widget("a")), server)
"""
SOLARA = """
import pplx_widget as pplx, solara
@solara.component
def Page():
    solara.display(solara.use_memo(lambda: pplx.ask("How does it stream?"), []))
"""
MARIMO = """
import marimo
app = marimo.App()
@app.cell
def _():
    import pplx_widget as pplx
    a = pplx.ask("How does it stream?")
    a
    return
"""
# A cell that runs until the test ends it.
BUSY = """
@app.cell
def _():
    import pathlib, time
    pathlib.Path("begun").touch()
    while not pathlib.Path("go").exists():
        time.sleep(0.05)
    return
"""
# Programs, with the application's code; {file} and {port} are filled in.
HOSTS: dict[str, tuple[str, str]] = {
    "panel": (PANEL, "panel serve {file} --port {port} --index app"),
    "shiny": (SHINY, "shiny run {file} --port {port}"),
    "solara": (SOLARA, "solara run {file} --port {port} --no-open --production"),
    "marimo run": (MARIMO, "marimo run {file} --headless --no-token --port {port}"),
    "marimo edit": (
        MARIMO + BUSY,
        "marimo edit {file} --headless --no-token --skip-update-check --port {port}",
    ),
}


@contextlib.contextmanager
def opened(
    host: str, browser: Browser, programs: Path, server: WireServer, folder: Path
) -> Iterator[Page]:
    """Start an application and open it."""
    code, command = HOSTS[host]
    (folder / "app.py").write_text(code)
    program, *arguments = command.replace("{file}", "app.py").split()
    env = environment(server, folder)
    with running([str(programs / program), *arguments], env, folder) as address:
        page = browser.new_page()
        page.route(lambda url: "//127.0.0.1" not in url, lambda route: _cdn(route, programs))
        page.goto(address)
        if host == "marimo edit":
            page.locator(".cm-content").first.click()
            page.keyboard.press("Control+Enter")
        yield page
        page.close()


def _cdn(route: Route, programs: Path) -> None:
    """Serve what Panel's pages load from a CDN."""
    if "anywidget" not in route.request.url:
        route.abort()
        return
    code = programs.parent / "share/jupyter/nbextensions/anywidget/index.js"
    headers = {"access-control-allow-origin": "*"}
    route.fulfill(path=code, content_type="text/javascript", headers=headers)


@pytest.mark.parametrize("host", HOSTS)
def test_live_to_the_end(
    host: str, browser: Browser, programs: Path, server: WireServer, tmp_path: Path
) -> None:
    gates = [threading.Event(), threading.Event()]
    text: list[Any] = [delta("It **streams**.[3] "), gates[0], delta("More."), gates[1]]
    server.respond([CREATED, *results(7, 3), *text, completed()])
    with opened(host, browser, programs, server, tmp_path) as page:
        answer = page.locator(".pplx")
        expect(answer).to_contain_text("It streams")
        gates[0].set()
        expect(answer).to_contain_text("More.")
        gates[1].set()
        expect(answer).to_contain_text("1 of 2 sources cited")
        if host.startswith("marimo"):
            expect(answer).to_contain_text("To ask a follow-up question")
        held(host, "live")
        server.respond([CREATED, delta("Better now."), completed()])
        answer.get_by_role("button", name="Retry").click()
        expect(answer).to_contain_text("Better now.")
        expect(answer).to_contain_text("Answered")
        held(host, "alive")
        if host == "marimo edit":
            page.reload()
            expect(answer).to_contain_text("Better now.")
            expect(answer).to_contain_text("Answered")
            held(host, "reopened")


@pytest.mark.parametrize("host", HOSTS)
def test_stop(
    host: str, browser: Browser, programs: Path, server: WireServer, tmp_path: Path
) -> None:
    server.respond([CREATED, delta("It streams"), threading.Event()])
    with opened(host, browser, programs, server, tmp_path) as page:
        expect(page.locator(".pplx")).to_contain_text("It streams")
        page.get_by_role("button", name="Stop", exact=True).click()
        expect(page.locator(".pplx")).to_contain_text("Stopped")
        assert server.client_left.wait(20)
    held(host, "Stop idle")


def test_stop_in_marimo_while_a_cell_runs(
    browser: Browser, programs: Path, server: WireServer, tmp_path: Path
) -> None:
    server.respond([CREATED, delta("It streams"), threading.Event()])
    with opened("marimo edit", browser, programs, server, tmp_path) as page:
        expect(page.locator(".pplx")).to_contain_text("It streams")
        page.locator(".cm-content").nth(1).click()
        page.keyboard.press("Control+Enter")
        while not (tmp_path / "begun").exists():
            page.wait_for_timeout(50)
        page.get_by_role("button", name="Stop", exact=True).click()
        expect(page.locator(".pplx")).to_contain_text("when the running cell finishes")
        (tmp_path / "go").touch()
        expect(page.locator(".pplx")).to_contain_text("Stopped")
        assert server.client_left.wait(20)
    held("marimo edit", "Stop busy")


def test_marimo_loaded_again_in_mid_stream(
    browser: Browser, programs: Path, server: WireServer, tmp_path: Path
) -> None:
    gates = [threading.Event(), threading.Event()]
    text: list[Any] = [delta("One "), gates[0], delta("two "), gates[1], delta("three.")]
    server.respond([CREATED, *text, completed()])
    with opened("marimo edit", browser, programs, server, tmp_path) as page:
        answer = page.locator(".pplx")
        expect(answer).to_contain_text("One")
        page.reload()
        expect(answer).to_contain_text("One")
        gates[0].set()
        expect(answer).to_contain_text("One two")
        gates[1].set()
        expect(answer).to_contain_text("One two three.")
        expect(answer).to_contain_text("Answered")


def test_marimo_export_waits_for_the_answer(
    browser: Browser, programs: Path, server: WireServer, tmp_path: Path
) -> None:
    text: list[Any] = [delta("It **streams**.[3] "), 0.5, delta("More.")]
    server.respond([CREATED, *results(7, 3), *text, completed()])
    (tmp_path / "app.py").write_text(MARIMO)
    command = [str(programs / "marimo"), "export", "html", "app.py", "-o", "app.html"]
    subprocess.run(command, env=environment(server, tmp_path), cwd=tmp_path, check=True)
    assert not server.client_left.is_set()
    (static,) = programs.parent.glob("lib/python3*/site-packages/marimo/_static")

    def serve(route: Route) -> None:
        path = static / route.request.url.partition("/dist/")[2].partition("?")[0]
        if path.is_file():
            route.fulfill(path=path, headers={"access-control-allow-origin": "*"})
        else:
            route.abort()

    page = browser.new_page()
    page.route(lambda url: url.startswith("http"), serve)
    page.goto((tmp_path / "app.html").as_uri())
    expect(page.locator(".pplx")).to_contain_text("More.")
    expect(page.locator(".pplx")).to_contain_text("Answered")
    page.close()
    held("marimo export", "document")
