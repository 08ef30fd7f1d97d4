"""The table of faults: for each one the server's behaviour and the expected end of the answer."""

from __future__ import annotations

import email.utils
import itertools
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pplx_widget.core import errors
from pplx_widget.core.errors import PplxError
from pplx_widget.providers import Raw

from .fault_server import CLOSE, RESET, STALL, Answer, head, reply, stream
from .formats import AGENT, CHAT, Shape
from .wire_server import completed, frame

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
    """The end of an answer: ``says`` is a pattern for its error, ``retry`` whether it offers a retry."""

    status: str
    text: str = ""
    error: type[PplxError] | None = None
    says: str = ""
    retry: bool = False


@dataclass(frozen=True)
class Fault:
    """One fault: the server's behaviour and the expected outcome.

    ``script`` makes the server's steps for an API format. ``by`` names the providers that can meet the
    fault, ``silence`` is the read timeout in seconds, ``requests`` the number of requests to the
    server. ``again`` tells whether the question is retried automatically if retries are allowed.
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


NO_TEXT = Outcome("incomplete", "")


def failed(error: type[PplxError], says: str, text: str = "", *, retry: bool = True) -> Outcome:
    return Outcome("failed", text, error, says, retry)


UNREACHED = failed(errors.ConnectionFailed, "could not be reached")

# It depends on timing whether the client first sees the invalid response or its end.
NOT_HTTP = failed(errors.ConnectionFailed, "could not be reached|hung up")
HUNG_UP = failed(errors.ConnectionFailed, "hung up before it answered")
EMPTY = failed(errors.ConnectionCut, "before any of its text")
CUT = failed(errors.ConnectionCut, "what had arrived is kept", HALF)
SILENT = failed(errors.TimedOut, "stopped responding")
SILENT_LATER = failed(errors.TimedOut, "stopped responding", HALF)
FELL_OVER = failed(errors.ServiceFailed, "the model fell over", HALF)


def half(w: Shape, *more: Any) -> Answer:
    """Return a stream with some text and no end."""
    return stream(w.begin, w.text(HALF), *more, whole=False)


def ending(w: Shape, end: bytes) -> Answer:
    """Return a stream with some text and the given end."""
    return stream(w.begin, w.text(HALF), end)


def said(w: Shape, *pieces: Any) -> Answer:
    """Return a stream with a beginning and an end."""
    return stream(w.begin, *pieces, w.end())


def bare(w: Shape, data: bytes) -> bytes:
    """Return the event of a piece of text with raw bytes, which JSON would escape."""
    return w.text("@").replace(b"@", data)


def byte_by_byte(w: Shape, text: str) -> list[Any]:
    before, after = w.text("@").split(b"@")
    return [before, *itertools.chain(*((bytes([b]), 0.01) for b in text.encode())), after]


def run(status: str, **fields: Any) -> bytes:
    """Return the terminal event of a run that did not complete."""
    name = f"response.{status}".encode()
    return completed(status=status, **fields).replace(b"response.completed", name)


def done(text: str) -> bytes:
    """Return the event with the whole text of a part, which follows its deltas."""
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
    Fault("no type and no body", lambda _: reply(200, kind=""), failed(errors.ServiceFailed, "data without a type")),
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
    Fault("no tokens", said, NO_TEXT),
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
    Fault("a terminal event and no more", lambda w: stream(w.end()), NO_TEXT),
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
    """Return the faults of a status: with a JSON error that repeats the key, an HTML page, no body."""
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
    *status(404, errors.NotFound, "has nothing at this address", retry=False),
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

FAULTS = [
    *BEFORE_THE_STREAM,
    *IN_MID_STREAM,
    *NO_STREAM,
    *THE_TEXT,
    *THE_ORDER,
    *ERRORS_WITH_STATUS_200,
    *STATUSES,
]
