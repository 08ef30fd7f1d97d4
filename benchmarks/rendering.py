"""Measure the work of showing a growing text in a real Chromium, and compare with other renderers.

    python -m benchmarks.rendering [--designs ours,plain] [--kinds mixed] [--svg FILE]

Text arrives in batches of 8 tokens of four characters (480 tokens a second at 60 frames); style and
layout run after every batch and count as work of the page's thread. ``plain`` is the lower bound: the
same text in paragraphs without Markdown, in groups of 64. A total with ``*`` is extrapolated from some
batches spread over the text. Growth is the exponent from the first to the last length: 1 is linear,
2 quadratic.
"""

from __future__ import annotations

import argparse
import math
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import CDPSession, Page, sync_playwright

HERE = Path(__file__).parent / "rendering"
TOKENS = (2_000, 20_000, 100_000)
KINDS = ("mixed", "paragraph", "list", "table", "code", "nested")
PEERS = ("ours", "plain", "markdown-it, tail", "markdown-it", "marked", "streamdown")
STYLE = """<!doctype html><meta charset="utf-8"><style>
    body { font: 14px/1.5 sans-serif; max-width: 820px }
    pre, .pplx-table { overflow: auto } table { border-collapse: collapse }
    .pplx-next { display: block }
    td, th { border: 1px solid #ccc }
</style><body>"""
LONGEST_MS = 40_000
COLOURS = ("#0a7", "#888", "#27c", "#a3c", "#c60", "#c33")


def main() -> None:
    """Measure the chosen designs, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--designs", default=";".join(PEERS), help="separated by semicolons")
    parser.add_argument("--kinds", default=",".join(KINDS))
    parser.add_argument("--tokens", default=",".join(map(str, TOKENS)))
    parser.add_argument("--runs", type=int, default=2, help="number of runs; the best counts")
    parser.add_argument("--frames", action="store_true", help="also show eight answers at once")
    parser.add_argument("--svg", type=Path, help="draw the first kind's curves into this file")
    asked = parser.parse_args()
    designs, kinds = asked.designs.split(";"), asked.kinds.split(",")
    tokens = [int(each) for each in asked.tokens.split(",")]
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        code = bundle(Path(folder))
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        curves: dict[str, list[float]] = {}
        for kind in kinds:
            head = [f"{count // 1000}k, ms" for count in tokens]
            print(
                f"\n{kind:20}" + "".join(f"{h:>14}" for h in head) + "  growth   p99    max  nodes"
            )
            for design in designs:
                rows = []
                for count in tokens:
                    page = browser.new_page()
                    page.set_content(STYLE)
                    page.add_script_tag(content=code)
                    rows.append(best(page, design, kind, count, asked.runs))
                    page.close()
                curves.setdefault(design, []).extend(
                    row["total"] for row in rows if kind == kinds[0]
                )
                print(line(design, tokens, rows), flush=True)
        if asked.frames:
            for design in designs:
                page = browser.new_page()
                page.set_content(STYLE + STYLE_OF_GROUPS)
                page.add_script_tag(content=code)
                fps = page.evaluate("design => frames(design)", design)
                print(f"eight answers at once, {design}: {fps:.0f} frames a second", flush=True)
                page.close()
        browser.close()
    if asked.svg:
        asked.svg.write_text(drawing(tokens, curves), "utf-8")


# As in the product: the off-screen part of a long answer costs nothing.
STYLE_OF_GROUPS = """<style>.pplx-group:not(:last-child) {
    content-visibility: auto; contain-intrinsic-size: auto 1600px }</style>"""


def bundle(folder: Path) -> str:
    """Return the page's code; install the other renderers once."""
    if not (HERE / "node_modules").is_dir():
        install = ["npm", "install", "--ignore-scripts", "--no-package-lock", "--legacy-peer-deps"]
        subprocess.run(install, cwd=HERE, check=True)
    file = folder / "page.js"
    subprocess.run(["node", str(HERE / "build.mjs"), str(file)], check=True)
    return file.read_text("utf-8")


