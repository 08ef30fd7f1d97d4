"""The progress in a terminal and in a notebook, and an interrupt."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from typing import Any

import pytest

import pplx_widget as pplx
from pplx_widget.batch.tally import BatchStatus
from pplx_widget.core import words
from pplx_widget.widget import host, lifetime
from pplx_widget.widget.batch import progress

from ..support.byte_server import until
from ..support.rows import LIMIT, Answers
from ..support.shell import Shell
from ..support.wire_server import CREATED, WireServer, completed, delta

INTERRUPTED = """
import sys
import pplx_widget as pplx
pplx.configure(base_url=sys.argv[1])
batch = pplx.ask_many([str(i) for i in range(20)], "{}", provider="raw", concurrency=4)
try:
    batch.wait()
except KeyboardInterrupt as error:
    print(error, flush=True)
    print(batch.status, sorted(batch.counts.items()), flush=True)
print(batch.resume().wait().counts, flush=True)
"""


class Known:
    """The figures of a batch, as an engine has them."""

    status = BatchStatus.RUNNING
    counts: dict[str, int] = {"complete": 1200, "failed": 12, "running": 40, "waiting": 8748}  # noqa: RUF012
    rate, left, spent, projected = 1800.4, 293.0, 4.5, 37.0

    def __init__(self) -> None:
        self.over: Future[None] = Future()

    def __len__(self) -> int:
        return 10_000


def test_the_line_has_all_figures() -> None:
    assert progress.line(Known()) == (  # type: ignore[arg-type]
        "1,212 of 10,000 done · 12 failed · 1,800 rows a minute · 4 min left · $4.50 spent · "
        "about $37.00 in all"
    )
    with words.speaking("de"):
        assert "1.212 von 10.000 erledigt" in progress.line(Known())  # type: ignore[arg-type]


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
@pytest.mark.parametrize("times", [1, 2])
def test_ctrl_c_pauses_and_a_second_one_stops(server: WireServer, times: int) -> None:
    gate = threading.Event()
    server.respond([CREATED, delta("Yes."), gate, completed()])
    line = [sys.executable, "-c", INTERRUPTED, server.base_url]
    with subprocess.Popen(
        line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        until(lambda: len(server.requests) == 4, LIMIT)
        process.send_signal(signal.SIGINT)
        # A signal takes its time: rows that end before it is handled give their places to others.
        assert "Pausing: 4 rows" in process.stderr.readline()
        if times == 1:
            gate.set()
        else:
            process.send_signal(signal.SIGINT)
        said = process.stdout.readline()
        state = process.stdout.readline()
        gate.set()
        rest = process.stdout.read()
        assert process.wait(60) == 0
    if times == 1:
        assert "Paused" in said
        assert "batch.resume().wait()" in said
        assert "('complete', 4), ('waiting', 16)" in state
        assert "{'complete': 20}" in rest
        assert len(server.requests) == 20
    else:
        assert "Stopped" in said
        assert "('skipped', 16), ('stopped', 4)" in state


def test_a_terminal_shows_a_bar(server: WireServer) -> None:
    pty = pytest.importorskip("pty")
    server.respond([CREATED, delta("Yes."), completed()])
    ours, theirs = pty.openpty()
    script = INTERRUPTED.replace("batch = ", "import time; batch = ")
    done = subprocess.run(
        [sys.executable, "-c", script, server.base_url],
        stdout=subprocess.PIPE,
        stderr=theirs,
        timeout=60,
        check=True,
        env=os.environ | {"COLUMNS": "120", "TERM": "xterm"},
    )
    os.close(theirs)
    shown = os.read(ours, 100_000).decode()
    os.close(ours)
    assert "20 of 20 done" in shown
    assert "━" in shown
    assert b"{'complete': 20}" in done.stdout


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch) -> Iterator[Shell]:
    one = Shell()
    monkeypatch.setattr(host, "shell", lambda: one)
    monkeypatch.setattr(lifetime, "watch", lambda _widget: None)
    return one


def test_in_plain_python_it_has_a_repr() -> None:
    batch = pplx.ask_many(["a"], "{}", provider=Answers()).wait(LIMIT)
    assert repr(batch) == "<Batch: Complete · 1 of 1 done · $0.010 spent>"


@pytest.mark.jupyter
def test_a_non_interactive_run_waits_for_the_end(server: WireServer) -> None:
    nbformat, nbclient = pytest.importorskip("nbformat"), pytest.importorskip("nbclient")
    server.respond([CREATED, delta("Yes."), completed()])
    cells = [
        f"import pplx_widget as pplx\npplx.configure(base_url={server.base_url!r})",
        "batch = pplx.ask_many([str(i) for i in range(30)], '{}', provider='raw')\nbatch",
        "batch.counts",
    ]
    make: Any = nbformat.v4
    notebook = make.new_notebook(cells=[make.new_code_cell(source) for source in cells])
    nbclient.NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    assert "30 Answered" in notebook.cells[1].outputs[0].data["text/plain"]
    assert notebook.cells[2].outputs[0].data["text/plain"] == "{'complete': 30}"
