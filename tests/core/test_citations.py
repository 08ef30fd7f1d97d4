from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pplx_widget.core.citations import MarkerScanner, resolve
from pplx_widget.core.events import Source


def scan(text: str, pieces: list[str] | None = None) -> list[int]:
    scanner = MarkerScanner()
    found = [ids for piece in pieces or [text] for ids in scanner.feed(piece)]
    return [id_ for ids in found + scanner.finish() for id_ in ids]


CASES = {
    "a [1] b [web:11]. c[3][4]": [1, 11, 3, 4],
    "`[1]` [2] ``x ` [3]`` [4]": [2, 4],
    "```\n[1]\n```\n[2]": [2],
    "- ```py\n  [1]\n  ```\n[2]": [2],
    "~~~\n[1]\n~~~~\n[2]": [2],
    "````\n```\n[1]\n````\n[2]": [2],
    "> quote [1]\n> ```\n> [2]\n> ```\n[3]": [1, 3],
    "text\r\n\r\n```\r\n[1]\r\n```\r\n[2]": [2],
    "```not a `fence`\n[1]": [1],
    "```\n[1]": [],
    "x ` [1]\n\n[2]": [1, 2],
    "[1](http://x) [2] (y) [3]: z": [2, 3],
    "[1]: http://x\n[2]": [2],
    "\\[1] [2]": [2],
    "para\n\n    code [1]\n\ntext [2]": [2],
    "para\n    not code [1]": [1],
    "- item\n\n    para in item [1]": [1],
    "- a\n  ```\n  [1]\nb [2]": [2],
    "> ```\n> [1]\n\ntext [2]": [2],
    "text\n    ```\n[1]": [1],
    "- - [1]": [1],
    "1. 1. [1]": [1],
    "[attachmentsources:1]": [],
    "- a\n- ```\n  [1]\n  ```\n- b [2]": [2],
    "# h `a [1]\nb` [2]": [1, 2],
    "| a [1] | `[2]` |\n|---|---|\n| c[3] |": [1, 3],
    "1. a [1]\n2. b [2]\n": [1, 2],
    "-[1]": [1],
    "1.[1]": [1],
    "[a][1]": [1],
    "[[1]]": [1],
    "[1": [],
    "[1]": [1],
    "[web:": [],
    "[12345678]": [],
    "[ 1 ]": [],
    "": [],
}


@pytest.mark.parametrize(("text", "ids"), CASES.items())
def test_markers(text: str, ids: list[int]) -> None:
    assert scan(text) == ids


@pytest.mark.parametrize("text", CASES)
def test_any_chunking_finds_the_same(text: str) -> None:
    rng = random.Random(text)
    for _ in range(50):
        cuts = sorted(rng.choices(range(len(text) + 1), k=rng.randint(0, 12)))
        pieces = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
        assert scan(text, pieces) == CASES[text]


@given(st.text(alphabet="[]()12:w`~\\ \n->#|x", max_size=80), st.integers(1, 7))
def test_any_text_at_any_chunking(text: str, size: int) -> None:
    assert scan(text, [text[i : i + size] for i in range(0, len(text), size)]) == scan(text)


@pytest.mark.parametrize(
    "unit", ["word [1] text. ", "a [1]\n", "`a`` [1] ", "`[1] ", "- [1]\n", "   ", "- ", "> "]
)
def test_work_a_character_does_not_grow(unit: str) -> None:
    """The text that the scanner keeps, and so reads again, stays bounded."""
    scanner = MarkerScanner()
    kept = 0
    for _ in range(40_000):
        scanner.feed(unit)
        kept = max(
            kept, len(scanner._line) + len(scanner._paragraph.text if scanner._paragraph else "")
        )
    assert kept <= 10_100


def source(id_: int) -> Source:
    return Source(id=id_, title=f"T{id_}", url=f"https://example.org/{id_}", site="example.org")


def test_numbers_are_the_order_of_first_mention() -> None:
    sources = {i: source(i) for i in (1, 7, 12)}
    citations = resolve({(12,): 1, (99,): 4, (1,): 3}, sources)
    assert [(c.number, c.id, c.count) for c in citations] == [(1, 12, 1), (2, 1, 3)]
    assert citations[0].source is sources[12]
