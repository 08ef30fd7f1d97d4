"""One answer of the Agent API as the server keeps it: it goes on whether or not a client reads it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ..recordings.format import Exchange, RecordedEvent
from .script import frame, perform, response
from .shell import response_to


@dataclass(frozen=True, slots=True)
class Moment:
    """One event of a run.

    Attributes
    ----------
    t : float
        When it is due, in seconds of the recording.
    sequence : int
        Its number, by which a client takes the stream up again.
    data : bytes
        Its frame.
    """

    t: float
    sequence: int
    data: bytes


class Run:
    """A run of one question: its state depends on the time since its start alone.

    Parameters
    ----------
    exchange : Exchange
        The recording that answers it.
    preface : str
        What the answer begins with.
    body : dict
        The body of the request.
    response_id : str
        The id of the answer.
    speed : float
        How much faster than recorded; 0 does not wait.
    """

    def __init__(
        self,
        exchange: Exchange,
        preface: str,
        body: dict[str, Any],
        *,
        response_id: str,
        speed: float,
    ) -> None:
        self._exchange = exchange
        self._preface = preface
        self._body = body
        self._id = response_id
        self._speed = speed
        self._cancelled: float | None = None  # seconds of the recording
        self.started = time.monotonic()
        self.scripted = exchange.scripted
        self.duration = exchange.duration

    @property
    def stored(self) -> bool:
        """Whether the answer can be fetched later."""
        return self._body.get("store") is not False

    @property
    def background(self) -> bool:
        """Whether the answer was asked for in the background."""
        return self._body.get("background") is True

    def cancelled(self) -> bool:
        """Return whether the run was cancelled."""
        return self._cancelled is not None

    def cancel(self) -> bool:
        """Stop the run, and return whether it was still going on."""
        now = self._now()
        if self.cancelled() or now >= self.duration:
            return False
        self._cancelled = now
        return True

    def response(self) -> dict[str, Any]:
        """Return the response at this moment; one that is not over has no output."""
        now = self._now()
        if self.cancelled():
            return self._ended_early()
        if now >= self.duration:
            whole = response(self._exchange, self._preface, self._id)
            return response_to(self._body, whole)
        began = bool(self._exchange.events) and now >= self._exchange.events[0].t
        return response_to(
            self._body, {"id": self._id, "status": "in_progress" if began else "queued"}
        )

    def moments(self, after: int = -1) -> Iterator[Moment]:
        """Yield the events of the stream, those that are still to come too.

        Parameters
        ----------
        after : int, optional
            The number of the last event that the client has.
        """
        for sequence, event in self._events():
            if sequence > after:
                yield Moment(event.t, sequence, frame(event))

    def last(self, after: int = -1) -> bytes:
        """Return the frame that ends the stream of a cancelled run; empty if the client has it."""
        at = self._cancelled or 0.0
        sequence = 1 + max((number for number, e in self._events() if e.t <= at), default=-1)
        if sequence <= after:
            return b""
        data = {
            "type": "response.cancelled",
            "sequence_number": sequence,
            "response": self._ended_early(),
        }
        return frame(RecordedEvent(at, data))

    def _now(self) -> float:
        passed = time.monotonic() - self.started
        return passed * self._speed if self._speed else float("inf")

    def _events(self) -> Iterator[tuple[int, RecordedEvent]]:
        sequence = -1
        for event in perform(self._exchange, self._preface, self._id, self._body):
            number = event.data.get("sequence_number") if event.data else None
            # Other servers number no events, so their place is their number.
            sequence = number if isinstance(number, int) else sequence + 1
            yield sequence, event

    def _ended_early(self) -> dict[str, Any]:
        # As recorded.
        error = {"code": "cancelled", "message": "cancelled", "type": "cancelled"}
        ended = {"status": "cancelled", "error": error, "usage": None}
        model = (self._exchange.final or {}).get("model", "")
        reason = {"incomplete_details": {"reason": "cancelled"}}
        return response_to(self._body, {"id": self._id, "model": model} | ended | reason)
