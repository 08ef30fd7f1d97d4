"""The store of `configure`: every finished answer is kept, and the cache answers from it."""

from __future__ import annotations

import asyncio
import json
import re
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import pplx_widget as pplx
from pplx_widget.core import words
from pplx_widget.core.errors import InvalidRequest, ServiceFailed
from pplx_widget.core.events import Event, Failed, Finished, Text
from pplx_widget.runs import keeping
from pplx_widget.store import database
from pplx_widget.store.row import Row
from pplx_widget.store.store import open_store
from pplx_widget.widget.documents import Keys, document

from ..support.costs import Says
from ..support.wire_server import CREATED, WireServer, completed, delta

Kept = Callable[[], list[Row]]
QUESTION = "How do bees talk?"
KEY = "pplx-Zq7correcthorsebattery00staple11"


@pytest.fixture(autouse=True)
def untold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "_told", {})


# ---- which answers are kept -----------------------------------------------------------------------------------


def test_every_way_to_ask_is_kept(kept: Kept) -> None:
    first = pplx.ask("ask").wait(30)
    pplx.complete("complete")
    assert [type(each).__name__ for each in pplx.stream("stream")][-1] == "Finished"

    async def over() -> None:
        async for _ in pplx.astream("astream"):
            pass

    asyncio.run(over())
    first.ask("follow-up").wait(30)
    first.retry().wait(30)
    found = kept()
    assert [row.question for row in found] == [
        *("ask", "complete", "stream", "astream", "follow-up", "ask")
    ]
    assert {row.status for row in found} == {"complete"}
    assert {row.batch for row in found} == {None}
    assert (found[0].cost, found[0].model, found[0].effort) == (0.005, "perplexity/test", "fast")
    assert [source.id for source in found[0].sources] == [7, 3]
    assert found[0].key == found[5].key
    assert len({row.key for row in found}) == 5


def test_failed_and_stopped_answers_are_kept_with_their_status(
    kept: Kept, server: WireServer
) -> None:
    gate = threading.Event()
    server.respond([CREATED, delta("So far"), gate])
    answer = pplx.ask("stopped")
    while not answer.text:
        pass
    answer.stop()
    gate.set()
    answer.wait(30)
    server.respond([b'{"error": {"message": "no"}}'], status=400)
    assert pplx.ask("refused").wait(30).status == "failed"
    stopped, refused = kept()
    assert (stopped.status, stopped.text, stopped.error) == ("stopped", "So far", None)
    assert (refused.status, refused.error is not None) == ("failed", True)


def test_recordings_are_not_kept(kept: Kept, tmp_path: Path) -> None:
    with pplx.record(tmp_path / "talk.jsonl"):
        pplx.complete(QUESTION)
    with pplx.replay(tmp_path / "talk.jsonl", speed=None):
        assert pplx.complete(QUESTION, cache=True).kept is None
    assert len(kept()) == 1


def test_samples_are_kept_with_their_name(kept: Kept) -> None:
    samples = pplx.Samples()
    first = pplx.ask("A sample?", provider=samples).wait(30)
    assert pplx.ask("A sample?", provider=pplx.Samples(), cache=True).text == first.text
    assert [row.server for row in kept()] == ["samples"]


def test_an_answer_is_in_the_file_before_it_is_over(kept: Kept, path: Path) -> None:
    """A program that is killed after this moment has it."""

    def in_the_file() -> int:
        with sqlite3.connect(path) as plain:
            count: int = plain.execute("SELECT count(*) FROM answers").fetchone()[0]
        plain.close()
        return count

    for n in range(5):
        pplx.ask(f"question {n}").wait(30)
        assert in_the_file() == n + 1


