"""What the host can do: where its page is, which messages reach it, and who reads its requests.

No host is told by its name, but by trials: `has_front_end` looks at the comms, `echoed`
and `heard` learn from the page's own messages. Whether threads may send is not asked at all: a page
that hears nothing asks by itself (``js/src/poll.ts``), and the reply belongs to its request, which
every host passes on. Nor is whether an output was replaced: a page that still shows a view says so
(`Displays.again`).
"""

from __future__ import annotations

import os
import sys
import threading
from typing import Any

import comm as comms
from comm import DummyComm


def has_page(comm: Any) -> bool:
    """Return whether a comm is connected to a page, which is not the case in plain Python."""
    return comm is not None and not isinstance(comm, DummyComm)


def has_front_end() -> bool:
    """Return whether comms of this process can lead to a page: in kernels, marimo and the like."""
    if in_kernel():
        return True
    made_by = comms.create_comm.__module__.partition(".")[0]
    # The default leads nowhere. That of ipykernel, which a script may import, needs a kernel; servers
    # of applications make one without IPython's shell.
    if made_by == "ipykernel":
        kernels = sys.modules.get("ipykernel.kernelbase")
        return kernels is not None and kernels.Kernel.initialized()
    return made_by != "comm"


_takes_unparented = False


def unparented(comm: Any, content: Any) -> bool:
    """Send a custom message without the header of a request, and return whether it was sent.

    That header is a third of a short message. Only ipykernel can omit it (by public names: the
    kernel's session and its IOPub socket), and some front ends drop messages that belong to no running
    request, so a page first has to confirm one: see `echoed`.
    """
    kernel: Any = getattr(shell(), "kernel", None)
    topic = getattr(comm, "topic", None)
    if topic is None or not all(hasattr(kernel, name) for name in ("session", "iopub_socket")):
        return False
    data = {"comm_id": comm.comm_id, "data": {"method": "custom", "content": content}}
    socket = kernel.iopub_socket
    kernel.session.send(socket, "comm_msg", data, metadata={}, parent={}, ident=topic)
    return True


def takes_unparented() -> bool:
    """Return whether a page has confirmed a message that belongs to no request."""
    return _takes_unparented


def echoed(*, confirmed: bool = True) -> None:
    """Record that a page confirmed a message that belongs to no request, or has missed some."""
    global _takes_unparented  # noqa: PLW0603 (one front end a kernel)
    _takes_unparented = confirmed


def shell() -> Any:
    """Return IPython's shell, or None in plain Python."""
    ipython = sys.modules.get("IPython")
    return ipython.get_ipython() if ipython else None


def in_kernel() -> bool:
    """Return whether this process is a Jupyter kernel, not a script.

    It has a shell that runs cells. The shell that Solara gives to each user of an application does not.
    """
    one = shell()
    return hasattr(one, "kernel") and hasattr(one, "run_cell")


def cell_id() -> str | None:
    """Return the id of the running cell, or None if the front end does not send it."""
    parent: dict[str, Any] = getattr(shell(), "get_parent", dict)()
    found = parent.get("metadata", {}).get("cellId")
    return found if isinstance(found, str) else None


def request_id() -> str | None:
    """Return the id of the request that the kernel executes; a cell and its nested cells share it."""
    parent: dict[str, Any] = getattr(shell(), "get_parent", dict)()
    found = parent.get("header", {}).get("msg_id")
    return found if isinstance(found, str) else None


def non_interactive() -> bool:
    """Return whether the kernel runs a notebook non-interactively, without a user or a page.

    nbclient, nbconvert, papermill and nbval run cells without standard input. They keep the outputs of
    a cell while it runs, and none that arrive later. Voilà also runs cells without standard input, but
    has a page; it can be recognized by the environment of the kernel.
    """
    if not in_kernel() or os.environ.get("SERVER_SOFTWARE", "").startswith("voila/"):
        return False
    return getattr(getattr(shell(), "kernel", None), "_allow_stdin", True) is False


def has_file() -> bool:
    """Return whether a user can save the notebook, which is not the case in Voilà's pages.

    A front end for users lets a cell ask them for input.
    """
    return in_kernel() and getattr(shell().kernel, "_allow_stdin", True) is not False


def exports() -> bool:
    """Return whether marimo writes a file (``marimo export``): no page has asked for this run.

    Unlike `non_interactive`, the file has a page, which shows the state that widgets had at the end.
    """
    marimo = sys.modules.get("marimo")
    if marimo is None or not has_front_end() or in_kernel():
        return False
    meta = marimo.app_meta()
    return meta.mode is not None and meta.request is None


def fail_cell(error: Exception) -> None:
    """Make the running cell fail with an error at its end.

    An error raised in a display method does not fail the cell: IPython prints it and continues.
    """
    ip = shell()

    def at_end(result: Any) -> None:
        ip.events.unregister("post_run_cell", at_end)
        if result.success:
            result.error_in_exec = error
            ip.showtraceback((type(error), error, None))

    ip.events.register("post_run_cell", at_end)


_waits: bool | None = None


def heard() -> None:
    """Record which thread reads the page's messages: the main thread is busy while a cell runs.

    The front end decides it, not the version of the kernel: JupyterLab asks for subshells, and others
    do not.
    """
    global _waits  # noqa: PLW0603 (one front end a kernel)
    if in_kernel():
        _waits = threading.current_thread() is threading.main_thread()


def stop_waits() -> bool:
    """Return whether a message from the page waits for the end of the running cell.

    Before the first message, it does if the kernel cannot have subshells (ipykernel 6).
    """
    if _waits is not None:
        return _waits
    ipykernel = sys.modules.get("ipykernel")
    return ipykernel is not None and ipykernel.version_info[0] < 7  # noqa: PLR2004


def answer_where_asked(comm: Any) -> None:
    """Make the kernel read the page's messages on the subshell that the page chose.

    ipykernel 7.4 reads a message from the page on the shell that last sent on its comm. An answer is
    sent from a thread that belongs to the main shell, so Stop would wait for the running cell. The
    attribute is private; without it, the behaviour of the kernel does not change.
    """
    if hasattr(comm, "_reply_subshell_for"):
        comm._reply_subshell_for = lambda _data, default: default  # noqa: SLF001
