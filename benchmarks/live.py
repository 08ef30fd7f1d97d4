"""How answers stream from a socket onto a page, beside other ways of showing them.

    python -m benchmarks.live [--ways ours;floor] [--answers 1,8,40] [--tokens 2000 --rate 200] [--busy]

A real JupyterLab in a real Chromium, a server in its own process, a fresh kernel and page each run.
``floor`` sends plain deltas every 16 ms from the SDK's own (typed) loop and shows plain text.

median, p99
    Milliseconds from the server's write of a mark to the frame that shows it.
end
    The same for the last words of the last answer.
patches, end, other
    Bytes that the page received from the kernel over the websocket: text (and with it steps, sources,
    status), documents that replace a live view, and all else (code of the page, replies).
page, kernel
    Milliseconds that the page's main thread and the kernel's process worked. ``after`` is the kernel's
    part after the server's last byte.
whole
    Answers that were seen to their last word, of those asked.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import importlib.util
import itertools
import json
import os
import pathlib
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psutil
from playwright.sync_api import CDPSession, Error, sync_playwright

from tests.support.chromium import launch_options
from tests.support.lab import Lab, Notebook

HERE = pathlib.Path(__file__).parent / "live"
SAMPLER = (HERE / "sampler.js").read_text("utf-8")
COLUMNS = {
    "way": "{way:>9}",
    "answers": "{answers:>4}",
    "median": "{median:>7.0f}",
    "p99": "{p99:>6.0f}",
    "end": "{end:>6.0f}",
    "patches": "{patches:>9,.0f}",
    "ending": "{ending:>8,.0f}",
    "other": "{other:>8,.0f}",
    "messages": "{messages:>6}",
    "page": "{page:>7.0f}",
    "longest": "{longest:>6.0f}",
    "kernel": "{kernel:>7.0f}",
    "after": "{after:>6.0f}",
    "fps": "{fps:>5.0f}",
    "whole": "{whole:>6}",
}
HEADS = {"patches": "patches KB", "ending": "end KB", "other": "other KB", "fps": "frames/s"}


def main() -> None:
    """Measure the chosen ways and print a row per run."""
    ways = _ways()
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--ways", default=";".join(ways.WAYS), help="separated by semicolons")
    parser.add_argument("--answers", default="1", help="at the same time, separated by commas")
    parser.add_argument("--tokens", type=int, default=2000)
    parser.add_argument("--rate", type=float, default=200, help="tokens a second and answer")
    parser.add_argument("--busy", action="store_true", help="the cell goes on to compute")
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--json", type=pathlib.Path, help="add the rows to this file")
    asked = parser.parse_args()
    print(f"{asked.tokens:,} tokens at {asked.rate:g} a second{', busy kernel' * asked.busy}")
    print(" | ".join(HEADS.get(name, name) for name in COLUMNS), flush=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        streams() as url,
        sync_playwright() as playwright,
        playwright.chromium.launch(**launch_options()) as browser,
        Lab(pathlib.Path(folder), browser) as lab,
    ):
        for many in map(int, asked.answers.split(",")):
            for _ in range(asked.runs):
                for way in asked.ways.split(";"):
                    if way == "chatlas" and not importlib.util.find_spec("chatlas"):
                        print("  chatlas is not installed")
                    elif many == 1 or way not in ways.ONE_AT_A_TIME:
                        row = run(lab, url, way, many, asked)
                        print(
                            " | ".join(shape.format(**row) for shape in COLUMNS.values()),
                            flush=True,
                        )
                        if asked.json:
                            with asked.json.open("a") as file:
                                print(json.dumps(row | vars(asked) | {"json": ""}), file=file)


def run(lab: Lab, url: str, way: str, many: int, asked: argparse.Namespace) -> dict[str, Any]:
    """Show answers in one way and return the figures."""
    ways = _ways()
    prepare, ask = ways.WAYS[way]
    seconds = asked.tokens / asked.rate if asked.rate else 5
    ask += ways.BUSY.format(seconds=seconds) * asked.busy
    blanks = {"url": url, "model": f"bench-{asked.tokens}-{asked.rate:g}", "many": many}
    pid = "\nimport os; print('pid', os.getpid())"
    with lab.open(prepare.format(**blanks) + pid, ask.format(**blanks)) as nb:
        kernel = psutil.Process(int(nb.run(0).rpartition("pid ")[2].split()[0]))
        nb.page.wait_for_timeout(2000)  # what the warm answer still does is not measured
        nb.page.evaluate(SAMPLER)
        read(url)
        with counted(nb) as (session, received):
            worked, cpu = page_work(session), sum(kernel.cpu_times()[:2])
            nb.page.evaluate("window.__sampler.start()")
            nb.start(1)
            marks, ends = until_served(url, many, 60 + 10 * seconds)
            at_end = sum(kernel.cpu_times()[:2])
            with contextlib.suppress(Error):  # the row says how many were seen to their end
                nb.page.wait_for_function("n => __sampler.ended(n)", arg=many, timeout=60_000)
            nb.page.wait_for_timeout(1500)  # documents take the place of the views
            found = nb.page.evaluate("window.__sampler.stop()")
            page = page_work(session) - worked - found["own"]
            after = sum(kernel.cpu_times()[:2])
    late = latencies(marks, found["seen"])
    last = max((t for m, t in found["seen"] if m % 1_000_000 == 999_999), default=float("nan"))
    return {
        "way": way,
        "answers": many,
        "median": statistics.median(late) if late else float("nan"),
        "p99": sorted(late)[int(0.99 * len(late))] if late else float("nan"),
        "end": last - max(ends) * 1000,
        "patches": received["patches"] / 1000,
        "ending": received["ending"] / 1000,
        "other": received["other"] / 1000,
        "messages": received["messages"],
        "page": page,
        "longest": found["longest"],
        "kernel": (after - cpu) * 1000,
        "after": (after - at_end) * 1000,
        "fps": found["frames"] / found["seconds"],
        "whole": f"{found['whole']}/{many}",
    }


def latencies(marks: list[list[float]], seen: list[list[float]]) -> list[float]:
    """Return the milliseconds from each mark to the first frame that shows it or a later one."""
    by_answer: dict[int, list[tuple[float, float]]] = {}
    for mark, at in seen:
        by_answer.setdefault(int(mark) // 1_000_000, []).append((mark, at))
    found = []
    for mark, at in marks:
        shown = next((t for m, t in by_answer.get(int(mark) // 1_000_000, []) if m >= mark), None)
        if shown is not None:
            found.append(shown - at * 1000)
    return found


@contextmanager
def counted(nb: Notebook) -> Iterator[tuple[CDPSession, Counter[str]]]:
    """Count the bytes that the page receives over its websockets."""
    sizes: Counter[str] = Counter()
    session = nb.page.context.new_cdp_session(nb.page)
    session.send("Network.enable")
    session.send("Performance.enable")

    def received(message: dict[str, Any]) -> None:
        frame = message["response"]
        if frame["opcode"] == 2:
            data = base64.b64decode(frame["payloadData"])
            kind = kind_of(data)
            sizes[kind] += len(data)
            sizes["messages"] += kind == "patches"

    session.on("Network.webSocketFrameReceived", received)
    yield session, sizes
    session.detach()


def kind_of(data: bytes) -> str:
    """Return what a message in Jupyter's binary framing is for."""
    count = struct.unpack_from("<Q", data)[0]
    offsets = struct.unpack_from(f"<{count}Q", data, 8)
    _, header, _, _, content, *_ = [data[a:b] for a, b in itertools.pairwise(offsets)] + [b""]
    match json.loads(header)["msg_type"]:
        case "comm_msg":
            sent = json.loads(content)["data"]
            ours = sent.get("content")
            # Of ours only patches count; what other widgets send is text.
            part = isinstance(ours, dict) and ours.get("type") not in ("patch", None)
            return "other" if part else "patches"
        case "stream" | "display_data":
            return "patches"
        case "update_display_data":
            # A document of ours; the next state of the text in other ways.
            return "ending" if b"pplx" in content else "patches"
        case _:
            return "other"