def test_no_key_is_in_the_file(kept: Kept, server: WireServer, path: Path) -> None:
    pplx.configure(api_key=KEY)
    server.respond([CREATED, delta(f"Your key is {KEY}."), completed()])
    pplx.complete(
        f"Is {KEY} a key?",
        instructions=f"Never say {KEY}.",
        extra_headers={"Authorization": f"Bearer {KEY}"},
        extra_body={"api_key": KEY},
    )
    server.respond([json.dumps({"error": {"message": f"{KEY} is wrong"}}).encode()], status=401)
    pplx.ask("wrong").wait(30)
    assert len(kept()) == 2
    for file in path.parent.iterdir():
        assert KEY.encode() not in file.read_bytes()
        assert KEY[5:].encode() not in file.read_bytes()


# ---- the cache --------------------------------------------------------------------------------------


def test_the_same_question_is_not_sent_again(kept: Kept, server: WireServer) -> None:
    first = pplx.complete(QUESTION)
    before = pplx.usage()
    again = pplx.ask(QUESTION, cache="7 days")
    assert again.status == "complete"  # at once
    assert len(server.requests) == 1
    assert again.kept == again.asked
    assert first.kept is None
    for name in ("text", "sources", "citations", "usage", "model", "timing", "notes", "reason"):
        assert getattr(again, name) == getattr(first, name), name
    assert pplx.usage() == before
    assert len(kept()) == 1


@pytest.mark.parametrize("door", ["complete", "stream", "astream", "ask"])
def test_every_way_to_ask_uses_the_cache(kept: Kept, server: WireServer, door: str) -> None:
    first = pplx.complete(QUESTION)
    pplx.configure(cache=timedelta(days=1))

    async def arrived() -> list[Event]:
        return [each async for each in pplx.astream(QUESTION)]

    if door == "complete":
        assert pplx.complete(QUESTION).text == first.text
    elif door == "ask":
        assert pplx.ask(QUESTION).text == first.text
    else:
        events = [*pplx.stream(QUESTION)] if door == "stream" else asyncio.run(arrived())
        assert "".join(e.delta for e in events if isinstance(e, Text)) == first.text
        assert isinstance(events[-1], Finished)
        assert any(isinstance(each, pplx.events.SourcesFound) for each in events)
    assert len(server.requests) == 1


OTHERS = [
    {"effort": "low"},
    {"model": "perplexity/sonar"},
    {"instructions": "Be brief."},
    {"messages": [{"role": "user", "content": "Hello"}]},
    {"search": False},
    {"search": pplx.Search(domains=["europa.eu"])},
    {"max_tokens": 100},
    {"temperature": 0.5},
    {"reasoning_effort": "low"},
    {"language": "de"},
    {"images": [b"\x89PNG\r\n\x1a\n0000"]},
    {"context": "a,b\n1,2"},
    {"schema": {"title": "T", "type": "object", "properties": {}}},
    {"extra_body": {"top_k": 3}},
    {"extra_headers": {"X-Title": "course"}},
    {"provider": "chat", "model": "m"},
]


@pytest.mark.parametrize("options", OTHERS, ids=lambda o: next(iter(o)))
def test_another_request_is_another_question(
    kept: Kept, server: WireServer, options: dict[str, object]
) -> None:
    pplx.complete(QUESTION)
    answer = pplx.ask(QUESTION, cache=True, **options).wait(30)  # type: ignore[arg-type]
    assert answer.kept is None
    assert len(server.requests) == 2
    first, second = kept()
    assert first.key != second.key


def test_a_transport_or_a_timeout_makes_no_other_question(kept: Kept, server: WireServer) -> None:
    pplx.complete(QUESTION)
    for same in ({"provider": "raw"}, {"timeout": 3}, {"effort": "fast"}, {"preset": "fast"}):
        assert pplx.ask(QUESTION, cache=True, **same).kept  # type: ignore[arg-type]
    assert len(server.requests) == 1


def test_keys_make_no_other_question_and_headers_do(kept: Kept, server: WireServer) -> None:
    pplx.complete(QUESTION, extra_headers={"Authorization": "Bearer abc", "X-Title": "a"})
    same = {"Authorization": "Bearer xyz", "x-title": "a"}
    assert pplx.ask(QUESTION, cache=True, extra_headers=same).kept
    other = {"Authorization": "Bearer abc", "X-Title": "b"}
    assert pplx.ask(QUESTION, cache=True, extra_headers=other).wait(30).kept is None


