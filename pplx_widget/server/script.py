"""Recorded answers, adapted to the question.

An answer differs from its recording in two ways. It has its own response id. If the question is not
the sample's question, or has options that a sample does not follow, the answer begins with a preface
that says so: in a text delta of its own, and wherever the complete text is repeated
(``output_text.done``, the finished item, the terminal response).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ..core.events import Event, Text, TextWithdrawn
from ..core.text import shortened
from ..providers._payloads import recorded
from ..providers._wire import Reader
from ..providers.agent_events import AgentReader
from ..providers.chat_events import ChatReader
from ..recordings.chat_writer import ChatWriter
from ..recordings.format import Exchange, RecordedEvent

if TYPE_CHECKING:
    from collections.abc import Iterator

_LONGEST_QUOTE = 120

_DELTA = "response.output_text.delta"
_DONE = "response.output_text.done"

# Characters that can be markup inside a sentence of Markdown, including tables and math.
_ACTIVE = re.compile(r"[\\`*_\[\]<>&$~|]")


def perform(exchange: Exchange, preface: str, response_id: str) -> Iterator[RecordedEvent]:
    """Yield the events that answer a question with a recording.

    Parameters
    ----------
    exchange : Exchange
        The recording.
    preface : str
        What the answer begins with, as of `preface_of`.
    response_id : str
        The id of this answer.
    """
    fit = _Fit.of(exchange, preface, response_id)
    opened = not fit.preface
    for event in exchange.events:
        data = event.data
        if data is None:
            yield event
            continue
        if not opened and data.get("type") in (_DELTA, _DONE):
            opened = True
            place = {k: v for k, v in data.items() if k not in ("text", "logprobs")}
            yield RecordedEvent(event.t, {**place, "type": _DELTA, "delta": fit.preface})
            fit = replace(fit, shift=1)
        fitted = fit.payload(data)
        yield event if fitted == data else replace(event, data=fitted, raw=None)


def response(exchange: Exchange, preface: str, response_id: str) -> dict[str, Any]:
    """Return the complete answer, as the service sends it to a request without streaming.

    Parameters
    ----------
    exchange, preface, response_id
        As for `perform`.

    Raises
    ------
    ValueError
        If the recording has no terminal event.
    """
    if exchange.final is None:
        raise ValueError(f"the recording {exchange.id!r} has no terminal event")
    fit = _Fit.of(exchange, preface, response_id)
    return fit.whole(exchange.final)


def frame(event: RecordedEvent) -> bytes:
    """Return an event as bytes for the wire: the original bytes if they were recorded."""
    if event.raw is not None:
        return event.raw.encode("utf-8", "surrogateescape")
    data = event.data or {}
    payload = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    kind = " ".join(str(data.get("type", "message")).split())
    return _utf8(f"event: {kind}\ndata: {payload}\n\n")


def as_chat(
    exchange: Exchange, response_id: str
) -> tuple[list[tuple[float, bytes]], dict[str, Any]]:
    """Return an answer as chat completions: its frames with their times, and the complete response.

    Frames that were recorded in this API format are not changed.

    Parameters
    ----------
    exchange : Exchange
        The recording, in either API format.
    response_id : str
        The id of this answer.
    """
    writer = ChatWriter(response_id, str(exchange.request.get("model") or "local/replayed"))
    written = [
        RecordedEvent(t, chunk) for t, event in events_of(exchange) for chunk in writer.write(event)
    ]
    events = exchange.events if exchange.shape == "chat" else written
    frames = [(event.t, _chat_frame(event)) for event in events]
    if not any(data.startswith(_LAST[:12]) for _, data in frames):
        frames.append((exchange.duration, _LAST))
    return frames, writer.whole()


def _chat_frame(event: RecordedEvent) -> bytes:
    if event.raw is not None:
        return frame(event)
    payload = json.dumps(event.data, ensure_ascii=False, separators=(",", ":"))
    return _utf8(f"data: {payload}\n\n")


_LAST = b"data: [DONE]\n\n"


def events_of(exchange: Exchange) -> Iterator[tuple[float, Event]]:
    """Yield the events of an exchange with their recorded times; withdrawn text is left out."""
    reader: Reader = AgentReader("") if exchange.shape == "agent" else ChatReader("")
    found: list[tuple[float, Event]] = []
    for moment in exchange.events:
        for payload in recorded(moment.raw, moment.data, exchange.shape):
            found += [(moment.t, event) for event in reader.read(payload)]
    found += [(exchange.duration, event) for event in reader.end(whole=True)]
    withdrawn = [i for i, (_, event) in enumerate(found) if isinstance(event, TextWithdrawn)]
    kept_from = withdrawn[-1] if withdrawn else 0
    for number, (t, event) in enumerate(found):
        if number >= kept_from or not isinstance(event, Text | TextWithdrawn):
            yield t, event


@dataclass(frozen=True, slots=True)
class _Fit:
    """The changes that turn the payloads of a recording into those of an answer."""

    preface: str
    item_id: Any  # of the message that begins with the preface
    response_id: str
    shift: int = 0  # added to sequence numbers after the inserted delta

    @classmethod
    def of(cls, exchange: Exchange, preface: str, response_id: str) -> _Fit:
        payloads = [event.data for event in exchange.events if event.data]
        first = [p.get("item_id") for p in payloads if p.get("type") in (_DELTA, _DONE)]
        # Some recordings have text in the terminal event only.
        items = _objects((exchange.final or {}).get("output"))
        first += [item.get("id") for item in items if item.get("type") == "message"]
        return cls(preface, first[0] if first else None, response_id)

    def payload(self, data: dict[str, Any]) -> dict[str, Any]:
        fitted = dict(data)
        if self.shift and isinstance(data.get("sequence_number"), int):
            fitted["sequence_number"] = data["sequence_number"] + self.shift
        if data.get("type") == _DONE and data.get("item_id") == self.item_id:
            fitted["text"] = self.preface + str(data.get("text") or "")
        if isinstance(item := data.get("item"), dict):
            fitted["item"] = self._item(item)
        if isinstance(whole := data.get("response"), dict):
            fitted["response"] = self.whole(whole)
        return fitted

    def whole(self, response: dict[str, Any]) -> dict[str, Any]:
        fitted = {**response, "id": self.response_id}
        if isinstance(output := response.get("output"), list):
            fitted["output"] = [self._item(i) if isinstance(i, dict) else i for i in output]
        return fitted

    def _item(self, item: dict[str, Any]) -> dict[str, Any]:
        content = item.get("content") if item.get("id") == self.item_id else None
        if not isinstance(content, list) or not _objects(content[:1]):
            return item
        first, *rest = content
        if not isinstance(text := first.get("text"), str):
            return item
        return {**item, "content": [{**first, "text": self.preface + text}, *rest]}


def _objects(value: Any) -> list[dict[str, Any]]:
    """Return the objects of a list; a recording may contain any JSON."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def preface_of(exchange: Exchange, question: str, *, exact: bool, filtered: bool) -> str:
    """Return what an answer begins with; ``""`` if the recording answers the question as it is.

    Parameters
    ----------
    exchange : Exchange
        The recording.
    question : str
        The user's question.
    exact : bool
        Whether the recording answers exactly this question.
    filtered : bool
        Whether the question has options of the search.
    """
    said = []
    if not exact:
        asked = f"You asked “{quoted(question)}”." if question.strip() else "You asked nothing."
        said = [asked, f"The nearest sample answers “{quoted(exchange.question)}”."]
    if filtered:
        said.append("Filters and other options of the search are not applied.")
    return f"> **Scripted sample.** {' '.join(said)}\n\n" if said else ""


def quoted(text: str) -> str:
    """Return a question as text within a sentence of Markdown, shortened."""
    # Data sent with the question, such as a summary of a data frame, is not repeated.
    asked = " ".join(text.strip().partition("\n\n")[0].split())
    return _ACTIVE.sub(_escaped, shortened(asked, _LONGEST_QUOTE))


def _escaped(found: re.Match[str]) -> str:
    # In TeX a backslash before a bracket opens a formula, so these become character references.
    return f"&#{ord(found[0])};" if found[0] in "\\[]" else f"\\{found[0]}"


def _utf8(text: str) -> bytes:
    # JSON may contain half of a surrogate pair, which UTF-8 cannot encode.
    return text.encode("utf-8", "replace")
