"""Recognise addresses of the same web page."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from ..markdown.urls import safe_url

# Query parameters that track the reader and do not change the web page.
_TRACKING = re.compile(
    r"utm_\w*|(?:g|d|gad|fb|ms|y|tw|tt|li_fat_)cl(?:id|kid)|[gw]braid|gad_source|mc_[ce]id|igshid"
    r"|_ga|_gl|_hsenc|_hsmi|srsltid|ref_src|ref_url",
    re.IGNORECASE,
)
_ENCODED = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]")


def same_page(url: str) -> str:
    """Return a key that is the same for all addresses of one web page.

    It ignores http or https, ``www.``, the case of the host, a slash at the end, the fragment, the
    order of parameters, and tracking parameters. The key is not an address that you can open.
    """
    address = safe_url(url.strip())
    if address is None:
        return url.strip()
    split = urlsplit(address.href)
    path = _ENCODED.sub(_plain, split.path).rstrip("/")
    parameters = sorted(
        _ENCODED.sub(_plain, each)
        for each in split.query.split("&")
        if each and not _TRACKING.fullmatch(each.partition("=")[0])
    )
    # A fragment that names a web page, as in some single-page applications.
    route = "#" + split.fragment if split.fragment.startswith(("!", "/")) else ""
    query = "?" + "&".join(parameters) if parameters else ""
    return f"{address.host}{path}{query}{route}"


def _plain(encoded: re.Match[str]) -> str:
    """Return a percent-encoded character in its normal form: decoded if that means the same."""
    character = chr(int(encoded[1], 16))
    return character if _UNRESERVED.fullmatch(character) else encoded[0].upper()
