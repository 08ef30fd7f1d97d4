"""Measure the time to make the document of a finished answer, and compare with a bare Markdown parser.

    python -m benchmarks.settle

The text is mixed Markdown (prose with citations, lists, tables, code) of four characters per token. The
lower bound is the time of markdown-it-py to parse and render the same text as one HTML string, without
a tree, Markdown, plain text or colours.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

from markdown_it import MarkdownIt

from pplx_widget.core.events import Finished, Source, SourcesFound, Text
from pplx_widget.core.state import AnswerState
from pplx_widget.document import forms

TOKENS = (500, 2_000, 20_000, 100_000)
RUNS = 5
SECTION = """## Section {i}

A paragraph with *emphasis*, **weight**, `code` and [a link](https://example.org/{i}), which says
something about the matter and names its sources.[1][3] Another sentence follows it.[web:7]

- a point
- another, with a citation[2]

| what | how much |
|------|---------:|
| one | {i} |

```python
for row in table[{i}]:
    print(row)  # each of them
```

"""
SOURCES = tuple(
    Source(
        i,
        f"Title of page {i}",
        f"https://example.org/pages/{i}",
        "example.org",
        snippet="Word. " * 60,
    )
    for i in range(1, 11)
)


def main() -> None:
    """Measure all lengths and print a table."""
    floor = MarkdownIt()
    print(
        f"{'tokens':>8} {'floor, ms':>10} {'document, ms':>13} {'times':>6} {'bytes / budget':>15}"
    )
    for tokens in TOKENS:
        text = ""
        while len(text) < 4 * tokens:
            text += SECTION.format(i=len(text))
        state = AnswerState()
        for event in (SourcesFound(SOURCES), Text(text), Finished()):
            state.apply(event, 0)
        bare = measured(lambda text=text: floor.render(text))
        whole = measured(lambda state=state: forms.mime_bundle("A question?", state))
        size = sum(len(form.encode()) for form in forms.mime_bundle("A question?", state).values())
        budget = 4 * (len(text) + sum(len(s.title + s.url) + 300 for s in SOURCES)) + 6000
        print(f"{tokens:8} {bare:10.1f} {whole:13.1f} {whole / bare:6.1f} {size / budget:15.2f}")


def measured(work: Callable[[], object]) -> float:
    """Return the median time in milliseconds."""
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return 1000 * statistics.median(times)


if __name__ == "__main__":
    main()
