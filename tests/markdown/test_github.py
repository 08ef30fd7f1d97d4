"""Our renderer beside GitHub's own: what differs is listed here, with its reason, and counted."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from pplx_widget.markdown import tree
from pplx_widget.markdown.html_writer import to_html
from pplx_widget.markdown.parser import parse
from pplx_widget.markdown.urls import Address

from ..support import documents, github, specifications
from ..support.specifications import Example

# Raw HTML is text here, so that whatever has some is another document.
WITH_HTML = {"commonmark": 72, "gfm": 73, "gfm-extensions": 2}

# Why the other examples differ, by their numbers.
APART = {
    "the name of a language is read as it was written": {"commonmark": [24], "gfm": [320]},
    "GitHub takes eight digits for the number of a character": {"commonmark": [28], "gfm": [324]},
    "a currency sign is punctuation since CommonMark 0.31": {"commonmark": [354]},
    "three tildes strike here, beside one that is left": {"gfm": [493], "gfm-extensions": [18]},
    "a bare address after an angle bracket is none here": {"commonmark": [602], "gfm": [611]},
    "mailto: and xmpp: begin no bare address here": {
        "gfm": [633, 634, 635],
        "gfm-extensions": [19],
    },
    "footnotes are text where GitHub is not told of them": {"gfm-extensions": [23]},
}

# What random documents are without.
LEFT_OUT = {
    "raw HTML": r"<(?:b|div)>",
    "formulas": r"\$|\\[(\[]",
    "white space that is not ASCII, which is trimmed here": "[\xa0\u2028]",
    "definitions, which end their paragraph here: see ALONE": r"\]:",
    "bare addresses, which GitHub does not see after a bracket: see ALONE": "^https:",
    "blank lines that could be code, which GitHub counts as no blank lines": r"^(?:\t| {4})$",
}
# None is all that an item has: GitHub ends such an item at a blank line.
ALONE = [
    *("[foo]: https://a.org/x", "[a]: <https://b.org> 'title'", "[Bar]:\nhttps://c.org 't'"),
    *("> [q]: https://q.org", "[ünï]: https://münchen.de/ä"),
    "see https://c.org/x, www.c.org/a_b_c and a@b.org.",
]
EXTENSIONS = ["- [ ] to do\n- [x] done", "1. [x] x", "~~s~~ a~~b~~c", "| a |\n|---|\n| `|` | b |"]
LINES = [
    *(line for line in documents.LINES if not any(re.search(p, line) for p in LEFT_OUT.values())),
    *(f"\n\n{text}\n\n" for text in ALONE),
    *EXTENSIONS,
]
# Where GitHub's renderer does not do as its specification says.
ODD = {
    "no table after a delimiter row that was none": r"\|-.*\n.*\|",
    "spaces after a hard break": r"\\\n +\S",
}


@pytest.fixture(autouse=True)
def every_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a link of every address: which ones are safe is another question."""
    monkeypatch.setattr(tree, "safe_url", lambda address: Address(address, ""))


def html(text: str) -> str:
    return to_html(tree.to_tree(parse(text), lambda _: None))


def differ(text: str) -> bool:
    return github.tree(html(text)) != github.tree(github.rendered(text))


def told(texts: list[str]) -> str:
    shown = (f"{text!r}\n ours: {html(text)}\n GitHub's: {github.rendered(text)}" for text in texts)
    return "\n\n".join(list(shown)[:3])


@specifications.EVERY
def test_the_examples(specification: str) -> None:
    examples = specifications.examples(specification)
    compared = [each for each in examples if not github.has_raw_html(each.markdown)]
    assert len(examples) - len(compared) == WITH_HTML[specification]
    known = {n for numbers in APART.values() for n in numbers.get(specification, ())}
    different = {each.number: each.markdown for each in compared if differ(each.markdown)}
    assert different.keys() == known, told([t for n, t in different.items() if n not in known])


def test_the_extensions_are_among_them() -> None:
    sections = Counter(each.section for each in extended(specifications.gfm()))
    assert sections == {
        "4.10 Tables (extension)": 8,
        "5.3 Task list items (extension)": 2,
        "6.5 Strikethrough (extension)": 3,
        "6.9 Autolinks (extension)": 14,
        "6.11 Disallowed Raw HTML (extension)": 1,
    }


def extended(examples: list[Example]) -> list[Example]:
    return [each for each in examples if each.section.endswith("(extension)")]


@pytest.mark.parametrize("seed", range(3))
def test_random_documents(seed: int) -> None:
    count = 1000
    # The last line of code that is not closed keeps its spaces at GitHub, if it is not ended either.
    texts = [f"{text.rstrip()}\n" for text in documents.made_up(count, seed, LINES)]
    odd = Counter(reason for text in texts for reason in ODD if re.search(ODD[reason], text))
    compared = [text for text in texts if not any(re.search(p, text) for p in ODD.values())]
    assert len(compared) > 0.8 * count, odd
    assert set(odd) == set(ODD)
    assert not any(map(github.has_raw_html, compared))
    different = [text for text in compared if differ(text)]
    assert not different, f"{len(different)} differ\n\n{told(sorted(different, key=len))}"


def test_nothing_is_left_out_for_no_reason() -> None:
    for reason, pattern in LEFT_OUT.items():
        lines = [line for line in documents.LINES if re.search(pattern, line)]
        assert lines, reason
    assert len(LINES) > 0.8 * len(documents.LINES)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("<p>a</p>", "<p>b</p>"),
        ("<p>a b</p>", "<p>a  b</p>"),
        ("<ul><li>a</li></ul>", "<ul>\n<li>\n<p>a</p>\n</li>\n</ul>\n"),
        ("<p>☐ a</p>", '<p><input type="checkbox" checked="" disabled="" /> a</p>\n'),
        ('<p><a href="x">a</a></p>', '<p><a href="y">a</a></p>'),
        ('<p><a class="pplx-image" href="x">a</a></p>', '<p><img src="y" alt="a" /></p>'),
        ("<table><tr><th>a</th></tr></table>", '<table><tr><th align="left">a</th></tr></table>'),
        ("<pre><code>a\n</code></pre>", "<pre><code>a</code></pre>"),
        ('<ol start="2"><li>a</li></ol>', "<ol>\n<li>a</li>\n</ol>"),
        ("<p>a<em>b</em></p>", "<p>a<strong>b</strong></p>"),
        ("<p><s>b</s></p>", "<p>b</p>"),
    ],
)
def test_a_difference_would_be_seen(ours: str, theirs: str) -> None:
    assert github.tree(ours) != github.tree(theirs)
