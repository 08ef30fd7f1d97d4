"""`record`: writes every answer to a file as it arrives, for `replay`.

`format` describes the file.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import re
import threading
import uuid
from collections.abc import Callable, Mapping
from concurrent.futures import Future, InvalidStateError
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Self, TypeAlias

from ..core import threads, waiting
from ..core.errors import PplxError
from ..core.events import Event, Failed, Finished, Noted, Retrying
from ..core.secret import scrub
from ..core.text import shortened
from ..document.record import error_to_record
from ..providers import trace
from ..providers.trace import Frame, Trace
from .agent_writer import AgentWriter
from .format import FORMAT, VERSION

log = logging.getLogger("pplx_widget")

Line: TypeAlias = dict[str, Any]

# How long the end of a `with` block waits for the bytes after the last event.
_REST_SECONDS: Final = 2.0


def record(path: str | os.PathLike[str]) -> Recorder:
    """Record every answer from now on, whichever function asks.

    Use it in a ``with`` block, or call it in one cell and ``close()`` the recorder in another. An
    answer that is under way at the end is recorded to its end; `Recorder.wait` waits for it. `replay`
    plays the file, `pplx-widget serve` serves it.

    Parameters
    ----------
    path : str or path
        A ``.jsonl`` file. An existing one is appended to.

    Returns
    -------
    Recorder
        Recording already.

    Raises
    ------
    PplxError
        The file cannot be written.

    Notes
    -----
    The file has each frame as received, byte for byte, and the moments at which the connection was
    read. For a provider object it has payloads that say the same as its events. It has the body of each
    request, which holds the question, but no header, no key, and no bytes of images and files.

    Examples
    --------
    >>> import pplx_widget as pplx
    >>> with pplx.record("talk.jsonl"):
    ...     pplx.ask("What is HTTP/3?").wait()
    <Answer 'What is HTTP/3?': complete>
    """
    return Recorder(path)


class Recorder:
    """Records the answers that begin while it is open; made by `record`.

    Attributes
    ----------
    path : Path
        The file.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(os.path.expanduser(path))  # noqa: PTH111 (never raises)
        self._runs: dict[Trace, _Run] = {}  # those under way
        self._changed = threading.Condition()
        self._waiting: list[Future[None]] = []
        self._failed: OSError | None = None
        self._closed = False
        try:
            # Each line is one write to the end of the file: several processes may record into it.
            self._file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        except (OSError, ValueError) as error:  # the second: NUL or half of a surrogate pair
            raise _cannot(self.path, error) from None
        self._start_line()
        trace.beginnings.append(self._begin)

    def wait(self, timeout: float | None = None) -> Self:
        """Wait until no answer is being recorded.

        Raises
        ------
        TimeoutError
            One was still under way after ``timeout`` seconds.
        """
        quiet: Future[None] = Future()
        with self._changed:
            self._waiting.append(quiet)
            self._tell()
        try:
            waiting.wait(quiet, timeout, instead="`await answer`")
        except TimeoutError:
            raise TimeoutError(f"An answer was still under way after {timeout:g} s.") from None
        return self

    def _tell(self) -> None:
        """Let those go on who wait until no answer is being recorded; with the lock held."""
        while not self._runs and self._waiting:
            with contextlib.suppress(InvalidStateError):  # its wait was cancelled
                self._waiting.pop().set_result(None)

    def close(self) -> None:
        """Record no further answers; those under way are recorded to their end.

        Raises
        ------
        PplxError
            A line could not be written, for example because the disk is full.
        """
        if self._begin in trace.beginnings:
            trace.beginnings.remove(self._begin)
        with self._changed:
            # An answer is over a moment before the last bytes of its response arrive. With one thread
            # they cannot arrive here; the file is closed after them.
            if threads.can_start():
                self._changed.wait_for(
                    lambda: not any(run.final for run in self._runs), timeout=_REST_SECONDS
                )
            self._closed = True
            self._close_file()
        if self._failed:
            raise _cannot(self.path, self._failed)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def __repr__(self) -> str:
        how = "closed" if self._closed else "recording"
        return f"<Recorder {self.path.name!r}: {how}>"

    # ---- on the background thread ---------------------------------------------------------------

    def _begin(self, run: Trace) -> None:
        with self._changed:
            self._runs[run] = _Run(self.write, self.end)
        run.follow(self._runs[run])

    def end(self, run: Trace) -> None:
        """Handle the end of a run."""
        with self._changed:
            self._runs.pop(run, None)
            self._changed.notify_all()
            self._tell()
            if self._closed:
                self._close_file()

    def write(self, line: Line) -> bool:
        """Append a line; return whether it was written. It never raises, so the answer goes on."""
        if self._failed:
            return False
        try:
            os.write(self._file, _encoded(line))
        except OSError as error:
            log.warning("a recording cannot be written any more: %s", error.strerror)
            self._failed = error
            return False
        return True

    def _start_line(self) -> None:
        """Begin on a fresh line, behind a line that a dead process may have left unfinished."""
        size = os.lseek(self._file, 0, os.SEEK_END)
        if size:
            os.lseek(self._file, size - 1, os.SEEK_SET)
            if os.read(self._file, 1) != b"\n":
                os.write(self._file, b"\n")

    def _close_file(self) -> None:
        if self._closed and not self._runs and self._file >= 0:
            os.close(self._file)
            self._file = -1


