"""A comm without a page, which keeps the sent messages."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any

import comm.base_comm


class RecordingComm(comm.base_comm.BaseComm):
    def __init__(self, **arguments: Any) -> None:
        self.messages: list[dict[str, Any]] = []
        self.arrived = threading.Condition()
        super().__init__(**arguments)

    def publish_msg(self, msg_type: str, data: Any = None, **_rest: Any) -> None:
        # Encoded as JSON and UTF-8, as on the way to a page, so that an invalid message fails here.
        encoded = json.dumps({"type": msg_type, "data": data}, ensure_ascii=False).encode()
        with self.arrived:
            self.messages.append(json.loads(encoded) | {"bytes": len(encoded)})
            self.arrived.notify_all()

    @property
    def opening(self) -> dict[str, Any]:
        return self.messages[0]["data"]["state"]

    @property
    def patches(self) -> list[dict[str, Any]]:
        return [m["data"]["content"] for m in self.messages if m["data"].get("method") == "custom"]

    @property
    def updates(self) -> list[dict[str, Any]]:
        return [m["data"]["state"] for m in self.messages if m["data"].get("method") == "update"]

    def wait_for(self, condition: Callable[[], object], timeout: float = 20) -> None:
        with self.arrived:
            assert self.arrived.wait_for(condition, timeout), self.messages[-3:]

    def from_page(self, **content: Any) -> None:
        """Deliver a custom message as the page would send it."""
        self.handle_msg(
            {"content": {"data": {"method": "custom", "content": content}}, "buffers": []}
        )


def page_state(comm: RecordingComm) -> dict[str, Any]:
    """Return the state of a page that has followed a comm from its start, checked as ours checks it."""
    state = dict(comm.opening)
    units = state["text"].encode("utf-16-le")
    for message in comm.messages[1:]:
        data = message["data"]
        if data.get("method") == "update":
            state |= data["state"]
            units = state["text"].encode("utf-16-le")
        elif data.get("method") == "custom" and data["content"]["type"] == "patch":
            patch = data["content"]
            assert patch["seq"] == state["seq"] + 1
            assert patch["at"] * 2 == len(units)
            state["seq"] = patch["seq"]
            units += patch.get("text", "").encode("utf-16-le")
            state["text"] = units.decode("utf-16-le")
            sources = {s["id"]: s for s in state["sources"] + patch.get("sources", [])}
            state["sources"] = [*sources.values()]
            state["images"] = state["images"] + patch.get("images", [])
            numbers = {c["number"]: c for c in state["citations"] + patch.get("citations", [])}
            state["citations"] = [numbers[n] for n in sorted(numbers)]
            if steps := patch.get("steps"):
                state["steps"] = state["steps"][: steps["from"]] + steps["items"]
            for name in (
                "status",
                "reason",
                "place",
                "usage",
                "timing",
                "error",
                "model",
                "elapsed",
            ):
                if name in patch:
                    state[name] = patch[name]
    return state


def answer_comm(comms: list[RecordingComm]) -> RecordingComm:
    return next(c for c in comms if c.messages and "question" in c.opening)
