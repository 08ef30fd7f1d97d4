"""The one web page that may ask the local server, and the headers that tell a browser so (CORS).

Without it, any page that is open in a browser of this machine could send the server questions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from ..config.base_url import origin

# The headers that a page may read beside the usual ones.
_READABLE = "retry-after, x-pplx-scripted, x-request-id, x-ratelimit-limit, x-ratelimit-remaining"

# Names of headers, as RFC 9110 allows them, with commas.
_NAMES = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+(?:[ \t]*,[ \t]*[!#$%&'*+.^_`|~0-9A-Za-z-]+)*")

# Seconds that a browser may keep the permission.
_KEPT = "600"


def checked(text: str) -> str:
    """Return an origin in the form in which browsers send it.

    Raises
    ------
    ValueError
        It is not one origin, such as ``https://notebooks.example.org``.
    """
    parts = urlsplit(text.strip())
    plain = parts.scheme in ("http", "https") and parts.path in ("", "/")
    more = parts.query or parts.fragment or "@" in parts.netloc or not text.isprintable()
    if not plain or more or not re.fullmatch(r"(\[[0-9A-Fa-f:.]+\]|[\w.-]+)(:\d+)?", parts.netloc):
        raise ValueError(
            f"{text!r} is not an origin, such as https://notebooks.example.org or "
            "http://127.0.0.1:8000"
        )
    return origin(f"{parts.scheme}://{parts.netloc}")


def welcome(sent: list[str], allowed: str | None) -> bool:
    """Return whether a request with these ``Origin`` headers may be answered.

    Other programs send none. A browser sends one for a page of another origin, and ``null`` for a page
    without one.
    """
    return not sent or (allowed is not None and sent == [allowed])


def permission(allowed: str) -> Iterator[tuple[str, str]]:
    """Yield the headers with which a browser gives the page a response."""
    yield "Access-Control-Allow-Origin", allowed
    yield "Access-Control-Expose-Headers", _READABLE
    yield "Vary", "Origin"


def preflight(asked: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the further headers that answer a browser's question before a request.

    ``asked`` are the headers of the question. A page may send any header: the origin is what counts.
    """
    yield "Access-Control-Allow-Methods", "GET, POST"
    asked = {name.lower(): value.strip() for name, value in asked.items()}
    names = asked.get("access-control-request-headers", "")
    if _NAMES.fullmatch(names):
        yield "Access-Control-Allow-Headers", names
    # Chromium asks this if the page is of another network than this machine's own.
    if asked.get("access-control-request-private-network") == "true":
        yield "Access-Control-Allow-Private-Network", "true"
    yield "Access-Control-Max-Age", _KEPT
