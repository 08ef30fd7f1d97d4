"""The doctor's check of the front end: Jupyter servers, and their files if none is running."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from pplx_widget.cli.doctor import frontend

from ..support.http_stub import TOKEN, Stub, closed_port

pytestmark = pytest.mark.usefixtures("no_certificates")

# The lists of JupyterLab 4.6 and of an older extension manager.
LISTED = [
    {"name": "anywidget", "installed": True, "enabled": True},
    {"name": "jupyter-widgets-jupyterlab-manager", "enabled": True},
]
NPM = [{"name": "anywidget"}, {"name": "@jupyter-widgets/jupyterlab-manager"}]
OFF = [LISTED[0] | {"enabled": False}, LISTED[1]]


@pytest.mark.parametrize(
    ("extensions", "level", "missing"),
    [
        (LISTED, "ok", []),
        (NPM, "ok", []),
        (OFF, "fail", ["anywidget"]),
        (LISTED[:1], "fail", ["jupyterlab_widgets"]),
        ([], "fail", ["anywidget", "jupyterlab_widgets"]),
    ],
)
def test_a_running_server_is_asked(
    stub: Stub, extensions: Any, level: str, missing: list[str]
) -> None:
    stub.body = extensions
    found = frontend.ask_server({"url": f"{stub.url}/nb/", "token": TOKEN, "pid": 1})
    assert found.level == level
    ((path, headers),) = stub.seen
    assert (path, headers["authorization"]) == ("/nb/lab/api/extensions", f"token {TOKEN}")
    assert TOKEN not in str(found)
    if missing:
        assert f"pip install {' '.join(missing)}`" in found.advice
    else:
        assert "reload open JupyterLab pages" in found.found


@pytest.mark.parametrize(("status", "body"), [(404, {}), (403, {}), (200, {"odd": 1})])
def test_a_server_that_does_not_tell(stub: Stub, status: int, body: Any) -> None:
    stub.status, stub.body = status, body
    found = frontend.ask_server({"url": stub.url, "pid": 1})
    assert (found.level, f"HTTP {status}" in found.found) == ("warn", True)
    assert "authorization" not in stub.seen[0][1]


def test_a_server_that_does_not_answer(stub: Stub) -> None:
    stub.body = "<html>"
    assert "did not answer" in frontend.ask_server({"url": stub.url}).found
    assert (
        "did not answer" in frontend.ask_server({"url": f"http://127.0.0.1:{closed_port()}/"}).found
    )


def test_a_server_elsewhere_gets_no_token() -> None:
    assert (
        "was not asked"
        in frontend.ask_server({"url": "https://hub.example.org/", "token": TOKEN}).found
    )


def test_running_servers_come_from_their_runtime_files(
    tmp_path: Path, stub: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("jupyter_server")
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path))
    assert [c.found[:28] for c in frontend.front_end()] == ["no Jupyter server is running"]
    info = {"url": stub.url, "token": TOKEN, "pid": os.getpid()}
    (tmp_path / "jpserver-1.json").write_text(json.dumps(info))
    stub.body = LISTED
    assert [c.level for c in frontend.front_end()] == ["ok"]


def test_a_server_of_another_environment_is_found_too(
    stub: Stub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The runtime files reveal a server even if jupyter_server is missing in this environment."""
    monkeypatch.setitem(sys.modules, "jupyter_server.serverapp", None)
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path))
    assert frontend.running_servers() == []
    gone = {"url": f"http://127.0.0.1:{closed_port()}/", "token": TOKEN, "pid": 1}
    (tmp_path / "jpserver-1.json").write_text(json.dumps(gone))
    (tmp_path / "jpserver-2.json").write_text("{torn")
    (tmp_path / "jpserver-3.json").write_text("[]")
    assert frontend.running_servers() == []
    here = {"url": stub.url, "token": TOKEN, "pid": os.getpid()}
    (tmp_path / "jpserver-4.json").write_text(json.dumps(here))
    assert frontend.running_servers() == [here]


def test_this_environment_stands_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frontend, "_extension_folders", lambda: [str(tmp_path)])
    lacking = frontend.this_environment()
    assert (lacking.level, "anywidget jupyterlab_widgets" in lacking.advice) == ("fail", True)
    for name in frontend.NEEDED:
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "package.json").write_text("{}")
    assert frontend.this_environment().level == "ok"


def test_without_jupyter_core_the_prefix_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jupyter_core.paths", None)
    folder = Path(sys.prefix, "share", "jupyter", "labextensions")
    assert frontend._extension_folders() == [str(folder)]
