r"""The parts of a question whose braces are not for variables: code, and the arguments of TeX."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

from ..core.tables import FORMULAS
from ..markdown.parser import parse

_LINE_END = re.compile(r"\r\n?|\n")
_TICKS = re.compile(r"`+")
_ESCAPED = re.compile(r"(?<!\\)(?:\\\\)*\\\Z")
_FORMULA = re.compile("|".join(f"(?:{formula})" for formula in FORMULAS))

# A command or a sub- or superscript, directly before its argument; or an escaped character.
_TEX = re.compile(
    r"\\[A-Za-z]+\*?(?:\[[^\[\]\n]*\])?[ \t]*(?=\{)|[\^_](?=\{)|\\(?P<escaped>[^A-Za-z\s])"
)
_BRACES = re.compile(r"\\.|[{}]", re.DOTALL)


def code(question: str) -> list[range]:
    """Return the positions of code blocks and code spans, as Markdown has them."""
    line_ends = [match.end() for match in _LINE_END.finditer(question)]
    starts = [0, *line_ends, *[len(question)] * 2]
    found = []
    for token in parse(question):
        if token.map is None:
            continue
        first, last = starts[token.map[0]], starts[min(token.map[1], len(starts) - 1)]
        if token.type in ("fence", "code_block"):
            found.append(range(first, last))
        elif token.type == "inline":
            found += _spans(question, first, last)
    return found


def _spans(question: str, first: int, last: int) -> Iterator[range]:
    """Yield the code spans of a paragraph: between two runs of as many backticks."""
    runs = list(_TICKS.finditer(question, first, last))
    at = first
    for i, run in enumerate(runs):
        if run.start() < at or _ESCAPED.search(question[at : run.start()]):
            continue
        ends = (other for other in runs[i + 1 :] if len(other[0]) == len(run[0]))
        if (end := next(ends, None)) is not None:
            yield range(run.start(), at := end.end())


def formulas(question: str) -> list[range]:
    """Return the positions of formulas with delimiters."""
    return [range(*match.span()) for match in _FORMULA.finditer(question)]


def arguments(question: str) -> list[range]:
    r"""Return the positions of TeX's arguments with their command, ``^`` or ``_``; also of ``\{``."""
    found = []
    at = 0
    while match := _TEX.search(question, at):
        at = match.end()
        if escaped := match["escaped"]:
            if escaped == "{":
                found.append(range(match.start(), at))
            continue
        while question.startswith("{", at):
            at = _closed(question, at)
        found.append(range(match.start(), at))
    return found


def _closed(question: str, opened: int) -> int:
    """Return the position after the brace that closes the one at ``opened``."""
    depth = 0
    for brace in _BRACES.finditer(question, opened):
        depth += {"{": 1, "}": -1}.get(brace[0], 0)
        if depth == 0:
            return brace.end()
    return opened + 1


def follows(question: str, at: int, tex: list[range]) -> bool:
    """Return whether only spaces separate a position from the end of one of these parts."""
    end = len(question[:at].rstrip(" \t"))
    return any(part.stop == end for part in tex)


def within(at: int, *parts: list[range]) -> range | None:
    """Return the part that contains a position, or None."""
    return next((part for part in itertools.chain(*parts) if at in part), None)
