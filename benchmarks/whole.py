"""Measure how long unusual texts that arrive in one piece block the page's thread, in a real Chromium.

    python -m benchmarks.whole

A replayed or reopened answer arrives in one piece. The view shows as much as one frame has time for,
and the rest in later frames. ``longest`` is the longest task of the page: script, style and layout
together.
"""

from __future__ import annotations

import http.server
import shutil
import threading
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

JS = Path(__file__).parents[1] / "js" / "test" / "page"
STATIC = Path(__file__).parents[1] / "pplx_widget" / "static"

TEXTS = {
    "5,000 rows of 200 columns": "|a" * 200 + "|\n" + "|-" * 200 + "|\n" + "|x\n" * 5_000,
    "3,000 items, loose at the end": "- item\n" * 3_000 + "\n- loose\n",
    "a paragraph of 400,000 stars": "*a " * 133_000,
    "50,000 brackets": "[" * 50_000,
    "20,000 quotes in quotes": "> " * 20_000 + "deep",
    "10,000 links to one late name": "[a] " * 10_000 + "\n\n[a]: https://example.org\n",
    "5,000 notes that never come": "".join(f"Said [^{n}].\n\n" for n in range(5_000)),
    "100,000 tokens of prose": "Some words, **bold** and `code`, in a sentence. " * 8_000,
}

SHOW = """async (text) => {
  const tasks = [];
  new PerformanceObserver((list) => tasks.push(...list.getEntries())).observe({ type: "longtask" });
  const one = answer({ status: "streaming" });
  const { el, close } = view(one.widget, one.model);
  await new Promise(requestAnimationFrame);
  const began = performance.now();
  one.model.message({ type: "patch", seq: 1, at: 0, elapsed: 0, text, status: "complete" });
  let length = -1, still = 0, frames = 0, took = 0;
  while (still < 40) {
    await new Promise(requestAnimationFrame);
    frames += 1;
    still += 1;
    const now = el.querySelector(".pplx-text").getElementsByTagName("*").length;
    if (now === length) continue;
    [length, still, took] = [now, 0, performance.now() - began];
  }
  await new Promise((resolve) => setTimeout(resolve, 100));
  const longest = Math.max(0, ...tasks.map((task) => task.duration));
  close(); one.close(); el.remove();
  return { longest, took, frames };
}"""


class _Files(http.server.SimpleHTTPRequestHandler):
    def translate_path(self, path: str) -> str:
        """Serve the harness, and the built bundle under /static/."""
        folder, _, name = path.partition("?")[0].rpartition("/")
        return str((STATIC if folder == "/static" else JS) / name)

    def log_message(self, *_: object) -> None:
        """Log nothing."""


def main() -> None:
    """Show each text several times, and print the best times."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Files)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page()
        page.goto(f"http://127.0.0.1:{server.server_port}/harness.html")
        page.wait_for_function("globalThis.ready")
        print(f"{'':32}{'longest, ms':>14}{'all shown, ms':>16}")
        for name, text in TEXTS.items():
            longest, took = best(page, text)
            shown = f"{longest:.0f}" if longest else "under 50"  # long, by the browser's definition
            print(f"{name:32}{shown:>14}{took:>16.0f}", flush=True)
        browser.close()
    server.shutdown()


def best(page: Page, text: str) -> tuple[float, float]:
    """Return the best of the longest tasks, and the best time until everything was shown, in ms."""
    results = [page.evaluate(SHOW, text) for _ in range(3)]
    return min(r["longest"] for r in results), min(r["took"] for r in results)


if __name__ == "__main__":
    main()
