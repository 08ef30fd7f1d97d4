"""The local server's answers: unchanged recordings, or with a consistent preface."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

import pytest

from pplx_widget.recordings.format import Exchange
from pplx_widget.server.library import samples
from pplx_widget.server.script import frame, perform, preface_of, response
from pplx_widget.server.unknown import unknown

from ..support.exchanges import exchange


def preface(sample: Exchange, question: str) -> str:
    return preface_of(sample, question, exact=False, filtered=False)


def text_everywhere(events: list[dict[str, Any]]) -> set[str]:
    """Return the complete text from each part of a stream that contains it."""
    deltas = "".join(e["delta"] for e in events if e["type"].endswith("text.delta"))
    done = {e["text"] for e in events if e["type"].endswith("text.done")}
    items = [
        e["item"]
        for e in events
        if e["type"].endswith("item.done") and e["item"]["type"] == "message"
    ]
    items += [i for i in events[-1]["response"]["output"] if i["type"] == "message"]
    return {deltas} | done | {item["content"][0]["text"] for item in items}


def test_an_exact_question_gets_the_recording_as_it_is() -> None:
    said = [e.data for e in perform(exchange(), "", "resp_recorded")]
    assert said == [e.data for e in exchange().events]


@pytest.mark.parametrize("sample", samples().exchanges, ids=lambda e: e.id)
def test_a_preface_is_the_same_everywhere(sample: Exchange) -> None:
    said = [e.data for e in perform(sample, preface(sample, "Is *this* a [1] $x$?"), "resp_new")]
    payloads = [data for data in said if data is not None]
    (text,) = text_everywhere(payloads)
    assert text.startswith(
        "> **Scripted sample.** You asked “Is \\*this\\* a &#91;1&#93; \\$x\\$?”. The nearest "
    )
    numbers = [data["sequence_number"] for data in payloads]
    assert numbers == sorted(set(numbers))
    assert {p["response"]["id"] for p in payloads if "response" in p} == {"resp_new"}
    again = response(sample, preface(sample, "Is *this* a [1] $x$?"), "resp_new")
    assert again == payloads[-1]["response"]


def test_a_preface_has_the_question_without_its_data() -> None:
    asked = "Which month is busiest?\n\nTable: 3 rows"
    said = b"".join(map(frame, perform(exchange(), preface(exchange(), asked), "r"))).decode()
    assert "You asked “Which month is busiest?”." in said
    assert "3 rows" not in said


def test_a_long_question_is_shortened_and_half_a_character_survives() -> None:
    asked = "why \ud83d " + "very " * 100
    events = list(perform(exchange(), preface(exchange(), asked), "r"))
    said = b"".join(map(frame, events)).decode()
    assert re.search(r"very ver\S*…”", said)
    assert "why ? very" in said


def test_data_that_came_with_a_question_is_not_quoted() -> None:
    asked = "Which month is busiest?\n\nColumns: visitors"
    events = perform(exchange(), preface(exchange(), asked), "r")
    said = b"".join(map(frame, events)).decode()
    assert "You asked “Which month is busiest?”." in said
    assert "visitors" not in said


def test_text_in_the_terminal_event_only_is_prefaced_too() -> None:
    bare = dataclasses.replace(exchange(), events=exchange().events[-1:])
    (event,) = perform(bare, preface(bare, "x"), "r")
    assert event.data is not None
    assert event.data["response"]["output"][0]["content"][0]["text"].startswith("> **Scripted")


def test_options_of_the_search_that_a_sample_does_not_follow_are_said() -> None:
    asked = "Explain the CAP theorem with an example"
    (sample,) = [each for each in samples().exchanges if each.question == asked]
    assert preface_of(sample, asked, exact=True, filtered=False) == ""
    said = preface_of(sample, asked, exact=True, filtered=True)
    assert said == (
        "> **Scripted sample.** Filters and other options of the search are not applied.\n\n"
    )
    both = preface_of(sample, "CAP?", exact=False, filtered=True)
    assert "You asked “CAP?”." in both
    assert "are not applied" in both


def test_an_unknown_question_is_answered_with_the_list() -> None:
    asked = "Is <b>this</b> a [1] $x$?\n\nData"
    listed = unknown(asked, samples().questions)
    (text,) = text_everywhere([e.data for e in listed.events if e.data])
    assert "You asked “Is \\<b\\>this\\</b\\> a &#91;1&#93; \\$x\\$?”." in text
    for sample in samples().exchanges:
        assert sample.question.partition("\n\n")[0] in text
    assert listed.question == asked
    assert listed.scripted


def test_nothing_asked_gets_the_list_too() -> None:
    (text,) = text_everywhere([e.data for e in unknown(" ", ["One?"]).events if e.data])
    assert "You asked an empty question." in text
    assert "* One?\n" in text
