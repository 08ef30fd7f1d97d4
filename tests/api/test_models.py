"""The list of models: any response is read, and failures are errors of this package."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

import pplx_widget as pplx
from pplx_widget import config
from pplx_widget.server.server import LocalServer

LIST = {
    "object": "list",
    "data": [
        {
            "id": "perplexity/sonar",
            "owned_by": "perplexity",
            "pricing": {"input": 1, "output": 1.5},
        },
        {"id": "openai/gpt-5", "pricing": {"input": 2, "cache": {"read": 0.1}, "unit": "USD"}},
        {"id": "bare", "pricing": None},
        {"no": "id"},
        7,
    ],
}


@pytest.fixture
def lists() -> Iterator[Callable[[bytes, int], None]]:
    answer: list[Any] = [b"", 200]

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            assert self.path == "/v1/models"
            self.send_response(answer[1])
            self.end_headers()
            self.wfile.write(answer[0])

        def log_message(self, *_args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        pplx.configure(base_url=f"http://127.0.0.1:{server.server_port}/v1", max_retries=0)

        def respond(content: bytes, status: int = 200) -> None:
            answer[:] = [content, status]

        yield respond
        server.shutdown()
        thread.join()


def test_a_list_is_read_as_it_comes(lists: Callable[..., None]) -> None:
    lists(json.dumps(LIST).encode())
    found = pplx.models()
    assert isinstance(found, tuple)
    assert [(m.id, m.owner) for m in found] == [
        ("perplexity/sonar", "perplexity"),
        ("openai/gpt-5", "openai"),
        ("bare", ""),
    ]
    assert found[0].pricing == {"input": 1, "output": 1.5}
    pytest.importorskip("pandas")
    frame = found.to_frame()
    assert [*frame.columns] == [
        "id",
        "owner",
        "pricing.input",
        "pricing.output",
        "pricing.cache.read",
        "pricing.unit",
    ]
    assert frame["pricing.input"].tolist()[:2] == [1.0, 2.0]
    assert frame["pricing.input"].dtype == float
    assert frame["pricing.unit"].dtype == object
    assert [*pplx.Models().to_frame().columns] == ["id", "owner"]


@pytest.mark.parametrize(
    ("content", "status", "error"),
    [
        (b"<html>", 200, pplx.ProviderFailed),
        (b"[]", 200, pplx.ProviderFailed),
        (b'{"data": 3}', 200, pplx.ProviderFailed),
        (b"{}", 401, pplx.KeyRejected),
        (b"", 404, pplx.NotFound),
        (b"", 503, pplx.ServiceFailed),
    ],
)
def test_what_goes_wrong_is_said(
    lists: Callable[..., None], content: bytes, status: int, error: type[pplx.PplxError]
) -> None:
    lists(content, status)
    with pytest.raises(error) as caught:
        pplx.models()
    assert caught.value.__context__ is None


def test_nobody_there() -> None:
    pplx.configure(base_url="http://127.0.0.1:9/v1")
    with pytest.raises(pplx.ConnectionFailed):
        pplx.models()


def test_the_list_needs_no_key(lists: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    """Perplexity's list is open; a server that wants a key for it says so."""
    # `config.connection` is the function, which hides its module of the same name.
    module = importlib.import_module("pplx_widget.config.connection")
    monkeypatch.setattr(module, "is_loopback", lambda _url: False)
    lists(json.dumps(LIST).encode())
    assert config.connection().needs_key
    assert pplx.models()[0].id == "perplexity/sonar"
    lists(b"{}", 401)
    with pytest.raises(pplx.MissingKey) as raised:
        pplx.models()
    assert raised.value.__context__ is None


def test_the_local_server_has_one() -> None:
    with LocalServer(speed=0) as server:
        pplx.configure(base_url=server.base_url)
        assert [m.id for m in pplx.models()] == ["local/scripted-sample"]
