"""Footnotes: ``[^label]`` in the text, and ``[^label]: …`` at the start of a line.

They get letters in order of first mention, since numbers would look like citations; mirrors
``js/src/markdown/footnotes.ts``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from ..core.tables import NOTE_INDENT, NOTE_LABEL

_MENTION = re.compile(rf"\[\^({NOTE_LABEL})\](?!\()")
_NOTE = re.compile(rf"\[\^({NOTE_LABEL})\]:[ \t]*")
_DEEP = 4
_WITHIN = "within a note"


def footnotes(md: MarkdownIt) -> None:
    """Add footnotes to the parser: a ``note`` token for each mention, and their texts at the end."""
    md.inline.ruler.before("link", "note", _mention)
    md.block.ruler.before(
        "reference", "note", _note, {"alt": ["paragraph", "reference", "blockquote"]}
    )
    md.core.ruler.push("notes", _footnotes)


def _mention(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 (markdown-it's signature)
    # As with citations: a link cannot contain a link.
    if silent or state.linkLevel > 0:
        return False
    match = _MENTION.match(state.src, state.pos)
    if not match:
        return False
    token = state.push("note", "", 0)
    token.content = match[0]
    token.meta = {"label": _key(match[1])}
    state.pos = match.end()
    return True


def _note(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:  # noqa: FBT001
    within = state.env.get(_WITHIN, False)
    # A footnote in a list or a quote is text.
    if state.level > (silent and within) or state.sCount[start_line] - state.blkIndent >= _DEEP:
        return False
    if within and state.sCount[start_line] >= NOTE_INDENT:
        return False
    start = state.bMarks[start_line] + state.tShift[start_line]
    match = _NOTE.match(state.src, start, state.eMarks[start_line])
    if not match:
        return False
    if silent:
        return True
    state.push("note_open", "", 1).meta = {"label": _key(match[1])}
    line = state.bMarks, state.tShift, state.sCount
    before = [each[start_line] for each in line], state.blkIndent, state.parentType
    # Treat the mark as indentation.
    state.bMarks[start_line], state.tShift[start_line] = match.end(), 0
    state.sCount[start_line] = state.blkIndent = NOTE_INDENT
    state.parentType = "note"
    state.env[_WITHIN] = True
    state.md.block.tokenize(state, start_line, end_line)
    state.env[_WITHIN] = False
    values, state.blkIndent, state.parentType = before
    for each, value in zip(line, values, strict=True):
        each[start_line] = value
    state.push("note_close", "", -1)
    return True


def _key(label: str) -> str:
    """Return the case-insensitive form of a label; labels contain no white space."""
    return label.lower().upper()


def _footnotes(state: StateCore) -> None:
    bodies: dict[str, list[Token]] = {}
    rest: list[Token] = []
    into = rest
    for token in state.tokens:
        if token.type == "note_open":
            into = []
            bodies.setdefault(token.meta["label"], into)
        elif token.type == "note_close":
            into = rest
        else:
            into.append(token)
    order: dict[str, str] = {}
    mentions = list(_mentions(state.tokens))
    for label in [*(token.meta["label"] for token in mentions), *bodies]:
        if label in bodies:
            order.setdefault(label, _letter(len(order)))
    for token in mentions:
        token.meta["letter"] = order.get(token.meta["label"])
    state.tokens = rest
    if bodies:
        state.tokens.append(Token("notes_open", "", 1))
        for label, letter in order.items():
            state.tokens += _lettered(bodies[label], letter)
        state.tokens.append(Token("notes_close", "", -1))


def _mentions(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        yield from (child for child in token.children or () if child.type == "note")


def _lettered(body: list[Token], letter: str) -> Iterator[Token]:
    yield Token("note_open", "", 1)
    if len(body) > 1 and body[0].type == "paragraph_open":
        body[1].meta["letter"] = letter
    else:
        yield Token("note_letter", "", 0, meta={"letter": letter})
    yield from body
    yield Token("note_close", "", -1)


def _letter(index: int) -> str:
    """Return a, b, …, z, aa, ab and so on."""
    letters = ""
    index += 1
    while index:
        index, digit = divmod(index - 1, 26)
        letters = chr(ord("a") + digit) + letters
    return letters
