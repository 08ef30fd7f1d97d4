"""What it takes to open a notebook of many settled answers, beside the same text in other forms.

    python -m benchmarks.opened [--answers 200] [--tokens 400] [--runs 2] [--ways ours;markdown]

A real JupyterLab in a real Chromium opens a trusted notebook without a kernel, in a new page each run.
``whole style`` is ours with all styles in each output. ``with code`` is ours in a page that has all
styles once, as it has with the widget's code. ``html`` is the text by markdown-it-py.

wall
    Seconds from the request to the last change of the page.
CPU
    Seconds that the page's process worked.
style
    Seconds that the calculation of styles took.
nodes
    Elements in the outputs.
"""

from __future__ import annotations

import argparse
import contextlib
import pathlib
import tempfile
import time
from collections.abc import Callable
from typing import Any

import nbformat
import psutil
from markdown_it import MarkdownIt
from playwright.sync_api import sync_playwright

from pplx_widget.core.assets import asset
from pplx_widget.core.events import Finished, Searching, SourcesFound, Text, Usage, UsageReported
from pplx_widget.core.state import AnswerState
from pplx_widget.document import forms
from pplx_widget.document.record import KEY
from tests.support.chromium import launch_options
from tests.support.lab import Lab

from .settle import SECTION, SOURCES

Output = tuple[dict[str, Any], dict[str, Any]]

# Notes the last change of the page, so that its end can be told from a pause.
_WATCH = """
globalThis.lastChange = 0;
new MutationObserver(() => { globalThis.lastChange = performance.now(); })
  .observe(document, {childList: true, subtree: true, attributes: true, characterData: true});
"""
_ADOPT = """
const sheet = new CSSStyleSheet();
sheet.replaceSync(%r);
document.adoptedStyleSheets.push(sheet);
"""
_QUIET_S = 3.0


def main() -> None:
    """Measure all ways in turn, as often as asked, and print a row a run."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--answers", type=int, default=200)
    parser.add_argument("--tokens", type=int, default=400, help="of an answer")
    parser.add_argument("--runs", type=int, default=2)
    parser.add_argument("--ways", default=";".join(WAYS), help="separated by semicolons")
    options = parser.parse_args()
    texts = [_text(i, options.tokens) for i in range(options.answers)]
    print(f"{'way':>12} {'wall s':>7} {'CPU s':>7} {'style s':>8} {'nodes':>7} {'MB':>5}")
    with (
        tempfile.TemporaryDirectory() as folder,
        sync_playwright() as playwright,
        playwright.chromium.launch(**launch_options()) as browser,
        Lab(pathlib.Path(folder) / "lab", browser) as lab,
    ):
        _open(lab, [WAYS["markdown"](text) for text in texts[:3]])  # the first page is slower
        for _ in range(options.runs):
            for way in options.ways.split(";"):
                row = _open(lab, [WAYS[way](text) for text in texts], adopt=way == "with code")
                print(
                    f"{way:>12} {row['wall']:>7.1f} {row['cpu']:>7.1f} {row['style']:>8.1f} "
                    f"{row['nodes']:>7.0f} {row['size']:>5.2f}",
                    flush=True,
                )


def _text(number: int, tokens: int) -> str:
    text = ""
    while len(text) < 4 * tokens:
        text += SECTION.format(i=1_000 * number + len(text))
    return text


def _written(text: str) -> forms.Forms:
    state = AnswerState()
    usage = Usage(10, 400, 410, 0.006)
    for event in (
        Searching(("a query",)),
        SourcesFound(SOURCES, ("a query",)),
        Text(text),
        UsageReported(usage),
        Finished(model="a/model"),
    ):
        state.apply(event, 0.5)
    return forms.written("What is this about?", state)


def _ours(text: str) -> Output:
    written = _written(text)
    return written.bundle(), {KEY: written.record}


def _whole_style(text: str) -> Output:
    written = _written(text)
    html = written.fragment.html(style="answer.css")
    return written.bundle() | {"text/html": html}, {KEY: written.record}


def _html(text: str) -> Output:
    return {"text/html": MarkdownIt().enable("table").render(text), "text/plain": text}, {}


WAYS: dict[str, Callable[[str], Output]] = {
    "ours": _ours,
    "whole style": _whole_style,
    "with code": _ours,
    "markdown": lambda text: ({"text/markdown": text, "text/plain": text}, {}),
    "html": _html,
    "text": lambda text: ({"text/plain": text}, {}),
}


def _cpu() -> dict[int, float]:
    """Return the processor time of each process that shows a page."""
    found = {}
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            if "--type=renderer" in process.cmdline():
                times = process.cpu_times()
                found[process.pid] = times.user + times.system
    return found


def _open(lab: Lab, outputs: list[Output], *, adopt: bool = False) -> dict[str, float]:
    cells = []
    for data, metadata in outputs:
        output = nbformat.v4.new_output("display_data", data=data, metadata=metadata)
        cells.append(nbformat.v4.new_code_cell("answer", outputs=[output]))
    name = lab.write(cells, kernel="no such kernel")
    lab.trust(name)
    with lab.browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        page = context.new_page()
        page.add_init_script(_WATCH)
        if adopt:
            page.add_init_script(_ADOPT % asset("answer.css"))
        devtools = context.new_cdp_session(page)
        devtools.send("Performance.enable")
        page.goto(f"{lab.url}/lab/tree/{name}?token=test&reset", wait_until="commit")
        page.wait_for_selector(".jp-OutputArea-output", timeout=120_000, state="attached")
        page.wait_for_function(
            f"document.querySelectorAll('.jp-OutputArea-output').length >= {len(outputs)}",
            timeout=120_000,
        )
        while True:
            before = page.evaluate("lastChange")
            time.sleep(_QUIET_S)
            if page.evaluate("lastChange") == before:
                break
        cpu = max(_cpu().values())
        found = devtools.send("Performance.getMetrics")["metrics"]
        metrics = {each["name"]: each["value"] for each in found}
        return {
            "wall": before / 1000,
            "cpu": cpu,
            "style": metrics["RecalcStyleDuration"],
            "nodes": page.evaluate("document.querySelectorAll('.jp-OutputArea-output *').length"),
            "size": (lab.notebooks / name).stat().st_size / 1e6,
        }


if __name__ == "__main__":
    main()
