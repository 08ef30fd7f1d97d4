"""The magics, in IPython's own shell and in a real kernel."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd
import pytest
from IPython.core.completer import provisionalcompleter
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

import pplx_widget as pplx
from pplx_widget import config
from pplx_widget.cli import flags

from ..support.kernel import Kernel
from ..support.wire_server import CREATED, WireServer, completed, delta, results

KEY = "pplx-0123456789abcdefghijklmnopqrstuvwxyz"


@pytest.fixture(scope="module")
def shell() -> Iterator[Any]:
    # A shell made directly is not the global instance, so `get_ipython` hides it from other tests.
    made = InteractiveShell(config=Config({"HistoryManager": {"enabled": False}}))
    made.run_line_magic("load_ext", "pplx_widget")
    yield made
    made.history_manager.end_session()


@pytest.fixture
def ip(shell: Any, server: WireServer, clean_settings: None) -> Iterator[Any]:
    pplx.configure(base_url=server.base_url, provider="raw")
    server.respond([CREATED, *results(2), delta("Yes.[2]"), completed("Yes.[2]")])
    before = dict(shell.user_ns)
    yield shell
    shell.user_ns.clear()
    shell.user_ns.update(before)


def run(ip: Any, cell: str) -> Any:
    """Run a cell and return its value, or raise its exception."""
    result = ip.run_cell(cell)
    result.raise_error()
    return result.result


# ---- asking -----------------------------------------------------------------------------------------


def test_the_cell_is_the_question(ip: Any, server: WireServer) -> None:
    answer = run(
        ip,
        "%%ask --effort low --recency=week --domains a.org,b.org --to found --instructions 'Be short.'\n"
        "What is new?\n\nIt's about {{braces}}.\n",
    )
    assert isinstance(answer, pplx.Answer)
    assert answer.text == "Yes.[2]"
    assert ip.user_ns["found"] is answer
    (asked,) = server.requests
    assert asked["input"] == "What is new?\n\nIt's about {braces}."
    assert (asked["effort"], asked["instructions"]) == ("low", "Be short.")
    (search,) = asked["tools"]
    assert search["filters"]["search_domain_filter"] == ["a.org", "b.org"]


def test_one_line(ip: Any, server: WireServer) -> None:
    run(ip, '%ask --effort low --domains -a.org What\'s "HTTP/3" -- and why?')
    run(ip, "if True:\n    answer = %ask -- --effort is what?")
    asked, other = server.requests
    assert asked["input"] == 'What\'s "HTTP/3" -- and why?'
    assert "-a.org" in str(asked["tools"])
    assert other["input"] == "--effort is what?"
    assert ip.user_ns["answer"].status == "complete"


def test_options_of_effort_and_search(ip: Any, server: WireServer) -> None:
    run(ip, '%ask --effort fast@2026-10-16.0 --instructions "" --search required What is new?')
    run(ip, "%pplx --model perplexity/sonar")
    run(ip, "%pplx --effort pro-search")
    run(ip, "%%ask --no-search\nWhat is old?")
    forced, without = server.requests
    assert (forced["effort"], forced["instructions"]) == ("fast@2026-10-16.0", "")
    assert forced["tool_choice"] == {"type": "web_search"}
    assert (without["effort"], without["max_tool_calls"]) == ("pro-search", 0)
    assert "model" not in without


def test_names_are_filled_in(ip: Any, server: WireServer) -> None:
    ip.user_ns |= {"country": "Peru", "year": 2026, "df": pd.DataFrame({"price": [1, 2, 30]})}
    run(ip, "%%ask\n{country} in { year }: what changed in {df}?")
    sent = server.requests[0]["input"]
    assert sent.startswith("Peru in 2026: what changed in `df`?")
    assert "price" in sent  # in the summary made by `context=`
    assert "3 rows" in sent


# ---- wrong usage is reported as IPython's UsageError -------------------------------------------------

WRONG = {
    "%%ask --efort low\nq": "Unknown option --efort. Did you mean '--effort'?",
    "%%ask --effort lo\nq": "effort cannot be 'lo'. Did you mean 'low'?",
    "%%ask --effort\nq": "expected one argument",
    "%%ask --search always\nq": "invalid choice: 'always'",
    "%%ask --search required --no-search\nq": "--no-search and --search contradict each other",
    "%%ask --recency week --after 2026-01-31\nq": "recency and after cannot be given together",
    "%%ask --max-tokens many\nq": "'many' is not a whole number",
    "%%ask --max-tokens 3\nq": "max_tokens cannot be 3",
    "%%ask what\nq": "Write the question into the lines below it",
    "%%ask --to 1x\nq": "--to takes the name of a variable",
    "%%ask\n \n": "The question is empty",
    "%ask": "The question is empty",
    "%ask --effort low": "The question is empty",
    "%ask about {contry}": "no variable 'contry'",
    "%ask about {country.name}": "`value = country.name`, and write {value}",
    "%ask about {long}": "120,000 characters",
    f"%%ask --api-key {KEY}\nq": "a key in a cell would be saved",
    f"%ask --{KEY} q": "Unknown option --[key]",
    f"%pplx --api-key {KEY}": "a key in a cell would be saved",
    f"%pplx {KEY}": "takes options",
    "%pplx --effort lo": "effort cannot be 'lo'. Did you mean 'low'?",
    "%pplx --base-url ftp://a": "base_url cannot be",
    "%pplx low": "takes options",
}


@pytest.mark.parametrize("cell", WRONG)
def test_wrong_usage(
    cell: str, ip: Any, server: WireServer, capsys: pytest.CaptureFixture[str]
) -> None:
    ip.user_ns |= {"country": "Peru", "long": [123] * 24_000}
    assert not ip.run_cell(cell).success
    said = "".join(capsys.readouterr())
    assert "UsageError: " in said
    assert WRONG[cell] in said
    assert "Traceback" not in said
    assert KEY not in said
    assert server.requests == []


def test_a_near_name_is_named(ip: Any, capsys: pytest.CaptureFixture[str]) -> None:
    ip.user_ns["country"] = "Peru"
    ip.run_cell("%ask about {contry}")
    assert "Did you mean 'country'?" in "".join(capsys.readouterr())


# ---- settings, help, completion ---------------------------------------------------------------------


def test_settings_are_shown_and_set(
    ip: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PERPLEXITY_API_KEY", KEY)
    run(ip, "%pplx --effort low --timeout 90 --budget 5 --locale de")
    assert capsys.readouterr().out == ""
    assert (config.settings().effort, config.settings().budget) == ("low", 5)
    run(ip, "%ask q")
    capsys.readouterr()
    run(ip, "%pplx")
    said = capsys.readouterr().out
    rows = dict(line.split(maxsplit=1) for line in said.splitlines()[:4])
    assert rows["effort"] == "low"
    assert rows["provider"] == "raw"
    assert (
        "key         from the environment variable PERPLEXITY_API_KEY, for api.perplexity" in said
    )
    assert f"not sent to {config.connection().host}" in said
    assert "90 s between bytes" in said
    assert "locale      de" in said
    assert str(pplx.usage()) in said
    assert KEY not in said


def test_help(ip: Any, server: WireServer, capsys: pytest.CaptureFixture[str]) -> None:
    for cell in ("%%ask --help\nq", "%ask --help", "%ask?", "%%ask?"):
        run(ip, cell)
        said = capsys.readouterr().out
        for flag in flags.FLAGS:
            assert f"  {flag.typed}" in said
            assert flag.help.split(" (")[0].split()[0] in said
    run(ip, "%pplx --help")
    said = capsys.readouterr().out
    assert "--max-retries" in said
    assert "--recency" not in said
    assert server.requests == []


def completions(ip: Any, line: str, rest: str = "") -> set[str]:
    with provisionalcompleter():
        found = ip.Completer.completions(line + rest, len(line))
        return {completion.text for completion in found}


COMPLETED = {
    "%%ask --eff": {"--effort"},
    "%%ask --effort ": {"fast", "low", "medium", "high", "xhigh"},
    "%%ask --effort low --recency w": {"week"},
    "%%ask --effort=me": {"medium"},
    "%%ask --search ": {"required"},
    "answer = %ask --eff": {"--effort"},
    "%ask --reas": {"--reasoning-effort"},
    "%ask --provider r": {"raw"},
    "%ask --t": {"--tool", "--temperature", "--timeout", "--to", "--top-p"},
    "%pplx --ma": {"--max-retries"},
    "%pplx --effort x": {"xhigh"},
}


@pytest.mark.parametrize("line", COMPLETED)
def test_completion(line: str, ip: Any) -> None:
    assert completions(ip, line, "\nWhat?" if line.startswith("%%") else "") == COMPLETED[line]


@pytest.mark.jupyter
def test_in_a_kernel(server: WireServer) -> None:
    """In a kernel the answer is a live widget, bound before it ends; and Tab completes."""
    server.respond([CREATED, delta("Yes."), completed("Yes.")])
    with Kernel() as kernel:
        assert kernel.run("%load_ext pplx_widget") == ""
        assert kernel.run(f"%pplx --base-url {server.base_url} --provider raw") == ""
        assert kernel.run("%%ask --to answer\nIs it?") == ""
        assert kernel.run("print(answer.wait(30))") == "Yes."
        assert "UsageError" in kernel.run("%ask about {nothing}")
        assert kernel.complete("%%ask --recency w") == ["week"]
