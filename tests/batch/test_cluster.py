"""`ask_many(executor=…)` with a real Dask cluster: two workers, each a process."""

from __future__ import annotations

import logging
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import distributed
import pytest
from pydantic import BaseModel, field_validator

import pplx_widget as pplx
from pplx_widget.core import errors, secret
from pplx_widget.server.server import LocalServer
from pplx_widget.widget.batch.batch import Batch

from ..support.byte_server import until
from ..support.wire_server import CREATED, WireServer, completed, delta, results

LIMIT = 60.0
SCRIPT = """
import sys
import distributed
import pplx_widget as pplx
pplx.configure(base_url=sys.argv[2])
with distributed.Client(sys.argv[1]) as client:
    pplx.ask_many(["a", "b"], "{}", provider="raw", executor=client, progress=False).wait()
"""
KEY = "pplx-Zq7correcthorsebattery00staple11"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs kill -9"),
]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[distributed.LocalCluster]:
    none = dict.fromkeys(("PERPLEXITY_API_KEY", "PPLX_API_KEY", "PERPLEXITY_BASE_URL"), "")
    with distributed.LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        dashboard_address=":0",
        env=none,
        local_directory=str(tmp_path_factory.mktemp("dask")),
        silence_logs=logging.CRITICAL,
    ) as running:
        yield running


@pytest.fixture
def client(cluster: distributed.LocalCluster) -> Iterator[distributed.Client]:
    with distributed.Client(cluster) as connected:
        connected.wait_for_workers(2)
        yield connected


@pytest.fixture(autouse=True)
def own_server(server: WireServer) -> None:
    pplx.configure(base_url=server.base_url)


def many(count: int, client: Any, **options: Any) -> Batch:
    rows = [f"row {i}" for i in range(count)]
    return pplx.ask_many(rows, "{}", provider="raw", executor=client, progress=False, **options)


def asked(server: WireServer) -> Counter[str]:
    return Counter(body["input"] for body in server.requests)


def steps(batch: Batch, row: int) -> Any:
    result = batch._engine.result(row)
    assert result is not None
    state = result.state()
    return state.steps if state else ()


def test_workers_ask_and_the_client_counts(
    client: distributed.Client, server: WireServer, tmp_path: Path
) -> None:
    server.respond([CREATED, *results(1), delta("Yes [1]."), completed()])
    rows = ["a", "b", "a"]
    options: dict[str, Any] = {"executor": client, "provider": "raw", "progress": False}
    options |= {"store": tmp_path / "rows.db", "extra_headers": {"X-Title": "My course"}}
    batch = pplx.ask_many(rows, "{}", **options).wait(LIMIT)
    assert batch.counts == {"complete": 3}
    assert asked(server) == {"a": 1, "b": 1}
    assert {headers["x-title"] for headers in server.headers} == {"My course"}
    assert (batch.usage.questions, batch.usage.cost) == (2, pytest.approx(0.01))
    one = batch[1]
    assert (one.text, one.status, one.usage.cost) == ("Yes [1].", "complete", 0.005)
    assert [c.source.url for c in one.citations] == ["https://example.org/1"]
    assert [*batch.to_frame()["tokens"]] == [30, 30, 30]
    # The same call asks nothing, with the workers or without.
    assert pplx.ask_many(rows, "{}", **options).wait(LIMIT)[0].text == "Yes [1]."
    assert len(server.requests) == 2
    # The scheduler keeps nothing of a finished batch.
    until(lambda: client.run_on_scheduler(_kept) == 0)


def _kept(dask_scheduler: Any) -> int:
    desk = dask_scheduler.plugins["pplx_widget-desk"]
    return len(desk._asking) + len(desk._results) + len(desk._waiting) + desk._open.total()


def test_the_client_checks_a_schema(client: distributed.Client, server: WireServer) -> None:
    class Population(BaseModel):  # a class that no other process knows
        n: int

        @field_validator("n")
        @classmethod
        def possible(cls, value: int) -> int:
            assert value < 10, "too many"
            return value

    server.respond([CREATED, delta('{"n": 7}'), completed()])
    batch = many(1, client, schema=Population).wait(LIMIT)
    assert batch[0].parsed == Population(n=7)
    assert [*batch.to_frame()["n"]] == [7]
    server.respond([CREATED, delta('{"n": 70}'), completed()])
    batch = many(1, client, schema=Population).wait(LIMIT)
    assert isinstance(batch[0].error, errors.SchemaMismatch)
    assert batch.usage.cost == 0.005


