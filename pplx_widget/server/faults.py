"""What can go wrong with an answer on its way, to be turned on for a class.

A fault changes the pieces of an answer; some stand in its place. The line does what they say.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Literal, TypeAlias, get_args

from .network import Do

Piece: TypeAlias = tuple[float, bytes]
"""Seconds since the request, as recorded, and the bytes that are due then."""

Step: TypeAlias = Piece | float | Do
"""A piece, a pause of so many seconds whatever the speed is, or what is done to the connection."""

Fault: TypeAlias = Literal["cut", "reset", "stall", "split", "rubbish", "sentinel", "429", "html"]
"""The name of a fault."""

FAULTS: dict[Fault, str] = {
    "cut": "The answer ends halfway, in good order: a proxy on the way closed it.",
    "reset": "The connection is torn down halfway.",
    "stall": "Halfway nothing more comes, and the connection stays open.",
    "split": "Every piece arrives in two, cut inside a character where it has one of several bytes.",
    "rubbish": "Halfway a piece comes that is no JSON.",
    "sentinel": "A last line `[DONE]` follows, as chat completions have it.",
    "429": "For two seconds after the first question the rate limit is reached.",
    "html": "A login page comes in place of the answer, with status 200.",
}
"""Each fault, and what it does in a sentence."""

PAGE = b"""<!doctype html>
<html lang="en"><title>Sign in</title>
<h1>Welcome to Campus Wi-Fi</h1><p>Please sign in to use the network.</p></html>
"""

_LIMITED = 2.0  # seconds
_APART = 0.002  # seconds between two halves: sent together they would arrive together
# What a piece of text is known by, in each shape of the API.
_TEXTS = (b'"response.output_text.delta"', b'"delta":{"content":')


def known(fault: str | None) -> Fault | None:
    """Return a fault by its name.

    Raises
    ------
    ValueError
        If there is none of that name.
    """
    for name in get_args(Fault):
        if fault == name:
            found: Fault = name
            return found
    if fault is None:
        return None
    raise ValueError(f"there is no fault {fault!r}; there are: {', '.join(FAULTS)}")


def played(fault: Fault | None, pieces: list[Piece]) -> Iterator[Step]:
    """Yield what is done for an answer that has a fault, or none."""
    change = _CHANGES.get(fault) if fault else None
    return change(pieces) if change else iter(pieces)


class RateLimit:
    """Refuses the first question, and all others for a while."""

    def __init__(self) -> None:
        self._until: float | None = None
        self._lock = threading.Lock()

    def wait(self) -> float:
        """Return the seconds until a question is answered; 0 where it is now."""
        with self._lock:
            now = time.monotonic()
            if self._until is None:
                self._until = now + _LIMITED
            left = self._until - now
            if left <= 0:
                self._until = None  # the next one is the first again
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
    """Return an answer up to half of its text, and the rest; of a whole one, half of its bytes."""
    if len(pieces) == 1:
        ((t, data),) = pieces
        return [(t, data[: len(data) // 2])], [(t, data[len(data) // 2 :])]
    texts = [n for n, (_, data) in enumerate(pieces) if any(text in data for text in _TEXTS)]
    at = texts[len(texts) // 2] if texts else len(pieces) - 1
    return pieces[:at], pieces[at:]
