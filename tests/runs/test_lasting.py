"""Runs in the background: cancelled at the service by a stop, taken up after a cut, never asked twice."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import pplx_widget as pplx
from pplx_widget.core.words import say
from pplx_widget.providers import lasting
from pplx_widget.runs.session import UNTOLD

from ..support.lasting_server import ID, LastingServer, Says, run, stored

KEY = "pplx-0123456789abcdef0123456789abcdef"
WORDS = ("They ", "dance ", "in ", "the ", "dark.")
EVENTS = run(*WORDS)
TEXT = "".join(WORDS)
PATH = f"/v1/responses/{ID}"
UNDER_WAY = stored((), "in_progress")


@pytest.fixture
def service(clean_settings: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[LastingServer]:
    for name in ("_PAUSE_S", "_FIRST_S", "_LONGEST_S"):
        monkeypatch.setattr(lasting, name, 0.001)
    with LastingServer() as server:
        pplx.configure(base_url=server.base_url, api_key=KEY, max_retries=0)
        yield server


@pytest.fixture(params=["agent", "raw"])
def provider(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def asked(provider: str | None = None, **options: Any) -> pplx.Answer:
    return pplx.ask("How?", background=True, provider=provider, **options)


# ---- a cut -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("cut", range(1, len(EVENTS)))
def test_a_cut_is_taken_up_after_the_newest_event(
    service: LastingServer, provider: str, cut: int
) -> None:
    service.says["ask"] = [Says(*EVENTS[:cut], cut=True)]
    service.says["stream"] = [Says(*EVENTS[cut:])]
    answer = asked(provider).wait(30)
    assert (answer.status, answer.text, answer.response_id) == ("complete", TEXT, ID)
    assert service.kinds == ["ask", "stream"]
    newest = str(EVENTS[cut - 1]["sequence_number"])
    assert service.asked[1][1] == {"stream": "true", "starting_after": newest, "path": PATH}
    assert service.headers[1]["authorization"] == f"Bearer {KEY}"
    assert [step.kind for step in answer.steps] == ["retry"]


def test_several_cuts_in_a_row(service: LastingServer, provider: str) -> None:
    service.says["ask"] = [Says(*EVENTS[:2], b'data: {"type": "response.outp', cut=True)]
    service.says["stream"] = [
        *(Says(each, cut=n % 2 == 0) for n, each in enumerate(EVENTS[2:-1])),
        Says(status=503, whole={}),
        Says(status=429, whole={}),
        Says(EVENTS[-1]),
    ]
    answer = asked(provider).wait(30)
    assert (answer.status, answer.text) == ("complete", TEXT)
    assert service.kinds.count("ask") == 1


@pytest.mark.parametrize(
    "again",
    [
        Says(*EVENTS),  # from the beginning, whatever it was asked
        Says(*EVENTS[3:]),  # with an event that had come
        Says(
            *(e | {"sequence_number": n} for n, e in enumerate(EVENTS[4:]))
        ),  # numbered again from 0
    ],
    ids=["all", "one", "from 0"],
)
def test_no_text_comes_twice(service: LastingServer, provider: str, again: Says) -> None:
    service.says["ask"] = [Says(*EVENTS[:4])]
    service.says["stream"] = [again]
    answer = asked(provider).wait(30)
    assert (answer.status, answer.text) == ("complete", TEXT)


@pytest.mark.parametrize("refusal", [400, 404, 405, 422, "json"])
@pytest.mark.parametrize("item", ["msg_1", "other"])
def test_a_server_without_the_stream_form(
    service: LastingServer, provider: str, refusal: int | str, item: str
) -> None:
    service.says["ask"] = [Says(*EVENTS[:4], cut=True)]
    no = Says(whole=UNDER_WAY) if refusal == "json" else Says(status=int(refusal), whole={})
    service.says["stream"] = [no]
    done = stored(WORDS, item=item)
    service.says["poll"] = [Says(whole=UNDER_WAY), Says(whole=UNDER_WAY), Says(whole=done)]
    answer = asked(provider).wait(30)
    assert (answer.status, answer.text) == ("complete", TEXT)
    assert answer.usage is not None
    assert service.kinds == ["ask", "stream", "poll", "poll", "poll"]


def test_events_without_numbers(service: LastingServer, provider: str) -> None:
    bare = [{k: v for k, v in e.items() if k != "sequence_number"} for e in EVENTS]
    service.says["ask"] = [Says(*bare[:4], cut=True)]
    service.says["poll"] = [Says(whole=stored(WORDS))]
    answer = asked(provider).wait(30)
    assert (answer.text, service.kinds) == (TEXT, ["ask", "poll"])


def test_a_text_that_the_service_has_changed(service: LastingServer) -> None:
    service.says["ask"] = [Says(*EVENTS[:4], cut=True)]
    service.says["poll"] = [Says(whole=stored(("Something ", "else.")))]
    answer = asked().wait(30)
    assert (answer.status, answer.text) == ("complete", "Something else.")


def test_a_silent_stream_gives_way_to_requests(service: LastingServer) -> None:
    service.says["ask"] = [Says(*EVENTS[:2], cut=True)]
    service.says["stream"] = [Says()]
    service.says["poll"] = [*[Says(whole=UNDER_WAY)] * 40, Says(whole=stored(WORDS))]
    answer = asked().wait(30)
    assert (answer.status, answer.text) == ("complete", TEXT)


@pytest.mark.parametrize("status", [500, 502, 503, 429])
def test_the_attempts_have_an_end_that_names_the_call(
    service: LastingServer, provider: str, status: int
) -> None:
    service.says["ask"] = [Says(*EVENTS[:3], cut=True)]
    service.says["stream"] = [Says(status=status, whole={})]
    service.says["poll"] = service.says["stream"]
    answer = asked(provider).wait(60)
    assert (answer.status, answer.text) == ("failed", "They dance ")
    assert f'`pplx.resume("{ID}")`' in str(answer.error)
    assert service.kinds.count("ask") == 1
    assert len(service.asked) == lasting._MOST_FAILURES + 1
    service.says["stream"] = [Says(*EVENTS)]
    later = pplx.resume(answer.response_id or "").wait(30)
    assert (later.status, later.text) == ("complete", TEXT)
    assert service.kinds.count("ask") == 1


def test_a_key_that_is_refused_meanwhile(service: LastingServer) -> None:
    service.says["ask"] = [Says(*EVENTS[:3], cut=True)]
    service.says["stream"] = [Says(status=401, whole={})]
    answer = asked().wait(30)
    assert isinstance(answer.error, pplx.KeyRejected)
    assert f'`pplx.resume("{ID}")`' in str(answer.error)
    assert service.kinds == ["ask", "stream"]


def test_a_server_that_kept_nothing(service: LastingServer) -> None:
    service.says["ask"] = [Says(*EVENTS[:3], cut=True)]
    answer = asked().wait(30)
    assert isinstance(answer.error, pplx.ConnectionCut)
    assert "resume" not in str(answer.error)
    assert service.kinds == ["ask", "stream", "poll"]


def test_the_run_failed_at_the_service(service: LastingServer) -> None:
    failed = UNDER_WAY | {"status": "failed", "error": {"message": "Too much", "code": "x"}}
    service.says["ask"] = [Says(*EVENTS[:3], cut=True)]
    service.says["poll"] = [Says(whole=failed)]
    answer = asked().wait(30)
    assert isinstance(answer.error, pplx.ServiceFailed)
    assert answer.text == "They dance "


def test_json_in_place_of_the_first_stream(service: LastingServer, provider: str) -> None:
    service.says["ask"] = [Says(whole=UNDER_WAY)]
    service.says["stream"] = [Says(*EVENTS[:3], cut=True), Says(*EVENTS[3:])]
    answer = asked(provider).wait(30)
    assert (answer.status, answer.text) == ("complete", TEXT)
    assert service.kinds == ["ask", "stream", "stream"]
    assert [step.kind for step in answer.steps] == ["retry"]  # for the cut alone


def test_a_run_that_is_resumed_is_taken_up_too(service: LastingServer) -> None:
    service.says["stream"] = [Says(*EVENTS[:3], cut=True), Says(*EVENTS[3:])]
    answer = pplx.resume(ID).wait(30)
    assert (answer.status, answer.text, answer.response_id) == ("complete", TEXT, ID)
    assert [query.get("starting_after") for _, query in service.asked] == [None, "6"]


def test_a_stop_of_a_resumed_run_cancels(service: LastingServer) -> None:
    service.says["stream"] = [Says(*EVENTS[:3], threading.Event())]
    service.says["cancel"] = [Says(whole={})]
    answer = pplx.resume(ID)
    service.wait_for(lambda: service.kinds == ["stream"])
    answer.stop()
    assert (answer.wait(30).status, answer.reason) == ("stopped", None)
    assert service.kinds[-1] == "cancel"


def test_a_run_is_recorded_and_replayed(service: LastingServer, tmp_path: Path) -> None:
    service.says["ask"] = [Says(*EVENTS[:3], cut=True)]
    service.says["stream"] = [Says(*EVENTS[3:])]
    with pplx.record(tmp_path / "run.jsonl"):
        asked().wait(30)
    with pplx.replay(tmp_path / "run.jsonl", speed=None):
        answer = pplx.ask("How?").wait(30)
    assert (answer.status, answer.text) == ("complete", TEXT)


def test_without_background_a_cut_ends_the_answer(service: LastingServer, provider: str) -> None:
    service.says["ask"] = [Says(*EVENTS[:3], cut=True)]
    answer = pplx.ask("How?", provider=provider).wait(30)
    assert isinstance(answer.error, pplx.ConnectionCut)
    assert service.kinds == ["ask"]


# ---- a stop ----------------------------------------------------------------------------------------


def started(service: LastingServer, provider: str | None = None, **options: Any) -> pplx.Answer:
    """Return an answer whose first words have come."""
    service.says["ask"] = [Says(*EVENTS[:3], threading.Event())]
    answer = asked(provider, **options)
    come = threading.Event()
    answer.observe(lambda _: come.set(), "text")
    if not answer.text:
        assert come.wait(30)
    return answer


def until_sent(answer: pplx.Answer) -> None:
    """Wait until the client has noted that the question has gone out."""
    trace = answer._session.trace
    assert trace is not None
    while "sent" not in trace.marks:
        assert not answer.status.final


def test_a_stop_cancels_at_the_service(service: LastingServer, provider: str) -> None:
    service.says["cancel"] = [Says(whole={"response_id": ID, "status": "cancelling"})]
    answer = started(service, provider, extra_headers={"X-Team": "7"})
    answer.stop()
    answer.stop()
    assert (answer.wait(30).status, answer.reason) == ("stopped", None)
    assert answer.text.startswith("They ")
    assert service.asked[1:] == [("cancel", {"path": f"{PATH}/cancel", "body": None})]
    assert service.headers[1]["authorization"] == f"Bearer {KEY}"
    assert service.headers[1]["x-team"] == "7"


def test_a_stop_by_an_observer(service: LastingServer) -> None:
    service.says["cancel"] = [Says(whole={})]
    service.says["ask"] = [Says(*EVENTS[:2], threading.Event())]
    answer = asked()
    answer.observe(lambda _: answer.stop(), "text")
    if answer.text:
        answer.stop()
    assert (answer.wait(30).status, answer.reason) == ("stopped", None)
    assert service.kinds == ["ask", "cancel"]


def test_an_answer_that_nothing_shows(service: LastingServer) -> None:
    service.says["cancel"] = [Says(whole={})]
    answer = started(service)
    answer.abandon()
    answer.wait(30)
    assert answer.reason == "no output shows it and nothing refers to it any more"
    assert service.kinds == ["ask", "cancel"]


@pytest.mark.parametrize(
    ("cancel", "poll", "untold"),
    [
        (Says(status=404, whole={}), Says(status=404, whole={}), UNTOLD),
        (Says(status=400, whole={}), Says(whole=UNDER_WAY), UNTOLD),
        (Says(status=409, whole={}), Says(whole=stored(WORDS)), None),  # it was over
    ],
)
def test_a_cancel_that_is_refused(
    service: LastingServer, provider: str, cancel: Says, poll: Says, untold: str | None
) -> None:
    service.says["cancel"], service.says["poll"] = [cancel], [poll]
    answer = started(service, provider)
    answer.stop()
    assert answer.wait(30).status == "stopped"
    assert answer.reason == untold
    if untold:
        assert UNTOLD in answer.to_html()


def test_a_cancel_that_fails_is_tried_again(service: LastingServer, provider: str) -> None:
    service.says["cancel"] = [
        Says(status=503, whole={}),
        Says(status=429, whole={}),
        Says(whole={}),
    ]
    answer = started(service, provider)
    answer.stop()
    assert (answer.wait(30).status, answer.reason) == ("stopped", None)
    assert service.kinds.count("cancel") == 3


def test_a_service_that_is_not_reached(
    service: LastingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lasting, "_TELLING_S", 0.05)
    service.says["cancel"] = [Says(threading.Event())]
    answer = started(service)
    answer.stop()
    assert (answer.wait(30).status, answer.reason) == ("stopped", UNTOLD)


def test_a_stop_before_the_id_is_known(service: LastingServer, provider: str) -> None:
    gate = threading.Event()
    service.says["cancel"] = [Says(whole={})]
    service.says["ask"] = [Says(gate, *EVENTS[:3], threading.Event())]
    answer = asked(provider)
    service.wait_for(lambda: service.kinds == ["ask"])
    until_sent(answer)
    answer.stop()
    gate.set()
    assert (answer.wait(30).status, answer.reason, answer.text) == ("stopped", None, "")
    assert service.kinds == ["ask", "cancel"]


def test_an_id_that_does_not_come(service: LastingServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lasting, "_TELLING_S", 0.05)
    service.says["ask"] = [Says(threading.Event())]
    answer = asked()
    service.wait_for(lambda: service.kinds == ["ask"])
    until_sent(answer)
    answer.stop()
    assert (answer.wait(30).status, answer.reason) == ("stopped", UNTOLD)
    assert service.kinds == ["ask"]


def test_a_question_that_has_not_gone_out(
    service: LastingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    pplx.configure(max_retries=3)
    service.says["ask"] = [Says(status=429, whole={})]
    answer = asked()
    service.wait_for(lambda: service.kinds == ["ask"])
    answer.stop()
    assert (answer.wait(30).status, answer.reason) == ("stopped", None)
    assert "cancel" not in service.kinds


def test_a_stop_while_it_is_taken_up(
    service: LastingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.says["ask"] = [Says(*EVENTS[:3], cut=True)]
    service.says["stream"] = [Says(threading.Event())]
    service.says["cancel"] = [Says(whole={})]
    answer = asked()
    service.wait_for(lambda: service.kinds == ["ask", "stream"])
    answer.stop()
    assert (answer.wait(30).status, answer.reason) == ("stopped", None)
    assert service.kinds[-1] == "cancel"


def test_a_stop_after_the_end_tells_nothing(service: LastingServer) -> None:
    service.says["ask"] = [Says(*EVENTS)]
    answer = asked().wait(30)
    answer.stop()
    assert (answer.status, service.kinds) == ("complete", ["ask"])


def test_without_background_a_stop_cancels_nothing(service: LastingServer) -> None:
    service.says["ask"] = [Says(*EVENTS[:3], threading.Event())]
    answer = pplx.ask("How?")
    answer.stop()
    assert answer.wait(30).status == "stopped"
    assert "cancel" not in service.kinds


SCRIPT = """
import sys
import pplx_widget as pplx
pplx.configure(base_url=sys.argv[1], api_key=sys.argv[2])
events = pplx.stream("How?", background=True, provider=sys.argv[3])
for event in events:
    if isinstance(event, pplx.events.Text) or sys.argv[4] == "early":
        break
