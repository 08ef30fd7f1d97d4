"""Where emphasis may begin and end; mirrors ``js/src/markdown/delimiters.ts``.

CommonMark decides by the spaces and punctuation around a mark, which fails in scripts without spaces:
in ``**「重点」**内容`` the second mark would not end the emphasis.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from types import MethodType

from markdown_it import MarkdownIt
from markdown_it.common.utils import isMdAsciiPunct, isPunctChar, isWhiteSpace
from markdown_it.rules_inline import StateInline, emphasis, strikethrough
from markdown_it.rules_inline.state_inline import Scanned

from ..core.markers import MARKER
from ..core.tables import ENDS_EMPHASIS, JOINED

_JOINED = re.compile(JOINED)
_ENDS = re.compile(ENDS_EMPHASIS)
_CITED = re.compile(f"(?:{MARKER})+\\Z")
_LONGEST_CITED = 60

_Rule = Callable[[StateInline, bool], bool]


def delimiters(md: MarkdownIt) -> None:
    """Make the parser decide by `_scanned` where emphasis begins and ends."""
    md.inline.ruler.at("emphasis", _with_scan(emphasis.tokenize))
    md.inline.ruler.at("strikethrough", _with_scan(strikethrough.tokenize))


def _with_scan(rule: _Rule) -> _Rule:
    def mended(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 (markdown-it's signature)
        state.scanDelims = MethodType(_scanned, state)  # type: ignore[method-assign]
        return rule(state, silent)

    return mended


def _scanned(state: StateInline, start: int, can_split_word: bool) -> Scanned:  # noqa: FBT001
    """Return whether the marks at ``start`` can open or close emphasis, and their number."""
    source, end = state.src, start + 1
    while end < state.posMax and source[end] == source[start]:
        end += 1
    before = source[start - 1] if start else " "
    after = source[end] if end < state.posMax else " "
    opens, closes = _left(before, after), _left(after, before)
    if not can_split_word:
        opens, closes = (
            opens and (not closes or _is_punctuation(before)),
            closes and (not opens or _is_punctuation(after)),
        )
    elif not closes:
        closes = _ends(before, after, end - start) or (
            before in "]】\uff3d" and _ends_after_citation(source, start, after, end - start)
        )
    return Scanned(opens, closes, end - start)


def _left(before: str, after: str) -> bool:
    """Return whether marks between two characters are left-flanking."""
    if isWhiteSpace(ord(after)):
        return False
    return (
        not _is_punctuation(after)
        or isWhiteSpace(ord(before))
        or _is_punctuation(before)
        or bool(_JOINED.match(before) or _JOINED.match(after))
    )


def _ends(before: str, after: str, length: int) -> bool:
    """Return whether ``**`` ends here although a letter follows, as in ``**Title:**text``."""
    return length > 1 and not isWhiteSpace(ord(after)) and bool(_ENDS.match(before))


def _ends_after_citation(source: str, start: int, after: str, length: int) -> bool:
    """Return whether marks after a citation end as they would without it."""
    cited = _CITED.search(source, max(0, start - _LONGEST_CITED), start)
    if not cited or not after.isalpha():
        return False
    before = source[cited.start() - 1] if cited.start() else " "
    return _left(after, before) or _ends(before, after, length)


def _is_punctuation(c: str) -> bool:
    return isMdAsciiPunct(ord(c)) or isPunctChar(c)
