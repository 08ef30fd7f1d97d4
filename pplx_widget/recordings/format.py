r"""The recording format, version 1: questions and the streams that answered them.

A recording is a UTF-8 file of JSON lines. A header line opens an exchange: one question and its
answer::

    {"format": "pplx-recording", "version": 1, "id": "cap-theorem", "shape": "agent",
     "scripted": true, "recorded": "2026-11-22T00:00:00Z",
     "also": ["What is the CAP theorem?"], "request": {"input": "…", "preset": "low"}}

A line for each event of the stream follows, in the order of arrival::

    {"id": "cap-theorem", "t": 0.393, "data": {"type": "response.created", "sequence_number": 1}}

========== ======================================================================================
Header     Meaning
========== ======================================================================================
format     ``"pplx-recording"``.
version    The version of this format, an integer.
id         Name of the exchange, unique in the file; every line of the exchange has it.
shape      The API format: ``"agent"`` (Responses) or ``"chat"`` (chat completions).
scripted   True if the answer was written by hand, and not by a service.
recorded   The time, ISO 8601.
also       Optional: other phrasings of the same question.
request    The body of the request. A recording has no headers and so no keys. The bytes of images
           and files are replaced by their digest.
========== ======================================================================================

========== ======================================================================================
Event line Meaning
========== ======================================================================================
id         The exchange it belongs to.
t          Seconds since the request was sent.
data       The JSON payload of the event; null for a frame without one (a comment, ``[DONE]``).
raw        Optional: the text of the frame as received, its closing blank line included. A byte that is
           not UTF-8 is a lone surrogate, U+DC80 to U+DCFF. Scripted answers and those of a provider
           object have payloads alone.
reads      Optional, with ``raw``: the reads of the connection since the line before,
           ``[[t, bytes], …]``. All ``raw`` together, cut by them, are what each read brought.
========== ======================================================================================

An event that did not come from the service has a line of its own, such as the end of a cut stream::

    {"id": "cap-theorem", "t": 2.5, "note": "failed", "error": {"kind": "connection-cut", …}}

========== ======================================================================================
Note line  Meaning
========== ======================================================================================
id, t      As above.
note       ``"retrying"`` (asked again after ``seconds``), ``"failed"``, ``"stopped"``, or
           ``"noted"`` (a ``text`` of the package for the reader).
error      The error, for the first two: ``kind``, ``what``, ``why``, ``try_this``.
text       The reason of a stop, unless the user stopped it.
========== ======================================================================================

A file may hold several exchanges, one after the other or interleaved; their ids tell them apart.
Unknown keys are ignored, so later versions may add some. A change that an old reader would
misunderstand needs a higher version, which this reader refuses.

Lines are only appended, so a process that dies leaves at most one torn line. A torn line is skipped at
the end of the file, and before a header, since a later process starts on a fresh line. The events
before it are kept. Anywhere else an unreadable line is an error: an answer with a gap must not pass for
a whole one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, cast

from ..core.amounts import LARGEST
from ..core.errors import PplxError
from ..core.options import FormatName
from ..core.text import shortened

FORMAT = "pplx-recording"
VERSION = 1

_DAY = 86_400.0

_TERMINAL = frozenset(
    f"response.{end}" for end in ("completed", "incomplete", "failed", "cancelled")
)


class RecordingError(PplxError, ValueError):
    """The file is not a readable recording."""

    kind = "recording"


@dataclass(frozen=True, slots=True)
class RecordedEvent:
    """One event of a recorded stream.

    Attributes
    ----------
    t : float
        Seconds since the request was sent.
    data : dict or None
        The JSON payload; None for a frame without one.
    raw : str or None
        The text of the frame as received; None if it is not known.
    reads : tuple of (float, int)
        The reads of the connection since the previous event: time and number of bytes.
    """

    t: float
    data: dict[str, Any] | None
    raw: str | None = None
    reads: tuple[tuple[float, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Note:
    """An event that did not come from the service.

    Attributes
    ----------
    t : float
        Seconds since the request was sent.
    kind : {"retrying", "failed", "stopped", "noted"}
        The kind of event.
    error : dict
        The error; empty if there is none.
    seconds : float
        The pause before the next attempt.
    text : str
        The notice, or the reason of a stop unless the user stopped it.
    """

    t: float
    kind: Literal["retrying", "failed", "stopped", "noted"]
    error: dict[str, Any]
    seconds: float = 0.0
    text: str = ""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One recorded question and the stream that answered it.

    Attributes
    ----------
    id : str
        Its name in the file.
    shape : {"agent", "chat"}
        The API format.
    scripted : bool
        Whether the answer was written by hand.
    recorded : str
        The time, ISO 8601; empty if unknown.
    also : tuple of str
        Other phrasings of the question.
    request : dict
        The body of the request.
    events : tuple of RecordedEvent
        The events of the stream, in order of arrival.
    notes : tuple of Note
        The events that did not come from the service, in order.
    """

    id: str
    shape: FormatName
    scripted: bool
    recorded: str
    also: tuple[str, ...]
    request: dict[str, Any]
    events: tuple[RecordedEvent, ...]
    notes: tuple[Note, ...] = ()

    @property
    def question(self) -> str:
        """The question; empty if the request has no text."""
        return question_in(self.request.get("input", self.request.get("messages")))

    @property
    def moment(self) -> datetime | None:
        """When it was recorded; None if the file does not say it."""
        try:
            moment = datetime.fromisoformat(self.recorded)
        except ValueError:
            return None
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)

    @property
    def duration(self) -> float:
        """Seconds from the request to the last event."""
        return self.events[-1].t if self.events else 0.0

    @property
    def final(self) -> dict[str, Any] | None:
        """The response object of the terminal event; None if the stream was cut."""
        for event in reversed(self.events):
            if event.data and str(event.data.get("type")) in _TERMINAL:
                response = event.data.get("response")
                return response if isinstance(response, dict) else None
        return None