def _cannot(path: Path, error: OSError | ValueError) -> PplxError:
    return PplxError(
        f"The recording {shortened(path.name, 80)} cannot be written.",
        f"{getattr(error, 'strerror', None) or 'No file can have this name'}.",
        "Give a file in a folder that exists and has room.",
    )


def save(run: Trace, path: Path) -> None:
    """Write a run, as far as it is, into a recording of its own.

    Raises
    ------
    PplxError
        The run was too long to be kept whole, or the file cannot be written.
    """
    if run.left_out:
        raise PplxError(
            "This answer cannot be saved as a recording.",
            f"It was too long to be kept whole: {run.left_out} of its events are not there.",
            "Record it while it runs: `with pplx.record(…):`.",
        )
    lines: list[Line] = []
    written = _Run(lines.append, lambda _run: None)
    moments: list[tuple[float, Frame | Event]] = [(f.at, f) for f in tuple(run.frames)]
    for at, what in sorted([*moments, *run.notes], key=lambda moment: moment[0]):
        if isinstance(what, Frame):
            written.frame(run, what)
        else:
            written.note(run, at, what)
    try:
        path.write_bytes(b"".join(map(_encoded, lines)))
    except (OSError, ValueError) as error:
        raise _cannot(path, error) from None


class _Run:
    """Writes one run into a file."""

    def __init__(self, write: Callable[[Line], object], ended: Callable[[Trace], None]) -> None:
        self._write_line = write
        self._ended = ended
        self._id = uuid.uuid4().hex[:12]
        self._begun = False
        # For a provider object, which has events and no payloads.
        self._writer: AgentWriter | None = None

    def frame(self, run: Trace, frame: Frame) -> None:
        """Write a frame."""
        self._begin(run)
        if self._writer is not None:
            event = frame.data
            # The Agent API has no payload for the provider's own error or for a stop without a reason.
            if isinstance(event, Failed) or event == Finished("stopped"):
                self.note(run, frame.at, event)
            for payload in self._writer.write(event):
                self._write(frame.at, {"data": payload})
            return
        # JSON that is not an object is in the bytes alone.
        line: Line = {"data": frame.data if isinstance(frame.data, dict) else None}
        if frame.raw is not None:
            line["raw"] = frame.raw.decode("utf-8", "surrogateescape")
        if frame.reads:
            line["reads"] = [[_seconds(at), size] for at, size in frame.reads]
        if frame.raw is not None or line["data"] is not None:
            self._write(frame.at, line)

    def note(self, run: Trace, at: float, event: Event) -> None:
        """Write an event that did not come from the service."""
        self._begin(run)
        match event:
            case Retrying(error=error, seconds=seconds):
                why = error_to_record(error)
                self._write(at, {"note": "retrying", "seconds": _seconds(seconds), "error": why})
            case Failed(error=error):
                self._write(at, {"note": "failed", "error": error_to_record(error)})
            case Noted(text=text):
                self._write(at, {"note": "noted", "text": text})
            case Finished(reason=reason):
                self._write(at, {"note": "stopped"} | ({"text": reason} if reason else {}))
            case _:
                pass

    def over(self, run: Trace) -> None:
        """Handle the end of the run."""
        self._ended(run)

    def _begin(self, run: Trace) -> None:
        if self._begun:
            return
        self._begun = True
        if run.shape is None:
            self._writer = AgentWriter()
        self._write_line(
            {
                "format": FORMAT,
                "version": VERSION,
                "id": self._id,
                "shape": run.shape or "agent",
                "scripted": run.scripted,
                "recorded": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
                "request": without_files(run.body),
            }
        )

    def _write(self, at: float, fields: dict[str, Any]) -> None:
        self._write_line({"id": self._id, "t": _seconds(at), **fields})


def without_files(value: Any) -> Any:
    """Return the body of a request with each image's or file's bytes replaced by a digest."""
    match value:
        case str() if len(value) > _LONGEST_ADDRESS and _BYTES.match(value):
            digest = hashlib.sha256(value.encode()).hexdigest()
            return f"{value.partition(',')[0]},sha256={digest}"
        case Mapping():
            return {name: without_files(one) for name, one in value.items()}
        case list() | tuple():
            return [without_files(one) for one in value]
        case _:
            return value


# A data URI. A short one is kept, since its digest would be as long.
_BYTES: Final = re.compile(r"data:[\w.+/-]*;base64,")
_LONGEST_ADDRESS: Final = 200


def _seconds(value: float) -> float:
    return round(value, 6)


def _encoded(line: Line) -> bytes:
    try:
        return _dumped(line, ascii_only=False).encode()
    except UnicodeEncodeError:  # half of a surrogate pair, or bytes that are not UTF-8
        return _dumped(line, ascii_only=True).encode()


def _dumped(line: Line, *, ascii_only: bool) -> str:
    text = json.dumps(line, ensure_ascii=ascii_only, separators=(",", ":"), default=repr)
    return scrub(text) + "\n"
