"""`ask_many`: states, order, costs, pauses and ends."""

from __future__ import annotations

import asyncio
import gc
import os
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import pplx_widget as pplx
from pplx_widget.core import errors
from pplx_widget.core.events import Event, Finished, Text, Usage, UsageReported
from pplx_widget.runs.ledger import Ledger
from pplx_widget.widget.batch.batch import Batch

from ..support.byte_server import until
from ..support.rows import LIMIT, Answers, answer
from ..support.scripts import python
from ..support.wire_server import CREATED, WireServer, completed, delta, results


def many(count: int, provider: Any, **options: Any) -> Batch:
    return pplx.ask_many([str(i) for i in range(count)], "{}", provider=provider, **options)


def fails(*rows: str) -> Callable[[str], list[Event]]:
    def say(question: str) -> list[Event]:
        if question in rows:
            raise errors.ServiceFailed("It broke.")
        return answer(f"{question}!")

    return say


def test_each_row_has_its_answer() -> None:
    batch = many(50, Answers()).wait(LIMIT)
    assert (batch.status, batch.counts, len(batch)) == ("complete", {"complete": 50}, 50)
    assert [batch[i].text for i in (0, 7, -1)] == ["To0:[1]", "To7:[1]", "To49:[1]"]
    one = batch[3]
    assert (one.question, one.status, one.usage.cost) == ("3", "complete", 0.01)
    assert [(c.number, c.source.url) for c in one.citations] == [(1, "https://example.org/1")]
    assert batch[3] is one
    assert (batch.usage.questions, batch.usage.cost) == (50, pytest.approx(0.5))


def test_wrong_rows_are_refused() -> None:
    batch = many(2, Answers()).wait(LIMIT)
    assert batch[np.int64(-1)] is batch[1]
    for row in (2, -3):
        with pytest.raises(IndexError, match="has 2"):
            batch[row]
    with pytest.raises(TypeError):
        batch["0"]  # type: ignore[index]


def test_no_rows_are_complete_at_once() -> None:
    batch = pplx.ask_many([], "{}", provider=Answers()).wait(LIMIT)
    assert (batch.status, batch.counts, [*batch]) == ("complete", {}, [])


def test_identical_questions_are_asked_once() -> None:
    provider = Answers()
    batch = pplx.ask_many(["a", "b", "a", "a"], "{}", provider=provider).wait(LIMIT)
    assert sorted(provider.asked) == ["a", "b"]
    assert batch[3].text == batch[0].text
    assert batch.counts == {"complete": 4}
    assert sorted(answer.question for answer in batch) == ["a", "a", "a", "b"]
    assert [*batch.to_frame()["cost"]] == [0.01, 0.01, 0.0, 0.0]


def test_an_answer_is_live_while_its_row_is_under_way() -> None:
    gate = threading.Event()
    batch = many(300, Answers(gate=gate), concurrency=4)
    first, last = batch[0], batch[299]
    until(lambda: batch.counts.get("running") == 4)
    assert (first.status.final, last.status) == (False, "queued")
    gate.set()
    assert first.wait(LIMIT).text == "To0:[1]"
    assert last.wait(LIMIT).text == "To299:[1]"
    assert batch.wait(LIMIT).status == "complete"
    assert batch[299] is last


def test_at_most_so_many_are_under_way() -> None:
    provider = Answers()
    many(60, provider, concurrency=3).wait(LIMIT)
    assert provider.most == 3


def test_the_order_of_the_iteration_is_that_of_the_ends() -> None:
    gate = threading.Event()
    slow = Answers(gate=gate)

    class Uneven:
        def stream(self, request: Any) -> Any:
            return (slow if request.question == "0" else Answers()).stream(request)

    batch = many(3, Uneven())
    found = iter(batch)
    assert {next(found).question, next(found).question} == {"1", "2"}
    gate.set()
    assert [each.question for each in found] == ["0"]


def test_asynchronous_code() -> None:
    async def main() -> list[str]:
        batch = many(20, Answers())
        found = [each.question async for each in batch]
        assert (await batch) is batch
        return found

    assert sorted(asyncio.run(main()), key=int) == [str(i) for i in range(20)]


