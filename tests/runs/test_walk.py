"""Random calls from random threads lead to a valid result, whatever their order."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from ..support.paths import ROOT
from ..support.walk import CALLED, CALLS, THREADS
from ..support.wire_server import CREATED, WireServer, completed, delta, results

pytestmark = pytest.mark.slow

SERVED = [CREATED, *results(1, 2), delta("Cited [1],"), 0.01, delta(" and said [2]."), completed()]


def walked(seed: int, server: WireServer) -> dict[str, Any]:
    """Run a walk and return its result; every warning in it is an error."""
    server.respond(SERVED)
    keep = {k: v for k, v in os.environ.items() if not k.startswith(("PERPLEXITY", "PPLX"))}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "tests.support.walk", str(seed), server.base_url],
        env=keep,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    report: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return report


@pytest.mark.parametrize("seed", [1, 2])
def test_a_walk(server: WireServer, seed: int) -> None:
    report = walked(seed, server)
    assert report["faults"] == []
    assert sum(report["counts"].values()) == THREADS * CALLS
    assert report["counts"].keys() == CALLED.keys()
