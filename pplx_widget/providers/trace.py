"""What a run did, moment by moment: for the inspector and for recordings.

Always on, since one wants to look into an answer after the fact: a piece of text costs under two
microseconds more, and what is kept is bounded. A trace keeps the objects that were made anyway; nothing
is copied or turned into text before somebody looks. The newest few runs are kept, and any run for as
long as somebody holds its trace.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

from ..core.events import Event, Noted, Retrying, Text
from ..core.secret import redact
from ..question.request import Request

RUNS_KEPT: Final = 8

# Of one run. What comes beyond is counted, timed and not kept.
_MOST_FRAMES = 20_000
_MOST_BYTES = 8 * 2**20

# Of a request, all that may be read by anybody; the rest is named and not shown.
_OPEN_HEADERS = frozenset(
    {
        "accept",
        "accept-encoding",
        "connection",
        "content-length",
        "content-type",
        "host",
        "user-agent",
        "x-pplx-integration",
    }
)
# Of a response, what is nobody's business.
SECRET_HEADERS = frozenset({"authorization", "proxy-authorization", "set-cookie", "cookie"})

HIDDEN: Final = "(hidden)"


@dataclass(slots=True)
class Frame:
    """One event of a stream as it came.

    Attributes
    ----------
    at : float
        Seconds since the question was asked.
    data : object
        What it says: the payload, parsed; None for a frame without one. With a provider of one's own
        it is the event itself.
    raw : bytes or None
        The frame as received, its blank line included; None where only the payload is known.
    reads : tuple of (float, int)
        The reads of the connection since the frame before: when, and how many bytes.
    text : str
        What it brought of the answer's text.
    """

    at: float
    data: Any
    raw: bytes | None = None
    reads: tuple[tuple[float, int], ...] = ()
    text: str = ""


class Follower(Protocol):
    """Who hears of a run as it goes, on the background thread."""

    def frame(self, trace: Trace, frame: Frame) -> None:
        """Take a frame. The text that it brings is not known yet."""
        ...

    def note(self, trace: Trace, at: float, event: Event) -> None:
        """Take what did not come from the service: it is asked again, was stopped, or failed."""
        ...

    def over(self, trace: Trace) -> None:
        """Take note that the run has ended."""
        ...


class Trace:
    """The frames and moments of one run.

    Attributes
    ----------
    question : str
        What was asked.
    shape : {"agent", "chat"} or None
        What is spoken; None for a provider of one's own.
    exact : bool
        Whether frames are as received, and not rebuilt from what a library made of them.
    body : dict
        The body of the request.
    request_headers, response_headers : dict
        Names in lower case; what must not be seen is hidden.
    status : int or None
        The HTTP status.
    marks : dict of str to float
        Moments in seconds since the question: ``connect``, ``tls``, ``sent``, ``headers``,
        ``first_byte``, ``last``, as far as the transport tells them.
    reused : bool or None
        Whether the connection was there already; None where the transport does not tell.
    frames : list of Frame
        In order of arrival; those beyond the bounds are counted in ``left_out``.
    notes : list of (float, Event)
        What did not come from the service.
    replayed : bool
        Whether a recording answers.
    recorded : datetime or None
        When that was recorded, if it is known.
    final : bool
        Whether the answer is over; a few bytes may still be read from the connection until ``ended``.
    """

    def __init__(self, question: str = "", asked: float | None = None) -> None:
        self.question = question
        self.shape: str | None = None
        self.exact = False
        self.body: Mapping[str, Any] = {"input": question}
        self.request_headers: dict[str, str] = {}
        self.response_headers: dict[str, str] = {}
        self.status: int | None = None
        self.marks: dict[str, float] = {}
        self.reused: bool | None = None
        self.frames: list[Frame] = []
        self.left_out = 0
        self.notes: list[tuple[float, Event]] = []
        self.replayed = False
        self.recorded: datetime | None = None
        self.final = self.ended = False
        self._asked = time.monotonic() if asked is None else asked
        self._bytes = 0
        self._reads: list[tuple[float, int]] = []
        self._last: Frame | None = None
        self._followers: list[Follower] = []

    @property
    def now(self) -> float:
        """Seconds since the question was asked."""
        return time.monotonic() - self._asked

    @property
    def followers(self) -> list[Follower]:
        """Who is told of what comes."""
        return self._followers

    def follow(self, follower: Follower) -> None:
        """Tell somebody of what comes from now on."""
        self._followers = [*self._followers, follower]

    # ---- said by who reads the wire -------------------------------------------------------------

    def asked(self, shape: str, body: Mapping[str, Any], *, exact: bool = False) -> None:
        """Note what is asked, in which shape, and whether the frames will be as received."""
        self.shape, self.body, self.exact = shape, body, exact

    def replays(self, recorded: datetime | None) -> None:
        """Note that a recording answers, and when it was made if that is known."""
        self.replayed, self.recorded = True, recorded

    def mark(self, name: str) -> None:
        """Note a moment; asked again after a refusal, the newest counts."""
        self.marks[name] = self.now

    def head(self, status: int, request: Mapping[str, str], response: Mapping[str, str]) -> None:
        """Note the head of the answer, and of the request as it went out."""
        self.mark("headers")
        self.status = status
        self.request_headers = {
            name.lower(): redact(value) if name.lower() in _OPEN_HEADERS else HIDDEN
            for name, value in request.items()
        }
        self.response_headers = {
            name.lower(): HIDDEN if name.lower() in SECRET_HEADERS else redact(value)
            for name, value in response.items()
        }

    def read(self, size: int, ago: float = 0.0) -> None:
        """Note that so many bytes of the body were read at once, some seconds ago."""
        now = self.now - ago
        self.marks.setdefault("first_byte", now)
        self._reads.append((now, size))

    def frame(self, data: Any, raw: bytes | None = None, *, size: int = 0) -> None:
        """Note a frame: its payload, and its bytes or how large it is where that is known."""
        if self.ended:
            return
        reads, self._reads = tuple(self._reads), []
        now = reads[-1][0] if reads else self.now
        self.marks["last"] = now
        new = self._last = Frame(now, data, raw, reads)
        self._bytes += len(raw) if raw is not None else size
        if len(self.frames) < _MOST_FRAMES and self._bytes < _MOST_BYTES:
            self.frames.append(new)
        else:
            self.left_out += 1
        for follower in self._followers:
            follower.frame(self, new)

    # ---- said by the session --------------------------------------------------------------------

    def event(self, event: Event) -> None:
        """Note what the frame that came last meant."""
        if isinstance(event, Retrying | Noted):
            self.note(event)
            return
        if self.shape is None:
            self.frame(event)
        if isinstance(event, Text) and self._last is not None:
            self._last.text += event.delta

    def note(self, event: Event) -> None:
        """Note what did not come from the service."""
        at = self.now
        if self.ended:
            return
        self.notes.append((at, event))
        for follower in self._followers:
            follower.note(self, at, event)

    def end(self) -> None:
        """Note that nothing more will come."""
        if self.ended:
            return
        self.ended = True
        for follower in self._followers:
            follower.over(self)


_current: ContextVar[Trace | None] = ContextVar("pplx_trace", default=None)

_newest: deque[Trace] = deque(maxlen=RUNS_KEPT)

beginnings: list[Callable[[Trace], None]] = []
"""Who is told of each run that begins."""


def made(request: Request, asked: float) -> Trace:
    """Return the trace of a run that is to begin."""
    trace = Trace(request.question, asked)
    trace.body = {"input": request.prompt}  # until the provider names the real one
    return trace


def begin(trace: Trace) -> None:
    """Note that a run begins; its trace is among the newest for a while."""
    _newest.append(trace)
    for told in tuple(beginnings):
        told(trace)


def enter(trace: Trace) -> None:
    """Make a trace the one of the running task."""
    _current.set(trace)


def current() -> Trace:
    """Return the trace of the running task; one that nobody looks at where there is no run."""
    return _current.get() or Trace()