# ---- errors ------------------------------------------------------------------------------------------


def test_a_failed_row_keeps_its_error_and_is_asked_again() -> None:
    say = {"fails": fails("1", "4")}
    provider = Answers(lambda question: [*say["fails"](question)])
    batch = many(5, provider).wait(LIMIT)
    assert (batch.failed, batch.counts) == ((1, 4), {"complete": 3, "failed": 2})
    old = batch[1]
    assert isinstance(old.error, errors.ServiceFailed)
    say["fails"] = fails()
    provider.asked.clear()
    batch.retry_failed().wait(LIMIT)
    assert (batch.counts, provider.asked) == ({"complete": 5}, ["1", "4"])
    assert (old.status, batch[1].text) == ("failed", "1!")


def test_a_failed_row_is_asked_again_although_its_answer_was_looked_at_before_it_began() -> None:
    bad = {"1"}
    gate = threading.Event()
    batch = many(2, Answers(lambda question: [*fails(*bad)(question)], gate), concurrency=1)
    old = batch[1]
    gate.set()
    assert batch.wait(LIMIT).failed == (1,)
    bad.clear()
    assert batch.retry_failed().wait(LIMIT).counts == {"complete": 2}
    assert (old.status, batch[1].status) == ("failed", "complete")


def test_the_first_error_ends_a_batch_that_raises() -> None:
    provider = Answers(fails("1"))
    batch = many(50, provider, concurrency=1, on_error="raise")
    with pytest.raises(errors.ServiceFailed, match="broke"):
        batch.wait(LIMIT)
    assert batch.counts == {"complete": 1, "failed": 1, "skipped": 48}


def test_an_error_of_every_row_is_not_met_by_every_row(server: WireServer) -> None:
    server.respond(b'{"error": {"message": "bad key"}}', status=401)
    pplx.configure(base_url=server.base_url)
    batch = many(500, None, concurrency=2).wait(LIMIT)
    assert batch.counts == {"failed": 500}
    assert len(server.requests) <= 4
    assert isinstance(batch[499].error, errors.KeyRejected)


def test_without_a_key_nothing_is_sent() -> None:
    batch = many(3, None).wait(LIMIT)
    assert batch.counts == {"failed": 3}
    assert isinstance(batch[2].error, errors.MissingKey)


def test_an_answer_that_fits_no_schema_fails() -> None:
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    batch = many(3, Answers(lambda q: answer("{}x" if q == "1" else '{"n":1}')), schema=schema)
    assert batch.wait(LIMIT).failed == (1,)
    assert isinstance(batch[1].error, errors.SchemaMismatch)
    assert batch[2].parsed == {"n": 1}
    assert [*batch.to_frame()["n"].isna()] == [False, True, False]


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"budget": -1}, errors.InvalidRequest),
        ({"concurrency": 0}, errors.InvalidRequest),
        ({"on_error": "ignore"}, errors.InvalidRequest),
        ({"progress": 1}, errors.InvalidRequest),
        ({"concurency": 2}, errors.UnknownOption),
        ({"executor": 4}, errors.InvalidRequest),
        ({"temperature": 9}, errors.InvalidRequest),
    ],
)
def test_wrong_options_are_refused(options: dict[str, Any], error: type[Exception]) -> None:
    provider = Answers()
    with pytest.raises(error):
        many(2, provider, **options)
    assert not provider.asked


# ---- costs -------------------------------------------------------------------------------------------


def test_the_budget_ends_a_batch(clean_ledger: Ledger) -> None:
    provider = Answers(lambda q: answer(q, cost=0.1))
    batch = many(100, provider, budget=1.0, model="m").wait(LIMIT)
    # Before the first cost is known, several may be under way.
    assert 10 <= batch.counts["complete"] <= 18
    assert batch.counts["complete"] + batch.counts["skipped"] == 100
    assert batch.status == "complete"
    skipped = batch[99]
    assert isinstance(skipped.error, errors.BudgetReached)
    assert "$1.00" in str(skipped.error)
    assert not batch.failed


