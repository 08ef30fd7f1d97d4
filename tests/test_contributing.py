"""Check the instructions for contributors: commands, public names, hooks, workflows, editor settings."""

from __future__ import annotations

import configparser
import importlib.machinery
import importlib.util
import json
import re
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

import pplx_widget as pplx

from .support.paths import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
# Besides these actions, workflows only run scripts/.
ACTIONS = {
    "actions/checkout",
    "actions/setup-python",
    "actions/upload-artifact",
    "actions/download-artifact",
    "pypa/gh-action-pypi-publish",
}


def text(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def script(name: str) -> Any:
    """Import a script without a suffix."""
    path = str(ROOT / "scripts" / name)
    loader = importlib.machinery.SourceFileLoader(f"script_{name}", path)
    spec = importlib.util.spec_from_loader(loader.name, loader)
    assert spec
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


@pytest.fixture
def scripts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)


def commands() -> list[str]:
    """Return the commands of the pages, hooks and workflows that start a script."""
    pages = "\n".join(text(name) for name in ("CONTRIBUTING.md", "README.md"))
    found = re.findall(r"(?m)^(scripts/[^#\n]+)|`(scripts/[^`]+)`", pages)
    hooks = yaml.safe_load(text(".pre-commit-config.yaml"))["repos"][0]["hooks"]
    runs = [step["run"] for path in WORKFLOWS for step in steps(path) if "run" in step]
    return [
        *(first or second for first, second in found),
        *(hook["entry"] for hook in hooks),
        *(run.removeprefix("python ") for run in runs),
    ]


def steps(workflow: Path) -> list[dict[str, Any]]:
    jobs = yaml.safe_load(workflow.read_text("utf-8"))["jobs"]
    return [step for job in jobs.values() for step in job["steps"]]


def test_commands_start_a_script_and_a_step_that_there_is(scripts: None) -> None:
    known = script("test").STEPS.keys() | {"NAME"}
    asked = commands()
    assert len(asked) > 20
    for command in asked:
        words = command.partition(" -- ")[0].split()
        assert (ROOT / words[0]).is_file(), command
        if words[0] == "scripts/test":
            assert {word for word in words[1:] if not word.startswith("-")} <= known | {"quick"}, (
                command
            )


def test_the_files_that_contributors_are_led_to_are_there() -> None:
    named = re.findall(
        r"`((?:pplx_widget|tests|js|docs|\.github)/[^`\s]*)`", text("CONTRIBUTING.md")
    )
    assert len(named) > 10
    assert not [name for name in named if not (ROOT / name).exists()]


def test_the_page_of_public_names_has_them_all_with_their_first_lines() -> None:
    told = dict(re.findall(r"^\| `(\w+)` \| (.+) \|$", text("docs/api.md"), re.MULTILINE))
    assert told.keys() == set(pplx.__all__)
    assert told.pop("__version__")
    first = {name: getattr(pplx, name).__doc__.strip().splitlines()[0] for name in told}
    assert told == {name: line.replace("``", "`") for name, line in first.items()}


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_calls_scripts_alone(workflow: Path) -> None:
    for step in steps(workflow):
        if "run" in step:
            assert re.fullmatch(r"python scripts/[^;&|\n]+", step["run"])
        else:
            action, _, version = step["uses"].partition("@")
            assert action in ACTIONS
            assert re.fullmatch(r"(release/)?v\d+", version)


def test_one_job_alone_may_publish() -> None:
    publish = yaml.safe_load(text(".github/workflows/publish.yml"))
    assert publish["permissions"] == {"contents": "read"}
    jobs = publish["jobs"]
    assert jobs["publish"]["permissions"] == {"id-token": "write"}
    assert "permissions" not in jobs["build"]
    assert "run" not in {key for step in jobs["publish"]["steps"] for key in step}


def test_the_versions_that_are_tested_are_those_that_are_named() -> None:
    jobs = yaml.safe_load(text(".github/workflows/test.yml"))["jobs"]
    project = tomllib.loads(text("pyproject.toml"))["project"]
    named = {c.rpartition(" ")[2] for c in project["classifiers"] if "Python :: 3." in c}
    for job in jobs.values():
        tried = set(job["strategy"]["matrix"]["python"])
        # A tested version without a classifier may fail.
        assert tried - named == set(re.findall(r"python == '([\d.]+)'", job["continue-on-error"]))
        assert named <= tried


def test_the_editor_keeps_to_the_formatters_settings() -> None:
    settings = configparser.ConfigParser()
    settings.read_string("[top]\n" + text(".editorconfig"))
    ruff = tomllib.loads(text("pyproject.toml"))["tool"]["ruff"]
    biome = json.loads(text("js/biome.json"))["formatter"]
    python, page = settings["*.{py,ipynb}"], settings["*.{ts,mjs,js,css,json}"]
    assert python["max_line_length"] == str(ruff["line-length"])
    assert (python["indent_style"], python["indent_size"]) == ("space", "4")
    assert page["max_line_length"] == str(biome["lineWidth"])
    assert page["indent_style"] == biome["indentStyle"]
    assert page["indent_size"] == str(biome["indentWidth"])


def test_the_changelog_has_its_headings() -> None:
    unreleased = text("CHANGELOG.md").partition("## [Unreleased]")[2].partition("\n## ")[0]
    headings = re.findall(r"^### (.+)$", unreleased, re.MULTILINE)
    assert headings == ["Added", "Changed", "Fixed", "Removed", "Security"]


RELEASED = "# Changelog\n\n## [Unreleased]\n\n## [0.2.0] - 2026-12-01\n"


@pytest.mark.parametrize(
    ("tag", "version", "changelog", "said"),
    [
        ("v0.2.0", "0.2.1", RELEASED, "The tag is v0.2.0"),
        ("0.2.0", "0.2.0", RELEASED, "The tag is 0.2.0"),
        ("v0.2.0", "0.2.0", RELEASED.replace(" - 2026-12-01", ""), "no heading"),
        ("v0.2.0", "0.2.0", RELEASED.replace("0.2.0", "0x2.0"), "no heading"),
        ("v0.2.0", "0.2.0", RELEASED, None),
    ],
)
def test_a_release_has_one_version(
    scripts: None, tag: str, version: str, changelog: str, said: str | None
) -> None:
    release = script("release")
    file = f'"""The version."""\n\n__version__ = "{version}"\n'
    if said is None:
        release.check(tag, file, changelog)
    else:
        with pytest.raises(release.ScriptError, match=said):
            release.check(tag, file, changelog)
