"""Reload open views in a kernel of `scripts/dev` after each build of the page's code.

anywidget reloads a widget when its `_esm` changes, in every host. This is not part of the package: it
costs users nothing, and no setting turns it on.
"""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path
from typing import Any

STATIC = Path(__file__).resolve().parent.parent / "pplx_widget" / "static"
PAUSE = 0.2  # seconds

# Stylesheets stay in the document after their code is gone, so the first file loaded from a build
# removes those of the previous build.
CLEARED = """\
if (globalThis.pplxBuild !== {build}) {{
  globalThis.pplxBuild = {build};
  document.adoptedStyleSheets = document.adoptedStyleSheets.filter(
    (sheet) => ![...sheet.cssRules].some((rule) => rule.cssText.includes(".pplx")));
}}
"""


def start(folder: Path = STATIC) -> None:
    """Watch the folder of the built files until the process ends."""
    threading.Thread(target=_watch, args=[folder], daemon=True, name="pplx_widget reload").start()


def _watch(folder: Path) -> None:
    shown = before = _times(folder)
    while True:
        time.sleep(PAUSE)
        now = _times(folder)
        # The same times twice: the builder has written its last file.
        if now == before and now != shown:
            shown = now
            if "pplx_widget" in sys.modules:
                renew(max(now.values()))
        before = now


def _times(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}


def renew(build: int) -> None:
    """Send the built code to the open widgets.

    Parameters
    ----------
    build : int
        A number that no earlier build has. It changes the code's text, because an unchanged text is
        not reloaded.
    """
    # Imported late, so that a kernel starts without the package.
    from pplx_widget.core import words  # noqa: PLC0415
    from pplx_widget.core.assets import asset, page_code  # noqa: PLC0415
    from pplx_widget.document import html  # noqa: PLC0415
    from pplx_widget.widget import bundle, lifetime  # noqa: PLC0415
    from pplx_widget.widget.answer import Answer  # noqa: PLC0415
    from pplx_widget.widget.batch.table import Table  # noqa: PLC0415
    from pplx_widget.widget.chat.chat import Chat  # noqa: PLC0415
    from pplx_widget.widget.compare.model import Comparison  # noqa: PLC0415
    from pplx_widget.widget.inspector.inspector import Inspector  # noqa: PLC0415
    from pplx_widget.widget.race.model import Race  # noqa: PLC0415

    asset.cache_clear()
    html._style.cache_clear()  # noqa: SLF001
    cleared = CLEARED.format(build=build)
    before = dict(bundle._held)  # noqa: SLF001
    for language in before:
        code = cleared + page_code("widget.js", language)
        bundle._held[language] = bundle.Bundle(code=code)  # noqa: SLF001
    for widget in lifetime.widgets():
        if isinstance(widget, Answer) and widget._bundle:  # noqa: SLF001
            _set(widget, "_bundle", bundle.model_id())
            _set(widget, "_esm", f"{asset('stub.js')}// {build}\n")
        elif isinstance(widget, Inspector):
            _set(widget, "_esm", cleared + page_code("inspector.js", words.language()))
        elif isinstance(widget, Chat):
            _set(widget, "_esm", cleared + page_code("chat.js", words.language()))
        elif isinstance(widget, Race):
            _set(widget, "_esm", cleared + page_code("race.js", words.language()))
        elif isinstance(widget, Comparison):
            _set(widget, "_esm", cleared + page_code("compare.js", words.language()))
        elif isinstance(widget, Table):
            _set(widget, "_esm", cleared + page_code("batch.js", words.language()))
    for held in before.values():
        held.close()


def _set(widget: Any, name: str, value: str) -> None:
    if getattr(widget, name):  # a widget without a view has no code
        widget.set_trait(name, value)
