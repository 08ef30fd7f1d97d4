r"""What Python and the page must agree on: patterns, limits and names, from ``tables.json``.

The page reads the same file (``js/src/tables.ts``); both have the names of the file. The patterns are
written for both languages: they have no ``\d`` and no ``\w``, which mean more in Python, and their
``\s`` is that of JavaScript.
"""

from __future__ import annotations

import json
from importlib import resources
from typing import Any, Final, Literal, TypedDict

SPACE: Final = (
    "\t\n\v\f\r \xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000\ufeff"
)
r"""White space as JavaScript has it: ``\s``, and what `trim` takes off."""

_TABLES: dict[str, Any] = json.loads(
    resources.files("pplx_widget.core").joinpath("tables.json").read_text("utf-8")
)


def _pattern(name: str) -> str:
    return str(_TABLES[name]).replace(r"\s", SPACE)


# ---- Markdown ----

# Of a marker, ``[web:11]``, between its brackets; and what may still become one. The last one: what a
# definition may not be called.
MARKER_PREFIX: Final = _pattern("MARKER_PREFIX")
MARKER_ID: Final = _pattern("MARKER_ID")
HALF_MARKER: Final = _pattern("HALF_MARKER")
LIKE_MARKER: Final = _pattern("LIKE_MARKER")

# Of a footnote: between its brackets, and how far its lines are indented.
NOTE_LABEL: Final = _pattern("NOTE_LABEL")
NOTE_INDENT: Final[int] = _TABLES["NOTE_INDENT"]

TASK: Final = _pattern("TASK")
TASK_OPEN: Final[str] = _TABLES["TASK_OPEN"]
TASK_DONE: Final[str] = _TABLES["TASK_DONE"]

# Formulas in `$$`, `$`, `\(` and `\[`. For the dollar Pandoc's rule, by which "$5 and $10" is text: no
# white space at the inner sides, and no digit after the closing one. `\[1\]` is an escaped marker.
FORMULAS: Final[tuple[str, ...]] = tuple(_TABLES["FORMULAS"])
# A formula without any is escaped punctuation.
LETTER_OR_DIGIT: Final = _pattern("LETTER_OR_DIGIT")

# A language of code that becomes a class.
LANGUAGE: Final = _pattern("LANGUAGE")

# Marks that are nested deeper are text. Thousands of levels would crash the page.
DEEPEST: Final[int] = _TABLES["DEEPEST"]
# A longer text of a link, or one with more brackets in brackets, would cost the square of its length.
LONGEST_LINK_TEXT: Final[int] = _TABLES["LONGEST_LINK_TEXT"]
DEEPEST_BRACKETS: Final[int] = _TABLES["DEEPEST_BRACKETS"]

# ---- addresses ----

# One that stands in the text as it is (GFM).
BARE_ADDRESS: Final = _pattern("BARE_ADDRESS")
# At the end of such an address these belong to the sentence, and so does a reference to a character.
SENTENCE_MARKS: Final[str] = _TABLES["SENTENCE_MARKS"]
REFERENCE: Final = _pattern("REFERENCE")

# Control and format characters, spaces other than the plain one inside, halves of pairs, and the
# backslash, which browsers read as a slash.
UNSAFE: Final = _pattern("UNSAFE")
WEB_ADDRESS: Final = _pattern("WEB_ADDRESS")
MAIL_ADDRESS: Final = _pattern("MAIL_ADDRESS")
HOST: Final = _pattern("HOST")
LONGEST_HOST: Final[int] = _TABLES["LONGEST_HOST"]
HIGHEST_PORT: Final[int] = _TABLES["HIGHEST_PORT"]
DEFAULT_PORTS: Final[dict[str, int]] = _TABLES["DEFAULT_PORTS"]
# The host that a link's text claims.
HOST_IN_TEXT: Final = _pattern("HOST_IN_TEXT")
# A link tells its target nothing and opens beside the notebook.
LINK_ATTRIBUTES: Final[dict[str, str]] = _TABLES["LINK_ATTRIBUTES"]

# ---- characters ----

# Written from right to left; and of these the digits, which are not.
LEFTWARD: Final = _pattern("LEFTWARD")
LEFTWARD_DIGIT: Final = _pattern("LEFTWARD_DIGIT")
# Invisible characters that change the order of reading, with their names; and those of them that belong
# to text in which such a script is mixed with others.
HIDDEN: Final = _pattern("HIDDEN")
HIDDEN_NAMES: Final[dict[str, str]] = _TABLES["HIDDEN_NAMES"]
DIRECTION_MARK: Final = _pattern("DIRECTION_MARK")

# ---- answers and documents ----

# Begins JSON that is shown as code: no line of JSON begins with so many backticks.
JSON_FENCE: Final[str] = _TABLES["JSON_FENCE"]

# A settled answer shows no more of each, and the live one no more once it is over: so nothing changes
# when one takes the place of the other. In characters, but for the first two.
MOST_STEPS: Final[int] = _TABLES["MOST_STEPS"]
MOST_PAGES: Final[int] = _TABLES["MOST_PAGES"]
LONGEST_QUERY: Final[int] = _TABLES["LONGEST_QUERY"]
LONGEST_ADDRESS: Final[int] = _TABLES["LONGEST_ADDRESS"]
LONGEST_THOUGHT: Final[int] = _TABLES["LONGEST_THOUGHT"]
LONGEST_SNIPPET: Final[int] = _TABLES["LONGEST_SNIPPET"]


class StepKind(TypedDict):
    """How a kind of step is shown; its words are ``step.…`` in `words`.

    ``look`` is how its items are shown: in quotes, as links, as text alone, or the second one alone,
    which is the reason in a sentence. ``sum`` is what the line above all steps counts: the steps of the
    kind, their items, or nothing. Only steps in quotes bring sources, whose number they show.
    """

    look: Literal["quotes", "links", "text", "reason"]
    sum: Literal["steps", "items", ""]


STEPS: Final[dict[str, StepKind]] = _TABLES["STEPS"]
"""By the kind of step, in the order of the sums."""

# The browser can leave a finished group of blocks unpainted.
BLOCKS_PER_GROUP: Final[int] = _TABLES["BLOCKS_PER_GROUP"]
# Hosts typeset `$…$` with MathJax, versions 2 and 3: with these classes they do not.
NO_MATH: Final[str] = _TABLES["NO_MATH"]

# Too common to say anything, in a few languages that are often read here; nor do words say anything
# that are shorter.
COMMON_WORDS: Final = frozenset(" ".join(_TABLES["COMMON_WORDS"]).split())
SHORTEST_LATIN_WORD: Final[int] = _TABLES["SHORTEST_LATIN_WORD"]
SHORTEST_OTHER_WORD: Final[int] = _TABLES["SHORTEST_OTHER_WORD"]
