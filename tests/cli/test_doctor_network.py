"""The doctor's checks of the network: proxies, certificates, the key, the API."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pplx_widget.cli.doctor import check, network

from ..support.http_stub import KEY, Stub, closed_port

pytestmark = pytest.mark.usefixtures("no_certificates")


@pytest.mark.parametrize(
    "value",
    [
        "http://user:hunter2@proxy:3128",
        "user:hunter2@proxy:3128",
        "http://user:hun@ter2@proxy:3128",
        "http://user:hun/ter2@proxy:3128",
        "http://user:hun,ter 2@proxy:3128",
    ],
)
def test_a_proxys_password_is_not_shown(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("HTTPS_PROXY", value)
    (found,) = network.proxies()
    assert re.search(r"HTTPS_PROXY=(http://)?\*\*\*@proxy:3128$", found.found)
    assert found.level == "ok"


def test_no_proxy_is_fine_as_it_is() -> None:
    assert [c.found for c in network.proxies()] == ["none set"]
    assert network.masked("localhost,127.0.0.1") == "localhost,127.0.0.1"


def test_a_proxy_before_this_machine(
    monkeypatch: pytest.MonkeyPatch, base: Callable[[str], None]
) -> None:
    base("http://127.0.0.1:8911/v1")
    monkeypatch.setenv("HTTP_PROXY", "http://proxy:3128")
    warning = network.proxies()[1]
    assert (warning.level, warning.advice) == ("warn", "Set NO_PROXY=127.0.0.1")
    monkeypatch.setenv("NO_PROXY", "localhost,127.0.0.1")
    assert len(network.proxies()) == 1


def test_certificates(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert network.certificates().level == "ok"
    path = tmp_path / "own.pem"
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    assert "No such file" in network.certificates().found
    path.write_text("no certificate")
    assert "not a file of PEM certificates" in network.certificates().found
    assert network.certificates().level == "fail"


def test_the_key_is_not_shown_and_not_measured(
    monkeypatch: pytest.MonkeyPatch, base: Callable[[str], None]
) -> None:
    assert network.key().level == "warn"
    base("http://127.0.0.1:8911/v1")
    assert "none is needed" in network.key().found
    monkeypatch.setenv("PPLX_API_KEY", KEY)
    found = network.key()
    assert found.found == "found in the environment variable PPLX_API_KEY"
    assert found.level == "ok"


def test_the_api_answers(
    stub: Stub, base: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    base(f"{stub.url}/v1")
    monkeypatch.setenv("PERPLEXITY_API_KEY", KEY)
    assert network.api() == check.Check("API", "ok", f"{stub.url}/v1 answers")
    ((path, headers),) = stub.seen
    assert (path, headers["authorization"]) == ("/v1/models", f"Bearer {KEY}")


ENVELOPE = {"error": {"message": f"The key {KEY} is odd.", "type": "odd", "code": 1}}


@pytest.mark.parametrize(
    ("status", "body", "level", "said"),
    [
        (401, ENVELOPE, "fail", "did not accept the API key"),
        (403, ENVELOPE, "fail", "refused the request"),
        (403, {"error": {"type": "chat_completions_not_available"}}, "fail", "was retired"),
        (404, "<html>", "fail", "has nothing at this address"),
        (429, ENVELOPE, "warn", "Too many requests"),
        (503, "<html>", "warn", "is failing"),
        (200, "<html>log in", "fail", "not the API"),
        (302, "", "fail", "not the API"),
    ],
)
def test_what_the_api_may_answer(
    stub: Stub,
    base: Callable[[str], None],
    monkeypatch: pytest.MonkeyPatch,
    status: int,
    body: Any,
    level: str,
    said: str,
) -> None:
    base(f"{stub.url}/v1")
    monkeypatch.setenv("PERPLEXITY_API_KEY", KEY)
    stub.status, stub.body, stub.headers = status, body, {"Location": "/login"}
    found = network.api()
    assert (found.level, said in found.found) == (level, True)
    assert found.advice
    assert KEY not in str(found)


def test_without_a_key_the_answer_401_is_an_answer(stub: Stub, base: Callable[[str], None]) -> None:
    base(f"{stub.url}/v1")
    stub.status = 401
    assert (network.api().level, "without a key" in network.api().found) == ("ok", True)


def test_nothing_listens_on_this_machine(base: Callable[[str], None]) -> None:
    base(f"http://127.0.0.1:{closed_port()}/v1")
    found = network.api()
    assert (found.level, "refused the connection" in found.found) == ("fail", True)
    assert "pplx-widget serve" in found.advice


def test_a_host_that_is_not_there_is_offline(base: Callable[[str], None]) -> None:
    base("https://nothing.invalid/v1")
    assert network.api().level == "warn"


def test_no_tls_where_tls_was_asked_for(stub: Stub, base: Callable[[str], None]) -> None:
    base(f"https://127.0.0.1:{stub.server_address[1]}/v1")
    found = network.api()
    assert (found.level, "No secure connection" in found.found) == ("fail", True)
    assert stub.seen == []


def test_a_key_never_travels_in_the_clear(
    stub: Stub, base: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    # The stub acts as the proxy, so it sees every unencrypted request.
    base("http://gateway.example/v1")
    monkeypatch.setenv("HTTP_PROXY", stub.url)
    monkeypatch.setenv("PERPLEXITY_API_KEY", KEY)
    network.api()
    ((path, headers),) = stub.seen
    assert path == "http://gateway.example/v1/models"
    assert "authorization" not in headers


@pytest.mark.parametrize(
    ("name", "value"),
    [("SSL_CERT_FILE", "nowhere.pem"), ("HTTPS_PROXY", "odd://user:hunter2@proxy")],
)
def test_settings_that_cannot_be_used_are_findings(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    found = network.api()
    assert found.level in ("warn", "fail")
    assert "hunter2" not in str(found)


def test_an_impossible_base_url_is_a_finding(base: Callable[[str], None]) -> None:
    base("ftp://x")
    assert [c.level for c in (network.key(), network.api())] == ["fail", "fail"]
    assert [c.level for c in network.proxies()] == ["ok"]
