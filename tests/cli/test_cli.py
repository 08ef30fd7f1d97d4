"""The command line, in a process of its own if a test needs one."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from pplx_widget._version import __version__
from pplx_widget.cli import demo, main
from pplx_widget.cli.doctor import bundle
from pplx_widget.core.events import Finished, Source, SourcesFound, Text
from pplx_widget.core.state import AnswerState
from pplx_widget.document.record import KEY, to_record
from pplx_widget.server.server import LocalServer

from ..support.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

COMMAND = [sys.executable, "-m", "pplx_widget.cli.main"]
posix = pytest.mark.skipif(os.name == "nt", reason="signals are POSIX's")


@contextmanager
def running(
    *arguments: str, environment: Mapping[str, str] = os.environ
) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [*COMMAND, *arguments],
        env={**environment, "PYTHONIOENCODING": "utf-8"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    with process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()


def line_with(process: subprocess.Popen[str], text: str) -> str:
    assert process.stdout is not None
    for line in process.stdout:
        if text in line:
            return line
    raise AssertionError(f"never said {text!r}")


def test_the_version_is_quick(capsys: pytest.CaptureFixture[str]) -> None:
    script = (
        "import sys; from pplx_widget.cli.main import main\n"
        "try: main(['--version'])\n"
        "finally: print([m for m in ('openai', 'httpx2', 'http.server') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True
    )
    assert done.stdout.splitlines() == [f"pplx-widget {__version__}", "[]"]


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["sing"],
        ["serve", "--port", "65536"],
        ["serve", "--port", "x"],
        ["serve", "--speed", "-1"],
        ["serve", "--speed", "quick"],
        ["serve", "--speed", "nan"],
        ["serve", "--allow-origin", "*"],
        ["serve", "--allow-origin", "https://a.example", "--allow-origin", "https://b.example"],
    ],
)
def test_wrong_usage(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main.main(arguments)
    assert caught.value.code == 2
    assert "usage: pplx-widget" in capsys.readouterr().err


@posix
def test_serve_says_where_answers_and_ends_quietly() -> None:
    with running("serve", "--port", "0", "--speed", "0") as process:
        assert process.stdout is not None
        first = re.fullmatch(
            r"pplx-widget: serving samples at (http://127\.0\.0\.1:\d+/v1)\n",
            process.stdout.readline(),
        )
        assert first is not None
        assert "scripted samples" in process.stdout.readline()
        line_with(process, f"PERPLEXITY_BASE_URL={first[1]}")
        line_with(process, "Explain the CAP theorem with an example")
        # One line for each question, also if it was sent with data.
        assert line_with(process, "out in these figures").endswith(" …\n")
        assert process.stdout.readline().startswith("    ")
        line_with(process, "Ctrl-C")
        with httpx2.Client(trust_env=False) as client:
            assert client.get(f"{first[1]}/models").status_code == 200
        process.send_signal(signal.SIGINT)
        rest, errors = process.communicate(timeout=30)
    assert (process.returncode, rest.strip(), errors) == (0, "", "")


@posix
def test_serve_answers_from_a_recording(tmp_path: Path) -> None:
    talk = tmp_path / "talk.jsonl"
    shipped = Path(main.__file__).parents[1] / "server" / "samples" / "sse-format.jsonl"
    talk.write_bytes(shipped.read_bytes())
    with running("serve", str(talk), "--port", "0", "--speed", "0") as process:
        said = line_with(process, "serving talk.jsonl at")
        line_with(process, "What does a server-sent events stream look like on the wire?")
        message = {"role": "user", "content": "show me the SSE wire format"}
        with httpx2.Client(trust_env=False, base_url=said.split()[-1]) as client:
            answer = client.post("/chat/completions", json={"messages": [message]})
            assert answer.json()["choices"][0]["finish_reason"] == "stop"
            message["content"] = "Anything else?"
            other = client.post("/chat/completions", json={"messages": [message]})
            assert (other.status_code, other.json()["error"]["type"]) == (404, "not_recorded")


def test_a_recording_that_is_missing_is_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main(["serve", "none.jsonl"]) == 1
    assert "none.jsonl' cannot be read" in capsys.readouterr().err


def test_a_taken_port_is_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    with LocalServer() as server:
        port = server.base_url.split(":")[2].partition("/")[0]
        assert main.main(["serve", "--port", port]) == 1
    error = capsys.readouterr().err
    assert error.startswith(f"pplx-widget: Port {port} on 127.0.0.1 cannot be used.")
    assert "Choose another port" in error


def test_the_check_asks_through_the_public_api() -> None:
    # No proxy listens there: connections to this machine must bypass it.
    environment = {
        **os.environ,
        "HTTP_PROXY": "http://127.0.0.1:9",
        "http_proxy": "http://127.0.0.1:9",
    }
    with running("demo", "--check", environment=environment) as process:
        said, errors = process.communicate(timeout=120)
    assert errors == ""
    assert "answer   complete" in said
    assert re.search(r"samples +\d+ of at least 8", said)
    assert process.returncode == (1 if bundle().level == "fail" else 0)


def test_a_failed_check_is_a_failed_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(
        demo, "check", lambda: [demo.Check("answer", "fail", "nothing came", "Look.")]
    )
    assert main.main(["demo", "--check"]) == 1
    assert "nothing came" in capsys.readouterr().out


# --- the demonstration ------------------------------------------------------------------------------


class Child:
    """The command and environment with which JupyterLab was started."""

    command: list[str]
    environment: Mapping[str, str]
    notebook: dict[str, Any]
    models: int


@pytest.fixture
def child(monkeypatch: pytest.MonkeyPatch) -> Child:
    seen = Child()

    def start(command: list[str], environment: Mapping[str, str], _ready: object) -> int:
        seen.command, seen.environment = command, environment
        seen.notebook = json.loads(Path(command[-1]).read_text(encoding="utf-8"))
        if "PERPLEXITY_BASE_URL" in environment:
            with httpx2.Client(trust_env=False) as client:
                seen.models = client.get(f"{environment['PERPLEXITY_BASE_URL']}/models").status_code
        return 3

    monkeypatch.setattr(demo, "_child", start)
    return seen


def test_the_demo_needs_no_key(child: Child, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main(["demo", "--no-browser", "--port", "9999"]) == 3
    assert {"jupyterlab", "--no-browser", "--port=9999", "--ServerApp.ip=127.0.0.1"} <= set(
        child.command
    )
    assert child.models == 200
    assert "pplx.ask(" in "".join(child.notebook["cells"][0]["source"])
    assert not Path(child.command[-1]).exists()
    said = capsys.readouterr().out
    assert "scripted samples" in said
    assert "no key is needed" in said


def test_with_a_key_the_demo_says_what_it_costs(
    child: Child, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PPLX_API_KEY", "pplx-secret-123456")
    main.main(["demo"])
    assert child.environment["PPLX_API_KEY"] == "pplx-secret-123456"
    assert "PERPLEXITY_BASE_URL" not in child.environment
    said = capsys.readouterr().out
    assert "billed to your account" in said
    assert "secret" not in said + " ".join(child.command)


def test_samples_can_be_forced_and_get_no_key(
    child: Child, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    notebook = tmp_path / "mine.ipynb"
    notebook.write_text("{}", encoding="utf-8")
    monkeypatch.setenv("PERPLEXITY_API_KEY", "pplx-secret-123456")
    monkeypatch.setenv("NO_PROXY", "example.org")
    main.main(["demo", "--sample", str(notebook)])
    assert child.models == 200
    assert "PERPLEXITY_API_KEY" not in child.environment
    assert (
        child.environment["no_proxy"]
        == child.environment["NO_PROXY"]
        == "example.org,127.0.0.1,localhost"
    )
    assert child.command[-1] == str(notebook.resolve())


@pytest.mark.parametrize(
    ("environment", "sample", "expected"),
    [
        ({}, False, "samples"),
        ({"PERPLEXITY_API_KEY": " "}, False, "samples"),
        ({"PERPLEXITY_API_KEY": "k"}, False, "service"),
        ({"PPLX_API_KEY": "k"}, False, "service"),
        ({"PPLX_API_KEY": "k", "PERPLEXITY_BASE_URL": "http://x/v1"}, False, "elsewhere"),
        ({"PERPLEXITY_BASE_URL": "http://x/v1"}, False, "elsewhere"),
        ({"PPLX_API_KEY": "k", "PERPLEXITY_BASE_URL": "http://x/v1"}, True, "samples"),
    ],
)
def test_who_answers(environment: dict[str, str], sample: bool, expected: str) -> None:  # noqa: FBT001
    assert demo.source(environment, sample=sample) == expected


def test_without_jupyterlab_the_demo_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(demo, "find_spec", lambda _: None)
    assert main.main(["demo"]) == 1
    assert f"{sys.executable} -m pip install 'jupyterlab>=4.4'" in capsys.readouterr().err


def test_a_notebook_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main(["demo", "nowhere.ipynb"]) == 1
    assert "no notebook 'nowhere.ipynb'" in capsys.readouterr().err


def test_the_childs_exit_code_is_the_demos() -> None:
    assert demo._child([sys.executable, "-c", "raise SystemExit(5)"], os.environ) == 5


POPEN = subprocess.Popen


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Restore Python's own SIGINT handler, which a library such as polars may have replaced."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@posix
@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_a_signal_ends_the_child_too(name: str, tmp_path: Path) -> None:
    script = (
        "import os, pathlib, signal\n"
        f"pathlib.Path({str(tmp_path / 'pid')!r}).write_text(str(os.getpid()))\n"
        f"os.kill(os.getppid(), signal.{name})\n"
        "signal.pause()"
    )
    handler = signal.getsignal(signal.SIGTERM)
    assert demo._child([sys.executable, "-c", script], os.environ) == 0
    assert signal.getsignal(signal.SIGTERM) is handler
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


@posix
@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_a_signal_while_the_child_starts_ends_it(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[subprocess.Popen[bytes]] = []

    def interrupted(*arguments: Any, **options: Any) -> subprocess.Popen[bytes]:
        started.append(POPEN(*arguments, **options))
        signal.raise_signal(signal.Signals[name])
        return started[0]

    monkeypatch.setattr(subprocess, "Popen", interrupted)
    assert demo._child([sys.executable, "-c", "import signal; signal.pause()"], os.environ) == 0
    assert started[0].returncode == -signal.SIGTERM


@posix
@pytest.mark.usefixtures("interruptible")
def test_a_child_that_does_not_end_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "_PATIENCE", 0.1)
    script = (
        "import os, signal\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "os.kill(os.getppid(), signal.SIGINT)\n"
        "while True: signal.pause()"
    )
    assert demo._child([sys.executable, "-c", script], os.environ) == 0


@posix
@pytest.mark.jupyter
def test_the_demo_in_a_real_jupyterlab(tmp_path: Path) -> None:
    pytest.importorskip("jupyterlab")
    folders = ("CONFIG_DIR", "RUNTIME_DIR", "DATA_DIR")
    environment = {**os.environ, **{f"JUPYTER_{name}": str(tmp_path / name) for name in folders}}
    environment |= {
        f"JUPYTERLAB_{name}_DIR": str(tmp_path / name) for name in ("SETTINGS", "WORKSPACES")
    }
    with running("demo", "--no-browser", environment=environment) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(3)]
        address = re.search(
            r"http://(?:127\.0\.0\.1|localhost):\d+/lab/tree/scratch.ipynb\?token=\w+$", lines[2]
        )
        assert address, "".join(lines)
        url = address[0]
        with httpx2.Client(trust_env=False, timeout=30) as client:
            page = client.get(url, follow_redirects=True)
            assert page.status_code == 200
            config = re.search(
                r'id="jupyter-config-data" type="application/json">(.*?)</script>',
                page.text,
                re.DOTALL,
            )
            assert config
            assert json.loads(config[1])["news"] == {"disabled": True}
        process.send_signal(signal.SIGTERM)
        rest = process.communicate(timeout=60)
    assert process.returncode == 0
    # The whole output: our three lines, and JupyterLab's word about the signal.
    assert rest[0] == ""
    assert all("ServerApp] received signal" in line for line in rest[1].splitlines())
    assert not list((tmp_path / "RUNTIME_DIR").glob("jpserver-*"))


@posix
def test_a_console_without_unicode_gets_the_findings_too() -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    with Terminal("demo", "--check", environment=environment) as shown:
        assert shown.wait() == 0
        assert "+ answer   complete" in shown.text


# --- export -----------------------------------------------------------------------------------------


def saved(question: str, text: str) -> dict[str, Any]:
    state = AnswerState()
    source = Source(7, "Seven <7>", "https://e.org/7", "e.org")
    for event in (SourcesFound((source,)), Text(text), Finished()):
        state.apply(event, 1.0)
    return to_record(question, state)


def write_notebook(path: Path, *records: Any) -> Path:
    outputs = [{"output_type": "display_data", "metadata": {KEY: value}} for value in records]
    cells = [{"cell_type": "code", "outputs": [output]} for output in outputs]
    path.write_text(json.dumps({"cells": cells}), encoding="utf-8")
    return path


@pytest.fixture
def notebook(tmp_path: Path) -> Path:
    one, two = saved("One <1>?", "First. [7]\n\n# H"), saved("Two?", "Second é. <script>x</script>")
    return write_notebook(tmp_path / "research.ipynb", one, two, one)


def test_export_writes_markdown(notebook: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main(["export", str(notebook)]) == 0
    written, said = capsys.readouterr()
    first, second = written.split("\n\n***\n\n")
    assert "First." in first
    assert "https://e.org/7" in first
    assert second.startswith("**Two?**\n\nSecond é. &lt;script>")
    assert written.endswith("\n")
    assert said == ""


def test_export_writes_a_page_that_needs_nothing(notebook: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    done = subprocess.run(
        [*COMMAND, "export", str(notebook), "--to", "html", "-o", str(page)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert (done.stdout, done.stderr) == ("", f"pplx-widget: wrote {page}\n")
    written = page.read_bytes().decode()
    assert written.startswith("<!doctype html>\n")
    assert '<meta charset="utf-8">' in written
    assert "<title>One &lt;1&gt;?</title>" in written
    assert written.count("First.") == 1
    assert "Second é." in written
    assert "<script" not in written
    assert "default-src 'none'" in written
    # The document has links but fetches nothing.
    assert not re.search(r"<(?:img|link|iframe|object)|\ssrc=|@import|url\(", written)


def test_export_writes_json(notebook: Path) -> None:
    done = subprocess.run(
        [*COMMAND, "export", str(notebook), "--to", "json"],
        # A pipe gets UTF-8 regardless of the locale.
        env={**os.environ, "PYTHONIOENCODING": "latin-1"},
        capture_output=True,
        check=True,
    )
    records = json.loads(done.stdout.decode())
    assert [record["question"] for record in records] == ["One <1>?", "Two?"]
    assert "é" in done.stdout.decode()
    assert records[0] == saved("One <1>?", "First. [7]\n\n# H")


def test_what_cannot_be_read_is_said_and_the_rest_is_exported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_notebook(tmp_path / "a.ipynb", {"format": 1}, saved("q", "Still here."))
    assert main.main(["export", str(path)]) == 1
    written, said = capsys.readouterr()
    assert "Still here." in written
    assert said.startswith("pplx-widget: cell 1: This saved answer cannot be read.")


@pytest.mark.parametrize(
    ("records", "arguments", "message"),
    [
        ([], [], "There is no answer to export in a.ipynb."),
        ([{"format": 9}], [], "newer pplx_widget"),
        ([saved("q", "text")], ["-o", "no-such-folder/page.md"], "page.md cannot be written."),
    ],
)
def test_an_export_that_fails_says_why(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    records: list[Any],
    arguments: list[str],
    message: str,
) -> None:
    path = write_notebook(tmp_path / "a.ipynb", *records)
    assert main.main(["export", str(path), *arguments]) == 1
    written, said = capsys.readouterr()
    assert written == ""
    assert message in said


def test_an_export_of_nothing_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main(["export", str(tmp_path / "none.ipynb")]) == 1
    assert "none.ipynb cannot be read" in capsys.readouterr().err
