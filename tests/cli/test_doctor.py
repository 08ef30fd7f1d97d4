"""The doctor: its output, which contains no secrets."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from pplx_widget import config
from pplx_widget.cli import doctor, main
from pplx_widget.cli.doctor import check

from ..support.http_stub import KEY, Stub

pytestmark = pytest.mark.usefixtures("no_certificates")

CHECKS = [
    check.Check("one", "ok", "fine"),
    check.Check("three", "warn", "größer", "Look."),
    check.Check("two", "fail", KEY),
]


def test_aligned_text_with_advice_below() -> None:
    assert check.render(CHECKS, "utf-8").splitlines() == [
        "✓ one    fine",
        "! three  größer",
        "         Look.",
        "✗ two    [key]",
    ]


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", None])
def test_ascii_where_that_is_all_there_is(encoding: str | None) -> None:
    assert check.render(CHECKS, encoding).splitlines() == [
        "+ one    fine",
        "! three  größer",
        "         Look.",
        "x two    [key]",
    ]


def test_json_and_exit_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(doctor, "examine", lambda: CHECKS)
    assert main.main(["doctor", "--json"]) == 1
    data = json.loads(capsys.readouterr().out)
    assert (data["ok"], [c["level"] for c in data["checks"]]) == (False, ["ok", "warn", "fail"])
    assert KEY not in str(data)
    monkeypatch.setattr(doctor, "examine", lambda: CHECKS[:2])
    assert main.main(["doctor"]) == 0


def test_the_whole_examination(
    stub: Stub,
    base: Callable[[str], None],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    base(f"{stub.url}/v1")
    monkeypatch.setenv("PERPLEXITY_API_KEY", KEY)
    checks = doctor.examine()
    names = [c.name for c in checks]
    assert {
        "Python",
        "pplx-widget",
        "openai",
        "bundle",
        "ipykernel",
        "front end",
        "proxy",
        "certificates",
        "API key",
        "API",
    } <= set(names)
    assert KEY not in str(checks)
    assert config.connection().key
