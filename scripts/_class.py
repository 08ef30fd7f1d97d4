"""A class of forty: as many clients ask one local server at the same moment, each a process of its own.

    python scripts/_class.py [clients]

It prints what each of them waited beyond the recording, and what the server took. It fails where an
answer is not whole.
"""

from __future__ import annotations

import importlib
import multiprocessing
import statistics
import subprocess
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import _environment
from _environment import PROGRAMS, ROOT, ScriptError, say

if TYPE_CHECKING:
    from collections.abc import Iterator

FORTY = 40
PATIENCE = 120  # seconds
# A class has a machine each, or a large one: clients that start on two cores would wait for those.
START = "fork" if "fork" in multiprocessing.get_all_start_methods() else "spawn"


def main() -> None:
    """Serve the samples, let the class ask, and show what was measured."""
    clients = int(sys.argv[1]) if len(sys.argv) > 1 else FORTY
    _environment.enter("dev")
    # This process began before an environment that was made just now had the packages.
    sys.path.insert(0, str(ROOT))
    psutil = importlib.import_module("psutil")
    samples = importlib.import_module("pplx_widget.server.library").samples().exchanges
    asked = [samples[n % len(samples)] for n in range(clients)]
    processes = multiprocessing.get_context(START)
    # What is imported and made once is not the server's doing: asked for at another one before.
    with server("0") as (warm_url, _), server("1") as (base_url, process):
        ask(warm_url, samples[0].question)
        served = psutil.Process(process.pid)
        before, worked = served.memory_info().rss, sum(served.cpu_times()[:2])
        together, answers = processes.Barrier(clients), processes.Queue()
        students = [
            processes.Process(
                target=student, args=((warm_url, base_url), n, s.question, together, answers)
            )
            for n, s in enumerate(asked)
        ]
        with watched(served) as most:
            for one in students:
                one.start()
            found = dict(answers.get(timeout=PATIENCE) for _ in students)
        worked = sum(served.cpu_times()[:2]) - worked
        for one in students:
            one.join(PATIENCE)
    for n, sample in enumerate(asked):
        if found[n]["status"] != "complete" or found[n]["text"] != text_of(sample):
            raise ScriptError(f"{sample.id}: {found[n]['status']}, {found[n]['error']}")
    show(asked, [found[n] for n in range(clients)])
    say(f"  the server took {worked:.1f} s of processor time")
    say(f"  its memory: {before / 1e6:.0f} MB before, {most[-1] / 1e6:.0f} MB at most")


def student(urls: tuple[str, str], number: int, question: str, together: Any, answers: Any) -> None:
    """Ask when all others do, and say how it went."""
    warm_url, base_url = urls
    ask(warm_url, question)
    together.wait(PATIENCE)
    answers.put((number, ask(base_url, question)))


def ask(base_url: str, question: str) -> dict[str, Any]:
    """Ask through the public API."""
    pplx: Any = importlib.import_module("pplx_widget")
    pplx.configure(base_url=base_url)
    # Without the SDK: a class has its own processors, and here forty share what there is.
    answer = pplx.ask(question, provider="raw").wait(PATIENCE)
    return {
        "status": answer.status.value,
        "error": str(answer.error or ""),
        "text": answer.text,
        "first": answer.timing.first_token,
        "finished": answer.timing.finished,
    }


def show(asked: list[Any], answers: list[dict[str, Any]]) -> None:
    """Print the figures."""
    pairs = list(zip(asked, answers, strict=True))
    late = sorted(answer["first"] - first_of(sample) for sample, answer in pairs)
    ended = sorted(answer["finished"] - sample.duration for sample, answer in pairs)
    say(f"{len(answers)} clients asked one server at once; every answer is whole")
    for name, figures in (("first token", late), ("end", ended)):
        median, last = statistics.median(figures) * 1000, figures[-1] * 1000
        say(f"  {name}, after the recorded moment: median {median:.0f} ms, last {last:.0f} ms")


def first_of(sample: Any) -> float:
    """Return the moment of a recording's first text."""
    return float(next(e.t for e in sample.events if "delta" in (e.data or {})))


def text_of(sample: Any) -> str:
    """Return a recording's text."""
    return str(sample.final["output"][-1]["content"][0]["text"])


@contextmanager
def watched(process: Any) -> Iterator[list[int]]:
    """Watch how much memory a process takes; the list's last is the most."""
    most, over = [0], threading.Event()

    def watch() -> None:
        while not over.wait(0.1):
            most.append(max(most[-1], process.memory_info().rss))

    watching = threading.Thread(target=watch, daemon=True)
    watching.start()
    try:
        yield most
    finally:
        over.set()
        watching.join()


@contextmanager
def server(speed: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Run the local server in a process of its own; speed 1 is as recorded, 0 at once."""
    command = [str(PROGRAMS / "pplx-widget"), "serve", "--port", "0", "--speed", speed]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            line = process.stdout.readline() if process.stdout else ""
            if " at http" not in line:
                raise ScriptError(f"`pplx-widget serve` did not say where it serves, but: {line!r}")
            yield line.split()[-1], process
        finally:
            process.terminate()


if __name__ == "__main__":
    _environment.run(main)
