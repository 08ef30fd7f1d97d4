"""`pplx-widget` in pipes: encodings, what goes where, outputs that fail, and Ctrl-C at any moment."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from typing import Any

import pytest

from pplx_widget.cli import advice, startup
from pplx_widget.cli.standard import decoded
from pplx_widget.cli.terminal.numbers import Numbers
from pplx_widget.config.connection import connection
from pplx_widget.core.errors import InvalidRequest, PplxError, missing_key
from pplx_widget.core.http_errors import from_response

from ..support.byte_server import LIMIT
from ..support.wire_server import CREATED, WireServer, completed, delta, results

posix = pytest.mark.skipif(os.name == "nt", reason="the shell is POSIX's")
COMMAND = [sys.executable, "-m", "pplx_widget.cli.main"]
ASK = [*COMMAND, "ask", "--provider", "raw"]
TEXT = "蜂は踊る 🐝 “q”"
SHELL = f'pplx() {{ "{sys.executable}" -m pplx_widget.cli.main "$@"; }}\n'


@pytest.fixture
def environment(server: WireServer) -> Mapping[str, str]:
    """A locale that can show neither the question nor the answer."""
    out = (
        "PERPLEXITY",
        "PPLX",
        "JPY",
        "LC_",
        "LANG",
        "PYTHONUTF8",
        "PYTHONIOENCODING",
        "PYTHONUNB",
    )
    keep = {k: v for k, v in os.environ.items() if not k.startswith(out)}
    locale = {"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    return keep | locale | {"PERPLEXITY_BASE_URL": server.base_url}


def run(
    *command: str, environment: Mapping[str, str], given: bytes = b""
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(command, env=environment, input=given, capture_output=True, check=False)


# ---- encodings --------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["", "cp1252", "ascii"])
def test_pipes_are_utf_8_whatever_the_locale(
    encoding: str, server: WireServer, environment: Mapping[str, str]
) -> None:
    server.respond([CREATED, *results(2), delta(f"{TEXT}[2]"), completed()])
    told = {"PYTHONIOENCODING": encoding} if encoding else {}
    done = run(*ASK, "-", environment={**environment, **told}, given=TEXT.encode())
    assert done.returncode == 0
    assert done.stdout.decode() == f"{TEXT}[1]\n"
    assert " · " in done.stderr.decode()
    assert server.requests[0]["input"] == TEXT
    done = run(*ASK, "--json", TEXT, environment={**environment, **told})
    assert json.loads(done.stdout)["text"] == f"{TEXT}[2]"
    assert server.requests[1]["input"] == TEXT


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_unicode_in_any_form_is_read(encoding: str, mark: str) -> None:
    if encoding.startswith("utf-32") and not mark:
        return
    text = "What is “HTTP/3”? Résumé"
    assert decoded(f"{mark}{text}".encode(encoding)) == text


@pytest.mark.parametrize(
    "data", [b"R\xe9sum\xe9", b"\xff", b"\xff\xfea", b"\xfe\xff\xd8\x00"], ids=repr
)
def test_other_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(InvalidRequest, match=r"does not fit\. Convert it first"):
        decoded(data)


@posix
def test_the_case(server: WireServer, environment: Mapping[str, str]) -> None:
    """Bytes that are not UTF-8 end with an error and do not ask a different question."""
    done = run(*ASK, "-", environment=environment, given=b"R\xe9sum\xe9")
    assert done.returncode == 2
    assert done.stderr.decode().startswith("pplx-widget ask: The question on standard input")
    assert server.requests == []


# ---- what goes where --------------------------------------------------------------------------------


def test_sources_go_below_the_answer_if_asked(
    server: WireServer, environment: Mapping[str, str]
) -> None:
    server.respond([CREATED, *results(2), delta("Yes.[2]"), completed()])
    done = run(*ASK, "--sources", "q", environment=environment)
    assert done.stdout.decode() == "Yes.[1]\n\nSources\n[1] Title 2 — https://example.org/2\n"
    assert done.stderr.decode().startswith("1 of 1 source cited")


NUMBERED = {
    "One.[7] `[7]` and [2]": "One.[1] `[7]` and [2]",
    "```py\na[7] = b[2]\n```\nThen [7]\n": "```py\na[7] = b[2]\n```\nThen [1]\n",
    "`a [7]\nb` [7]": "`a [7]\nb` [1]",
    r"[99] [7](x) \[7] $a[7]b$": r"[99] [7](x) \[7] $a[7]b$",
    "- one [7]\n- two [2]\n\n[7]: http://x\n": "- one [1]\n- two [2]\n\n[7]: http://x\n",
    "| a [7] | b |\n|--|--|\n| c | [2] |\n\nEnd[7]\n": "| a [1] | b |\n|--|--|\n| c | [2] |\n\nEnd[1]\n",
    "Note[^7]\n\n[^7]: here [7]\n": "Note[^7]\n\n[^7]: here [1]\n",
    "a [": "a [",
}


@pytest.mark.parametrize("size", [1, 3, 1000])
@pytest.mark.parametrize("text", NUMBERED)
def test_markers_get_the_notebooks_numbers(text: str, size: int) -> None:
    """The numbers do not depend on the pieces, and code and links keep their own."""
    numbers = Numbers({7: 1, 2: 2}.get)
    pieces = [text[i : i + size] for i in range(0, len(text), size)]
    assert "".join([*map(numbers.feed, pieces), numbers.end()]) == NUMBERED[text]


def test_text_without_brackets_does_not_wait() -> None:
    numbers = Numbers({7: 1}.get)
    assert [numbers.feed(piece) for piece in ("One ", "two", " [", "7] three\n", "\n")] == [
        "One ",
        "two",
        " ",
        "",
        "[1] three\n\n",
    ]


# ---- outputs that fail ------------------------------------------------------------------------------

COMMANDS = {
    "ask": "pplx ask --provider raw q",
    "json": "pplx ask --provider raw --json q",
    "help": "pplx ask --help",
    "version": "pplx --version",
    "doctor": "pplx demo --check",
}


@posix
@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="Linux has it")  # noqa: PTH110
@pytest.mark.parametrize(
    ("command", "buffered"), [*((c, True) for c in COMMANDS), ("ask", False), ("doctor", False)]
)
def test_a_full_disk_is_a_sentence(
    command: str,
    buffered: bool,  # noqa: FBT001
    server: WireServer,
    environment: Mapping[str, str],
) -> None:
    environment = {**environment, "PYTHONUNBUFFERED": "" if buffered else "1"}
    server.respond([CREATED, delta("Yes.\n"), completed()])
    done = run("bash", "-c", f"{SHELL}{COMMANDS[command]} > /dev/full", environment=environment)
    said = done.stderr.decode()
    assert done.returncode == 1
    assert "pplx-widget: The output cannot be written. No space left on device.\n" in said
    assert "Traceback" not in said
    assert "Exception" not in said


@posix
@pytest.mark.parametrize("command", COMMANDS)
def test_a_closed_output_is_no_traceback(
    command: str, server: WireServer, environment: Mapping[str, str]
) -> None:
    server.respond([CREATED, delta("Yes.\n"), completed()])
    done = run("bash", "-c", f"{SHELL}{COMMANDS[command]} >&-", environment=environment)
    said = done.stderr.decode()
    assert "Traceback" not in said
    assert "Exception" not in said
    if command in ("ask", "json"):  # nothing was asked that could not be read
        assert "Standard output is closed" in said
        assert done.returncode == 1
        assert server.requests == []


@posix
def test_all_streams_closed(server: WireServer, environment: Mapping[str, str]) -> None:
    server.respond([CREATED, delta("Yes.\n"), completed()])
    command = f"{SHELL}pplx ask --provider raw - <&- 2>&-; echo $? >&2"
    done = run("bash", "-c", command, environment=environment)
    assert (done.stdout, done.stderr) == (b"", b"2\n")  # the question is empty


# ---- Ctrl-C -----------------------------------------------------------------------------------------


@posix
@pytest.mark.parametrize("moment", ["import", "argument", "answer", "exit"])
def test_ctrl_c_at_any_moment(
    moment: str, server: WireServer, environment: Mapping[str, str]
) -> None:
    """The moment is exact: the process interrupts itself there."""
    gate = threading.Event()
    server.respond([CREATED, delta("so far\n\n"), gate, completed()])
    hooks = {
        "import": "import pplx_widget.cli.startup as s; old = s.end_quietly; ctrl_c()",
        "argument": "from pplx_widget.cli import standard as s; s.prepare = ctrl_c; main()",
        "answer": "from pplx_widget.cli.terminal import text as t\n"
        "old = t.TextPrinter.take\n"
        "def take(*a):\n    old(*a)\n    ctrl_c()\n"
        "t.TextPrinter.take = take; main()",
        "exit": "import atexit; import pplx_widget; atexit.register(ctrl_c); main()",
    }
    script = (
        "import os, signal, sys\n"
        "sys.argv = ['pplx-widget', 'ask', '--provider', 'raw', 'q']\n"
        "def ctrl_c(): os.kill(os.getpid(), signal.SIGINT)\n"
        "def main():\n    from pplx_widget.cli.main import main\n    sys.exit(main())\n"
        + hooks[moment]
    )
    if moment == "exit":
        gate.set()
    done = run(sys.executable, "-c", script, environment=environment)
    assert done.returncode == (130 if moment == "answer" else -signal.SIGINT)
    assert b"Traceback" not in done.stderr
    assert b"KeyboardInterrupt" not in done.stderr
    if moment == "answer":
        assert b"Stopped" in done.stderr
        assert server.client_left.wait(LIMIT)


def test_an_ignored_ctrl_c_stays_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["pplx-widget"])
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        startup.end_quietly()
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
        with startup.interruptible():
            assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_library_keeps_its_ctrl_c(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["script.py"])
    startup.end_quietly()
    assert signal.getsignal(signal.SIGINT) is not signal.SIG_DFL


# ---- a key's error speaks of the shell --------------------------------------------------------------


def errors() -> dict[str, PplxError]:
    refused: dict[str, Any] = {"error": {"message": "no", "type": "invalid_api_key"}}
    return {
        "none": missing_key(),
        "rejected": from_response(401, {}, refused),
        "rejected elsewhere": from_response(401, {}, refused, host="llm.example.org"),
        "moved": from_response(308, {"location": "https://b.example.org/v1/responses"}, {}),
    }


@pytest.mark.parametrize("name", errors())
def test_a_keys_error_speaks_of_the_shell(name: str) -> None:
    said = advice.in_shell(errors()[name])
    assert "configure" not in said
    assert "Jupyter" not in said
    assert "export PERPLEXITY_API_KEY=…" in said or os.name == "nt"


def test_a_missing_key_of_another_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PERPLEXITY_BASE_URL", "https://llm.example.org/v1")
    said = advice.in_shell(connection(open_stores=False).missing_key())
    assert "`export PERPLEXITY_BASE_URL=https://llm.example.org/v1`" in said or os.name == "nt"
    assert "pplx.configure" not in said


def test_without_a_key(environment: Mapping[str, str]) -> None:
    perplexity = {
        **environment,
        "PERPLEXITY_BASE_URL": "",
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
    }
    done = run(*COMMAND, "ask", "q", environment=perplexity)
    said = done.stderr.decode()
    assert done.returncode == 1
    assert "export PERPLEXITY_API_KEY=…" in said or os.name == "nt"
    assert "Jupyter" not in said
