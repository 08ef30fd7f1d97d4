"""A folder of samples in place of the shipped ones, and questions that are too alike."""

from __future__ import annotations

from pathlib import Path

import pytest

import pplx_widget as pplx
from pplx_widget.recordings.format import RecordingError, written
from pplx_widget.recordings.lesson import parse, read
from pplx_widget.recordings.scripted import exchanges
from pplx_widget.server.lessons import alike, exchanges_of, lessons
from pplx_widget.server.server import LocalServer

from ..support.paths import ROOT

EXAMPLE = ROOT / "docs" / "guides" / "blue-sky.markdown"

GERMAN = """
# Warum ist der Himmel blau?

Die Luft streut kurze Wellen stärker als lange.

## Wieso ist der Sonnenuntergang rot?

Das Licht legt einen längeren Weg durch die Luft zurück.
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "sky.jsonl").write_bytes(written(exchanges(read(EXAMPLE))))
    (tmp_path / "himmel.jsonl").write_bytes(written(exchanges(parse(GERMAN, name="x"))))
    (tmp_path / "notes.txt").write_text("not a sample")
    return tmp_path


@pytest.mark.parametrize(
    ("question", "start"),
    [
        ("Why is the sky blue?", "Sunlight contains"),
        ("why is the sky BLUE", "Sunlight contains"),
        ("What gives the sky its blue colour?", "Sunlight contains"),
        ("Why do sunsets look red?", "In the evening"),
        ("What is the colour of the Martian sky, on Mars?", "By day it is"),
        ("Wieso ist der Himmel blau?", "Die Luft streut"),
        ("Weshalb sind die Sonnenuntergang-Farben rot?", "Das Licht legt"),
        ("Who founded Siemens?", None),
        ("Warum ist die Banane krumm?", None),
        ("Is the sea blue?", None),
    ],
)
def test_paraphrases_find_a_lesson(folder: Path, question: str, start: str | None) -> None:
    samples = pplx.Samples(folder, speed=None)
    in_process = pplx.ask(question, provider=samples).wait(30)
    with LocalServer(speed=0, library=lessons(folder)) as server:
        pplx.configure(base_url=server.base_url)
        served = pplx.ask(question).wait(30)
    assert in_process.status == served.status == "complete"
    assert in_process.text == served.text
    if start is None:
        assert "No sample answers this" in served.text
        assert "Why is the sky blue?" in served.text
    else:
        assert start in served.text


def test_a_follow_up_continues(folder: Path) -> None:
    pplx.configure(provider=pplx.Samples(folder, speed=None))
    first = pplx.ask("Why is the sky blue?").wait(30)
    below = first.ask("Why are sunsets red?").wait(30)
    assert below.text.startswith("In the evening")
    assert [c.source.site for c in below.citations] == ["en.wikipedia.org"]


def test_a_folder_without_samples(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="There is no folder"):
        pplx.Samples(tmp_path / "missing")
    with pytest.raises(RecordingError, match="There is no sample in"):
        pplx.Samples(tmp_path)
    (tmp_path / "torn.jsonl").write_text("{}\n")
    with pytest.raises(RecordingError, match=r"torn\.jsonl, line 1"):
        pplx.Samples(tmp_path)


def test_recordings_of_the_service_are_samples_too(tmp_path: Path) -> None:
    with LocalServer(speed=0) as server, pplx.record(tmp_path / "talk.jsonl") as recorder:
        pplx.configure(base_url=server.base_url)
        asked = pplx.ask("What is the CAP theorem?").wait(30)
        recorder.wait()
    played = pplx.ask("CAP theorem?", provider=pplx.Samples(tmp_path, speed=None)).wait(30)
    assert played.text.endswith(asked.text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# Why is the sky blue?\na\n# Why is the blue sky so blue?\nb", 1),
        ("# Why is the sky blue?\na\n# Why is the sea salty?\nAlso: Is the sky blue?\nb", 1),
        ("# Why is the sky blue?\na\n# Why is the sea salty?\nb", 0),
        ("# What is a vector?\na\n# What is a matrix?\nb", 0),
        ("# Why is the sky blue?\na", 0),
    ],
)
def test_questions_that_are_too_alike(text: str, expected: int) -> None:
    assert len(alike(exchanges(parse(text, name="x")))) == expected


def test_the_example_and_the_other_samples_of_a_folder(folder: Path) -> None:
    made = exchanges(read(EXAMPLE))
    assert alike(made) == []
    assert alike(made, [*exchanges_of(folder, without="sky.jsonl")]) == []
    (other,) = alike(exchanges(parse("# The sky: why blue?\nx", name="x")), [*exchanges_of(folder)])
    assert other.other.question == "Why is the sky blue?"
