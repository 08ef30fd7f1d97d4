"""`pplx-widget ask`: in a terminal as a user sees it, in pipes, and its exit codes."""

from __future__ import annotations

import importlib.util
import io
import json
import os
import pathlib
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping

import pytest

from pplx_widget.cli import flags, main, terminal
from pplx_widget.document.record import from_record
from pplx_widget.question import request
from pplx_widget.runs import prepare

from ..support.byte_server import LIMIT
from ..support.terminal import ROWS, Terminal
from ..support.wire_server import CREATED, WireServer, completed, delta, frame, results

posix = pytest.mark.skipif(os.name == "nt", reason="pseudo-terminals are POSIX's")
KEY = "pplx-0123456789abcdefghijklmnopqrstuvwxyz"

Run = Callable[..., int]


@pytest.fixture
def environment(server: WireServer) -> Mapping[str, str]:
    keep = {k: v for k, v in os.environ.items() if not k.startswith(("PERPLEXITY", "PPLX", "JPY"))}
    return keep | {"PERPLEXITY_BASE_URL": server.base_url, "PYTHONIOENCODING": "utf-8"}


@pytest.fixture
def run(server: WireServer, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the command in this process."""
    monkeypatch.setenv("PERPLEXITY_BASE_URL", server.base_url)
    return lambda *arguments: main.main(["ask", "--provider", "raw", *arguments])


def pieces(text: str) -> list[bytes]:
    """Return the words of a text as one delta event each."""
    return [delta(word) for word in re.findall(r"\S+\s*|\s+", text)]


# ---- in a terminal ----------------------------------------------------------------------------------

LONG = """\
# About **ports**

A first paragraph.[2]

- one
- two

| a | b |
|---|---|
| c | d |

```python
{code}
```

The last paragraph.[7]
"""
CODE = [f"line_{number} = {number}" for number in range(3 * ROWS)]


@posix
def test_an_answer_in_a_terminal(server: WireServer, environment: Mapping[str, str]) -> None:
    """Every line is printed once and in order, even if a block is taller than the terminal."""
    gate = threading.Event()
    head, tail = LONG.split("{code}")
    code = pieces("\n".join(CODE))
    server.respond(
        [CREATED, *results(2, 7), *pieces(head), *code, gate, *pieces(tail), completed()]
    )
    with Terminal("ask", "--provider", "raw", "q", environment=environment) as shown:
        # The end of the growing block is visible, not its beginning.
        shown.until(lambda t: CODE[-1] in t.text)
        assert "A first paragraph.[1]" in shown.text
        gate.set()
        assert shown.wait() == 0
        assert not shown.cursor_hidden
        lines = [line.strip() for line in shown.lines if line.strip()]
    assert lines == [
        "About ports",
        "A first paragraph.[1]",
        "• one",
        "• two",
        *("a  b", "────", "c  d"),
        *CODE,
        "The last paragraph.[2]",
        "Sources",
        *("[1] Title 2 · example.org", "[2] Title 7 · example.org"),
        lines[-1],
    ]
    assert re.fullmatch(r"2 of 2 sources cited · 20 tokens · \$0\.0050 · .* · \d+\.\d s", lines[-1])


@posix
def test_what_goes_on_is_said(server: WireServer, environment: Mapping[str, str]) -> None:
    gate = threading.Event()
    server.respond([CREATED, *results(query="old maps")[:1], gate, delta("Yes."), completed()])
    with Terminal("ask", "--provider", "raw", "q", environment=environment) as shown:
        shown.until(lambda t: "Searching: old maps" in t.text)
        gate.set()
        assert shown.wait() == 0
        assert "Searching" not in shown.text  # progress is not part of the answer


@posix
@pytest.mark.parametrize("form", [[], ["--plain"]], ids=["formatted", "plain"])
def test_ctrl_c(form: list[str], server: WireServer, environment: Mapping[str, str]) -> None:
    server.respond([CREATED, *pieces("One.\n\nTwo and"), threading.Event()])
    with Terminal("ask", "--provider", "raw", *form, "q", environment=environment) as shown:
        shown.until(lambda t: "Two and" in t.text)
        shown.press(b"\x03")
        assert shown.wait() == 130
        assert server.client_left.wait(LIMIT)
        assert not shown.cursor_hidden
        lines = [line.replace("^C", "") for line in shown.lines if line.strip()]
    assert lines[:2] == ["One.", "Two and"]
    assert lines[2].startswith("Stopped · ")
    assert len(lines) == 3


@posix
def test_a_terminal_obeys_nothing_from_the_wire(
    server: WireServer, environment: Mapping[str, str]
) -> None:
    attack = "a\x1b[2Jb\x1b]52;c;aGk=\x07c\x9b2Jd\re\u202ef <b>g</b> [bank.com](https://evil.org)"
    entities = " &#x202e;h &amp;#x202e; &#27;[2J &#x9b;2J &#13;i "
    found = {
        "id": 1,
        "title": "T\x1b[2J[red]x",
        "url": "https://example.org/\x1b[2J",
        "snippet": "",
    }
    kind = "response.reasoning.search_results"
    server.respond(
        [
            CREATED,
            frame(type=kind, results=[found]),
            delta(attack),
            delta("[1]"),
            delta(entities),
            completed(),
        ]
    )
    with Terminal("ask", "--provider", "raw", "q", environment=environment) as shown:
        assert shown.wait() == 0
        said = " ".join(shown.text.split())
    assert "a␛[2Jb␛]52;c;aGk=␇c\ufffd2Jd␍e⟨RLO⟩f <b>g</b> bank.com (evil.org)[1]" in said
    assert "[1] T␛[2J[red]x" in said
    # Entities are decoded last.
    assert "⟨RLO⟩h &#x202e; \ufffd[2J \ufffd2J" in said
    assert "\u202e" not in said


def test_the_words_of_an_error_are_no_commands_either(
    server: WireServer, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    refused = {"error": {"message": "No\x1b]0;x\x07 \u202eway", "type": "t", "code": 400}}
    server.respond(
        json.dumps(refused).encode(), status=400, headers={"Content-Type": "application/json"}
    )
    assert run("q") == terminal.FAILED
    assert "No␛]0;x␇ ⟨RLO⟩way" in capsys.readouterr().err


# ---- in a pipe --------------------------------------------------------------------------------------


def test_a_pipe_gets_the_markdown_as_it_comes(
    server: WireServer, environment: Mapping[str, str]
) -> None:
    """Only the answer, with the notebook's numbers; the rest goes to standard error."""
    gate = threading.Event()
    text = [delta("**Yes.**[2]\n\n"), gate, delta("So `[2]`")]
    server.respond([CREATED, *results(2), *text, completed()])
    command = [sys.executable, "-m", "pplx_widget.cli.main", "ask", "--provider", "raw", "q"]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8"
    ) as process:
        assert process.stdout
        assert [process.stdout.readline() for _ in range(2)] == ["**Yes.**[1]\n", "\n"]
        gate.set()
        rest, notes = process.communicate(timeout=LIMIT * 3)
    assert process.returncode == 0
    assert rest == "So `[2]`\n"
    sources, last = notes.split("\n\n")
    assert sources == "Sources\n[1] Title 2 — https://example.org/2"
    assert last.startswith("1 of 1 source cited · 20 tokens · $0.0050 · ")