def test_the_budget_of_the_kernel_ends_it_too(clean_ledger: Ledger) -> None:
    pplx.configure(budget=0.5)
    batch = many(50, Answers(lambda q: answer(q, cost=0.1)), concurrency=1, model="m").wait(LIMIT)
    assert batch.counts == {"complete": 5, "skipped": 45}
    assert pplx.usage().questions == 5


# ---- stop and pause ----------------------------------------------------------------------------------


def test_a_pause_finishes_what_is_under_way() -> None:
    gate = threading.Event()
    provider = Answers(gate=gate)
    batch = many(40, provider, concurrency=4)
    until(lambda: len(provider.asked) == 4)
    batch.pause()
    assert batch.status == "paused"
    gate.set()
    assert batch.wait(LIMIT).counts == {"complete": 4, "waiting": 36}
    assert batch.resume().wait(LIMIT).counts == {"complete": 40}
    assert sorted(map(int, provider.asked)) == [*range(40)]


def test_commands_that_come_before_the_first_row() -> None:
    for _ in range(20):
        provider = Answers()
        batch = many(5, provider)
        batch.pause()
        batch.resume()
        assert batch.wait(LIMIT).counts == {"complete": 5}
        assert sorted(provider.asked) == [str(i) for i in range(5)]
        stopped = many(5, Answers(gate=threading.Event()))
        stopped.stop()
        assert stopped.wait(LIMIT).status == "stopped"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs a fork")
def test_a_forked_child_has_the_finished_rows() -> None:
    done = python("""
        import os, sys, threading, warnings
        import pplx_widget as pplx
        from tests.support.rows import Answers
        warnings.filterwarnings("ignore", "This process .* is multi-threaded", DeprecationWarning)
        gate = threading.Event()
        first = pplx.ask_many(["a"], "{}", provider=Answers()).wait(20)
        batch = pplx.ask_many(["a", "b", "c"], "{}", provider=Answers(gate=gate), concurrency=2)
        while batch.counts.get("running") != 2:
            pass
        child = os.fork()
        if not child:
            assert batch.wait(20).status == "stopped", batch
            assert batch.counts == {"skipped": 3}, batch.counts
            assert first[0].text == "Toa:[1]"
            again = pplx.ask_many(["d"], "{}", provider=Answers()).wait(20)
            assert again[0].text == "Tod:[1]"
            os._exit(0)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        gate.set()
        print(batch.wait(20).counts)
    """)
    assert done.stdout == "{'complete': 3}\n", done.stderr


def test_stop_keeps_the_texts_and_skips_the_rest() -> None:
    gate = threading.Event()
    provider = Answers(lambda q: [Text(f"So {q}"), *answer(q)], gate)
    batch = many(40, provider, concurrency=4)
    until(lambda: batch._engine.text(3) == "So 3")
    batch.stop()
    assert (batch.wait(LIMIT).status, batch.counts) == ("stopped", {"stopped": 4, "skipped": 36})
    assert (batch[3].text, batch[3].status) == ("So 3", "stopped")
    batch.stop()
    assert batch.status == "stopped"


def test_one_row_can_be_stopped() -> None:
    gate = threading.Event()
    batch = many(10, Answers(gate=gate), concurrency=2)
    until(lambda: batch.counts.get("running") == 2)
    batch[0].stop()
    batch[9].stop()
    gate.set()
    assert batch.wait(LIMIT).counts == {"stopped": 2, "complete": 8}


def test_closing_an_answer_does_not_stop_its_row() -> None:
    gate = threading.Event()
    batch = many(2, Answers(gate=gate))
    until(lambda: batch.counts.get("running") == 2)
    batch[0].close()
    gate.set()
    assert batch.wait(LIMIT).counts == {"complete": 2}


