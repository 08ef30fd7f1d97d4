"""Sentences of an answer in many languages, with their positions and markers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pplx_widget.bibliography.sentences import sentences, split


def parts(text: str) -> list[str]:
    return [text[start:end] for start, end in split(text)]


ONE = [
    "The U.S. Congress, e.g. its Senate, met.",
    "Dr. Smith and J. R. Jones et al. (2020) agree.",
    "It rose by 3.5 to 12.7 percent.",
    "Yahoo! is a firm.",
    "He said “It works!” and left.",
    "Wait... and see.",
    "See fig. 3 and vol. 12 of the report.",
    "It was bought by Example Inc. in 2020.",
    "Am 3. Mai 2024 beschloss man z. B. dies, d.h. das.",
    "Das sind ca. 5 Mio. Euro bzw. 3 Mrd. Yen.",
    "M. Dupont, cf. p. 5, l’a dit.",
    "El Sr. García y la Dra. Ruiz, pág. 4, lo dicen.",
    "Это стоит 5 млн. руб. и т.д. и т.п. каждый год.",
    "3. Platz",
    "no full stop",
    "https://example.org/a.b?c.d is an address.",
]
SEVERAL = {
    "One. Two! Three? Four… Five": ["One.", "Two!", "Three?", "Four…", "Five"],
    "He said “Yes.” Then (it rained.) Then not.": [
        "He said “Yes.”",
        "Then (it rained.)",
        "Then not.",
    ],
    "Paper, pens, etc. They last.": ["Paper, pens, etc.", "They last."],
    "The answer is no. Ask again.": ["The answer is no.", "Ask again."],
    "It ended in 2020. Then it began. 5 were left.": [
        "It ended in 2020.",
        "Then it began.",
        "5 were left.",
    ],
    "Es war 1989. Danach kam mehr. „Gut.“ Ende.": [
        "Es war 1989.",
        "Danach kam mehr.",
        "„Gut.“",
        "Ende.",
    ],
    "¿Qué es? ¡Eso! Nada más.": ["¿Qué es?", "¡Eso!", "Nada más."],
    "经济增长了。这是第二句！真的？是。": ["经济增长了。", "这是第二句！", "真的？", "是。"],
    "彼は「はい。」と言った。終わり": ["彼は「はい。」", "と言った。", "終わり"],
    "यह एक है। यह दो है॥ तीन": ["यह एक है।", "यह दो है॥", "तीन"],
    "هل هذا؟ نعم. لا۔": ["هل هذا؟", "نعم.", "لا۔"],
    "Это раз. Это два! Это г. Москва.": ["Это раз.", "Это два!", "Это г. Москва."],
    "한국어입니다. 두 번째입니다.": ["한국어입니다.", "두 번째입니다."],
}


@pytest.mark.parametrize("text", ONE)
def test_one_sentence(text: str) -> None:
    assert parts(text) == [text]


@pytest.mark.parametrize(("text", "expected"), SEVERAL.items())
def test_several_sentences(text: str, expected: list[str]) -> None:
    assert parts(text) == expected


def read(text: str) -> list[tuple[str, list[int]]]:
    return [(s.text, [m.id for m in s.markers]) for s in sentences(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One [1]. Two.[2] Three. [3]", [("One.", [1]), ("Two.", [2]), ("Three.", [3])]),
        ("One.[1][2]Two[web:3].", [("One.", [1, 2]), ("Two.", [3])]),
        ("[1] One. [2] Two", [("One.", [1, 2]), ("Two", [])]),
        ("一。[1]二[2]。三。 [3]", [("一。", [1]), ("二。", [2]), ("三。", [3])]),
        ("No `[1]` and no \\[2].", [("No [1] and no [2].", [])]),
        ("A [link. More](https://e.org/[1]) [2].", [("A link.", []), ("More.", [2])]),
        ("Code `a. B` and $x. Y$ end none.", [("Code a. B and $x. Y$ end none.", [])]),
        ("**Bold.** _More_ [1].", [("Bold.", []), ("More.", [1])]),
        ("two\nlines [1]", [("two lines", [1])]),
        ("```\na. B [1].\n```\n\n    c. D [2].", []),
    ],
)
def test_markers_belong_to_the_sentence_that_they_follow(
    text: str, expected: list[tuple[str, list[int]]]
) -> None:
    assert read(text) == expected


def test_blocks() -> None:
    text = (
        "# Head. Line [1]\n\n- one [2]. two\n- three\n\n> quoted [3]. More\n\n"
        "| a | b |\n|-|-|\n| c [4] | d. E |\n\nPara [5]. graph [6][5]."
    )
    found = sentences(text)
    assert [(s.kind, s.text, s.around) for s in found] == [
        ("heading", "Head. Line", (1,)),
        ("prose", "one. two", (2,)),
        ("prose", "three", ()),
        ("prose", "quoted.", (3,)),
        ("prose", "More", (3,)),
        ("row", "a b", ()),
        ("row", "c d. E", (4,)),
        ("prose", "Para. graph.", (5, 6)),
    ]
    for sentence in found:
        first = sentence.text.split()[0].rstrip(".")
        assert text[sentence.at :].startswith(first)
        for marker in sentence.markers:
            assert text[marker.at :].startswith(f"[{marker.id}]")


PIECES = [
    "One ",
    "two. ",
    "Three",
    "。",
    "[1]",
    "[web:2]",
    "`a[3]. B`",
    "**",
    "\n",
    "\n\n",
    "- ",
    "# ",
]
PIECES += [
    "> ",
    "| ",
    "|-|\n",
    "&amp;",
    "\\[4]",
    "[x](https://e.org)",
    "$y$",
    "! ",
    "日本",
    "```\n",
    "  ",
]


@given(st.lists(st.sampled_from(PIECES), max_size=25).map("".join))
def test_places_are_those_of_the_text(text: str) -> None:
    for sentence in sentences(text):
        assert 0 <= sentence.at <= len(text)
        for marker in sentence.markers:
            assert text[marker.at :].startswith((f"[{marker.id}]", f"[web:{marker.id}]"))


@given(st.text(alphabet="ab .!?。\"')5A", max_size=60))
def test_nothing_is_lost_between_sentences(text: str) -> None:
    spans = split(text)
    assert "".join(text[start:end] for start, end in spans).replace(" ", "") == text.replace(
        " ", ""
    )
    assert all(start < end for start, end in spans)
