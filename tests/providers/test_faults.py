"""What a server or a network can do wrong, and what a person sees of it: a row a fault.

Each row is asked through every provider that can meet it. Whatever happens: the page shows what Python
has, the error is short and shows neither markup nor the key, and nothing is left behind: no task, no
thread, no connection, no warning, no word in the log.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import gc
import json
import logging
import pathlib
import re
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

import pplx_widget as pplx
from pplx_widget.core import errors
from pplx_widget.core.runtime import runtime
from pplx_widget.providers import _retries

from ..support.fault_server import FaultServer, reply, stream
from ..support.faults import (
    AGENTS,
    ALL,
    FAULTS,
    KEY,
    PROVIDERS,
    Fault,
    Outcome,
    complete,
    failed,
    said,
)
from ..support.recording_comm import RecordingComm, page_state
from ..support.wire_server import completed, delta, results


def asked(fault: Fault, by: str) -> Any:
    return pytest.param(fault, by, id=f"{fault.name}, {by}")


@pytest.mark.parametrize(("fault", "by"), [asked(fault, by) for fault in FAULTS for by in fault.by])
@pytest.mark.usefixtures("nothing_is_left")
def test_fault(faulty: FaultServer, comms: list[RecordingComm], fault: Fault, by: str) -> None:
    provider, shape = PROVIDERS[by]
    faulty.play(fault.script(shape))
    answer = pplx.ask("q", provider=provider, model="m", timeout=(5, fault.silence)).wait(60)
    check(answer, fault.outcome, comms)
    assert len(faulty.requests) == fault.requests


FAILING = [
    pytest.param(fault, by, id=f"{fault.name}, {by}")
    for fault in FAULTS
    for by in AGENTS
    if by in fault.by and fault.outcome.error
]


@pytest.mark.parametrize(("fault", "by"), FAILING)
@pytest.mark.usefixtures("nothing_is_left")
def test_asked_again(
    faulty: FaultServer, monkeypatch: pytest.MonkeyPatch, fault: Fault, by: str
) -> None:
    """A question that may have cost something is never sent twice."""
    pause = _retries.pause
    at_once = lambda *why: None if pause(*why) is None else 0.0  # noqa: E731
    monkeypatch.setattr(_retries, "pause", at_once)
    pplx.configure(max_retries=1)
    faulty.play(fault.script(PROVIDERS[by][1]))
    answer = pplx.ask("q", provider=by, timeout=(5, fault.silence)).wait(60)
    assert answer.status == "failed"
    assert len(faulty.requests) == fault.requests * (2 if fault.again else 1)


def check(answer: pplx.Answer, outcome: Outcome, comms: list[RecordingComm]) -> None:
    """Hold an answer, and what the page has of it, against how it should have ended."""
    assert answer.status == outcome.status
    if answer.text != outcome.text:  # the difference of 10 MB to 10 MB would take minutes
        pytest.fail(f"another text: {answer.text[:200]!r}")
    error = answer.error
    assert type(error) is (outcome.error or type(None)), error
    page = page_state(next(c for c in comms if "question" in c.opening))
    assert (page["status"], page["text"] == answer.text) == (answer.status, True)
    assert (page["error"] is None) == (error is None)
    if error is None:
        return
    assert re.search(outcome.says, str(error)), str(error)
    assert error.retry is page["error"]["retry"] is outcome.retry
    assert error.what
    assert error.try_this
    shown = [str(error), json.dumps(page["error"])]
    assert not [s for s in shown if KEY[5:] in s or re.search(r"</?[a-z!]", s)]
    assert len(str(error)) <= 600


# ---- nothing is left --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def faulty() -> Iterator[FaultServer]:
    """One server for all: what a row leaves behind would meet the next one."""
    with FaultServer() as server:
        yield server
    gc.unfreeze()


@pytest.fixture(autouse=True)
def asks_the_fault_server(faulty: FaultServer, clean_settings: None) -> None:
    pplx.configure(base_url=faulty.url(), api_key=KEY, max_retries=0)


@pytest.fixture
def nothing_is_left(faulty: FaultServer, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Whatever happened, there is then as much as before. Warnings are errors by the settings."""
    loop, threads = runtime().loop, our_threads()
    gc.freeze()  # the collector then looks at what this row has made, and at nothing else
    yield
    assert not concurrent.futures.wait(runtime()._tasks, 10).not_done
    assert not asyncio.run_coroutine_threadsafe(tasks_of_the_loop(), loop).result(20)
    assert faulty.wait_until_idle(), "a connection is in use"
    # The pools keep intact connections: one pool of the SDK's client, one of ours.
    assert faulty.open <= 2
    gc.collect()  # sockets, generators and tasks that were not closed warn when they are collected
    assert not our_threads() - threads
    logged = caplog.get_records("call") + caplog.get_records("teardown")
    assert [r.getMessage() for r in logged if r.levelno >= logging.WARNING] == []


