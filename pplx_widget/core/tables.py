r"""Patterns, limits and names that Python and the page share, from ``tables.json``.

The page reads the same file (``js/src/tables.ts``) and uses the same names. The patterns work in both
languages: they avoid ``\d`` and ``\w``, which match more in Python, and ``\s`` has the meaning of
JavaScript. A range up to ``\uffff`` includes all characters after it, which are two in JavaScript.
"""

from __future__ import annotations

import json
from importlib import resources
from typing import Any, Final, Literal, TypedDict

SPACE: Final = (
    "\t\n\v\f\r \xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000\ufeff"
)
r"""The white space of JavaScript, which ``\s`` matches and `trim` removes."""

_TABLES: dict[str, Any] = json.loads(
    resources.files("pplx_widget.core").joinpath("tables.json").read_text("utf-8")
)


def _pattern(name: str) -> str:
    return str(_TABLES[name]).replace(r"\s", SPACE).replace(r"\uffff", r"\U0010ffff")


# ---- Markdown ----

# The prefix and the id of a marker such as ``[web:11]``, what separates the ids of a marker with
# several, the start of an incomplete marker, and the labels that a link definition may not have because
# they look like markers. The prefixes of a paper's own labels (``[fig:2]``, ``[eq:1]``) are left out.
MARKER_PREFIX: Final = _pattern("MARKER_PREFIX")
MARKER_ID: Final = _pattern("MARKER_ID")
MARKER_SEPARATOR: Final = _pattern("MARKER_SEPARATOR")
# An id in a marker, after the dash of a range or not; and the most ids that a range may add.
MARKED: Final = _pattern("MARKED")
LONGEST_RANGE: Final[int] = _TABLES["LONGEST_RANGE"]
HALF_MARKER: Final = _pattern("HALF_MARKER")
LIKE_MARKER: Final = _pattern("LIKE_MARKER")

# The label of a footnote, and the indent of its further lines.
NOTE_LABEL: Final = _pattern("NOTE_LABEL")
NOTE_INDENT: Final[int] = _TABLES["NOTE_INDENT"]

TASK: Final = _pattern("TASK")
TASK_OPEN: Final[str] = _TABLES["TASK_OPEN"]
TASK_DONE: Final[str] = _TABLES["TASK_DONE"]

# Formulas in `$$`, `$`, `\(` and `\[`. Single dollars are a formula only without white space on their
# inner sides and without a letter or digit after the second one. The first one must not begin an amount
# ("$5 million"), a ticker or a path ("$HOME/bin"), and must not end a word ("10$, 20$") or be alone in
# brackets, quotation marks or emphasis. `\[1\]` is an escaped marker.
FORMULAS: Final[tuple[str, ...]] = tuple(_TABLES["FORMULAS"])
# A formula without a letter or digit is escaped punctuation.
LETTER_OR_DIGIT: Final = _pattern("LETTER_OR_DIGIT")

# The name of a code block's language, if it becomes a CSS class.
LANGUAGE: Final = _pattern("LANGUAGE")

# Scripts that are written without spaces, or whose particles join the words beside them: beside them,
# emphasis may begin and end at punctuation. After the characters of the second pattern, `**` may end
# before a letter.
JOINED: Final = _pattern("JOINED")
ENDS_EMPHASIS: Final = _pattern("ENDS_EMPHASIS")

# The only HTML that is not text.
TAG: Final = _pattern("TAG")
LINE_BREAK: Final = _pattern("LINE_BREAK")

# Marks nested deeper than this are text: thousands of levels would crash the page.
DEEPEST: Final[int] = _TABLES["DEEPEST"]
# Limits for the text of a link: without them, parsing would take quadratic time.
LONGEST_LINK_TEXT: Final[int] = _TABLES["LONGEST_LINK_TEXT"]
DEEPEST_BRACKETS: Final[int] = _TABLES["DEEPEST_BRACKETS"]

# ---- addresses ----

# An address in the text without link syntax (a GFM autolink).
BARE_ADDRESS: Final = _pattern("BARE_ADDRESS")
# At the end of such an address, these characters and a character reference belong to the sentence.
SENTENCE_MARKS: Final[str] = _TABLES["SENTENCE_MARKS"]
REFERENCE: Final = _pattern("REFERENCE")

