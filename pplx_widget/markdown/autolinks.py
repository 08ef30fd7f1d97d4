"""GFM's autolinks: bare addresses in the text become links.

``www.…``, ``http(s)://…`` and mail addresses; mirrors ``js/src/markdown/autolinks.ts``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from ..core.tables import BARE_ADDRESS, REFERENCE, SENTENCE_MARKS

_ADDRESS = re.compile(BARE_ADDRESS)
_SCHEME = re.compile("https?://")
_HOST = re.compile("[^/?#:]*")
_REFERENCE = re.compile(REFERENCE)


def autolinks(md: MarkdownIt) -> None:
    """Add autolinks to the parser."""
    md.core.ruler.after("text_join", "autolinks", _autolinks)


def _autolinks(state: StateCore) -> None:
    for token in state.tokens:
        if token.type == "inline" and _ADDRESS.search(token.content):
            token.children = list(_autolinked(token.children or []))


def _autolinked(tokens: list[Token]) -> Iterator[Token]:
    links = 0
    for token in tokens:
        if token.type == "text" and not links:
            yield from _with_links(token.content)
            continue
        links += (token.type == "link_open") - (token.type == "link_close")
        yield token


def _with_links(text: str) -> Iterator[Token]:
    start = 0
    for match in _ADDRESS.finditer(text):
        shown = match[0] if not _is_web(match[0]) else _trimmed(match[0])
        href = _href(shown)
        if href is None:
            continue
        if match.start() > start:
            yield Token("text", "", 0, content=text[start : match.start()])
        yield Token("link_open", "a", 1, attrs={"href": href})
        yield Token("text", "", 0, content=shown)
        yield Token("link_close", "a", -1)
        start = match.start() + len(shown)
    if start < len(text):
        yield Token("text", "", 0, content=text[start:])


def _is_web(address: str) -> bool:
    return bool(_SCHEME.match(address)) or address.startswith("www.")


def _trimmed(address: str) -> str:
    end = len(address)
    unbalanced = address.count(")") - address.count("(")
    while end:
        last = address[end - 1]
        if last == ")" and unbalanced > 0:
            unbalanced -= 1
            end -= 1
        elif last == ";":
            start = address.rfind("&", 0, end)
            if start < 0 or not _REFERENCE.fullmatch(address, start, end):
                break
            end = start
        elif last in SENTENCE_MARKS:
            end -= 1
        else:
            break
    return address[:end]


def _href(address: str) -> str | None:
    """Return the target of a link to the address, or None if it is not a valid address."""
    if not _is_web(address):
        return None if address.endswith(("-", "_")) else f"mailto:{address}"
    scheme = _SCHEME.match(address)
    host = _HOST.match(address, scheme.end() if scheme else 0)
    parts = host[0].split(".") if host else []
    if "" in parts or (not scheme and len(parts) < 2):  # noqa: PLR2004
        return None
    if any("_" in part for part in parts[-2:]):
        return None
    return address if scheme else f"http://{address}"
