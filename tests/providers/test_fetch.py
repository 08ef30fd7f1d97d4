"""HTTP by a page's `fetch`, replaced by a fake here; `scripts/lite --check` has the real one."""

from __future__ import annotations

import asyncio
import json
import sys
import threading
import types
from collections.abc import Iterator
from typing import Any

import httpx2
import openai
import pytest

import pplx_widget as pplx
from pplx_widget.core import browser_packages, threads
from pplx_widget.providers import fetch, http, sdk

from ..support.wire_server import completed, delta

BASE = "http://127.0.0.1:1/v1"


class JsException(Exception):
    """An exception of JavaScript."""


class Page:
    """A browser's fetch, and what it was asked."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.aborted, self.held = threading.Event(), threading.Event()
        self.pieces: list[bytes | None] = []
        self.status, self.type = 200, "cors"
        self.headers = [("content-type", "text/event-stream"), ("content-encoding", "gzip")]
        self.fails: Exception | None = None
        self.silent = False

    async def fetch(self, url: str, options: dict[str, Any]) -> Any:
        self.asked.append({"url": url, **options})
        if self.silent:
            self.held.set()
            await asyncio.Event().wait()
        if self.fails:
            raise self.fails
        entries = types.SimpleNamespace(entries=lambda: self.headers)
        return types.SimpleNamespace(
            status=self.status,
            type=self.type,
            headers=entries,
            body=types.SimpleNamespace(getReader=self.reader),
        )

    def reader(self) -> Any:
        pieces = iter(self.pieces)

        async def read() -> Any:
            piece = next(pieces, b"")
            if piece is None:
                self.held.set()
                await asyncio.Event().wait()
            value = types.SimpleNamespace(to_bytes=lambda: piece)
            return types.SimpleNamespace(done=not piece, value=value)

        return types.SimpleNamespace(read=read)

    def controller(self) -> Any:
        return types.SimpleNamespace(abort=self.aborted.set, signal="signal")


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> Iterator[Page]:
    found = Page()
    js = types.SimpleNamespace(
        fetch=found.fetch,
        AbortController=types.SimpleNamespace(new=found.controller),
        Object=types.SimpleNamespace(fromEntries=dict),
        location=types.SimpleNamespace(origin="https://page.example"),
    )
    ffi = types.SimpleNamespace(JsException=JsException, to_js=lambda value, **_: value)
    monkeypatch.setitem(sys.modules, "js", js)
    monkeypatch.setitem(sys.modules, "pyodide", types.ModuleType("pyodide"))
    monkeypatch.setitem(sys.modules, "pyodide.ffi", ffi)
    monkeypatch.setattr(fetch, "by_fetch", lambda: True)
    for transport in (http, sdk):
        monkeypatch.setattr(transport.clients, "_clients", {})
    pplx.configure(base_url=BASE, api_key="key-of-the-class-0001", max_retries=0)
    yield found
    pplx.configure(max_retries=2)


PROVIDERS = pytest.mark.parametrize("provider", ["raw", "agent"])


@PROVIDERS
def test_an_answer_comes_by_fetch(page: Page, provider: Any) -> None:
    whole = delta("by fetch") + completed()
    page.pieces = [whole[:30], whole[30:]]
    answer = pplx.ask("q", provider=provider).wait(30)
    assert (answer.text, answer.status, answer.error) == ("by fetch", "complete", None)
    (asked,) = page.asked
    assert asked["url"] == f"{BASE}/responses"
    assert json.loads(asked["body"])["input"] == "q"
    assert (asked["redirect"], asked["credentials"]) == ("manual", "omit")


@PROVIDERS
def test_a_server_has_to_allow_two_headers_only(page: Page, provider: Any) -> None:
    page.pieces = [completed()]
    pplx.ask("q", provider=provider).wait(30)
    assert {name.lower() for name in page.asked[0]["headers"]} == {
        "accept",
        "authorization",
        "content-type",
    }


@PROVIDERS
def test_further_headers_are_sent(page: Page, provider: Any) -> None:
    page.pieces = [completed()]
    pplx.ask("q", provider=provider, extra_headers={"X-Title": "course"}).wait(30)
    assert {name.lower(): value for name, value in page.asked[0]["headers"].items()}[
        "x-title"
    ] == "course"


@PROVIDERS
def test_stop_hangs_up_while_text_arrives(page: Page, provider: Any) -> None:
    page.pieces = [delta("begun"), None]
    answer = pplx.ask("q", provider=provider)
    assert page.held.wait(30)
    assert not page.aborted.is_set()
    answer.stop()
    assert (answer.wait(30).status, answer.text) == ("stopped", "begun")
    assert page.aborted.wait(30)


@PROVIDERS
def test_stop_hangs_up_before_the_head_has_come(page: Page, provider: Any) -> None:
    page.silent = True
    answer = pplx.ask("q", provider=provider)
    assert page.held.wait(30)
    answer.stop()
    assert answer.wait(30).status == "stopped"
    assert page.aborted.wait(30)


@PROVIDERS
def test_a_silent_server_times_out(page: Page, provider: Any) -> None:
    page.silent = True
    answer = pplx.ask("q", provider=provider, timeout=0.05).wait(30)
    assert isinstance(answer.error, pplx.TimedOut)
    assert page.aborted.is_set()


@PROVIDERS
def test_a_refusal_says_what_a_page_may_do(page: Page, provider: Any) -> None:
    page.fails = JsException("TypeError: Failed to fetch")
    answer = pplx.ask("q", provider=provider).wait(30)
    assert isinstance(answer.error, pplx.ConnectionFailed)
    assert "--allow-origin https://page.example" in str(answer.error)
    assert "can read a key" in str(answer.error)
    assert not answer.error.transient
    assert len(page.asked) == 1
    assert len(str(answer.error)) <= 600


@PROVIDERS
def test_the_service_is_not_said_to_allow_pages(page: Page, provider: Any) -> None:
    page.fails = JsException("TypeError: Failed to fetch")
    pplx.configure(base_url="https://api.perplexity.ai", api_key="pplx-0123456789abcdefghij")
    answer = pplx.ask("q", provider=provider).wait(30)
    assert "is not known" in str(answer.error)
    assert "HTTPS_PROXY" not in str(answer.error)


@PROVIDERS
def test_a_redirect_is_not_followed(page: Page, provider: Any) -> None:
    page.type, page.status = "opaqueredirect", 0
    answer = pplx.ask("q", provider=provider).wait(30)
    assert isinstance(answer.error, pplx.NotFound)
    assert "redirects" in str(answer.error)


@PROVIDERS
def test_a_connection_that_breaks_keeps_the_text(page: Page, provider: Any) -> None:
    page.pieces = [delta("kept")]

    def broken() -> Any:
        reader = Page.reader(page)
        inner, count = reader.read, iter([False, True])

        async def read() -> Any:
            if next(count):
                raise JsException("network error")
            return await inner()

        return types.SimpleNamespace(read=read)

    page.reader = broken  # type: ignore[method-assign]
    answer = pplx.ask("q", provider=provider).wait(30)
    assert (answer.text, type(answer.error)) == ("kept", pplx.ConnectionCut)


@PROVIDERS
def test_an_error_of_the_server_is_read(page: Page, provider: Any) -> None:
    page.status = 401
    page.pieces = [b'{"error": {"message": "wrong key"}}']
    answer = pplx.ask("q", provider=provider).wait(30)
    assert isinstance(answer.error, pplx.KeyRejected)


def test_where_there_are_sockets_nothing_changes() -> None:
    assert not fetch.by_fetch()
    where = types.SimpleNamespace(base_url=BASE)
    for client in (httpx2.AsyncClient, openai.DefaultAsyncHttpxClient):
        given = fetch.connecting(where, client, limits=1)  # type: ignore[arg-type]
        assert given.keys() == {"verify", "limits"}


def test_packages_are_loaded_when_they_are_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = []

    class Pyodide(types.ModuleType):
        async def loadPackage(self, names: list[str]) -> None:  # noqa: N802 (Pyodide's name)
            loaded.append(names)

    monkeypatch.setitem(sys.modules, "pyodide_js", Pyodide("pyodide_js"))
    asyncio.run(browser_packages.load("openai"))
    assert loaded == []  # this Python has its packages
    monkeypatch.setattr(threads, "can_start", lambda: False)
    asyncio.run(browser_packages.load("openai"))
    assert loaded == [["openai"]]
    assert not browser_packages.load_now("pandas")  # nothing can suspend the caller
