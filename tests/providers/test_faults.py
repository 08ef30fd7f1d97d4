"""What a server or a network can do wrong, and what a person sees of it: a row a fault.

Each row is asked through every provider that can meet it. Whatever happens: the page shows what Python
has, the error is short and shows neither markup nor the key, and nothing is left behind: no task, no
thread, no connection, no warning, no word in the log.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import email.utils
import gc
import itertools
import json
import logging
import pathlib
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

import pplx_widget as pplx
from pplx_widget.core import errors
from pplx_widget.core.errors import PplxError
from pplx_widget.core.runtime import runtime
from pplx_widget.providers import Raw, _retries

from ..support.fault_server import CLOSE, RESET, STALL, Answer, FaultServer, head, reply, stream
from ..support.recording_comm import RecordingComm, page_state
from ..support.shapes import AGENT, CHAT, Shape
from ..support.wire_server import completed, delta, frame, results

KEY = "pplx-Zq7correcthorsebattery00staple11"

PROVIDERS: dict[str, tuple[Any, Shape]] = {
    "agent": ("agent", AGENT),
    "raw": ("raw", AGENT),
    "chat": ("chat", CHAT),
    "raw-chat": (Raw("chat"), CHAT),
}
ALL = tuple(PROVIDERS)
AGENTS, CHATS = ("agent", "raw"), ("chat", "raw-chat")


@dataclass(frozen=True)
class Outcome:
    """How an answer ends: ``says`` is a pattern for what its error says, ``retry`` offers to ask again."""

    status: str
    text: str = ""
    error: type[PplxError] | None = None
    says: str = ""
    retry: bool = False


@dataclass(frozen=True)
class Fault:
    """A row: what the server does, and how the answer ends.

    ``script`` makes the server's steps in the shape that it is given. ``by`` are the providers that can
    meet the fault, ``silence`` is the read timeout, ``requests`` how many the server gets. ``again`` is
    whether the question is asked again by itself where that is allowed.
    """

    name: str
    script: Callable[[Shape], Answer]
    outcome: Outcome
    by: tuple[str, ...] = ALL
    silence: float = 30
    requests: int = 1
    again: bool = False


HALF = "Half a "


def complete(text: str = HALF) -> Outcome:
    return Outcome("complete", text)


def failed(error: type[PplxError], says: str, text: str = "", *, retry: bool = True) -> Outcome:
    return Outcome("failed", text, error, says, retry)


UNREACHED = failed(errors.ConnectionFailed, "could not be reached")
# Whether the answer that is none or the end of it is seen first.
NOT_HTTP = failed(errors.ConnectionFailed, "could not be reached|hung up")
HUNG_UP = failed(errors.ConnectionFailed, "hung up before it answered")
EMPTY = failed(errors.ConnectionCut, "before any of its text")
CUT = failed(errors.ConnectionCut, "what had arrived is kept", HALF)
SILENT = failed(errors.TimedOut, "fell silent")
SILENT_LATER = failed(errors.TimedOut, "fell silent", HALF)
FELL_OVER = failed(errors.ServiceFailed, "the model fell over", HALF)


def half(w: Shape, *more: Any) -> Answer:
    """Return a stream with some text, and without its end."""
    return stream(w.begin, w.text(HALF), *more, whole=False)


def ending(w: Shape, end: bytes) -> Answer:
    """Return a stream with some text that ends in its own way."""
    return stream(w.begin, w.text(HALF), end)


def said(w: Shape, *pieces: Any) -> Answer:
    """Return a stream with a beginning and an end."""
    return stream(w.begin, *pieces, w.end())


def bare(w: Shape, data: bytes) -> bytes:
    """Return a piece of text as it is, where JSON would have escapes."""
    return w.text("@").replace(b"@", data)


def byte_by_byte(w: Shape, text: str) -> list[Any]:
    before, after = w.text("@").split(b"@")
    return [before, *itertools.chain(*((bytes([b]), 0.01) for b in text.encode())), after]


def run(status: str, **fields: Any) -> bytes:
    """Return the terminal event of a run that did not complete."""
    name = f"response.{status}".encode()
    return completed(status=status, **fields).replace(b"response.completed", name)


def done(text: str) -> bytes:
    """Return the event that gives the whole text of a part, after its deltas."""
    place = {"item_id": "msg_1", "output_index": 1, "content_index": 0}
    return frame(type="response.output_text.done", text=text, **place)


AT_LIMIT = {"incomplete_details": {"reason": "max_output_tokens"}}
MEGABYTES = "0123456789" * 1_000_000

# fmt: off
BEFORE_THE_STREAM = [
    Fault("closed unanswered", lambda _: [CLOSE], HUNG_UP),
    Fault("reset unanswered", lambda _: [RESET], HUNG_UP),
    Fault("silence", lambda _: [STALL], SILENT, silence=0.3),
    Fault("silence within the head", lambda _: [head()[:30], STALL], SILENT, silence=0.3),
    Fault("closed within the head", lambda _: [head()[:30], CLOSE], HUNG_UP),
    Fault("another protocol", lambda _: [b"220 mail.example ESMTP\r\n", CLOSE], NOT_HTTP),
    Fault("an endless head", lambda _: [b"HTTP/1.1 200 OK\r\n", itertools.repeat(b"X-More: yes\r\n" * 99)], UNREACHED),
    Fault("a head and silence", lambda _: [*stream(whole=False), STALL], SILENT, silence=0.3),
    Fault("a head and no more", lambda _: stream(), EMPTY),
    Fault("a head and a reset", lambda _: [*stream(whole=False), RESET], EMPTY),
]

IN_MID_STREAM = [
    Fault("silence in mid-stream", lambda w: [*half(w), STALL], SILENT_LATER, silence=1),
    Fault("reset in mid-stream", lambda w: [*half(w), RESET], CUT),
    Fault("closed in mid-stream", lambda w: [*half(w), CLOSE], CUT),
    Fault("half an event", lambda w: [*half(w, w.text("lost")[:-9]), CLOSE], CUT),
    Fault("half a chunk", lambda w: [*half(w), b"ff\r\ndata: {", CLOSE], CUT),
    Fault("a chunk without a size", lambda w: [*half(w), b"many\r\n", CLOSE], CUT),
    Fault("less than announced", lambda w: [head(content_length="9999"), w.begin + w.text(HALF), CLOSE], CUT),
    Fault("more than announced", lambda w: [head(content_length=str(len(w.text(HALF)))), w.text(HALF) + w.end(), CLOSE], CUT),
    Fault("neither length nor chunks", lambda w: [head(), w.begin + w.text(HALF), CLOSE], CUT),
    Fault("no terminal event", lambda w: stream(w.begin, w.text(HALF)), CUT),
    Fault("no empty line after the last", lambda w: stream(w.begin, w.text(HALF), w.end()[:-1]), CUT, by=AGENTS),
    Fault("reset after the terminal event", lambda w: [*half(w, w.end()), RESET], complete()),
    Fault("silence after the terminal event", lambda w: [*half(w, w.end()), STALL], complete()),
]

NO_STREAM = [
    Fault("a page with status 200", lambda _: reply(200, b"<html><h1>Log in</h1></html>"),
          failed(errors.ServiceFailed, "sent text/html .* login page")),
    Fault("JSON with status 200", lambda _: reply(200, b'{"text": "hello"}', "application/json"),
          failed(errors.ServiceFailed, "sent application/json")),
    Fault("no type and no body", lambda _: reply(200, kind=""), failed(errors.ServiceFailed, "nothing that has a type")),
    Fault("no content", lambda _: [head(204, kind="")], failed(errors.ServiceFailed, "did not answer with a stream")),
    Fault("broken compression", lambda w: stream(w.begin, content_encoding="gzip"),
          failed(errors.ProviderFailed, "could not be read")),
    Fault("a redirect to nowhere", lambda _: reply(302), failed(errors.RequestRejected, "HTTP 302", retry=False)),
    Fault("a redirect to itself", lambda _: reply(307, location="/v1/again"),
          failed(errors.NotFound, "names `/v1/again`", retry=False)),
    Fault("a redirect with a password", lambda _: reply(301, location=f"https://me:{KEY}@a.example/v1/responses?k={KEY}"),
          failed(errors.NotFound, "names `https://a.example/v1/responses`", retry=False)),
    Fault("a redirect with markup", lambda _: reply(308, location="https://a.example/<script>alert(1)</script>"),
          failed(errors.NotFound, "names `https://a.example", retry=False)),
]

THE_TEXT = [
    Fault("no tokens", said, complete("")),
    Fault("an event of 10 MB", lambda w: said(w, w.text(HALF), w.text(MEGABYTES)), complete(HALF + MEGABYTES)),
    Fault("characters byte by byte", lambda w: said(w, *byte_by_byte(w, "ü日🚀")), complete("ü日🚀")),
    Fault("a surrogate pair in two deltas", lambda w: said(w, w.text("a\ud83d"), w.text("\ude00b")), complete("a😀b")),
    Fault("a surrogate pair with a pause", lambda w: said(w, w.text("a\ud83d"), 0.1, w.text("\ude00b"), 0.1, w.text("c")), complete("a😀bc")),
    Fault("a lone half of one", lambda w: said(w, w.text("a\ud83d"), w.text("b")), complete("a\ufffdb")),
    Fault("a lone half at the end", lambda w: said(w, w.text("a\ud83d")), complete("a\ufffd")),
    Fault("a lone second half", lambda w: said(w, w.text("\ude00a")), complete("\ufffda")),
    Fault("a NUL", lambda w: said(w, w.text("a\0b")), complete("a\0b")),
    Fault("invalid UTF-8", lambda w: said(w, bare(w, b"a\xffb")), complete("a\ufffdb")),
    Fault("an event that is no JSON", lambda w: said(w, w.text(HALF), b"data: {oops\n\n", w.text("lost")),
          failed(errors.ProviderFailed, "not valid JSON", HALF)),
    Fault("an event that is no object", lambda w: said(w, w.text(HALF), b"data: [1]\n\n", b"data: null\n\n"),
          complete()),
]

THE_ORDER = [
    Fault("the terminal event twice", lambda w: stream(w.begin, w.text(HALF), w.end(), w.end()), complete()),
    Fault("text after the terminal event", lambda w: stream(w.begin, w.text(HALF), w.end(), w.text("late")), complete()),
    Fault("an error after the terminal event", lambda w: stream(w.begin, w.text(HALF), w.end(), w.error("late")), complete()),
    Fault("text before the beginning", lambda w: stream(w.text("Half "), w.begin, w.text("a "), w.end()), complete()),
    Fault("a part is done, and goes on", lambda w: said(w, done(HALF), w.text("Half "), w.text("a ")), complete(), by=AGENTS),
    Fault("a part is done twice", lambda w: said(w, w.text("Half "), done(HALF), done(HALF)), complete(), by=AGENTS),
    Fault("all text in the terminal event", lambda w: stream(w.begin, completed(HALF)), complete(), by=AGENTS),
    Fault("a terminal event and no more", lambda w: stream(w.end()), complete("")),
]

ERRORS_WITH_STATUS_200 = [
    Fault("an error and no more", lambda w: stream(w.error("no capacity")), failed(errors.ServiceFailed, "no capacity")),
    Fault("an error in mid-stream", lambda w: ending(w, w.error("the model fell over")), FELL_OVER),
    Fault("one, and then silence", lambda w: [*half(w, w.error("the model fell over")), STALL], FELL_OVER),
    Fault("a flat one", lambda w: ending(w, frame(type="error", message="the model fell over")), FELL_OVER, by=AGENTS),
    Fault("one with a status", lambda w: ending(w, w.error("slow down", code=429)),
          failed(errors.RateLimited, "slow down", HALF)),
    Fault("one of markup", lambda w: ending(w, w.error(f"<h1>Oops</h1> {KEY}", code=502)),
          failed(errors.ServiceFailed, "error page", HALF)),
    Fault("an endless one", lambda w: ending(w, w.error("no " * 9999)), failed(errors.ServiceFailed, "no no no", HALF)),
    Fault("a run that failed", lambda w: ending(w, run("failed", error={"message": "the model fell over"})), FELL_OVER, by=AGENTS),
    Fault("one for no reason", lambda w: ending(w, run("failed")),
          failed(errors.ServiceFailed, "reported that the answer failed", HALF), by=AGENTS),
    Fault("a run cut at the limit", lambda w: ending(w, run("incomplete", **AT_LIMIT)), Outcome("incomplete", HALF), by=AGENTS),
    Fault("one before its text", lambda _: stream(run("incomplete", **AT_LIMIT)), Outcome("incomplete"), by=AGENTS),
    Fault("a run that was cancelled", lambda w: ending(w, run("cancelled")), Outcome("stopped", HALF), by=AGENTS),
    Fault("a choice cut at the limit", lambda w: ending(w, CHAT.piece("length")), Outcome("incomplete", HALF), by=CHATS),
    Fault("a choice that ends in an error", lambda w: ending(w, CHAT.piece("error")),
          failed(errors.ServiceFailed, "reported that the answer failed", HALF), by=CHATS),
]


def status(code: int, error: type[PplxError], says: str, *, retry: bool, again: bool = False) -> list[Fault]:
    """Return the rows of a status: with an error in JSON that repeats the key, a page, and nothing."""
    said = json.dumps({"error": {"message": f"not with {KEY}", "code": code}}).encode()
    page = b"<!doctype html><html><script>x()</script><h1>Sorry</h1></html>" * 99
    bodies = {"JSON": (said, "application/json"), "a page": (page, "text/html"), "nothing": (b"", "")}
    return [
        Fault(f"HTTP {code} and {what}", lambda _, body=body: reply(code, *body), failed(error, says, retry=retry), again=again)
        for what, body in bodies.items()
    ]


def in_half_a_minute() -> str:
    return email.utils.formatdate(time.time() + 30, usegmt=True)


STATUSES = [
    *status(400, errors.RequestRejected, "rejected the request", retry=False),
    *status(401, errors.KeyRejected, "did not accept the API key", retry=True),
    *status(403, errors.Forbidden, "refused the request", retry=False),
    *status(404, errors.NotFound, "knows nothing at this address", retry=False),
    *status(408, errors.ServiceFailed, "HTTP 408", retry=True),
    *status(409, errors.ServiceFailed, "HTTP 409", retry=True),
    *status(413, errors.RequestRejected, "too large", retry=False),
    *status(422, errors.RequestRejected, "rejected the request", retry=False),
    *status(429, errors.RateLimited, "Wait a moment", retry=True, again=True),
    *status(500, errors.ServiceFailed, "is failing", retry=True),
    *status(502, errors.ServiceFailed, "is failing", retry=True),
    *status(503, errors.ServiceFailed, "is failing", retry=True),
    *status(504, errors.ServiceFailed, "is failing", retry=True),
    *status(522, errors.ServiceFailed, "is failing", retry=True),
    *status(524, errors.ServiceFailed, "is failing", retry=True),
    Fault("HTTP 503 for some seconds", lambda _: reply(503, retry_after="7"), failed(errors.ServiceFailed, "is failing"), again=True),
    Fault("HTTP 503 for some time", lambda _: reply(503, retry_after="soon"), failed(errors.ServiceFailed, "is failing")),
    Fault("HTTP 429 for some seconds", lambda _: reply(429, retry_after="7"), failed(errors.RateLimited, "Wait 7 s"), again=True),
    Fault("HTTP 429 until a moment", lambda _: reply(429, retry_after=in_half_a_minute()),
          failed(errors.RateLimited, r"Wait (2\d|30) s"), again=True),
    Fault("HTTP 429 until a reset", lambda _: reply(429, x_ratelimit_reset="3"), failed(errors.RateLimited, "Wait 3 s"), again=True),
    Fault("HTTP 429 until some day", lambda _: reply(429, retry_after="soon"), failed(errors.RateLimited, "Wait a moment"), again=True),
]
# fmt: on

FAULTS = [
    *BEFORE_THE_STREAM,
    *IN_MID_STREAM,
    *NO_STREAM,
    *THE_TEXT,
    *THE_ORDER,
    *ERRORS_WITH_STATUS_200,
    *STATUSES,
]


def asked(fault: Fault, by: str) -> Any:
    return pytest.param(fault, by, id=f"{fault.name}, {by}")


@pytest.mark.parametrize(("fault", "by"), [asked(fault, by) for fault in FAULTS for by in fault.by])
@pytest.mark.usefixtures("nothing_is_left")
def test_fault(faulty: FaultServer, comms: list[RecordingComm], fault: Fault, by: str) -> None:
    provider, shape = PROVIDERS[by]
    faulty.play(fault.script(shape))
    answer = pplx.ask("q", provider=provider, model="m", timeout=(5, fault.silence)).wait(60)
    check(answer, fault.outcome, comms)
    assert len(faulty.requests) == fault.requests


FAILING = [
    pytest.param(fault, by, id=f"{fault.name}, {by}")
    for fault in FAULTS
    for by in AGENTS
    if by in fault.by and fault.outcome.error
]


@pytest.mark.parametrize(("fault", "by"), FAILING)
@pytest.mark.usefixtures("nothing_is_left")
def test_asked_again(
    faulty: FaultServer, monkeypatch: pytest.MonkeyPatch, fault: Fault, by: str
) -> None:
    """What may have cost already is never asked twice."""
    pause = _retries.pause
    at_once = lambda *why: None if pause(*why) is None else 0.0  # noqa: E731
    monkeypatch.setattr(_retries, "pause", at_once)
    pplx.configure(max_retries=1)
    faulty.play(fault.script(PROVIDERS[by][1]))
    answer = pplx.ask("q", provider=by, timeout=(5, fault.silence)).wait(60)
    assert answer.status == "failed"
    assert len(faulty.requests) == fault.requests * (2 if fault.again else 1)


def check(answer: pplx.Answer, outcome: Outcome, comms: list[RecordingComm]) -> None:
    """Hold an answer, and what the page has of it, against how it should have ended."""
    assert answer.status == outcome.status
    if answer.text != outcome.text:  # the difference of 10 MB to 10 MB would take minutes
        pytest.fail(f"another text: {answer.text[:200]!r}")
    error = answer.error
    assert type(error) is (outcome.error or type(None)), error
    page = page_state(next(c for c in comms if "question" in c.opening))
    assert (page["status"], page["text"] == answer.text) == (answer.status, True)
    assert (page["error"] is None) == (error is None)
    if error is None:
        return
    assert re.search(outcome.says, str(error)), str(error)
    assert error.retry is page["error"]["retry"] is outcome.retry
    assert error.what
    assert error.try_this
    shown = [str(error), json.dumps(page["error"])]
    assert not [s for s in shown if KEY[5:] in s or re.search(r"</?[a-z!]", s)]
    assert len(str(error)) <= 600


# ---- nothing is left --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def faulty() -> Iterator[FaultServer]:
    """One server for all: what a row leaves behind would meet the next one."""
    with FaultServer() as server:
        yield server
    gc.unfreeze()


@pytest.fixture(autouse=True)
def asks_the_fault_server(faulty: FaultServer, clean_settings: None) -> None:
    pplx.configure(base_url=faulty.url(), api_key=KEY, max_retries=0)


@pytest.fixture
def nothing_is_left(faulty: FaultServer, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Whatever happened, there is then as much as before. Warnings are errors by the settings."""
    loop, threads = runtime().loop, our_threads()
    gc.freeze()  # the collector then looks at what this row has made, and at nothing else
    yield
    assert not concurrent.futures.wait(runtime()._tasks, 10).not_done
    assert not asyncio.run_coroutine_threadsafe(tasks_of_the_loop(), loop).result(20)
    assert faulty.wait_until_idle(), "a connection is in use"
    # The pools keep what is whole: one for the SDK's client, one for ours.
    assert faulty.open <= 2
    gc.collect()  # sockets, generators and tasks that nobody closed say so when they are collected
    assert not our_threads() - threads
    logged = caplog.get_records("call") + caplog.get_records("teardown")
    assert [r.getMessage() for r in logged if r.levelno >= logging.WARNING] == []


