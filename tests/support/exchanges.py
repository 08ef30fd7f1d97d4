"""Small recordings for a local server."""

from __future__ import annotations

import dataclasses
from typing import Any

from pplx_widget.recordings.format import Exchange, RecordedEvent
from pplx_widget.server.library import samples

QUESTION = "Why do emoji break when I decode a stream chunk by chunk?"


def exchange(
    id_: str = "one", *times: float, text: str = "Hello [1].", also: tuple[str, ...] = ()
) -> Exchange:
    """Return a small recording; ``times`` has the times of its first and last event."""
    first, last = times or (0.0, 0.0)
    message = {"type": "message", "id": "msg_1", "content": [{"type": "output_text", "text": text}]}
    whole = {
        "id": "resp_recorded",
        "status": "completed",
        "model": "local/scripted-sample",
        "output": [message],
    }
    payloads: list[dict[str, Any]] = [
        {"type": "response.created", "response": {"id": "resp_recorded", "status": "in_progress"}},
        {
            "type": "response.output_text.delta",
            "item_id": "msg_1",
            "content_index": 0,
            "delta": text,
        },
        {"type": "response.output_text.done", "item_id": "msg_1", "content_index": 0, "text": text},
        {"type": "response.output_item.done", "item": message},
        {"type": "response.completed", "response": whole},
    ]
    moments = [first] * (len(payloads) - 1) + [last]
    events = tuple(
        RecordedEvent(t, {**data, "sequence_number": n})
        for n, (t, data) in enumerate(zip(moments, payloads, strict=True))
    )
    return Exchange(id_, "agent", True, "", also, {"input": f"question {id_}"}, events)


def paced(gap: float) -> Exchange:
    """Return a sample with a pause of ``gap`` seconds between its events."""
    exchange, _ = samples().nearest(QUESTION)
    kept = [*exchange.events[:12], exchange.events[-1]]
    events = tuple(RecordedEvent(n * gap, e.data) for n, e in enumerate(kept))
    return dataclasses.replace(exchange, events=events)
