"""`search`: the results of a web search as data, without an answer."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Iterable
from concurrent.futures import Future
from datetime import date, datetime
from typing import Any

from .. import providers
from ..bibliography.found import Found
from ..bibliography.sources import Sources
from ..config import Connection, connection
from ..config.base_url import is_loopback
from ..core import errors, waiting
from ..core.errors import PplxError
from ..core.events import Failed, Finished, Source
from ..core.options import ContextSize, Recency, SearchMode
from ..core.runtime import runtime
from ..core.secret import learn_tried
from ..core.state import AnswerState
from ..providers import instead
from ..question.request import Request
from ..question.web_search import WebSearch
from ..runs.ledger import SEARCH_API, ledger


def search(
    query: str | Iterable[str],
    /,
    *,
    mode: SearchMode = "web",
    max_results: int = 10,
    recency: Recency | None = None,
    after: date | None = None,
    before: date | None = None,
    updated_after: date | None = None,
    updated_before: date | None = None,
    domains: Iterable[str] | None = None,
    language: str | Iterable[str] | None = None,
    country: str | None = None,
    context: ContextSize | None = None,
    max_tokens: int | None = None,
    max_tokens_per_page: int | None = None,
    timeout: float | tuple[float, float] | None = None,
    **unknown: object,
) -> Sources:
    """Search the web and return the sources, without an answer.

    This waits for the results. It uses Perplexity's Search API (``POST /search``) with the key and the
    server of `configure`. Experimental: documented, but never recorded.

    Parameters
    ----------
    query : str or iterable of str
        A query or several. Five queries go into one request, the most that the service documents.
    mode : {"web", "academic", "sec", "people"}, optional
        What to search: the web, scholarly pages, filings with the U.S. SEC, or people.
    max_results : int, optional
        The maximum number of results of a request: 1 to 20, and up to 100 for people.
    recency : {"hour", "day", "week", "month", "year"}, optional
        The maximum age of a web page; not together with ``after`` or ``before``.
    after, before : datetime.date, optional
        The bounds of a web page's publication date.
    updated_after, updated_before : datetime.date, optional
        The bounds of a web page's last update.
    domains : iterable of str, optional
        Sites to search, at most 20; a leading ``-`` excludes a site.
    language : str or iterable of str, optional
        The languages of the pages as codes of two letters (ISO 639-1), at most 10.
    country : str, optional
        The country to search from, as two letters (ISO 3166).
    context : {"low", "medium", "high"}, optional
        How much of each page the snippets have.
    max_tokens, max_tokens_per_page : int, optional
        The maximum number of tokens of all snippets, and of the snippets of one page.
    timeout : float or (float, float), optional
        The same limits as for `ask`, in seconds.

    Returns
    -------
    Sources
        A tuple of `Source`, each address once, numbered from 1, and shown as a list. ``to_frame()``
        has the columns of ``answer.sources.to_frame()``. ``ask(…, context=…)`` takes it. With several
        queries, the ``query`` of a source names all queries of the request, because the service does
        not say which one found it.

    Raises
    ------
    InvalidRequest
        An option is invalid; nothing was sent.
    UnknownOption
        An unknown keyword argument.
    PplxError
        There is no key, the service cannot be reached or refuses, or its response has no results.

    Notes
    -----
    `usage` counts each request as a run of the model ``search API`` with an unknown cost, since the
    service reports none. The budget counts 0.005 US dollars, the price of October 2026.

    In asynchronous code, call `asearch`.

    Examples
    --------
    >>> import pplx_widget as pplx
    >>> pplx.search("HTTP/3", recency="week", after=date(2026, 1, 1))
    Traceback (most recent call last):
    ...
    pplx_widget.core.errors.InvalidRequest: recency and after were both given. The service accepts ...
    """
    options = {
        "mode": mode,
        "max_results": max_results,
        "recency": recency,
        "after": after,
        "before": before,
        "updated_after": updated_after,
        "updated_before": updated_before,
        "domains": domains,
        "language": language,
        "country": country,
        "context": context,
        "max_tokens": max_tokens,
        "max_tokens_per_page": max_tokens_per_page,
    }
    asked = _checked("search", query, options | unknown)
    if waiting.would_block_itself():
        raise RuntimeError(
            "search() cannot be called inside an observer. An observer runs on the background thread, "
            "which would wait for itself. Call it from a cell."
        )
    otherwise = "`await pplx.asearch(…)`"
    waiting.check(instead=otherwise)
    searching = _begun(asked, timeout)
    try:
        found = waiting.wait(searching, instead=otherwise)
    except BaseException:  # an interrupt: close the connections
        searching.cancel()
        raise
    return _whole(found)


async def asearch(
    query: str | Iterable[str],
    /,
    *,
    timeout: float | tuple[float, float] | None = None,  # noqa: ASYNC109 (a limit of the connection)
    **options: Any,
) -> Sources:
    """Search without blocking the caller; otherwise like `search`.

    Parameters
    ----------
    query : str or iterable of str
        A query or several.
    timeout : float or (float, float), optional
        The same limits as for `ask`, in seconds.
    **options
        The options of `search`.

    Returns
    -------
    Sources
        As of `search`.

    Raises
    ------
    PplxError
        The same errors as for `search`.

    Examples
    --------
    >>> import asyncio
    >>> import pplx_widget as pplx
    >>> async def main():
    ...     return len(await pplx.asearch("What is HTTP/3?"))
    >>> asyncio.run(main()) > 0
    True
    """
    searching = _begun(_checked("asearch", query, options), timeout)
    return _whole(await asyncio.wrap_future(searching))


def _checked(function: str, query: Any, options: dict[str, Any]) -> WebSearch:
    """Return the search of valid options."""
    known = {field.name for field in dataclasses.fields(WebSearch)} - {"queries"}
    if unknown := options.keys() - known:
        learn_tried({name: options.pop(name) for name in unknown})
        raise errors.unknown_option(function, min(unknown), known | {"timeout"})
    return WebSearch(queries=query, **options)


def _begun(
    asked: WebSearch, timeout: float | tuple[float, float] | None
) -> Future[Found | PplxError]:
    if instead.active() is not None:
        raise errors.NotRecorded(
            "A search is not replayed.", "A recording has only questions.", "End the replay first."
        )
    where = connection(timeout)
    if where.needs_key:
        raise where.missing_key()
    return runtime().begin(lambda: _all(where, asked))


def _whole(found: Found | PplxError) -> Sources:
    if isinstance(found, PplxError):
        raise found
    return found


async def _all(where: Connection, asked: WebSearch) -> Found | PplxError:
    """Return the results, or an error; raised here, its context would hold headers."""
    now = datetime.now().astimezone()
    find = (await providers.load(".search_api")).find
    listed = await asyncio.gather(*(_one(find, where, each) for each in asked.requests()))
    by_address: dict[str, Source] = {}
    for sources in listed:
        if isinstance(sources, PplxError):
            return sources
        for source in sources:
            by_address.setdefault(source.url, source)
    numbered = (dataclasses.replace(s, id=n) for n, s in enumerate(by_address.values(), start=1))
    return Found(numbered, asked.queries, now)


async def _one(find: Any, where: Connection, asked: WebSearch) -> list[Source] | PplxError:
    """Return the results of one request or an error, and enter it in the usage."""
    request = Request(question=" · ".join(asked.queries), model=SEARCH_API)
    state = AnswerState()
    entry = object()
    try:
        ledger.begin(request, priced=not is_loopback(where.base_url), entry=entry)
        found: list[Source] = await find(where, asked)
    except PplxError as error:
        failed = error.with_traceback(None)
        state.apply(Failed(failed), 0.0)
        return failed
    except asyncio.CancelledError:
        state.apply(Finished("stopped"), 0.0)
        raise
    else:
        state.apply(Finished("complete"), 0.0)
        return found
    finally:
        ledger.end(entry, request, state)
