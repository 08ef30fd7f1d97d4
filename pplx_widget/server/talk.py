"""A user's own recording as a library of the local server, in either API format."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import replace
from pathlib import Path

from ..recordings.agent_writer import AgentWriter
from ..recordings.format import Exchange, RecordedEvent, RecordingError, read
from .library import Library
from .likeness import words
from .script import events_of


class Talk(Library):
    """The answers of a recording; questions that it does not contain are refused.

    Parameters
    ----------
    path : Path
        A recording, or a notebook that contains answers.

    Raises
    ------
    RecordingError
        If it cannot be read, or contains no complete answer.
    """

    strict = True

    def __init__(self, path: Path) -> None:
        found = _read(path)
        self._recorded = {exchange.id: exchange for exchange in found}
        self._asked: Counter[str] = Counter()
        self._lock = threading.Lock()
        try:
            super().__init__(map(as_agent, found))
        except RecordingError:
            raise RecordingError(
                f"There is no complete answer in {path.name}.",
                "An answer that was cut off, was stopped or failed cannot be served.",
                "Record an answer until it is complete.",
            ) from None
        self.left_out = len(found) - len(self.exchanges)
        """The number of answers that are not served: they were cut off, were stopped or failed."""

    def find(self, question: str) -> tuple[Exchange, bool] | None:
        """Return the answer to a question; several recordings of one question take turns."""
        exchange, exact = self.nearest(question)
        if not exact:
            return None
        asked = words(question)
        same = [e for e in self.exchanges if words(e.question) == asked]
        with self._lock:
            exchange = min(same or [exchange], key=lambda e: self._asked[e.id])
            self._asked[exchange.id] += 1
        return exchange, True

    def as_recorded(self, exchange: Exchange) -> Exchange:
        """Return an exchange in the API format in which it was recorded."""
        return self._recorded[exchange.id]


def as_agent(exchange: Exchange) -> Exchange:
    """Return an exchange in the format of the Agent API, converted if necessary."""
    if exchange.shape == "agent":
        return exchange
    writer = AgentWriter(str(exchange.request.get("model", "")))
    payloads = [
        RecordedEvent(t, payload)
        for t, event in events_of(exchange)
        for payload in writer.write(event)
    ]
    return replace(
        exchange,
        shape="agent",
        request={"input": exchange.question},
        events=tuple(payloads),
    )


def _read(path: Path) -> list[Exchange]:
    if path.suffix.lower() != ".ipynb":
        return read(path)
    from ..recordings.from_notebook import exchanges  # noqa: PLC0415 (only notebooks need it)

    return exchanges(path)
