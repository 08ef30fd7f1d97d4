"""The memory that answers leave in plain Python: it must not grow with their number.

    python -m benchmarks.memory [ASKS]

Asks 20,000 questions of a provider in the same process, one after the other, and keeps none of the
answers. Prints the resident memory and the widgets that ipywidgets still holds, after each tenth.
"""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

from ipywidgets.widgets import widget

import pplx_widget as pplx
from pplx_widget import events

_ASKS = 20_000
_WARM = 200  # the first answers load modules and fill caches
_KILOBYTE, _MEGABYTE = 1024, 2**20


class Own:
    """A provider with a short answer that cites a source."""

    async def stream(self, _request: pplx.Request) -> AsyncIterator[events.Event]:
        """Yield the events of the answer."""
        source = events.Source(1, "Title", "https://example.org/1", "example.org")
        yield events.SourcesFound((source,))
        yield events.Text("Yes.[1] " * 20)
        yield events.Finished()


def _memory() -> int:
    """Return the resident memory of this process in bytes; Linux only."""
    status = Path("/proc/self/status").read_text("utf-8")
    return int(status.partition("VmRSS:")[2].split()[0]) * _KILOBYTE


def _ask(count: int, provider: Own) -> None:
    for i in range(count):
        pplx.ask(f"Question {i}?", provider=provider).wait()


def main() -> None:
    """Print the table."""
    asks = int(sys.argv[1]) if len(sys.argv) > 1 else _ASKS
    provider = Own()
    _ask(_WARM, provider)
    gc.collect()
    begun = _memory()
    print(f"{'asks':>8}  {'resident':>10}  {'widgets':>8}  {'ms an ask':>10}")
    for tenth in range(1, 11):
        start = time.perf_counter()
        _ask(asks // 10, provider)
        took = (time.perf_counter() - start) * 1000 / (asks // 10)
        gc.collect()
        held = len(widget._instances)  # noqa: SLF001 (of all widgets)
        print(
            f"{asks * tenth // 10:>8,}  {_memory() / _MEGABYTE:>7.1f} MB  {held:>8,}  {took:>10.2f}"
        )
    each = (_memory() - begun) / asks / _KILOBYTE
    print(f"\nEach answer leaves {each:.2f} kB.")


if __name__ == "__main__":
    main()
