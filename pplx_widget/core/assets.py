"""The files that are built from ``js/`` and ship with the package."""

from __future__ import annotations

import functools
import json
from importlib import resources

from . import errors, words


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


def page_words(language: str) -> list[str]:
    """Return the page's words in a language, in the order that the page's code knows them by."""
    ids: list[str] = json.loads(asset("words.json"))
    return [words.table(language)[id_] for id_ in ids]


def page_code(name: str, language: str) -> str:
    """Return a file of the page's code that speaks a language; English is in it already."""
    code = asset(name)
    if language == words.ENGLISH:
        return code
    return f"var PPLX_WORDS={json.dumps(page_words(language), ensure_ascii=False)};\n{code}"
