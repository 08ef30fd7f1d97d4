"""The local server on real sockets: its streams, its log, its start and its end."""

from __future__ import annotations

import http.client
import json
import socket
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import openai
import pytest

from pplx_widget.server.library import Library, samples
from pplx_widget.server.loopback import Served
from pplx_widget.server.server import LocalServer, ServerError

from ..support.exchanges import exchange
from ..support.local_client import ASK, ask, connect

NEVER = 3600.0  # seconds: a recorded time that no test reaches


def one(first: float, last: float) -> Library:
    """Return a library of one answer, to `ASK`."""
    return Library([exchange("one", first, last, also=(ASK["input"],))])


@pytest.mark.parametrize("path", ["/v1/responses", "/v1/agent", "/v1/agent/"])
def test_a_stream_as_the_service_sends_it(local: LocalServer, path: str) -> None:
    answer = ask(local, {**ASK, "stream": True}, path)
    assert answer.status == 200
    assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert {
        "x-request-id",
        "x-ratelimit-limit",
        "x-ratelimit-remaining",
        "x-ratelimit-reset",
        "x-ratelimit-used",
    } <= set(answer.headers)
    assert not [name for name in answer.headers if name.startswith("access-control")]
    sample, _ = samples().nearest(ASK["input"])
    assert [e["type"] for e in answer.events] == [e.data["type"] for e in sample.events if e.data]


def test_the_official_client_gets_the_same_answer_both_ways(local: LocalServer) -> None:
    with openai.OpenAI(base_url=local.base_url, api_key="none") as client:
        streamed = [
            e
            for e in client.responses.create(**ASK_SDK, stream=True)
            if e.type == "response.completed"
        ]
        whole = client.responses.create(**ASK_SDK)
    assert streamed[0].response.output_text == whole.output_text
    assert whole.model == "local/scripted-sample"
    assert streamed[0].response.id != whole.id
    assert [e.outcome for e in local.exchanges if e.wait(30)] == ["complete", "complete"]


ASK_SDK: Any = {
    "input": [{"role": "user", "content": "and CAP?"}],
    "extra_body": {"preset": "fast"},
}


def test_a_conversation_goes_on_from_a_response_of_this_server(local: LocalServer) -> None:
    first = ask(local, ASK).json["id"]
    assert ask(local, {**ASK, "previous_response_id": first}).status == 200
    refused = ask(local, {**ASK, "previous_response_id": "resp_unknown"})
    assert (refused.status, refused.json["error"]["message"]) == (400, "invalid request")


def test_the_log_has_bodies_and_no_headers(
    local: LocalServer, capfd: pytest.CaptureFixture[str]
) -> None:
    ask(local, ASK, Authorization="Bearer pplx-secret-123456")
    (served,) = local.exchanges
    assert served.wait(30)
    assert served.body == ASK
    assert served.ended is not None
    assert served.ended >= served.started
    assert "secret" not in repr(local.exchanges)
    assert capfd.readouterr() == ("", "")


def test_the_access_log_only_where_it_was_asked_for(capfd: pytest.CaptureFixture[str]) -> None:
    with LocalServer(speed=0, verbose=True) as local:
        ask(local, ASK, Authorization="Bearer pplx-secret-123456")
    log = capfd.readouterr().err
    assert '"POST /v1/responses HTTP/1.1" 200' in log
    assert "secret" not in log


def test_models_and_unknown_addresses(local: LocalServer) -> None:
    assert ask(local, None, "/v1/models", "GET").json["data"][0]["id"] == "local/scripted-sample"
    for method in ("GET", "POST"):
        lost = ask(local, {}, "/v2/nothing?key=1", method)
        assert (lost.status, lost.json["error"]["type"]) == (404, "not_found")
    assert ask(local, None, "/v1/models", "DELETE").json["error"]["code"] == 501


