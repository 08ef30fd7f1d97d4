"""Programs of other hosts, started on a free port."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from ..support.paths import ROOT
from ..support.wire_server import WireServer

_SECONDS = 180


def environment(server: WireServer, home: Path) -> dict[str, str]:
    """Return the environment of a host: this checkout, the test's server, and folders of its own."""
    keep = {k: v for k, v in os.environ.items() if not k.startswith(("PERPLEXITY", "PPLX"))}
    places = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")
    own = {name: str(home / name.lower()) for name in places}
    return keep | own | {"PYTHONPATH": str(ROOT), "PERPLEXITY_BASE_URL": server.base_url}


@contextlib.contextmanager
def running(
    command: list[str], env: dict[str, str], folder: Path, path: str = "/"
) -> Iterator[str]:
    """Start a server, with ``{port}`` filled in; yield its address when it answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    log = folder / "server.log"
    filled = [part.replace("{port}", str(port)) for part in command]
    with (
        log.open("w") as out,
        subprocess.Popen(filled, env=env, cwd=folder, stdout=out, stderr=out) as process,
    ):
        try:
            _wait(process, f"{address}{path}", log)
            yield address
        finally:
            process.terminate()
            process.wait(20)


def _wait(process: subprocess.Popen[bytes], address: str, log: Path) -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    end = time.monotonic() + _SECONDS
    while process.poll() is None and time.monotonic() < end:
        with contextlib.suppress(OSError):
            opener.open(address, timeout=2).close()
            return
    raise RuntimeError(log.read_text())
