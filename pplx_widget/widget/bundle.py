"""The page's code, sent once per kernel and shared by all answers.

anywidget sends a widget's code with every instance. Here one hidden model holds the bundle, and each
answer carries a stub of about a kilobyte that finds the bundle on the page by its model id.
"""

from __future__ import annotations

import ipywidgets
import traitlets

from ..core.assets import asset
from . import host


class Bundle(ipywidgets.Widget):
    """The hidden model with the bundle; it has no view."""

    code = traitlets.Unicode(help="The bundle: an ES module.").tag(sync=True)


_held: Bundle | None = None


def model_id() -> str:
    """Return the id of the model that holds the bundle; create the model if necessary."""
    global _held  # noqa: PLW0603 (one per kernel)
    if _held is None or _held.comm is None:  # no comm: the user has closed all widgets
        _held = Bundle(code=asset("widget.js"))
    return str(_held.model_id)


def traits() -> dict[str, str]:
    """Return the traits that load an answer's code on the page."""
    if host.in_kernel():
        return {"_bundle": model_id(), "_esm": asset("stub.js")}
    if host.in_marimo():  # there, a widget cannot find another widget
        return {"_bundle": "", "_esm": asset("widget.js")}
    return {"_bundle": "", "_esm": ""}  # plain Python: no page
