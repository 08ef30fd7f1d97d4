"""Responses of servers, with their expected reading.

The forms of the streams are those of public reports, documentation and recordings; the words and addresses are ours.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

A, B = "https://a.org/x", "https://b.org/y"


@dataclass(frozen=True)
class Sent:
    """A response and its expected reading; None if it does not matter.

    ``sources`` are (id, address, title); ``steps`` are (kind, items); ``says`` is what the reason or
    the error has to say; ``images`` are the fields of each.
    """

    name: str
    spoken: str
    body: bytes
    text: str = ""
    status: str = "complete"
    says: str = ""
    sources: tuple[tuple[int, str, str], ...] | None = None
    cited: tuple[int, ...] | None = None
    steps: tuple[tuple[str, tuple[str, ...]], ...] | None = None
    images: tuple[tuple[str, str, str, int | None, int | None], ...] | None = None
    usage: Json = field(default_factory=dict)
    model: str | None = None
    response_id: str | None = None
    notes: int = 0
    kind: str = "text/event-stream"


def frames(*payloads: Any, named: bool = False, done: bool = False) -> bytes:
    """Return payloads as an event stream."""
    lines = []
    for payload in payloads:
        data = payload if isinstance(payload, str) else json.dumps(payload, ensure_ascii=False)
        event = f"event: {payload['type']}\n" if named and isinstance(payload, dict) else ""
        lines.append(f"{event}data: {data}\n\n")
    return "".join([*lines, "data: [DONE]\n\n" if done else ""]).encode()


def chunk(delta: Json | str | None = None, finish: str | None = None, **fields: Any) -> Json:
    """Return a chunk; a text stands for a delta of it."""
    said = {"content": delta} if isinstance(delta, str) else delta or {}
    choice = {"index": 0, "delta": said, "finish_reason": finish}
    named = {"id": "c1", "object": "chat.completion.chunk", "model": "m-1", "choices": [choice]}
    return named | fields


STOP = chunk({}, "stop")


def chat(name: str, *payloads: Any, done: bool = True, **expected: Any) -> Sent:
    """Return a stream of chat completions."""
    return Sent(name, "chat", frames(*payloads, done=done), **expected)


def cites(url: str, title: str = "", start: int = 0, end: int = 0, **more: Any) -> Json:
    """Return an annotation as chat completions have it."""
    about = {"url": url, "title": title, "start_index": start, "end_index": end} | more
    return {"type": "url_citation", "url_citation": about}


def message(content: Any, **fields: Any) -> Json:
    """Return a whole completion."""
    said = {"role": "assistant", "content": content} | fields
    choice = {"index": 0, "message": said, "finish_reason": "stop"}
    return {"id": "c1", "object": "chat.completion", "model": "m-1", "choices": [choice]}


TWO = ((1, A, "A"), (2, B, "B"))
