"""The address and the title of a Markdown link, escaped so that they cannot end early."""

from __future__ import annotations

import re
from urllib.parse import quote

from ..core.visible import printable

# Text that other readers take for HTML or for a character reference.
TAG = re.compile(r"<(?=[^\W\d_]|[/!?])")
ENTITY = re.compile(r"&(?=(?:#[xX][0-9a-fA-F]{1,6}|#[0-9]{1,7}|[A-Za-z][A-Za-z0-9]{1,31});)")
_NO_DESTINATION = re.compile(r'[\x00-\x20\x7f<>"\\`]')
_DEEPEST = 30


def destination(href: str) -> str:
    """Return an address as the destination of an inline link."""
    safe = _safe(href)
    return safe if _balanced(safe) else f"<{safe}>"


def bracketed(href: str) -> str:
    """Return an address in angle brackets, for a link definition or an inline link."""
    return f"<{_safe(href)}>"


def _safe(href: str) -> str:
    return ENTITY.sub("&amp;", _NO_DESTINATION.sub(lambda c: quote(c[0]), href))


def _balanced(href: str) -> bool:
    depth = 0
    for c in href:
        depth += (c == "(") - (c == ")")
        if not 0 <= depth <= _DEEPEST:
            return False
    return depth == 0


def link_title(title: str) -> str:
    """Return a link title, escaped for its place between double quotes."""
    escaped = re.sub(r'[\\"`$]', r"\\\g<0>", " ".join(printable(title).split()))
    return TAG.sub("&lt;", ENTITY.sub("&amp;", escaped))