async def tasks_of_the_loop() -> set[str]:
    """Return the tasks that do not end within some seconds."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    waiting = (await asyncio.wait(others, timeout=10))[1] if others else set()
    return {repr(task) for task in waiting}


def our_threads() -> set[threading.Thread]:
    """Return the threads of the package; the server's and the loop's own pool are none of it."""
    theirs = ("fault server", "asyncio_")
    return {t for t in threading.enumerate() if not t.name.startswith(theirs)}


# ---- where no server answers ------------------------------------------------------------------------


@pytest.mark.parametrize("by", ALL)
@pytest.mark.usefixtures("nothing_is_left")
class TestUnreached:
    def ask(self, by: str, url: str, says: str, comms: list[RecordingComm]) -> None:
        pplx.configure(base_url=url, api_key=KEY)
        answer = pplx.ask("q", provider=PROVIDERS[by][0], model="m").wait(30)
        check(answer, failed(errors.ConnectionFailed, says), comms)

    def test_nobody_listens(self, by: str, comms: list[RecordingComm]) -> None:
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            url = f"http://127.0.0.1:{unused.getsockname()[1]}/v1"
            self.ask(by, url, "refused the connection", comms)

    def test_no_such_host(
        self, by: str, comms: list[RecordingComm], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def looked_up(*_arguments: Any, **_options: Any) -> None:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

        # Some networks have an answer of their own for every name.
        monkeypatch.setattr(socket, "getaddrinfo", looked_up)
        self.ask(by, "https://nowhere.invalid/v1", "There is no host nowhere.invalid", comms)

    def test_no_secure_server(
        self, faulty: FaultServer, by: str, comms: list[RecordingComm]
    ) -> None:
        self.ask(by, faulty.url("https"), "No secure connection((?!certificate).)*$", comms)

    def test_a_certificate_that_nobody_trusts(
        self, by: str, comms: list[RecordingComm], tmp_path: pathlib.Path
    ) -> None:
        pem = tmp_path / "server.pem"
        pem.write_text(UNTRUSTED)
        with FaultServer(str(pem)) as server:
            self.ask(by, server.url(), "certificate could not be verified", comms)
            assert server.wait_until_idle()
            assert (server.open, server.requests) == (0, [])


# ---- what a row cannot say --------------------------------------------------------------------------


@pytest.mark.parametrize("by", ALL)
@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
@pytest.mark.usefixtures("nothing_is_left")
def test_a_redirect_is_not_followed(
    faulty: FaultServer, comms: list[RecordingComm], by: str, code: int
) -> None:
    provider, shape = PROVIDERS[by]
    with FaultServer() as other:
        other.play(said(shape, shape.text("elsewhere")))
        faulty.play(
            reply(
                code,
                location=f"{other.url()}/{'responses' if by in AGENTS else 'chat/completions'}",
            )
        )
        answer = pplx.ask("q", provider=provider, model="m").wait(30)
        check(answer, failed(errors.NotFound, f"names `{other.url()}/", retry=False), comms)
        assert f'configure(base_url="{other.url()}"' in answer.error.try_this
        assert other.requests == []
        assert len(faulty.requests) == 1


@pytest.mark.parametrize("by", AGENTS)
@pytest.mark.usefixtures("nothing_is_left")
def test_sources_that_come_after_the_text(
    faulty: FaultServer, comms: list[RecordingComm], by: str
) -> None:
    faulty.play(stream(delta("One.[2]"), *results(1, 2), delta(" Two.[1]"), completed()))
    answer = pplx.ask("q", provider=by).wait(30)
    check(answer, complete("One.[2] Two.[1]"), comms)
    assert [(c.number, c.id) for c in answer.citations] == [(1, 2), (2, 1)]


@pytest.mark.parametrize(
    ("by", "count"), [("agent", 100_000), ("raw", 20_000), ("raw-chat", 20_000)]
)
@pytest.mark.usefixtures("nothing_is_left")
def test_very_many_tokens(
    faulty: FaultServer, comms: list[RecordingComm], by: str, count: int
) -> None:
    """Each is sent to the page once, and no message is longer than what it brings."""
    provider, shape = PROVIDERS[by]
    tokens = [f"{i} " for i in range(count)]
    batches = (tokens[i : i + 500] for i in range(0, len(tokens), 500))
    faulty.play(said(shape, *(b"".join(map(shape.text, batch)) for batch in batches)))
    answer = pplx.ask("q", provider=provider, model="m").wait(150)
    check(answer, complete("".join(tokens)), comms)
    comm = next(c for c in comms if "question" in c.opening)
    brought = [comm.opening["text"], *(p.get("text", "") for p in comm.patches)]
    assert "".join(brought) == answer.text
    patches = [m["bytes"] for m in comm.messages if m["data"].get("method") == "custom"]
    assert len(patches) < len(tokens) / 4
    assert sum(patches) < len(answer.text) + 1000 * len(patches)
    assert len(comm.updates) == 1


# Made once, for 127.0.0.1 and a hundred years; it keeps nothing secret.
UNTRUSTED = """\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg/fnGiXIotsT8LVBG
fn97s2gPitefxL0UOHfhDUuPcKWhRANCAATXP6H9+jRTJQwYbrvbn3CHkLDJUWzf
/6Oi+1M0DPHtwcwgwUeczD5Qr9rEoNZueueORs9jwzOIc9mXY5fJ01ED
-----END PRIVATE KEY-----
-----BEGIN CERTIFICATE-----
MIIBkDCCATagAwIBAgIUC5PD9XwLddNCJsvEx30bB1IcWgkwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJMTI3LjAuMC4xMCAXDTI2MTEyMjEzNTcyMFoYDzIxMjYxMDI5
MTM1NzIwWjAUMRIwEAYDVQQDDAkxMjcuMC4wLjEwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAATXP6H9+jRTJQwYbrvbn3CHkLDJUWzf/6Oi+1M0DPHtwcwgwUeczD5Q
r9rEoNZueueORs9jwzOIc9mXY5fJ01EDo2QwYjAdBgNVHQ4EFgQU0JFepk1QjcBm
ie/0VUtHxH3cCHIwHwYDVR0jBBgwFoAU0JFepk1QjcBmie/0VUtHxH3cCHIwDwYD
VR0TAQH/BAUwAwEB/zAPBgNVHREECDAGhwR/AAABMAoGCCqGSM49BAMCA0gAMEUC
IQC89yhCQyw8LYtfqlaw5IzEGHPbX8wxxhKacnYDdm9UKwIgHDqXdshxkA+4vY+F
OL/znj0QosJ4wJld2eIhcx0u4PY=
-----END CERTIFICATE-----
"""
