"""Pages of one origin may ask the local server if it was started so; all others stay refused."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from pplx_widget.server import origins
from pplx_widget.server.server import LocalServer

from ..support.local_client import ASK, ask

PAGE = "https://notebooks.example.org"

# What a browser asks for the SDK's request.
SDK = (
    "authorization,content-type,x-pplx-integration,x-stainless-arch,x-stainless-async,x-stainless-lang,"
    "x-stainless-os,x-stainless-package-version,x-stainless-retry-count,x-stainless-runtime"
)
WISH = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": SDK}


@pytest.fixture
def local() -> Iterator[LocalServer]:
    with LocalServer(speed=0, allow_origin=PAGE) as running:
        yield running


def cors(headers: dict[str, str]) -> set[str]:
    return {name for name in headers if name.startswith("access-control-")}


def test_the_page_may_ask_after_its_browser_has_asked(local: LocalServer) -> None:
    first = ask(local, None, method="OPTIONS", Origin=PAGE, **WISH)
    assert first.status == 204
    assert first.headers["access-control-allow-origin"] == PAGE
    assert first.headers["access-control-allow-headers"] == SDK
    assert "POST" in first.headers["access-control-allow-methods"]
    assert "origin" in first.headers["vary"].lower()
    assert local.exchanges == ()

    answer = ask(local, ASK | {"stream": True}, Origin=PAGE)
    assert answer.status == 200
    assert answer.headers["access-control-allow-origin"] == PAGE
    assert answer.events[-1]["type"] == "response.completed"


def test_the_page_reads_refusals_and_models_too(local: LocalServer) -> None:
    for answer in (
        ask(local, {"X": 1}, Origin=PAGE),
        ask(local, None, "/v1/models", "GET", Origin=PAGE),
    ):
        assert answer.headers["access-control-allow-origin"] == PAGE
    assert answer.status == 200


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "null",
        "http://notebooks.example.org",
        "https://notebooks.example.org:8443",
        "https://notebooks.example.org.evil.example",
        "https://notebooks.example.org/",
        "https://NOTEBOOKS.example.org",
        "*",
        "",
    ],
)
@pytest.mark.parametrize("method", ["OPTIONS", "POST"])
def test_every_other_page_is_refused(local: LocalServer, origin: str, method: str) -> None:
    answer = ask(local, ASK, method=method, Origin=origin, **WISH)
    assert answer.status == 403
    assert not cors(answer.headers)
    assert local.exchanges == ()


def test_two_origins_are_refused(local: LocalServer) -> None:
    client = http.client.HTTPConnection(urlsplit(local.base_url).netloc, timeout=30)
    client.putrequest("GET", "/v1/models")
    for origin in (PAGE, "https://evil.example"):
        client.putheader("Origin", origin)
    client.endheaders()
    answer = client.getresponse()
    assert (answer.status, answer.getheader("Access-Control-Allow-Origin")) == (403, None)
    client.close()


def test_programs_send_no_origin_and_get_no_permission(local: LocalServer) -> None:
    answer = ask(local, ASK)
    assert (answer.status, cors(answer.headers)) == (200, set())
    assert ask(local, None, method="OPTIONS").status == 400


def test_another_name_of_this_machine_is_refused_even_to_the_page(local: LocalServer) -> None:
    answer = ask(local, ASK, Origin=PAGE, Host="evil.example")
    assert answer.status == 403


def test_a_private_network_is_allowed_only_if_the_browser_asks(local: LocalServer) -> None:
    name = "access-control-allow-private-network"
    wish = {**WISH, "Access-Control-Request-Private-Network": "true"}
    assert ask(local, None, method="OPTIONS", Origin=PAGE, **wish).headers[name] == "true"
    assert name not in ask(local, None, method="OPTIONS", Origin=PAGE, **WISH).headers


def test_names_of_headers_are_repeated_only_if_they_are_names(local: LocalServer) -> None:
    wish = {**WISH, "Access-Control-Request-Headers": "x-a, <b>"}
    answer = ask(local, None, method="OPTIONS", Origin=PAGE, **wish)
    assert "access-control-allow-headers" not in answer.headers


def test_nothing_is_allowed_by_default() -> None:
    with LocalServer(speed=0) as local:
        for method in ("OPTIONS", "POST"):
            answer = ask(local, ASK, method=method, Origin=PAGE, **WISH)
            assert (answer.status, cors(answer.headers)) == (403, set())


@pytest.mark.parametrize(
    ("written", "origin"),
    [
        ("https://Notebooks.Example.org/", PAGE),
        ("https://notebooks.example.org:443", PAGE),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_an_origin_is_compared_as_browsers_send_it(written: str, origin: str) -> None:
    assert origins.checked(written) == origin


@pytest.mark.parametrize(
    "written",
    [
        "*",
        "null",
        "",
        "notebooks.example.org",
        "https://*.example.org",
        "https://a.example https://b.example",
        "https://a.example,https://b.example",
        "https://a.example/page",
        "https://me@a.example",
        "https://a.example?x",
        "file:///page.html",
        "https://",
        "https://a.example\n",
    ],
)
def test_only_one_whole_origin_can_be_allowed(written: str) -> None:
    with pytest.raises(ValueError, match="not an origin"):
        LocalServer(allow_origin=written)