kept = events  # not closed by the end of the loop
"""


def test_the_end_of_the_kernel_cancels(service: LastingServer, provider: str) -> None:
    service.says["ask"] = [Says(*EVENTS[:3], threading.Event())]
    service.says["cancel"] = [Says(whole={})]
    ended = subprocess.run(
        [sys.executable, "-c", SCRIPT, service.base_url, KEY, provider, "late"],
        capture_output=True,
        check=False,
        text=True,
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    assert service.kinds == ["ask", "cancel"]


BEFORE = """
import sys, time
import pplx_widget as pplx
pplx.configure(base_url=sys.argv[1], api_key=sys.argv[2])
answer = pplx.ask("How?", background=True, provider=sys.argv[3])
while "sent" not in answer._session.trace.marks:
    time.sleep(0.01)
print("sent", flush=True)
sys.stdin.readline()
"""


def test_the_end_of_the_kernel_before_the_id_is_known(
    service: LastingServer, provider: str
) -> None:
    gate = threading.Event()
    service.says["ask"] = [Says(gate, *EVENTS[:3], threading.Event())]
    service.says["cancel"] = [Says(whole={})]
    kernel = subprocess.Popen(
        [sys.executable, "-c", BEFORE, service.base_url, KEY, provider],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert kernel.stdin
    assert kernel.stdout
    assert kernel.stdout.readline() == "sent\n"
    threading.Timer(0.2, gate.set).start()
    kernel.communicate("end\n")
    assert kernel.returncode == 0
    assert service.kinds == ["ask", "cancel"]


def test_the_reason_has_words() -> None:
    assert say("reason.untold") == UNTOLD
