"""`inspect`: what came over the wire for one answer, as a time line that one can walk along."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import logging
import os
import time
import uuid
import weakref
from pathlib import Path
from typing import Any

from ...core.assets import asset
from ...core.errors import InvalidRequest, PplxError
from ...core.events import Event, Failed, Finished, Noted, Retrying
from ...core.runtime import runtime
from ...core.secret import scrub
from ...core.state import Status
from ...core.text import clean
from ...providers.trace import RUNS_KEPT, Frame, Trace
from ...recordings import recorder
from ...runs.session import Session
from .. import host, lifetime
from ..answer import Answer
from ..displays import Content, Displays
from ..shown import Shown
from ..traits import Derived
from . import timeline
from .metrics import metrics, moments

log = logging.getLogger("pplx_widget")

Json = dict[str, Any]

# Seconds between two messages to the page while frames come; longer where making one takes long, so
# that it never takes more than a twentieth of the thread.
_PAUSE = 0.1
_SHARE = 20

# Of one frame, in characters, what the page gets.
_LONGEST = 64_000


def inspect(answer: Answer) -> Inspector:
    """Look into an answer: every frame of its stream, when it came and what it brought.

    Shown in a notebook it is a time line that plays, pauses and steps, live or after the end, with each
    event's raw text beside its parsed form, the headers, and the figures. What the notebook's file
    keeps is a picture, which needs no kernel.

    Parameters
    ----------
    answer : Answer
        Under way, or over and among the newest eight of the session.

    Returns
    -------
    Inspector
        Of the answer's present run; after a retry, inspect it again.

    Raises
    ------
    InvalidRequest
        It is no answer.
    PplxError
        The trace of the answer is not kept any more, or it came from a file.

    Notes
    -----
    The frames are the bytes as received, with the reads of the connection. A provider object has events
    in their place; a scripted sample that is replayed has payloads.

    Examples
    --------
    >>> import pplx_widget as pplx
    >>> inspector = pplx.inspect(pplx.ask("What is HTTP/3?").wait(30))
    >>> inspector.to_jsonl("answer.jsonl")
    """
    if not isinstance(answer, Answer):
        raise InvalidRequest(
            f"{type(answer).__name__!r} is no answer.",
            "The stream of one answer can be looked at.",
            'Give what `ask` returned: `pplx.inspect(pplx.ask("…"))`.',
        )
    session = answer.session
    if (trace := session.trace) is None:
        raise PplxError(
            "There is nothing to inspect.",
            f"The frames of the newest {RUNS_KEPT} answers of a session are kept, and this is none of "
            "them (or it came from a file).",
            "Ask again: `answer.retry()`; or replay it: `pplx.replay(…)` takes notebooks, too.",
        )
    return Inspector(session, trace)


class Inspector(Shown):
    """The time line of one run; made by `inspect`.

    Parameters
    ----------
    session : Session
        The run.
    trace : Trace
        What it did, moment by moment.
    """

    head = Derived[Json](lambda i: i._head(), dict)
    """What is known of the run as a whole."""

    rows = Derived[list[Json]](lambda i: i._rows(0), list)
    """The frames so far."""

    def __init__(self, session: Session, trace: Trace) -> None:
        self.trace = trace
        """The frames and moments of the run."""
        self._session = session
        self._told = 0  # frames that the page has
        self._pause = _PAUSE
        self._timer: asyncio.TimerHandle | None = None
        self._key = uuid.uuid4().hex
        self._watched = host.in_kernel() and not host.non_interactive()
        code = {"_esm": asset("inspector.js")} if self._watched else {}
        super().__init__(Displays("an inspector"), unseen=not self._watched, **code)
        trace.follow(self)
        if trace.ended:
            self._told = len(trace.frames)
        lifetime.watch(self)

    # ---- what one does with it ----------------------------------------------------------------------

    def to_jsonl(self, path: str | os.PathLike[str]) -> None:
        """Write the run as a recording, which `replay` and ``pplx-widget serve`` play.

        Parameters
        ----------
        path : str or path
            The file; one that is there is replaced.

        Raises
        ------
        PplxError
            The file cannot be written, or the answer was too long to be kept whole.
        """
        recorder.save(self.trace, Path(os.path.expanduser(path)))  # noqa: PTH111 (never raises)

    def to_svg(self) -> str:
        """Return the time line as an SVG that stands alone."""
        return timeline.svg(self.trace)

    @property
    def figures(self) -> dict[str, str]:
        """What the run comes to: names and values, in words."""
        return dict(self._figures())

    def _figures(self) -> list[tuple[str, str]]:
        state = self._session.snapshot()
        return metrics(self.trace, state.usage, state.timing.tokens_per_second)

    def __repr__(self) -> str:
        return f"<Inspector: {len(self.trace.frames)} events of {self.trace.question!r}>"

    # ---- whether the answer goes on for it ----------------------------------------------------------

    @property
    def status(self) -> Status:
        """How far the answer is."""
        return self._session.state.status

    @property
    def needs(self) -> tuple[Session, ...]:
        """The run that it looks into."""
        return (self._session,)

    session = None
    """A run of its own; it has none."""

    def abandon(self) -> None:
        """Do nothing: what it looks into is watched, too."""

    def holders(self) -> tuple[Any, ...]:
        """Return the objects by which its own parts refer to it."""
        return (self.trace.followers,)

    # ---- how it is shown ----------------------------------------------------------------------------

    def _wait_for_nobody(self) -> None:
        self._session.wait()  # it goes on for the answer's sake

    def _output(self) -> Content:
        return self._document(), {}

    def _document(self) -> dict[str, str]:
        """Return what stands in the output: a picture, which the page brings to life where it can."""
        rows = self._figures()
        css_class = f"pplx-inspected pplx-i-{self._key}" if self._watched else "pplx-inspected"
        return {
            "text/html": timeline.page(self.trace, rows, css_class),
            "image/svg+xml": timeline.svg(self.trace),
            "text/plain": timeline.text(self.trace, rows),
        }

    # ---- what the page is told ----------------------------------------------------------------------

    def frame(self, _trace: Trace, _frame: Frame) -> None:
        """Take note of a frame; see `trace.Follower`."""
        if self._timer is None and self._watched:
            # Weakly, or the timer would count as a reference that keeps the answer under way.
            later = runtime().loop.call_later
            self._timer = later(self._pause, _flush_later, weakref.ref(self))

    def note(self, trace: Trace, _at: float, _event: Event) -> None:
        """Take note of what did not come from the service."""
        self.frame(trace, Frame(0, None))

    def over(self, _trace: Trace) -> None:
        """Take note of the end."""
        if self._timer is not None:
            self._timer.cancel()
        if self._watched:
            self._flush()
            # Beside the loop, which other answers need.
            runtime().begin(lambda: asyncio.to_thread(self._displays.settle, self._output))

    def _flush(self) -> None:
        self._timer = None
        # What the newest frame brings may not be known yet.
        known = len(self.trace.frames) - (not self.trace.ended)
        if known > self._told or self.trace.ended:
            begun, self._told = self._told, max(known, self._told)
            start = time.monotonic()
            self._send_rows(begun, self._told)
            self._pause = max(_PAUSE, _SHARE * (time.monotonic() - start))

    def _send_rows(self, begun: int, end: int) -> None:
        if not host.has_page(self.comm):
            return
        rows = self._rows(begun)[: end - begun]
        try:
            self.send({"type": "rows", "from": begun, "rows": rows, "head": self._head()})
        except Exception:
            log.debug("frames could not be sent", exc_info=True)

    def _asked(self, content: Any) -> None:
        match content:
            case {"type": "sync", "from": int(begun)} if begun >= 0:
                self._send_rows(begun, len(self.trace.frames))

    def _rows(self, begun: int) -> list[Json]:
        known = len(self.trace.frames) - (not self.trace.ended)
        return [_row(frame) for frame in self.trace.frames[begun : max(0, known)]]

    def _head(self) -> Json:
        trace = self.trace
        return {
            "key": self._key,
            "question": clean(trace.question),
            "over": trace.ended,
            "elapsed": round(self._session.elapsed, 3),
            "status": trace.status,
            "request": trace.request_headers,
            "body": clean(
                json.dumps(
                    recorder.without_files(trace.body), indent=2, ensure_ascii=False, default=str
                )
            ),
            "response": trace.response_headers,
            "moments": [[m.name, round(m.at, 4)] for m in moments(trace)],
            "figures": [[clean(n), clean(v)] for n, v in self._figures()],
            "notes": [[round(at, 4), _said(event)] for at, event in trace.notes],
        }


def _flush_later(ref: weakref.ref[Inspector]) -> None:
    if (inspector := ref()) is not None:
        inspector._flush()


def _row(frame: Frame) -> Json:
    # A service may repeat the key that it was sent.
    raw = scrub(_raw(frame))
    return {
        "at": round(frame.at, 4),
        "kind": clean(timeline.kind_of(frame)),
        "raw": raw[:_LONGEST],
        "received": frame.raw is not None,
        "cut": len(raw) > _LONGEST,
        "text": clean(frame.text),
        "reads": [[round(at, 4), size] for at, size in frame.reads],
        "size": len(raw.encode()) if frame.raw is None else len(frame.raw),
    }


def _raw(frame: Frame) -> str:
    """Return a frame's text as received; for a frame without bytes, its payload as JSON."""
    if frame.raw is not None:
        return frame.raw.decode("utf-8", "replace")
    try:
        return _written(frame.data)
    except RecursionError:
        return "nested too deeply to be written out"


def _written(data: Any) -> str:
    if dataclasses.is_dataclass(data) and not isinstance(data, type):
        data = {"event": type(data).__name__} | {
            field.name: getattr(data, field.name) for field in dataclasses.fields(data)
        }
    return clean(json.dumps(data, ensure_ascii=False, default=_plain))


def _plain(value: Any) -> Any:
    """Return an object inside of an event as JSON's types."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    return str(value)


def _said(event: Event) -> str:
    match event:
        case Retrying(error=error, seconds=seconds):
            return f"{error.what} Asked again after {seconds:.1f} s."
        case Failed(error=error):
            return error.what
        case Noted(text=text):
            return text
        case Finished(reason=str(reason)):
            return f"Stopped: {reason}."
        case _:
            return "Stopped."
