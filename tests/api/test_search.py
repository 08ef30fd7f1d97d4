"""`search`: the Search API as data, checked before it is sent, shown as a list."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import pytest

import pplx_widget as pplx
from pplx_widget.bibliography.sources import Sources
from pplx_widget.config.base_url import without_version
from pplx_widget.providers import _retries
from pplx_widget.providers._pacer import UNHEARD

from ..support.search_server import SearchServer, result

KEY = "pplx-0123456789abcdef0123456789abcdef"


@pytest.fixture
def service(clean_settings: None) -> Iterator[SearchServer]:
    with SearchServer() as server:
        pplx.configure(base_url=server.base_url, api_key=KEY, max_retries=0)
        yield server


def test_a_search_is_data(service: SearchServer) -> None:
    found = pplx.search("HTTP/3")
    assert isinstance(found, Sources)
    assert [(s.id, s.title, s.url, s.site, s.date, s.snippet, s.query) for s in found] == [
        (
            n,
            f"Page {n}",
            f"https://site{n}.example/page",
            f"site{n}.example",
            "2026-11-02",
            f"Words of page {n}.",
            "HTTP/3",
        )
        for n in (1, 2)
    ]
    path, body, head = service.asked[0]
    assert (path, body) == ("/search", {"query": "HTTP/3", "max_results": 10})
    assert head["authorization"] == f"Bearer {KEY}"
    pytest.importorskip("pandas")
    answered = pplx.ask("Why?").wait(30).sources
    assert [*found.to_frame().columns] == [*answered.to_frame().columns]
    assert "Page 1" in found.to_bibtex()


@pytest.mark.parametrize(
    ("options", "sent"),
    [
        ({"mode": "academic"}, {"search_mode": "academic"}),
        ({"mode": "sec"}, {"search_mode": "sec"}),
        ({"mode": "people", "max_results": 40}, {"search_type": "people", "max_results": 40}),
        ({"recency": "week"}, {"search_recency_filter": "week"}),
        ({"after": date(2026, 1, 31)}, {"search_after_date_filter": "01/31/2026"}),
        ({"before": datetime(2026, 1, 31, 5)}, {"search_before_date_filter": "01/31/2026"}),  # noqa: DTZ001
        ({"updated_after": date(2026, 1, 2)}, {"last_updated_after_filter": "01/02/2026"}),
        ({"updated_before": date(2026, 1, 2)}, {"last_updated_before_filter": "01/02/2026"}),
        ({"domains": ("a.org", "-b.org")}, {"search_domain_filter": ["a.org", "-b.org"]}),
        ({"domains": "a.org"}, {"search_domain_filter": ["a.org"]}),
        ({"language": "DE"}, {"search_language_filter": ["de"]}),
        ({"language": ["de", "fr"]}, {"search_language_filter": ["de", "fr"]}),
        ({"country": "de"}, {"country": "DE"}),
        ({"context": "low"}, {"search_context_size": "low"}),
        (
            {"max_tokens": 900, "max_tokens_per_page": 300},
            {"max_tokens": 900, "max_tokens_per_page": 300},
        ),
        ({"max_results": 20}, {"max_results": 20}),
    ],
)
def test_each_option_has_its_field(
    service: SearchServer, options: dict[str, Any], sent: dict[str, Any]
) -> None:
    pplx.search("bees", **options)
    assert service.bodies == [{"query": "bees", "max_results": 10} | sent]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"max_results": 0}, "max_results"),
        ({"max_results": 21}, "from 1 to 20"),
        ({"max_results": True}, "max_results"),
        ({"max_results": 101, "mode": "people"}, "max_results"),
        ({"mode": "image"}, "mode"),
        ({"recency": "fortnight"}, "recency"),
        ({"recency": "week", "after": date(2026, 1, 1)}, "recency and after"),
        ({"recency": "week", "before": date(2026, 1, 1)}, "recency and before"),
        ({"after": date(2026, 2, 1), "before": date(2026, 1, 1)}, "not later"),
        ({"after": "2026-01-01"}, "after"),
        ({"domains": ["a.org"] * 21}, "domains"),
        ({"domains": ["a" * 254]}, "at most 253"),
        ({"domains": ["https://a.org"]}, "domain"),
        ({"domains": [3]}, "domains"),
        ({"domains": 3}, "domains"),
        ({"language": "german"}, "language"),
        ({"language": ["de"] * 11}, "languages"),
        ({"country": "Germany"}, "country"),
        ({"context": "huge"}, "context"),
        ({"max_tokens": 0}, "max_tokens"),
    ],
)
def test_what_the_service_would_refuse(
    service: SearchServer, options: dict[str, Any], says: str
) -> None:
    with pytest.raises(pplx.InvalidRequest, match=says):
        pplx.search("bees", **options)
    assert not service.asked


@pytest.mark.parametrize("query", ["", "  ", [], ["bees", ""], None, 3, b"bees", ["bees", None]])
def test_what_is_no_query(service: SearchServer, query: Any) -> None:
    with pytest.raises(pplx.InvalidRequest, match=r"query|Query"):
        pplx.search(query)
    assert not service.asked


def test_an_unknown_option_names_the_nearest(service: SearchServer) -> None:
    with pytest.raises(pplx.UnknownOption, match="'domains'"):
        pplx.search("bees", domain=["a.org"])


# ---- several queries -------------------------------------------------------------------------------


def test_a_search_can_be_awaited(service: SearchServer) -> None:
    found = asyncio.run(pplx.asearch("q", max_results=3))
    assert found == pplx.search("q", max_results=3)
    with pytest.raises(pplx.UnknownOption, match="max_results"):
        asyncio.run(pplx.asearch("q", max_result=3))
    with pytest.raises(pplx.InvalidRequest, match="empty"):
        asyncio.run(pplx.asearch(" "))


def test_few_queries_are_one_request(service: SearchServer) -> None:
    found = pplx.search(["bees", "ants"])
    assert service.bodies == [{"query": ["bees", "ants"], "max_results": 10}]
    assert {source.query for source in found} == {"bees · ants"}


def test_many_queries_are_few_requests(service: SearchServer) -> None:
    service.says = [
        (200, {"results": [result(1), result(2)]}),
        (200, {"results": [result(2), result(3)]}),
        (200, {"results": [result(4)]}),
    ]
    queries = (f"q{n}" for n in range(12))
    found = pplx.search(queries)
    assert sorted(len(body["query"]) for body in service.bodies) == [2, 5, 5]
    assert [source.id for source in found] == [1, 2, 3, 4]
    assert len({source.url for source in found}) == 4  # each address once


def test_many_requests_wait_for_their_turns(service: SearchServer) -> None:
    service.wait_for = UNHEARD
    pplx.search([f"query {n}" for n in range(60)])
    assert len(service.bodies) == 12
    assert service.before_first == UNHEARD


def test_results_apart_for_each_query(service: SearchServer) -> None:
    service.says = [(200, {"results": [[result(1)], [result(2), result(3)]]})]
    found = pplx.search(["bees", "ants"])
    assert [(s.id, s.query) for s in found] == [(1, "bees"), (2, "ants"), (3, "ants")]


# ---- failures --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (401, {"error": {"message": "no", "type": "invalid_api_key"}}, pplx.KeyRejected),
        (
            400,
            {"error": {"message": "unknown field", "type": "invalid_request"}},
            pplx.RequestRejected,
        ),
        (422, {"detail": [{"loc": ["body", "query"], "msg": "too long"}]}, pplx.RequestRejected),
        (403, {}, pplx.Forbidden),
        (404, {}, pplx.NotFound),
        (429, {}, pplx.RateLimited),
        (500, b"<html>no</html>", pplx.ServiceFailed),
        (200, b"<html>no</html>", pplx.ProviderFailed),
        (200, {"results": 3}, pplx.ProviderFailed),
        (200, [], pplx.ProviderFailed),
    ],
)
def test_each_failure_is_one_of_this_package(
    service: SearchServer, status: int, body: Any, error: type[pplx.PplxError]
) -> None:
    service.says = [(status, body)]
    with pytest.raises(error) as caught:
        pplx.search("bees")
    assert type(caught.value) is error
    assert caught.value.__context__ is None
    assert KEY not in str(caught.value)
    assert len(service.asked) == 1


def test_a_refusal_is_tried_again(service: SearchServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_retries, "_FIRST_SECONDS", 0.001)
    pplx.configure(max_retries=2)
    service.says = [(429, {}), (429, {}), (200, {"results": [result(7)]})]
    assert [source.title for source in pplx.search("bees")] == ["Page 7"]


def test_no_key_nobody_there_and_a_replay(service: SearchServer, tmp_path: Any) -> None:
    with pplx.record(tmp_path / "r.jsonl"):
        pplx.ask("Why?").wait(30)
    with pplx.replay(tmp_path / "r.jsonl"), pytest.raises(pplx.NotRecorded):
        pplx.search("bees")
    pplx.configure(base_url="http://127.0.0.1:9/v1", api_key=None)
    with pytest.raises(pplx.ConnectionFailed):
        pplx.search("bees")
    pplx.configure(base_url="https://api.perplexity.ai/v1")
    with pytest.raises(pplx.MissingKey):
        pplx.search("bees")


@pytest.mark.parametrize(
    ("base_url", "address"),
    [
        ("https://api.perplexity.ai/v1", "https://api.perplexity.ai"),
        ("https://api.perplexity.ai/router/v1", "https://api.perplexity.ai"),
        ("http://127.0.0.1:8000/v1", "http://127.0.0.1:8000"),
        ("https://proxy.example/pplx/v1", "https://proxy.example/pplx"),
        ("https://proxy.example/pplx", "https://proxy.example/pplx"),
    ],
)
def test_the_address_has_no_version(base_url: str, address: str) -> None:
    assert without_version(base_url) == address


def test_a_search_counts_in_the_usage(
    service: SearchServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pplx_widget.api.search.is_loopback", lambda _url: False)
    before = pplx.usage()
    pplx.search([f"q{n}" for n in range(6)])
    after = pplx.usage()
    assert after.questions - before.questions == 2  # requests
    assert after.cost == before.cost
    assert after.unknown - before.unknown == 2
    assert after.counted - before.counted == pytest.approx(0.01)
    pplx.configure(budget=after.counted + 0.004)
    with pytest.raises(pplx.BudgetReached):
        pplx.search("bees")
    assert len(service.asked) == 2


def test_an_observer_cannot_search(service: SearchServer) -> None:
    raised: list[Exception] = []
    done = threading.Event()

    def look(_change: Any) -> None:
        try:
            pplx.search("bees")
        except Exception as error:  # noqa: BLE001
            raised.append(error)
        done.set()

    answer = pplx.ask("Why?")
    answer.observe(look, "text")
    answer.wait(30)
    if raised:
        assert isinstance(raised[0], RuntimeError)


# ---- the list ---------------------------------------------------------------------------------

HOSTILE = "<img src=x onerror=alert(1)><script>1</script>"


def test_the_list_loads_nothing_and_is_escaped(service: SearchServer) -> None:
    bad = result(2, title=HOSTILE, url="javascript:alert(1)", snippet=HOSTILE, date=HOSTILE)
    service.says = [
        (200, {"results": [result(1), bad, result(3, title="a\x1b[31mb\nc](http://x)")]})
    ]
    found = pplx.search(HOSTILE)
    html, markdown, text = found._repr_html_(), found._repr_markdown_(), repr(found)  # type: ignore[attr-defined]
    assert "<script" not in html
    assert "<img" not in html
    assert 'href="javascript' not in html
    assert not re.search(r"""\b(?:src|srcset)\s*=\s*["']?http""", html)
    assert "\x1b" not in html + markdown + text
    assert "<script" not in markdown.replace("\\<", "")
    assert 'href="https://site1.example/page"' in html
    assert "Words of page 1." in html
    assert "[Page 1](https://site1.example/page) · site1.example · 2026-11-02" in markdown
    assert text.splitlines()[1] == "[1] Page 1 — https://site1.example/page — 2026-11-02"
    assert text.splitlines()[-1] == "3 sources"


def test_nothing_found_and_a_part(service: SearchServer) -> None:
    service.says = [(200, {"results": []})]
    empty = pplx.search("bees")
    assert (len(empty), "0 sources" in repr(empty)) == (0, True)
    assert "0 sources" in empty._repr_html_()
    service.says = [(200, {"results": [result(n) for n in range(1, 6)]})]
    part = pplx.search("bees")[2:4]
    assert [source.id for source in part] == [3, 4]
    assert "2 sources" in repr(part)
    assert isinstance(part, type(empty))
