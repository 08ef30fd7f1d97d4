"""Ask many rows on a Dask cluster whose workers are killed, and count rows, repetitions and pace.

    scripts/proof dask [ROWS] [RATE]

Two workers ask a server with a limit of RATE questions a second, and one of them is killed at every
hundredth row. No row that was shown as done may be asked again, and each row has an answer.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import time
from collections import Counter

from _environment import ROOT, ScriptError, say

sys.path.insert(0, str(ROOT))

import distributed

import pplx_widget as pplx
from tests.support.wire_server import CREATED, WireServer, completed, delta

ANSWER_SECONDS = 1.0
KILL_EACH = 100


def main() -> None:
    """Ask, kill, and print the figures."""
    rows, rate = (int(argument) for argument in [*sys.argv[1:], "500", "20"][:2])
    came: list[float] = []
    with (
        WireServer() as server,
        distributed.LocalCluster(
            n_workers=2, dashboard_address=":0", silence_logs=logging.CRITICAL
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        server.before = lambda _count, _path: came.append(time.monotonic())
        limits = {"limit": rate, "remaining": rate, "reset": 1}
        headers = {f"x-ratelimit-{name}": str(value) for name, value in limits.items()}
        server.respond([CREATED, delta("Yes."), ANSWER_SECONDS, completed()], headers=headers)
        pplx.configure(base_url=server.base_url)
        questions = [f"row {i}" for i in range(rows)]
        begun, kills = time.monotonic(), 0
        batch = pplx.ask_many(questions, "{}", provider="raw", executor=client, progress=False)
        shown: dict[str, int] = {}  # row → requests for it when it was shown as done
        for answer in batch:
            if answer.error:
                raise ScriptError(str(answer.error))
            shown[answer.question] = asked(server)[answer.question]
            if len(shown) % KILL_EACH == 0 and len(shown) < rows:
                os.kill(next(iter(client.run(os.getpid).values())), signal.SIGKILL)
                kills += 1
        took, now = time.monotonic() - begun, asked(server)
    twice = sum(now.values()) - len(now)
    wrong = [row for row, count in shown.items() if now[row] > count]
    most = max(sum(at <= other < at + 1 for other in came) for at in came)
    say(
        f"{rows} rows in {took:.1f} s, {kills} workers killed: {len(now)} rows asked, {twice} requests "
        f"for rows under way at a kill, {len(wrong)} rows asked again that were shown; at most {most} "
        f"requests in a second, with a limit of {rate}"
    )
    if wrong or len(shown) != rows:
        raise ScriptError("rows were lost or asked again")


def asked(server: WireServer) -> Counter[str]:
    """Return how often each row was asked."""
    return Counter(body["input"] for body in server.requests)


if __name__ == "__main__":
    main()
