"""The files that are built from ``js/`` and ship with the package."""

from __future__ import annotations

import functools
from importlib import resources

from . import errors


@functools.cache
def asset(name: str) -> str:
    """Return a file of the built page code.

    Raises
    ------
    PplxError
        The package was put here without being built.
    """
    try:
        return resources.files("pplx_widget").joinpath("static", name).read_text("utf-8")
    except FileNotFoundError:
        raise errors.PplxError(
            f"The page part of pplx_widget is missing ({name}).",
            "The package runs from sources that were not built.",
            "Install it: `pip install .` (or `pip install -e .`) in its folder.",
        ) from None