def test_a_pipe_gets_words_in_another_language(
    server: WireServer, run: Run, clean_settings: None, capsys: pytest.CaptureFixture[str]
) -> None:
    server.respond([CREATED, *results(2), delta("Yes.[2]"), completed()])
    assert run("--locale", "de", "q") == 0
    sources, last = capsys.readouterr().err.split("\n\n")
    assert sources.startswith("Quellen\n[1] Title 2")
    assert last.startswith("1 von 1 Quelle zitiert · 20 Token · 0,0050 $ · ")


@posix
def test_a_thought_that_looked_like_text_is_apart_in_a_pipe(
    server: WireServer, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    thought = [delta("Hm. "), 0.2, delta("So.\n</think>\n")]
    server.respond([CREATED, *thought, delta("Yes."), completed()])
    assert run("q") == 0
    assert "Yes." in capsys.readouterr().out.strip().split("\n\n")
    assert run("--json", "q") == 0
    _, state = from_record(json.loads(capsys.readouterr().out))
    assert str(state.text) == "Yes."


def test_whoever_reads_may_leave(server: WireServer, environment: Mapping[str, str]) -> None:
    words = [delta(f"{number}\n") for number in range(100_000)]
    server.respond([CREATED, *words, threading.Event()])
    command = f"{sys.executable} -m pplx_widget.cli.main ask --provider raw q | head -n 1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", command], env=environment, capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("0\n141\n", "")
    assert server.client_left.wait(LIMIT)


