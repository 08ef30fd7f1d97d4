"""Every kind of step in ``tables.json``: built from events, shown, recorded and restored."""

from __future__ import annotations

from typing import Any, get_args, get_type_hints

import pytest

from pplx_widget.core.events import Finished, Image, Source, Text
from pplx_widget.core.state import AnswerState, Step, events_of
from pplx_widget.core.tables import STEPS, StepKind
from pplx_widget.core.words import say
from pplx_widget.document import forms
from pplx_widget.document.record import from_record, to_record

IMAGES = (Image("https://example.org/1.png"),)
SOURCES = (Source(1, "One", "https://example.org/1", "example.org"),)


def step(kind: Any) -> Step:
    items = (
        ("Busy", "It is busy.") if STEPS[kind]["look"] == "reason" else ("https://example.org/a",)
    )
    return Step(kind, 0.5, items, 1 if STEPS[kind]["sum"] else None)


def test_the_kinds_and_looks_are_those_of_the_types() -> None:
    assert STEPS.keys() == set(get_args(get_type_hints(Step)["kind"]))
    looks = get_args(get_type_hints(StepKind)["look"])
    assert {words["look"] for words in STEPS.values()} == set(looks)


@pytest.mark.parametrize("kind", [kind for kind in STEPS if kind != "retry"])
def test_a_step_is_made_of_its_events(kind: str) -> None:
    state = AnswerState()
    for event in events_of(step(kind), SOURCES, IMAGES):
        state.apply(event, 0.5)
    assert state.steps == (step(kind),)
    assert state.images == (IMAGES if kind == "images" else ())


@pytest.mark.parametrize("kind", STEPS)
def test_it_is_shown_and_kept(kind: str) -> None:
    state = AnswerState()
    for event in (Text("So."), Finished()):
        state.apply(event, 1)
    state.steps = (step(kind),)
    shown = forms.html("q", state)
    if STEPS[kind]["look"] != "text":
        assert say(f"step.{kind}.done") in shown
    assert step(kind).items[-1].removeprefix("https://") in shown
    _, kept = from_record(to_record("q", state))
    assert kept.steps == state.steps
