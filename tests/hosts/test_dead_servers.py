"""Servers that die under an answer in marimo and in servers of applications: text, and no blank output."""

from __future__ import annotations

import threading
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Browser, expect

from ..support.wire_server import CREATED, WireServer, delta
from .test_apps import HOSTS, opened

EVERYWHERE = pytest.mark.parametrize("host", HOSTS)


def asker(server: WireServer) -> psutil.Process:
    """Return the process that asks: a host's kernel, or its server."""
    for process in psutil.Process().children(recursive=True):
        ports = {each.laddr.port for each in process.net_connections("tcp")}
        if ports & server.connections:
            return process
    raise AssertionError("no child process asks")


@EVERYWHERE
def test_a_service_that_refuses(
    host: str, browser: Browser, programs: Path, server: WireServer, tmp_path: Path
) -> None:
    server.close_for_now()
    with opened(host, browser, programs, server, tmp_path) as page:
        answer = page.locator(".pplx")
        expect(answer).to_contain_text("Nothing is listening there.")
        expect(answer).to_contain_text("How does it stream?")
        server.open_again()
        server.respond([CREATED, delta("Here I am."), threading.Event()])
        answer.get_by_role("button", name="Retry").click()
        expect(answer).to_contain_text("Here I am.")


@EVERYWHERE
def test_a_service_that_dies_in_mid_stream(
    host: str, browser: Browser, programs: Path, server: WireServer, tmp_path: Path
) -> None:
    gate = threading.Event()
    server.respond([CREATED, delta("It streams"), gate], whole=False)
    with opened(host, browser, programs, server, tmp_path) as page:
        answer = page.locator(".pplx")
        expect(answer).to_contain_text("It streams")
        gate.set()
        expect(answer).to_contain_text("The connection was cut.")
        expect(answer).to_contain_text("It streams")


@EVERYWHERE
def test_a_host_that_dies_in_mid_stream(
    host: str, browser: Browser, programs: Path, server: WireServer, tmp_path: Path
) -> None:
    server.respond([CREATED, delta("It streams"), threading.Event()])
    with opened(host, browser, programs, server, tmp_path) as page:
        answer = page.locator(".pplx")
        expect(answer).to_contain_text("It streams")
        asker(server).kill()
        assert server.client_left.wait(20)
        # Only Shiny tells its page, and removes all views.
        said = "the kernel is gone" if host == "shiny" else "no data for"
        expect(answer).to_contain_text(said)
        expect(answer).to_contain_text("It streams")
