"""Frames a second of a table that scrolls while its rows arrive, and the bytes to its page.

    python -m benchmarks.table [--rows 10000] [--rate 30] [--seconds 8] [--runs 2]

A real JupyterLab in a real Chromium shows a batch in virtual rows, without a network: its rows run in
the kernel, ``--rate`` of them end in a second, and each has 300 tokens. The page scrolls 40 pixels a
frame. ``static`` is a list of as many plain lines, in a box of the same size, without a kernel.

fps, p99
    Frames a second, and the 99th percentile of the time between two frames in milliseconds.
page
    Milliseconds that the page's process worked in a second.
kernel
    The same for the kernel, which also works out the rows.
KB/s
    Kilobytes a second to the page, in all messages of the websocket.
"""

from __future__ import annotations

import argparse
import pathlib
import tempfile
import time
from typing import Any

import psutil
from playwright.sync_api import Page, sync_playwright

from tests.support.chromium import launch_options
from tests.support.lab import Lab
from tests.support.paths import ROOT

_SETUP = f"""
import os, sys
sys.path.insert(0, {str(ROOT)!r})
from pplx_widget.widget.batch.table import Table
from tests.support.fake_rows import FakeRows, run
print(os.getpid())
"""
_BATCH = """
rows = FakeRows({rows}, rate={rate}, live={rate}, tokens=300)
rows.go({at})
run(rows)
table = Table(rows, "batch[{{n}}]")
table
"""
_STATIC = """
from IPython.display import HTML
lines = "".join(f"<div style='height:32px'>Row {{i}}: a line of a list</div>" for i in range({rows}))
HTML(f"<div class='static' style='height:392px;overflow:auto'>{{lines}}</div>")
"""
# Scrolls down and up again for some seconds, and returns the times between two frames.
_SCROLL = """([selector, seconds, step]) => new Promise((resolve) => {
  const box = document.querySelector(selector);
  const times = [];
  const end = performance.now() + seconds * 1000;
  let last = 0, down = step;
  const frame = (now) => {
    if (last) times.push(now - last);
    last = now;
    if (box.scrollTop + box.clientHeight >= box.scrollHeight - 50) down = -step;
    box.scrollTop += down;
    now < end ? requestAnimationFrame(frame) : resolve(times);
  };
  requestAnimationFrame(frame);
})"""
_STEP = 40  # pixels


def main() -> None:
    """Measure each way in turn, and print a row for each."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--rate", type=int, default=30, help="rows that end in a second")
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--runs", type=int, default=2)
    options = parser.parse_args()
    print(f"load {psutil.getloadavg()[0]:.1f}")
    print(f"{'way':>10} {'fps':>6} {'p99':>6} {'page':>6} {'kernel':>7} {'KB/s':>7}")
    with (
        tempfile.TemporaryDirectory() as folder,
        sync_playwright() as playwright,
        playwright.chromium.launch(**launch_options()) as browser,
        Lab(pathlib.Path(folder) / "lab", browser) as lab,
    ):
        batch = _BATCH.format(rows=options.rows, rate=options.rate, at=60)
        static = _STATIC.format(rows=options.rows)
        for _ in range(options.runs):
            _measure(lab, "static", static, ".static", step=_STEP, seconds=options.seconds)
            _measure(lab, "at rest", batch, ".pplx-b-grid", step=0, seconds=options.seconds)
            _measure(lab, "scrolling", batch, ".pplx-b-grid", step=_STEP, seconds=options.seconds)


def _measure(lab: Lab, way: str, cell: str, box: str, *, step: int, seconds: float) -> None:
    with lab.open(_SETUP, cell, height=1000) as notebook:
        page = notebook.page
        kernel = psutil.Process(int(notebook.run(0)))
        sizes = _sizes(page)
        notebook.run(1)
        page.locator(box).wait_for()
        if box != ".static":  # at the rows that run
            page.evaluate("box => { document.querySelector(box).scrollTop = 32 * 1780 }", box)
        page.wait_for_timeout(1500)
        sizes.clear()
        browser = page.context.new_cdp_session(page)
        browser.send("Performance.enable")
        worked, begun = _busy(browser), time.monotonic()
        before = sum(kernel.cpu_times()[:2])
        times = sorted(page.evaluate(_SCROLL, [box, seconds, step]))
        took = time.monotonic() - begun
        fps = 1000 * len(times) / sum(times)
        p99 = times[int(0.99 * (len(times) - 1))]
        page_ms = 1000 * (_busy(browser) - worked) / took
        kernel_ms = 1000 * (sum(kernel.cpu_times()[:2]) - before) / took
        rate = sum(sizes) / took / 1000
    print(
        f"{way:>10} {fps:6.1f} {p99:6.1f} {page_ms:6.0f} {kernel_ms:7.0f} {rate:7.1f}", flush=True
    )


def _sizes(page: Page) -> list[int]:
    """Return a list that collects the sizes of the messages to the page."""
    sizes: list[int] = []
    session = page.context.new_cdp_session(page)

    def came(event: dict[str, Any]) -> None:
        frame = event["response"]
        data = frame["payloadData"]
        sizes.append(len(data) * 3 // 4 if frame["opcode"] == 2 else len(data.encode()))

    session.on("Network.webSocketFrameReceived", came)
    session.send("Network.enable")
    return sizes


def _busy(session: Any) -> float:
    """Return the seconds that the page's main thread has worked."""
    metrics = session.send("Performance.getMetrics")["metrics"]
    return next(float(each["value"]) for each in metrics if each["name"] == "TaskDuration")


if __name__ == "__main__":
    main()