def test_quotes_are_compared_with_whole_snippets(
    client: distributed.Client, server: WireServer
) -> None:
    found = results(1)
    found[1] = found[1].replace(b"Snippet 1.", b"Much. " * 100 + b"It has 7 towers.")
    said = '{"n": {"value": 7, "sources": [1], "quote": "It has 7 towers."}}'
    server.respond([CREATED, *found, delta(said), completed()])
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}}
    batch = many(1, client, schema=schema, evidence=True).wait(LIMIT)
    assert batch[0].parsed == {"n": 7}
    assert [field.quoted for field in batch[0].evidence] == [True]


def test_a_killed_worker_loses_no_row(
    client: distributed.Client, server: WireServer, tmp_path: Path
) -> None:
    server.respond([CREATED, delta("Yes."), 0.1, completed()])
    rows, path = 120, tmp_path / "rows.db"
    batch = many(rows, client, store=path)
    shown: dict[str, int] = {}  # row → requests for it when it was shown as done
    found = sqlite3.connect(path)
    for answer in batch:
        shown[answer.question] = asked(server)[answer.question]
        kept = "SELECT count(*) FROM answers WHERE question = ?"
        assert found.execute(kept, (answer.question,)).fetchone() == (1,)
        if len(shown) == rows // 4:
            pid = next(iter(client.run(os.getpid).values()))
            os.kill(pid, signal.SIGKILL)
    found.close()
    assert batch.counts == {"complete": rows}
    now = asked(server)
    assert len(now) == rows
    assert {row: now[row] for row in shown} == shown
    # Only those under way in the lost worker were asked again.
    assert sum(now.values()) - rows <= 64


def test_stop_closes_the_connections_of_workers(
    client: distributed.Client, server: WireServer
) -> None:
    gate = threading.Event()
    server.respond([CREATED, delta("Yes."), gate, completed()])
    batch = many(20, client, concurrency=3)
    until(lambda: len(server.requests) == 3)
    batch.stop()
    batch.wait(LIMIT)
    assert batch.counts == {"stopped": 3, "skipped": 17}
    assert server.client_left.wait(LIMIT)
    assert len(server.requests) == 3
    gate.set()


def test_pause_budget_and_the_first_failure(client: distributed.Client, server: WireServer) -> None:
    gate = threading.Event()
    server.respond([CREATED, delta("Yes."), gate, completed()])
    batch = many(6, client, concurrency=2)
    until(lambda: len(server.requests) == 2)
    batch.pause()
    gate.set()
    assert batch.wait(LIMIT).counts == {"complete": 2, "waiting": 4}
    assert batch.resume().wait(LIMIT).counts == {"complete": 6}
    batch = many(9, client, budget=0.02, concurrency=1).wait(LIMIT)
    assert batch.counts == {"complete": 4, "skipped": 5}
    server.respond(b'{"error": {"message": "No."}}', status=400)
    batch = many(9, client, on_error="raise", concurrency=1)
    with pytest.raises(errors.RequestRejected, match="No"):
        batch.wait(LIMIT)
    assert batch.counts == {"failed": 1, "skipped": 8}
    assert batch.usage.cost == 0


def test_all_workers_keep_the_limit_of_the_service(client: distributed.Client) -> None:
    with LocalServer(rate=10, speed=50) as limited:
        pplx.configure(base_url=limited.base_url)
        batch = many(40, client).wait(LIMIT)
        assert batch.counts == {"complete": 40}
        # The steps of an answer include each refusal.
        assert sum(s.kind == "retry" for i in range(40) for s in steps(batch, i)) <= 10


def test_a_recording_has_the_answers(
    client: distributed.Client, server: WireServer, tmp_path: Path
) -> None:
    server.respond([CREATED, *results(1), delta("Yes [1]."), completed()])
    with pplx.record(tmp_path / "rows.jsonl"):
        many(2, client).wait(LIMIT)
    with pplx.replay(tmp_path / "rows.jsonl"):
        answer = pplx.ask("row 1").wait(LIMIT)
        with pytest.raises(errors.InvalidRequest, match="cannot ask this provider"):
            many(2, client)
    assert (answer.text, len(answer.sources)) == ("Yes [1].", 1)


