"""A request of the Search API, checked before it is sent: results without an answer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final, get_args

from ..core import checks as check
from ..core import errors
from ..core.options import ContextSize, Recency, SearchMode
from ..core.text import clean
from .tools import BARE_SITE

PER_REQUEST: Final = 5
"""The queries that the service takes in one request (its documentation of several queries)."""

_MOST_RESULTS = 20
_MOST_PEOPLE = 100  # the service allows more than 20, without a documented limit
_MOST_DOMAINS = 20
_LONGEST_DOMAIN = 253
_MOST_LANGUAGES = 10
_DATES = ("after", "before", "updated_after", "updated_before")


@dataclass(frozen=True, kw_only=True)
class WebSearch:
    """A search; the options are those of `pplx_widget.search`.

    Raises
    ------
    InvalidRequest
        An option is invalid.
    """

    queries: tuple[str, ...]
    mode: SearchMode = "web"
    max_results: int = 10
    recency: Recency | None = None
    after: date | None = None
    before: date | None = None
    updated_after: date | None = None
    updated_before: date | None = None
    domains: tuple[str, ...] = ()
    language: tuple[str, ...] = ()
    country: str | None = None
    context: ContextSize | None = None
    max_tokens: int | None = None
    max_tokens_per_page: int | None = None

    def __post_init__(self) -> None:
        read: dict[str, Any] = {
            "queries": _texts("query", self.queries, "a text, or a list of texts"),
            "domains": _texts("domains", self.domains, 'a list of sites, such as ["europa.eu"]'),
            "language": _texts("language", self.language, 'a code such as "de", or a list of them'),
        }
        for name in _DATES:
            day = getattr(self, name)
            read[name] = day.date() if isinstance(day, datetime) else day
        for name, value in read.items():
            object.__setattr__(self, name, value)
        self._check()
        self._check_dates()

    def _check(self) -> None:
        if not self.queries or not all(query.strip() for query in self.queries):
            raise errors.InvalidRequest(
                "The query is empty.", "", 'Search for something, such as `pplx.search("HTTP/3")`.'
            )
        for name, value, allowed in (
            ("mode", self.mode, get_args(SearchMode)),
            ("recency", self.recency, get_args(Recency)),
            ("context", self.context, get_args(ContextSize)),
        ):
            check.one_of(name, value, allowed)
        most = _MOST_PEOPLE if self.mode == "people" else _MOST_RESULTS
        check.whole_number("max_results", self.max_results, 1, most)
        check.whole_number("max_tokens", self.max_tokens, 1)
        check.whole_number("max_tokens_per_page", self.max_tokens_per_page, 1)
        if len(self.domains) > _MOST_DOMAINS:
            raise check.invalid("number of domains", len(self.domains), f"at most {_MOST_DOMAINS}")
        for domain in self.domains:
            if not BARE_SITE.fullmatch(domain):
                raise check.invalid("domain", domain, 'a bare site, such as "europa.eu"')
            if len(domain.removeprefix("-")) > _LONGEST_DOMAIN:
                raise check.invalid(
                    "length of a domain", len(domain), f"at most {_LONGEST_DOMAIN} characters"
                )
        if len(self.language) > _MOST_LANGUAGES:
            raise check.invalid(
                "number of languages", len(self.language), f"at most {_MOST_LANGUAGES}"
            )
        for code in self.language:
            if not re.fullmatch("[A-Za-z]{2}", code):
                raise check.invalid("language", code, 'two letters (ISO 639-1), such as "de"')
        if self.country is not None and not re.fullmatch("[A-Za-z]{2}", str(self.country)):
            raise check.invalid("country", self.country, 'two letters, such as "DE"')

    def _check_dates(self) -> None:
        for name in _DATES:
            if not isinstance(getattr(self, name), date | None):
                allowed = "a date, such as datetime.date(2026, 1, 31)"
                raise check.invalid(name, getattr(self, name), allowed)
        for first, last in (_DATES[:2], _DATES[2:]):
            start, end = getattr(self, first), getattr(self, last)
            if start and end and start > end:
                raise check.invalid(first, start, f"not later than `{last}` ({end})")
        given = [name for name in _DATES[:2] if getattr(self, name)]
        if self.recency and given:
            raise errors.InvalidRequest(
                f"recency and {given[0]} were both given.",
                "The service accepts either the age of a page or dates.",
                f"Leave one of them out: `recency={self.recency!r}` or `{given[0]}=…`.",
            )

    def requests(self) -> Iterator[WebSearch]:
        """Yield as few searches as the service needs for all queries."""
        for at in range(0, len(self.queries), PER_REQUEST):
            yield replace(self, queries=self.queries[at : at + PER_REQUEST])


def _texts(name: str, values: Any, allowed: str) -> tuple[str, ...]:
    """Return the texts of an option, given as one text or as any iterable of them."""
    if values is None:
        return ()
    listed = [values] if isinstance(values, str) else values
    if isinstance(listed, bytes) or not isinstance(listed, Iterable):
        raise check.invalid(name, values, allowed)
    found = tuple(listed)
    for value in found:
        if not isinstance(value, str):
            raise check.invalid(name, value, allowed)
    return tuple(clean(value).strip() if name != "query" else clean(value) for value in found)
