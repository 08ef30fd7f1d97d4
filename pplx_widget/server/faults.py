"""Faults that a teacher can turn on: the ways in which an answer can fail between server and client.

A fault turns the pieces of an answer into other steps. ``429`` and ``html`` replace the answer.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Literal, TypeAlias, get_args

from .network import Do

Piece: TypeAlias = tuple[float, bytes]
"""The recorded time in seconds since the request, and the bytes to send at that time."""

Step: TypeAlias = Piece | float | Do
"""A piece, a pause in seconds (not scaled by the speed), or an action on the connection."""

Fault: TypeAlias = Literal["cut", "reset", "stall", "split", "rubbish", "sentinel", "429", "html"]
"""The name of a fault."""

FAULTS: dict[Fault, str] = {
    "cut": "The answer ends halfway with a clean close, as if a proxy had closed it.",
    "reset": "The connection is reset halfway through the answer.",
    "stall": "No more data arrives after half of the answer, and the connection stays open.",
    "split": "Each piece arrives in two parts, split inside a multi-byte character if it has one.",
    "rubbish": "An event halfway through the answer is not valid JSON.",
    "sentinel": "The stream ends with an extra `[DONE]`, as in chat completions.",
    "429": "The rate limit is exceeded for two seconds, starting with the first question.",
    "html": "A login page with status 200 arrives instead of the answer.",
}
"""Each fault, with a sentence about its effect."""

PAGE = b"""<!doctype html>
<html lang="en"><title>Sign in</title>
<h1>Welcome to Campus Wi-Fi</h1><p>Please sign in to use the network.</p></html>
"""

_LIMITED = 2.0  # seconds
_APART = 0.002  # seconds between two halves: without a pause they would arrive together
# The bytes that identify a text delta, in each API format.
_TEXTS = (b'"response.output_text.delta"', b'"delta":{"content":')


def known(fault: str | None) -> Fault | None:
    """Check the name of a fault and return it.

    Raises
    ------
    ValueError
        If the fault is unknown.
    """
    for name in get_args(Fault):
        if fault == name:
            found: Fault = name
            return found
    if fault is None:
        return None
    raise ValueError(f"unknown fault {fault!r}; choose one of: {', '.join(FAULTS)}")


def played(fault: Fault | None, pieces: list[Piece]) -> Iterator[Step]:
    """Yield the steps that send an answer, changed by the fault if one is given."""
    change = _CHANGES.get(fault) if fault else None
    return change(pieces) if change else iter(pieces)


class RateLimit:
    """A rate limit that refuses the first question and all others for the next two seconds."""

    def __init__(self) -> None:
        self._until: float | None = None
        self._lock = threading.Lock()

    def wait(self) -> float:
        """Return the seconds until questions are answered again; 0 if the limit has passed."""
        with self._lock:
            now = time.monotonic()
            if self._until is None:
                self._until = now + _LIMITED
            left = self._until - now
            if left <= 0:
                self._until = None  # the next question starts a new limit
            return max(0.0, left)


def _cut(pieces: list[Piece]) -> Iterator[Step]:
    yield from _halves(pieces)[0]


def _reset(pieces: list[Piece]) -> Iterator[Step]:
    yield from _halves(pieces)[0]
    yield Do.RESET


def _stall(pieces: list[Piece]) -> Iterator[Step]:
    yield from _halves(pieces)[0]
    yield Do.STALL


def _rubbish(pieces: list[Piece]) -> Iterator[Step]:
    before, after = _halves(pieces)
    yield from before
    yield before[-1][0], b'data: {"type": "response.output_te\x00 <<<<<\n\n'
    yield from after


def _split(pieces: list[Piece]) -> Iterator[Step]:
    for t, data in pieces:
        wide = next((n for n, byte in enumerate(data) if byte >= 0xC0), None)  # noqa: PLR2004
        at = wide + 1 if wide is not None else len(data) // 2
        yield t, data[:at]
        yield _APART
        yield t, data[at:]


def _sentinel(pieces: list[Piece]) -> Iterator[Step]:
    yield from pieces
    yield pieces[-1][0], b"data: [DONE]\n\n"


_CHANGES: dict[str, Callable[[list[Piece]], Iterator[Step]]] = {
    "cut": _cut,
    "reset": _reset,
    "stall": _stall,
    "rubbish": _rubbish,
    "split": _split,
    "sentinel": _sentinel,
}


def _halves(pieces: list[Piece]) -> tuple[list[Piece], list[Piece]]:
    """Split an answer at half of its text deltas, or at half of its bytes if it is a single piece."""
    if len(pieces) == 1:
        ((t, data),) = pieces
        return [(t, data[: len(data) // 2])], [(t, data[len(data) // 2 :])]
    texts = [n for n, (_, data) in enumerate(pieces) if any(text in data for text in _TEXTS)]
    at = texts[len(texts) // 2] if texts else len(pieces) - 1
    return pieces[:at], pieces[at:]
