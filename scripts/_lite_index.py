"""The first page of the demo site: the notebooks, and what does not run in a browser."""

from __future__ import annotations

import html
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_SERVER = (
    "Not here: it starts a local server, and Python in a browser has no threads and no sockets."
)
_CDN = "pandas from Pyodide's CDN (cdn.jsdelivr.net)"
_FRAMES = f"Runs. Data frames load {_CDN}; without it, only the cells with a data frame fail."
_DATA = f"Runs with {_CDN}. Without it, nothing here runs: each cell needs a data frame."

# What each notebook can do in a browser; `scripts/lite --check` compares the first one.
NOTES = {
    "01_quickstart": _FRAMES,
    "02_why_it_hangs": _SERVER,
    "03_anatomy_of_a_stream": _SERVER,
    "04_the_bytes_by_hand": _SERVER,
    "05_citations": _FRAMES,
    "06_data_exploration": _DATA,
    "07_teaching_offline": "Runs, but for the cell that starts <code>pplx-widget serve</code>: a page "
    "has no processes.",
    "08_ways_to_ask": "Runs.",
    "09_plain_python_and_terminal": "Runs, but for the two terminal commands at its end: a page has no "
    "processes.",
    "10_magics": _FRAMES,
    "11_cost": _FRAMES,
    "12_many_questions": "Not here: it keeps answers in a store, which needs threads, and Python in a "
    "browser has none.",
    "13_evidence": "Runs.",
    "14_chat": "Runs.",
    "15_compare": _FRAMES,
}

_PAGE = """\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>pplx_widget in the browser</title>
<!-- The pages below look for their settings here, too. -->
<script id="jupyter-config-data" type="application/json" data-jupyter-lite-root=".">{{}}</script>
<style>
  :root {{ color-scheme: light dark; }}
  body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem; }}
  table {{ border-collapse: collapse; }}
  td {{ padding: .4rem 1.2rem .4rem 0; vertical-align: top; border-top: 1px solid #8884; }}
</style>
<h1>pplx_widget in the browser</h1>
<p>Ask Perplexity from a notebook cell and watch a cited answer arrive. These notebooks run in this
page, without an installation. Their answers are scripted samples: they need no key, do not search and
cost nothing.</p>
<p>The first notebook loads about {load} MB. Changes stay in this browser.</p>
<table>
{rows}
</table>
<h2>Other servers</h2>
<p><code>pplx.configure(base_url=…, provider="agent")</code> asks a server that allows this page, such
as <code>pplx-widget serve --allow-origin ORIGIN</code>. Whether Perplexity's service allows pages is
not known. Any code of this page can read a key that you set here.</p>
<p>Without <code>await</code>, <code>answer.wait()</code> and <code>pplx.complete(…)</code> need a
browser that can suspend a cell (WebAssembly's JSPI, as in Chromium). Elsewhere write
<code>await answer</code>.</p>
</html>
"""


def page(notebooks: Path, load: int) -> str:
    """Return the page.

    Parameters
    ----------
    notebooks : Path
        The folder of the notebooks.
    load : int
        The MB that the first notebook loads.
    """
    rows = [_row(path) for path in sorted(notebooks.glob("*.ipynb"))]
    return _PAGE.format(rows="\n".join(rows), load=load)


def _row(path: Path) -> str:
    title = html.escape(heading(path))
    link = f'<a href="notebooks/index.html?path={html.escape(path.name)}">{title}</a>'
    return f"<tr><td>{link}<td>{NOTES[path.stem]}"


def heading(path: Path) -> str:
    """Return the heading of a notebook."""
    first = json.loads(path.read_text("utf-8"))["cells"][0]
    return str("".join(first["source"])).partition("\n")[0].removeprefix("# ")
