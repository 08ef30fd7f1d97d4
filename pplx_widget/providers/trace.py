"""Traces: the frames and moments of a run, for the inspector and for recordings.

Every run of an answer is traced, so that it can be inspected afterwards; a row of a batch only while a
recorder wants it. That costs under two microseconds a
piece of text, and its size is bounded. A trace keeps the objects that the readers make anyway, without
copies or conversions. The newest few runs are kept, and any run whose trace is referenced.
"""

from __future__ import annotations

import contextlib
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

from ..core.events import Event, Noted, Retrying, Text, Waiting
from ..core.secret import redact
from ..question.request import Request

RUNS_KEPT: Final = 8

# The limits of one run. Frames beyond them are counted and timed, but not kept.
_MOST_FRAMES = 20_000
_MOST_BYTES = 8 * 2**20

# Request headers whose values are shown. Of the others only the names are.
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
# Response headers whose values are hidden.
SECRET_HEADERS = frozenset({"authorization", "proxy-authorization", "set-cookie", "cookie"})

HIDDEN: Final = "(hidden)"


@dataclass(slots=True)
class Frame:
    """One frame of a stream.

    Attributes
    ----------
    at : float
        Seconds since the question was asked.
    data : object
        The parsed payload; None for a frame without one. For a provider object it is the event itself.
    raw : bytes or None
        The frame as received, including its blank line; None if only the payload is known.
    reads : tuple of (float, int)
        The reads of the connection since the previous frame: time and number of bytes.
    text : str
        The piece of the answer's text in this frame.
    """

    at: float
    data: Any
    raw: bytes | None = None
    reads: tuple[tuple[float, int], ...] = ()
    text: str = ""


SCRIPTED: Final = "x-pplx-scripted"
"""The header with which the local server says that an answer is a sample."""


class Follower(Protocol):
    """An observer of a run; called on the background thread."""

    def frame(self, trace: Trace, frame: Frame) -> None:
        """Handle a frame. Its text is not known yet."""
        ...

    def note(self, trace: Trace, at: float, event: Event) -> None:
        """Handle an event that did not come from the service: a retry, a stop, or a failure."""
        ...

    def over(self, trace: Trace) -> None:
        """Handle the end of the run."""
        ...