def page_work(session: CDPSession) -> float:
    """Return how many milliseconds the page's main thread has worked since the session began."""
    metrics = session.send("Performance.getMetrics")["metrics"]
    return next(m["value"] for m in metrics if m["name"] == "TaskDuration") * 1000


def until_served(url: str, many: int, seconds: float) -> tuple[list[Any], list[float]]:
    """Wait until the server has written all answers; return its moments."""
    marks: list[Any] = []
    ends: list[float] = []
    until = time.monotonic() + seconds
    while len(ends) < many:
        if time.monotonic() > until:
            raise TimeoutError(f"{len(ends)} of {many} answers were served")
        time.sleep(0.1)
        log = read(url)
        marks += log["marks"]
        ends += log["ends"]
    return marks, ends


def read(url: str) -> dict[str, Any]:
    """Return the server's log since the last call."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"{url}/log", timeout=30) as response:
        found: dict[str, Any] = json.load(response)
    return found


@contextmanager
def streams() -> Iterator[str]:
    """Run the server of the answers and return its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with subprocess.Popen([sys.executable, str(HERE / "server.py"), str(port)]) as process:
        try:
            while True:
                try:
                    read(f"http://127.0.0.1:{port}")
                    break
                except OSError:
                    time.sleep(0.05)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def _ways() -> Any:
    spec = importlib.util.spec_from_file_location("ways", HERE / "ways.py")
    assert spec and spec.loader  # noqa: S101, PT018
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    main()
