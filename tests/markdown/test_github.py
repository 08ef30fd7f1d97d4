"""Our renderer compared with GitHub's: all differences are listed and counted, with their reasons."""

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

# The number of examples with raw HTML, which is text here, so they are not compared.
WITH_HTML = {"commonmark": 72, "gfm": 73, "gfm-extensions": 2}

# The other examples that differ: the reason, and the numbers of the examples.
APART = {
    "the name of a language keeps its escapes here": {"commonmark": [24], "gfm": [320]},
    "GitHub accepts eight digits in a character reference": {"commonmark": [28], "gfm": [324]},
    "a currency sign is punctuation since CommonMark 0.31": {"commonmark": [354]},
    "of three tildes, two strike through here": {"gfm": [493], "gfm-extensions": [18]},
    "no bare address after an angle bracket here": {"commonmark": [602], "gfm": [611]},
    "no bare address with mailto: or xmpp: here": {
        "gfm": [633, 634, 635],
        "gfm-extensions": [19],
    },
    "footnotes are not enabled in GitHub's renderer": {"gfm-extensions": [23]},
}

# Lines that random documents leave out, with the reasons.
LEFT_OUT = {
    "raw HTML": r"<(?:b|div)>",
    "formulas": r"\$|\\[(\[]",
    "white space beyond ASCII, which is trimmed here": "[\xa0\u2028]",
    "definitions, which end their paragraph here: see ALONE": r"\]:",
    "bare addresses, which GitHub ignores after a bracket: see ALONE": "^https:",
    "blank lines with the indent of code, which GitHub does not treat as blank": r"^(?:\t| {4})$",
}
# None of them is the whole content of an item: GitHub ends such an item at a blank line.
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
# Cases in which GitHub's renderer does not follow its specification.
ODD = {
    "no table after a line that only looked like a delimiter row": r"\|-.*\n.*\|",
    "spaces after a hard break": r"\\\n +\S",
}


@pytest.fixture(autouse=True)
def every_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """Turn every address into a link, safe or not, since GitHub has other rules for them."""
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
    # In GitHub's renderer, the last line of unclosed code keeps its spaces if it has no line end.
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
