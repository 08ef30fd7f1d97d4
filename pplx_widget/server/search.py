"""The Search API: web pages instead of an answer, taken from the sources of the recordings."""

from __future__ import annotations

import functools
import itertools
import math
from collections import Counter
from collections.abc import Iterator
from typing import Any, get_args
from urllib.parse import urlsplit

from ..core.events import Source, SourcesFound
from ..core.options import ContextSize
from .library import Library
from .likeness import words
from .script import events_of
from .strict import Refusal, invalid
from .strict_tools import FILTERS, not_one_of, out_of_range, wrong_filters

_FIELDS = frozenset(
    {
        *("query", "country", "display_server_time", "max_results", "max_tokens"),
        *("max_tokens_per_page", "search_context_size", "search_language_filter", "search_mode"),
        *("search_type", *FILTERS),
    }
)
_MODES = ("web", "academic", "sec")
_TYPES = ("web", "fast", "people")
_QUERIES_MOST = 5
_RESULTS = 10
_RESULTS_MOST = 20
_LANGUAGES_MOST = 20
_CODE = 2  # letters of a country or language
# A page is found if it has this share of the query's words; a word of few pages counts more.
_RELEVANT = 0.4

_Page = tuple[Source, frozenset[str]]  # with the words that it is about


def refused_search(body: dict[str, Any]) -> Refusal | None:
    """Return the error with which the service would refuse a search, or None."""
    for field in body:
        if field not in _FIELDS:
            message = f'invalid request body: json: unknown field "{field}"'
            return Refusal(400, "invalid_request", message, field)
    said = next(_wrong(body), None)
    return invalid(said) if said else None


def search(body: dict[str, Any], library: Library, search_id: str) -> dict[str, Any]:
    """Return the response to a search that is not refused.

    The domain filter is applied, with dates and languages all pages pass.

    Parameters
    ----------
    body : dict
        The body of the request.
    library : Library
        The recordings whose sources are searched.
    search_id : str
        The id of the response.
    """
    domains = body.get("search_domain_filter") or []
    pages = [page for page in _pages(library) if _passes(page[0], domains)]
    query = body["query"]
    queries = [query] if isinstance(query, str) else query
    # The results of several queries take turns in one list.
    turns = itertools.zip_longest(*(_found(each, pages) for each in queries))
    found = {page.url: page for turn in turns for page in turn if page}
    limit = body.get("max_results") or _RESULTS
    return {"id": search_id, "results": [_result(p) for p in list(found.values())[:limit]]}


def _wrong(body: dict[str, Any]) -> Iterator[str]:
    query = body.get("query")
    queries = query if isinstance(query, list) else [query]
    if not queries or not all(isinstance(each, str) and each.strip() for each in queries):
        yield "query must be a text, or an array of texts"
    if len(queries) > _QUERIES_MOST:
        yield f"at most {_QUERIES_MOST} queries are allowed"
    people = body.get("search_type") == "people"
    most = None if people else _RESULTS_MOST
    yield from out_of_range("max_results", body.get("max_results"), 1, most)
    for name in ("max_tokens", "max_tokens_per_page"):
        yield from out_of_range(name, body.get(name), 1, None)
    yield from not_one_of("search mode", body.get("search_mode"), _MODES)
    yield from not_one_of("search type", body.get("search_type"), _TYPES)
    size = body.get("search_context_size")
    yield from not_one_of("search context size", size, get_args(ContextSize))
    yield from wrong_filters(body)
    languages = body.get("search_language_filter") or []
    if not isinstance(languages, list) or not all(map(_is_code, languages)):
        yield "search_language_filter must be an array of two-letter codes"
    elif len(languages) > _LANGUAGES_MOST:
        yield f"at most {_LANGUAGES_MOST} languages are allowed"
    if body.get("country") is not None and not _is_code(body["country"]):
        yield "country must be a two-letter code"


def _is_code(value: Any) -> bool:
    return isinstance(value, str) and len(value) == _CODE and value.isascii() and value.isalpha()


@functools.lru_cache(maxsize=4)
def _pages(library: Library) -> list[_Page]:
    """Return every source of the recordings, each address once."""
    found: dict[str, _Page] = {}
    for exchange in library.exchanges:
        question = exchange.question.partition("\n\n")[0]
        for _, event in events_of(exchange):
            for source in event.sources if isinstance(event, SourcesFound) else ():
                about = f"{source.title} {source.snippet} {source.query or ''} {question}"
                found.setdefault(source.url, (source, frozenset(words(about))))
    return [page for url, page in found.items() if url]


def _passes(page: Source, domains: list[str]) -> bool:
    denied = [d.removeprefix("-") for d in domains if d.startswith("-")]
    allowed = [d for d in domains if not d.startswith("-")]
    host = (urlsplit(page.url).hostname or "").removeprefix("www.")

    def within(domain: str) -> bool:
        domain = domain.lower().removeprefix("www.")
        return host == domain or host.endswith(f".{domain}")

    return not any(map(within, denied)) and (not allowed or any(map(within, allowed)))


def _found(query: str, pages: list[_Page]) -> list[Source]:
    """Return the pages about a query, the best first."""
    spread = Counter(word for _, about in pages for word in about)
    weights = {word: math.log(1 + len(pages) / (spread[word] or 1)) for word in words(query)}
    scores = [math.fsum(weights[word] for word in about & weights.keys()) for _, about in pages]
    enough = _RELEVANT * math.fsum(weights.values())
    order = sorted(range(len(pages)), key=lambda n: -scores[n])
    return [pages[n][0] for n in order if scores[n] >= enough > 0]


def _result(page: Source) -> dict[str, Any]:
    dates = {"date": page.date, "last_updated": page.last_updated}
    result = {"title": page.title, "url": page.url, "snippet": page.snippet}
    return result | {name: value for name, value in dates.items() if value}
