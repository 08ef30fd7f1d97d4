"""A key is in nothing that anybody can see, save or log."""

from __future__ import annotations

import io
import logging
import pickle
import threading
import traceback
from typing import Any

import pytest
from IPython.core.ultratb import VerboseTB

import pplx_widget as pplx
from pplx_widget import config

from .recording_comm import RecordingComm
from .wire_server import WireServer, completed, delta

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
        pplx.configure(api_key=KEY)
    else:
        monkeypatch.setenv("PERPLEXITY_API_KEY", KEY)
    pplx.configure(base_url=server.base_url)
    if status == 200:
        server.respond([delta("fine"), completed()])
    else:  # a service that repeats what it was sent
        body = f'{{"error": {{"message": "bad key {KEY}", "code": {status}}}}}'.encode()
        headers = {"Content-Type": "application/json", "retry-after-ms": "1"}
        server.respond(body, status=status, headers=headers)
    answer = pplx.ask("q").wait(30)
    assert server.headers[0]["authorization"] == f"Bearer {KEY}"  # it was really used

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
    # The caller's own frame holds the key, as it must; ours are looked at.
    shown = "\n".join(
        VerboseTB().structured_traceback(caught.type, caught.value, caught.tb.tb_next)
    )
    assert "configure" in shown
    assert KEY not in shown


def test_no_thread_is_named_after_it(server: WireServer) -> None:
    pplx.configure(api_key=KEY, base_url=server.base_url)
    server.respond([delta("a"), completed()])
    pplx.ask("q").wait(30)
    assert all(KEY not in t.name for t in threading.enumerate())
