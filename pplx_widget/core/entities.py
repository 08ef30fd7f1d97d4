"""Titles and snippets as text: services send them with the entities and the tags of their web pages."""

from __future__ import annotations

import html
import re
from html.entities import html5

# Tags that format text. Others (`vector<string>`) are probably text.
_TAG = re.compile(
    r"</?(?:a|abbr|b|big|cite|code|del|em|font|h[1-6]|i|ins|mark|q|s|small|span|strong|sub|sup|u|wbr)"
    r"(?:\s[^<>]*)?>",
    re.IGNORECASE,
)
_BREAK = re.compile(r"</?(?:br|dd|div|dl|dt|hr|li|ol|p|td|th|tr|ul)(?:\s[^<>]*)?/?>", re.IGNORECASE)
_ENTITY = re.compile(r"&(#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")


def plain(text: str) -> str:
    """Return a title or a snippet without tags, and with its entities decoded once."""
    if "<" in text:
        text = _TAG.sub("", _BREAK.sub(" ", text))
    return _ENTITY.sub(_decoded, text) if "&" in text else text


def encoded(text: str) -> str:
    """Return a text of which `plain` makes the same text again."""
    return text if plain(text) == text else html.escape(text, quote=False)


def _decoded(entity: re.Match[str]) -> str:
    known = entity[1].startswith("#") or f"{entity[1]};" in html5
    return html.unescape(entity[0]) if known else entity[0]