def question_in(messages: Any) -> str:
    """Return the last text of the user in a request's ``input`` or ``messages``.

    Parameters
    ----------
    messages : str or list of dict
        A plain question, or message items whose ``content`` is text or a list of parts.

    Returns
    -------
    str
        Empty if there is no such text.
    """
    if isinstance(messages, str):
        return messages
    if not isinstance(messages, list):
        return ""
    for message in reversed(messages):
        if not isinstance(message, Mapping) or message.get("role", "user") != "user":
            continue
        content = message.get("content")
        parts = content if isinstance(content, list) else [{"text": content}]
        texts = [text for part in parts if (text := _text(part)) is not None]
        if texts:
            return "\n".join(texts)
    return ""


def read(path: str | Path) -> list[Exchange]:
    """Read a recording.

    Parameters
    ----------
    path : str or Path
        The file.

    Returns
    -------
    list of Exchange
        In the order of their headers.

    Raises
    ------
    RecordingError
        If the file is missing or damaged, is not a recording, or has a higher version.
    """
    try:
        content = Path(path).read_bytes()
    except (OSError, ValueError) as error:  # the second: NUL or half of a surrogate pair
        raise RecordingError(
            f"The recording {str(path)!r} cannot be read.",
            f"{getattr(error, 'strerror', None) or 'No file can have this name'}.",
            "Check the name, and the folder that the notebook runs in.",
        ) from None
    return parse(content, name=str(path))


def parse(content: bytes, *, name: str) -> list[Exchange]:
    """Read a recording from its bytes.

    Parameters
    ----------
    content : bytes
        The whole file.
    name : str
        Its name in errors.

    Raises
    ------
    RecordingError
        As `read`.
    """
    # Bytes, split at LF alone: a torn line may end inside a character, and `str.splitlines` would
    # also break at the U+2028 that JSON allows inside a string.
    numbered = [(n, raw) for n, raw in enumerate(content.split(b"\n"), 1) if raw.strip()]
    lines = [(n, _json_object(raw)) for n, raw in numbered]
    headers: dict[str, dict[str, Any]] = {}
    events: dict[str, list[RecordedEvent]] = {}
    notes: dict[str, list[Note]] = {}
    for place, (number, line) in enumerate(lines):
        where = f"{name}, line {number}"
        if line is None:
            following = lines[place + 1][1] if place + 1 < len(lines) else {"format": FORMAT}
            if not headers or following is None or "format" not in following:
                raise _damaged(where, "the line is not a JSON object")
        elif "format" in line:
            header = _checked_header(line, where)
            if header["id"] in headers:
                raise _damaged(where, f"a second exchange is named {header['id']!r}")
            headers[header["id"]], events[header["id"]] = header, []
            notes[header["id"]] = []
        elif (known := events.get(str(line.get("id")))) is None:
            raise _damaged(where, f"no header before it opens an exchange {line.get('id')!r}")
        elif "note" in line:
            notes[line["id"]].append(_note(line, where))
        else:
            known.append(_event(line, where))
    return [_exchange(header, events[key], notes[key]) for key, header in headers.items()]


