"""The Search API of the local server."""

from __future__ import annotations

from typing import Any

import pytest

from pplx_widget.server.server import LocalServer

from ..support.local_client import ask


def urls(local: LocalServer, body: dict[str, Any], path: str = "/search") -> list[str]:
    answer = ask(local, body, path)
    assert answer.status == 200
    assert set(answer.json) == {"id", "results"}
    for result in answer.json["results"]:
        assert {"title", "url", "snippet"} <= set(result)
    return [result["url"] for result in answer.json["results"]]


@pytest.mark.parametrize("path", ["/search", "/v1/search", "/v1/v1/search", "/search/"])
def test_pages_about_a_query(local: LocalServer, path: str) -> None:
    found = urls(local, {"query": "CAP theorem"}, path)
    assert found[0] == "https://en.wikipedia.org/wiki/CAP_theorem"
    assert len(found) == len(set(found)) <= 10


@pytest.mark.parametrize("query", ["the weather in Paris", "?!", "zzz"])
def test_nothing_is_found_about_something_else(local: LocalServer, query: str) -> None:
    assert urls(local, {"query": query}) == []


def test_several_queries_take_turns_in_one_list(local: LocalServer) -> None:
    first, second = (urls(local, {"query": q}) for q in ("CAP theorem", "WebSocket or SSE"))
    both = urls(local, {"query": ["CAP theorem", "WebSocket or SSE"], "max_results": 4})
    assert both == [first[0], second[0], first[1], second[1]]


def test_domains_are_allowed_and_denied(local: LocalServer) -> None:
    def asked(*domains: str) -> list[str]:
        return urls(local, {"query": "CAP theorem", "search_domain_filter": domains})

    everywhere = asked()
    wikipedia = [url for url in everywhere if "wikipedia.org" in url]
    assert asked("wikipedia.org") == wikipedia != everywhere
    assert set(asked("-wikipedia.org")) & set(wikipedia) == set()
    assert asked("pedia.org") == []


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, "query must be a text"),
        ({"query": ""}, "query must be a text"),
        ({"query": []}, "query must be a text"),
        ({"query": ["a", 1]}, "query must be a text"),
        ({"query": ["a"] * 6}, "at most 5 queries"),
        ({"query": "a", "max_results": 21}, "max_results must be at least 1 and at most 20"),
        ({"query": "a", "search_mode": "news"}, "search mode must be one of: web academic sec"),
        ({"query": "a", "search_type": "images"}, "search type must be one of"),
        ({"query": "a", "search_recency_filter": "decade"}, "search recency filter must be one"),
        ({"query": "a", "search_domain_filter": ["x.org"] * 21}, "at most 20 domains"),
        ({"query": "a", "search_after_date_filter": "2026-01-01"}, "must be MM/DD/YYYY"),
        (
            {
                "query": "a",
                "search_recency_filter": "week",
                "search_before_date_filter": "01/01/2026",
            },
            "cannot be combined",
        ),
        ({"query": "a", "search_language_filter": ["english"]}, "two-letter codes"),
        ({"query": "a", "country": "Germany"}, "two-letter code"),
        ({"query": "a", "page": 2}, 'unknown field "page"'),
        (b"[]", "not a JSON object"),
    ],
)
def test_refused_searches(local: LocalServer, body: Any, said: str) -> None:
    answer = ask(local, body, "/search")
    assert (answer.status, answer.json["error"]["type"]) == (400, "invalid_request")
    assert said in answer.json["error"]["message"]


def test_every_field_of_the_search_api_is_known(local: LocalServer) -> None:
    body = {
        "query": "CAP theorem",
        "country": "DE",
        "display_server_time": False,
        "last_updated_after_filter": "01/01/2025",
        "last_updated_before_filter": "01/01/2027",
        "max_results": 100,
        "max_tokens": 10_000,
        "max_tokens_per_page": 500,
        "search_context_size": "low",
        "search_domain_filter": None,
        "search_language_filter": ["en", "de"],
        "search_mode": "academic",
        "search_recency_filter": "year",
        "search_type": "people",
    }
    assert urls(local, body)
