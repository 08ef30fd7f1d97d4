"""The checkout's own Python environment: `.venv`, made once and kept in step with pyproject.toml.

A script calls `enter` before anything else. Outside the environment that makes it and starts the
script again inside; inside it installs what is missing and returns. What cannot live in there gets
an environment `beside` it. Standard library only, and nothing here that Python 3.8 would not parse:
it is this file that tells people to get a newer one.
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
# Written last: an environment without it was cut short, and is made again.
STAMP = VENV / "installed"
# What decides which packages belong in it, and what the installed metadata says.
DEPENDS_ON = ("pyproject.toml", "hatch_build.py", "pplx_widget/_version.py")

NO_PYTHON = """\
This needs Python 3.11 or newer; {running} runs it, and there is no newer one on PATH.
Get one from https://www.python.org/downloads/ or your system's packages."""

NO_VENV = """\
No environment could be made in {venv}: its own words are above.
On Debian and Ubuntu: apt install python3-venv, then run this again."""

NOT_INSTALLED = """\
pip could not install what this needs: its own words are above.
If it could not reach the package index: behind a proxy set HTTPS_PROXY; behind a private
certificate authority set PIP_CERT to its PEM file; for a mirror set PIP_INDEX_URL.
If the environment itself looks broken: remove {venv} and run this again."""


class ScriptError(Exception):
    """Something a person has to see to. The message says what to try."""


def run(main: Callable[[], int | None]) -> NoReturn:
    """Run a script's `main`: a failure is its message, and Ctrl-C ends without a traceback."""
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)
    except (ScriptError, _node.NodeError) as problem:
        sys.exit(f"\n{problem}")


def say(message: str) -> None:
    """Print at once, so that it stands before what a program started next prints."""
    print(message, flush=True)


def enter(extra: str) -> None:
    """Return inside the environment, with the project, ``extra`` and the page's bundle in place."""
    if not (VENV.exists() and VENV.samefile(sys.prefix)):
        python = PROGRAMS / "python"
        if not (STAMP.exists() and shutil.which(str(python))):
            _create(VENV)
        hand_over([str(python), *sys.argv])
    _install(extra)
    if _node.stale():
        _node.build()


def beside(name: str, *requirements: str) -> Path:
    """Return the programs of one more environment, in .cache, that has ``requirements`` alone."""
    venv = CACHE / name
    stamp = venv / STAMP.name
    wanted = " ".join([sys.version, str(venv), *requirements])
    if not (stamp.exists() and stamp.read_text() == wanted):
        _create(venv)
        _pip_install(*requirements, venv=venv)
        stamp.write_text(wanted)
    return venv / FOLDER


def hand_over(command: list[str]) -> NoReturn:
    """Become ``command``."""
    sys.stdout.flush()
    if os.name == "posix":
        os.execv(command[0], command)
    # Windows has no exec that the shell would wait for. Ctrl-C is for the program, not for us.
    signal.signal(signal.SIGINT, lambda *_: None)
    sys.exit(subprocess.call(command))


def _create(venv: Path) -> None:
    python = _new_enough()
    say(f"making an environment in {venv.relative_to(ROOT)}")
    if _succeeds([python, "-m", "venv", "--clear", str(venv)]):
        return
    # Debian keeps what venv needs in a package of its own. virtualenv brings its own, and pip puts
    # it in a folder even where it may not touch the system's Python (PEP 668).
    say("that Python cannot make one: trying virtualenv")
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
        # A version manager leaves a name on PATH for every Python that it could switch on.
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
    say(f"installing pplx_widget[{extra}] into {VENV.name} (a minute or two, the first time)")
    STAMP.unlink(missing_ok=True)
    # Node first, and the bundle with it, so that the build hook finds both done.
    if node:
        _pip_install(*node)
        _node.build()
    extras = sorted({extra, *extras})
    _pip_install("--editable", f".[{','.join(extras)}]")
    STAMP.write_text(" ".join([digest, *extras]))


def _pip_install(*requirements: str, venv: Path = VENV) -> None:
    python = str(venv / FOLDER / "python")
    command = [python, "-m", "pip", "install", "--disable-pip-version-check"]
    if subprocess.run([*command, *requirements], cwd=ROOT, check=False).returncode:
        raise ScriptError(NOT_INSTALLED.format(venv=venv))
    # This very process imports what has just been installed.
    importlib.invalidate_caches()


def _succeeds(command: list[str], **variables: str) -> bool:
    return subprocess.run(command, env={**os.environ, **variables}, check=False).returncode == 0
