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
        ({**ASK, "tool_choice": {}}, "invalid_request", "tool_choice: type is required"),
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
        ({"input": "x", "model": "perplexity/sonar-pro"}, "invalid_model", "perplexity/sonar-pro"),
        ({**ASK, "reasoning": {"effort": "huge"}}, "invalid_request", "none minimal low"),
        ({**ASK, "service_tier": "gold"}, "invalid_request", "service_tier must be one of"),
        ({**ASK, "tool_choice": "web_search"}, "invalid_request", "tool_choice must be one of"),
        ({**ASK, "tools": [{"type": "telepathy"}]}, "invalid_request", "type must be one of"),
        ({**ASK, "tools": [{}]}, "invalid_request", "type must be one of"),
        ({**ASK, "tools": [{"type": "function"}]}, "invalid_request", "name is required"),
        ({**ASK, "tools": [{"type": "fetch_url", "max_urls": 11}]}, "invalid_request", "most 10"),
        (
            {**ASK, "tools": [{"type": "people_search", "max_results": 3}]},
            "invalid_request",
            'unknown field "max_results"',
        ),
        (
            {**ASK, "tools": [{"type": "image_search", "filters": {"format_filter": ["exe"]}}]},
            "invalid_request",
            "format_filter must be one of",
        ),
        *(
            (
                {**ASK, "tools": [{"type": "web_search", "filters": filters}]},
                "invalid_request",
                said,
            )
            for filters, said in (
                (
                    {"search_recency_filter": "day", "search_after_date_filter": "01/01/2026"},
                    "search_recency_filter cannot be combined with search_after_date_filter",
                ),
                ({"search_domain_filter": ["x" * 254]}, "at most 253 characters"),
                ({"search_domain_filter": "x.org"}, "must be an array"),
            )
        ),
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


ACCEPTED: list[dict[str, Any]] = [
    {"include": ["web_search_call.action.sources"]},
    {"parallel_tool_calls": False},
    {"stream_options": {"include_usage": True}},
    {"max_tool_calls": 0},
    {"truncation": "auto"},
    {"prompt_cache_key": "k"},
    {"service_tier": "flex"},
    {"profile": {"type": "custom", "id": "p"}},
    {"skills": [{"type": "builtin", "name": "office"}]},
    {"step_budget_reminder": True},
    {"reasoning": {"effort": "max"}},
    {"reasoning": {"effort": "none", "summary": "auto"}},
    {"instructions": ""},
    {"effort": "fast@2026-10-16.0"},
    {"effort": "pro-search"},
    {"preset": "advanced-deep-research"},
    {"effort": "low", "preset": "of another time"},
    {"model": "openai/gpt-5", "reasoning": {"effort": "none"}},
    {"model": "perplexity/sonar"},
    {"tool_choice": {"type": "web_search"}},
    {"tool_choice": "required"},
    {"tools": [{"type": "web_search", "filters": {"search_recency_filter": None}}]},
    {"tools": [{"type": "fetch_url", "max_urls": 10}, {"type": "people_search"}]},
    {"tools": [{"type": "image_search", "filters": {"format_filter": ["png"]}}]},
    {"tools": [{"type": "finance_search"}, {"type": "sandbox"}]},
    {"tools": [{"type": "mcp", "server_label": "x", "server_url": "https://x.org"}]},
    {"tools": [{"type": "function", "name": "f", "parameters": {}, "strict": True}]},
]


@pytest.mark.parametrize("options", ACCEPTED, ids=str)
def test_fields_of_the_service_are_accepted(local: LocalServer, options: dict[str, Any]) -> None:
    answer = ask(local, {**ASK, **options})
    assert answer.status == 200
    # The response repeats most fields of its request; its model is the sample's.
    for name in (options.keys() & answer.json.keys()) - {"model"}:
        assert answer.json[name] == options[name]


@pytest.mark.parametrize("path", ["/chat/completions", "/v1/chat/completions", "/v1/sonar"])
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
