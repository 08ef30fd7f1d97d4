from __future__ import annotations

import sys
import types
from typing import Any

import pytest

import pplx_widget as pplx
from pplx_widget import config
from pplx_widget.config import base_url, credentials
from pplx_widget.core import errors

from ..conftest import SETTINGS


@pytest.mark.parametrize(
    "written",
    [
        "https://api.perplexity.ai",
        "https://api.perplexity.ai/",
        "https://api.perplexity.ai/v1/",
        "https://api.perplexity.ai/v1/responses",
        "https://api.perplexity.ai/chat/completions",
        "api.perplexity.ai",
        "http://api.perplexity.ai/v1",
        " https://api.perplexity.ai/v1 ",
    ],
)
def test_the_base_url_that_tutorials_have(written: str) -> None:
    assert base_url.check_base_url(written) == base_url.DEFAULT_BASE_URL


@pytest.mark.parametrize("path", ["", "/", "/v1", "/v1/", "/v1/chat/completions"])
def test_the_router_keeps_its_path(path: str) -> None:
    url = base_url.check_base_url(f"https://api.perplexity.ai/router{path}")
    assert url == "https://api.perplexity.ai/router/v1"
    pplx.configure(base_url=url, api_key="k-of-perplexity")
    found = config.connection()
    assert (found.base_url, found.written) == (url, None)
    assert found.key


def test_other_base_urls_stay() -> None:
    assert base_url.check_base_url("http://127.0.0.1:4000/v1/") == "http://127.0.0.1:4000/v1"


@pytest.mark.parametrize(
    "url", ["", "ftp://x.org", "https://", "https://u:p@x.org/v1", "https://x.org?key=k", "x", 3]
)
def test_a_base_url_that_cannot_be(url: str) -> None:
    with pytest.raises(errors.InvalidRequest):
        pplx.configure(base_url=url)


def test_a_password_in_a_base_url_is_not_repeated() -> None:
    for url in ("https://user:hunter22@x.org/v1", "https://user:hunter22@x.org:99999/v1"):
        with pytest.raises(errors.InvalidRequest) as caught:
            pplx.configure(base_url=url)
        assert "hunter22" not in str(caught.value)


def test_order_of_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    assert config.connection().needs_key
    monkeypatch.setenv("PPLX_API_KEY", "second")
    assert config.connection().key_from == "the environment variable PPLX_API_KEY"
    monkeypatch.setenv("PERPLEXITY_API_KEY", "first")
    assert config.connection().key_from == "the environment variable PERPLEXITY_API_KEY"
    pplx.configure(api_key="mine")
    found = config.connection()
    assert (found.key_from, found.needs_key) == ("configure", False)
    assert found.key is not None
    assert found.key.reveal() == "mine"


def test_an_empty_variable_is_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PERPLEXITY_API_KEY", " ")
    assert config.connection().needs_key
    with pytest.raises(errors.InvalidRequest, match="empty"):
        pplx.configure(api_key=" ")


def test_key_from_colab(monkeypatch: pytest.MonkeyPatch) -> None:
    def get(name: str) -> str:
        if name != "PPLX_API_KEY":
            raise KeyError(name)
        return "from-colab"

    monkeypatch.setitem(sys.modules, "google.colab", types.ModuleType("google.colab"))
    userdata = types.ModuleType("google.colab.userdata")
    userdata.get = get  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "google.colab.userdata", userdata)
    assert config.connection().key_from == "Colab's secrets"


def test_key_from_a_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(credentials, "_keyring_key", lambda: "stored")
    assert config.connection().key_from == "the keyring"


def test_stores_are_not_opened_for_a_server_on_this_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(credentials, "_keyring_key", lambda: pytest.fail("asked"))
    pplx.configure(base_url="http://localhost:8911/v1")
    found = config.connection()
    assert (found.key, found.needs_key) == (None, False)


@pytest.mark.parametrize(
    ("url", "here"),
    [
        ("http://127.0.0.1:1/v1", True),
        ("http://127.9.9.9/v1", True),
        ("http://localhost/v1", True),
        ("http://[::1]:1/v1", True),
        ("http://localhost.example.org/v1", False),
        ("http://127.example.org/v1", False),
        ("https://api.perplexity.ai/v1", False),
    ],
)
def test_loopback(url: str, here: bool) -> None:  # noqa: FBT001
    assert base_url.is_loopback(url) is here


def test_configure_merges_and_the_environment_comes_last(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PERPLEXITY_BASE_URL", "https://api.perplexity.ai")
    assert config.connection().base_url == base_url.DEFAULT_BASE_URL
    pplx.configure(base_url="http://127.0.0.1:1/v1")
    pplx.configure(timeout=90)
    found = config.connection()
    assert found.base_url == "http://127.0.0.1:1/v1"
    assert found.timeout == config.Timeout(5, 90)
    assert config.connection((1, 2)).timeout == config.Timeout(1, 2)


def test_a_slip_is_an_error_at_once_and_changes_nothing() -> None:
    before = config.settings()
    with pytest.raises(errors.InvalidRequest, match="Did you mean 'agent'"):
        config.configure(provider="agnet")
    with pytest.raises(errors.InvalidRequest, match="a number at least 0"):
        config.configure(budget="1 dollar")
    assert config.settings() == before


WRONG: list[dict[str, Any]] = [
    {"api_key": ""},
    {"api_key": "two words"},
    {"api_key": 5},
    {"base_url": "ftp://x.org"},
    {"base_url": ""},
    {"provider": "agnet"},
    {"model": " "},
    {"effort": "hi"},
    {"timeout": -1},
    {"timeout": (1, 2, 3)},
    {"max_retries": 11},
    {"check": "yes"},
    {"budget": -1},
    {"nope": 1},
]


@pytest.mark.parametrize("wrong", WRONG, ids=str)
def test_a_failing_call_changes_nothing_and_is_not_heard_of(
    monkeypatch: pytest.MonkeyPatch, wrong: dict[str, Any]
) -> None:
    heard: list[int] = []
    monkeypatch.setattr(SETTINGS, "_listeners", [lambda: heard.append(1)])
    for start in ({}, {"api_key": "the-first-key"}, {"base_url": "https://first.example/v1"}):
        monkeypatch.setattr(SETTINGS, "_settings", config.Settings())
        config.configure(**start)
        before, heard[:] = config.settings(), []
        right = {
            "api_key": "the-second-key",
            "base_url": "https://second.example/v1",
            "model": "m",
            "timeout": 9,
            "budget": 3,
        }
        with pytest.raises(errors.PplxError):
            config.configure(**(right | wrong))
        assert (config.settings(), heard) == (before, [])
        assert config.settings() is before


def test_who_hears_of_it_cannot_make_it_fail(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails() -> None:
        raise RuntimeError("a listener")

    heard: list[str | None] = []
    monkeypatch.setattr(
        SETTINGS, "_listeners", [fails, lambda: heard.append(config.settings().model)]
    )
    config.configure(model="m")
    assert heard == ["m"]
    assert "a listener" in caplog.text
