"""An answer under the rules of Colab and VS Code, which are simulated."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from ..support.lab import Lab
from ..support.lab_answer import KEY, VIEW, setup
from ..support.wire_server import CREATED, WireServer, completed, delta, results
from .simulated import Simulated

ASK = "a = pplx.ask('How does it stream?')\na"
COLAB = {"busy_only": True}
VS_CODE: dict[str, Any] = {}
RULES = pytest.mark.parametrize("rules", [COLAB, VS_CODE], ids=["colab", "vscode"])


def begun(host: Simulated, server: WireServer) -> None:
    host.run(setup(server))


@RULES
def test_live_then_a_document_and_the_file_reads_whole(
    lab: Lab, server: WireServer, rules: dict[str, Any]
) -> None:
    gates = [threading.Event(), threading.Event()]
    text = [delta("It **streams**.[3] "), gates[0], delta("More."), gates[1]]
    server.respond([CREATED, *results(7, 3), *text, completed()])
    with Simulated(lab, **rules) as host:
        begun(host, server)
        cell = host.run(ASK)  # returns at once
        host.until("it.text.includes('It streams')")
        gates[0].set()
        host.until("it.text.includes('More.')")
        assert host.newest()["status"] == "streaming"
        gates[1].set()
        host.until("it.document && it.status === 'complete'")
        (kept,) = host.file(cell)
        assert VIEW not in kept
        assert "More." in kept["text/plain"]
        assert KEY not in str(kept)
        print(host.counts())
