r"""Formulas as tokens: ``\(…\)``, ``\[…\]``, ``$…$`` and ``$$…$$``; mirrors `js/src/markdown/math.ts`.

A formula ends in its paragraph, contains no backtick (code has no math) and no other delimiter of its
kind, and its length is limited. So a stray delimiter costs little.
"""

from __future__ import annotations

import re

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline

from ..core.tables import FORMULAS, LETTER_OR_DIGIT

_DOLLARS, _DOLLAR, _ROUND, _SQUARE = map(re.compile, FORMULAS)
_LETTER_OR_DIGIT = re.compile(LETTER_OR_DIGIT)
# With these commands a formula could contain links, redefine commands for formulas of other cells, or
# make LaTeX read and write files.
_COMMANDS = re.compile(
    r"\\(?:href|url|def|gdef|edef|xdef|let|(?:re|provide)?newcommand|renewcommand|providecommand"
    r"|newenvironment|renewenvironment|require|class|cssId|style|unicode|data|Declare\w*|catcode"
    r"|input|include\w*|usepackage|openin|openout|read|write|immediate|special|directlua|csname)\b"
)
_RULES = {"$": (_DOLLARS, _DOLLAR), "\\": (_ROUND, _SQUARE)}


def math(md: MarkdownIt) -> None:
    """Add ``math`` tokens to the parser: TeX with its delimiters, never read as Markdown."""
    md.inline.ruler.before("escape", "math", _math)


def leads_elsewhere(formula: str) -> bool:
    """Return whether a formula must be shown as source, not typeset."""
    return bool(_COMMANDS.search(formula))


def _math(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 (markdown-it's signature)
    for rule in _RULES.get(state.src[state.pos], ()):
        match = rule.match(state.src, state.pos)
        if match and match.end() <= state.posMax and _LETTER_OR_DIGIT.search(match[0]):
            if not silent:
                state.push("math", "", 0).content = match[0]
            state.pos = match.end()
            return True
    return False
