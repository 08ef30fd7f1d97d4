from __future__ import annotations

import socket
import ssl
import time

import pytest

import pplx_widget as pplx
from pplx_widget.core import errors
from pplx_widget.core.errors import PplxError
from pplx_widget.core.http_errors import from_response, from_transport

from ..support.wire_server import WireServer


def test_str_is_short_and_holds_no_html() -> None:
    error = PplxError("<h1>What</h1>", "why " * 400, "try")
    assert len(str(error)) <= 600
    assert "<" not in str(error)


def test_words_of_a_service_do_not_run_into_ours() -> None:
    assert str(errors.PplxError("It failed.", "no such model", "Try.")) == (
        "It failed. no such model. Try."
    )
    assert not str(errors.PplxError(""))


def test_a_page_of_html_is_not_shown() -> None:
    body = {"error": {"message": "<!doctype html><script>x</script>"}}
    error = from_response(500, {}, body)
    assert "script" not in str(error)
    assert "error page" in error.why


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"retry-after": "7"}, "7 s"),
        ({"x-ratelimit-reset": "3.4"}, "3 s"),
        ({"retry-after": "0.2"}, "a second"),
        ({"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}, "a moment"),
        ({"retry-after": "-5"}, "a moment"),
        ({}, "a moment"),
    ],
)
def test_how_long_to_wait(headers: dict[str, str], wait: str) -> None:
    error = from_response(429, headers, None)
    assert isinstance(error, errors.RateLimited)
    assert error.try_this == f"Wait {wait} and try again."


def test_a_reset_may_be_a_moment() -> None:
    error = from_response(429, {"x-ratelimit-reset": str(time.time() + 3600)}, None)
    assert error.try_this in ("Wait 3600 s and try again.", "Wait 3599 s and try again.")


@pytest.mark.parametrize(
    ("message", "argument"),
    [
        ("tools[0]: search recency filter must be one of: hour day", "Search(recency=…)"),
        ("max_output_tokens is required when using Anthropic models", "max_tokens"),
        ("Invalid model 'x'", "model=…"),
        ("there is no effort fast@2020-01-01.0", "effort=…"),
        ("reasoning.effort must be one of: low high", "reasoning_effort=…"),
        ('json: unknown field "max_tool_calls"', "search=False"),
        ("tool_choice names a tool that is not in tools", 'search="required"'),
        ("tools[0]: last_updated_after_filter must be MM/DD/YYYY", "Search(updated_after=…)"),
        ("instructions are too long", "instructions=…"),
    ],
)
def test_a_rejected_field_leads_to_its_argument(message: str, argument: str) -> None:
    body = {"error": {"message": message, "type": "invalid_request", "code": 400}}
    error = from_response(400, {}, body)
    assert message in error.why
    assert argument in error.try_this


def caused(by: BaseException) -> BaseException:
    error = RuntimeError("outer")
    error.__cause__ = by
    return error


class ConnectTimeout(Exception):
    """An error with the name that HTTP libraries use; `from_transport` goes by names."""


class ReadTimeout(Exception):
    pass


@pytest.mark.parametrize(
    ("cause", "started", "kind", "said"),
    [
        (
            ConnectionRefusedError(111, "Connection refused"),
            False,
            errors.ConnectionFailed,
            "refused",
        ),
        (
            socket.gaierror(-2, "Name or service not known"),
            False,
            errors.ConnectionFailed,
            "no host",
        ),
        (
            ssl.SSLCertVerificationError("CERTIFICATE_VERIFY_FAILED"),
            False,
            errors.ConnectionFailed,
            "SSL_CERT_FILE",
        ),
        (OSError("unreachable"), False, errors.ConnectionFailed, "could not be reached"),
        (ConnectTimeout(), False, errors.TimedOut, "in time"),
        (ReadTimeout(), True, errors.TimedOut, "stopped responding"),
        (ConnectionResetError(), True, errors.ConnectionCut, "cut"),
    ],
)
def test_failures_below_http(
    cause: BaseException, kind: type[PplxError], said: str, *, started: bool
) -> None:
    error = from_transport(caused(cause), host="api.example", started=started)
    assert type(error) is kind
    assert said in str(error)
    assert error.retry


def test_causes_in_a_circle_and_in_groups() -> None:
    error = RuntimeError("a")
    error.__context__ = caused(error)
    assert from_transport(error, host="h", started=False)
    group = ExceptionGroup("several", [OSError("x"), ConnectionRefusedError("refused")])
    assert "refused" in from_transport(group, host="h", started=False).what


def test_a_traceback_in_a_notebook_ends_where_this_package_begins() -> None:
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell.instance()
    try:
        pplx.ask("")
    except PplxError as error:
        lines = "\n".join(error._render_traceback_())
    else:
        pytest.fail("an empty question was taken")
    finally:
        shell.clear_instance()
    assert "test_errors.py" in lines
    assert "InvalidRequest" in lines
    assert "pplx_widget/" not in lines


def test_an_error_raised_again_does_not_grow(server: WireServer) -> None:
    pplx.configure(base_url=server.base_url)
    server.respond(b"", status=502)
    answer = pplx.ask("q").wait(30)
    depths = []
    for _ in range(3):
        with pytest.raises(PplxError) as raised:
            answer.raise_for_status()
        depths.append(len(raised.traceback))
    assert len(set(depths)) == 1


def test_an_error_may_come_as_an_event() -> None:
    """Some gateways send an error as an event, even with status 429."""
    error = from_response(429, {}, b'data: {"error": {"message": "slow down"}}\n\ndata: [DONE]\n\n')
    assert error.why == "slow down"


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("no file /home/ann/data/x.csv", "no file …x.csv"),
        ("no file /tmp/x.csv", "no file …x.csv"),
        ("/srv/models/llama/weights is missing", "…weights is missing"),
        ("/chat/completions: invalid model", "/chat/completions: invalid model"),
        ("use /v1/chat/completions", "use /v1/chat/completions"),
    ],
)
def test_a_local_folder_is_not_shown(said: str, shown: str) -> None:
    assert from_response(400, {}, {"error": {"message": said}}).why == shown


def test_a_used_up_quota_may_be_asked_again_after_a_payment() -> None:
    assert from_response(402, {}, None).retry
    assert not from_response(402, {}, None).transient
    assert not from_response(400, {}, None).retry
