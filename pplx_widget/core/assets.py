"""The files built from ``js/`` that ship with the package."""

from __future__ import annotations

import functools
import json
from importlib import resources

from . import errors, words


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
