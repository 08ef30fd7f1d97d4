"""Values that no one means: errors of this package, and no others."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

import pplx_widget as pplx
from pplx_widget import PplxError, classroom, events
from pplx_widget.cli import main
from pplx_widget.providers import sse

HUGE = 10**6000


class Own:
    async def stream(self, _request: pplx.Request) -> AsyncIterator[events.Event]:
        yield events.Text("**Yes.**")
        yield events.Finished()


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clean_settings: None) -> None:
    monkeypatch.chdir(tmp_path)


PATHS: dict[str, Callable[[str], object]] = {
    "record": pplx.record,
    "replay": pplx.replay,
    "load": pplx.load,
    "image": lambda path: pplx.ask("q", images=[path], provider=Own()),
    "file": lambda path: pplx.ask("q", files=[path], provider=Own()),
    "key": lambda key: pplx.configure(api_key=key),
    "address": lambda url: pplx.configure(base_url=url),
}


@pytest.mark.parametrize("path", ["a\0b", "\0", "a\ud800b", "\udfff", "x" * 5000], ids=ascii)
@pytest.mark.parametrize("what", PATHS)
def test_names_that_no_file_has(what: str, path: str) -> None:
    if what == "key" and path == "x" * 5000:
        return
    with pytest.raises(PplxError):
        PATHS[what](path)


@pytest.mark.parametrize("command", ["export", "serve", "demo"])
@pytest.mark.parametrize("path", ["a\0b", "a\ud800b", "x" * 5000], ids=ascii)
def test_commands_with_such_names(
    command: str, path: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.main([command, path]) == 1
    assert capsys.readouterr().err.startswith("pplx-widget: ")


OPTIONS = [
    *("effort", "model", "models", "instructions", "messages", "search", "max_tokens", "max_steps"),
    *("temperature", "top_p", "reasoning_effort", "language", "images", "files", "schema"),
    *("background", "timeout", "check", "context", "preset"),
]


@pytest.mark.parametrize("option", OPTIONS)
def test_a_number_of_6000_digits(option: str) -> None:
    given: dict[str, Any] = {option: HUGE}
    with pytest.raises(PplxError):
        pplx.ask("q", provider=Own(), **given)


def test_such_a_number_elsewhere() -> None:
    for call in (
        lambda: pplx.ask("q", provider=HUGE),
        lambda: pplx.configure(timeout=HUGE),
        lambda: pplx.configure(max_retries=HUGE),
        lambda: pplx.configure(budget=HUGE),
        lambda: pplx.summarise("x", tokens=HUGE),
        lambda: pplx.Search(max_results=HUGE),
        lambda: pplx.Search(latitude=HUGE),
    ):
        with pytest.raises(PplxError):
            call()
    assert pplx.ask("q", provider=Own()).wait(HUGE).status == "complete"


def test_a_closed_answer() -> None:
    answer = pplx.ask("q", provider=Own()).wait(30)
    answer.close()
    assert "**Yes.**" in answer.to_markdown()
    assert answer._repr_mimebundle_()[0]["text/plain"] == "<Answer 'q': complete>"
    with pytest.raises(PplxError, match="was closed"):
        answer.model_id  # noqa: B018
    assert answer.retry().wait(30).status == "complete"


def test_an_answer_prints_its_text(capsys: pytest.CaptureFixture[str]) -> None:
    print(pplx.ask("q", provider=Own()).wait(30))
    assert capsys.readouterr().out == "**Yes.**\n"


def test_what_lessons_import_is_public() -> None:
    assert classroom.sse is sse
    assert "sse" in classroom.__all__
