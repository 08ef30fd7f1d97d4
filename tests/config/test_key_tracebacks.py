"""IPython shows the failed line of the cell, which may hold a typed key: our errors hide the key."""

from __future__ import annotations

import atexit
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

import pplx_widget as pplx
from pplx_widget.cli import main
from pplx_widget.core.tracebacks import up_to_us

from ..support.kernel import Kernel
from ..support.wire_server import WireServer

KEY = "pplx-Zq7correcthorsebattery00staple11"
KEYS = [
    KEY,
    "class-of-november",
    "secret",
    "1234",
    "k",
    "p@ss/w0rd+",
    'a"b\\c',
    "pplx-ab…",
    "two words",
    "é",
]
MODES = ["Plain", "Context", "Verbose", "Minimal"]

CELLS = {
    "an option that there is not": "pplx.configure(api_key={key!r}, nope=1)",
    "many lines": """
pplx.configure(
    effort="low",
    api_key=(
        {key!r}
    ),
    nope=1,
)
""",
    "another name": "pplx.configure(apikey={key!r})",
    "a shorter name": "pplx.configure(key={key!r})",
    "a misspelt name": "pplx.configure(api_kye={key!r})",
    "no name": "pplx.configure({key!r})",
    "a wrong base URL": "pplx.configure(api_key={key!r}, base_url='nonsense')",
    "bytes": "pplx.configure(api_key={key!r}.encode())",
    "a list": "pplx.configure(api_key=[{key!r}])",
    "headers": "pplx.ask('', extra_headers=dict(Authorization='Bearer ' + {key!r}))",
    "a header on two lines": "pplx.ask('q', extra_headers={{'X-Api-Key': {key!r} + chr(10)}})",
    "a header of a stream": "pplx.stream('', extra_headers={{'X-Api-Key': {key!r}}})",
    "a field": "pplx.ask('q', extra_body={{'tools': [{{'authToken': {key!r}, 'x': {{1}}}}]}})",
    "ask": "pplx.ask('q', api_key={key!r})",
    "stream": "list(pplx.stream('q', api_key={key!r}))",
    "complete": "pplx.complete('q', token={key!r})",
    "race": "pplx.race('q', api_key={key!r})",
    "Search": "pplx.Search(api_key={key!r})",
    "a line before": "pplx.configure(api_key={key!r}, effort='low')\npplx.ask('')",
    "the environment": "import os\nos.environ['PPLX_API_KEY'] = {key!r}\npplx.ask('')",
    "a variable": "x = {key!r}\npplx.configure(api_key=x, nope=1)",
    "a function": "def call(x):\n    pplx.configure(api_key=x, nope=1)\n\n\ncall({key!r})",
    "a dictionary": "x = dict(api_key={key!r}, nope=1)\npplx.configure(**x)",
    "two strings": "pplx.configure(api_key={key!r}[:13] {key!r}[13:], nope=1)",
    "a chain": "try:\n    1 / 0\nexcept Exception:\n    pplx.configure(api_key={key!r}, nope=1)",
}


