"""`pplx-widget demo`: JupyterLab with sample answers, and a check of the installation."""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import sys
import tempfile
from contextlib import ExitStack, contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias
from urllib.parse import quote

from ..config import configure
from ..core.errors import PplxError
from ..server.lessons import lessons
from ..server.library import samples
from ..server.server import LocalServer
from .doctor import Check, bundle

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

Source: TypeAlias = Literal["samples", "service", "elsewhere"]
"""The source of answers: the samples, the real API, or the server in ``PERPLEXITY_BASE_URL``."""

_KEYS = ("PERPLEXITY_API_KEY", "PPLX_API_KEY")
_LOOPBACK = "127.0.0.1,localhost"
_PATIENCE = 10.0  # seconds for JupyterLab to end its kernels
_LOOK = 0.1  # seconds between two looks if it is ready
_FEWEST_SAMPLES = 8

_SAYING: dict[Source, str] = {
    "samples": (
        "Answers are scripted samples. They work offline: no key is needed, nothing is billed."
    ),
    # The costs are from the recordings on which this package is based.
    "service": (
        "An API key is set, so questions go to the real API and are billed to your account. In "
        "recordings of late 2026 a question cost about $0.001 (fast) to $0.004 (low); longer "
        "answers and higher efforts cost more. Use `--sample` for the free samples."
    ),
    "elsewhere": (
        "PERPLEXITY_BASE_URL is set, so questions go to that server, which may charge for them. "
        "Use `--sample` for the free samples."
    ),
}


class DemoError(PplxError):
    """The demonstration cannot start."""

    kind = "demo"


def source(environment: Mapping[str, str], *, sample: bool) -> Source:
    """Return the source of answers in a demonstration.

    Parameters
    ----------
    environment : mapping
        The environment variables.
    sample : bool
        Whether to use the samples regardless of the environment.
    """
    if sample:
        return "samples"
    if environment.get("PERPLEXITY_BASE_URL", "").strip():
        return "elsewhere"
    return "service" if any(environment.get(k, "").strip() for k in _KEYS) else "samples"


def beside_proxies(environment: Mapping[str, str]) -> dict[str, str]:
    """Return an environment in which connections to this machine use no proxy."""
    existing = environment.get("no_proxy") or environment.get("NO_PROXY") or ""
    hosts = ",".join(h for h in (existing, _LOOPBACK) if h)
    # Libraries differ in which of the two spellings they read.
    return {**environment, "NO_PROXY": hosts, "no_proxy": hosts}


def run(
    notebook: Path | None,
    say: Callable[[str], None],
    *,
    port: int | None = None,
    browser: bool = True,
    sample: bool = False,
    folder: Path | None = None,
) -> int:
    """Run JupyterLab until it ends or is interrupted.

    Parameters
    ----------
    notebook : Path or None
        The notebook to open; None opens a scratch notebook, which is deleted at the end.
    say : callable
        Prints a line to the user.
    port : int, optional
        JupyterLab's port; a free port by default.
    browser : bool, optional
        Whether to open a browser.
    sample : bool, optional
        Whether to use the samples even if a key is set.
    folder : Path, optional
        A folder of samples to use, even if a key is set, in place of the shipped ones.

    Returns
    -------
    int
        JupyterLab's exit code; 0 if it was interrupted.

    Raises
    ------
    DemoError
        If JupyterLab is not installed, or the notebook does not exist.
    """
    if find_spec("jupyterlab") is None:
        raise DemoError(
            "JupyterLab is not installed here.",
            f"The demonstration runs JupyterLab with {sys.executable}.",
            f"Install it, then try again: `{sys.executable} -m pip install 'jupyterlab>=4.4'`.",
        )
    if notebook is not None and not os.path.isfile(notebook):  # noqa: PTH113 (never raises)
        raise DemoError(
            f"There is no notebook {str(notebook)!r}.",
            "",
            "Check the path, or leave it out for a scratch notebook.",
        )
    answers = source(os.environ, sample=sample or folder is not None)
    library = samples() if folder is None else lessons(folder)
    with ExitStack() as stack:
        environment = beside_proxies(os.environ)
        if answers == "samples":
            server = stack.enter_context(LocalServer(library=library))
            environment["PERPLEXITY_BASE_URL"] = server.base_url
            for name in _KEYS:  # the samples need no key, so JupyterLab gets none
                environment.pop(name, None)
        if notebook is None:
            place = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            notebook = _scratch(place, library.questions[0])
        say(_SAYING[answers])
        say("Starting JupyterLab. Press Ctrl-C to stop it.")
        command = [sys.executable, "-m", "jupyterlab", "--ServerApp.ip=127.0.0.1"]
        # Its log would hide our lines. It prints an address of its own only if it made the token.
        command += ["--ServerApp.log_level=ERROR", "--LabApp.log_level=ERROR"]
        environment.setdefault("JUPYTER_TOKEN", secrets.token_hex(24))
        # Without these it asks about news, and asks the network for newer versions.
        command += ["--LabApp.news_url=None"]
        command += ["--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"]
        # Ctrl-C reaches JupyterLab too, which would otherwise ask for confirmation.
        command += ["--ServerApp.answer_yes=True"]
        # Containers often have only the user root. JupyterLab listens on loopback, with a token.
        command += ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
        command += [f"--port={port}"] if port else []
        command += [] if browser else ["--no-browser"]
        notebook = notebook.resolve()
        page = f"lab/tree/{quote(notebook.name)}"
        # Every address of the server then opens the notebook as well.
        command += [f"--LabApp.default_url=/{page}", str(notebook)]
        servers = _Servers(notebook.parent)

        def ready() -> bool:
            if address := servers.address(page):
                say(f"JupyterLab is ready: {address}")
            return bool(address)

        return _child(command, environment, ready)


