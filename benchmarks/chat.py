"""A chat of many turns: opening it, typing in it, and the memory of its turns.

    python -m benchmarks.chat [--turns 200] [--tokens 400] [--runs 2] [--of open;type;memory]

``open`` opens a trusted notebook without a kernel in a real JupyterLab, as `benchmarks.opened` does:
the document of a chat, and the same text as one Markdown output. ``type`` shows the chat in a notebook
with a kernel, and types in its box: milliseconds from a key to the frame that shows it. ``memory`` is
that of a Python process without a notebook, after each quarter of the turns.
"""

from __future__ import annotations

import argparse
import gc
import pathlib
import statistics
import tempfile
from collections.abc import AsyncIterator

import nbformat
from playwright.sync_api import sync_playwright

import pplx_widget as pplx
from pplx_widget import events
from tests.support.chromium import launch_options
from tests.support.lab import Lab

from .memory import _KILOBYTE, _MEGABYTE, _memory
from .opened import Output, _open, _text
from .settle import SOURCES

_KEYS = 60

# Resolves to the milliseconds from each key to the frame that shows it, the oldest first.
_WATCH = """
globalThis.took = [];
addEventListener("keydown", () => {
  const begun = performance.now();
  requestAnimationFrame(() => setTimeout(() => took.push(performance.now() - begun)));
}, {capture: true});
"""


class Writes:
    """A provider whose answers have a text of some tokens and cite a source."""

    paid = False

    def __init__(self, tokens: int) -> None:
        self.tokens, self.number = tokens, 0

    async def stream(self, _request: pplx.Request) -> AsyncIterator[events.Event]:
        """Yield the events of the answer."""
        self.number += 1
        yield events.SourcesFound(SOURCES, ("a query",))
        yield events.Text(_text(self.number, self.tokens))
        yield events.Finished(model="a/model")


def _chat(turns: int, tokens: int) -> pplx.Chat:
    chat = pplx.Chat(provider=Writes(tokens))
    for number in range(turns):
        chat.ask(f"What is said about {number}?")
        if number % 10 == 0:
            chat.wait()
    return chat.wait()


def _output(chat: pplx.Chat) -> Output:
    content = chat._outputs.content()  # noqa: SLF001 (without a notebook)
    if content is None:
        raise AssertionError("no answer is over")
    return content


def _opens(lab: Lab, chat: pplx.Chat, runs: int) -> None:
    data, metadata = _output(chat)
    text = "\n\n***\n\n".join(f"**{turn.question}**\n\n{turn.answer.text}" for turn in chat)
    ways: dict[str, Output] = {
        "chat": (data, metadata),
        "markdown": ({"text/markdown": text, "text/plain": text}, {}),
    }
    _open(lab, [ways["markdown"]])  # the first page is slower
    found: dict[str, list[float]] = {way: [] for way in ways}
    print(f"{'open':>12} {'wall s':>7} {'CPU s':>7} {'nodes':>7} {'MB':>6}")
    for _ in range(runs):
        for way, output in ways.items():
            row = _open(lab, [output])
            found[way].append(row["wall"])
            print(
                f"{way:>12} {row['wall']:>7.2f} {row['cpu']:>7.2f} {row['nodes']:>7.0f} "
                f"{row['size']:>6.2f}",
                flush=True,
            )
    middle = {way: statistics.median(each) for way, each in found.items()}
    print(f"The chat takes {middle['chat'] / middle['markdown']:.2f} times as long.\n")


def _types(lab: Lab, chat: pplx.Chat) -> None:
    data, metadata = _output(chat)
    output = nbformat.v4.new_output("display_data", data=data, metadata=metadata)
    name = lab.write([nbformat.v4.new_code_cell("chat", outputs=[output])])
    cells = ("import pplx_widget as pplx", f"chat, = pplx.load({name!r})\nchat")
    with lab.open(*cells) as notebook:
        notebook.run(0)
        notebook.start(1)
        notebook.finished(1, timeout=300)
        box = notebook.page.get_by_role("textbox", name="Ask a question")
        box.wait_for(timeout=120_000)
        alive = ".pplx-settled[data-status]"
        notebook.page.wait_for_function(
            "([css, n]) => document.querySelectorAll(css).length >= n",
            arg=[alive, len(chat)],
            timeout=300_000,
        )
        box.click()
        notebook.page.evaluate(_WATCH)
        for i in range(_KEYS):
            notebook.page.keyboard.press("abcdefgh "[i % 9])
        notebook.page.wait_for_function("n => took.length >= n", arg=_KEYS)
        took = sorted(notebook.page.evaluate("took"))
    print(f"{'type':>12} {'median':>7} {'p95':>7} {'longest':>7}  ms of {_KEYS} keys")
    p95 = took[int(0.95 * len(took))]
    print(f"{len(chat):>12} {statistics.median(took):>7.1f} {p95:>7.1f} {took[-1]:>7.1f}\n")


def _memories(turns: int, tokens: int) -> None:
    pplx.ask("What?", provider=Writes(tokens)).wait()  # loads modules
    chat = pplx.Chat(provider=Writes(tokens))
    print(f"{'turns':>12} {'MB':>7} {'kB each':>8}")
    gc.collect()
    before = _memory()
    for number in range(1, turns + 1):
        chat.ask(f"What is said about {number}?").wait()
        if number % max(1, turns // 4) == 0:
            gc.collect()
            now = _memory()
            each = (now - before) / max(1, turns // 4) / _KILOBYTE
            print(f"{number:>12} {now / _MEGABYTE:>7.1f} {each:>8.1f}", flush=True)
            before = now


def main() -> None:
    """Print the measurements."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--turns", type=int, default=200)
    parser.add_argument("--tokens", type=int, default=400, help="of an answer")
    parser.add_argument("--runs", type=int, default=2)
    parser.add_argument("--of", default="open;type;memory", help="separated by semicolons")
    options = parser.parse_args()
    wanted = options.of.split(";")
    if "memory" in wanted:
        _memories(2 * options.turns, options.tokens)
    if not {"open", "type"} & {*wanted}:
        return
    chat = _chat(options.turns, options.tokens)
    with (
        tempfile.TemporaryDirectory() as folder,
        sync_playwright() as playwright,
        playwright.chromium.launch(**launch_options()) as browser,
        Lab(pathlib.Path(folder) / "lab", browser) as lab,
    ):
        if "open" in wanted:
            _opens(lab, chat, options.runs)
        if "type" in wanted:
            _types(lab, chat)


if __name__ == "__main__":
    main()