def test_json(server: WireServer, run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    server.respond([CREATED, *results(4, 2), delta("Yes.[2][2]"), completed()])
    assert run("--json", "Is", "it?") == 0
    written = json.loads(capsys.readouterr().out)
    assert written["citations"] == [{"number": 1, "id": 2, "count": 2}]
    assert (written["status"], written["text"]) == ("complete", "Yes.[2][2]")
    assert from_record(written)[0] == "Is it?"
    server.respond([CREATED, delta("so far")], whole=False)
    assert run("--json", "q") == 1
    written = json.loads(capsys.readouterr().out)
    assert (written["status"], written["error"]["kind"]) == ("failed", "connection-cut")


# ---- how it is asked, and how it ends ---------------------------------------------------------------


def test_options_reach_the_service(server: WireServer, run: Run, tmp_path: pathlib.Path) -> None:
    server.respond([CREATED, delta("{}"), completed()])
    schema = tmp_path / "schema.json"
    schema.write_text('{"type": "object", "title": "Founders", "properties": {}}')
    picture = tmp_path / "a, b.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(20))
    assert not run(
        *("q", "--effort", "low", "--recency", "week", "--max-tokens", "99", "--domains"),
        *("a.org,b.org", "--domains=-c.org", "--updated-after", "2026-01-31", "--country", "DE"),
        *("--image", str(picture), "--image", "https://a.org/2.png", "--schema", str(schema)),
    )
    (asked,) = server.requests
    assert (asked["effort"], asked["max_output_tokens"]) == ("low", 99)
    sent = json.dumps(asked)
    assert "data:image/png;base64," in sent
    assert "Founders" in sent
    for value in ("week", "a.org", "b.org", "-c.org", "DE", "https://a.org/2.png"):
        assert f'"{value}"' in sent


def test_options_of_effort_and_search(server: WireServer, run: Run) -> None:
    server.respond([CREATED, completed("Yes.")])
    pinned = ("--effort", "fast@2026-10-16.0", "--instructions", "", "--reasoning-effort", "max")
    assert not run("q", *pinned, "--search", "required", "--recency", "week")
    assert not run("q", "--search=required")
    assert not run("q", "--no-search", "--effort", "pro-search")
    full, forced, without = server.requests
    assert (full["effort"], full["instructions"]) == ("fast@2026-10-16.0", "")
    assert full["reasoning"] == {"effort": "max"}
    assert full["tools"][0]["filters"] == {"search_recency_filter": "week"}
    assert full["tool_choice"] == forced["tool_choice"] == {"type": "web_search"}
    assert (without["effort"], without["max_tool_calls"]) == ("pro-search", 0)


def test_a_question_from_standard_input(
    server: WireServer, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.respond([CREATED, completed("Yes.")])
    monkeypatch.setattr(sys, "stdin", io.StringIO("What is\nthis?\n"))
    assert run("-") == 0
    assert server.requests[0]["input"].strip() == "What is\nthis?"


INCOMPLETE = {"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}}
ENDS = {
    "complete": ([completed("Yes.")], True, 0),
    "cut off": ([frame(type="response.incomplete", response=INCOMPLETE)], True, 3),
    "cancelled": ([frame(type="response.cancelled", response={"status": "cancelled"})], True, 3),
    "lost": ([], False, 1),
}


@pytest.mark.parametrize("end", ENDS)
def test_exit_codes(
    end: str, server: WireServer, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    last, whole, code = ENDS[end]
    server.respond([CREATED, delta("so far"), *last], whole=whole)
    assert run("q") == code
    said = capsys.readouterr()
    assert said.out == "so far\n"
    # An incomplete answer never looks complete.
    assert bool(re.search("Incomplete|Stopped|Failed", said.err)) == bool(code)
    assert ("pplx-widget: " in said.err) == (code == 1)


WRONG = {
    "no question": [],
    "an empty one": [" "],
    "an unknown option": ["q", "--efort", "low"],
    "an abbreviation": ["q", "--eff", "low"],
    "a wrong choice": ["q", "--effort", "lo"],
    "no number": ["q", "--max-tokens", "many"],
    "no schema": ["q", "--schema", "/nowhere.json"],
    "no date": ["q", "--after", "31.1.2026"],
    "out of range": ["q", "--max-tokens", "3"],
    "a site that is none": ["q", "--domains", "https://a.org"],
    "a contradiction": ["q", "--no-search", "--recency", "day", "--model", "m"],
}


@pytest.mark.parametrize("wrong", WRONG)
def test_wrong_usage(
    wrong: str, server: WireServer, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        code = run(*WRONG[wrong])
    except SystemExit as exit_:
        code = int(exit_.code or 0)
    assert code == 2
    assert "pplx-widget ask: " in capsys.readouterr().err
    assert server.requests == []


@pytest.mark.parametrize("typed", [["--api-key", KEY], [f"--api-key={KEY}"], [f"--kye={KEY}"]])
def test_a_key_is_no_argument_and_not_repeated(
    typed: list[str], run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        run("q", *typed)
    said = capsys.readouterr().err
    assert KEY not in said
    assert ("PERPLEXITY_API_KEY" in said) == ("--api-key" in typed[0])


class Tty(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("name", "value"), [("TERM", "dumb"), ("JPY_PARENT_PID", "1")])
def test_what_only_looks_like_a_terminal_gets_plain_text(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("JPY_PARENT_PID", raising=False)
    kinds = [type(terminal.printer("q", Tty(), Tty())).__name__]
    monkeypatch.setenv(name, value)
    kinds.append(type(terminal.printer("q", Tty(), Tty())).__name__)
    assert kinds == ["RichPrinter", "TextPrinter"]


def test_without_rich_it_is_plain_and_says_how_to_get_it(
    server: WireServer, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda n, *a: None if n == "rich" else find(n, *a)
    )
    monkeypatch.setenv("TERM", "xterm")
    out, notes = Tty(), Tty()
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", notes)
    server.respond([CREATED, *results(1, query="maps"), delta("**Yes.**"), completed()])
    assert run("q") == 0
    assert out.getvalue() == "**Yes.**\n"
    before, _, last = notes.getvalue().partition("\n\n")
    assert before == f"{terminal.HINT}\nSearching: maps\n1 source found"
    assert "1 source" in last


# ---- the table --------------------------------------------------------------------------------------

# Options that cannot be typed as text.
NO_TEXT = {"background", "context", "messages", "preset"}


def test_the_table_has_every_option() -> None:
    asked = {flag.option for flag in flags.FLAGS if not flag.of_search}
    assert asked == {*prepare.Options.__annotations__} - NO_TEXT
    searched = {flag.option for flag in flags.FLAGS if flag.of_search}
    assert searched == {*request.Search.__dataclass_fields__}
    assert len({flag.name for flag in flags.FLAGS}) == len(flags.FLAGS)


def test_completions() -> None:
    assert flags.completions([], "--eff") == ["--effort"]
    assert flags.completions(["--effort"], "x") == ["xhigh"]
    assert flags.completions([], "--recency=w") == ["--recency=week"]
    assert flags.completions(["--model"], "") == []
    assert flags.completions([], "what") == []
    assert "--effort" not in flags.completions(["--effort", "low"], "--")
    assert "--domains" in flags.completions(["--domains", "a.org"], "--")


def test_tools_are_typed_as_names_or_json(run: Run, server: WireServer) -> None:
    server.respond([CREATED, delta("So."), completed()])
    assert run("q", "--tool", "people_search,fetch_url", '--tool={"type": "image_search"}') == 0
    sent = [{"type": each} for each in ("people_search", "fetch_url", "image_search")]
    assert server.requests[-1]["tools"] == sent


def test_a_tool_that_is_mistyped(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    for typed, says in (("fetch_urls", "Did you mean 'fetch_url'"), ("web_search", "search=")):
        assert run("q", "--tool", typed) != 0
        assert says in capsys.readouterr().err
    with pytest.raises(SystemExit):
        run("q", "--tool", "{")
    assert "'{' is not a tool" in capsys.readouterr().err


def test_images_stand_below_the_sources(
    run: Run, server: WireServer, capsys: pytest.CaptureFixture[str]
) -> None:
    image = {
        "image_url": "https://img.org/1.png",
        "title": "\x1b[2JBee\u202e",
        "width": 3,
        "height": 4,
    }
    found = frame(type="response.reasoning.image_search_results", results=[image])
    server.respond([CREATED, *results(2), found, delta("So.[2]"), completed()])
    assert run("q") == 0
    told = capsys.readouterr().err
    assert "1 image:\n␛[2JBee⟨RLO⟩ — https://img.org/1.png — 3×4\n" in told
    assert told.index("Sources") < told.index("1 image")
