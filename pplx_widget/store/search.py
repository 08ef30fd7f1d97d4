"""The words of a search as SQL: no word of a user is read as syntax."""

from __future__ import annotations

import re

from ..core.text import clean
from .row import spaced

_WORD = re.compile(r"[^\W_]")
_PREFIX = 3  # characters from which a word also finds longer ones


def parts(words: str | None) -> tuple[str, str, str, list[str]]:
    """Return a search as parts of a query.

    Parameters
    ----------
    words : str or None
        The words, separated by spaces; None or none for all answers.

    Returns
    -------
    tables, where, order : str
        What follows ``FROM answers``.
    blanks : list of str
        The values of the parameters.
    """
    typed = clean(words or "").replace("\0", " ").split()
    phrases = [_phrase(word) for word in typed if _WORD.search(word)]
    # The index has letters and digits only, so a sign is looked for in the texts themselves.
    signs = [_escaped(word) for word in typed if not _WORD.search(word)]
    where = ["words MATCH ?"] if phrases else []
    where += [r"(answers.question LIKE ? ESCAPE '\' OR answers.text LIKE ? ESCAPE '\')"] * len(
        signs
    )
    blanks = [" AND ".join(phrases)] if phrases else []
    blanks += [f"%{sign}%" for sign in signs for _ in range(2)]
    tables = " JOIN words ON words.rowid = answers.id" if phrases else ""
    # The question counts more than the text, the text more than the sources.
    best = "bm25(words, 4, 2, 1), " if phrases else ""
    return (
        tables,
        f"WHERE {' AND '.join(where)}" if where else "",
        f"ORDER BY {best}answers.id DESC",
        blanks,
    )


def ids_of(words: str) -> tuple[str, list[str]]:
    """Return the query for the ids of the answers with all of these words, and its values."""
    tables, where, _, blanks = parts(words)
    return f"SELECT answers.id FROM answers{tables} {where}", blanks  # noqa: S608


def _phrase(word: str) -> str:
    quoted = '"' + spaced(word).replace('"', '""') + '"'
    return quoted + " *" if len(word) >= _PREFIX else quoted


def _escaped(word: str) -> str:
    return re.sub(r"[\\%_]", r"\\\g<0>", word)
