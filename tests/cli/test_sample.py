"""`pplx-widget sample`, and the servers that play its samples."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pplx_widget.cli import demo, main
from pplx_widget.server.lessons import lessons

from ..support.paths import ROOT
from .test_cli import line_with, running

EXAMPLE = ROOT / "docs" / "guides" / "blue-sky.markdown"


def test_a_sample_is_written_and_served(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "new" / "lessons"
    assert main.main(["sample", str(EXAMPLE), "-o", str(folder)]) == 0
    printed = capsys.readouterr()
    path = folder / "blue-sky.jsonl"
    assert f"wrote {path}: 1 question, 2 follow-ups" in printed.out
    assert f"serve --samples {folder}" in printed.out
    assert printed.err == ""
    first = json.loads(path.read_text("utf-8").splitlines()[0])
    assert (first["scripted"], first["request"]) == (True, {"input": "Why is the sky blue?"})
    assert (
        main.main(["sample", str(EXAMPLE), "-o", str(folder)]) == 0
    )  # again: no question is doubled
    assert capsys.readouterr().err == ""
    with running("serve", "--samples", str(folder), "--port", "0") as process:
        assert line_with(process, "Why are sunsets red?")
    assert (
        demo._scratch(tmp_path, lessons(folder).questions[0]).read_text("utf-8").count("sky blue")
    )


def test_it_is_written_beside_the_lesson_and_names_similar_questions(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one, two = tmp_path / "one.md", tmp_path / "two.md"
    one.write_text("# Why is the sky blue?\n\nSo.\n", "utf-8")
    two.write_text("# Why is grass green?\n\nSo.\n\n## Is the sky blue?\n\nYes.\n", "utf-8")
    assert main.main(["sample", str(one), str(two)]) == 0
    assert {path.name for path in tmp_path.glob("*.jsonl")} == {"one.jsonl", "two.jsonl"}
    said = capsys.readouterr().err
    assert "two.md, line 5: 'Is the sky blue?' is very like one in one.jsonl" in said
    assert "'Why is the sky blue?'" in said


def test_what_is_wrong_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lesson = tmp_path / "lesson.md"
    lesson.write_text("# Why?\n\nSo.[2]\n", "utf-8")
    assert main.main(["sample", str(lesson)]) == 1
    assert "lesson.md, line 3: [2] is not among the sources." in capsys.readouterr().err
    assert not list(tmp_path.glob("*.jsonl"))
    lesson.write_text("# Why?\n\nSo.\n", "utf-8")
    assert main.main(["sample", str(lesson), "-o", str(lesson)]) == 1
    assert "cannot be written" in capsys.readouterr().err
    assert main.main(["serve", "--samples", str(tmp_path / "missing")]) == 1
    assert "There is no folder" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main.main(["serve", "talk.jsonl", "--samples", str(tmp_path)])
