"""A server that refuses the field `effort` is asked once more with `preset`, its older name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import pplx_widget as pplx
from pplx_widget.core import http_errors
from pplx_widget.core.secret import learn
from pplx_widget.providers import _preset

from ..support.wire_server import CREATED, WireServer, completed, delta

PROVIDERS: list[Any] = ["agent", "raw"]
JSON = {"Content-Type": "application/json"}
UNKNOWN = 'invalid request body: json: unknown field "effort"'


def error(message: str, **fields: Any) -> bytes:
    said = {"message": message, "type": "invalid_request", "code": 400, **fields}
    return json.dumps({"error": said}).encode()


class Old:
    """A server that refuses some fields, and answers any other question."""

    def __init__(self, server: WireServer, refused: dict[str, bytes] | None = None) -> None:
        self.refused = {"effort": error(UNKNOWN)} if refused is None else refused
        self._server = server
        server.before = self._before
        pplx.configure(base_url=server.base_url)

    def _before(self, _count: int, _path: str) -> None:
        body = self._server.requests[-1]
        for field, said in self.refused.items():
            if field in body:
                self._server.respond(said, status=400, headers=JSON)
                return
        self._server.respond([CREATED, delta("Yes."), completed()])

    @property
    def names(self) -> list[str]:
        """The field that each request had."""
        return [n for r in self._server.requests for n in ("effort", "preset") if n in r]


@pytest.mark.parametrize("provider", PROVIDERS)
def test_it_is_asked_once_more_and_the_server_is_remembered(
    server: WireServer, provider: Any
) -> None:
    old = Old(server)
    answer = pplx.ask("q", effort="low", temperature=0.5, provider=provider).wait(30)
    assert (answer.text, answer.status, answer.steps, answer.notes) == ("Yes.", "complete", (), ())
    first, second = server.requests
    assert second == {("preset" if n == "effort" else n): v for n, v in first.items()}
    assert second["preset"] == "low"
    assert answer.ask("And?", provider=provider).wait(30).status == "complete"
    assert answer.retry().wait(30).status == "complete"
    assert pplx.complete("q", effort="pro-search", provider=provider).text == "Yes."
    assert old.names == ["effort", *["preset"] * 4]
    assert server.requests[-1]["preset"] == "pro-search"


def test_another_server_and_another_key_are_asked_by_the_new_name(server: WireServer) -> None:
    old = Old(server)
    pplx.complete("q")
    pplx.configure(base_url=server.base_url, api_key="another-account-s-key")
    pplx.complete("q")
    assert old.names == ["effort", "preset"] * 2
    with WireServer() as other:
        Old(other, {})
        pplx.configure(base_url=other.base_url, api_key="another-account-s-key")
        pplx.complete("q")
        assert "effort" in other.requests[0]


@pytest.mark.parametrize(
    "said",
    [
        error("invalid request", param="effort"),
        error("Unrecognized request argument supplied: effort"),
        error("effort must be one of: fast low"),
        json.dumps({"detail": [{"loc": ["body", "effort"], "msg": "not permitted"}]}).encode(),
    ],
)
def test_each_way_to_name_the_field(server: WireServer, said: bytes) -> None:
    old = Old(server, {"effort": said})
    assert pplx.complete("q").text == "Yes."
    assert old.names == ["effort", "preset"]


@pytest.mark.parametrize(
    "said",
    [
        error("invalid request"),
        error("reasoning.effort must be one of: low high"),
        error("validation failed: reasoning effort is not supported"),
        error("reasoning_effort: no"),
        error("best-efforts are over"),
        json.dumps({"detail": [{"loc": ["body", "reasoning", "effort"], "msg": "no"}]}).encode(),
    ],
)
def test_another_refusal_is_no_reason(server: WireServer, said: bytes) -> None:
    old = Old(server, {"effort": said})
    failed = pplx.ask("q", reasoning_effort="max").wait(30)
    assert (failed.status, old.names) == ("failed", ["effort"])


def test_other_statuses_are_no_reason(server: WireServer) -> None:
    pplx.configure(base_url=server.base_url)
    for status in (401, 403, 404, 500):
        server.respond(error(UNKNOWN), status=status, headers=JSON)
        assert pplx.ask("q").wait(30).status == "failed"
    assert ["effort" in request for request in server.requests] == [True] * 4


def _again(old: Old) -> pplx.Answer:
    old.refused["preset"] = error("there is no such preset")
    return pplx.ask("q", effort="fast@1").wait(30)


def test_of_two_refusals_the_one_that_helps_is_shown(server: WireServer) -> None:
    old = Old(server, {"effort": error(UNKNOWN), "preset": error("temperature is out of range")})
    failed = pplx.ask("q").wait(30)
    assert "temperature is out of range" in str(failed.error)
    assert "no such preset" in str(_again(old).error)
    # It knew the preset, and was remembered. A server that refuses both is not.
    assert old.names == ["effort", "preset", "preset"]


def test_a_server_that_refuses_both_is_not_remembered(server: WireServer) -> None:
    old = Old(
        server,
        {
            "effort": error("validation failed: there is no effort fast@1"),
            "preset": error('json: unknown field "preset"'),
        },
    )
    for _ in range(2):
        failed = pplx.ask("q", effort="fast@1").wait(30)
        assert failed.error is not None
        assert "no effort fast@1" in failed.error.why
        assert "effort=…" in failed.error.try_this
        assert failed.error.__context__ is None
    assert old.names == ["effort", "preset"] * 2


def test_a_forgotten_conversation_and_an_older_name_go_together(server: WireServer) -> None:
    Old(server, {})
    first = pplx.ask("One?").wait(30)
    old = Old(server, {"effort": error(UNKNOWN), "previous_response_id": error("invalid request")})
    second = first.ask("Two?").wait(30)
    assert (second.status, len(second.notes)) == ("complete", 1)
    last = server.requests[-1]
    assert "preset" in last
    assert [turn["content"] for turn in last["input"]] == ["One?", "Yes.", "Two?"]
    assert old.names == ["effort", "effort", "preset", "preset"]


def test_a_refusal_for_want_of_a_turn_keeps_the_name(server: WireServer) -> None:
    Old(server)
    answers: list[Any] = [
        (error(UNKNOWN), 400, JSON),
        (b"", 429, {"retry-after-ms": "20"}),
        ([CREATED, delta("Yes."), completed()], 200, {}),
    ]

    def before(count: int, _path: str) -> None:
        body, status, headers = answers[count]
        server.respond(body, status=status, headers=headers)

    server.before = before
    answer = pplx.ask("q").wait(30)
    assert (answer.text, [step.kind for step in answer.steps]) == ("Yes.", ["retry"])
    assert ["preset" in request for request in server.requests] == [False, True, True]


def test_an_effort_of_extra_body_is_the_callers(server: WireServer) -> None:
    old = Old(server)
    failed = pplx.ask("q", extra_body={"effort": "low"}).wait(30)
    assert (failed.status, old.names) == ("failed", ["effort"])
    assert "extra_body" in str(failed.error)


def test_a_chat_server_gets_neither(server: WireServer) -> None:
    pplx.configure(base_url=server.base_url)
    server.respond(error(UNKNOWN), status=400, headers=JSON)
    assert pplx.ask("q", model="m", provider="chat").wait(30).status == "failed"
    assert len(server.requests) == 1


def test_a_race_does_the_same(server: WireServer) -> None:
    old = Old(server)
    pplx.race("q").wait(30)
    assert {"effort", "preset"} == set(old.names)
    assert "preset" in server.requests[-1]


def test_a_recording_has_what_was_taken_and_its_replay_finds_it(
    server: WireServer, tmp_path: Path
) -> None:
    talk = tmp_path / "talk.jsonl"
    Old(server)
    with pplx.record(talk):
        for effort in ("low", "high"):
            pplx.ask("q", effort=effort).wait(30)
    header = json.loads(talk.read_text().splitlines()[0])
    assert header["request"]["preset"] == "low"
    with pplx.replay(talk, speed=None) as replay:
        high = pplx.ask("q", effort="high").wait(10)
        assert high.status == "complete"
        (played,) = replay._played
        chosen = next(e for e in replay._exchanges if e.id == played)
        assert chosen.request["preset"] == "high"


def test_the_words_of_an_error_hold_no_key() -> None:
    learn("pplx-abcdefghijklmnop")
    refused = http_errors.from_response(
        400, {}, error("effort pplx-abcdefghijklmnop", param="effort")
    )
    assert "abcdefghijklmnop" not in repr(vars(refused))
    assert _preset._refuses_effort(refused)
