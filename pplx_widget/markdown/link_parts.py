"""The address and the title of a link in Markdown, which cannot end before their end."""

from __future__ import annotations

import re
from urllib.parse import quote

from ..core.visible import printable

# What another reader takes for HTML, and for a character reference.
TAG = re.compile(r"<(?=[^\W\d_]|[/!?])")
ENTITY = re.compile(r"&(?=(?:#[xX][0-9a-fA-F]{1,6}|#[0-9]{1,7}|[A-Za-z][A-Za-z0-9]{1,31});)")
_NO_DESTINATION = re.compile(r'[\x00-\x20\x7f<>"\\`]')
_DEEPEST = 30


def destination(href: str) -> str:
    """Return an address as it stands in a link."""
    safe = _safe(href)
    return safe if _balanced(safe) else f"<{safe}>"


def bracketed(href: str) -> str:
    """Return an address as it stands in the definition of a link, or in a link."""
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
    """Return what stands between the quotes of a link's title."""
    escaped = re.sub(r'[\\"`$]', r"\\\g<0>", " ".join(printable(title).split()))
    return TAG.sub("&lt;", ENTITY.sub("&amp;", escaped))