def test_another_server_is_another_question(kept: Kept, server: WireServer) -> None:
    pplx.complete(QUESTION)
    with WireServer() as other:
        other.respond([CREATED, delta("Otherwise."), completed()])
        pplx.configure(base_url=other.base_url)
        assert pplx.complete(QUESTION, cache=True).text == "Otherwise."


def test_an_older_answer_is_not_used(kept: Kept, server: WireServer, path: Path) -> None:
    pplx.complete(QUESTION)
    eight = (datetime.now(UTC) - timedelta(days=8)).isoformat(timespec="seconds")
    with sqlite3.connect(path) as plain:
        plain.execute("UPDATE answers SET asked = ?", [eight])
    plain.close()
    assert pplx.complete(QUESTION, cache="2 weeks").kept is not None
    assert pplx.complete(QUESTION, cache=True).kept is not None
    assert pplx.complete(QUESTION, cache="7 days").kept is None
    assert len(server.requests) == 2
    assert pplx.complete(QUESTION, cache="7 days").kept is not None


@pytest.mark.parametrize(
    "end",
    [
        [completed(status="incomplete", incomplete_details={"reason": "max_output_tokens"})],
        [],
        [b"data: {no json\n\n"],
    ],
    ids=["incomplete", "cut", "garbled"],
)
def test_what_is_not_complete_is_asked_again(
    kept: Kept, server: WireServer, end: list[bytes]
) -> None:
    server.respond([CREATED, delta("So far"), *end])
    assert pplx.ask(QUESTION).wait(30).status != "complete"
    server.respond([CREATED, delta("Whole."), completed()])
    assert pplx.ask(QUESTION, cache=True).wait(30).text == "Whole."
    assert pplx.ask(QUESTION, cache=True).text == "Whole."
    assert len(server.requests) == 2


def test_refresh_and_retry_ask_the_service(kept: Kept, server: WireServer) -> None:
    pplx.configure(cache=True)
    pplx.complete(QUESTION)
    server.respond([CREATED, delta("Newer."), completed()])
    assert pplx.complete(QUESTION, refresh=True).text == "Newer."
    answer = pplx.ask(QUESTION)
    assert (answer.text, answer.kept is None) == ("Newer.", False)
    server.respond([CREATED, delta("Newest."), completed()])
    assert answer.retry().wait(30).text == "Newest."
    assert answer.kept is None
    assert pplx.complete(QUESTION).text == "Newest."
    assert pplx.ask(QUESTION, cache=False).wait(30).kept is None
    assert len(server.requests) == 4


def test_a_conversation(kept: Kept, server: WireServer) -> None:
    """A run of the same cells sends nothing, although the service's ids are not in the store."""
    pplx.configure(cache=True)

    def cells() -> list[pplx.Answer]:
        first = pplx.ask(QUESTION)
        second = first.ask("And wasps?")  # waits for the first answer
        third = second.ask("And ants?")
        return [each.wait(30) for each in (first, second, third)]

    before, after = cells(), cells()
    assert len(server.requests) == 3
    assert server.requests[1]["previous_response_id"] == "resp_1"
    assert [each.text for each in before] == [each.text for each in after]
    assert [each.kept is None for each in (*before, *after)] == [True] * 3 + [False] * 3
    assert after[2].ask("And flies?").wait(30).status == "complete"
    assert len(server.requests[3]["input"]) == 7


def test_a_follow_up_to_an_answer_under_way(kept: Kept, server: WireServer) -> None:
    """The first answer is asked again, the same text comes, and the follow-up is in the store."""
    pplx.complete(QUESTION).ask("And wasps?").wait(30)
    spent = pplx.usage().cost
    first = pplx.ask(QUESTION, cache=True, refresh=True)
    second = first.ask("And wasps?").wait(30)
    assert (first.kept, second.kept is None) == (None, False)
    assert second.timing.finished is not None
    assert len(server.requests) == 3
    assert pplx.usage().running == 0
    assert pplx.usage().cost == pytest.approx(spent + 0.005)


