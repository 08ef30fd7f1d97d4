"""A lesson in Markdown: questions with their answers and sources, written by a teacher.

========================== =========================================================================
In the lesson              Meaning
========================== =========================================================================
``# A question``           A question; the text below it is the answer, to the next ``#`` or ``##``.
``## A question``          A follow-up question.
``Also: …``                Below a heading: another wording of the question.
``Search: …``              Below a heading: a query of the search, shown as a step.
``Read: https://…``        Below a heading: a page that is read, shown as a step.
``Thought: …``             Below a heading: a thought, shown as a step.
``Pace: 20``               Below a heading, or between two lines ``---`` at the top of the file for all
                           questions: words a second.
``[1]`` or ``[^1]``        In an answer: a citation of source 1.
``Sources`` and a list     After an answer: its sources, ``1. [Title](https://…) 2026-01-31 Snippet``. A
                           question without a list uses that of the section, from ``#`` to ``#``.
``[1]: https://… "Title"`` A source in another form; so is ``[^1]: [Title](https://…) Snippet``.
``<!-- … -->``             A note to the teacher, which is left out.
========================== =========================================================================
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from markdown_it.token import Token

from ..core.errors import nearest
from ..core.events import Source
from ..core.markers import MARKER
from ..core.text import shortened
from ..markdown.parser import parse as parse_answer
from .lesson_sources import DEFINITION, QUOTED, LessonError, SourceLists, is_sources

PACE: Final = 30.0
"""Words a second, unless the lesson says otherwise."""

_STEPS: Final = ("search", "read", "thought")
_KEYS: Final = ("also", *_STEPS, "pace")
_KEY = re.compile(r"(?:[-*+]\s+)?(?P<key>[A-Za-z]+)\s*:\s*(?P<value>.*?)\s*")
_SETTING = re.compile(r"\s*(?P<key>[A-Za-z]+)\s*:\s*(?P<value>.*?)\s*(?:#.*)?")
_PACE = re.compile(r"(\d+(?:\.\d+)?)(?:\s*words?(?:\s+a\s+second|/s))?", re.IGNORECASE)
_NOTE_MARKER = re.compile(r"\[\^(\d{1,6})\]")
_FASTEST: Final = 1000.0


@dataclass(slots=True)
class Part:
    """A question of a lesson, with its answer.

    Attributes
    ----------
    question : str
        The question.
    line : int
        The number of its line.
    follows : bool
        Whether it is a follow-up question.
    also : list of str
        Other wordings of it.
    steps : list of (str, str)
        The kind and the text of each step: ``search``, ``read`` or ``thought``.
    pace : float
        Words a second.
    text : str
        The answer, in Markdown.
    sources : dict of int to Source
        Its sources by their numbers.
    section : dict of int to Source
        The sources of its section, for questions without their own.
    """

    question: str
    line: int
    follows: bool
    pace: float
    also: list[str] = field(default_factory=list)
    steps: list[tuple[str, str]] = field(default_factory=list)
    text: str = ""
    sources: dict[int, Source] = field(default_factory=dict)
    section: dict[int, Source] = field(default_factory=dict)


def read(path: Path) -> list[Part]:
    """Read a lesson from a file.

    Raises
    ------
    LessonError
        The file cannot be read, or it is not a lesson.
    """
    try:
        content = path.read_bytes()
    except (OSError, ValueError) as error:  # the second: NUL or half of a surrogate pair
        why = f"{getattr(error, 'strerror', None) or 'No file can have this name'}."
        raise LessonError(
            f"The lesson {str(path)!r} cannot be read.", why, "Check the path."
        ) from None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise LessonError(
            f"{path.name}, line {line}: a character is not UTF-8.", "", "Save the file as UTF-8."
        ) from None
    return parse(text, name=path.name)


def parse(text: str, *, name: str) -> list[Part]:
    """Read a lesson.

    Parameters
    ----------
    text : str
        The lesson.
    name : str
        Its name in errors.

    Raises
    ------
    LessonError
        The lesson has no question, or something in it is wrong.
    """
    return _Lesson(text, name).parts()


class _Lesson(SourceLists):
    def __init__(self, text: str, name: str) -> None:
        self._pace = PACE
        self._shared: dict[int, Source] = {}  # the sources of the current section
        super().__init__(text, name)
        self._code = {
            line
            for token in self._tokens
            if token.type in ("fence", "code_block") and token.map
            for line in range(*token.map)
        }

    def _blank_settings(self) -> None:
        """Read the lines between two lines ``---`` at the top, and leave them empty."""
        if not self._lines or self._lines[0].strip() != "---":
            return
        ends = (n for n, line in enumerate(self._lines[1:], 1) if line.strip() in ("---", "..."))
        end = next(ends, None)
        if end is None:
            self._wrong(0, "the settings have no end.", "Write `---` in a line after them.")
        for number in range(1, end):
            line = self._lines[number]
            if not line.strip() or line.lstrip().startswith("#"):
                continue
            found = _SETTING.fullmatch(line)
            if not found or found["key"].lower() != "pace":
                said = shortened(line.strip(), QUOTED)
                self._wrong(number, f"{said!r} is not a setting.", "The setting is `pace: 30`.")
            self._pace = self._speed(number, found["value"])
        self._lines[: end + 1] = [""] * (end + 1)

    def _speed(self, line: int, value: str) -> float:
        found = _PACE.fullmatch(value)
        pace = float(found[1]) if found else 0.0
        if not 0 < pace <= _FASTEST:
            self._wrong(
                line,
                f"the pace {shortened(value, QUOTED)!r} is not a number of words a second.",
                f"Write a number from 1 to {_FASTEST:g}, such as `Pace: 30`.",
            )
        return pace

    # ---- questions -----------------------------------------------------------------------------------

    def parts(self) -> list[Part]:
        found = [*self._headings()]
        if not found:
            self._wrong(0, "the lesson has no question.", "Write one as a heading: `# Why …?`")
        self._refuse_text_before(found[0][0])
        ends = [start for start, *_ in found[1:]] + [len(self._lines)]
        parts: list[Part] = []
        markers: list[dict[int, int]] = []  # by part: the line of each cited number
        for (start, first, level, question), end in zip(found, ends, strict=True):
            if question is None:
                self._list_of_section(parts[-1] if parts else None, start, end)
                continue
            if not question:
                self._wrong(start, "the heading is empty.", "Write the question after `#`.")
            if level > 1 and not parts:
                self._wrong(
                    start,
                    "a follow-up question comes first.",
                    "Begin the first question with one `#`.",
                )
            if level == 1:
                self._shared = {}
            part = Part(question, start + 1, level > 1, self._pace, section=self._shared)
            parts.append(part)
            markers.append(self._answer(part, first, end))
        self._refuse_twice(parts)
        self._lend(parts)
        for part, lines in zip(parts, markers, strict=True):
            self._refuse_unknown_markers(part, lines)
        return parts

    def _list_of_section(self, above: Part | None, start: int, end: int) -> None:
        """Read a list of sources: of the question above it, or else of the others of its section."""
        if above is None:
            self._wrong(
                start, "the sources come before the first question.", "Write them after it."
            )
        self._listed(above.section if above.sources else above.sources, start, end)

    def _headings(self) -> Iterator[tuple[int, int, int, str | None]]:
        """Yield the line of each question, the line after it, its level, and its text.

        The text of the heading of a list of sources is None.
        """
        for token, inline in zip(self._tokens, self._tokens[1:], strict=False):
            top = token.level == 0 and token.tag in ("h1", "h2")
            if token.type == "heading_open" and top and token.map:
                question = None if is_sources(inline) else _plain(inline)
                yield token.map[0], token.map[1], int(token.tag[1]), question

    def _refuse_text_before(self, end: int) -> None:
        for token in self._tokens:
            if not token.map or token.map[0] >= end:
                return
            if not _is_comment(token):
                self._wrong(
                    token.map[0],
                    "this text belongs to no question.",
                    "Write it below a heading, or as a note: `<!-- … -->`.",
                )

    def _refuse_twice(self, parts: list[Part]) -> None:
        seen: dict[str, int] = {}
        for part in parts:
            for wording in (part.question, *part.also):
                key = " ".join(re.findall(r"\w+", wording.casefold()))
                if key in seen and seen[key] != part.line:
                    self._wrong(
                        part.line - 1,
                        f"{shortened(wording, QUOTED)!r} is already a question of line {seen[key]}.",
                        "Word one of the two differently.",
                    )
                seen[key] = part.line

    def _lend(self, parts: list[Part]) -> None:
        """Give each question without sources those of its section."""
        starts = [at for at, part in enumerate(parts) if not part.follows]
        for start, end in zip(starts, [*starts[1:], len(parts)], strict=True):
            section = parts[start:end]
            first = next((part.sources for part in section if part.sources), {})
            for part in section:
                part.sources = part.sources or part.section or first

    # ---- answers -------------------------------------------------------------------------------------

    def _answer(self, part: Part, start: int, end: int) -> dict[int, int]:
        """Read the lines of an answer; return the line of each cited number."""
        start = self._details(part, start, end)
        tokens = self._between(start, end)
        sources = self._sources_at(tokens)
        left_out = {line for t in tokens if _is_comment(t) and t.map for line in range(*t.map)}
        kept: list[str] = []
        markers: dict[int, int] = {}
        line = start
        while line < (end if sources is None else sources):
            found = None if line in self._code else DEFINITION.fullmatch(self._lines[line])
            if found:
                line = self._definition(part.sources, line, end, found)
                continue
            if line not in left_out:
                kept.append(self._lines[line])
                if line not in self._code:
                    kept[-1] = _NOTE_MARKER.sub(r"[\1]", kept[-1])
                for number in map(int, re.findall(r"\d{1,6}", _bracketed(kept[-1]))):
                    markers.setdefault(number, line)
            line += 1
        if sources is not None:
            self._listed(part.sources, sources, end)
        part.text = "\n".join(kept).strip("\n")
        if not part.text.strip():
            self._wrong(
                part.line - 1,
                f"{shortened(part.question, QUOTED)!r} has no answer.",
                "Write the answer below the heading.",
            )
        return markers

    def _details(self, part: Part, start: int, end: int) -> int:
        """Read the lines ``Key: value`` below a heading; return the first line after them."""
        last = start
        for number in range(start, end):
            if not (line := self._lines[number].strip()):
                continue
            found = _KEY.fullmatch(line)
            if not found:
                break
            key, value = found["key"].lower(), found["value"]
            if key not in _KEYS:
                if hint := nearest(key, _KEYS) if " " in line else "":
                    keys = ", ".join(f"`{each.title()}:`" for each in _KEYS)
                    self._wrong(
                        number,
                        f"{shortened(line, QUOTED)!r} begins with an unknown word.",
                        f"The words are {keys}. If it is the answer, begin with another word.",
                        hint,
                    )
                break
            if not value:
                self._wrong(
                    number, f"nothing follows `{key.title()}:`.", "Write it in the same line."
                )
            self._detail(part, number, key, value)
            last = number + 1
        return last

    def _detail(self, part: Part, line: int, key: str, value: str) -> None:
        if key == "pace":
            part.pace = self._speed(line, value)
        elif key == "also":
            part.also.append(value)
        elif key == "read":
            part.steps.append((key, self._address(line, value.strip("<>"))))
        else:
            part.steps.append((key, value))

    def _refuse_unknown_markers(self, part: Part, markers: dict[int, int]) -> None:
        for number in _cited(part.text):
            if number not in part.sources:
                known = ", ".join(map(str, part.sources)) or "none"
                self._wrong(
                    markers.get(number, part.line - 1),
                    f"[{number}] is not among the sources.",
                    f"Add source {number} to the list `Sources`, or correct the number.",
                    f"The sources of this question are: {known}.",
                )


def _is_comment(token: Token) -> bool:
    return token.type == "html_block" and token.content.lstrip().startswith("<!--")


def _plain(inline: Token) -> str:
    """Return inline Markdown as text; code keeps its backticks, as a student may type them."""
    words = [
        f"`{child.content}`" if child.type == "code_inline"
        else " " if child.type in ("softbreak", "hardbreak")
        else child.content
        for child in inline.children or ()
    ]  # fmt: skip
    return " ".join("".join(words).split())


def _bracketed(line: str) -> str:
    return " ".join(re.findall(MARKER, line))


def _cited(text: str) -> list[int]:
    """Return the numbers of all markers of an answer, in order."""
    ids: dict[int, None] = {}
    for token in parse_answer(text):
        for child in token.children or ():
            if child.type == "citation":
                ids.update(dict.fromkeys(child.meta["ids"]))
    return [*ids]
