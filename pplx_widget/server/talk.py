"""A recording of one's own as the local server answers with it, in either shape of the API."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import replace
from pathlib import Path

from ..recordings.agent_writer import AgentWriter
from ..recordings.format import Exchange, RecordedEvent, RecordingError, read
from .library import Library, words
from .script import events_of


class Talk(Library):
    """The answers of a recording; a question that is not in it has none.

    Parameters
    ----------
    path : Path
        A recording, or a notebook with answers in it.

    Raises
    ------
    RecordingError
        It cannot be read, or holds no whole answer.
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
                f"There is no whole answer in {path.name}.",
                "One that was cut, stopped or failed cannot be served.",
                "Record one that ends well.",
            ) from None
        self.left_out = len(found) - len(self.exchanges)
        """Answers that were cut, stopped or failed."""

    def nearest(self, question: str) -> tuple[Exchange, bool]:
        """Return what answers a question; of several recordings of it, each in its turn."""
        exchange, exact = super().nearest(question)
        if not exact:
            return exchange, False
        asked = words(question)
        same = [e for e in self.exchanges if words(e.question) == asked]
        with self._lock:
            exchange = min(same or [exchange], key=lambda e: self._asked[e.id])
            self._asked[exchange.id] += 1
        return exchange, True

    def as_recorded(self, exchange: Exchange) -> Exchange:
        """Return an exchange in the shape in which it was recorded."""
        return self._recorded[exchange.id]


def as_agent(exchange: Exchange) -> Exchange:
    """Return an exchange in the shape of the Agent API; one that was recorded in it as it is."""
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
    from ..recordings.from_notebook import exchanges  # noqa: PLC0415 (knows widgets)

    return exchanges(path)
