"""The words that a person reads about an answer, in each language that there is.

Each language is a file beside this one. The page reads the same files (``js/words.mjs``).
An answer speaks the language that `choose` was given, else that of the page, else English.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from importlib import resources
from typing import Final

ENGLISH: Final = "en"

_FILES = resources.files(__name__)

_chosen: str | None = None
_page: str | None = None
# The language of one answer while its documents are made.
_spoken: ContextVar[str | None] = ContextVar("pplx_widget_language", default=None)


@functools.cache
def languages() -> tuple[str, ...]:
    """Return the codes of the languages that there are, in alphabetical order."""
    names = (file.name for file in _FILES.iterdir())
    return tuple(sorted(name.removesuffix(".json") for name in names if name.endswith(".json")))


@functools.cache
def table(language: str) -> dict[str, str]:
    """Return the words of a language by their ids."""
    words: dict[str, str] = json.loads(_FILES.joinpath(f"{language}.json").read_text("utf-8"))
    return words


def nearest(locale: str) -> str | None:
    """Return the language for a locale, ``"de"`` for ``"de-AT"``; None if there is none."""
    code = locale.replace("_", "-").lower()
    while code not in languages():
        code, dash, _ = code.rpartition("-")
        if not dash:
            return None
    return code


def choose(language: str | None) -> None:
    """Set the language of the answers to come; None leaves it to the page."""
    global _chosen  # noqa: PLW0603 (one a process)
    _chosen = language


def chosen() -> str | None:
    """Return the language that was set; None if the page's counts."""
    return _chosen


def hear(locale: str) -> bool:
    """Note the language of the page, which counts unless one is set; an unknown one means English.

    Returns
    -------
    bool
        Whether a page said so for the first time, and the language is another one now: what was made
        before is in English.
    """
    global _page  # noqa: PLW0603 (one a process)
    before, first = language(), _page is None
    _page = nearest(locale) or ENGLISH
    return first and language() != before


def language() -> str:
    """Return the language that is spoken now."""
    return _spoken.get() or _chosen or _page or ENGLISH


@contextmanager
def speaking(language: str | None) -> Iterator[None]:
    """Speak a language in the block; None changes nothing."""
    token = _spoken.set(language or _spoken.get())
    try:
        yield
    finally:
        _spoken.reset(token)


def say(id_: str, **blanks: object) -> str:
    """Return the words with an id, with their blanks filled in.

    Examples
    --------
    >>> say("answer.label", question="What is HTTP/3?")
    'Answer to: What is HTTP/3?'
    """
    words = table(language())[id_]
    return words.format(**blanks) if blanks else words


def count(n: int, id_: str, **blanks: object) -> str:
    """Return the words about a number of things; ``id_`` is without its ``.one`` or ``.other``.

    Examples
    --------
    >>> count(1, "count.source"), count(2, "count.source")
    ('1 source', '2 sources')
    """
    return say(f"{id_}.one" if n == 1 else f"{id_}.other", n=n, **blanks)


def decimal(digits: str) -> str:
    """Return a number that Python has written with the language's decimal sign."""
    return digits.replace(".", say("number.decimal"))


def thousands(n: int) -> str:
    """Return a whole number with a sign between its thousands."""
    return f"{n:,}".replace(",", say("number.thousands"))


def translated(text: str, family: str) -> str:
    """Return what English words of a family of ids are in the language that is spoken.

    A state and a record keep the reason of an end in English, so that programs can compare it. A text
    that is not in the family stays as it is.

    Examples
    --------
    >>> with speaking("de"):
    ...     print(translated("refused", "reason"))
    abgelehnt
    """
    if language() == ENGLISH:
        return text
    for id_, pattern in _patterns(family):
        if found := pattern.fullmatch(text):
            return say(id_, **found.groupdict())
    return text


@functools.cache
def _patterns(family: str) -> list[tuple[str, re.Pattern[str]]]:
    """Return the ids of a family, each with a pattern for its English words."""
    found = []
    for id_, words in table(ENGLISH).items():
        if id_.startswith(f"{family}."):
            pieces = re.split(r"\{(\w+)\}", words)
            # Every second piece is the name of a blank.
            source = "".join(
                f"(?P<{piece}>.*)" if i % 2 else re.escape(piece) for i, piece in enumerate(pieces)
            )
            found.append((id_, re.compile(source, re.DOTALL)))
    return found
