"""`resume`: get a response that the service keeps, by its id."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest

import pplx_widget as pplx
from pplx_widget.providers import lasting

from ..support.wire_server import WireServer, completed

KEY = "pplx-0123456789abcdef0123456789abcdef"
SOURCE = {"id": 3, "title": "On bees", "url": "https://bees.org/2", "snippet": "", "source": "web"}
DONE: dict[str, Any] = {
    "id": "resp_1",
    "object": "response",
    "model": "some/model",
    "status": "completed",
    "output": [
        {"type": "search_results", "queries": ["bees"], "results": [SOURCE]},
        {
            "type": "message",
            "id": "msg_1",
            "role": "assistant",
            "content": [{"type": "output_text", "text": "They dance.[3]"}],
        },
    ],
    "usage": {"input_tokens": 1, "output_tokens": 2, "total_tokens": 3},
}


class Service(http.server.ThreadingHTTPServer):
    """A service that returns the given responses, repeats the last one, and keeps the requests."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.says: list[tuple[int, Any]] = []
        self.asked: list[tuple[str, str | None]] = []


class Handler(http.server.BaseHTTPRequestHandler):
    server: Service

    def do_GET(self) -> None:
        self.server.asked.append((self.path, self.headers["Authorization"]))
        status, body = (
            self.server.says[0] if len(self.server.says) == 1 else self.server.says.pop(0)
        )
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@pytest.fixture
def service(clean_settings: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    monkeypatch.setattr(lasting, "_PAUSE_S", 0.01)
    with Service() as service:
        thread = threading.Thread(target=service.serve_forever, args=(0.05,))
        thread.start()
        pplx.configure(
            base_url=f"http://127.0.0.1:{service.server_port}/v1", api_key=KEY, max_retries=0
        )
        yield service
        service.shutdown()
        thread.join()


def test_what_is_under_way_is_waited_for(service: Service) -> None:
    under_way = DONE | {"status": "in_progress", "output": [], "usage": None}
    service.says = [(200, under_way | {"status": "queued"}), (200, under_way), (200, DONE)]
    before = pplx.usage().questions
    answer = pplx.resume("resp_1", question="How do bees tell?").wait(30)
    assert (answer.status, answer.text, answer.question) == (
        "complete",
        "They dance.[3]",
        "How do bees tell?",
    )
    assert [(c.number, c.source.title) for c in answer.citations] == [(1, "On bees")]
    assert (answer.response_id, answer.usage.output_tokens) == ("resp_1", 2)
    key, path = f"Bearer {KEY}", "/v1/responses/resp_1"
    assert service.asked == [(f"{path}?stream=true", key), *[(path, key)] * 2]
    assert pplx.usage().questions == before


@pytest.mark.parametrize(
    ("kept", "status"),
    [
        (DONE | {"status": "cancelled"}, "stopped"),
        (DONE | {"status": "failed", "error": {"message": "Too much", "code": "x"}}, "failed"),
        ({"hello": 1}, "failed"),
    ],
)
def test_every_end(service: Service, kept: dict[str, Any], status: str) -> None:
    service.says = [(200, kept)]
    answer = pplx.resume("resp/1?").wait(30)
    assert answer.status == status
    assert service.asked[0][0] == "/v1/responses/resp%2F1%3F?stream=true"
    assert answer.question == "Response resp/1?"


def test_an_id_that_nobody_knows(service: Service) -> None:
    service.says = [(404, {"error": {"message": "no such response"}})]
    answer = pplx.resume("resp_0").wait(30)
    assert isinstance(answer.error, pplx.NotFound)


def test_stopping_stops_the_waiting(service: Service) -> None:
    service.says = [(200, DONE | {"status": "in_progress", "output": []})]
    answer = pplx.resume("resp_1")
    answer.stop()
    assert answer.wait(30).status == "stopped"


@pytest.mark.parametrize("wrong", ["", " ", None, 3])
def test_what_is_no_id(wrong: Any) -> None:
    with pytest.raises(pplx.InvalidRequest, match="response_id"):
        pplx.resume(wrong)


def test_a_further_question_is_asked_of_the_service(service: Service) -> None:
    service.says = [(200, DONE)]
    answer = pplx.resume("resp_1").wait(30)
    further = answer._ask_again.then("And ants?", lambda: answer._session)
    assert (further.provider, further.request.question) == (None, "And ants?")


def test_a_run_in_the_background(clean_settings: None) -> None:
    with WireServer() as server:
        server.respond([completed("Yes.", id="resp_2")])
        pplx.configure(base_url=server.base_url, api_key=KEY)
        answer = pplx.ask("How?", background=True).wait(30)
        assert server.requests[-1]["background"] is True
        assert answer.text == "Yes."
