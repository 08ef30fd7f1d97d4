"""A key never appears in output, saved files or logs."""

from __future__ import annotations

import io
import json
import logging
import pickle
import threading
import traceback
from pathlib import Path
from typing import Any

import pytest
from IPython.core.ultratb import VerboseTB

import pplx_widget as pplx
from pplx_widget import config
from pplx_widget.core.secret import redact
from pplx_widget.core.state import AnswerState
from pplx_widget.document.record import to_record

from ..support.recording_comm import RecordingComm
from ..support.wire_server import WireServer, completed, delta

KEY = "pplx-Zq7correcthorsebattery00staple11"


@pytest.mark.parametrize("source", ["configure", "environment"])
@pytest.mark.parametrize("status", [200, 401, 500])
def test_a_key_shows_nowhere(
    server: WireServer,
    comms: list[RecordingComm],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    source: str,
    status: int,
) -> None:
    caplog.set_level(logging.DEBUG)
    if source == "configure":
        pplx.configure(api_key=KEY, base_url=server.base_url)
    else:
        monkeypatch.setenv("PERPLEXITY_API_KEY", KEY)
        monkeypatch.setenv("PERPLEXITY_BASE_URL", server.base_url)
    if status == 200:
        server.respond([delta("fine"), completed()])
    else:  # a service that repeats the request's key
        body = f'{{"error": {{"message": "bad key {KEY}", "code": {status}}}}}'.encode()
        headers = {"Content-Type": "application/json", "retry-after-ms": "1"}
        server.respond(body, status=status, headers=headers)
    answer = pplx.ask("q").wait(30)
    assert server.headers[0]["authorization"] == f"Bearer {KEY}"  # the key was really used

    shown = io.StringIO()
    print(repr(answer), answer, vars(answer), answer.get_state(), answer.error, file=shown)
    print(repr(config.settings()), repr(config.connection()), dir(config), file=shown)
    print(vars(config.settings()), vars(answer._session), answer._repr_mimebundle_(), file=shown)
    if answer.error:
        print(vars(answer.error), pickle.loads(pickle.dumps(answer.error)), file=shown)  # noqa: S301
        traceback.print_exception(answer.error, file=shown, chain=True)
    print(*[c.messages for c in comms], caplog.text, *capsys.readouterr(), file=shown)
    assert KEY not in shown.getvalue()
    assert KEY[5:] not in shown.getvalue()


@pytest.mark.parametrize("mistake", [{"basurl": "x"}, {"base_url": "nonsense"}, {"timeout": -1}])
def test_not_in_a_traceback_that_shows_variables(mistake: dict[str, Any]) -> None:
    """IPython's verbose mode prints the arguments and variables of every frame."""
    with pytest.raises(pplx.PplxError) as caught:
        pplx.configure(api_key=KEY, **mistake)
    assert caught.tb.tb_next
    # The caller's own frame must hold the key; only our frames are checked.
    shown = "\n".join(
        VerboseTB().structured_traceback(caught.type, caught.value, caught.tb.tb_next)
    )
    assert "configure" in shown
    assert KEY not in shown


def further(**key: Any) -> None:
    state = AnswerState()
    state.apply(pplx.events.Finished(), 0.0)
    pplx.Answer.from_record(to_record("q", state)).ask("q", **key)


@pytest.mark.parametrize(
    "call",
    [
        pplx.configure,
        lambda **key: pplx.ask("q", **key),
        lambda **key: pplx.complete("q", **key),
        lambda **key: pplx.race("q", **key),
        lambda **key: pplx.configure(*key.values()),
        pplx.Search,
        further,
    ],
)
def test_a_misplaced_key_is_not_in_the_frames_either(call: Any) -> None:
    name = "apikey" if call is pplx.configure else "api_key"
    with pytest.raises(pplx.UnknownOption) as caught:
        call(**{name: KEY})
    ours = caught.tb
    while not ours.tb_frame.f_globals["__name__"].startswith("pplx_widget"):
        assert ours.tb_next
        ours = ours.tb_next
    while ours:
        assert KEY not in repr(ours.tb_frame.f_locals)
        ours = ours.tb_next  # type: ignore[assignment]


def test_an_error_does_not_lead_back_to_the_request(server: WireServer) -> None:
    pplx.configure(api_key=KEY, base_url=server.base_url)
    server.respond(b"", status=401)
    error = pplx.ask("q").wait(30).error
    assert error is not None
    assert error.__context__ is error.__cause__ is None


def test_a_key_given_twice_is_still_known() -> None:
    for _ in range(2):
        pplx.configure(api_key="opaque-key-987654")
    assert redact("x opaque-key-987654") == "x [key]"


@pytest.mark.parametrize("key", ["pplx-abc…", "“pplx-abc”", "pplx abc", "pplx\nabc"])
def test_a_key_that_cannot_be_sent_is_refused_and_not_repeated(key: str) -> None:
    with pytest.raises(pplx.InvalidRequest) as caught:
        pplx.configure(api_key=key)
    assert "abc" not in str(caught.value)


def test_no_thread_is_named_after_it(server: WireServer) -> None:
    pplx.configure(api_key=KEY, base_url=server.base_url)
    server.respond([delta("a"), completed()])
    pplx.ask("q").wait(30)
    assert all(KEY not in t.name for t in threading.enumerate())


@pytest.mark.parametrize("provider", ["agent", "raw"])
@pytest.mark.parametrize("status", [400, 401, 403, 500])
@pytest.mark.parametrize("key", ["class-of-november", "k", "1234", "secret"])
def test_a_service_may_repeat_a_short_key_too(
    server: WireServer, key: str, status: int, provider: str
) -> None:
    pplx.configure(api_key=key, base_url=server.base_url, provider=provider, max_retries=0)
    message = f"You sent {key}; no account has the key '{key}'. ({key})"
    body = json.dumps({"error": {"message": message, "code": status}}).encode()
    server.respond(body, status=status, headers={"Content-Type": "application/json"})
    answer = pplx.ask("What?").wait(30)
    assert server.headers[0]["authorization"] == f"Bearer {key}"
    assert answer.error is not None
    assert answer.error.why == "You sent [key]; no account has the key '[key]'. ([key])"
    for shown in (answer.error, vars(answer.error), answer.to_markdown(), answer.to_html()):
        assert f"sent {key}" not in str(shown)


def test_what_a_recording_keeps_of_a_short_key(server: WireServer, tmp_path: Path) -> None:
    pplx.configure(api_key="secret", base_url=server.base_url)
    server.respond([delta("It is not secret. The key is secret."), completed()])
    with pplx.record(tmp_path / "talk.jsonl"):
        pplx.ask("q").wait(30)
    text = (tmp_path / "talk.jsonl").read_text()
    assert "It is not secret. The key is [key]." in text
    assert all(json.loads(line) for line in text.splitlines())