async def tasks_of_the_loop() -> set[str]:
    """Return the tasks that do not end within some seconds."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    waiting = (await asyncio.wait(others, timeout=10))[1] if others else set()
    return {repr(task) for task in waiting}


def our_threads() -> set[threading.Thread]:
    """Return the threads of the package; the server's and the loop's own pool are none of it."""
    theirs = ("fault server", "asyncio_")
    return {t for t in threading.enumerate() if not t.name.startswith(theirs)}


# ---- no server answers ------------------------------------------------------------------------------


@pytest.mark.parametrize("by", ALL)
@pytest.mark.usefixtures("nothing_is_left")
class TestUnreached:
    def ask(self, by: str, url: str, says: str, comms: list[RecordingComm]) -> None:
        pplx.configure(base_url=url, api_key=KEY)
        answer = pplx.ask("q", provider=PROVIDERS[by][0], model="m").wait(30)
        check(answer, failed(errors.ConnectionFailed, says), comms)

    def test_nobody_listens(self, by: str, comms: list[RecordingComm]) -> None:
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            url = f"http://127.0.0.1:{unused.getsockname()[1]}/v1"
            self.ask(by, url, "refused the connection", comms)

    def test_no_such_host(
        self, by: str, comms: list[RecordingComm], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def looked_up(*_arguments: Any, **_options: Any) -> None:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

        # Some networks have an answer of their own for every name.
        monkeypatch.setattr(socket, "getaddrinfo", looked_up)
        self.ask(by, "https://nowhere.invalid/v1", "There is no host nowhere.invalid", comms)

    def test_no_secure_server(
        self, faulty: FaultServer, by: str, comms: list[RecordingComm]
    ) -> None:
        self.ask(by, faulty.url("https"), "No secure connection((?!certificate).)*$", comms)

    def test_a_certificate_that_nobody_trusts(
        self, by: str, comms: list[RecordingComm], tmp_path: pathlib.Path
    ) -> None:
        pem = tmp_path / "server.pem"
        pem.write_text(UNTRUSTED)
        with FaultServer(str(pem)) as server:
            self.ask(by, server.url(), "certificate could not be verified", comms)
            assert server.wait_until_idle()
            assert (server.open, server.requests) == (0, [])


# ---- what a row cannot say --------------------------------------------------------------------------


@pytest.mark.parametrize("by", ALL)
@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
@pytest.mark.usefixtures("nothing_is_left")
def test_a_redirect_is_not_followed(
    faulty: FaultServer, comms: list[RecordingComm], by: str, code: int
) -> None:
    provider, shape = PROVIDERS[by]
    with FaultServer() as other:
        other.play(said(shape, shape.text("elsewhere")))
        faulty.play(
            reply(
                code,
                location=f"{other.url()}/{'responses' if by in AGENTS else 'chat/completions'}",
            )
        )
        answer = pplx.ask("q", provider=provider, model="m").wait(30)
        check(answer, failed(errors.NotFound, f"names `{other.url()}/", retry=False), comms)
        assert f'configure(base_url="{other.url()}"' in answer.error.try_this
        assert other.requests == []
        assert len(faulty.requests) == 1


@pytest.mark.parametrize("by", AGENTS)
@pytest.mark.usefixtures("nothing_is_left")
def test_sources_that_come_after_the_text(
    faulty: FaultServer, comms: list[RecordingComm], by: str
) -> None:
    faulty.play(stream(delta("One.[2]"), *results(1, 2), delta(" Two.[1]"), completed()))
    answer = pplx.ask("q", provider=by).wait(30)
    check(answer, complete("One.[2] Two.[1]"), comms)
    assert [(c.number, c.id) for c in answer.citations] == [(1, 2), (2, 1)]


@pytest.mark.parametrize(
    ("by", "count"), [("agent", 100_000), ("raw", 20_000), ("raw-chat", 20_000)]
)
@pytest.mark.usefixtures("nothing_is_left")
def test_very_many_tokens(
    faulty: FaultServer, comms: list[RecordingComm], by: str, count: int
) -> None:
    """Each is sent to the page once, and no message is longer than what it brings."""
    provider, shape = PROVIDERS[by]
    tokens = [f"{i} " for i in range(count)]
    batches = (tokens[i : i + 500] for i in range(0, len(tokens), 500))
    faulty.play(said(shape, *(b"".join(map(shape.text, batch)) for batch in batches)))
    answer = pplx.ask("q", provider=provider, model="m").wait(150)
    check(answer, complete("".join(tokens)), comms)
    comm = next(c for c in comms if "question" in c.opening)
    brought = [comm.opening["text"], *(p.get("text", "") for p in comm.patches)]
    assert "".join(brought) == answer.text
    patches = [m["bytes"] for m in comm.messages if m["data"].get("method") == "custom"]
    assert len(patches) < len(tokens) / 4
    assert sum(patches) < len(answer.text) + 1000 * len(patches)
    assert not comm.updates


# Made once, for 127.0.0.1 and a hundred years; it keeps nothing secret.
UNTRUSTED = """\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg/fnGiXIotsT8LVBG
fn97s2gPitefxL0UOHfhDUuPcKWhRANCAATXP6H9+jRTJQwYbrvbn3CHkLDJUWzf
/6Oi+1M0DPHtwcwgwUeczD5Qr9rEoNZueueORs9jwzOIc9mXY5fJ01ED
-----END PRIVATE KEY-----
-----BEGIN CERTIFICATE-----
MIIBkDCCATagAwIBAgIUC5PD9XwLddNCJsvEx30bB1IcWgkwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJMTI3LjAuMC4xMCAXDTI2MTEyMjEzNTcyMFoYDzIxMjYxMDI5
MTM1NzIwWjAUMRIwEAYDVQQDDAkxMjcuMC4wLjEwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAATXP6H9+jRTJQwYbrvbn3CHkLDJUWzf/6Oi+1M0DPHtwcwgwUeczD5Q
r9rEoNZueueORs9jwzOIc9mXY5fJ01EDo2QwYjAdBgNVHQ4EFgQU0JFepk1QjcBm
ie/0VUtHxH3cCHIwHwYDVR0jBBgwFoAU0JFepk1QjcBmie/0VUtHxH3cCHIwDwYD
VR0TAQH/BAUwAwEB/zAPBgNVHREECDAGhwR/AAABMAoGCCqGSM49BAMCA0gAMEUC
IQC89yhCQyw8LYtfqlaw5IzEGHPbX8wxxhKacnYDdm9UKwIgHDqXdshxkA+4vY+F
OL/znj0QosJ4wJld2eIhcx0u4PY=
-----END CERTIFICATE-----
"""
