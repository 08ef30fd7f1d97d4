"""Every code block of the README and of the pages in `docs` runs, against the samples on this machine.

The Python blocks and the magics of a page run in order, in one IPython shell, at a reader's pace: a
statement begins when the answers before it are over. Each block begins with the settings of a fresh
kernel. Commands are checked with the parsers of the programs that they name, and
those of `pplx-widget` that ask, search, export or make a sample are run. A block of Markdown is the file
`lesson.md`.
"""

from __future__ import annotations

import ast
import getpass
import io
import json
import pathlib
import re
import sys
import tomllib
from collections.abc import Callable, Iterator
from concurrent.futures import wait
from typing import Any

import pandas as pd
import pytest
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

import pplx_widget as pplx
from pplx_widget import config
from pplx_widget.cli import main as cli
from pplx_widget.core.runtime import runtime
from pplx_widget.document.record import KEY, to_record
from pplx_widget.server.server import LocalServer

from .conftest import SETTINGS
from .support import byte_server
from .support.byte_server import HEAD, ByteServer, sending
from .support.doc_blocks import PAGES, Block, blocks, commands, read
from .support.paths import ROOT

# Other servers on this machine that a page asks: a local server that speaks chat completions answers.
CHAT_SERVERS = ("http://127.0.0.1:11434/v1",)

# Programs of others, which are not run here.
OTHERS = {"git", "jq", "keyring", "npx", "cd", ".venv/bin/ruff"}

# Seconds that a statement waits at most for answers; one of a paused replay never comes.
PAUSE = 3.0

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 16

BLOCKS = [block for page in PAGES for block in blocks(page)]
RUN = {"python", "ipython", "sh", "markdown"}


@pytest.fixture(scope="module")
def samples() -> Iterator[LocalServer]:
    with LocalServer(speed=0) as running:
        yield running


@pytest.fixture(scope="module")
def chat_server() -> Iterator[ByteServer]:
    text = byte_server.text("chat", "Blue light is scattered most.")
    with sending(HEAD + byte_server.opening("chat") + text + byte_server.end("chat")) as running:
        yield running


