"""Opens the demo site in Chromium, without any other host: what `scripts/lite --check` does."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import _lite
import _lite_index
import _lite_page
import _lite_server
from _environment import ROOT, ScriptError, say

from pplx_widget.classroom import LocalServer, Network

if TYPE_CHECKING:
    from pathlib import Path

PATIENCE = 180.0  # seconds

SIZE = {"width": 1200, "height": 1400}

QUESTION = "Explain the CAP theorem with an example"
ASK = f"answer = pplx.ask({QUESTION!r})"
STOP = "answer.stop(); print((await answer).status)"


def check(site: Path) -> None:
    """Open every notebook, run the quickstart, and ask a server from the page."""
    with _lite_server.served(site) as address, _lite_page.browser() as browser:
        # A context of its own, whose cache is empty.
        page = _lite_page.Page(browser.new_context(viewport=SIZE).new_page())
        page.open(address, "01_quickstart.ipynb")
        try:
            _run_quickstart(page, site.parent)
            _press_stop(page)
            _ask_servers(page, address)
            page.page.close()
            _run_citations(_lite_page.Page(browser.new_context(viewport=SIZE).new_page()), address)
            _await_without_jspi(browser.new_context(service_workers="block"), address)
            _open_all(browser.new_context(viewport=SIZE), address)
        except Exception:
            say("\n".join(page.console))
            raise
    say("the site works in Chromium")


def _open_all(browser: Any, address: str) -> None:
    first = browser.new_page()
    first.goto(address)
    links = first.locator("a").evaluate_all("links => links.map(link => link.href)")
    notebooks = sorted((ROOT / "notebooks").glob("*.ipynb"))
    _expect(len(links) == len(notebooks), f"{len(links)} links")
    for link, path in zip(links, notebooks, strict=True):
        page = browser.new_page()
        page.goto(link)
        page.get_by_role("heading", name=_lite_index.heading(path)).first.wait_for(timeout=120_000)
        page.close()
    first.screenshot(path=_lite.WORK / "index.png")
    say(f"opened {len(notebooks)} notebooks")


def _run_quickstart(page: _lite_page.Page, folder: Path) -> None:
    """Run the quickstart, whose answers have to end as documents."""
    begun = time.monotonic()
    pandas = True
    for number, cell in enumerate(page.cells()):
        if cell["cell_type"] != "code":
            continue
        for output in page.run(number):
            if output["output_type"] == "error":
                # pandas alone comes from another host, and none is reachable here.
                _expect("pandas is not installed" in output["evalue"], output["evalue"])
                pandas = False
    asked = [i for i, cell in enumerate(page.cells()) if _html(cell)]
    _expect(len(asked) == 3, f"{len(asked)} answers")  # noqa: PLR2004
    _until(lambda: not any(_is_live(page.cells()[i]) for i in asked), "the answers settle")
    for i in asked:
        _expect(
            "pplx-complete" in _html(page.cells()[i]), f"cell {i}: {_html(page.cells()[i])[:300]}"
        )
    page.page.screenshot(path=folder / "quickstart.png")
    load = _lite_server.Handler.sent / 1e6
    _expect(abs(load - _lite.FIRST_LOAD) < 1.5, f"the first load is {load:.1f} MB")  # noqa: PLR2004
    frames = "with" if pandas else "without pandas, which is not reachable, and so without"
    say(f"ran the quickstart in {time.monotonic() - begun:.0f} s, {frames} data frames")
    say(f"the first load is {load:.1f} MB")


def _run_citations(page: _lite_page.Page, address: str) -> None:
    """Run a notebook with data frames: without pandas, its answers come all the same."""
    page.open(address, "05_citations.ipynb")
    for number, cell in enumerate(page.cells()):
        for output in page.run(number) if cell["cell_type"] == "code" else ():
            if output["output_type"] == "error":  # in a cell with a frame, or with its variable
                said = f"{output['ename']}: {output['evalue']}"
                _expect("pandas" in said or "NameError" in said, said)
    _until(
        lambda: sum("pplx-complete" in _html(cell) for cell in page.cells()) == 2,  # noqa: PLR2004
        "two answers are complete",
    )
    page.page.close()
    say("ran the notebook on citations")


def _press_stop(page: _lite_page.Page) -> None:
    page.run(code=f"{ASK}; answer")
    button = page.page.get_by_role("button", name="Stop").last
    button.wait_for(timeout=60_000)
    button.click()
    said = _printed(page, "print((await answer).status)")
    _expect(said == "stopped", said)
    say("pressed Stop")


def _await_without_jspi(context: Any, address: str) -> None:
    """Ask in a browser that cannot suspend a cell."""

    def without(route: Any) -> None:
        response = route.fetch()
        without = "delete WebAssembly.Suspending; delete WebAssembly.promising;"
        route.fulfill(response=response, body=f"{without}\n{response.text()}")

    context.route("**/pyodide.mjs*", without)
    page = _lite_page.Page(context.new_page())
    page.open(address, "01_quickstart.ipynb")
    said = _printed(page, "import pplx_widget as pplx; pplx.complete('Why?')")
    _expect("await pplx.ask" in said, said)
    said = _printed(page, "print((await pplx.ask('Why?')).status)")
    _expect(said == "complete", said)
    page.page.close()
    say("awaited an answer in a browser that cannot suspend a cell")


def _ask_servers(page: _lite_page.Page, address: str) -> None:
    with (
        LocalServer(speed=4, allow_origin=address) as server,
        LocalServer(speed=0.1, allow_origin=address) as slow,
        LocalServer(speed=0.1, network=Network(buffer=True), allow_origin=address) as late,
        LocalServer() as closed,
    ):
        for provider in ("raw", "agent"):
            _set(page, server, provider)
            said = _printed(page, "print(pplx.complete('What is HTTP/3?').status)")
            _expect(said == "complete", said)
            for each in (slow, late):  # while the text arrives, and before the head has come
                _set(page, each, provider)
                known = len(each.exchanges)
                page.run(code=ASK)
                _until(lambda each=each, known=known: len(each.exchanges) > known, "it arrives")
                said = _printed(page, STOP)
                _expect(said == "stopped", said)
                last = each.exchanges[-1]
                last.wait(PATIENCE)
                _expect(last.outcome == "closed by client", f"the server saw: {last.outcome}")
            _set(page, closed, provider)
            said = _printed(page, "print((await pplx.ask('Why?')).error)")
            _expect("--allow-origin" in said, said)
    say("asked servers from the page, stopped and was refused")


def _set(page: _lite_page.Page, server: LocalServer, provider: str) -> None:
    page.run(code=f"pplx.configure(base_url={server.base_url!r}, provider={provider!r})")


def _printed(page: _lite_page.Page, code: str) -> str:
    outputs = page.run(code=code)
    return "".join("".join(each.get("text", each.get("evalue", ""))) for each in outputs).strip()


def _is_live(cell: dict[str, Any]) -> bool:
    return any("widget-view" in kind for each in cell["outputs"] for kind in each.get("data", {}))


def _html(cell: dict[str, Any]) -> str:
    found = [each.get("data", {}).get("text/html", "") for each in cell.get("outputs", [])]
    return "".join("".join(each) for each in found)


def _until(holds: Any, what: str) -> None:
    latest = time.monotonic() + PATIENCE
    while not holds():
        _expect(time.monotonic() < latest, f"not within {PATIENCE:.0f} s: {what}")
        time.sleep(0.2)


def _expect(holds: object, said: str) -> None:
    if not holds:
        raise ScriptError(f"The site does not work in Chromium: {said}")
