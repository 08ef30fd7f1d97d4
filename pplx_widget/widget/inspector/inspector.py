"""`inspect`: the response stream of one answer as an interactive timeline."""

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

from ...core import words
from ...core.assets import page_code
from ...core.errors import InvalidRequest, PplxError
from ...core.events import Event, Failed, Finished, Noted, Retrying
from ...core.runtime import runtime
from ...core.secret import scrub
from ...core.state import Status
from ...core.text import clean
from ...core.words import decimal, say, translated
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

# Seconds between two messages to the page while frames arrive. The pause gets longer if messages are
# expensive, so that they take at most a twentieth of the background thread's time.
_PAUSE = 0.1
_SHARE = 20

# Maximum number of characters of one frame that are sent to the page.
_LONGEST = 64_000


def inspect(answer: Answer) -> Inspector:
    """Inspect an answer: every frame of its stream, with its time and its content.

    In a notebook, the inspector is a timeline that plays, pauses and steps, live or after the end. It
    shows the raw text and the parsed form of each event, the headers, and the metrics. The notebook
    file keeps a picture that needs no kernel.

    Parameters
    ----------
    answer : Answer
        An answer in progress, or one of the newest eight answers of the kernel.

    Returns
    -------
    Inspector
        The inspector of the answer's current run; after a retry, inspect the answer again.

    Raises
    ------
    InvalidRequest
        The argument is not an answer.
    PplxError
        The trace of the answer was discarded, or the answer came from a file.

    Notes
    -----
    The frames are the bytes as received, with the reads of the connection. Instead of frames, a user's
    own provider has events, and a replayed sample has payloads.

    Examples
    --------
    >>> import pplx_widget as pplx
    >>> inspector = pplx.inspect(pplx.ask("What is HTTP/3?").wait(30))
    >>> inspector.to_jsonl("answer.jsonl")
    """
    if not isinstance(answer, Answer):
        raise InvalidRequest(
            f"{type(answer).__name__!r} is not an answer.",
            "`inspect` shows the stream of one answer.",
            'Pass the result of `ask`: `pplx.inspect(pplx.ask("…"))`.',
        )
    session = answer.session
    if (trace := session.trace) is None:
        raise PplxError(
            "There is nothing to inspect.",
            f"The kernel keeps the frames of the newest {RUNS_KEPT} answers. This answer is older, or "
            "it came from a file.",
            "Ask again with `answer.retry()`, or replay a recording or notebook with `pplx.replay(…)`.",
        )
    return Inspector(session, trace)


