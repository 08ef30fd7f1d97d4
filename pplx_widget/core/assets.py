"""The files built from ``js/`` that ship with the package."""

from __future__ import annotations

import functools
from importlib import resources

from . import errors


@functools.cache
def asset(name: str) -> str:
    """Return the text of a built JavaScript or CSS file.

    Raises
    ------
    PplxError
        The package was not built.
    """
    try:
        return resources.files("pplx_widget").joinpath("static", name).read_text("utf-8")
    except FileNotFoundError:
        raise errors.PplxError(
            f"The browser part of pplx_widget is missing ({name}).",
            "The package runs from a source tree that was not built.",
            "Run `pip install .` (or `pip install -e .`) in its folder.",
        ) from None
