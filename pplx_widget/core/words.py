"""The words about an answer that the page and a document both say, from ``words.json``.

The page reads the same file (``js/src/words.ts``). A translation is another such file.
"""

from __future__ import annotations

import json
from datetime import date
from importlib import resources
from typing import Any, Final, Literal, NotRequired, TypedDict

_WORDS: dict[str, Any] = json.loads(
    resources.files("pplx_widget.core").joinpath("words.json").read_text("utf-8")
)


class Sum(TypedDict):
    """What is said of all steps of a kind together: how many there were, or how many items they had."""

    of: Literal["steps", "items"]
    noun: str
    words: str


class StepWords(TypedDict):
    """What is said of a kind of step.

    ``look`` is how its items are shown: in quotes, as links, as text alone, or the second one alone,
    which is the reason in a sentence. ``doing`` or ``done`` stands before them. ``found`` is the noun
    for what a step has brought.
    """

    look: Literal["quotes", "links", "text", "reason"]
    doing: str
    done: str
    found: NotRequired[str]
    sum: NotRequired[Sum]


# How an answer ended, by its status, in a word.
PHASES: Final[dict[str, str]] = _WORDS["PHASES"]
BECAUSE: Final[str] = _WORDS["BECAUSE"]
CITED: Final[str] = _WORDS["CITED"]
NONE_CITED: Final[str] = _WORDS["NONE_CITED"]
ASKED: Final[str] = _WORDS["ASKED"]
MORE: Final[str] = _WORDS["MORE"]

STEPS: Final[dict[str, StepWords]] = _WORDS["STEPS"]
"""By the kind of step. Whatever tells one kind from another reads it here."""

_MONTHS: Final[list[str]] = _WORDS["MONTHS"]

_NOUNS: Final[dict[str, tuple[str, str]]] = _WORDS["NOUNS"]


def day(date: date) -> str:
    """Return a date in words.

    Examples
    --------
    >>> import datetime
    >>> day(datetime.date(2026, 11, 29))
    '29 November 2026'
    """
    return f"{date.day} {_MONTHS[date.month - 1]} {date.year}"


def count(n: int, noun: str) -> str:
    """Return a number with its noun.

    Examples
    --------
    >>> count(1, "search"), count(2, "search")
    ('1 search', '2 searches')
    """
    return f"{n} {_NOUNS[noun][n != 1]}"
