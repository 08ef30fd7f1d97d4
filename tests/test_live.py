"""`scripts/live`, which asks the real service with a key, is tried against the local server."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from pplx_widget.server.library import Library, samples
from pplx_widget.server.server import LocalServer
from pplx_widget.server.talk import Talk

from .test_contributing import script, scripts

__all__ = ["scripts"]  # a fixture

# What the local server does otherwise: it takes no key, and its samples use no tools of the request.
DIFFERING = {
    "a wrong key",
    "no tools",
    "a judge",
    "the tool fetch_url",
    "the tool image_search",
    "the tool people_search",
    "the tool finance_search",
}
KEY = "pplx-0123456789abcdefABCDEF"


@pytest.fixture
def live(scripts: None, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.delenv("PERPLEXITY_API_KEY", raising=False)
    return script("live")


def slow_samples() -> Library:
    """Return samples that come at once, except one that takes an hour."""
    from _live_claims import LONG_QUESTION  # type: ignore[import-not-found]

    def timed(sample: Any) -> Any:
        last = 3600.0 if sample.question == LONG_QUESTION else 0.0
        events = [dataclasses.replace(e, t=0.0) for e in sample.events[:-1]]
        return dataclasses.replace(
            sample, events=(*events, dataclasses.replace(sample.events[-1], t=last))
        )

    return Library(map(timed, samples().exchanges))


def test_nothing_is_asked_without_a_yes(
    live: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with LocalServer(speed=0) as local:
        folder = tmp_path / "live"
        assert live.main(["--base-url", local.base_url, "--output", str(folder)]) == 1
        assert local.exchanges == ()
    assert not folder.exists()
    assert "at most about\n$0.25" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [
        ["--base-url", "https://example.org/v1"],
        ["--base-url", "https://api.perplexity.ai.example.org/v1"],
        ["--base-url", "http://127.0.0.1.example.org/v1"],
        ["--ceiling", "0"],
        ["--ceiling", "nan"],
    ],
)
def test_a_key_goes_nowhere_else_and_a_ceiling_is_needed(live: Any, arguments: list[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        live.main([*arguments, "--yes"])


def test_without_a_key_the_real_service_is_not_asked(live: Any) -> None:
    with pytest.raises(live.ScriptError, match="set PERPLEXITY_API_KEY"):
        live.main(["--yes"])


def test_every_claim_is_tried_and_written(live: Any, tmp_path: Path) -> None:
    arguments = ["--yes", "--output", str(tmp_path)]
    with LocalServer(library=slow_samples()) as local:
        assert live.main(["--base-url", local.base_url, *arguments]) == 0
        (stopped,) = [s.run for s in local.exchanges if s.run and s.run.cancelled()]
        assert stopped.background
        # The package's questions take part.
        assert local.exchanges[-1].body["stream"] is True
    table = (tmp_path / "table.md").read_text("utf-8")
    rows = [line.split(" | ") for line in table.splitlines() if line.startswith("| ")][2:]
    found = {row[1]: row[0].removeprefix("| ") for row in rows}
    assert {name for name, result in found.items() if result == "DIFFERS"} == DIFFERING
    assert {name for name, result in found.items() if result == "not tried"} == {
        "more requests than the limit"
    }
    assert f"{len(DIFFERING)} of {len(found)} claims differ" in table
    lines = (tmp_path / "exchanges.jsonl").read_text("utf-8").splitlines()
    kept = [json.loads(line) for line in lines]
    assert {each["claim"] for each in kept} >= DIFFERING
    assert not [name for each in kept for name in each["headers"] if "request-id" in name]
    # The recordings can be replayed.
    talk = Talk(tmp_path / "streams.jsonl")
    assert talk.nearest("What is the CAP theorem?")[1]
    for file in tmp_path.iterdir():
        for served in local.exchanges:
            assert served.response_id not in file.read_text("utf-8")


def test_the_rate_limit_is_met(live: Any, tmp_path: Path) -> None:
    with LocalServer(speed=0, rate=1) as local:
        arguments = ["--base-url", local.base_url, "--yes", "--output", str(tmp_path)]
        assert live.main([*arguments, "--only", "more requests"]) == 0
    assert "| as expected | more requests" in (tmp_path / "table.md").read_text("utf-8")


def test_the_ceiling_holds(live: Any, tmp_path: Path) -> None:
    with LocalServer(speed=0) as local:
        arguments = ["--base-url", local.base_url, "--yes", "--output", str(tmp_path)]
        # Two questions fit, with what the sample says that they cost.
        assert live.main([*arguments, "--ceiling", "0.0075"]) == 0
        assert len(local.exchanges) == 2
        spent = sum(
            s.run.response()["usage"]["cost"]["total_cost"] for s in local.exchanges if s.run
        )
    table = (tmp_path / "table.md").read_text("utf-8")
    assert f"about ${spent:.4f} spent" in table
    assert spent < 0.0075
    assert "so it could exceed the ceiling" in table


def test_recordings_have_no_keys_and_no_ids(live: Any) -> None:
    from _live_service import Sanitiser

    uuid = "5619693e-4309-4fec-b395-5e21e59aba39"
    value = {
        "id": f"resp_{uuid}",
        "response": {"id": f"resp_{uuid}", "user": "me", "organization": "Example"},
        "error": f"Key {KEY} of org-A1b2C3d4 and org-A1b2C3d4, request req_9f8e7d6c; pplx-abcdef123",
        "user_location": {"country": "DE"},
        "call_id": "call_1",
        "model": "openai/gpt-6-luna",
        "numbers": [1, 2.5, None, True],
    }
    clean = Sanitiser(KEY).value(value)
    assert clean == {
        "id": "resp_00000000-0000-0000-0000-000000000001",
        "response": {
            "id": "resp_00000000-0000-0000-0000-000000000001",
            "user": None,
            "organization": None,
        },
        "error": "Key (key) of org-2 and org-2, request req_3; (key)",
        "user_location": {"country": "DE"},
        "call_id": "call_1",
        "model": "openai/gpt-6-luna",
        "numbers": [1, 2.5, None, True],
    }