class Trace:
    """The frames and moments of one run.

    Attributes
    ----------
    question : str
        The question.
    shape : {"agent", "chat"} or None
        The API format; None for a provider object.
    body : dict
        The body of the request.
    request_headers, response_headers : dict
        Names in lower case; secret values are hidden.
    status : int or None
        The HTTP status.
    marks : dict of str to float
        Moments in seconds since the question: ``connect``, ``tls``, ``sent``, ``headers``,
        ``first_byte``, ``last``, as far as the transport reports them.
    reused : bool or None
        Whether an existing connection was used; None if the transport does not report it.
    frames : list of Frame
        In order of arrival; those beyond the bounds are counted in ``left_out``.
    scripted : bool
        Whether the answer is a script by hand and not a model's.
    notes : list of (float, Event)
        Events that did not come from the service.
    replayed : bool
        Whether a recording answers.
    recorded : datetime or None
        The time of the recording, if it is known.
    final : bool
        Whether the answer is over; a few bytes may still be read from the connection until ``ended``.
    """

    def __init__(self, question: str = "", asked: float | None = None) -> None:
        self.question = question
        self.shape: str | None = None
        self.scripted = False
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

    def restart(self, asked: float) -> None:
        """Count the seconds from ``asked``, the moment when a question that waited is sent."""
        self._asked = asked

    @property
    def followers(self) -> list[Follower]:
        """The observers of the run."""
        return self._followers

    def follow(self, follower: Follower) -> None:
        """Add an observer."""
        self._followers = [*self._followers, follower]

    # ---- called by the readers of the wire ------------------------------------------------------

    def asked(self, shape: str, body: Mapping[str, Any]) -> None:
        """Note the API format and the body of the request."""
        self.shape, self.body = shape, body

    def replays(self, recorded: datetime | None) -> None:
        """Note that a recording answers, and when it was made if that is known."""
        self.replayed, self.recorded = True, recorded

    def mark(self, name: str) -> None:
        """Note a moment; a later attempt overwrites it."""
        self.marks[name] = self.now

    def head(self, status: int, request: Mapping[str, str], response: Mapping[str, str]) -> None:
        """Note the head of the response, and that of the request as it was sent."""
        self.mark("headers")
        self.status = status
        self.scripted = response.get(SCRIPTED) == "true"
        self.request_headers = {
            name.lower(): redact(value) if name.lower() in _OPEN_HEADERS else HIDDEN
            for name, value in request.items()
        }
        self.response_headers = {
            name.lower(): HIDDEN if name.lower() in SECRET_HEADERS else redact(value)
            for name, value in response.items()
        }

    def read(self, size: int, ago: float = 0.0) -> None:
        """Note a read of the body: its size in bytes, and how many seconds ago it happened."""
        now = self.now - ago
        self.marks.setdefault("first_byte", now)
        self._reads.append((now, size))

    def frame(self, data: Any, raw: bytes | None = None, *, size: int = 0) -> None:
        """Note a frame: its payload, and its bytes or, without them, its size if it is known."""
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

    # ---- called by the session --------------------------------------------------------------------

    def event(self, event: Event) -> None:
        """Note an event of the newest frame."""
        if isinstance(event, Retrying | Noted):
            self.note(event)
            return
        if isinstance(event, Waiting):  # it changes often, and says nothing about the stream
            return
        if self.shape is None:
            self.frame(event)
        if isinstance(event, Text) and self._last is not None:
            self._last.text += event.delta

    def note(self, event: Event) -> None:
        """Note an event that did not come from the service."""
        at = self.now
        if self.ended:
            return
        self.notes.append((at, event))
        for follower in self._followers:
            follower.note(self, at, event)

    def end(self) -> None:
        """Note the end of the run."""
        if self.ended:
            return
        self.ended = True
        for follower in self._followers:
            follower.over(self)


class _Nothing(Trace):
    """The trace of a run that is not traced; it keeps nothing."""

    def asked(self, shape: str, body: Mapping[str, Any]) -> None:
        pass

    def replays(self, recorded: datetime | None) -> None:
        pass

    def mark(self, name: str) -> None:
        pass

    def head(self, status: int, request: Mapping[str, str], response: Mapping[str, str]) -> None:
        pass

    def read(self, size: int, ago: float = 0.0) -> None:
        pass

    def frame(self, data: Any, raw: bytes | None = None, *, size: int = 0) -> None:
        pass

    def note(self, event: Event) -> None:
        pass


NOTHING: Final = _Nothing()
"""The trace of every run that is not traced."""

_current: ContextVar[Trace | None] = ContextVar("pplx_trace", default=None)

_newest: deque[Trace] = deque(maxlen=RUNS_KEPT)

beginnings: list[Callable[[Trace], None]] = []
"""Functions that are called with the trace of each new run."""


def made(request: Request, asked: float) -> Trace:
    """Return the trace of a run that is about to begin."""
    trace = Trace(request.question, asked)
    trace.body = {"input": request.prompt}  # until the provider notes the real one
    return trace


def begin(trace: Trace) -> None:
    """Note that a run begins, and keep its trace among the newest."""
    _newest.append(trace)
    for told in tuple(beginnings):
        told(trace)


def enter(trace: Trace) -> None:
    """Make a trace that of the running task."""
    _current.set(trace)


def current() -> Trace:
    """Return the trace of the running task; an unused one if there is no run."""
    return _current.get() or Trace()


@contextlib.contextmanager
def aside() -> Iterator[None]:
    """Keep the head and the moments of a request beside the question's out of the trace."""
    token = _current.set(None)
    try:
        yield
    finally:
        _current.reset(token)
