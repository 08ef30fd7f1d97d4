"""Lessons in Markdown: their questions, answers and sources, and the errors in them."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

import pplx_widget as pplx
from pplx_widget.recordings.format import parse as parse_recording
from pplx_widget.recordings.format import written
from pplx_widget.recordings.lesson import PACE, Part, parse, read
from pplx_widget.recordings.lesson_sources import LessonError
from pplx_widget.recordings.scripted import exchanges

from ..support.paths import ROOT

EXAMPLE = ROOT / "docs" / "guides" / "blue-sky.markdown"

LIST = "\n\n## Sources\n\n1. [One](https://a.org/1)\n2. [Two](https://b.org/2)\n"


def lesson(text: str) -> list[Part]:
    return parse(dedent(text), name="lesson.md")


def only(text: str) -> Part:
    (part,) = lesson(text)
    return part


def test_the_example_has_what_the_guide_says() -> None:
    sky, sunsets, mars = read(EXAMPLE)
    assert [part.follows for part in (sky, sunsets, mars)] == [False, True, True]
    assert [len(sky.also), len(sunsets.also), len(mars.also)] == [2, 1, 0]
    assert [kind for kind, _ in sky.steps] == ["thought", "search", "search"]
    assert {part.pace for part in (sky, sunsets, mars)} == {25.0}
    assert [*sky.sources] == [*sunsets.sources] == [1, 2]
    assert mars.sources[1].date == "2015-05-08"
    assert mars.sources[1].snippet.startswith("Fine dust lets blue light")
    assert "Sources" not in sky.text + sunsets.text + mars.text
    assert sky.sources[1].site == "en.wikipedia.org"


@pytest.mark.parametrize(
    ("sources", "expected"),
    [
        ("## Sources\n\n1. [A](https://a.org)", (1, "A", "https://a.org", None, "")),
        ("Sources:\n\n1. [A](https://a.org)", (1, "A", "https://a.org", None, "")),
        ("**Sources**\n1. [A](https://a.org)", (1, "A", "https://a.org", None, "")),
        (
            "### Quellen\n\n- [A](https://a.org) — Words.",
            (1, "A", "https://a.org", None, "Words."),
        ),
        (
            "Sources\n\n1. [A *b* `c`](https://a.org/x_(y)) (2026-01-31): Some\n   more **words**.",
            (1, "A b c", "https://a.org/x_(y)", "2026-01-31", "Some more words."),
        ),
        (
            "Sources\n\n1. [A](https://a.org)\n\n   > A quotation.\n\n   And more.",
            (1, "A", "https://a.org", None, "A quotation. And more."),
        ),
        (
            "Sources\n\n1. A title: https://a.org/p words",
            (1, "A title", "https://a.org/p", None, "words"),
        ),
        ("Sources\n\n1. <https://www.a.org/p>", (1, "a.org", "https://www.a.org/p", None, "")),
        ('[1]: https://a.org "A title"', (1, "A title", "https://a.org", None, "")),
        ("[1]: <https://a.org>", (1, "a.org", "https://a.org", None, "")),
        ("[^1]: [A](https://a.org) Words.", (1, "A", "https://a.org", None, "Words.")),
        (
            "[^1]: [A](https://a.org)\n    2026-01-31 Words\n    on two lines.",
            (1, "A", "https://a.org", "2026-01-31", "Words on two lines."),
        ),
        ("## Sources\n\n[^1]: https://a.org", (1, "a.org", "https://a.org", None, "")),
        (
            "Sources\n\n1) [Ä](http://a.org/%C3%A4) 日本",
            (1, "Ä", "http://a.org/%C3%A4", None, "日本"),
        ),
    ],
)
def test_forms_of_sources(sources: str, expected: tuple[object, ...]) -> None:
    for marker in ("[1]", "[^1]"):
        part = parse(f"# Why?\r\n\r\nSo.{marker}\r\n\r\n{sources}", name="x")[0]
        (found,) = part.sources.values()
        assert (found.id, found.title, found.url, found.date, found.snippet) == expected
        assert part.text == "So.[1]"


def test_numbers_of_a_list_are_kept() -> None:
    part = only("# Why?\n\nSo.[7]\n\nSources\n\n6. [A](https://a.org)\n7. [B](https://b.org)\n")
    assert {n: s.title for n, s in part.sources.items()} == {6: "A", 7: "B"}


def test_which_sources_a_question_uses() -> None:
    one, below, other, last = lesson(f"""
        # One?

        A.[1]

        ## Below?

        B.[2]{LIST.replace(chr(10), chr(10) + " " * 8)}
        # Other?

        C.[1]

        Sources

        1. [Own](https://own.org)

        ## Last?

        D without a marker.

        Sources

        1. [Last](https://last.org)
        """)
    assert one.sources == below.sources
    assert [s.title for s in one.sources.values()] == ["One", "Two"]
    assert [s.title for s in other.sources.values()] == ["Own"]
    assert [s.title for s in last.sources.values()] == ["Last"]


def test_what_belongs_to_the_answer() -> None:
    part = only("""
        # How do I write a comment in Python?

        - also: Comments in Python?
        - Pace: 12.5 words a second

        <!-- Ask the class first. -->

        Like this:

        ```python
        # not a question [3]
        ## Sources
        x[1] = 2
        ```

        ### More

        Also: this line is part of the answer. The sources: none.

            # indented code
        """)
    assert part.also == ["Comments in Python?"]
    assert part.pace == 12.5
    assert part.text.startswith("Like this:")
    assert "# not a question [3]" in part.text
    assert "Also: this line" in part.text
    assert part.text.endswith("# indented code")
    assert "Ask the class" not in part.text
    assert part.sources == {}


def test_headings_with_lines_and_marks() -> None:
    assert only("Why *is* `x`\n===\n\nSo.").question == "Why is `x`"
    settings, plain = lesson("---\npace: 60 # quick\n---\n# A?\nb\n# C?\nPace: 5\nd")
    assert (settings.pace, plain.pace) == (60.0, 5.0)
    assert only("# A?\nb").pace == PACE


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", "line 1: the lesson has no question. Write one as a heading: `# Why …?`"),
        ("Just text.", "line 1: the lesson has no question."),
        ("Hello.\n\n# Why?\n\nSo.", "line 1: this text belongs to no question."),
        ("# Why?\n\n# How?\n\nSo.", "line 1: 'Why?' has no answer. Write the answer below"),
        ("# Why?\n\nAlso: Why so?", "line 1: 'Why?' has no answer."),
        ("## Why?\n\nSo.", "line 1: a follow-up question comes first."),
        ("#\n\nSo.", "line 1: the heading is empty."),
        ("# Why?\n\nSo.\nAnd so.[3]" + LIST, "line 4: [3] is not among the sources. The sources of this "
         "question are: 1, 2. Add source 3 to the list `Sources`, or correct the number."),
        ("# Why?\n\nSo.[1, 4]" + LIST, "line 3: [4] is not among the sources."),
        ("# Why?\n\nSo.[^1]", "line 3: [1] is not among the sources. The sources of this question are: "
         "none."),
        ("# Why?\n\nSo.\n\n## Sources\n\n1. A book", "line 7: source 1 has no link. Write `1. [Title]("),
        ("# Why?\n\nSo.\n\n## Sources\n\n1. [A](javascript:x)", "line 7: source 1 has no link."),
        ("# Why?\n\nSo.\n\n[1]: https://a.org\n[1]: https://b.org", "line 6: source 1 is there twice."),
        ("# Why?\n\nSo.\n\nSources\n\n1. [A](https://a.org)\n\nMore.", "line 9: this text comes after"),
        ("## Sources\n\n1. [A](https://a.org)\n\n# Why?\n\nSo.", "line 1: the sources come before"),
        ("# Why?\n\nAlos: Why so?\n\nSo.", "line 3: 'Alos: Why so?' begins with an unknown word. Did you "
         "mean 'also'?"),
        ("# Why?\n\nSearch:\n\nSo.", "line 3: nothing follows `Search:`."),
        ("# Why?\n\nRead: a page\n\nSo.", "line 3: 'a page' is not a web address."),
        ("# Why?\n\nPace: fast\n\nSo.", "line 3: the pace 'fast' is not a number of words a second."),
        ("# Why?\n\nPace: 0\n\nSo.", "line 3: the pace '0' is not"),
        ("---\npace: 10\n# Why?\n\nSo.", "line 1: the settings have no end."),
        ("---\nspeed: 10\n---\n# Why?\n\nSo.", "line 2: 'speed: 10' is not a setting."),
        ("# Why?\n\nSo.\n\n# why\n\nSo.", "line 5: 'why' is already a question of line 1."),
        ("# Why?\n\nSo.\n\n## How?\n\nAlso: WHY!\n\nSo.", "line 5: 'WHY!' is already a question of"),
    ],
)  # fmt: skip
def test_errors_name_the_line_and_what_to_write(text: str, error: str) -> None:
    with pytest.raises(LessonError) as raised:
        parse(text, name="lesson.md")
    assert str(raised.value).startswith(f"lesson.md, {error}")
    assert raised.value.try_this


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "lesson.md"
    with pytest.raises(LessonError, match="cannot be read"):
        read(path)
    path.write_bytes("# Why?\n\nGrün".encode("latin-1"))
    with pytest.raises(LessonError, match=r"lesson\.md, line 3: a character is not UTF-8"):
        read(path)


def test_a_lesson_is_played_like_a_recording(tmp_path: Path) -> None:
    made = exchanges(read(EXAMPLE))
    path = tmp_path / "sky.jsonl"
    path.write_bytes(written(made))
    assert parse_recording(path.read_bytes(), name="sky") == made
    with pplx.replay(path, speed=None):
        answer = pplx.ask("Why is the sky blue?").wait(30)
        other = pplx.ask("What makes the sky look blue?").wait(30)
        below = answer.ask("Why are sunsets red?").wait(30)
    assert answer.status == other.status == below.status == "complete"
    assert answer.text == other.text == read(EXAMPLE)[0].text
    assert [(step.kind, step.found) for step in answer.steps] == [
        ("thought", None),
        ("search", 1),
        ("search", 1),
    ]
    assert [c.number for c in answer.citations] == [1, 2]
    assert [s.query for s in answer.sources] == [step.items[0] for step in answer.steps[1:]]
    assert answer.usage is None
    words = len(answer.text.split())
    pace = words / (made[0].duration - made[0].events[5].t)
    assert pace == pytest.approx(25, rel=0.15)


def test_steps_without_and_with_pages() -> None:
    text = """
        # Why?

        Read: https://a.org/1
        Thought: Hm.

        So.[1] And so.[2]
        """
    part = only(dedent(text) + LIST)
    (made,) = exchanges([part])
    kinds = [str(e.data and e.data["type"]).rpartition(".")[2] for e in made.events]
    steps = [
        "search_queries",
        "search_results",
        "fetch_url_queries",
        "fetch_url_results",
        "started",
    ]
    assert kinds[1:6] == steps
    queries = made.events[1].data
    assert queries
    assert queries["queries"] == ["Why?"]  # the question is searched if the lesson has no query
    (plain,) = exchanges([only("# Why?\n\nSo.")])
    assert [e.data and e.data["type"] for e in plain.events][1] == "response.output_text.delta"