def check() -> list[Check]:
    """Ask the first sample's question through the public API, without JupyterLab, and check the answer.

    This changes the settings of the process, so call it in a process of its own.
    """
    from ..api.ask import ask  # noqa: PLC0415 (anywidget is needed only here)

    os.environ.update(beside_proxies(os.environ))
    try:
        count = len(samples().exchanges)
        with LocalServer(speed=0) as server:
            configure(base_url=server.base_url)
            answer = ask(samples().questions[0])
            answer.wait(30)
    except (PplxError, TimeoutError) as error:
        return [bundle(), Check("answer", "fail", str(error), "")]
    level: Literal["ok", "fail"] = "ok" if count >= _FEWEST_SAMPLES else "fail"
    return [
        bundle(),
        Check("samples", level, f"{count} of at least {_FEWEST_SAMPLES}"),
        _judge(answer),
    ]


def _judge(answer: Any) -> Check:
    found = (
        f"{answer.status.value}, {len(answer.text)} characters, {len(answer.sources)} sources, "
        f"{len(answer.citations)} cited"
    )
    whole = answer.status == "complete" and answer.text and answer.sources and answer.citations
    if whole:
        return Check("answer", "ok", found)
    incomplete = "The answer is incomplete, or has no text, sources or citations."
    return Check("answer", "fail", found, str(answer.error or incomplete))


@contextmanager
def _terminated_as_interrupted() -> Iterator[None]:
    """Treat SIGTERM like Ctrl-C, so that JupyterLab does not keep running."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _interrupts_held_back() -> Iterator[None]:
    """Raise an interrupt only at the end of the block: within `Popen` it would lose the child."""
    came: list[int] = []
    names = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(name, lambda number, _: came.append(number)) for name in names]
    try:
        yield
    finally:
        for name, handler in zip(names, before, strict=True):
            signal.signal(name, handler)
    if came:
        raise KeyboardInterrupt


class _Servers:
    """The files in which Jupyter servers describe themselves, to find the one of our child.

    They are named by process, which on Windows is not the one that we start.
    """

    def __init__(self, folder: Path) -> None:
        from jupyter_core.paths import jupyter_runtime_dir  # noqa: PLC0415 (comes with JupyterLab)

        self._runtime = Path(jupyter_runtime_dir())
        self._folder = folder
        self._seen = set(self._files())

    def _files(self) -> list[Path]:
        return [*self._runtime.glob("jpserver-*.json")]

    def address(self, page: str) -> str:
        """Return the address of a page of a new server in the folder; empty if there is none yet."""
        for path in self._files():
            if path in self._seen:
                continue
            try:
                server = json.loads(path.read_text(encoding="utf-8"))
                if not self._folder.samefile(server["root_dir"]):
                    continue
                token = f"?token={quote(server['token'])}" if server["token"] else ""
                return f"{server['url']}{page}{token}"
            except (OSError, ValueError, KeyError):  # not complete yet
                continue
        return ""


def _child(
    command: list[str], environment: Mapping[str, str], ready: Callable[[], bool] = lambda: True
) -> int:
    """Run a command to its end; ``ready`` is called until it returns True."""
    child: subprocess.Popen[bytes] | None = None
    with _terminated_as_interrupted():
        try:
            with _interrupts_held_back():
                child = subprocess.Popen(command, env=environment)  # noqa: S603 (no shell, a fixed command)
            while not ready():
                with suppress(subprocess.TimeoutExpired):
                    return child.wait(_LOOK)
            return child.wait()
        except KeyboardInterrupt:
            return 0
        finally:
            if child is not None:
                _end(child)


def _end(child: subprocess.Popen[bytes]) -> None:
    if child.poll() is not None:
        return
    child.terminate()
    try:
        child.wait(_PATIENCE)
    except (subprocess.TimeoutExpired, KeyboardInterrupt):  # a second Ctrl-C does not wait
        child.kill()
        child.wait()


def _scratch(folder: Path, question: str) -> Path:
    lines = [
        "import pplx_widget as pplx\n",
        "\n",
        f"pplx.ask({question!r})",
    ]
    cell = {"cell_type": "code", "id": "ask", "metadata": {}, "outputs": [], "source": lines}
    notebook = {
        "cells": [{**cell, "execution_count": None}],
        "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    path = folder / "scratch.ipynb"
    path.write_text(json.dumps(notebook), encoding="utf-8")
    return path
