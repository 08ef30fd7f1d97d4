"""`Answer.check`: its findings, their places, and its list."""

from __future__ import annotations

import pytest

import pplx_widget as pplx
from pplx_widget.bibliography.check.claims import checked
from pplx_widget.core import words
from pplx_widget.core.events import Finished, SourcesFound, Text
from pplx_widget.core.state import AnswerState

from ..test_audit import answer, source

BRIDGE = source(
    1, snippet="The bridge has **seven** arches. It is 213 metres long, and was never widened."
)
TEXT = (
    "# The bridge\n\nThe bridge has **nine** arches.[1] It is 213 metres long.[1] "
    "Its builder was born in the neighbouring village of Orlen. It was never painted red.[2]\n"
)


def test_each_cited_sentence_has_a_finding() -> None:
    check = checked(answer(TEXT, BRIDGE, source(2)))
    assert [(f.verdict, f.id, f.number) for f in check] == [
        ("differs", 1, 1),
        ("found", 1, 1),
        ("unread", 2, 2),
    ]
    first, second, third = check
    assert first.sentence == "The bridge has nine arches."
    assert first.quote == "The bridge has seven arches."
    assert "“nine”" in first.why
    assert "“seven”" in first.why
    assert second.quote.startswith("It is 213 metres long")
    assert third.quote == ""
    assert first.doubt > third.doubt > second.doubt > 0
    assert check.uncited == 1
    assert check.counts == {"found": 1, "differs": 1, "not found": 0, "unclear": 0, "unread": 1}


@pytest.mark.parametrize(
    ("said", "snippet"),
    [
        # "Without" negates its noun alone.
        (
            "Without a shelter, the plants freeze in winter.",
            "The plants freeze in winter. A shelter of straw keeps them warm.",
        ),
        # "Failed to" is a negation, "failed" is not.
        (
            "Clients that failed together come back together.",
            "Clients come back together; jitter spreads them.",
        ),
        # The sentence has a reserve of its own.
        ("Fines can be as high as 4 percent of sales.", "Fines may reach 4 percent of sales."),
        ("Lind did not rule out a cut in May.", "Lind said that a cut in May is possible."),
    ],
)
def test_no_difference_where_there_is_none(said: str, snippet: str) -> None:
    (finding,) = checked(answer(f"{said}[1]", source(1, snippet=snippet)))
    assert finding.verdict != "differs", finding.why


def test_a_finding_knows_its_place() -> None:
    for finding in checked(answer(TEXT, BRIDGE, source(2))):
        start, end = finding.span
        marked = TEXT[start:end].replace("*", "")
        assert marked.split()[-1] == finding.sentence.split()[-1]
        assert finding.ids == ((2,) if "red" in finding.sentence else (1,))


def test_several_sources_are_read_together() -> None:
    said = "The bridge has seven arches and was built by Jonas Wyke in 1741.[1][2]"
    builder = source(2, snippet="Jonas Wyke built the bridge of Halmer in 1741, and a mill.")
    (finding,) = checked(answer(said, BRIDGE, builder))
    assert finding.verdict in {"found", "unclear"}
    assert finding.ids == (1, 2)


def test_a_part_that_may_be_in_a_source_without_a_snippet() -> None:
    (finding,) = checked(
        answer("The bridge has seven arches and cost 40,000 crowns.[1][2]", BRIDGE, source(2))
    )
    assert finding.verdict == "unread"
    (finding,) = checked(answer("The bridge has seven arches and cost 40,000 crowns.[1]", BRIDGE))
    assert finding.verdict == "not found"
    assert "40,000 crowns" in finding.why


def test_rows_and_items_of_lists_are_sentences() -> None:
    text = "- It has seven arches.[1]\n- It is 231 metres long.[1]\n\n| what | how |\n|--|--|\n| arches | seven [1] |\n"
    assert [f.verdict for f in checked(answer(text, BRIDGE))][:2] == ["found", "differs"]
    assert len(checked(answer(text, BRIDGE))) == 3


