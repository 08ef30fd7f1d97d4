"""The options of the store on a command line and in the magics."""

from __future__ import annotations

from pathlib import Path

import pytest
from IPython.core.interactiveshell import InteractiveShell

import pplx_widget as pplx
from pplx_widget.cli.main import main
from pplx_widget.config import settings

from ..support.wire_server import CREATED, WireServer, completed, delta


def test_a_command_keeps_and_uses_answers(
    server: WireServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("PERPLEXITY_BASE_URL", server.base_url)
    server.respond([CREATED, delta("Bees dance."), completed()])
    store = str(tmp_path / "a.db")
    assert main(["ask", "--store", store, "How?"]) == 0
    assert main(["ask", "--store", store, "--cache", "7 days", "How?"]) == 0
    assert len(server.requests) == 1
    said = capsys.readouterr()
    assert said.out.count("Bees dance.") == 2
    assert "from " in said.err.splitlines()[-1]
    assert "$0 " in said.err.splitlines()[-1]
    assert main(["ask", "--store", store, "--cache", "any", "--refresh", "How?"]) == 0
    assert len(server.requests) == 2
    assert main(["ask", "--store", store, "--cache", "soon", "How?"]) == 2
    assert "7 days" in capsys.readouterr().err


def test_a_cache_without_a_store(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ask", "--cache", "7 days", "How?"]) == 2
    assert "store" in capsys.readouterr().err


def test_a_magic_sets_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shell = InteractiveShell()
    pplx.load_ipython_extension(shell)
    shell.run_line_magic("pplx", f"--store {tmp_path / 'a.db'} --cache '7 days'")
    assert settings().store == tmp_path / "a.db"
    shell.run_line_magic("pplx", "")
    said = capsys.readouterr().out
    assert "a.db" in said
    assert "7 days" in said
    assert str(tmp_path) not in said