def test_neither_a_key_nor_a_budget_is_needed(kept: Kept, path: Path) -> None:
    pplx.complete(QUESTION)
    pplx.configure(cache=True, budget=0)
    assert pplx.ask(QUESTION).status == "complete"
    assert pplx.ask("Another?").wait(30).status == "failed"
    with sqlite3.connect(path) as plain:
        plain.execute("UPDATE answers SET key = ''")
    plain.close()
    assert isinstance(pplx.ask(QUESTION).wait(30).error, pplx.BudgetReached)


def test_a_schema_gives_its_value_again(kept: Kept, server: WireServer) -> None:
    server.respond([CREATED, delta('{"bees": 3}'), completed()])
    schema = {"title": "Bees", "type": "object", "properties": {"bees": {"type": "integer"}}}
    first = pplx.complete("How many?", schema=schema)
    again = pplx.ask("How many?", schema=schema, cache=True)
    assert first.parsed == again.parsed == {"bees": 3}
    assert again.structured


# ---- documents --------------------------------------------------------------------------------------


def documents(*answers: pplx.Answer) -> list[dict[str, str]]:
    made = []
    for answer in answers:
        Keys._given.clear()  # as in the first run of a kernel
        output = document(Keys(), answer.question, answer.session.snapshot(), answer.context)
        made.append({**output.data, "record": json.dumps(output.metadata, indent=1)})
    return made


LONG = (
    "A paragraph with a citation.[3] " * 40 + "\n\n| a | b |\n| - | - |\n" + "| 1[3] | 2 |\n" * 300
)


@pytest.mark.parametrize(
    "text", ["Bees dance.[3]", LONG, "x = 1\n" * 4000], ids=["short", "long", "one"]
)
@pytest.mark.parametrize("language", ["en", "de"])
def test_only_one_line_of_the_document_differs(
    kept: Kept, server: WireServer, text: str, language: str
) -> None:
    pplx.configure(locale=language)
    server.respond([CREATED, delta(text), completed()])
    first = pplx.complete(QUESTION, context="a,b\n1,2")
    again = pplx.complete(QUESTION, context="a,b\n1,2", cache=True)
    old, new = documents(first, again)
    with words.speaking(language):
        day = words.day(first.asked)  # type: ignore[arg-type]
        was, now = words.say("last.asked", date=day), words.say("last.kept", date=day)
        free = words.say("money.dollars", amount=0)
    for form in ("text/html", "text/markdown", "text/plain"):
        lines = zip(old[form].split("\n"), new[form].split("\n"), strict=True)
        for before, after in (pair for pair in lines if pair[0] != pair[1]):
            paid = re.sub(r"(\$0[.,]0050|0[.,]0050 \$) · ", "", before)
            assert paid.replace(was, f"{now} · {free}") == after
    record = json.loads(new["record"])["pplx_widget"]
    assert record.pop("kept", None) or "packed" in record
    (third,) = documents(pplx.complete(QUESTION, context="a,b\n1,2", cache=True))
    assert third == new


def test_the_record_says_that_the_store_answered(kept: Kept, server: WireServer) -> None:
    pplx.complete(QUESTION)
    answer = pplx.complete(QUESTION, cache=True)
    (made,) = documents(answer)
    record = json.loads(made["record"])["pplx_widget"]
    assert record["kept"] == record["asked"]
    day = f"{answer.kept.day} "  # type: ignore[union-attr]
    assert f"from {day}" in made["text/plain"]
    assert "· $0" in made["text/plain"]
    assert "asked on" not in made["text/plain"]