def test_tables_in_snippets() -> None:
    table = "| Year | Visitors |\n|---|---|\n| 2021 | 4,120 |\n| 2022 | 5,310 |\n"
    museum = source(1, title="Visitors of the museum", snippet=table)
    right, wrong = checked(
        answer(
            "In 2021 the museum had 4,120 visitors.[1] In 2021 it had 5,310 visitors.[1]", museum
        )
    )
    assert right.verdict == "found"
    assert wrong.verdict == "differs"


def test_another_language_is_compared_by_its_figures() -> None:
    german = source(
        1, snippet="Die Brücke hat sieben Bögen und ist 213 Meter lang. Sie wurde nie verbreitert."
    )
    right, wrong = checked(
        answer(
            "The bridge in the town is 213 metres long.[1] The bridge in the town is 312 metres long.[1]",
            german,
        )
    )
    assert (right.verdict, wrong.verdict) == ("unclear", "not found")


def test_structured_and_empty_answers_have_no_findings() -> None:
    state = AnswerState(structured=True)
    for event in (SourcesFound((BRIDGE,)), Text('{"arches": "nine [1]"}'), Finished()):
        state.apply(event, 1)
    assert checked(state) == ()
    assert checked(answer("")) == ()
    assert "0 sentences" in repr(checked(answer("")))


def test_the_frame_begins_with_the_most_doubtful() -> None:
    frame = checked(answer(TEXT, BRIDGE, source(2))).to_frame()
    assert [*frame.columns] == ["sentence", "verdict", "number", "id", "quote", "why", "doubt"]
    assert [*frame.verdict] == ["differs", "unread", "found"]
    assert frame.doubt.is_monotonic_decreasing


def test_the_list() -> None:
    check = checked(answer(TEXT, BRIDGE, source(2)))
    lines = repr(check).splitlines()
    assert lines[0] == "[1] differs  The bridge has nine arches."
    assert "3 sentences compared" in lines[-1]
    assert "1 sentence has no citation and was not compared." in lines[-1]
    assert "only a part of a page" in lines[-1]
    html = check._repr_html_()
    assert html.index("differs") < html.index("unread") < html.index("found")


def test_strangers_text_is_escaped() -> None:
    evil = source(
        1, snippet="The <img src=x onerror=alert(1)> has seven arches & \x1b[31m more.\u202e"
    )
    check = checked(answer("The bridge <script>alert(1)</script> has nine arches.[1]", evil))
    assert "<script" not in check._repr_html_()
    assert "<img" not in check._repr_html_()
    assert "\x1b" not in repr(check)
    assert "\x1b" not in check._repr_html_()


@pytest.mark.parametrize("language", ["en", "de"])
def test_no_word_judges(language: str) -> None:
    table = words.table(language)
    said = " ".join(text for id_, text in table.items() if id_.startswith("check.")).lower()
    for word in ("true", "verified", "false", "correct", "wahr", "falsch", "bestätigt", "richtig"):
        assert word not in said.split()


def test_the_words_are_in_the_language_of_the_answer() -> None:
    with words.speaking("de"):
        check = checked(answer(TEXT, BRIDGE, source(2)))
        assert "weicht ab" in repr(check)
        assert "Stelle" in check[0].why


def test_an_answer_checks_itself() -> None:
    class Says:
        async def stream(self, _request: object):
            for event in (
                SourcesFound((BRIDGE,)),
                Text("The bridge has nine arches.[1]"),
                Finished(),
            ):
                yield event

    found = pplx.ask("How many arches?", provider=Says()).wait(10)
    assert [f.verdict for f in found.check()] == ["differs"]
    assert isinstance(found.check(), pplx.Check)
    assert isinstance(found.check()[0], pplx.Finding)
    with pytest.raises(pplx.InvalidRequest, match="pages"):
        found.check(pages="yes")
