"""Measure what the end of an answer takes from a cell that computes, beside a cell without an answer.

    python -m benchmarks.ending [--tokens 8000] [--rate 400] [--runs 3]

A real kernel shows an answer of mixed Markdown. Its cell waits, or spins in Python and notes each gap
of more than half a millisecond. ``none`` is a spinning cell without an answer: the machine's own gaps.

CPU
    Milliseconds of processor that a kernel whose cell waits uses in the second after the last token.
lost
    The most milliseconds of gaps in any 100 ms: while text arrives, and in the second after it.
"""

from __future__ import annotations

import argparse
import ast

from tests.support.kernel import Kernel

from .settle import SECTION

SET_UP = """
import asyncio, bisect, itertools, time
import pplx_widget as pplx
from IPython.display import display
from benchmarks.ending import text_of
from benchmarks.settle import SOURCES

class Own:
    async def stream(self, request):
        yield pplx.events.SourcesFound(SOURCES)
        text = text_of(int(request.question))
        for start in range(0, len(text), 32):
            yield pplx.events.Text(text[start:start + 32])
            await asyncio.sleep(8 / {rate})
        Own.ended, Own.used = time.perf_counter(), time.process_time()
        yield pplx.events.Finished()

def spin(until):
    gaps, before = [], time.perf_counter()
    while not until(before):
        now = time.perf_counter()
        if now - before > 0.0005:
            gaps.append((before, now - before))
        before = now
    return gaps

def worst(gaps, start, end):
    inside = [(at, lost) for at, lost in gaps if start <= at < end]
    ats = [at for at, _ in inside]
    sums = [0.0, *itertools.accumulate(lost for _, lost in inside)]
    windows = (sums[bisect.bisect(ats, at + 0.1)] - sums[i] for i, at in enumerate(ats))
    return round(1000 * max(windows, default=0.0), 1)

def asked(tokens):
    Own.ended = float("inf")
    return pplx.ask(str(tokens), provider=Own())

display(asked(400).wait(timeout=600))
"""
NONE = """
start = time.perf_counter()
gaps = spin(lambda now: now > start + 5)
print(worst(gaps, start, start + 5))
"""
WAITS = """
display(asked({tokens}).wait(timeout=600))
time.sleep(1)
print(round(1000 * (time.process_time() - Own.used)))
"""
SPINS = """
start = time.perf_counter()
display(asked({tokens}))
gaps = spin(lambda now: now > Own.ended + 1)
print((worst(gaps, start + 1, Own.ended), worst(gaps, Own.ended, Own.ended + 1)))
"""


def main() -> None:
    """Measure each run in a kernel of its own, and print a row for it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tokens", type=int, default=8_000)
    parser.add_argument("--rate", type=int, default=400, help="tokens a second")
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    print("CPU, ms | lost: none | while text arrives | after it")
    for _ in range(options.runs):
        with Kernel() as kernel:
            kernel.run(SET_UP.format(rate=options.rate))
            none, used = kernel.run(NONE), kernel.run(WAITS.format(tokens=options.tokens))
            live, after = ast.literal_eval(kernel.run(SPINS.format(tokens=options.tokens)))
        print(f"{used:>7} | {none:>10} | {live:>18} | {after:>8}", flush=True)


def text_of(tokens: int) -> str:
    """Return mixed Markdown of so many tokens of four characters."""
    text = ""
    while len(text) < 4 * tokens:
        text += SECTION.format(i=len(text))
    return text


if __name__ == "__main__":
    main()
