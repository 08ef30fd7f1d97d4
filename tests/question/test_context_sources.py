"""`context=`: sources, searches and answers, shown and bounded, with numbers that the answer can cite."""

from __future__ import annotations

import asyncio
import html
import threading
from collections.abc import Iterator
from typing import Any

import pytest

import pplx_widget as pplx
from pplx_widget.core.events import CONTEXT_ID
from pplx_widget.document.record import to_record

from ..support.search_server import SearchServer, result


@pytest.fixture
def service(clean_settings: None) -> Iterator[SearchServer]:
    with SearchServer() as server:
        pplx.configure(base_url=server.base_url, max_retries=0)
        yield server


def answered(
    service: SearchServer, text: str, question: str = "Why?", **options: Any
) -> pplx.Answer:
    service.text = text
    return pplx.ask(question, **options).wait(30)


def test_a_search_is_sent_shown_and_cited(service: SearchServer) -> None:
    found = pplx.search("bees")
    first = pplx.summarise(found).sources[0].id
    answer = answered(service, f"They dance.[{first + 1}] And [1].", context=found)
    sent = service.asked[-1][1]["input"]
    assert answer.context is not None
    assert sent == f"Why?\n\n{answer.context.text}"
    assert f"[{first}] Page 1 — https://site1.example/page — 2026-11-02\nWords of page 1." in sent
    assert answer.context.about == "2 sources"
    assert [(c.number, c.id, c.source.title) for c in answer.citations] == [
        (1, first + 1, "Page 2")
    ]
    assert answer.context.text in html.unescape(answer.to_html())
    assert "https://site2.example/page" in answer.to_markdown()


def test_sources_of_an_answer_and_parts_of_a_search(service: SearchServer) -> None:
    found = pplx.search("bees")
    for data in (found[1:], [found[1]], found[1], [found[1:], found[1:]]):
        summary = pplx.summarise(data)
        assert [s.title for s in summary.sources] == ["Page 2"]
        assert summary.sources[0].id >= CONTEXT_ID
        assert f"[{summary.sources[0].id}] Page 2" in summary.text
    answer = answered(service, "A.", context=found)
    assert "Page 1" in pplx.summarise(answer.sources).text
    assert pplx.summarise(pplx.search("bees")[:0]).about == "0 sources"


def test_answers_are_sent_with_their_cited_sources(service: SearchServer) -> None:
    found = pplx.search("bees")
    first = pplx.summarise(found).sources[0].id
    one = answered(service, f"They dance.[{first}]", "How do bees tell?", context=found)
    two = answered(service, f"They fly.[{first}] Far.[{first + 1}]", "And then?", context=found)
    summary = pplx.summarise([one, two])
    assert summary.about == "2 answers and 2 sources"
    assert "An earlier answer to the question 'How do bees tell?':\n\nThey dance." in summary.text
    assert (
        f"In this answer, [{first}] is [{first}], [{first + 1}] is [{first + 1}]." in summary.text
    )
    assert summary.text.count("https://site1.example/page") == 1
    alone = pplx.summarise(one)
    assert alone.about == "1 answer and 1 source"
    third = answered(service, f"So.[{first}]", context=[one, found])
    assert [c.source.title for c in third.citations] == ["Page 1"]


def test_a_further_question_can_cite_all_sources_sent_so_far(service: SearchServer) -> None:
    found = pplx.search("bees")
    old, new = (pplx.summarise(part).sources[0].id for part in (found[:1], found[1:]))
    assert old != new
    one = answered(service, "So.", context=found[:1])
    service.text = f"A.[{old}]"
    assert [c.source.title for c in one.ask("And?").wait(30).citations] == ["Page 1"]
    service.text = f"A.[{old}] B.[{new}]"
    two = one.ask("And?", context=found[1:]).wait(30)
    assert [c.source.title for c in two.citations] == ["Page 1", "Page 2"]
    service.text = f"C.[{new}] D.[{old}]"
    assert len(two.ask("So?").wait(30).citations) == 2


def test_a_saved_answer_keeps_its_sources(service: SearchServer) -> None:
    found = pplx.search("bees")
    first = pplx.summarise(found).sources[0].id
    answer = answered(service, f"A.[{first}]", context=found)
    record = to_record(answer.question, answer._session.state, answer.context)
    again = pplx.Answer.from_record(record)
    assert again.context is not None
    assert [s.id for s in again.context.sources] == [first, first + 1]
    assert [c.id for c in again.citations] == [first]


def test_an_answer_without_sources(service: SearchServer) -> None:
    summary = pplx.summarise(answered(service, "Yes."))
    assert summary.about == "1 answer"
    assert "There are no sources" not in summary.text


def test_an_answer_that_cannot_be_sent(service: SearchServer) -> None:
    class Never:
        async def stream(self, _request: Any) -> Any:
            yield pplx.events.Text("So far")
            await pplx_forever()

    gate = threading.Event()

    async def pplx_forever() -> None:
        await asyncio.to_thread(gate.wait)

    under_way = pplx.ask("Why?", provider=Never())
    with pytest.raises(pplx.InvalidRequest, match="in progress"):
        pplx.ask("So?", context=under_way)
    gate.set()
    under_way.stop()
    pplx.configure(base_url="http://127.0.0.1:9/v1")
    failed = pplx.ask("Why?").wait(30)
    with pytest.raises(pplx.InvalidRequest, match="no text"):
        pplx.ask("So?", context=[failed])


@pytest.mark.parametrize("tokens", [60, 200, 1000, None])
def test_the_summary_is_bounded(service: SearchServer, tokens: int | None) -> None:
    long = [result(n, snippet=f"Page {n} says so. " * 2000) for n in range(20)]
    service.says = [(200, {"results": long})]
    summary = pplx.summarise(pplx.search("bees"), tokens=tokens)
    # The intro and the last note come on top of a very small limit.
    assert summary.tokens <= (tokens or 4000) + 60
    assert summary.left_out
    for source in summary.sources:
        assert f"[{source.id}] {source.title}" in summary.text
    if tokens is None:
        assert len(summary.sources) == 20
        assert summary.text.count("says so") > 100


def test_a_long_answer_is_cut(service: SearchServer) -> None:
    answer = answered(service, "Word. " * 20_000)
    summary = pplx.summarise(answer)
    assert summary.tokens <= 4060
    assert "characters of the answer to 'Why?'" in summary.left_out[0]


def test_other_data_is_read_as_before() -> None:
    for wrong in ([], (), 3, [3]):
        with pytest.raises(pplx.InvalidRequest, match="of type"):
            pplx.summarise(wrong)