# ---- errors -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong", ["soon", "7", "7 days ago", "0 days", "-1 day", 7, timedelta(), [], ""]
)
def test_no_age(kept: Kept, wrong: object) -> None:
    with pytest.raises(InvalidRequest, match="7 days"):
        pplx.ask(QUESTION, cache=wrong)  # type: ignore[arg-type]
    with pytest.raises(InvalidRequest, match="7 days"):
        pplx.configure(cache=wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "age", ["1 second", "1.5 hours", "7days", " 2 WEEKS ", "1e", "9" * 400 + " days"]
)
def test_ages(kept: Kept, age: str) -> None:
    if age == "1e":
        age = "90 minutes"
    assert pplx.ask(QUESTION, cache=age).wait(30).status == "complete"


def test_a_cache_needs_a_store() -> None:
    for ask in (pplx.ask, pplx.complete, pplx.stream):
        with pytest.raises(InvalidRequest, match=r"configure\(store="):
            ask(QUESTION, cache="7 days")
    with pytest.raises(InvalidRequest, match=r"configure\(store="):
        pplx.configure(cache=True)
    assert pplx.ask(QUESTION, cache=False, provider=Says(Finished())).wait(30).status == "complete"


def test_a_store_that_is_turned_off_takes_its_cache_with_it(kept: Kept, path: Path) -> None:
    pplx.configure(cache=True)
    pplx.configure(store=None)
    pplx.complete(QUESTION)
    pplx.configure(store=path)
    assert pplx.complete(QUESTION).kept is None
    assert len(kept()) == 1


class Named(Says):
    server = "my model"


def test_objects_answer_from_the_cache_if_they_say_what_they_ask(kept: Kept) -> None:
    nameless = Says(Finished())
    pplx.ask(QUESTION, provider=nameless).wait(30)
    with pytest.raises(InvalidRequest, match="server = "):
        pplx.ask(QUESTION, provider=nameless, cache=True)
    pplx.configure(cache=True)
    pplx.ask(QUESTION, provider=nameless).wait(30)
    assert nameless.asked == 2
    pplx.ask(QUESTION, provider=Named(Finished())).wait(30)
    second = Named(Finished())
    assert pplx.ask(QUESTION, provider=second).wait(30).kept
    assert second.asked == 0
    assert [row.server for row in kept()] == [*["tests.support.costs.Says"] * 2, "my model"]


def test_a_failing_store_fails_no_answer_and_says_so_once(
    kept: Kept, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "_WAIT", 0.01)
    pplx.complete("before")
    with sqlite3.connect(path, isolation_level=None) as plain:
        plain.execute("BEGIN IMMEDIATE")
        first, second = pplx.complete("one"), pplx.complete("two")
        plain.execute("ROLLBACK")
    plain.close()
    assert (first.status, second.status) == ("complete", "complete")
    assert [each.startswith("This answer could not be kept.") for each in first.notes] == [True]
    assert "locked" in first.notes[0]
    assert second.notes == ()
    assert "could not be kept" in first.to_markdown()
    assert [row.question for row in kept()] == ["before"]
    assert pplx.complete("after").notes == ()


def test_a_file_that_is_damaged_later(kept: Kept, path: Path) -> None:
    pplx.complete(QUESTION)
    store = open_store(path)
    store.close()
    for each in path.parent.iterdir():
        each.unlink()
    path.write_text("Not a database any more. " * 9)
    answer = pplx.ask(QUESTION, cache=True).wait(30)
    assert answer.status == "complete"
    assert ["the cache could not be read" in note for note in answer.notes] == [True]
    assert path.read_text() == "Not a database any more. " * 9


class Fails:
    async def stream(self, _request: object) -> AsyncIterator[Event]:
        yield Text("So")
        yield Failed(ServiceFailed("It broke."))


def test_complete_raises_as_before(kept: Kept) -> None:
    with pytest.raises(ServiceFailed, match="It broke"):
        pplx.complete(QUESTION, provider=Fails())
    assert [row.status for row in kept()] == ["failed"]
