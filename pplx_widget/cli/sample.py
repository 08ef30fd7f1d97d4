"""The command `pplx-widget sample`: a lesson in Markdown becomes a sample."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ..core.text import shortened
from ..recordings.format import Exchange, written
from ..recordings.lesson import Part, read
from ..recordings.lesson_sources import LessonError
from ..recordings.scripted import exchanges
from ..server.lessons import alike, exchanges_of
from .terminal.said import printable

_QUOTED = 60


def run(options: argparse.Namespace) -> int:
    """Write a sample for each lesson, and report questions that are too like others.

    Raises
    ------
    LessonError
        A lesson cannot be read; nothing was written for it and the next ones.
    """
    for lesson in options.lesson:
        parts = read(lesson)
        made = exchanges(parts)
        folder = lesson.parent if options.output is None else options.output
        path = folder / f"{lesson.stem}.jsonl"
        _write(path, made)
        follow_ups = sum(part.follows for part in parts)
        print(
            printable(
                f"pplx-widget: wrote {path}: {_counted(len(parts) - follow_ups, 'question')}, "
                f"{_counted(follow_ups, 'follow-up')}"
            )
        )
        _report(lesson.name, parts, made, path)
    print(f"Try it: pplx-widget serve --samples {folder}")
    return 0


def _counted(n: int, thing: str) -> str:
    return f"{n} {thing}" if n == 1 else f"{n} {thing}s"


def _write(path: Path, made: list[Exchange]) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(written(made))
    except (OSError, ValueError) as error:  # the second: NUL or half of a surrogate pair
        why = f"{getattr(error, 'strerror', None) or 'No file can have this name'}."
        raise LessonError(f"{path} cannot be written.", why, "Use `-o` with a folder.") from None


def _report(name: str, parts: list[Part], made: list[Exchange], path: Path) -> None:
    """Warn about questions that are too like others of the lesson or its folder."""
    lines = {exchange.id: part.line for exchange, part in zip(made, parts, strict=True)}
    for pair in alike(made, [*exchanges_of(path.parent, without=path.name)]):
        there = lines.get(pair.other.id)
        where = f"that of line {there}" if there else f"one in {pair.other.id.partition('/')[0]}"
        print(
            printable(
                f"pplx-widget: {name}, line {lines[pair.of.id]}: "
                f"{shortened(pair.wording, _QUOTED)!r} is very like {where}, "
                f"{shortened(pair.other.question, _QUOTED)!r}. A paraphrase may find either; word one "
                "of them differently."
            ),
            file=sys.stderr,
        )