def test_a_batch_that_nothing_refers_to_is_stopped() -> None:
    gate = threading.Event()
    provider = Answers(gate=gate)
    batch = many(40, provider, concurrency=4)
    engine = batch._engine
    until(lambda: len(provider.asked) == 4)
    del batch
    gc.collect()
    until(lambda: engine.status == "stopped" and engine.over.done())
    gate.set()
    assert engine.counts == {"stopped": 4, "skipped": 36}


def test_a_wait_that_takes_too_long() -> None:
    gate = threading.Event()
    batch = many(1, Answers(gate=gate))
    with pytest.raises(TimeoutError, match="goes on"):
        batch.wait(0.01)
    gate.set()
    assert batch.wait(LIMIT).status == "complete"


# ---- the wire ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("provider", ["agent", "raw"])
def test_rows_are_read_as_answers_are(server: WireServer, provider: str) -> None:
    pplx.configure(base_url=server.base_url)
    server.respond([CREATED, *results(3, 7), *map(delta, ["One.[7] ", "Two."]), completed()])
    alone = pplx.ask("0", provider=provider).wait(LIMIT)
    batch = many(1, provider).wait(LIMIT)
    row = batch[0]
    for name in ("text", "status", "sources", "citations", "usage", "model", "steps"):
        if name != "steps":
            assert getattr(row, name) == getattr(alone, name), name
    assert [step.kind for step in row.steps] == [step.kind for step in alone.steps]
    first, second = server.requests
    assert first == second
    assert {k: v for k, v in server.headers[0].items() if k != "content-length"} == {
        k: v for k, v in server.headers[1].items() if k != "content-length"
    }


def test_a_service_that_goes_away_and_comes_back(server: WireServer) -> None:
    pplx.configure(base_url=server.base_url, max_retries=0)
    server.respond([CREATED, delta("Yes."), completed()])
    gone = threading.Event()

    def before(count: int, _path: str) -> None:
        if count == 5:
            server.respond([CREATED, delta("Ye")], whole=False)
            gone.set()

    server.before = before
    batch = many(30, "raw", concurrency=1).wait(LIMIT)
    assert gone.is_set()
    assert batch.counts == {"complete": 5, "failed": 25}
    server.before = lambda _count, _path: None
    server.respond([CREATED, delta("Yes."), completed()])
    assert batch.retry_failed().wait(LIMIT).counts == {"complete": 30}


def test_a_recorder_hears_the_rows(server: WireServer, tmp_path: Any) -> None:
    pplx.configure(base_url=server.base_url)
    server.respond([CREATED, *map(delta, ["One. ", "Two."]), completed()])
    with pplx.record(tmp_path / "rows.jsonl"):
        many(3, None).wait(LIMIT)
    with pplx.replay(tmp_path / "rows.jsonl", speed=None):
        batch = many(3, None).wait(LIMIT)
        assert [batch[i].text for i in range(3)] == ["One. Two."] * 3
    assert len(server.requests) == 3


def test_texts_are_joined_and_none_is_lost() -> None:
    words = [f"{i} " for i in range(500)]
    used = UsageReported(Usage(1, 2, 3))

    class Fast:
        async def stream(self, _request: Any) -> Any:
            for number, word in enumerate(words):
                yield Text(word)
                if number % 50 == 0:
                    yield used
            yield Finished()

    heard: list[int] = []
    batch = many(3, Fast(), progress=False)
    batch._engine.watch(heard.append)
    batch.wait(LIMIT)
    assert [batch[i].text for i in range(3)] == ["".join(words)] * 3
    assert len(heard) < 300


def test_watchers_hear_each_row_and_the_batch() -> None:
    gate = threading.Event()
    heard: list[int] = []
    batch = pplx.ask_many(["a", "b", "a"], "{}", provider=Answers(gate=gate))
    batch._engine.watch(heard.append)
    gate.set()
    batch.wait(LIMIT)
    assert {-1, 0, 1, 2} == set(heard)


def test_it_takes_the_options_of_ask() -> None:
    import inspect

    known = inspect.signature(pplx.ask_many).parameters
    assert {"data", "question", "schema", "store", "cache", "effort", "search"} <= known.keys()
    assert "check" not in known