@pytest.fixture(params=["its own", "of the process"])
def shell(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A shell that `get_ipython` returns, and one that it does not return."""
    monkeypatch.setenv("PPLX_API_KEY", "")  # so that a cell's change to it is undone
    options = Config({"HistoryManager": {"enabled": False}})
    single = request.param == "of the process"
    made = InteractiveShell.instance(config=options) if single else InteractiveShell(config=options)
    made.run_cell("import pplx_widget as pplx")
    yield made
    made.history_manager.end_session()
    atexit.unregister(made.atexit_operations)  # half a second each
    if single:
        InteractiveShell.clear_instance()


def failed(shell: Any, cell: str, capsys: pytest.CaptureFixture[str]) -> str:
    """Run a cell that fails; return its whole output without colours."""
    capsys.readouterr()
    result = shell.run_cell(cell)
    assert isinstance(result.error_in_exec, pplx.PplxError), cell
    return re.sub(r"\x1b\[[\d;]*m", "", "".join(capsys.readouterr()))


def shows(text: str, key: str) -> bool:
    """Return whether a text has a key, plain or as Python writes it; a short key as a whole word."""
    forms = {re.escape(form) for form in (key, repr(key)[1:-1], repr(key.encode())[2:-1])}
    return any(re.search(rf"(?<!\w){form}(?!\w)", text) for form in forms)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", CELLS)
def test_the_line_is_shown_without_the_key(
    shell: Any, capsys: pytest.CaptureFixture[str], name: str, mode: str
) -> None:
    shell.InteractiveTB.set_mode(mode)
    cell = CELLS[name]
    if name == "two strings":
        cell = cell.replace("{key!r}[:13] {key!r}[13:]", f"{KEY[:17]!r} {KEY[17:]!r}")
    said = failed(shell, cell.format(key=KEY), capsys)
    assert not shows(said, KEY)
    assert KEY[5:17] not in said
    assert KEY[17:] not in said
    if mode != "Minimal":
        assert "pplx." in said  # the source line is shown


@pytest.mark.parametrize("mode", ["Context", "Verbose"])
@pytest.mark.parametrize("key", KEYS, ids=range(len(KEYS)))
@pytest.mark.parametrize("colours", ["nocolor", "linux"])
def test_nor_a_key_of_any_other_look(
    shell: Any, capsys: pytest.CaptureFixture[str], key: str, mode: str, colours: str
) -> None:
    shell.colors = colours
    shell.InteractiveTB.set_mode(mode)
    for name in (
        "an option that there is not",
        "many lines",
        "no name",
        "ask",
        "a variable",
        "bytes",
    ):
        said = failed(shell, CELLS[name].format(key=key), capsys)
        assert not shows(said, key), (name, said)
        assert name != "no name" or "[key]" in said


@pytest.mark.parametrize(
    "cell", ["pplx.configure(api_key=123456, nope=1)", "pplx.configure(api_key=0x1e240)"]
)
def test_nor_one_that_is_a_number(
    shell: Any, capsys: pytest.CaptureFixture[str], cell: str
) -> None:
    assert "123456" not in failed(shell, cell, capsys)


@pytest.mark.parametrize("mode", MODES)
def test_a_traceback_without_a_key_is_ipythons(mode: str) -> None:
    shell = InteractiveShell.instance(config=Config({"HistoryManager": {"enabled": False}}))
    shell.colors = "linux"
    shell.InteractiveTB.set_mode(mode)
    try:
        error = shell.run_cell("import pplx_widget as pplx\npplx.ask(\n    '',\n)").error_in_exec
        assert isinstance(error, pplx.PplxError)
        cell = up_to_us(error.__traceback__)
        expected = shell.InteractiveTB.structured_traceback(type(error), error, cell)
        assert error._render_traceback_() == expected
    finally:
        shell.history_manager.end_session()
        atexit.unregister(shell.atexit_operations)
        InteractiveShell.clear_instance()


@pytest.mark.parametrize(
    "typed",
    [
        "%pplx api_key={}",
        "%pplx {}",
        "%pplx --api-key {}",
        "%pplx --effort low --key={}",
        "%%ask --api-key {}\nq",
        "%%ask api_key={}\nq",
        "%%ask --effort low api-key = {}\nq",
        "%ask --api-key={} q",
    ],
)
@pytest.mark.parametrize("key", [KEY, "class-of-november", "1234"])
def test_a_magic_repeats_no_key(
    shell: Any, capsys: pytest.CaptureFixture[str], typed: str, key: str
) -> None:
    shell.run_line_magic("load_ext", "pplx_widget")
    assert not shell.run_cell(typed.format(key)).success
    said = "".join(capsys.readouterr())
    assert "UsageError" in said
    assert not shows(said, key)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--api-key", "{}", "ask", "q"],
        ["--api-key={}", "ask", "q"],
        ["ask", "--api-key", "{}", "q"],
        ["ask", "q", "--token", "{}"],
        ["serve", "--api-key", "{}"],
        ["serve", "--port", "api_key={}"],
        ["doctor", "--key={}"],
        ["doctor", "api_key={}"],
    ],
)
@pytest.mark.parametrize("key", [KEY, "class-of-november", "1234"])
def test_nor_does_the_command(
    capsys: pytest.CaptureFixture[str], arguments: list[str], key: str
) -> None:
    with pytest.raises(SystemExit):
        main.main([argument.format(key) for argument in arguments])
    assert not shows("".join(capsys.readouterr()), key)


@pytest.mark.jupyter
def test_in_a_kernel(server: WireServer) -> None:
    with Kernel() as kernel:
        kernel.run("import pplx_widget as pplx")
        for mode in ("Context", "Verbose"):
            kernel.run(f"%xmode {mode}")
            for name in ("an option that there is not", "many lines", "no name", "a function"):
                said = re.sub(
                    r"\x1b\[[\d;]*m", "", kernel.run(CELLS[name].format(key="class-2026"))
                )
                assert "UnknownOption" in said
                assert not shows(said, "class-2026")
                assert not shows(kernel.run("%tb"), "class-2026")


def test_a_script_shows_its_own_line_and_nothing_more(tmp_path: Path) -> None:
    """No library can hide the key in source lines, but the message and our own lines do not show it."""
    script = tmp_path / "script.py"
    script.write_text(f"import pplx_widget as pplx\npplx.configure(api_key={KEY!r}, nope=1)\n")
    done = subprocess.run([sys.executable, script], check=False, capture_output=True, text=True)
    shown = [line for line in done.stderr.splitlines() if KEY in line]
    assert shown == [f"    pplx.configure(api_key={KEY!r}, nope=1)"]
