"""Turn sources into bibliography entries, which all formats share."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from ..core.events import Source
from ..markdown.urls import safe_url
from . import dates
from .addresses import same_page

_KEY_DIGITS = 6
# They join letters in many scripts and parts of emoji; other format characters are only invisible.
_JOINERS = "\u200c\u200d"
_HIDDEN = ("Cc", "Cf", "Cs")


@dataclass(frozen=True, slots=True)
class Entry:
    """One web page in a bibliography.

    Attributes
    ----------
    key : str
        The citation key in ASCII. It depends only on the address, so it is the same in every
        bibliography.
    title, site : str
        The title and site, each on one line; ``title`` is never empty.
    url : str
        The address in ASCII; ``""`` if it is not a web address.
    issued : tuple of int
        Year, month and day, as far as known; empty if the service's date is missing or odd.
    accessed : datetime.date or None
        When the web page was found.
    """

    key: str
    title: str
    site: str
    url: str
    issued: dates.Parts
    accessed: date | None


def entries(found: Iterable[tuple[Source, date | None]], today: date) -> list[Entry]:
    """Return one entry per web page, in order; of several sources of one page, the first counts.

    Parameters
    ----------
    found : iterable of (Source, datetime.date or None)
        The sources, each with its day of access.
    today : datetime.date
        The day after which a date is odd, if the day of access is unknown.
    """
    pages: dict[str, tuple[Source, date | None]] = {}
    for source, accessed in found:
        pages.setdefault(same_page(source.url) or source.title, (source, accessed))
    keys: set[str] = set()
    made = []
    for page, (source, accessed) in pages.items():
        address = safe_url(source.url.strip())
        host = address.host if address else ""
        title, site = _line(source.title), _line(source.site)
        key = _key(host, page, keys)
        keys.add(key)
        made.append(
            Entry(
                key=key,
                title=title or site or host or "Untitled",
                site=site or host,
                url=address.href if address else "",
                issued=dates.plausible(source.date, accessed or today) or (),
                accessed=accessed,
            )
        )
    return made


def _key(host: str, page: str, taken: set[str]) -> str:
    """Return the host and the first digits of the address's hash, as many as make the key unique."""
    name = re.sub(r"[^a-z0-9]+", "-", host).strip("-") or "source"
    digits = hashlib.sha256(page.encode(errors="surrogatepass")).hexdigest()
    for length in range(_KEY_DIGITS, len(digits)):
        if (key := f"{name}-{digits[:length]}") not in taken:
            return key
    raise AssertionError("two web pages have the same hash")


def _line(text: str) -> str:
    """Return a text on one line, in Unicode's composed form, without invisible characters."""
    text = unicodedata.normalize("NFC", " ".join(text.split()))
    return "".join(c for c in text if c in _JOINERS or unicodedata.category(c) not in _HIDDEN)