# Control and format characters, unusual spaces, lone surrogates, and the backslash, which browsers
# read as a slash.
UNSAFE: Final = _pattern("UNSAFE")
WEB_ADDRESS: Final = _pattern("WEB_ADDRESS")
MAIL_ADDRESS: Final = _pattern("MAIL_ADDRESS")
HOST: Final = _pattern("HOST")
LONGEST_HOST: Final[int] = _TABLES["LONGEST_HOST"]
HIGHEST_PORT: Final[int] = _TABLES["HIGHEST_PORT"]
DEFAULT_PORTS: Final[dict[str, int]] = _TABLES["DEFAULT_PORTS"]
# The host that a link's text claims to lead to.
HOST_IN_TEXT: Final = _pattern("HOST_IN_TEXT")
# Links send no referrer and open outside the notebook.
LINK_ATTRIBUTES: Final[dict[str, str]] = _TABLES["LINK_ATTRIBUTES"]

# ---- characters ----

# Characters of right-to-left scripts; and the digits among them, which are written left to right.
LEFTWARD: Final = _pattern("LEFTWARD")
LEFTWARD_DIGIT: Final = _pattern("LEFTWARD_DIGIT")
# Invisible bidirectional control characters, with their names; and those of them that are legitimate in
# text that mixes scripts of both directions.
HIDDEN: Final = _pattern("HIDDEN")
HIDDEN_NAMES: Final[dict[str, str]] = _TABLES["HIDDEN_NAMES"]
DIRECTION_MARK: Final = _pattern("DIRECTION_MARK")

# ---- answers and documents ----

# Opens JSON that is shown as a code block: no line of JSON begins with so many backticks.
JSON_FENCE: Final[str] = _TABLES["JSON_FENCE"]

# A settled answer shows at most this much, and so does a live one once it has ended: nothing changes
# when the document replaces the live view. All but the first four count characters.
MOST_STEPS: Final[int] = _TABLES["MOST_STEPS"]
MOST_PAGES: Final[int] = _TABLES["MOST_PAGES"]
MOST_IMAGES: Final[int] = _TABLES["MOST_IMAGES"]
LONGEST_TITLE: Final[int] = _TABLES["LONGEST_TITLE"]  # of an image
MOST_SITES: Final[int] = _TABLES["MOST_SITES"]
LONGEST_QUERY: Final[int] = _TABLES["LONGEST_QUERY"]
LONGEST_ADDRESS: Final[int] = _TABLES["LONGEST_ADDRESS"]
LONGEST_THOUGHT: Final[int] = _TABLES["LONGEST_THOUGHT"]
LONGEST_SNIPPET: Final[int] = _TABLES["LONGEST_SNIPPET"]


class StepKind(TypedDict):
    """How a kind of step is shown; its words are ``step.…`` in `words`.

    ``look`` tells how its items are shown: in quotes, as links, as plain text, or only the second one,
    a sentence with the reason. ``sum`` tells what the line above all steps counts: the steps of this
    kind, their items, or nothing. Only steps in quotes find something, and show its number.
    """

    look: Literal["quotes", "links", "text", "reason"]
    sum: Literal["steps", "items", ""]


STEPS: Final[dict[str, StepKind]] = _TABLES["STEPS"]
"""The kinds of step, in the order of the sums."""

# The elements of the six levels of headings in an answer: the question above them is an ``h2``.
HEADINGS: Final[tuple[str, ...]] = tuple(_TABLES["HEADINGS"])

# The browser can skip painting a finished group of blocks.
BLOCKS_PER_GROUP: Final[int] = _TABLES["BLOCKS_PER_GROUP"]
# Styles of a document by class, for pages without the widget's code. They are attributes, because each
# rule of a <style> concerns every element of a notebook. The page's stylesheet has the same values.
INLINE_STYLES: Final[dict[str, str]] = _TABLES["INLINE_STYLES"]
# Code and addresses in the lines of an error. Only the service's own pages are links, since any host on
# the way may have written a message.
IN_MESSAGE: Final = _pattern("IN_MESSAGE")
# These classes keep hosts from typesetting `$…$` with MathJax 2 and 3.
NO_MATH: Final[str] = _TABLES["NO_MATH"]

# Words that are too common to compare texts by, in a few frequent languages; and the lengths below
# which a word is ignored.
COMMON_WORDS: Final = frozenset(" ".join(_TABLES["COMMON_WORDS"]).split())
SHORTEST_LATIN_WORD: Final[int] = _TABLES["SHORTEST_LATIN_WORD"]
SHORTEST_OTHER_WORD: Final[int] = _TABLES["SHORTEST_OTHER_WORD"]
