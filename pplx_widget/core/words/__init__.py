"""The words shown around an answer, in each supported language.

Each language is a JSON file in this folder. The page uses the same files (``js/words.mjs``). The
language of an answer is the one passed to `choose`, else that of the page, else English.
"""

from __future__ import annotations

import datetime as dt
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
# The language of an answer while its documents are written.
_spoken: ContextVar[str | None] = ContextVar("pplx_widget_language", default=None)


@functools.cache
def languages() -> tuple[str, ...]:
    """Return the codes of the supported languages, in alphabetical order."""
    names = (file.name for file in _FILES.iterdir())
    return tuple(sorted(name.removesuffix(".json") for name in names if name.endswith(".json")))


@functools.cache
def table(language: str) -> dict[str, str]:
    """Return the words of a language, by id."""
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
    """Set the language of later answers; None leaves the choice to the page."""
    global _chosen  # noqa: PLW0603 (one per process)
    _chosen = language


def chosen() -> str | None:
    """Return the language that was set; None if the page decides."""
    return _chosen


def hear(locale: str) -> bool:
    """Record the language of the page; an unsupported one means English.

    Returns
    -------
    bool
        Whether this is the first page and the language has changed: documents written before are in
        English.
    """
    global _page  # noqa: PLW0603 (one per process)
    before, first = language(), _page is None
    _page = nearest(locale) or ENGLISH
    return first and language() != before


def language() -> str:
    """Return the current language."""
    return _spoken.get() or _chosen or _page or ENGLISH


@contextmanager
def speaking(language: str | None) -> Iterator[None]:
    """Use a language within the block; None changes nothing."""
    token = _spoken.set(language or _spoken.get())
    try:
        yield
    finally:
        _spoken.reset(token)


def say(id_: str, **blanks: object) -> str:
    """Return the words with an id, and fill in their blanks.

    Examples
    --------
    >>> say("answer.label", question="What is HTTP/3?")
    'Answer to: What is HTTP/3?'
    """
    words = table(language())[id_]
    return words.format(**blanks) if blanks else words


def count(n: int, id_: str, **blanks: object) -> str:
    """Return the words for a number of things; ``id_`` has no ``.one`` or ``.other``.

    Examples
    --------
    >>> count(1, "count.source"), count(2, "count.source")
    ('1 source', '2 sources')
    """
    return say(f"{id_}.one" if n == 1 else f"{id_}.other", n=n, **blanks)


def nth(n: int) -> str:
    """Return a place in a row.

    Examples
    --------
    >>> nth(1), nth(12), nth(23)
    ('1st', '12th', '23rd')
    """
    teen = n % 100 in (11, 12, 13)
    return say("place.th" if teen else _PLACES.get(n % 10, "place.th"), n=n)


_PLACES = {1: "place.st", 2: "place.nd", 3: "place.rd"}


def decimal(digits: str) -> str:
    """Replace the decimal point of a number by the sign of the current language."""
    return digits.replace(".", say("number.decimal"))


def thousands(n: int) -> str:
    """Return a whole number with its thousands separated."""
    return f"{n:,}".replace(",", say("number.thousands"))


def day(date: dt.date) -> str:
    """Return a date in words.

    Examples
    --------
    >>> day(dt.date(2026, 11, 29))
    '29 November 2026'
    """
    return say("date.day", day=date.day, month=say(f"month.{date.month}"), year=date.year)


def translated(text: str, family: str) -> str:
    """Translate a text whose English words are in a family of ids; return any other text unchanged.

    States and records keep the reason for an answer's end in English, so that programs can compare it.

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
