"""`extra_body` and `extra_headers`: merged last, and no key in them is shown anywhere."""

from __future__ import annotations

import copy
import json
import pickle
import traceback
from pathlib import Path
from typing import Any

import pytest

import pplx_widget as pplx
from pplx_widget.core import errors
from pplx_widget.core.secret import redact
from pplx_widget.core.secret_names import is_secret_name, masked
from pplx_widget.document.record import to_record
from pplx_widget.providers import Raw
from pplx_widget.question.extras import ExtraBody, ExtraHeaders
from pplx_widget.recordings.format import read

from ..support.asker import GOOD
from ..support.wire_server import WireServer

KEY = "Zq7-correcthorse-battery00"
OURS = "pplx-0123456789abcdefghij"
AGENTS: list[Any] = ["agent", "raw"]
CHATS: list[Any] = ["chat", Raw("chat")]
EVERY = [(p, "agent") for p in AGENTS] + [(p, "chat") for p in CHATS]


def asked(server: WireServer, provider: Any, shape: str, **options: Any) -> pplx.Answer:
    server.respond(GOOD[shape])
    return pplx.ask("q", provider=provider, model="m", **options).wait(30)


@pytest.fixture(autouse=True)
def asks(server: WireServer) -> None:
    pplx.configure(base_url=server.base_url, api_key=OURS, max_retries=0)


@pytest.mark.parametrize(("provider", "shape"), EVERY)
def test_they_are_merged_last(server: WireServer, provider: Any, shape: str) -> None:
    body = {"temperature": 1.5, "top_k": 40, "metadata": {"a": [1, None]}}
    headers = {"X-Title": "My course", "user-agent": "mine/1", "authorization": f"Bearer {KEY}"}
    answer = asked(server, provider, shape, temperature=0.5, extra_body=body, extra_headers=headers)
    assert answer.status == "complete"
    [sent], [got] = server.requests, server.headers
    assert {name: sent[name] for name in body} == body
    assert sent["stream"] is True
    assert (got["x-title"], got["user-agent"]) == ("My course", "mine/1")
    assert got["authorization"] == f"Bearer {KEY}"  # once, and in the place of the other key
    # The next question of the same client has none of them.
    asked(server, provider, shape)
    assert "x-title" not in server.headers[1]
    assert server.headers[1]["authorization"] == f"Bearer {OURS}"
    assert "top_k" not in server.requests[1]


@pytest.mark.parametrize(("provider", "shape"), EVERY)
def test_no_key_in_them_is_shown(
    server: WireServer, tmp_path: Path, provider: Any, shape: str
) -> None:
    body = {"tools": [{"type": "mcp", "headers": {"Authorization": f"Bearer {KEY}-1"}}]}
    body["url"] = f"https://user:{KEY}-2@example.org/?token={KEY}-3"  # type: ignore[assignment]
    headers = {"X-Gateway-Key": f"{KEY}-4", "X-Anything": f"{KEY}-5"}
    with pplx.record(tmp_path / "talk.jsonl"):
        answer = asked(server, provider, shape, extra_body=body, extra_headers=headers)
    look = pplx.inspect(answer)
    shown = [
        (tmp_path / "talk.jsonl").read_text(),
        json.dumps([look._head(), look._rows(0)]),
        repr(vars(look.trace)),
        repr(answer._session.request),
        repr(answer._ask_again),
        json.dumps(to_record("q", answer._session.state)),
        answer.to_html(),
    ]
    assert not [text for text in shown if KEY in text]
    assert KEY in json.dumps(server.requests)
    assert server.headers[0]["x-anything"] == f"{KEY}-5"
    [exchange] = read(tmp_path / "talk.jsonl")
    assert exchange.request["tools"] == [{"type": "mcp", "headers": {"Authorization": "[key]"}}]
    # Asked again it is answered by the exchange that had the same fields.
    again = pplx.ask(
        "q", model="m", extra_body=body, provider=pplx.Replay(tmp_path / "talk.jsonl", None)
    )
    assert again.wait(30).text == answer.text


@pytest.mark.parametrize(("provider", "shape"), EVERY)
def test_an_error_names_the_field_and_no_key(server: WireServer, provider: Any, shape: str) -> None:
    said = f'invalid request body: json: unknown field "top_k" ({KEY}, {KEY}-6)'
    refusal = {"error": {"message": said, "type": "invalid_request", "code": 400}}
    server.respond(
        json.dumps(refusal).encode(), status=400, headers={"Content-Type": "application/json"}
    )
    answer = pplx.ask(
        "q",
        provider=provider,
        model="m",
        extra_body={"top_k": 40, "passWord": KEY},
        extra_headers={"X-Auth-Token": f"{KEY}-6"},
    ).wait(30)
    assert isinstance(answer.error, errors.RequestRejected)
    assert "top_k" in answer.error.why
    assert answer.error.try_this == "This came from `extra_body={'top_k': …}`."
    assert KEY not in f"{answer.error} {answer.to_html()} {answer.error.lines}"


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"content-length": "3"},
        {"Accept-Encoding": "br"},
        {"X-A": "two\r\nX-B: lines"},
        {"X-A": KEY + "\n"},
        {"X A": "b"},
        {"": "b"},
        {"X-A": b"b"},
        {"X-A": None},
        {1: "b"},
        ["X-A", "b"],
        "X-A: b",
    ],
)
def test_headers_that_are_refused(server: WireServer, headers: Any) -> None:
    with pytest.raises(errors.InvalidRequest, match="extra_headers") as caught:
        pplx.ask("q", extra_headers=headers)
    assert KEY not in "".join(traceback.TracebackException.from_exception(caught.value).format())
    assert not server.requests


