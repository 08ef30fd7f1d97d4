"""Answers that the service refuses, cuts off or never begins."""

from __future__ import annotations

import json
import socket
import threading

import pytest

import pplx_widget as pplx
from pplx_widget.core import errors

from ..support.wire_server import CREATED, WireServer, completed, delta

pytestmark = pytest.mark.usefixtures("asks_the_wire_server")


@pytest.mark.parametrize("whole", [True, False])
def test_a_stream_without_its_end_is_cut(server: WireServer, *, whole: bool) -> None:
    server.respond([CREATED, delta("half a sent")], whole=whole)
    answer = pplx.ask("q").wait(30)
    assert answer.status == "failed"
    assert answer.text == "half a sent"
    assert isinstance(answer.error, errors.ConnectionCut)
    with pytest.raises(errors.ConnectionCut, match="The connection was cut"):
        answer.raise_for_status()


def test_a_page_of_html_with_status_200(server: WireServer) -> None:
    page = b"<html><body>Log in to the hotel's network</body></html>"
    server.respond(page, headers={"Content-Type": "text/html"})
    error = pplx.ask("q").wait(30).error
    assert isinstance(error, errors.ServiceFailed)
    assert "login page" in error.why
    assert "<" not in str(error)


def test_an_empty_stream_keeps_nothing(server: WireServer) -> None:
    server.respond([])
    error = pplx.ask("q").wait(30).error
    assert isinstance(error, errors.ConnectionCut)
    assert "kept" not in error.why


def test_the_retired_endpoint(server: WireServer) -> None:
    body = {"error": {"message": "x", "type": "chat_completions_not_available", "code": 403}}
    server.respond(
        json.dumps(body).encode(), status=403, headers={"Content-Type": "application/json"}
    )
    error = pplx.ask("q").wait(30).error
    assert isinstance(error, errors.EndpointRetired)
    assert "key is not" in error.why


@pytest.mark.parametrize(
    ("status", "kind", "said", "retry"),
    [
        (400, errors.RequestRejected, "HTTP 400", False),
        (401, errors.KeyRejected, "API key", True),
        (403, errors.Forbidden, "HTTP 403", False),
        (404, errors.NotFound, "base URL", False),
        (413, errors.RequestRejected, "too large", False),
        (422, errors.RequestRejected, "HTTP 422", False),
    ],
)
@pytest.mark.parametrize(
    "body", [b"", b"<html><h1>Oops</h1></html>", b'{"error": {"message": "m"}}']
)
def test_statuses(
    server: WireServer,
    status: int,
    kind: type[errors.PplxError],
    said: str,
    body: bytes,
    *,
    retry: bool,
) -> None:
    content = "application/json" if body.startswith(b"{") else "text/html"
    headers = {"Content-Type": content, "x-request-id": "req-7"}
    server.respond(body, status=status, headers=headers)
    error = pplx.ask("q").wait(30).error
    assert type(error) is kind
    assert said in str(error)
    assert "<" not in str(error)
    assert (error.retry, error.request_id) == (retry, "req-7")
    assert error.what
    assert error.try_this


@pytest.mark.parametrize(
    ("status", "kind"),
    [(429, errors.RateLimited), (500, errors.ServiceFailed), (503, errors.ServiceFailed)],
)
def test_a_page_of_html_in_place_of_an_error(
    server: WireServer, status: int, kind: type[errors.PplxError]
) -> None:
    pplx.configure(max_retries=0)
    headers = {"retry-after": "30", "Content-Type": "text/html"}
    server.respond(b"<html>down</html>", status=status, headers=headers)
    answer = pplx.ask("q").wait(30)
    assert type(answer.error) is kind
    assert answer.error.retry
    assert "<" not in str(answer.error)


def test_a_refused_connection() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        pplx.configure(base_url=f"http://127.0.0.1:{unused.getsockname()[1]}/v1")
        answer = pplx.ask("q").wait(30)
    assert isinstance(answer.error, errors.ConnectionFailed)
    assert "refused" in answer.error.what
    assert answer.error.retry


def test_a_silent_service_times_out(server: WireServer) -> None:
    gate = threading.Event()
    server.respond([delta("kept"), gate])
    answer = pplx.ask("q", timeout=0.2).wait(30)
    gate.set()
    assert isinstance(answer.error, errors.TimedOut)
    assert answer.text == "kept"


def test_a_response_without_an_end_is_closed(server: WireServer) -> None:
    server.respond([CREATED, delta("a"), completed(), threading.Event()])
    assert pplx.ask("q").wait(30).status == "complete"
    assert server.client_left.wait(10)


def test_no_key_is_an_answer_that_says_what_to_do(server: WireServer) -> None:
    pplx.configure(base_url="https://api.perplexity.ai/v1")
    answer = pplx.ask("q")
    assert answer.status == "failed"
    assert isinstance(answer.error, errors.MissingKey)
    for way in ("PERPLEXITY_API_KEY", "pplx.configure", "Colab", "pplx-widget serve"):
        assert way in answer.error.try_this
    assert answer.wait(1) is answer
