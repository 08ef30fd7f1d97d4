"""The Search API: one request, and its results as sources.

Experimental: documented and typed by the official SDK, but never recorded.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from ..config import Connection
from ..config.base_url import without_version
from ..core import errors
from ..core.errors import PplxError
from ..core.events import Source
from ..question.web_search import WebSearch
from . import _body, _retries, _turns, http
from ._follow import asked_in
from ._wire import mapping, mappings, source


def body(search: WebSearch) -> dict[str, Any]:
    """Return the body of ``POST /search``; it has only the fields of given options."""
    several = len(search.queries) > 1
    people = search.mode == "people"
    fields: dict[str, Any] = {
        "query": list(search.queries) if several else search.queries[0],
        "max_results": search.max_results,
        "search_type": "people" if people else None,
        "search_mode": None if people or search.mode == "web" else search.mode,
        "search_recency_filter": search.recency,
        "search_after_date_filter": _us_date(search.after),
        "search_before_date_filter": _us_date(search.before),
        "last_updated_after_filter": _us_date(search.updated_after),
        "last_updated_before_filter": _us_date(search.updated_before),
        "search_domain_filter": list(search.domains),
        "search_language_filter": [code.lower() for code in search.language],
        "country": search.country and search.country.upper(),
        "search_context_size": search.context,
        "max_tokens": search.max_tokens,
        "max_tokens_per_page": search.max_tokens_per_page,
    }
    return {name: value for name, value in fields.items() if value not in (None, [])}


async def find(connection: Connection, search: WebSearch) -> list[Source]:
    """Send one request, and return the sources that it finds, numbered from 1.

    A request that the service surely did not take is sent again, as a question is.

    Raises
    ------
    PplxError
        The service cannot be reached, refuses, or sends no results.
    """
    where = replace(connection, base_url=without_version(connection.base_url))
    content = await _sent(where, body(search))
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        found = None
    results = mapping(found).get("results")
    if not isinstance(results, list):
        lines = "error.no_results.what", "error.no_results.why", "error.no_results.try"
        raise errors.told(errors.ProviderFailed, *lines, host=where.host)
    return _sources(results, search.queries)


async def _sent(where: Connection, fields: dict[str, Any]) -> bytes:
    """Send a request when its turn comes; return the body of the response."""
    our_error = http.translator(where.host)
    # The Search API has rate limits of its own, so a queue of its own.
    turn = _turns.Turn(_turns.of(where), where.timeout.connect)

    async def send() -> bytes:
        return await _body.whole(await http.post(where, "search", fields))

    try:
        retries = 0
        while True:
            await turn.has_come()
            found = await asked_in(turn, send, our_error)
            if not isinstance(found, PplxError):
                return found
            pause = _retries.pause(found, retries) if retries < where.max_retries else None
            if pause is None:
                raise found
            retries += 1
            turn.again(
                pause, refused=not isinstance(found, errors.ConnectionFailed | errors.TimedOut)
            )
    finally:
        turn.close()


def _sources(results: list[Any], queries: tuple[str, ...]) -> list[Source]:
    """Return the results as sources; a list of lists has one list for each query."""
    apart = len(results) == len(queries) and all(isinstance(each, list) for each in results)
    groups: list[tuple[list[Any], tuple[str, ...]]] = [(results, queries)]
    if apart:
        groups = [(each, (query,)) for each, query in zip(results, queries, strict=True)]
    found: list[Source] = []
    for listed, searched in groups:
        for result in mappings(listed):
            if one := source(len(found) + 1, _texts(result), searched):
                found.append(one)
    return found


def _texts(result: Mapping[str, Any]) -> Mapping[str, Any]:
    return {name: result.get(name) for name in ("url", "title", "snippet", "date", "last_updated")}


def _us_date(day: date | None) -> str | None:
    return f"{day:%m/%d/%Y}" if day else None
