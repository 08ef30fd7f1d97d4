"""The sample answers over HTTP, for scripts that run notebooks."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from typing import TYPE_CHECKING
from unittest.mock import patch

from _environment import ROOT, ScriptError

if TYPE_CHECKING:
    from collections.abc import Iterator


def remove_keys() -> None:
    """Take keys and addresses out of the environment, so that nothing spends money."""
    for name in [name for name in os.environ if name.startswith(("PERPLEXITY_", "PPLX_API"))]:
        del os.environ[name]


@contextmanager
def for_notebooks() -> Iterator[None]:
    """Serve the samples without their pauses, and let the kernels that start meanwhile ask there."""
    with _served() as url, tempfile.TemporaryDirectory() as empty:
        # An empty folder, so that the user's own start-up files are not read.
        kept = {"PERPLEXITY_BASE_URL": url, "IPYTHONDIR": empty}
        with patch.dict(os.environ, kept):
            yield


@contextmanager
def _served() -> Iterator[str]:
    command = [sys.executable, "-m", "pplx_widget", "serve", "--port", "0", "--speed", "0"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        try:
            line = server.stdout.readline() if server.stdout else ""
            if " at http" not in line:
                raise ScriptError(f"`pplx-widget serve` did not say where it serves, but: {line!r}")
            yield line.split()[-1]
        finally:
            server.terminate()
