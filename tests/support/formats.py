"""Both API formats under the same names, so that one script works for either."""

from __future__ import annotations

import json
from typing import Any, Protocol

from . import wire_server
from .wire_server import frame


class Shape(Protocol):
    begin: bytes

    def text(self, delta: str) -> bytes:
        """Return the event of a piece of text."""
        ...

    def end(self) -> bytes:
        """Return the events that complete the answer."""
        ...

    def error(self, message: str, **fields: Any) -> bytes:
        """Return the event of an error in the middle of a stream."""
        ...


class AgentShape:
    begin = wire_server.CREATED

    def text(self, delta: str) -> bytes:
        return wire_server.delta(delta)

    def end(self) -> bytes:
        return wire_server.completed()

    def error(self, message: str, **fields: Any) -> bytes:
        return frame(type="error", error={"message": message} | fields)


class ChatShape:
    @property
    def begin(self) -> bytes:
        return self.piece(role="assistant", content="")

    def piece(self, finish: str | None = None, **delta: Any) -> bytes:
        return self.payload(choices=[{"index": 0, "delta": delta, "finish_reason": finish}])

    def payload(self, **fields: Any) -> bytes:
        common = {"id": "c", "object": "chat.completion.chunk", "created": 0, "model": "m"}
        return b"data: %s\n\n" % json.dumps(common | fields).encode()

    def text(self, delta: str) -> bytes:
        return self.piece(content=delta)

    def end(self) -> bytes:
        return self.piece("stop") + b"data: [DONE]\n\n"

    def error(self, message: str, **fields: Any) -> bytes:
        return b"data: %s\n\n" % json.dumps({"error": {"message": message} | fields}).encode()


AGENT, CHAT = AgentShape(), ChatShape()
