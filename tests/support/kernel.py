"""A kernel driven as by JupyterLab: cells have ids, and the session is interactive."""

from __future__ import annotations

import os
import tempfile
from typing import Any, Self

from jupyter_client.manager import KernelManager

from .paths import ROOT


class Kernel:
    """Runs cells one after the other and returns their output, including tracebacks."""

    def __enter__(self) -> Self:
        path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
        # By default all kernels of a folder share it for their sockets, and two processes may choose
        # the same number at the same time.
        self._folder = tempfile.TemporaryDirectory(prefix="pplx-")
        sockets = f"{self._folder.name}/socket"
        self._manager = KernelManager(kernel_name="python3", transport="ipc", ip=sockets)
        self._manager.start_kernel(env=os.environ | {"PYTHONPATH": path})
        self._client = self._manager.client()
        self._client.start_channels()
        self._client.wait_for_ready(timeout=60)
        return self

    def __exit__(self, *_exc: object) -> None:
        self._client.stop_channels()
        self._manager.shutdown_kernel(now=True)
        self._folder.cleanup()

    def restart(self) -> None:
        """Restart the kernel as a user does, with a shutdown request."""
        self._manager.restart_kernel(now=False)
        self._client.wait_for_ready(timeout=60)

    def run(self, code: str, cell: str = "a cell") -> str:
        content = {
            "code": code,
            "silent": False,
            "store_history": True,
            "user_expressions": {},
            "allow_stdin": True,
            "stop_on_error": True,
        }
        session = self._client.session
        request = session.msg("execute_request", content, metadata={"cellId": cell})
        self._client.shell_channel.send(request)
        printed = ""
        while True:
            message: dict[str, Any] = self._client.get_iopub_msg(timeout=60)
            if message["parent_header"].get("msg_id") != request["header"]["msg_id"]:
                continue
            match message["msg_type"], message["content"]:
                case "stream", {"text": text}:
                    printed += text
                case "error", {"traceback": lines}:
                    printed += "\n".join(lines)
                case "status", {"execution_state": "idle"}:
                    return printed.strip()

    def complete(self, code: str) -> list[str]:
        """Return the completions at the end of a cell."""
        reply = self._client.complete(code, reply=True, timeout=60)
        matches: list[str] = reply["content"]["matches"]
        return matches
