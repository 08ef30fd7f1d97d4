"""The page's code, sent once per kernel and shared by all answers.

anywidget sends a widget's code with every instance. Here one hidden model holds the bundle, and each
answer carries a stub of about a kilobyte that finds the bundle on the page by its model id.
"""

from __future__ import annotations

import ipywidgets
import traitlets

from ..core import words
from ..core.assets import asset, page_code
from . import host


class Bundle(ipywidgets.Widget):
    """The hidden model with the bundle; it has no view."""

    code = traitlets.Unicode(help="The bundle: an ES module.").tag(sync=True)


_held: dict[str, Bundle] = {}
"""By language: an answer keeps the one that it began with."""


def model_id() -> str:
    """Return the id of the model that holds the bundle; create the model if necessary."""
    language = words.chosen() or words.ENGLISH
    held = _held.get(language)
    if held is None or held.comm is None:  # no comm: the user has closed all widgets
        held = _held[language] = Bundle(code=page_code("widget.js", language))
    return str(held.model_id)


def traits() -> dict[str, str]:
    """Return the traits that load an answer's code on the page."""
    if host.in_kernel():
        return {"_bundle": model_id(), "_esm": asset("stub.js")}
    # In marimo and in servers of applications, a widget may not find another widget.
    return {"_bundle": "", "_esm": page_code("widget.js", words.chosen() or words.ENGLISH)}