def best(page: Page, design: str, kind: str, tokens: int, runs: int) -> dict[str, Any]:
    """Measure several times after a warm-up, since the machine may be busy."""
    ask = "([design, kind, tokens, samples]) => measure(design, kind, tokens, samples)"
    page.evaluate(ask, [design, kind, 1000, 1000])
    devtools = page.context.new_cdp_session(page)
    devtools.send("Performance.enable", {"timeDomain": "threadTicks"})
    whole = page.evaluate(ask, [design, kind, tokens, 15])["total"] < LONGEST_MS
    results = []
    for _ in range(runs):
        before = busy(devtools)
        result = page.evaluate(ask, [design, kind, tokens, 1_000_000 if whole else 60])
        # The time of the page's thread alone: other work of the machine does not count.
        results.append({**result, "total": busy(devtools) - before} if whole else result)
    least = min(results, key=lambda result: result["total"])
    return {**least, **{key: min(result[key] for result in results) for key in ("p99", "max")}}


def busy(devtools: CDPSession) -> float:
    """Return how long the page's thread has worked so far, in milliseconds."""
    metrics = devtools.send("Performance.getMetrics")["metrics"]
    return float(next(each["value"] for each in metrics if each["name"] == "TaskDuration") * 1000)


def line(design: str, tokens: list[int], rows: list[dict[str, Any]]) -> str:
    """Return one row of the table."""
    totals = [f"{row['total']:.0f}{'*' if row['sampled'] else ''}" for row in rows]
    first, last = rows[0], rows[-1]
    growth = math.log(last["total"] / first["total"]) / math.log(tokens[-1] / tokens[0])
    figures = f"{growth:8.2f} {last['p99']:5.1f} {last['max']:6.1f} {last['nodes']:6}"
    return f"{design:20}" + "".join(f"{total:>14}" for total in totals) + figures


def drawing(tokens: list[int], curves: dict[str, list[float]]) -> str:
    """Return the curves as an SVG, both axes logarithmic."""
    width, height, left, bottom, right = 640, 360, 70, 40, 150
    lowest = math.floor(math.log10(min(min(curve) for curve in curves.values())))
    highest = math.ceil(math.log10(max(max(curve) for curve in curves.values())))

    def x(count: float) -> float:
        share = math.log(count / tokens[0]) / math.log(tokens[-1] / tokens[0])
        return left + share * (width - left - right)

    def y(ms: float) -> float:
        return 15 + (highest - math.log10(ms)) / (highest - lowest) * (height - bottom - 15)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"',
        ' font-family="system-ui, sans-serif" font-size="12" fill="#777">',
    ]
    for power in range(lowest, highest + 1):
        label = f"{10**power / 1000:g} s"
        parts.append(
            f'<path d="M{left} {y(10**power):.0f}H{width - right}" stroke="#7773"/>'
            f'<text x="{left - 8}" y="{y(10**power) + 4:.0f}" text-anchor="end">{label}</text>'
        )
    parts += [
        f'<text x="{x(count):.0f}" y="{height - 18}" text-anchor="middle">{count:,} tokens</text>'
        for count in tokens
    ]
    labels = apart({design: y(curve[-1]) + 4 for design, curve in curves.items()})
    for colour, (design, curve) in zip(COLOURS, curves.items(), strict=False):
        points = " ".join(
            f"{x(count):.1f},{y(ms):.1f}" for count, ms in zip(tokens, curve, strict=True)
        )
        parts.append(
            f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2.5"/>'
            f'<text x="{width - right + 8}" y="{labels[design]:.0f}" fill="{colour}">{design}</text>'
        )
    return "\n".join([*parts, "</svg>\n"])


def apart(places: dict[str, float]) -> dict[str, float]:
    """Return the positions of the labels, moved down if they would overlap."""
    moved: dict[str, float] = {}
    for name, place in sorted(places.items(), key=lambda each: each[1]):
        moved[name] = max([place, *(other + 14 for other in moved.values())])
    return moved


if __name__ == "__main__":
    main()
