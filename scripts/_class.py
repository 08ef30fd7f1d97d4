"""Simulate a class of forty: that many client processes ask one local server at the same moment.

    python scripts/_class.py [clients]

It prints the delay of the clients beyond the recording, and the server's processor time and memory.
It fails if an answer is not whole.
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
# Fork if possible: forty interpreters that start on two cores would distort the measurement. A real
# class has a machine for each student, or a large one.
START = "fork" if "fork" in multiprocessing.get_all_start_methods() else "spawn"


def main() -> None:
    """Serve the samples, let the class ask, and print the measurements."""
    clients = int(sys.argv[1]) if len(sys.argv) > 1 else FORTY
    _environment.enter("dev")
    # This process may have started before the packages were installed.
    sys.path.insert(0, str(ROOT))
    psutil = importlib.import_module("psutil")
    samples = importlib.import_module("pplx_widget.server.library").samples().exchanges
    asked = [samples[n % len(samples)] for n in range(clients)]
    processes = multiprocessing.get_context(START)
    # Each client asks another server first, so that imports and setup are not measured.
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
    """Ask at the same moment as all others, and report the result."""
    warm_url, base_url = urls
    ask(warm_url, question)
    together.wait(PATIENCE)
    answers.put((number, ask(base_url, question)))


def ask(base_url: str, question: str) -> dict[str, Any]:
    """Ask with the public API, and return the results to compare."""
    pplx: Any = importlib.import_module("pplx_widget")
    pplx.configure(base_url=base_url)
    # Without the SDK, whose import costs much processor time: here forty clients share the cores.
    answer = pplx.ask(question, provider="raw").wait(PATIENCE)
    return {
        "status": answer.status.value,
        "error": str(answer.error or ""),
        "text": answer.text,
        "first": answer.timing.first_token,
        "finished": answer.timing.finished,
    }


def show(asked: list[Any], answers: list[dict[str, Any]]) -> None:
    """Print the delays."""
    pairs = list(zip(asked, answers, strict=True))
    late = sorted(answer["first"] - first_of(sample) for sample, answer in pairs)
    ended = sorted(answer["finished"] - sample.duration for sample, answer in pairs)
    say(f"{len(answers)} clients asked one server at once; every answer is whole")
    for name, figures in (("first token", late), ("end", ended)):
        median, last = statistics.median(figures) * 1000, figures[-1] * 1000
        say(f"  {name}, after the recorded moment: median {median:.0f} ms, last {last:.0f} ms")


def first_of(sample: Any) -> float:
    """Return the time of a recording's first text, in seconds."""
    return float(next(e.t for e in sample.events if "delta" in (e.data or {})))


def text_of(sample: Any) -> str:
    """Return a recording's text."""
    return str(sample.final["output"][-1]["content"][0]["text"])


@contextmanager
def watched(process: Any) -> Iterator[list[int]]:
    """Record a process's memory, in bytes; the last item of the list is the peak."""
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
def server(speed: str, *recording: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Run the local server in a process of its own; speed 1 is as recorded, 0 without pauses."""
    command = [str(PROGRAMS / "pplx-widget"), "serve", "--port", "0", "--speed", speed, *recording]
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
