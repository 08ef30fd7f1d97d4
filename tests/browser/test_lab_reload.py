"""`scripts/dev` in a real JupyterLab: open views show a rebuilt bundle, in the same kernel."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

from playwright.sync_api import expect

from ..support.lab import Lab
from ..support.lab_answer import ASK, setup
from ..support.paths import ROOT
from ..support.wire_server import CREATED, WireServer, completed, delta

# This kernel has its own folder, so that the bundle of other tests is not changed.
WATCH = """
import pathlib, sys, types
from pplx_widget.core import assets
assets.resources = types.SimpleNamespace(files=lambda _: pathlib.Path({package!r}))
sys.path.append({scripts!r})
import _reload
_reload.start(pathlib.Path({package!r}) / "static")
"""
RULE = ".pplx.pplx.pplx{--edge:"
CHANGED = ".pplx.pplx.pplx{color:rgb(1,2,3);--edge:"


def test_a_changed_style_shows_while_an_answer_arrives(
    lab: Lab, server: WireServer, tmp_path: Path
) -> None:
    shutil.copytree(ROOT / "pplx_widget" / "static", tmp_path / "static")
    watch = WATCH.format(package=str(tmp_path), scripts=str(ROOT / "scripts"))
    built = tmp_path / "static" / "widget.js"
    as_it_is = built.read_text("utf-8")
    assert as_it_is.count(RULE) == 1

    more = threading.Event()
    server.respond([CREATED, delta("So far."), more, delta(" And more."), completed()])
    with lab.open(setup(server) + watch, ASK) as notebook:
        notebook.run(0)
        notebook.run(1)
        view = notebook.answers
        expect(view).to_contain_text("So far.")
        expect(view).not_to_have_css("color", "rgb(1, 2, 3)")

        built.write_text(as_it_is.replace(RULE, CHANGED), "utf-8")
        expect(view).to_have_css("color", "rgb(1, 2, 3)")
        expect(view).to_contain_text("So far.")

        built.write_text(as_it_is, "utf-8")
        expect(view).not_to_have_css("color", "rgb(1, 2, 3)")

        more.set()
        expect(view).to_contain_text("So far. And more.")
        expect(view).to_have_attribute("data-status", "complete")
        assert notebook.errors == []
