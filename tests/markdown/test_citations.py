"""The scanner of growing text finds the markers that the parser of whole texts finds."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from pplx_widget.core.citations import MarkerScanner
from pplx_widget.core.events import Finished, Source, SourcesFound, Text
from pplx_widget.core.state import AnswerState
from pplx_widget.markdown.parser import parse

from ..support import documents, golden, specifications

Ids = tuple[int, ...]

# Each piece of syntax that can contain a marker, alone and beside others.
PIECES = [
    *("[1]", "[2, 3]", "[web:4]", "[5-7]", "【8】", "[fig:2]", "word ", " ", "\n", ". ", "\\", "!"),
    *("`", "``", "$", "$$", "$x$", "$5 ", "\\(", "\\)", "\\[", "[", "]", "(", ")", "**", "<", "'"),
    *(
        "](http://x.org)",
        '](u "t")',
        "![",
        "[x]",
        "[see [1]](http://y.org)",
        "[x [1]][lab]",
        "[lab]",
    ),
    *("<http://z.org/[1]>", "<br>", "<sub>", "</sub>", "[a]: ", "[^n]"),
]
LINES = [
    *('[lab]: http://q.org "t [1]"', "- item [1]", "1. num [2]", "# head [1]", "```", "***", "~~~"),
    *(
        "| a [1] | b |",
        "|---|---|",
        "| c [2] | d | e [3] |",
        "",
        "",
        "text [4]",
        "  in [5]",
        "===",
        "---",
    ),
    "[1]: x",
]
WITHOUT = {
    "[see [1]](https://x.org/p)": [],
    "![fig [2]](https://x.org/i.png)": [],
    "![fig [2]][x]\n\n[x]: https://x.org": [],
    "<https://x.org/[3]>": [],
    '[x]: https://x.org "t [1]"': [],
    "[x]: https://x.org\n'a\n[1]\nb'\n[2]": [(2,)],
    "Let $a[1]$ and $$M[3]$$.": [],
    "\\(\\sqrt[3]{27} = 3\\), and \\[x[1]\\].[2]": [(2,)],
    "[fig:2] [eq:1] [tab:3] [sec:4] [thm:5]": [],
    "[see [1]][x] [2]\n\n[x]: https://x.org": [(2,)],
    "[see [1]][x] [2]": [(2,), (1,)],
    "[a [b](c) [1]](d)": [(1,)],
    "| a | b |\n|---|---|\n| c[1] | d | lost[2] |": [(1,)],
    "x[^n]\n\n[^n]: once [1]\n\n[^n]: twice [2]": [(1,)],
    "<sup>[1]</sup>": [(1,)],
}


def scanned(text: str, sizes: list[int] | None = None) -> list[Ids]:
    scanner = MarkerScanner()
    found: list[Ids] = []
    rest = text
    for size in sizes or ():
        found += scanner.feed(rest[:size])
        rest = rest[size:]
    return found + scanner.feed(rest) + scanner.finish()


def parsed(text: str) -> list[Ids]:
    inline = (child for token in parse(text) for child in token.children or ())
    return [token.meta["ids"] for token in inline if token.type == "citation"]


def check(text: str, rng: random.Random) -> None:
    found = scanned(text)
    # Footnotes are shown at the end, so their order differs.
    assert Counter(found) == Counter(parsed(text)), repr(text)
    assert scanned(text, [1] * len(text)) == found, repr(text)
    assert scanned(text, rng.choices(range(1, 6), k=len(text))) == found, repr(text)


@pytest.mark.parametrize("text", WITHOUT)
def test_only_what_is_shown_as_a_citation(text: str) -> None:
    assert scanned(text) == WITHOUT[text]
    check(text, random.Random(text))


@specifications.EVERY
def test_the_examples(specification: str) -> None:
    rng = random.Random(1)
    for example in specifications.examples(specification):
        check(example.markdown, rng)
        if "[baz][ref]" not in example.markdown:  # a link in the text of a link, defined later
            check(example.markdown.replace("foo", "[1]").replace("bar", "x [2]"), rng)


def test_the_golden_files() -> None:
    rng = random.Random(2)
    for path in golden.files():
        for case in golden.read(path)["cases"]:
            check(golden.text_of(case), rng)


@pytest.mark.parametrize("seed", range(5))
def test_any_inline_text(seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(200):
        check("x" + "".join(rng.choices(PIECES, k=rng.randint(1, 12))), rng)


@pytest.mark.parametrize("seed", range(5))
def test_any_blocks(seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(100):
        check("\n".join(rng.choices(LINES, k=rng.randint(1, 6))), rng)


def test_any_document() -> None:
    """Unusual nesting of lists, quotes and code may still be read differently, but rarely."""
    texts = list(documents.made_up(1000, 7, [*documents.LINES, "[1]", "- a [2]", "> b [3]"]))
    different = [text for text in texts if Counter(scanned(text)) != Counter(parsed(text))]
    assert len(different) <= 10


def source(id_: int) -> Source:
    return Source(id_, f"T{id_}", f"https://example.org/{id_}", "example.org")


def test_a_number_never_changes() -> None:
    state = AnswerState()
    state.apply(SourcesFound((source(1), source(2))), 0.0)
    shown: dict[int, int] = {}
    text = (
        "A [7] and `[1]` and $x[1]$ and [see [1]](http://x.org) [2]. Then [1, 2] and [7, 2] [0, 1]."
    )
    for i, c in enumerate(text):
        state.apply(Text(c), 0.1)
        if i == len(text) // 2:
            state.apply(SourcesFound((source(7),)), 0.2)
        for citation in state.citations:
            assert shown.setdefault(citation.id, citation.number) == citation.number
    state.apply(Finished("complete"), 1.0)
    assert [(c.number, c.id, c.count) for c in state.citations] == [(1, 7, 2), (2, 2, 3), (3, 1, 1)]


def test_a_group_with_an_unknown_source_is_text() -> None:
    state = AnswerState()
    state.apply(SourcesFound((source(1), source(2))), 0.0)
    state.apply(Text("So [1, 9] and [1-3], but [2]."), 0.1)
    state.apply(Finished("complete"), 1.0)
    assert [(c.id, c.count) for c in state.citations] == [(2, 1)]
