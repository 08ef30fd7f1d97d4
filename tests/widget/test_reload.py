"""The messages of a kernel of `scripts/dev` after the page's code was rebuilt."""

from __future__ import annotations

import importlib
import shutil
import subprocess
import sys
import types
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

import pplx_widget as pplx
from pplx_widget.core import assets
from pplx_widget.core.events import Event, Finished, Text
from pplx_widget.question.request import Request
from pplx_widget.widget import bundle, host
from pplx_widget.widget.race.model import Race

from ..support.paths import ROOT
from ..support.recording_comm import RecordingComm, answer_comm

SCRIPTS = ROOT / "scripts"


class Short:
    async def stream(self, request: Request) -> AsyncIterator[Event]:
        yield Text("a")
        yield Finished()


@pytest.fixture
def reload(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(SCRIPTS))
    return importlib.import_module("_reload")


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """Yield a copy of the folder with the built files."""
    folder = tmp_path / "static"
    shutil.copytree(ROOT / "pplx_widget" / "static", folder)
    monkeypatch.setattr(assets, "resources", types.SimpleNamespace(files=lambda _: tmp_path))
    monkeypatch.setattr(host, "in_kernel", lambda: True)
    monkeypatch.setattr(bundle, "_held", {})
    assets.asset.cache_clear()
    yield folder
    assets.asset.cache_clear()


def test_an_open_answer_gets_the_new_code(
    built: Path, reload: Any, comms: list[RecordingComm]
) -> None:
    answer = pplx.ask("How does it stream?", provider=Short()).wait(10)
    assert answer.model_id
    comm, old = answer_comm(comms), answer._bundle
    sent = len(comm.updates)
    (built / "widget.js").write_text("export default 1;")
    reload.renew(17)

    (holder,) = (c for c in comms if c.comm_id == answer._bundle != old)
    assert holder.opening["code"].endswith("export default 1;")
    changed = {name: value for update in comm.updates[sent:] for name, value in update.items()}
    assert changed.keys() == {"_bundle", "_esm"}
    assert changed["_bundle"] == holder.comm_id
    assert changed["_esm"] == assets.asset("stub.js") + "// 17\n"
    # The page loads the code only if its text differs.
    reload.renew(18)
    assert answer._esm.endswith("// 18\n")


def test_the_other_widgets_get_theirs(built: Path, reload: Any, comms: list[RecordingComm]) -> None:
    answer = pplx.ask("How does it stream?", provider=Short()).wait(10)
    inspector, race, chat = pplx.inspect(answer), Race("Which is faster?"), pplx.Chat()
    assert chat.model_id
    (built / "inspector.js").write_text("export default 2;")
    comparison = pplx.compare("Which is better?", ["fast", "low"], provider=Short()).wait(10)
    assert comparison.model_id
    (built / "race.js").write_text("export default 3;")
    (built / "compare.js").write_text("export default 4;")
    (built / "chat.js").write_text("export default 5;")
    reload.renew(17)
    assert comparison._esm.endswith("export default 4;")
    assert inspector._esm.endswith("export default 2;")
    assert race._esm.endswith("export default 3;")
    assert chat._esm.endswith("export default 5;")


def test_an_answer_that_no_page_knows_stays_without(
    built: Path, reload: Any, comms: list[RecordingComm], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(host, "in_kernel", lambda: False)
    answer = pplx.ask("How does it stream?", provider=Short()).wait(10)
    before = answer._bundle, answer._esm
    reload.renew(17)
    assert (answer._bundle, answer._esm) == before


def test_the_startup_file_leaves_no_name_and_watches_in_kernels_alone(tmp_path: Path) -> None:
    code = (
        "import runpy, sys, threading\n"
        "for kernel in (False, True):\n"
        "    if kernel: sys.modules['ipykernel'] = sys\n"
        "    path = list(sys.path)\n"
        f"    left = runpy.run_path({str(SCRIPTS / '_reload_startup.py')!r})\n"
        "    names = [name for name in left if not name.startswith('__')]\n"
        "    watching = [t.name for t in threading.enumerate() if 'pplx' in t.name]\n"
        "    print(names, watching, sys.path == path, 'pplx_widget' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [
        "[] [] True False",
        "[] ['pplx_widget reload'] True False",
    ]