def written(exchanges: Iterable[Exchange]) -> bytes:
    """Return scripted exchanges, which have payloads alone, as a recording that `parse` reads."""
    lines: list[dict[str, Any]] = []
    for exchange in exchanges:
        header = {
            "format": FORMAT,
            "version": VERSION,
            "id": exchange.id,
            "shape": exchange.shape,
            "scripted": exchange.scripted,
            "recorded": exchange.recorded,
            "also": [*exchange.also],
            "request": exchange.request,
        }
        lines += [header, *({"id": exchange.id, "t": e.t, "data": e.data} for e in exchange.events)]
    return "".join(
        f"{json.dumps(line, ensure_ascii=False, separators=(',', ':'))}\n" for line in lines
    ).encode()


def _text(part: Any) -> str | None:
    text = part.get("text") if isinstance(part, Mapping) else None
    return text if isinstance(text, str) else None


def _json_object(raw: bytes) -> dict[str, Any] | None:
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):  # not JSON, or not UTF-8
        return None
    return value if isinstance(value, dict) else None


def _checked_header(line: dict[str, Any], where: str) -> dict[str, Any]:
    version = line.get("version")
    if line["format"] != FORMAT or not isinstance(version, int):
        raise _damaged(where, "its header is not one of a pplx recording")
    if version > VERSION:
        raise RecordingError(
            f"{where}: the recording is of version {version}.",
            f"This pplx-widget reads version {VERSION}.",
            "Upgrade it: `pip install --upgrade pplx-widget`.",
        )
    if not isinstance(line.get("id"), str):
        raise _damaged(where, "the header has no id")
    if line.get("shape") not in ("agent", "chat"):
        raise _damaged(where, f"the shape is {line.get('shape')!r}, not 'agent' or 'chat'")
    if not isinstance(line.get("request"), dict):
        raise _damaged(where, "the header has no request")
    return line


def _moment(line: dict[str, Any], where: str) -> float:
    t = line.get("t")
    if isinstance(t, bool) or not isinstance(t, int | float) or not 0 <= t <= LARGEST:
        raise _damaged(where, f"the time t is {shortened(repr(t), 40)}, not a number of seconds")
    return float(t)


def _note(line: dict[str, Any], where: str) -> Note:
    kind, error, seconds = line["note"], line.get("error"), line.get("seconds", 0)
    if kind not in ("retrying", "failed", "stopped", "noted"):
        raise _damaged(where, f"the note is {kind!r}, not one that there is")
    return Note(
        _moment(line, where),
        kind,
        error if isinstance(error, dict) else {},
        float(seconds) if isinstance(seconds, int | float) and 0 <= seconds < _DAY else 0.0,
        _text(line) or "",
    )


def _reads(value: Any) -> tuple[tuple[float, int], ...]:
    """Return the valid reads; they are only displayed."""
    pairs = [p for p in value if isinstance(p, list)] if isinstance(value, list) else []
    return tuple(
        (float(p[0]), p[1])
        for p in pairs
        if len(p) == 2  # noqa: PLR2004
        and type(p[0]) in (int, float)
        and type(p[1]) is int
        and 0 <= p[0] <= LARGEST
        and 0 <= p[1] <= LARGEST
    )


def _event(line: dict[str, Any], where: str) -> RecordedEvent:
    t, data, raw = _moment(line, where), line.get("data"), line.get("raw")
    if not isinstance(raw, str | None) or not isinstance(data, dict | None):
        raise _damaged(where, "data is not an object, or raw is not a text")
    if raw is None and data is None:
        raise _damaged(where, "the event has neither data nor raw")
    return RecordedEvent(t, data, raw, _reads(line.get("reads")))


def _exchange(header: dict[str, Any], events: list[RecordedEvent], notes: list[Note]) -> Exchange:
    also = header.get("also")
    return Exchange(
        id=header["id"],
        shape=cast("FormatName", header["shape"]),
        scripted=header.get("scripted") is True,
        recorded=str(header.get("recorded") or ""),
        also=tuple(str(text) for text in also) if isinstance(also, list) else (),
        request=header["request"],
        events=tuple(events),
        notes=tuple(notes),
    )


def _damaged(where: str, why: str) -> RecordingError:
    return RecordingError(
        f"{where}: this is not a readable recording.",
        f"{why[0].upper()}{why[1:]}.",
        "Record it again, or take the line out by hand.",
    )
