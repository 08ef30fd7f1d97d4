"""`pplx-widget demo`: a JupyterLab without key or network, and the check of an installation."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias
from urllib.parse import quote

from ..config import configure
from ..core.errors import PplxError
from ..server.library import samples
from ..server.server import LocalServer
from .doctor import Check, bundle

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

Source: TypeAlias = Literal["samples", "service", "elsewhere"]
"""Who answers: the samples, the real API, or what ``PERPLEXITY_BASE_URL`` names already."""

_KEYS = ("PERPLEXITY_API_KEY", "PPLX_API_KEY")
_LOOPBACK = "127.0.0.1,localhost"
_PATIENCE = 10.0  # seconds for JupyterLab to end its kernels
_FEWEST_SAMPLES = 8

_SAYING: dict[Source, str] = {
    "samples": (
        "Answers are scripted samples that come with the package: no key is needed, no network, "
        "and nothing is billed."
    ),
    # The figures of the recordings that this package was made from: 0.001 (fast), 0.004 (low).
    "service": (
        "An API key is set, so questions go to the real API and are billed to your account: in "
        "recordings of late 2026 about $0.001 (fast) to $0.004 (low) a question; longer answers "
        "and the higher efforts cost more. `--sample` asks the free samples."
    ),
    "elsewhere": (
        "PERPLEXITY_BASE_URL is set, so questions go there, and it may charge for them. `--sample` "
        "asks the free samples."
    ),
}


class DemoError(PplxError):
    """The demonstration cannot start."""

    kind = "demo"


def source(environment: Mapping[str, str], *, sample: bool) -> Source:
    """Return who answers in a demonstration.

    Parameters
    ----------
    environment : mapping
        The environment variables.
    sample : bool
        Whether the samples were asked for, whatever is set.
    """
    if sample:
        return "samples"
    if environment.get("PERPLEXITY_BASE_URL", "").strip():
        return "elsewhere"
    return "service" if any(environment.get(k, "").strip() for k in _KEYS) else "samples"


def beside_proxies(environment: Mapping[str, str]) -> dict[str, str]:
    """Return an environment in which no proxy stands before this machine's own addresses."""
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
) -> int:
    """Run JupyterLab until it ends or is interrupted.

    Parameters
    ----------
    notebook : Path or None
        What to open; None opens a scratch notebook, which is thrown away at the end.
    say : callable
        Shows a line to the person.
    port : int, optional
        JupyterLab's port; by default one that is free.
    browser : bool, optional
        Whether to open a browser.
    sample : bool, optional
        Whether to use the samples even where a key is set.

    Returns
    -------
    int
        JupyterLab's exit code; 0 where it was interrupted.

    Raises
    ------
    DemoError
        If JupyterLab is not installed, or there is no such notebook.
    """
    if find_spec("jupyterlab") is None:
        raise DemoError(
            "JupyterLab is not installed here.",
            f"The demonstration runs it with {sys.executable}.",
            f"`{sys.executable} -m pip install 'jupyterlab>=4.4'`, then again.",
        )
    if notebook is not None and not notebook.is_file():
        raise DemoError(
            f"There is no notebook {str(notebook)!r}.",
            "",
            "Check the path, or leave it out for a scratch notebook.",
        )
    answers = source(os.environ, sample=sample)
    with ExitStack() as stack:
        environment = beside_proxies(os.environ)
        if answers == "samples":
            server = stack.enter_context(LocalServer())
            environment["PERPLEXITY_BASE_URL"] = server.base_url
            for name in _KEYS:  # not needed, so not handed on
                environment.pop(name, None)
        if notebook is None:
            notebook = _scratch(Path(stack.enter_context(tempfile.TemporaryDirectory())))
        say(_SAYING[answers])
        say("Starting JupyterLab; Ctrl-C ends it.")
        command = [sys.executable, "-m", "jupyterlab", "--ServerApp.ip=127.0.0.1"]
        # Ctrl-C reaches JupyterLab too, which would then ask whether it was meant.
        command += ["--ServerApp.answer_yes=True"]
        # Containers often have no other user; it listens on loopback and asks for its token.
        command += ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
        command += [f"--port={port}"] if port else []
        command += [] if browser else ["--no-browser"]
        notebook = notebook.resolve()
        # So that the address that is printed leads to the notebook, too.
        command += [f"--LabApp.default_url=/lab/tree/{quote(notebook.name)}"]
        return _child([*command, str(notebook)], environment)


def check() -> list[Check]:
    """Ask the first sample through the public API, without JupyterLab, and look at what came.

    The settings of this process are changed: this is for a process of its own.
    """
    from ..api.ask import ask  # noqa: PLC0415 (anywidget and its widgets: only needed here)

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
    return Check("answer", "fail", found, str(answer.error or "The answer is not whole."))


@contextmanager
def _terminated_as_interrupted() -> Iterator[None]:
    """Let SIGTERM end this process the way Ctrl-C does, so that JupyterLab is not left behind."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _child(command: list[str], environment: Mapping[str, str]) -> int:
    with _terminated_as_interrupted():
        child = subprocess.Popen(command, env=environment)  # noqa: S603 (no shell, our own words)
        try:
            return child.wait()
        except KeyboardInterrupt:
            return 0
        finally:
            _end(child)


def _end(child: subprocess.Popen[bytes]) -> None:
    if child.poll() is not None:
        return
    child.terminate()
    try:
        child.wait(_PATIENCE)
    except (subprocess.TimeoutExpired, KeyboardInterrupt):  # Ctrl-C again: at once
        child.kill()
        child.wait()


def _scratch(folder: Path) -> Path:
    lines = [
        "import pplx_widget as pplx\n",
        "\n",
        f"pplx.ask({samples().questions[0]!r})",
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
