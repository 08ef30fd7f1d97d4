"""The audit: its findings in an answer's citations."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

import pplx_widget as pplx
from pplx_widget.bibliography import audit as module
from pplx_widget.bibliography.audit import Finding, findings
from pplx_widget.bibliography.overlap import Overlap, overlap, terms
from pplx_widget.core.events import Finished, Source, SourcesFound, Text
from pplx_widget.core.state import AnswerState
from pplx_widget.document.record import to_record
from pplx_widget.question.request import Search

from ..support.wire_server import CREATED, WireServer, completed, delta, results

TODAY = date(2026, 11, 28)


def source(id_: int, url: str = "", **fields: Any) -> Source:
    fields = {"title": f"Title {id_}", "snippet": "", "site": "example.org"} | fields
    return Source(id=id_, url=url or f"https://example.org/{id_}", **fields)


def answer(text: str, *sources: Source) -> AnswerState:
    state = AnswerState(datetime(2026, 11, 28, tzinfo=UTC))
    for event in (SourcesFound(sources), Text(text), Finished()):
        state.apply(event, 1)
    return state


def found(text: str, *sources: Source, search: Search | None = None) -> list[Finding]:
    return findings(answer(text, *sources), search, TODAY)


def kinds(text: str, *sources: Source) -> list[str]:
    return [finding.kind for finding in found(text, *sources)]


def test_a_clean_answer_has_only_what_was_compared() -> None:
    text = "The act applies from 2 August 2026.[1]"
    (finding,) = found(text, source(1, snippet="Applies from **August 2**, 2026: the new act."))
    assert finding == Finding(
        kind=module.COMPARED,
        what="2 of 2 words and 2 of 2 numbers are in the source's title or snippet.",
        where="The act applies from 2 August 2026.",
        at=0,
        id=1,
        words=2,
        shared_words=2,
        numbers=2,
        shared_numbers=2,
    )


def test_a_number_that_the_snippet_does_not_have() -> None:
    (finding,) = found(
        "Fines of 40 million euros [1].", source(1, snippet="fined 35 million euros")
    )
    assert finding.what.endswith(
        "0 of 1 numbers are in the source's title or snippet; not there: 40."
    )
    assert (finding.words, finding.shared_words) == (3, 2)
    (finding,) = found("Fines of 40 million euros [1].", source(1))
    assert finding.what == "The service gave no snippet to compare with."
    assert finding.words is finding.shared_numbers is None


def test_each_source_of_a_sentence_once() -> None:
    said = found("One thing [1][2][1] is so [2].", source(1, snippet="x"), source(2, snippet="y"))
    assert [(f.kind, f.id) for f in said] == [(module.COMPARED, 1), (module.COMPARED, 2)]


def test_markers_without_a_source() -> None:
    text = "Nothing supports these sentences.[9] And x.[1][web:8]"
    said = found(text, source(1))
    assert [(f.kind, f.id) for f in said] == [
        (module.NO_SOURCE, 9),
        (module.NO_SOURCE, 8),
        (module.COMPARED, 1),
    ]
    assert text[said[0].at :].startswith("[9]")
    assert text[said[1].at :].startswith("[web:8]")


def test_sentences_without_a_citation() -> None:
    text = (
        "The first sentence claims something. The second claims more [1].\n\n"
        "Nothing around it cites anything.\n\n# A heading that claims something\n\n"
        "Here are the three main points:\n\n- Why do they cite nothing?\n- Yes.\n- It is so.\n\n"
        "| a table row | claims something |\n|-|-|\n| and another row | as well |\n\n"
        "```\nThis code claims something too.\n```\n\n还有一个没有引用的句子。\n"
    )
    said = [f for f in found(text, source(1, snippet="x")) if f.kind == module.NO_CITATION]
    assert [f.where for f in said] == [
        "The first sentence claims something.",
        "Nothing around it cites anything.",
        "还有一个没有引用的句子。",
    ]
    assert said[0].what == "This sentence has no citation; its paragraph cites [1]."
    assert said[1].what == "Neither this sentence nor its paragraph has a citation."
    assert all(text[f.at :].startswith(f.where) for f in said)


def test_sources() -> None:
    said = found(
        "A claim of the first [1].",
        source(1, "https://example.org/a", snippet="x", date="2026-11-20"),
        source(2, "http://www.example.org/a/?utm_source=x"),
        source(3, date="2027-05-01"),
        source(4, date="last week"),
        source(5, date="0001-01-01"),
    )
    assert [(f.kind, f.id) for f in said[1:]] == [
        (module.ODD_DATE, 3),
        (module.ODD_DATE, 4),
        (module.ODD_DATE, 5),
        (module.DUPLICATE, 2),
        *((module.NEVER_CITED, id_) for id_ in (2, 3, 4, 5)),
    ]
    assert said[4].what.startswith("The same page as source 1: http://www.")


@pytest.mark.parametrize(
    ("search", "day", "updated", "odd"),
    [
        (Search(recency="week"), "2026-11-10", None, "much older than the week"),
        (Search(recency="week"), "2026-11-16", None, None),
        (Search(recency="week"), "2020-01-01", "2026-11-27", None),
        (Search(recency="day"), "2026-11-20", None, "much older than the day"),
        (Search(recency="year"), "2025-01-01", None, None),
        (Search(after=date(2026, 1, 1)), "2025-12-31", None, "is before 2026-01-01"),
        (Search(before=date(2026, 1, 1)), "2026-01-02", None, "is after 2026-01-01"),
        (Search(recency="week"), "2026", None, None),
        (Search(), "2001-01-01", None, None),
        (None, "2001-01-01", None, None),
    ],
)
def test_dates_against_what_was_searched_for(
    search: Search | None, day: str, updated: str | None, odd: str | None
) -> None:
    said = found("x [1]", source(1, date=day, last_updated=updated), search=search)
    whats = [f.what for f in said if f.kind == module.ODD_DATE]
    assert len(whats) == (odd is not None)
    assert not odd or odd in whats[0]


@pytest.mark.parametrize(
    ("claim", "said", "words", "numbers"),
    [
        ("The rules apply", "A RULE applies", (2, 1), (0, 0)),
        ("Es kostet 1.234,50 Euro", "1 234,5 euro".replace(" 2", "\u202f2"), (2, 1), (1, 1)),
        ("about 1,234 cars", "1234 trains", (1, 0), (1, 1)),
        ("about 1,234 cars", "1.234 trains", (1, 0), (1, 1)),
        ("3.10 is new", "3.1 and 3.11", (0, 0), (1, 1)),
        ("on 12.05.2026", "12.05.2026", (0, 0), (1, 1)),
        ("CO₂ and COVID-19", "covid 19, co2", (2, 2), (1, 1)),
        ("20% in 2026", "2026: 20 percent", (0, 0), (2, 2)),
        ("٢٠٢٦", "2026", (0, 0), (1, 1)),
        ("２０２６年", "2026", (0, 0), (1, 1)),
        ("经济增长", "经济", (3, 1), (0, 0)),
        ("成長は3.2%です", "3.2", (2, 0), (1, 1)),
        ("हिन्दी भाषा", "हिन्दी", (2, 1), (0, 0)),
        ("экономика выросла", "Экономика", (2, 1), (0, 0)),
        ("naïve", "nai\u0308ve", (1, 1), (0, 0)),
        ("", "", (0, 0), (0, 0)),
        ("9" * 5000, "9" * 5000, (0, 0), (1, 1)),
    ],
)
def test_overlap(claim: str, said: str, words: tuple[int, int], numbers: tuple[int, int]) -> None:
    result = overlap(terms(claim), terms(said))
    assert (result.words, result.shared_words) == words
    assert (result.numbers, result.shared_numbers) == numbers
    assert len(result.missing) == result.numbers - result.shared_numbers


def test_what_is_missing_is_said_as_it_was_written() -> None:
    assert overlap(terms("5,000 of 7"), terms("7")) == Overlap(0, 0, 2, 1, ("5,000",))


def test_the_frame(server: WireServer) -> None:
    pytest.importorskip("pandas")
    pplx.configure(base_url=server.base_url)
    server.respond([CREATED, *results(1, 2), delta("Snippet one says it.[1][7]"), completed()])
    live = pplx.ask("q", search=pplx.Search(recency="week"), model="perplexity/sonar").wait(30)
    loaded = pplx.Answer.from_record(to_record("q", live._session.state))
    for each in (live, loaded):
        made = each.audit()
        assert list(made["kind"]) == [module.NO_SOURCE, module.COMPARED, module.NEVER_CITED]
        assert list(made["id"]) == [7, 1, 2]
        assert made["words"].isna().tolist() == [True, False, True]
        assert made["at"][0] == live.text.index("[7]")
    none = pplx.Answer.from_record(to_record("q", answer(""))).audit()
    assert list(none.dtypes) == list(made.dtypes)
    assert len(none) == 0
