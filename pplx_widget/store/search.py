"""The words of a search as SQL: no word of a user is read as syntax."""

from __future__ import annotations

import re

from ..core.text import clean
from .row import spaced

_WORD = re.compile(r"[^\W_]")
_PREFIX = 3  # characters from which a word also finds longer ones


def ids(words: str | None) -> tuple[str, list[str]]:
    """Return the query for the ids of the answers with all of these words.

    Parameters
    ----------
    words : str or None
        The words, separated by spaces; None or none for all answers.

    Returns
    -------
    query : str
        The query. The best matches come first; without words, the newest answers.
    blanks : list of str
        The values of its parameters.
    """
    typed = clean(words or "").replace("\0", " ").split()
    phrases = [_phrase(word) for word in typed if _WORD.search(word)]
    # The index has letters and digits only, so a sign is looked for in the texts themselves.
    signs = [f"%{_escaped(word)}%" for word in typed if not _WORD.search(word)]
    where = [r"(question LIKE ? ESCAPE '\' OR text LIKE ? ESCAPE '\')"] * len(signs)
    blanks = [sign for sign in signs for _ in range(2)]
    with_signs = f"SELECT id FROM answers WHERE {' AND '.join(where or ['1'])}"  # noqa: S608
    if words is not None and not typed:  # invisible characters alone: none, and not all
        return "SELECT id FROM answers WHERE 0", []
    if not phrases:
        return f"{with_signs} ORDER BY id DESC", blanks
    # The question counts more than the text, the text more than the sources.
    query = (
        f"SELECT rowid FROM words WHERE words MATCH ? AND rowid IN ({with_signs}) "  # noqa: S608
        if signs
        else "SELECT rowid FROM words WHERE words MATCH ? "
    )
    return f"{query}ORDER BY bm25(words, 4, 2, 1), rowid DESC", [" AND ".join(phrases), *blanks]


def _phrase(word: str) -> str:
    quoted = '"' + spaced(word).replace('"', '""') + '"'
    return quoted + " *" if len(word) >= _PREFIX else quoted


def _escaped(word: str) -> str:
    return re.sub(r"[\\%_]", r"\\\g<0>", word)