class Inspector(Shown):
    """The timeline of one run; returned by `inspect`.

    Parameters
    ----------
    session : Session
        The run.
    trace : Trace
        The trace of the run.
    """

    head = Derived[Json](lambda i: i._head(), dict)
    """The data of the run as a whole, for the page."""

    rows = Derived[list[Json]](lambda i: i._all_rows(), list)
    """The frames so far, for the page."""

    def __init__(self, session: Session, trace: Trace) -> None:
        self.trace = trace
        """The frames and moments of the run."""
        self._session = session
        self._told = 0  # number of frames that were sent to the page
        self._pause = _PAUSE
        self._timer: asyncio.TimerHandle | None = None
        self._key = uuid.uuid4().hex
        self._watched = host.in_kernel() and not host.non_interactive()
        self._language = words.language()
        code = self._code() if self._watched else {}
        super().__init__(Displays("an inspector"), unseen=not self._watched, **code)
        trace.follow(self)
        if trace.ended:
            self._told = len(trace.frames)
        lifetime.watch(self)

    def _code(self) -> dict[str, str]:
        return {"_esm": page_code("inspector.js", self._language)}

    # ---- methods for users --------------------------------------------------------------------------

    def to_jsonl(self, path: str | os.PathLike[str]) -> None:
        """Write the run as a recording for `replay` and ``pplx-widget serve``.

        Parameters
        ----------
        path : str or path
            The file; an existing file is replaced.

        Raises
        ------
        PplxError
            The file cannot be written, or the answer was too long to keep all of its frames.
        """
        recorder.save(self.trace, Path(os.path.expanduser(path)))  # noqa: PTH111 (never raises)

    def to_svg(self) -> str:
        """Return the timeline as a standalone SVG."""
        return timeline.svg(self.trace)

    @property
    def figures(self) -> dict[str, str]:
        """The metrics of the run: names and values, as text."""
        return dict(self._figures())

    def _figures(self) -> list[tuple[str, str]]:
        state = self._session.snapshot()
        return metrics(self.trace, state.usage, state.timing.tokens_per_second)

    def __repr__(self) -> str:
        return f"<Inspector: {len(self.trace.frames)} events of {self.trace.question!r}>"

    # ---- lifetime -----------------------------------------------------------------------------------

    @property
    def status(self) -> Status:
        """The status of the answer."""
        return self._session.state.status

    @property
    def needs(self) -> tuple[Session, ...]:
        """The inspected run."""
        return (self._session,)

    session = None
    """Always None: an inspector has no run of its own."""

    def abandon(self) -> None:
        """Do nothing: the inspected answer is watched on its own."""

    def holders(self) -> tuple[Any, ...]:
        """Return the objects of this package that refer to the inspector."""
        return (self.trace.followers,)

    # ---- display ------------------------------------------------------------------------------------

    def _wait_for_the_end(self) -> None:
        self._session.wait()  # an interrupt must not stop the answer, which belongs to others

    def _output(self) -> Content:
        if self._watched:
            self._appear()  # the page makes the picture interactive
        return self._document(), {}

    def _document(self) -> dict[str, str]:
        """Return the content of the output: a picture, which the page makes interactive if possible."""
        css_class = f"pplx-inspected pplx-i-{self._key}" if self._watched else "pplx-inspected"
        with words.speaking(self._language):
            rows = self._figures()
            return {
                "text/html": timeline.page(self.trace, rows, css_class),
                "image/svg+xml": timeline.svg(self.trace),
                "text/plain": timeline.text(self.trace, rows),
            }

    # ---- messages to the page -----------------------------------------------------------------------

    def frame(self, _trace: Trace, _frame: Frame) -> None:
        """Schedule a message to the page after a new frame; see `trace.Follower`."""
        if self._timer is None and self._watched:
            # A weak reference: a strong one in the timer would keep the answer going.
            later = runtime().loop.call_later
            self._timer = later(self._pause, _flush_later, weakref.ref(self))

    def note(self, trace: Trace, _at: float, _event: Event) -> None:
        """Schedule a message after an event that did not come from the service."""
        self.frame(trace, Frame(0, None))

    def over(self, _trace: Trace) -> None:
        """Send the last frames and settle the outputs."""
        if self._timer is not None:
            self._timer.cancel()
        if self._watched:
            self._flush()
            # In another thread, so that it does not block the event loop of all answers.
            runtime().begin(lambda: asyncio.to_thread(self._displays.settle, self._output))

    def _flush(self) -> None:
        self._timer = None
        # The events of the newest frame may not be known yet.
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

    def _all_rows(self) -> list[Json]:
        rows = self._rows(0)
        if self not in self.trace.followers:  # these open the widget, so the first message goes on
            self._told = len(rows)
        return rows

    def _rows(self, begun: int) -> list[Json]:
        known = len(self.trace.frames) - (not self.trace.ended)
        return [_row(frame) for frame in self.trace.frames[begun : max(0, known)]]

    def _head(self) -> Json:
        with words.speaking(self._language):
            return self._summary()

    def _summary(self) -> Json:
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
    # The service may have repeated the API key.
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
        return say("inspector.too_deep")


def _written(data: Any) -> str:
    if dataclasses.is_dataclass(data) and not isinstance(data, type):
        data = {"event": type(data).__name__} | {
            field.name: getattr(data, field.name) for field in dataclasses.fields(data)
        }
    return clean(json.dumps(data, ensure_ascii=False, default=_plain))


def _plain(value: Any) -> Any:
    """Return an object inside an event as JSON types."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    return str(value)


def _said(event: Event) -> str:
    match event:
        case Retrying(error=error, seconds=seconds):
            return say("inspector.retried", what=error.what, n=decimal(f"{seconds:.1f}"))
        case Failed(error=error):
            return error.what
        case Noted(text=text):
            return text
        case Finished(reason=str(reason)):
            return say("inspector.stopped_because", reason=translated(reason, "reason"))
        case _:
            return say("inspector.stopped")
