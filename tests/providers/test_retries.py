"""Asking again before anything has come: when, how often, after which pause, and seen by whom."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

import pplx_widget as pplx
from pplx_widget.core import errors, http_errors
from pplx_widget.core.events import Finished, Retrying, Text
from pplx_widget.core.state import AnswerState, Step
from pplx_widget.document.record import from_record, to_record
from pplx_widget.providers import Raw, _retries

from ..support.byte_server import until
from ..support.recording_comm import RecordingComm, answer_comm, page_state
from ..support.wire_server import WireServer, completed, delta

GOOD = [delta("fine"), completed()]
CHAT = [
    b'data: {"choices": [{"index": 0, "delta": {"content": "fine"}, "finish_reason": "stop"}]}\n\n'
]
PROVIDERS: list[Any] = ["agent", "raw", "chat", Raw("chat")]
SOON = {"retry-after-ms": "20"}


def answers(server: WireServer, *statuses: int, headers: dict[str, str] | None = None) -> None:
    """Refuse with one status after the other, then answer."""

    def next_answer(count: int, path: str) -> None:
        if count < len(statuses):
            server.respond(
                b"", status=statuses[count], headers=SOON if headers is None else headers
            )
        else:
            server.respond(CHAT if path.endswith("completions") else GOOD)

    server.before = next_answer


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("statuses", [(429,), (503, 429)])
def test_it_is_asked_again(server: WireServer, provider: Any, statuses: tuple[int, ...]) -> None:
    pplx.configure(base_url=server.base_url, provider=provider)
    answers(server, *statuses)
    answer = pplx.ask("q", model="m").wait(30)
    assert (answer.status, answer.text) == ("complete", "fine")
    assert [step.kind for step in answer.steps] == ["retry"] * len(statuses)
    assert len(server.requests) == len(statuses) + 1
    assert all(request == server.requests[0] for request in server.requests)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_twice_and_not_more(server: WireServer, provider: Any) -> None:
    pplx.configure(base_url=server.base_url, provider=provider)
    answers(server, *[503] * 9)
    answer = pplx.ask("q", model="m").wait(30)
    assert isinstance(answer.error, errors.ServiceFailed)
    assert len(server.requests) == 3
    assert [step.items for step in answer.steps] == [("Service failed", answer.error.what)] * 2


@pytest.mark.parametrize("most", [0, 1, 4])
def test_as_often_as_configured(server: WireServer, most: int) -> None:
    pplx.configure(base_url=server.base_url, max_retries=most)
    answers(server, *[429] * 9)
    assert pplx.ask("q").wait(30).error
    assert len(server.requests) == most + 1


@pytest.mark.parametrize("most", [-1, 11, 1.5, True, "2"])
def test_what_max_retries_cannot_be(most: Any) -> None:
    with pytest.raises(errors.InvalidRequest, match="max_retries"):
        pplx.configure(max_retries=most)


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize(
    "status", [400, 401, 403, 404, 408, 409, 413, 422, 500, 502, 504, 522, 523, 524, 529]
)
def test_a_question_that_may_have_been_taken_is_not_asked_again(
    server: WireServer, provider: Any, status: int
) -> None:
    """Behind a gateway that gave up waiting, the service may be at work on it, and bills it."""
    pplx.configure(base_url=server.base_url, provider=provider)
    answers(server, status)
    answer = pplx.ask("q", model="m").wait(30)
    assert (answer.status, answer.steps, len(server.requests)) == ("failed", (), 1)
    assert answer.error is not None
    if status >= 500 or status in (408, 409):
        assert answer.error.retry


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("headers", [{}, {"retry-after": "soon"}, {"x-ratelimit-reset": "1"}])
def test_503_is_a_refusal_only_if_it_says_when_to_come_back(
    server: WireServer, provider: Any, headers: dict[str, str]
) -> None:
    pplx.configure(base_url=server.base_url, provider=provider)
    answers(server, 503, headers=headers)
    assert pplx.ask("q", model="m").wait(30).status == "failed"
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("status", "should", "asked"),
    [(503, "false", 1), (429, "false", 1), (400, "true", 1), (500, "true", 1)],
)
def test_the_service_may_say_whether(
    server: WireServer, status: int, should: str, asked: int
) -> None:
    pplx.configure(base_url=server.base_url)
    answers(server, status, headers=SOON | {"x-should-retry": should})
    pplx.ask("q").wait(30)
    assert len(server.requests) == asked


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize(
    "begun",
    [
        [delta("a")],
        [],
        [b": a comment\n\n"],
        [b'data: {"error": {"message": "busy", "code": 429}}\n\n'],
        [b"data: {broken\n\n"],
    ],
)
def test_never_once_it_has_begun(server: WireServer, provider: Any, begun: list[bytes]) -> None:
    pplx.configure(base_url=server.base_url, provider=provider)
    server.respond(begun, whole=False)
    answer = pplx.ask("q", model="m").wait(30)
    assert answer.status == "failed"
    assert (answer.steps, len(server.requests)) == ((), 1)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_never_after_a_silence(server: WireServer, provider: Any) -> None:
    """The service may be at work on it, and it would be billed twice."""
    pplx.configure(base_url=server.base_url, provider=provider, timeout=(5, 0.2))
    silent = threading.Event()
    server.before = lambda _count, _path: silent.wait(30)
    answer = pplx.ask("q", model="m").wait(30)
    until(lambda: server.requests)  # the server's thread may be late
    silent.set()
    assert isinstance(answer.error, errors.TimedOut)
    assert (answer.steps, len(server.requests)) == ((), 1)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_server_that_comes_up_meanwhile(provider: Any) -> None:
    with WireServer() as server:
        server.respond(GOOD if provider in ("agent", "raw") else CHAT)
        port, late = server.close_for_now(), threading.Event()
        pplx.configure(base_url=f"http://127.0.0.1:{port}/v1", provider=provider, max_retries=10)

        def noticed(change: Any) -> None:
            if not late.is_set() and change["new"]:
                late.set()

        answer = pplx.ask("q", model="m")
        answer.observe(noticed, names="steps")
        assert late.wait(30) or answer.steps
        server.open_again()
        assert answer.wait(60).text == "fine"
        assert answer.steps[0].items[0] == "Connection failed"


def test_stopping_in_the_pause(server: WireServer) -> None:
    pplx.configure(base_url=server.base_url)
    answers(server, 429, headers={"retry-after": "50"})
    waits = threading.Event()
    answer = pplx.ask("q")
    answer.observe(lambda _: waits.set(), names="steps")
    assert answer.steps or waits.wait(30)
    answer.stop()
    assert answer.wait(5).status == "stopped"
    assert len(server.requests) == 1


# ---- the pause --------------------------------------------------------------------------------------


def refused(status: int = 429, **headers: str) -> errors.PplxError:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return http_errors.from_response(status, named, None)


@pytest.mark.parametrize(
    ("error", "seconds"),
    [
        (lambda: refused(retry_after="7"), 7),
        (lambda: refused(retry_after_ms="1500", retry_after="9"), 1.5),
        (lambda: refused(x_ratelimit_reset="3.5"), 3.5),
        (lambda: refused(503, retry_after="2"), 2),
        (lambda: refused(503), None),
        (lambda: refused(500, retry_after="2"), None),
        (lambda: refused(504, retry_after="2"), None),
        (lambda: refused(retry_after="61"), None),
        (lambda: refused(401, retry_after="2"), None),
        (errors.missing_key, None),
        (lambda: errors.cut(kept=True), None),
    ],
)
def test_how_long_the_pause_is(
    error: Callable[[], errors.PplxError], seconds: float | None
) -> None:
    assert _retries.pause(error(), 0) == seconds


def test_a_date_is_understood() -> None:
    at = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() + 30))
    pause = _retries.pause(refused(retry_after=at), 0)
    assert pause is not None
    assert 25 < pause <= 30


@pytest.mark.parametrize(
    "headers", [{}, {"retry_after": "0"}, {"retry_after": "Thu, 26 Nov 2026 08:00:00 GMT"}]
)
def test_without_a_time_to_wait_it_grows(headers: dict[str, str]) -> None:
    error = refused(429, **headers)
    pauses = [_retries.pause(error, retries) for retries in range(10)]
    for retries, pause in enumerate(pauses):
        longest = min(0.5 * 2**retries, 8)
        assert pause is not None
        assert longest * 0.75 <= pause <= longest


# ---- who sees it ------------------------------------------------------------------------------------

PAUSE = Retrying(refused(), 3.0)


def test_a_pause_is_a_step_and_no_sign_of_the_service() -> None:
    state = AnswerState()
    state.connect()
    state.apply(PAUSE, 1.0)
    what = "Too many requests (HTTP 429)."
    assert state.steps == (Step("retry", 1.0, ("Rate limited", what), seconds=3.0),)
    assert (state.status, state.timing.first_event) == ("connecting", None)
    state.apply(Text("a"), 4.5)
    assert state.timing.first_event == 4.5
    state.apply(Finished(), 5.0)
    assert from_record(to_record("q", state))[1].steps == state.steps


def test_the_page_is_told(server: WireServer, comms: list[RecordingComm]) -> None:
    pplx.configure(base_url=server.base_url)
    answers(server, 429)
    answer = pplx.ask("q").wait(30)
    (step,) = page_state(answer_comm(comms))["steps"]
    told = {
        "kind": "retry",
        "items": ["Rate limited", "Too many requests (HTTP 429)."],
        "found": None,
    }
    assert step == told | {"at": step["at"], "seconds": 0.02}
    assert "Retried: Too many requests (HTTP 429)." in answer.to_html()
