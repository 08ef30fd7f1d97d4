"""Simulated networks and faults of the local server, on real sockets."""

from __future__ import annotations

import dataclasses
import http.client
import importlib.resources
import json
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

import pplx_widget as pplx
from pplx_widget.core import errors
from pplx_widget.server import faults
from pplx_widget.server.library import Library, samples
from pplx_widget.server.network import Network
from pplx_widget.server.server import LocalServer
from pplx_widget.server.talk import Talk

from ..support.exchanges import QUESTION, paced

pytestmark = pytest.mark.slow


def open_stream(server: LocalServer, **body: Any) -> tuple[http.client.HTTPConnection, float]:
    connection = http.client.HTTPConnection(urlsplit(server.base_url).netloc, timeout=30)
    asked = {"input": QUESTION, "preset": "fast", **body}
    content = json.dumps(asked).encode()
    began = time.monotonic()
    connection.request("POST", "/v1/responses", content)
    return connection, began


def seconds(server: LocalServer, **body: Any) -> tuple[float, float, int]:
    """Return the seconds until an answer's head and its end, and the size of its body in bytes."""
    connection, began = open_stream(server, **body)
    with connection.getresponse() as response:
        head = time.monotonic() - began
        size = len(response.read())
    end = time.monotonic() - began
    connection.close()
    return head, end, size


@pytest.mark.parametrize("stream", [True, False])
def test_a_slow_line_carries_no_more_than_it_can(*, stream: bool) -> None:
    with LocalServer(speed=0, network=Network(latency=0.1, bytes_per_second=100_000)) as server:
        head, end, size = seconds(server, stream=stream)
    assert head >= 0.2  # both ways
    assert end >= 0.2 + size / 100_000


def test_a_buffering_proxy_lets_nothing_through_before_the_end() -> None:
    recording = paced(0.05)
    with LocalServer(library=Library([recording]), network=Network(buffer=True)) as server:
        head, _, held = seconds(server, stream=True)
        server.network = Network()
        _, _, passed = seconds(server, stream=True)
    assert head >= recording.duration
    assert held == passed


def test_a_load_balancer_severs_who_waits_and_not_who_streams() -> None:
    # The gap between two events is shorter than the limit; the complete answer takes longer.
    network = Network(sever_idle=0.25)
    with LocalServer(library=Library([paced(0.05)]), network=network) as server:
        connection, _ = open_stream(server, stream=False)
        with pytest.raises(ConnectionResetError):
            connection.getresponse()
        connection.close()
        answer = pplx.ask(QUESTION, provider=by_hand(server)).wait(30)
        assert answer.status == "complete"
        assert [e.outcome for e in server.exchanges if e.wait(30)] == [
            "closed by server",
            "complete",
        ]
        # A buffering proxy makes the stream as silent as the answer without streaming.
        server.network = dataclasses.replace(network, buffer=True)
        pplx.configure(max_retries=0)
        answer = pplx.ask(QUESTION, provider=by_hand(server)).wait(30)
        assert isinstance(answer.error, errors.ConnectionFailed)


def by_hand(server: LocalServer) -> str:
    pplx.configure(base_url=server.base_url)
    return "raw"


ENDS: dict[str, tuple[str, type[pplx.PplxError] | None]] = {
    "cut": ("failed", errors.ConnectionCut),
    "reset": ("failed", errors.ConnectionCut),
    "stall": ("failed", errors.TimedOut),
    "split": ("complete", None),
    "rubbish": ("failed", errors.ProviderFailed),
    "sentinel": ("complete", None),
    "429": ("complete", None),
    "html": ("failed", errors.ServiceFailed),
}


@pytest.fixture(scope="module")
def whole() -> str:
    exchange, _ = samples().nearest(QUESTION)
    assert exchange.final
    text: str = exchange.final["output"][-1]["content"][0]["text"]
    return text


@pytest.fixture
def local() -> Iterator[LocalServer]:
    with LocalServer(speed=0) as server:
        pplx.configure(base_url=server.base_url)
        yield server


@pytest.mark.parametrize("provider", ["raw", "agent"])
@pytest.mark.parametrize("fault", faults.FAULTS)
def test_each_fault_and_what_becomes_of_an_answer(
    local: LocalServer, whole: str, fault: str, provider: str
) -> None:
    local.fault = fault
    answer = pplx.ask(QUESTION, provider=provider, timeout=0.5 if fault == "stall" else 30)
    status, error = ENDS[fault]
    assert answer.wait(30).status == status
    assert type(answer.error) is (error or type(None))
    if error is None:
        assert answer.text == whole
    elif fault != "html":
        assert whole.startswith(answer.text)
        # A reset discards data that the client has not read yet.
        assert (0 if fault == "reset" else len(whole) / 4) <= len(answer.text) < len(whole)
    assert [step.kind == "retry" for step in answer.steps].count(True) == (fault == "429")
    # Once the fault is off, the next answer is complete, also on a reused connection.
    local.fault = None
    assert pplx.ask(QUESTION, provider=provider).wait(30).text == whole


def test_a_recording_in_the_chat_shape_suffers_as_well(whole: str) -> None:
    folder = importlib.resources.files("pplx_widget.server") / "samples"
    with importlib.resources.as_file(folder / "utf8-boundaries.jsonl") as path:
        talk = Talk(path)
    with LocalServer(speed=0, library=talk, fault="cut") as server:
        pplx.configure(base_url=server.base_url)
        for fault, status in (("cut", "failed"), ("split", "complete")):
            server.fault = fault
            answer = pplx.ask(QUESTION, model="m", provider=pplx.Raw("chat")).wait(30)
            assert answer.status == status
            share = len(answer.text) / len(whole)
            assert share == pytest.approx(0.5 if fault == "cut" else 1, abs=0.1)


@pytest.mark.parametrize("fault", ["cut", "reset", "rubbish", "split"])
def test_an_answer_in_one_piece_suffers_too(local: LocalServer, whole: str, fault: str) -> None:
    local.fault = fault
    connection, _ = open_stream(local)
    with connection.getresponse() as response:
        if fault in ("cut", "reset"):
            with pytest.raises((http.client.IncompleteRead, ConnectionResetError)):
                response.read()
        elif fault == "rubbish":
            with pytest.raises(ValueError):
                json.loads(response.read())
        else:
            assert json.loads(response.read())["output"][-1]["content"][0]["text"] == whole
    connection.close()


def test_what_cannot_be_is_said_at_once() -> None:
    with pytest.raises(ValueError, match="unknown fault 'flood'; choose one of: cut, reset"):
        LocalServer(fault="flood")
    for wrong in ({"latency": -1.0}, {"bytes_per_second": 0.0}, {"sever_idle": float("nan")}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            Network(**wrong)  # type: ignore[arg-type]
