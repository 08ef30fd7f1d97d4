"""The page's code: sent once a session, and found by every answer.

anywidget sends a widget's code with every instance. Here one hidden model holds the bundle, and an
answer carries a stub of about a kilobyte that finds it in the page by its model id.
"""

from __future__ import annotations

import ipywidgets
import traitlets

from ..core.assets import asset
from . import host


class Bundle(ipywidgets.Widget):
    """The hidden model; it has no view."""

    code = traitlets.Unicode(help="The bundle: an ES module.").tag(sync=True)


_held: Bundle | None = None


def model_id() -> str:
    """Return the id of the model that holds the bundle, made with the first answer of a session."""
    global _held  # noqa: PLW0603 (one a session)
    if _held is None or _held.comm is None:  # None: somebody closed all widgets
        _held = Bundle(code=asset("widget.js"))
    return str(_held.model_id)


def traits() -> dict[str, str]:
    """Return the traits by which an answer brings its code into the page."""
    if host.in_kernel():
        return {"_bundle": model_id(), "_esm": asset("stub.js")}
    if host.in_marimo():  # a widget cannot find another one there
        return {"_bundle": "", "_esm": asset("widget.js")}
    return {"_bundle": "", "_esm": ""}  # plain Python: no page
