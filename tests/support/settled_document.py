"""A settled answer in Python: its sources, and its state after some events."""

from __future__ import annotations

from pplx_widget.core.events import Finished, Source
from pplx_widget.core.state import AnswerState

SOURCES = (
    Source(
        7,
        "On <bees>",
        "https://bees.org/7?a=1&b=2",
        "bees.org",
        "2026-01-02",
        snippet='They "dance".',
    ),
    Source(3, "On ants", "https://ants.org/3", "ants.org", snippet="Ants walk. " * 40),
    Source(9, "On wasps", "javascript:alert(1)", "wasps.org"),
)


def state(*events: object, status: str = "complete") -> AnswerState:
    """Return the state after these events and an end."""
    folded = AnswerState()
    for at, event in enumerate((*events, Finished(status))):
        folded.apply(event, at)
    return folded
