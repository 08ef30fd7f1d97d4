"""The refusals of the local server: those of the service, and those that protect this machine."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from pplx_widget.server.server import LocalServer
from pplx_widget.server.strict import MAX_BODY

from ..support.local_client import ASK, ask

# Request bodies, and the errors that the service answered them with in recordings.
REFUSED = {
    "unknown field": (
        {**ASK, "X": 1},
        {
            "message": 'invalid request body: json: unknown field "X"',
            "type": "invalid_request",
            "code": 400,
            "param": "X",
        },
    ),
    "recency": (
        {**ASK, "tools": [{"type": "web_search", "filters": {"search_recency_filter": "decade"}}]},
        {
            "message": "validation failed: tools[0]: search recency filter must be one of: hour day week month year",
            "type": "invalid_request",
            "code": 400,
        },
    ),
    "anthropic": (
        {"input": "x", "model": "anthropic/claude"},
        {
            "message": "validation failed: max_output_tokens is required when using Anthropic models",
            "type": "invalid_request",
            "code": 400,
        },
    ),
    "previous response": (
        {**ASK, "previous_response_id": "resp_0"},
        {"message": "invalid request", "type": "invalid_request", "code": 400},
    ),
}


@pytest.mark.parametrize("cause", REFUSED)
def test_refusals_are_the_recorded_ones(local: LocalServer, cause: str) -> None:
    body, error = REFUSED[cause]
    answer = ask(local, body)
    assert (answer.status, answer.json) == (400, {"error": error})
    assert local.exchanges == ()


def test_refusals_agree_with_the_recordings(wire: Path) -> None:
    recorded = [
        entry["error"]
        for entry in json.loads((wire / "agent" / "errors_400.json").read_text()).values()
    ]
    for _, error in REFUSED.values():
        assert error in recorded


@pytest.mark.parametrize(
    ("body", "kind", "said"),
    [
        ({"input": "x"}, "invalid_request", "one of model, models, preset or effort is required"),
        ({"preset": "fast"}, "invalid_request", "input is required"),
        (
            {"input": "x", "preset": "turbo"},
            "invalid_request",
            "preset must be one of: fast low medium high xhigh",
        ),
        ({"input": "x", "effort": "turbo"}, "invalid_request", "effort must be one of"),
        (
            {"input": "x", "effort": "turbo@2026-10-16.0"},
            "invalid_request",
            "effort must be one of",
        ),
        ({"input": "x", "effort": "fast@"}, "invalid_request", "effort must be one of"),
        ({"input": "x", "effort": 3}, "invalid_request", "effort must be one of"),
        ({**ASK, "tool_choice": "always"}, "invalid_request", "tool_choice must be one of"),
        ({**ASK, "tool_choice": {}}, "invalid_request", "tool_choice must be one of"),
        ({**ASK, "max_tool_calls": -1}, "invalid_request", "max_tool_calls must be at least 0"),
        ({**ASK, "reasoning": {"effort": "least"}}, "invalid_request", "reasoning.effort must be"),
        ({"input": "x", "model": "sonar"}, "invalid_model", "Invalid model 'sonar'"),
        (
            {"input": "x", "models": ["openai/a", "sonar-pro"]},
            "invalid_model",
            "Invalid model 'sonar-pro'",
        ),
        ({"input": "x", "models": 7}, "invalid_model", "Invalid model '7'"),
        ({**ASK, "tools": ["web_search"]}, "invalid_request", "tools must be an array of objects"),
        ({**ASK, "reasoning": {"efort": "low"}}, "invalid_request", 'unknown field "efort"'),
        (
            {**ASK, "tools": [{"type": "web_search", "filters": {"recency": "week"}}]},
            "invalid_request",
            'unknown field "recency"',
        ),
        (
            {**ASK, "tools": [{"type": "web_search", "max_results": 51}]},
            "invalid_request",
            "tools[0]: max_results must be at least 1 and at most 50",
        ),
        (
            {
                "input": [{"role": "user", "content": [{"type": "text", "text": "x"}]}],
                "preset": "fast",
            },
            "invalid_request",
            "content parts must be of type",
        ),
        ({**ASK, "response_format": {"type": "json_object"}}, "invalid_request", "json_schema"),
        (b"{", "invalid_request", "not a JSON object"),
        (b"[]", "invalid_request", "not a JSON object"),
    ],
)
def test_other_refusals_follow_their_shape(
    local: LocalServer, body: Any, kind: str, said: str
) -> None:
    answer = ask(local, body)
    assert answer.status == 400
    assert answer.json["error"]["type"] == kind
    assert said in answer.json["error"]["message"]


@pytest.mark.parametrize(
    "fields",
    [
        {"effort": "fast@2026-10-16.0"},
        {"effort": "advanced-deep-research"},
        {"preset": "pro-search"},
        {"effort": "low", "preset": "high", "instructions": ""},
        {"effort": "low", "max_tool_calls": 0},
        {"effort": "low", "tool_choice": {"type": "web_search"}},
        {"effort": "low", "tool_choice": "required"},
        {"effort": "low", "reasoning": {"effort": "none"}},
        {"model": "openai/gpt-5", "reasoning": {"effort": "max"}},
    ],
)
def test_what_the_service_accepts_is_accepted(local: LocalServer, fields: dict[str, Any]) -> None:
    assert ask(local, {"input": ASK["input"], **fields}).status == 200


@pytest.mark.parametrize("path", ["/chat/completions", "/v1/chat/completions"])
def test_the_retired_endpoint_says_so(local: LocalServer, path: str) -> None:
    answer = ask(local, {"model": "sonar", "messages": []}, path)
    assert answer.status == 403
    assert answer.json["error"]["type"] == "chat_completions_not_available"


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "127.0.0.1.evil.example"},
        {"Host": "127.evil.example"},
        {"Host": "localhost@evil.example"},
        {"Host": "["},
        {"Host": ""},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
)
@pytest.mark.parametrize(("method", "path"), [("POST", "/v1/responses"), ("GET", "/v1/models")])
def test_web_pages_are_refused(
    local: LocalServer, method: str, path: str, headers: dict[str, str]
) -> None:
    assert ask(local, ASK, path, method, **headers).status == 403
    assert local.exchanges == ()


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8911", "[::1]:80", "127.0.0.1"])
def test_names_of_this_machine_are_welcome(local: LocalServer, host: str) -> None:
    assert ask(local, ASK, Host=host).status == 200


def test_too_large_a_body_is_refused_and_read_away(local: LocalServer) -> None:
    answer = ask(local, b" " * (MAX_BODY + 1))
    assert (answer.status, answer.json["error"]["type"]) == (413, "payload_too_large")


@pytest.mark.parametrize("length", ["", "-1", "x", "²"])
def test_a_body_of_unknown_length_is_refused(local: LocalServer, length: str) -> None:
    parts = urlsplit(local.base_url)
    with socket.create_connection((parts.hostname, parts.port), timeout=30) as client:
        client.sendall(
            f"POST /v1/agent HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n\r\n".encode()
        )
        assert client.makefile("rb").read().startswith(b"HTTP/1.1 411 ")


def test_what_is_no_http_gets_an_answer_too(local: LocalServer) -> None:
    parts = urlsplit(local.base_url)
    with socket.create_connection((parts.hostname, parts.port), timeout=30) as client:
        client.sendall(b"GET / HTTP/9.9\r\n\r\n")
        assert b'"code": 505' in client.makefile("rb").read()