@pytest.fixture
def folder(
    samples: LocalServer, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> pathlib.Path:
    """Enter a folder with the files that the pages name."""
    pplx.configure(base_url=samples.base_url)
    with pplx.record(tmp_path / "talk.jsonl") as recorder:
        answer = pplx.complete("What is HTTP/3?")
        recorder.wait()
    saved = to_record(answer.question, answer._session.state)
    output = {"output_type": "display_data", "data": {}, "metadata": {KEY: saved}}
    cell = {"cell_type": "code", "source": [], "metadata": {}, "outputs": [output]}
    (tmp_path / "notebook.ipynb").write_text(json.dumps({"cells": [cell], "nbformat": 4}))
    (tmp_path / "chart.png").write_bytes(PNG)
    for name in ("library_visits.csv", "turbines.jsonl"):
        (tmp_path / name).write_bytes((ROOT / "notebooks" / name).read_bytes())
    lesson = ROOT / "docs" / "guides" / "blue-sky.markdown"
    (tmp_path / "lesson.md").write_bytes(lesson.read_bytes())
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(getpass, "getpass", lambda: "pplx-0123456789abcdefghijklmnop")
    return tmp_path


@pytest.fixture
def shell(folder: pathlib.Path) -> Iterator[Any]:
    """Return a shell with the names that a page may use without making them."""
    made = InteractiveShell(config=Config({"HistoryManager": {"enabled": False}}))
    frame = pd.DataFrame({"name": ["Ada", "Bo"], "city": ["Oslo", "Bergen"], "rain": [1.5, 7]})
    names = {"pplx": pplx, "df": frame, "country": "Norway"}
    names["first"], names["second"] = map(pplx.complete, ("What is HTTP/3?", "What is QUIC?"))
    made.push(names)
    yield made
    made.history_manager.end_session()


Runner = Callable[[list[Block]], None]


@pytest.fixture
def run(
    folder: pathlib.Path,
    shell: Any,
    samples: LocalServer,
    chat_server: ByteServer,
    monkeypatch: pytest.MonkeyPatch,
) -> Runner:
    """Return a function that runs the blocks of a page in order."""

    def run_blocks(found: list[Block]) -> None:
        for block in found:
            monkeypatch.setattr(SETTINGS, "_settings", config.Settings())
            pplx.configure(base_url=samples.base_url)
            code = block.code
            for address in CHAT_SERVERS:
                code = code.replace(address, chat_server.base_url)
            if block.kind == "markdown":
                (folder / "lesson.md").write_text(code, "utf-8")
            elif block.kind == "sh":
                for pipe in commands(code):
                    run_pipe(pipe, monkeypatch)
            else:
                for cell in cells(code, block.kind):
                    result = shell.run_cell(cell)
                    if error := result.error_before_exec or result.error_in_exec:
                        raise AssertionError(f"{block.name}: {error!r}") from error
                    wait(runtime()._tasks, PAUSE)
        assert not wait(runtime()._tasks, 60).not_done, "an answer is left under way"
        for name, value in shell.user_ns.items():
            if isinstance(value, pplx.Answer):
                assert value.status in {"complete", "stopped"}, (name, value.error)

    return run_blocks


def cells(code: str, kind: str) -> list[str]:
    """Return a block as cells: a statement each, or a magic each."""
    if kind == "ipython":
        return [code] if code.startswith("%%") else code.splitlines()
    try:
        statements = ast.parse(code).body
    except SyntaxError:
        return [code]  # the shell reports the error
    return [ast.get_source_segment(code, statement) or "" for statement in statements]


def run_pipe(pipe: list[list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    """Check each command of a line; run what asks or exports, and give its output to the next."""
    said = "A change in a file."
    for words in pipe:
        program, *arguments = words
        if program == "pplx-widget":
            said = command(arguments, said, monkeypatch)
        elif program == "pip":
            installable(arguments)
        elif program in {"python", "python3"}:
            assert_program(arguments)
        elif program.startswith("scripts/"):
            assert_script(program, arguments)
        elif program == "export":
            assert re.fullmatch(r"[A-Z_]+=\S+", arguments[0])
        elif program == "jq":
            json.loads(said)
        else:
            assert program in {*OTHERS, "pre-commit"}, f"an unknown program: {program}"


def command(arguments: list[str], said: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Parse a command of ours; run it if it comes to an end by itself and return what it prints."""
    name = arguments[0]
    if name == "export" and len(arguments) == 1:
        return ""  # a line that lists the commands
    if name == "ask" and len(arguments) == 1:
        return ""
    options = cli._parser().parse_args(arguments)
    if name == "serve" and options.recording:
        assert pathlib.Path(options.recording.name).exists(), "no such recording"
    if name in {"serve", "demo"} and options.samples:
        assert list(options.samples.glob("*.jsonl")), "no such samples"
    if name not in {"ask", "export", "sample", "search"}:
        assert name in {"serve", "demo", "doctor"}
        return ""
    printed = io.StringIO()
    with monkeypatch.context() as patched:
        patched.setattr(sys, "stdin", io.StringIO(said))
        patched.setattr(sys, "stdout", printed)
        assert cli.main(arguments) == 0, arguments
    return printed.getvalue()


def installable(arguments: list[str]) -> None:
    """Check that pip would install a dependency, or the checkout with extras that it has."""
    assert arguments[0] == "install"
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    required = " ".join([*project["dependencies"], *(r for e in extras.values() for r in e)])
    for wanted in arguments[1:]:
        if named := re.fullmatch(r"\.\[([\w,]+)\]", wanted):
            assert set(named[1].split(",")) <= extras.keys(), wanted
        else:
            assert re.search(rf"(?:^| ){re.escape(wanted)}\b", required), wanted


def assert_program(arguments: list[str]) -> None:
    """Check that a script or a module of the checkout is there."""
    if arguments[0] == "-m":
        assert (ROOT / f"{arguments[1].replace('.', '/')}.py").is_file(), arguments
    else:
        assert (ROOT / arguments[0]).is_file(), arguments


def assert_script(program: str, arguments: list[str]) -> None:
    path = ROOT / program
    assert path.is_file(), program
    if program == "scripts/test":
        steps = re.findall(r'^    "(\w+)": \w+,$', path.read_text("utf-8"), re.MULTILINE)
        named = arguments[: arguments.index("--") if "--" in arguments else None]
        assert {name for name in named if not name.startswith("-")} <= {*steps, "quick", "NAME"}


# ---- the pages --------------------------------------------------------------------------------------

WITH_BLOCKS = sorted({block.page for block in BLOCKS if block.kind in RUN and not block.reason})


@pytest.mark.parametrize("page", WITH_BLOCKS)
def test_the_blocks_of_a_page_run(page: str, run: Runner) -> None:
    run([b for b in BLOCKS if b.page == page and b.kind in RUN and not b.reason])


def test_few_blocks_are_not_run_and_each_has_a_reason() -> None:
    not_run = {block.name: block.reason for block in BLOCKS if block.reason}
    assert len(not_run) <= 6, not_run
    unknown = [b.name for b in BLOCKS if b.kind not in RUN | {"text"} and not b.reason]
    assert not [name for name in unknown if not name.startswith("docs/design")], unknown


# ---- the test itself --------------------------------------------------------------------------------

WRONG = {
    "an option": '```python\npplx.ask("What is HTTP/3?", efort="low")\n```',
    "a name": "```python\nanswer.txt\n```",
    "a value": '```python\nassert pplx.complete("What is HTTP/3?").status == "failed"\n```',
    "an answer": '```python\nfound = pplx.ask("Why?", provider=pplx.Replay("talk.jsonl"))\n```',
    "syntax": "```python\npplx.ask(\n```",
    "a magic": "```\n%load_ext pplx_widget\n```\n\n```\n%%ask --efort low\nWhy?\n```",
    "a variable": "```\n%load_ext pplx_widget\n```\n\n```\n%ask What is {missing}?\n```",
    "a flag": "```sh\npplx-widget serve --fault nothing\n```",
    "a file": "```sh\npplx-widget export missing.ipynb\n```",
    "a recording": "```sh\npplx-widget serve missing.jsonl\n```",
    "an extra": '```sh\npip install ".[data,nothing]"\n```',
    "a package": "```sh\npip install nothing-that-is-here\n```",
    "a script": "```sh\nscripts/missing\n```",
    "a step": "```sh\nscripts/test nothing\n```",
    "a module": "```sh\npython -m benchmarks.missing\n```",
    "a program": "```sh\nwhatever\n```",
    "no JSON": '```sh\npplx-widget ask "What is HTTP/3?" | jq .\n```',
}


@pytest.mark.parametrize("text", WRONG.values(), ids=WRONG.keys())
def test_a_wrong_block_fails(text: str, run: Runner) -> None:
    with pytest.raises((AssertionError, SystemExit, ValueError)):
        run(list(read(text, "page.md")))


def test_a_block_that_is_not_run_says_why() -> None:
    text = "<!-- not run: a file of nginx -->\n```nginx\nmap;\n```\n\n```python\n1\n```"
    marked, other = read(text, "page.md")
    assert (marked.kind, marked.reason) == ("nginx", "a file of nginx")
    assert (other.kind, other.reason, other.line) == ("python", "", 6)
