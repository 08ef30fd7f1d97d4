"""Every example in a docstring of the package runs, against the samples on this machine."""

from __future__ import annotations

import doctest
import importlib
import json
import pathlib
import pkgutil
from collections.abc import Iterator
from concurrent.futures import wait

import pytest

import pplx_widget as pplx
from pplx_widget.core.runtime import runtime
from pplx_widget.document.record import KEY, to_record
from pplx_widget.server.server import LocalServer

# An example need not repeat the whole text of an answer.
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def examples() -> Iterator[doctest.DocTest]:
    finder = doctest.DocTestFinder(exclude_empty=True)
    for module in pkgutil.walk_packages(pplx.__path__, "pplx_widget."):
        if not module.name.endswith("__main__"):
            yield from finder.find(importlib.import_module(module.name))
    yield from finder.find(pplx)


EXAMPLES = {test.name: test for test in examples() if test.examples}


@pytest.fixture(scope="module")
def samples() -> Iterator[LocalServer]:
    with LocalServer(speed=0) as running:
        yield running


@pytest.fixture(scope="module")
def files(samples: LocalServer, tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """Return a folder with a recording and a notebook for the examples."""
    folder = tmp_path_factory.mktemp("examples")
    pplx.configure(base_url=samples.base_url)
    with pplx.record(folder / "talk.jsonl") as recorder:
        pplx.complete("What is HTTP/3?")
        recorder.wait()
    answer = pplx.complete("Explain the CAP theorem with an example")
    saved = to_record(answer.question, answer._session.state)
    output = {"output_type": "display_data", "data": {}, "metadata": {KEY: saved}}
    cell = {"cell_type": "code", "source": [], "metadata": {}, "outputs": [output]}
    (folder / "research.ipynb").write_text(json.dumps({"cells": [cell], "nbformat": 4}))
    return folder


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example(
    name: str,
    samples: LocalServer,
    files: pathlib.Path,
    clean_settings: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(files)
    pplx.configure(base_url=samples.base_url)
    said: list[str] = []
    result = doctest.DocTestRunner(optionflags=FLAGS).run(EXAMPLES[name], out=said.append)
    assert not result.failed, "".join(said)
    assert not wait(runtime()._tasks, 60).not_done, "an answer is left under way"


def test_no_example_is_left_out() -> None:
    skipped = {
        name
        for name, test in EXAMPLES.items()
        for example in test.examples
        if doctest.SKIP in example.options
    }
    assert not skipped
    assert {"pplx_widget", "pplx_widget.api.ask.ask", "pplx_widget.api.stream.stream"} <= set(
        EXAMPLES
    )
