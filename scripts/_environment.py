"""The checkout's own Python environment: `.venv`, created once and kept in step with pyproject.toml.

A script calls `enter` first. Outside the environment, `enter` creates it and starts the script again
inside. Inside, it installs missing packages and returns. `beside` makes another environment for
packages that conflict with these. This file uses the standard library only, and syntax that
Python 3.8 can parse, because it tells users of an old Python to get a newer one.
"""

from __future__ import annotations

import hashlib
import importlib
import os
import shutil
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, NoReturn

import _node

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ROOT = _node.ROOT
CACHE = ROOT / ".cache"
VENV = ROOT / ".venv"
FOLDER = "Scripts" if os.name == "nt" else "bin"
PROGRAMS = VENV / FOLDER
# Written last. An environment without it is incomplete, and is created again.
STAMP = VENV / "installed"
# The files that determine the packages, and the installed metadata.
DEPENDS_ON = ("pyproject.toml", "hatch_build.py", "pplx_widget/_version.py")

NO_PYTHON = """\
This needs Python 3.11 or newer; {running} runs it, and there is no newer one on PATH.
Get one from https://www.python.org/downloads/ or your system's packages."""

NO_VENV = """\
No environment could be created in {venv}: see the error above.
On Debian and Ubuntu: apt install python3-venv, then run this again."""

NOT_INSTALLED = """\
pip could not install the packages: see the error above.
If pip could not reach the package index: behind a proxy set HTTPS_PROXY; behind a private
certificate authority set PIP_CERT to its PEM file; for a mirror set PIP_INDEX_URL.
If the environment itself is broken: remove {venv} and run this again."""


class ScriptError(Exception):
    """A problem that the user has to solve. The message says what to try."""


def run(main: Callable[[], int | None]) -> NoReturn:
    """Run a script's `main`. A failure prints its message, and Ctrl-C exits without a traceback."""
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)
    except (ScriptError, _node.NodeError) as problem:
        sys.exit(f"\n{problem}")


def say(message: str) -> None:
    """Print and flush, so that the message precedes the output of the next program."""
    print(message, flush=True)


def enter(extra: str) -> None:
    """Return inside the environment, with the project, ``extra`` and the page's bundle installed."""
    if not (VENV.exists() and VENV.samefile(sys.prefix)):
        python = PROGRAMS / "python"
        if not (STAMP.exists() and shutil.which(str(python))):
            _create(VENV)
        hand_over([str(python), *sys.argv])
    _install(extra)
    if _node.stale():
        _node.build()


def beside(name: str, *requirements: str) -> Path:
    """Return the folder of programs of another environment, in .cache, with ``requirements`` only."""
    venv = CACHE / name
    stamp = venv / STAMP.name
    wanted = " ".join([sys.version, str(venv), *requirements])
    if not (stamp.exists() and stamp.read_text() == wanted):
        _create(venv)
        _pip_install(*requirements, venv=venv)
        stamp.write_text(wanted)
    return venv / FOLDER


def hand_over(command: list[str]) -> NoReturn:
    """Replace this process by ``command``."""
    sys.stdout.flush()
    if os.name == "posix":
        os.execv(command[0], command)
    # On Windows the shell would not wait for an exec. Ctrl-C is for the program, not for this one.
    signal.signal(signal.SIGINT, lambda *_: None)
    sys.exit(subprocess.call(command))


def _create(venv: Path) -> None:
    python = _new_enough()
    say(f"creating an environment in {venv.relative_to(ROOT)}")
    if _succeeds([python, "-m", "venv", "--clear", str(venv)]):
        return
    # Debian has a separate package for venv. virtualenv needs none, and pip can install it into a
    # folder even if it must not change the system's Python (PEP 668).
    say("that Python cannot create one: trying virtualenv")
    folder = CACHE / "virtualenv"
    made = _succeeds(
        [python, "-m", "pip", "install", "--quiet", "--target", str(folder), "virtualenv"]
    ) and _succeeds(
        [python, "-m", "virtualenv", "--quiet", "--clear", str(venv)], PYTHONPATH=str(folder)
    )
    if not made:
        raise ScriptError(NO_VENV.format(venv=venv))


def _new_enough() -> str:
    oldest = (3, 11)
    if sys.version_info >= oldest:
        return sys.executable
    for name in ("python3.13", "python3.12", "python3.11", "python3.14"):
        found = shutil.which(name)
        # A version manager puts a name on PATH for each Python that it knows, active or not.
        if (
            found
            and not subprocess.run([found, "-c", ""], capture_output=True, check=False).returncode
        ):
            return found
    raise ScriptError(NO_PYTHON.format(running=sys.executable))


def _install(extra: str) -> None:
    hashes = hashlib.sha256(str(ROOT).encode())
    for name in DEPENDS_ON:
        hashes.update((ROOT / name).read_bytes())
    digest = hashes.hexdigest()
    before, *extras = STAMP.read_text().split() if STAMP.exists() else [""]
    node = [] if _node.find() else [_node.WHEEL]
    if before == digest and extra in extras and not node:
        return
    say(f"installing pplx_widget[{extra}] into {VENV.name} (a minute or two the first time)")
    STAMP.unlink(missing_ok=True)
    # Node and the bundle first, so that the build hook has nothing to do.
    if node:
        _pip_install(*node)
        _node.build()
    extras = sorted({extra, *extras})
    _pip_install("--editable", f".[{','.join(extras)}]")
    STAMP.write_text(" ".join([digest, *extras]))


def _pip_install(*requirements: str, venv: Path = VENV) -> None:
    python = str(venv / FOLDER / "python")
    # Quiet: its hundreds of lines would hide ours. It still prints errors.
    command = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    if subprocess.run([*command, *requirements], cwd=ROOT, check=False).returncode:
        raise ScriptError(NOT_INSTALLED.format(venv=venv))
    # This process will import the packages just installed.
    importlib.invalidate_caches()


def _succeeds(command: list[str], **variables: str) -> bool:
    return subprocess.run(command, env={**os.environ, **variables}, check=False).returncode == 0
