"""`ask_many` in a real JupyterLab: a cell that runs again, a closed tab, a forked kernel."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import expect

from ..support.lab import Lab, Notebook
from ..support.lab_answer import setup
from ..support.wire_server import CREATED, WireServer, completed, delta, results

ROWS = 30
ANSWERED = 10  # before the server holds the rest

ENGINES = "engines = []"
FORK = """
import os
child = os.fork()
if child == 0:
    said = f"{batch.status} {batch.counts.get('complete', 0)} {batch[0].text}"
    open(PATH, "w").write(said)
    os._exit(0)
os.waitpid(child, 0)
"""


def ask(store: Path | None = None) -> str:
    kept = "" if store is None else f", store={str(store)!r}"
    return (
        f"batch = pplx.ask_many([f'row {{i}}' for i in range({ROWS})], '{{}}', provider='raw',"
        f" concurrency=2{kept})\nengines.append(batch._engine)\nbatch"
    )


@pytest.fixture
def gate(server: WireServer) -> threading.Event:
    """Answer some rows; the others once the event is set."""
    gate = threading.Event()
    server.before = lambda count, _path: count < ANSWERED or gate.wait(120)
    server.respond([CREATED, *results(1, 2), delta("Yes.[1] "), completed()])
    return gate


@contextmanager
def shown(lab: Lab, server: WireServer, *cells: str) -> Iterator[Notebook]:
    with lab.open(setup(server), ENGINES, *cells) as notebook:
        for cell in range(3):
            notebook.run(cell)
        expect(notebook.page.locator(".pplx-b-figures")).to_contain_text(
            f"{ANSWERED} of {ROWS} done"
        )
        yield notebook


def test_a_cell_that_runs_again_stops_the_earlier_batch(
    lab: Lab, server: WireServer, gate: threading.Event
) -> None:
    states = "print([str(engine.status) for engine in engines])"
    with shown(lab, server, ask(), states) as notebook:
        notebook.run(2)
        notebook.run(3)
        assert notebook.printed(3) == "['stopped', 'running']\n"
        gate.set()
        expect(notebook.page.locator(".pplx-b-figures")).to_contain_text(f"{ROWS} ")
        assert len(server.requests) <= ANSWERED + 2 + ROWS
        assert notebook.errors == []


def test_a_cell_that_runs_again_with_a_store_goes_on(
    lab: Lab, server: WireServer, gate: threading.Event, tmp_path: Path
) -> None:
    with shown(lab, server, ask(tmp_path / "rows.db"), "batch.wait().counts") as notebook:
        notebook.run(2)
        gate.set()
        notebook.run(3)
        assert len({request["input"] for request in server.requests}) == ROWS
        # Those under way were stopped, and asked again.
        assert len(server.requests) <= ROWS + 2
        assert notebook.errors == []


def test_a_closed_tab_does_not_stop_it(lab: Lab, server: WireServer, gate: threading.Event) -> None:
    with shown(lab, server, ask(), "batch.wait()\nprint(batch.counts, batch.usage.questions)") as n:
        n.saved()
        n.page.goto("about:blank")
        gate.set()
        n.go()
        expect(n.page.locator(".pplx-b-figures")).to_contain_text(f"{ROWS} ")
        n.run(3)
        assert n.printed(3) == f"{{'complete': {ROWS}}} {ROWS}\n"
        assert len(server.requests) == ROWS
        assert n.errors == []


def test_a_forked_kernel_asks_nothing(
    lab: Lab, server: WireServer, gate: threading.Event, tmp_path: Path
) -> None:
    said = tmp_path / "said"
    fork, wait = FORK.replace("PATH", repr(str(said))), "batch.wait()\nprint(batch.counts)"
    with shown(lab, server, ask(tmp_path / "rows.db"), fork, wait) as notebook:
        notebook.run(3)
        assert said.read_text() == f"stopped {ANSWERED} Yes.[1] "
        gate.set()
        notebook.run(4)
        assert notebook.printed(4) == f"{{'complete': {ROWS}}}\n"
        assert len(server.requests) == ROWS
