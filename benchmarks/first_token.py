"""Measure the time from `ask` to the first token on the page, and compare with a loop over raw bytes.

    python -m benchmarks.first_token [--runs 5]

A real JupyterLab in a real Chromium; the server takes one second to answer. Each run has a fresh
kernel. ``page`` is from the line that asks to the animation frame that shows the token; ``raw`` is
from the request to the first delta in a warm httpx2 loop in the same kernel, which shows nothing.
"""

from __future__ import annotations

import argparse
import pathlib
import statistics
import tempfile

from playwright.sync_api import sync_playwright

from tests.support.chromium import launch_options
from tests.support.lab import Lab
from tests.support.wire_server import CREATED, WireServer, completed, delta

_WATCH = """() => {
  window.__shown = 0;
  const look = () => {
    if (document.querySelector('.pplx-text')?.textContent.includes('token')) {
      window.__shown = performance.timeOrigin + performance.now();
    } else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}"""
_RAW = """
import time, httpx2
with httpx2.Client() as client:
    for _ in range(4):
        asked = time.time()
        body = {{"input": "q", "preset": "fast", "stream": True}}
        with client.stream("POST", "{url}/responses", json=body) as response:
            lines = response.iter_lines()
            next(line for line in lines if line.startswith("data:") and "output_text.delta" in line)
            raw = (time.time() - asked) * 1000
            list(lines)
print(raw)
"""
_SETUP = "import pplx_widget as pplx, time\npplx.configure(base_url='{url}')"
_ASK = "asked = time.time()\nanswer = pplx.ask('q')\nreturned = time.time()\nanswer"


def run(
    lab: Lab, url: str, *, cells: list[str], ask: int, pause: float
) -> tuple[float, float, float]:
    """Return three times in ms: to the token on the page, to it in the raw loop, and inside `ask`."""
    with lab.open(
        *cells, "print(asked * 1000, (returned - asked) * 1000)", _RAW.format(url=url)
    ) as nb:
        for index in range(ask):
            nb.run(index)
        nb.page.wait_for_timeout(pause * 1000)
        nb.page.evaluate(_WATCH)
        nb.start(ask)
        nb.page.wait_for_function("window.__shown", timeout=60_000)
        shown = nb.page.evaluate("window.__shown")
        asked, in_ask = map(float, nb.run(ask + 1).split())
        return shown - asked, float(nb.run(ask + 2)), in_ask


def main() -> None:
    """Measure both ways to start, and print the times."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    with (
        WireServer() as server,
        tempfile.TemporaryDirectory() as folder,
        sync_playwright() as playwright,
        playwright.chromium.launch(**launch_options()) as browser,
        Lab(pathlib.Path(folder), browser) as lab,
    ):
        server.respond([1.0, CREATED, delta("token "), delta("more"), completed()])
        setup = _SETUP.format(url=server.base_url)
        ways = {
            "import, then ask 1.5 s later": {"cells": [setup, _ASK], "ask": 1, "pause": 1.5},
            "import and ask in one cell": {"cells": [f"{setup}\n{_ASK}"], "ask": 0, "pause": 0.5},
        }
        for name, way in ways.items():
            rows = [run(lab, server.base_url, **way) for _ in range(runs)]  # type: ignore[arg-type]
            page, raw, in_ask = (statistics.median(column) for column in zip(*rows, strict=True))
            over = [p - r for p, r, _ in rows]
            print(
                f"{name}: page {page:.0f} ms, raw {raw:.0f} ms, "
                f"over raw {statistics.median(over):.0f} ms ({min(over):.0f} to {max(over):.0f}), "
                f"inside ask() {in_ask:.1f} ms",
                flush=True,
            )


if __name__ == "__main__":
    main()