@pytest.mark.parametrize("stream", [True, False])
def test_a_client_that_goes_away_is_noticed_between_two_events(*, stream: bool) -> None:
    first = 0.0 if stream else NEVER
    with LocalServer(library=one(first, NEVER)) as local:
        if stream:
            connect(local, {**ASK, "stream": True}).close()
        else:
            parts = urlsplit(local.base_url)
            content = json.dumps(ASK).encode()
            with socket.create_connection((parts.hostname, parts.port), timeout=30) as client:
                head = f"POST /v1/agent HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(content)}\r\n\r\n"
                client.sendall(head.encode() + content)
                client.shutdown(socket.SHUT_WR)
                assert client.recv(1) == b""
        (served,) = local.exchanges
        assert served.wait(30)
        assert served.outcome == "closed by client"


def test_closing_ends_answers_on_their_way() -> None:
    with LocalServer(library=one(0.0, NEVER)) as local:
        client = connect(local, {**ASK, "stream": True})
        (served,) = local.exchanges
    with client:
        while client.recv(65536):
            pass
    assert served.wait(30)
    assert served.outcome == "closed by server"


def test_speed_scales_the_recorded_times() -> None:
    def duration(speed: float) -> float:
        with LocalServer(speed=speed, library=one(0.0, 0.6)) as local:
            ask(local, ASK)
            (served,) = local.exchanges
            assert served.wait(30)
            assert served.ended is not None
            return served.ended - served.started

    with ThreadPoolExecutor() as pool:
        slow, fast = pool.map(duration, (0.5, 2.0))
    # An answer is never early. On a busy machine it may be late, so only the order is checked.
    assert slow >= 1.19
    assert 0.29 <= fast < slow


def test_a_second_request_that_is_there_already_waits_for_its_turn() -> None:
    with LocalServer(library=one(0.1, 0.2)) as local:
        parts = urlsplit(local.base_url)
        with socket.create_connection((parts.hostname, parts.port), timeout=30) as client:
            content = json.dumps(ASK).encode()
            head = (
                f"POST /v1/agent HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(content)}\r\n"
            )
            client.sendall(head.encode() + b"\r\n" + content)
            client.sendall(head.encode() + b"Connection: close\r\n\r\n" + content)
            assert client.makefile("rb").read().count(b"HTTP/1.1 200 OK") == 2


def test_many_answers_at_once(local: LocalServer) -> None:
    with ThreadPoolExecutor(32) as pool:
        answers = list(pool.map(lambda n: ask(local, {**ASK, "stream": n % 2 == 0}), range(64)))
    assert {answer.status for answer in answers} == {200}
    assert len({served.response_id for served in local.exchanges}) == 64


def test_the_life_of_a_server() -> None:
    local = LocalServer(library=Library([exchange()]))
    with pytest.raises(ServerError, match=r"is not running.*start"):
        _ = local.base_url
    assert local.start().base_url == local.start().base_url
    assert local.base_url.startswith("http://127.0.0.1:")
    port = urlsplit(local.base_url).port
    assert port is not None
    with pytest.raises(ServerError, match=rf"Port {port} on 127\.0\.0\.1 cannot be used"):
        LocalServer(port=port).start()
    local.close()
    local.close()
    with LocalServer(port=port, library=Library([exchange()])) as again:
        assert urlsplit(again.base_url).port == port


@pytest.mark.parametrize(
    "options", [{"speed": -1}, {"speed": float("nan")}, {"port": 65536}, {"port": -1}]
)
def test_impossible_options(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"(speed|port) must be"):
        LocalServer(**options)


def test_what_fails_in_a_handler_goes_to_the_log_not_to_stderr(
    local: LocalServer,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("pplx_widget.server.handler.response", broken)
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        ask(local, ASK)
    (served,) = local.exchanges
    assert served.wait(30)
    assert served.outcome == "failed"
    local.close()
    assert "failed to handle a request" in caplog.text
    assert capfd.readouterr().err == ""


def test_a_served_question_waits_no_longer_than_told() -> None:
    assert Served({}).wait(0) is False