@pytest.mark.parametrize(
    "body", [{"a": {1, 2}}, {"b": float("nan")}, {"c": object()}, {1: 2}, [1], "x", 5]
)
def test_fields_that_are_refused(server: WireServer, body: Any) -> None:
    with pytest.raises(errors.InvalidRequest, match="extra_body"):
        pplx.ask("q", extra_body=body)
    assert not server.requests


@pytest.mark.parametrize("door", [pplx.ask, pplx.complete, pplx.stream, pplx.astream, pplx.race])
@pytest.mark.parametrize(
    "options",
    [
        {"extra_headers": {"X-Api-Key": KEY + "\n"}},
        {"extra_body": {"api_key": KEY, "x": object()}},
        {"extra_headers": {"X-Api-Key": KEY}, "temperature": 9},
        {"extra_body": {"apiKey": KEY}, "nope": 1},
    ],
)
def test_the_variables_of_a_traceback_show_no_key(door: Any, options: dict[str, Any]) -> None:
    with pytest.raises(errors.PplxError) as caught:
        door("q", **options)
    told = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    ours = [frame for frame in told.stack if "pplx_widget" in frame.filename]
    assert ours
    assert not [frame for frame in ours if KEY in str(frame.locals)]


def test_headers_go_to_the_server_that_they_were_given_for(server: WireServer) -> None:
    pplx.configure(provider="raw")
    answer = asked(server, "raw", "agent", extra_headers={"X-Api-Key": KEY})
    assert answer.ask("And?").wait(30).status == "complete"
    assert server.headers[1]["x-api-key"] == KEY
    with WireServer() as other:
        other.respond(GOOD["agent"])
        pplx.configure(base_url=other.base_url)
        for again in (answer.retry, lambda: answer.ask("And?")):
            with pytest.raises(errors.InvalidRequest, match="were given for http://127"):
                again()
        assert not other.requests
        further = answer.ask("And?", extra_headers={"X-Other": "1"}).wait(30)
        assert further.status == "complete"
        assert "x-api-key" not in other.headers[0]


def test_no_key_goes_in_the_clear() -> None:
    pplx.configure(base_url="http://gateway.example/v1")
    with pytest.raises(errors.InvalidRequest, match="others on the way could read it"):
        pplx.ask("q", extra_headers={"Authorization": KEY})
    with pytest.raises(errors.InvalidRequest, match="others on the way could read it"):
        pplx.race("q", extra_headers={"Authorization": KEY})


def test_a_question_with_a_key_of_its_own_needs_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    pplx.configure(base_url="https://gateway.invalid/v1", max_retries=0)
    answer = pplx.ask("q", extra_headers={"api-key": KEY}, timeout=(1, 1)).wait(30)
    assert isinstance(answer.error, errors.ConnectionFailed | errors.TimedOut)
    answer = pplx.ask("q", extra_headers={"X-Title": "a"}, timeout=(1, 1)).wait(30)
    assert isinstance(answer.error, errors.MissingKey)


def test_what_holds_them_shows_names_alone() -> None:
    headers = ExtraHeaders({"X-Api-Key": KEY, "X-B": "c"})
    body = ExtraBody({"top_k": 4, "auth": {"type": "x", "value": KEY}, "list": [{"token": KEY}]})
    assert repr(headers) == "ExtraHeaders(X-Api-Key, X-B)"
    assert KEY not in f"{body!r} {body} {headers}"
    assert "'top_k': 4" in repr(body)
    assert copy.deepcopy(body) == body
    for held in (headers, body):
        with pytest.raises(TypeError):
            pickle.dumps(held)
    given: dict[str, Any] = {"a": [1]}
    copied = ExtraBody(given)
    given["a"].append(2)
    assert copied["a"] == [1]


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        *[
            (n, True)
            for n in ("Authorization", "X-Api-Key", "apiKey", "api_key", "APIKey", "token")
        ],
        *[(n, True) for n in ("accessToken", "client-secret", "Cookie", "x-goog-api-key", "pwd")],
        *[(n, False) for n in ("max_tokens", "top_k", "keyword", "monkey", "author", "tokenizer")],
    ],
)
def test_names_of_secrets(name: str, *, secret: bool) -> None:
    assert is_secret_name(name) is secret


@pytest.mark.parametrize(
    "value",
    [
        "sk-proj-abcdefghijklmnop",
        "ghp_abcdefghij0123456789",
        "gsk_0123456789abcdef0123",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
        "Bearer short",
        "0123456789abcdef0123456789abcdef",
        "AIzaSyA-0123456789abcdefg",
    ],
)
def test_values_that_look_like_keys(value: str) -> None:
    assert masked({"note": value})["note"] in ("[key]", "Bearer [key]")
    ExtraBody({"note": [value]})
    assert value.removeprefix("Bearer ") not in redact(f"It said {value}.")


@pytest.mark.parametrize(
    "value",
    ["perplexity/sonar", "gpt-4o-mini-2024-07-18", "Qwen/Qwen2.5-72B-Instruct-Turbo", "a b c", ""],
)
def test_values_that_do_not(value: str) -> None:
    assert masked({"model": value}) == {"model": value}
