"""Every provider through `ask`: its end, its connection, its key."""

from __future__ import annotations

import doctest
import gc
import traceback
from typing import Any

import pytest

import pplx_widget as pplx
from pplx_widget import providers
from pplx_widget.core import errors
from pplx_widget.providers import Raw, http

from ..support.asker import ALL, GOOD, chunk, model_for
from ..support.wire_server import WireServer, delta

KEY = "pplx-Zq7correcthorsebattery00staple11"


@pytest.mark.parametrize(("provider", "shape"), ALL)
def test_asking(server: WireServer, provider: Any, shape: str) -> None:
    pplx.configure(base_url=server.base_url, provider=provider)
    server.respond(GOOD[shape])
    answer = pplx.ask("q", model=model_for(shape)).wait(30)
    assert (answer.status, answer.text) == ("complete", "Hello you[1]")
    assert [c.id for c in answer.citations] == [1]
    server.respond(GOOD[shape][:-2])
    assert isinstance(answer.retry().wait(30).error, errors.ConnectionCut)


@pytest.mark.parametrize("provider", ["raw", Raw("chat"), "chat"])
def test_stopping_closes_the_connection(server: WireServer, provider: Any) -> None:
    pplx.configure(base_url=server.base_url)
    server.respond([chunk("a") if provider != "raw" else delta("a"), 30.0])
    answer = pplx.ask("q", provider=provider, model="m")
    while not answer.text:
        pass
    answer.stop()
    assert answer.wait(5).status == "stopped"
    assert server.client_left.wait(5)


@pytest.mark.parametrize("provider", ["raw", "chat", Raw("chat")])
def test_without_a_key(provider: Any) -> None:
    answer = pplx.ask("q", provider=provider, model="m")
    assert isinstance(answer.wait(5).error, errors.MissingKey)


@pytest.mark.parametrize("status", [200, 401])
@pytest.mark.parametrize("provider", ["raw", Raw("chat"), "chat"])
def test_a_key_shows_nowhere(
    server: WireServer, caplog: pytest.LogCaptureFixture, provider: Any, status: int
) -> None:
    caplog.set_level("DEBUG")
    pplx.configure(api_key=KEY, base_url=server.base_url, provider=provider)
    server.respond(f'{{"error": {{"message": "bad {KEY}"}}}}'.encode(), status=status)
    error = pplx.ask("q", model="m").wait(30).error
    assert server.headers[0]["authorization"] == f"Bearer {KEY}"
    assert error is not None
    assert error.__context__ is error.__cause__ is None
    shown = (
        "".join(traceback.format_exception(error))
        + caplog.text
        + repr(list(http.clients._clients.values()))
    )
    assert KEY[5:] not in shown
    for at, _ in traceback.walk_tb(error.__traceback__):
        if at.f_globals["__name__"].startswith("pplx_widget"):
            assert KEY[5:] not in repr(at.f_locals)


def test_the_example_of_the_protocol_runs() -> None:
    finder = doctest.DocTestFinder()
    (test,) = [t for t in finder.find(providers.Provider, "Provider") if t.examples]
    assert doctest.DocTestRunner().run(test).failed == 0


@pytest.mark.parametrize("key", [KEY, None])
@pytest.mark.parametrize(("provider", "shape"), ALL)
def test_nothing_that_is_for_another_service_is_sent(
    server: WireServer, monkeypatch: pytest.MonkeyPatch, provider: Any, shape: str, key: str | None
) -> None:
    """The SDK reads OpenAI's variables, and adds what they say to every request."""
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "X-Theirs: theirs\nAuthorization: Bearer theirs")
    for name in ("ORG_ID", "PROJECT_ID", "API_KEY", "ADMIN_KEY", "BASE_URL"):
        monkeypatch.setenv(f"OPENAI_{name}", "theirs")
    pplx.configure(base_url=server.base_url, api_key=key)
    server.respond(GOOD[shape])
    assert pplx.ask("q", provider=provider, model=model_for(shape)).wait(30).status == "complete"
    (headers,) = server.headers
    assert "theirs" not in repr(headers)
    assert headers.get("authorization") == (key and f"Bearer {key}")
    assert headers["x-pplx-integration"].startswith("pplx_widget/")


@pytest.mark.parametrize("collects", [True, False])
def test_an_import_leaves_the_garbage_collector_as_it_was(*, collects: bool) -> None:
    before = gc.isenabled()
    (gc.enable if collects else gc.disable)()
    try:
        assert providers._imported(".streamed").Streamed
        assert gc.isenabled() is collects
        with pytest.raises(ModuleNotFoundError):
            providers._imported(".none")
        assert gc.isenabled() is collects
    finally:
        (gc.enable if before else gc.disable)()
