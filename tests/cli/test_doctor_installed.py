"""The doctor's checks of the environment: Python, packages, the bundle, ipykernel."""

from __future__ import annotations

import sys
import tomllib
from importlib import metadata

import pytest

from pplx_widget.cli import doctor
from pplx_widget.cli.doctor import installed

from ..support.paths import ROOT

pytestmark = pytest.mark.usefixtures("no_certificates")


def test_the_supported_versions_are_those_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = {
        name: least + (f",<{below}" if below else "")
        for name, (least, below) in installed.SUPPORTED.items()
    }
    assert dict(d.split(">=") for d in project["dependencies"]) == wanted
    assert project["requires-python"] == ">=" + ".".join(map(str, installed.PYTHON))


def test_this_python_and_an_old_one(monkeypatch: pytest.MonkeyPatch) -> None:
    assert installed.python().level == "ok"
    monkeypatch.setattr(installed, "PYTHON", (99, 0))
    assert installed.python().level == "fail"
    assert "99.0 or later" in installed.python().advice


@pytest.mark.parametrize(
    ("version", "level"),
    [
        ("1.109.1", "fail"),
        ("2.0", "ok"),
        ("2.0.0rc1", "ok"),
        ("3.54.0", "ok"),
        ("4.0.0", "fail"),
        (None, "fail"),
    ],
)
def test_package_ranges(monkeypatch: pytest.MonkeyPatch, version: str | None, level: str) -> None:
    def installed_version(name: str) -> str:
        if name == "openai" and version is None:
            raise metadata.PackageNotFoundError
        return version if name == "openai" and version else "99"

    monkeypatch.setattr(metadata, "version", installed_version)
    checks = {c.name: c for c in installed.packages()}
    assert checks["openai"].level == level
    if level == "fail":
        assert checks["openai"].advice == f"{sys.executable} -m pip install 'openai>=2.0,<4'"


def test_a_bundle_that_was_not_built(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installed, "_BUNDLE", ("nothing.js",))
    assert doctor.bundle().level == "fail"
    assert "missing: nothing.js" in doctor.bundle().found


@pytest.mark.parametrize(
    ("version", "level", "said"),
    [
        ("7.4.0", "ok", "Stop works while a cell runs"),
        ("7.3.0", "warn", "stops receiving messages"),
        ("6.31.0", "warn", "Stop waits for a running cell"),
        ("7.0.0", "fail", "cannot be updated from a thread"),
        (None, "warn", "not installed here"),
    ],
)
def test_what_the_kernel_means_for_stop(
    monkeypatch: pytest.MonkeyPatch, version: str | None, level: str, said: str
) -> None:
    monkeypatch.setattr(installed, "_version", lambda _: version)
    found = installed.kernel()
    assert (found.level, said in found.found) == (level, True)