def test_rows_that_kill_workers_fail(client: distributed.Client, server: WireServer) -> None:
    gate = threading.Event()
    server.respond([CREATED, delta("Yes."), gate, completed()])
    client.run_on_scheduler(_allow, 0)
    try:
        batch = many(6, client, concurrency=6)
        until(lambda: len(server.requests) == 6)
        os.kill(next(iter(client.run(os.getpid).values())), signal.SIGKILL)
        until(lambda: len(batch.failed) > 0)
    finally:
        client.run_on_scheduler(_allow, 3)
    gate.set()
    batch.wait(LIMIT)
    assert "Several workers died" in batch[batch.failed[0]].error.what
    assert batch.retry_failed().wait(LIMIT).counts == {"complete": 6}


def _allow(failures: int, dask_scheduler: Any) -> None:
    dask_scheduler.allowed_failures = failures


def test_a_client_that_dies_stops_its_rows(
    cluster: distributed.LocalCluster, server: WireServer
) -> None:
    server.respond([CREATED, delta("Yes."), threading.Event(), completed()])
    command = [sys.executable, "-c", SCRIPT, cluster.scheduler_address, server.base_url]
    with subprocess.Popen(command) as process:
        until(lambda: len(server.requests) == 2)
        process.kill()
    assert server.client_left.wait(LIMIT)


def test_a_restarted_scheduler_is_an_error_in_words(
    client: distributed.Client, server: WireServer
) -> None:
    gate = threading.Event()
    server.respond([CREATED, delta("Yes."), completed()])
    batch = many(4, client, concurrency=2)
    until(lambda: batch.counts.get("complete", 0) == 4)
    server.respond([CREATED, delta("Yes."), gate, completed()])
    batch = many(4, client, concurrency=2)
    until(lambda: len(server.requests) == 6)
    client.run_on_scheduler(_restart_no_workers)
    client.restart()
    gate.set()
    batch.wait(LIMIT)
    lost = len(batch.failed)  # Dask also cancels a row that is sent while it restarts
    assert lost >= 2
    assert batch.counts.get("complete", 0) == 4 - lost
    error = batch[batch.failed[0]].error
    assert isinstance(error, errors.ConnectionCut)
    assert "Dask cluster was lost" in error.what
    assert batch.usage.unknown == lost  # the service may bill them
    assert batch.retry_failed().wait(LIMIT).counts == {"complete": 4}


def _restart_no_workers(dask_scheduler: Any) -> None:
    """Let a restart forget all tasks and spare the workers: Dask may wait for them in vain."""

    async def restart_workers(**_options: Any) -> None:
        del dask_scheduler.restart_workers

    dask_scheduler.restart_workers = restart_workers


def test_a_closed_client_ends_the_batch(
    cluster: distributed.LocalCluster, server: WireServer
) -> None:
    gate = threading.Event()
    server.respond([CREATED, delta("Yes."), gate, completed()])
    with distributed.Client(cluster) as own:
        own.wait_for_workers(2)
        batch = many(9, own, concurrency=2)
        until(lambda: len(server.requests) == 2)
    batch.wait(LIMIT)
    assert batch.counts == {"failed": 9}
    assert all("cluster was lost" in batch[i].error.what for i in range(9))
    gate.set()
    with pytest.raises(errors.InvalidRequest, match="closed"):
        many(1, own)


def test_no_key_travels(
    client: distributed.Client, server: WireServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[bytes] = []
    send = client._send_to_scheduler

    def note(message: Any) -> None:
        sent.append(b"".join(map(bytes, distributed.protocol.dumps(message))))
        send(message)

    monkeypatch.setattr(client, "_send_to_scheduler", note)
    # The key of `configure` belongs to Perplexity, and the workers have none.
    monkeypatch.setenv("PERPLEXITY_BASE_URL", "")
    pplx.configure(api_key=KEY, base_url="https://api.perplexity.ai")
    batch = many(3, client, extra_body={"top_k": 40}).wait(LIMIT)
    assert batch.counts == {"failed": 3}
    assert isinstance(batch[0].error, errors.MissingKey)
    assert "PERPLEXITY_API_KEY" in batch[0].error.try_this
    assert batch.usage.cost == 0
    everything = b"".join(sent)
    assert b"row 0" in everything
    assert b"top_k" in everything
    assert not any(form.encode() in everything for form in secret._forms(KEY))
    assert not server.requests
