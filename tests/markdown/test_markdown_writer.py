"""The tree as Markdown: it reads back as the same tree, and never as more."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from pplx_widget.markdown.markdown_writer import to_markdown
from pplx_widget.markdown.parser import parse
from pplx_widget.markdown.tree import Element, Item, to_tree

from ..support import specifications

# A reader of another make: no math, no policy about addresses, and raw HTML switched on.
OTHER_READER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


def cited(id_: int) -> Item | None:
    return Element("a", [f"[{id_}]"], "", {"href": f"https://s.org/{id_}"}) if id_ < 10 else None


def uncited(_: int) -> None:
    return None


def written(text: str) -> str:
    return to_markdown(to_tree(parse(text), uncited))


def compared(items: Iterable[Item], *, linked: bool = False) -> list[Any]:
    """Return a tree without what Markdown has no words for.

    No link stands in a link, citations stand on their own, and in a formula a space more or less, put
    where another reader would see a tag or a link, is the same.
    """
    found: list[Any] = []
    for item in items:
        if isinstance(item, str):
            put(found, item)
            continue
        children = compared(item.children, linked=linked or item.tag == "a")
        # Footnotes are written as text.
        if item.class_name == "pplx-note-ref":
            put(found, f"[^{children[0]}]")
            continue
        if item.class_name in ("pplx-notes", "pplx-note"):
            found += children
            continue
        if item.tag == "sup":
            children = [child for child in children if child != " "]
        if item.tag == "sup" or (item.tag == "a" and linked):
            for child in children:
                put(found, child)
            continue
        if item.class_name == "pplx-math":
            children = ["".join(children[0].split())]
        kept = {k: v for k, v in item.attributes.items() if k in ("href", "start")}
        name = "" if item.class_name == "pplx-image" else item.class_name
        if item.tag not in ("code", "pre"):
            without_line_ends(children)
        found.append((item.tag, name, kept, children))
    # A paragraph of nothing (`[](relative)`) is not written.
    return [item for item in found if item != ("p", "", {}, [])]


def without_line_ends(items: list[Any]) -> None:
    """Take away the line ends at the edges, beside what is not shown."""
    for edge in (0, -1):
        while items and (items[edge] == "" or items[edge][0] == "br"):
            del items[edge]
        if items and isinstance(items[edge], str):
            items[edge] = items[edge].strip("\n")
            if not items[edge]:
                without_line_ends(items)


def put(found: list[Any], item: Any) -> None:
    if isinstance(item, str) and found and isinstance(found[-1], str):
        found[-1] += item
    else:
        found.append(item)


def check(text: str) -> None:
    for cite in (uncited, cited):
        tree = to_tree(parse(text), cite)
        markdown = to_markdown(tree)
        again = to_tree(parse(markdown), cite)
        assert compared(again) == compared(tree), f"{text!r} was written as {markdown!r}"
        allowed = set(hrefs(tree))
        for token in tokens(OTHER_READER.parse(markdown)):
            assert token.type not in ("html_block", "html_inline", "image"), markdown
            if token.type == "link_open":
                assert token.attrs["href"] in allowed, markdown


def hrefs(items: Iterable[Item]) -> Iterator[str]:
    for item in items:
        if isinstance(item, Element):
            if "href" in item.attributes:
                # The other reader says these in its own way.
                yield OTHER_READER.normalizeLink(item.attributes["href"])
            yield from hrefs(item.children)


def tokens(found: Iterable[Token]) -> Iterator[Token]:
    for token in found:
        yield token
        yield from tokens(token.children or ())


@pytest.mark.parametrize(
    "text",
    [
        "snake_case and 5 * 3, a < b, 2 > 1, AT&T, x^2, ~5, #tag, -1, 3.14, a|b, f(x), wow!",
        "It costs $5.",
        "array[i] and [0, 1]",
        "# Title\n\n## C# and F#\n\ntext",
        "- one\n- two\n  - three\n\n    four",
        "1. one\n2. two\n   ```python\n   x = 1\n\n   y = 2\n   ```\n3. three",
        "- one\n\n  two\n\n- three",
        "> quote\n>\n> - list\n>\n> > deeper",
        "| a | b | c |\n| --- | ---: | :---: |\n| 1 \\| 2 | `x \\| y` | *z* |",
        "````text\n```\n````",
        "one\\\ntwo\nthree",
        "**bold**, *it*, **_both_**, *it **bold** it*, ~~no~~",
        "``a`b`` and $x_1 * y_2$ and \\(z\\)",
        "$$\na &= b \\\\\nc\n$$",
        "[text](https://e.org/a_(b)) and <https://e.org/x>",
        "***",
    ],
)
def test_what_needs_no_change_gets_none(text: str) -> None:
    assert written(text) == text


@pytest.mark.parametrize(
    ("items", "markdown"),
    [
        (["*a* _b_ __c__"], r"\*a\* \_b\_ \_\_c\_\_"),
        (["$5 and $10"], r"\$5 and \$10"),
        (["<b>&lt;</b>"], "&lt;b>&amp;lt;&lt;/b>"),
        (["a[1](b) [web:2]"], r"a\[1](b) \[web:2]"),
        (["1. a\n- b\n# c\n> d\n---"], "1\\. a\n\\- b\n\\# c\n\\> d\n\\---"),
        (["[1] ", Element("span", [r"\[x\]"], "pplx-math")], r"&#91;1] \[x\]"),
        (["[r]: https://e.org"], r"\[r]: https://e.org"),
        (["a`b\\c"], r"a\`b\\c"),
        ([" a \n\nb "], "&#32;a&#32;\n&#10;b&#32;"),
        (["!", Element("a", ["x"], "", {"href": "https://e.org"})], r"\![x](https://e.org)"),
        ([Element("em", ["a"]), Element("em", ["b"])], "*a*_b_"),
        (["a", Element("em", ["“b”"]), "c"], "&#97;*“b”*&#99;"),
        ([Element("em", [" a "])], "*&#32;a&#32;*"),
        ([Element("code", ["`"])], "`` ` ``"),
        ([Element("h2", ["a #"])], r"## a \#"),
        ([Element("h1", ["a\nb"])], "a\nb\n==="),
        ([Element("h3", ["a\nb"])], "### a&#10;b"),
        ([Element("ol", [Element("li", ["a"])], "", {"start": "7"})], "7. a"),
        (
            [Element("ul", [Element("li", ["a"])]), Element("ul", [Element("li", ["b"])])],
            "- a\n\n+ b",
        ),
        ([Element("pre", [Element("code", ["a\n"], "language-js")])], "```js\na\n\n```"),
        ([Element("blockquote")], ">"),
    ],
)
def test_text_stays_text(items: list[Item], markdown: str) -> None:
    assert to_markdown(items) == markdown


def test_citations() -> None:
    a, b = (
        Element("a", [f"[{n}]"], "", {"href": f"https://e.org/{n}", "title": 'T "q" — $5\n<b>'})
        for n in (1, 2)
    )
    title = r'"T \"q\" — \$5 &lt;b>"'
    one, two = (rf"[\[{n}\]](https://e.org/{n} {title})" for n in (1, 2))
    assert to_markdown(["So", Element("sup", [a, " ", b]), "."]) == f"So{one}{two}."


def test_an_address_cannot_leave_its_place() -> None:
    link = Element("a", ["x"], "", {"href": 'https://e.org/a) "b" <c> (&lt;\\'})
    markdown = to_markdown([link])
    assert markdown == "[x](<https://e.org/a)%20%22b%22%20%3Cc%3E%20(&amp;lt;%5C>)"


def test_pictures_and_formulas_are_fetched_by_no_reader() -> None:
    text = "![p](https://e.org/p) $![a](https://e.org/b)$ \\(<img src=https://e.org/c>\\)"
    check("$![a$ b](https://e.org/c) $![a$ [b](https://e.org/c) $[a$ b](javascript:c)")
    markdown = written(text)
    assert markdown.startswith('[image: e.org](https://e.org/p "p") $![a]')
    shown = OTHER_READER.render(markdown)
    assert shown.count("https://e.org") == 3
    assert re.findall(r"<[^p/][^>]*>", shown) == ['<a href="https://e.org/p" title="p">']


@pytest.mark.parametrize(
    ("formula", "markdown"),
    [
        ("$a<b$", "$a<b$"),
        ("$a<b$ and c > d", "$a< b$ and c > d"),
        ('$<img src="$ " onerror=alert(1)>', '$< img src="$ " onerror=alert(1)>'),
        ("$$\n<div\n$$", "$$\n< div\n$$"),
    ],
)
def test_a_formula_is_no_html(formula: str, markdown: str) -> None:
    assert written(formula) == markdown
    check(formula)


@specifications.EVERY
def test_the_specifications_read_back(specification: str) -> None:
    for example in specifications.examples(specification):
        check(example.markdown)
        # Most of their links are relative, which are no links here.
        check(re.sub(r"(?<=[(\s<])/(?=[a-z])", "https://e.org/", example.markdown))


PARTS = [
    *"a \n*_~`[]()|$\\&<!^=-+:.5#é“€😀\t",
    *("foo", "b ", "  ", "\n\n", "**", "__", "~~", "``", "```", "~~~\n", "    ", "\\\n", "  \n"),
    *("](https://e.org/a)", '[x](https://e.org/b_c "t")', "![alt](https://e.org/p.png)"),
    *("<https://e.org>", "[1]", "[web:2]", "[1][2]", "[r]", "\n[r]: https://e.org/r\n", "{.c}"),
    *("1. ", "2) ", "- ", "+ ", "* ", "> ", "# ", "## ", "---\n", "===\n", "s_n", "x*y", "<b>"),
    *("| a | b |\n|---|:-:|\n| 1 | 2 |\n", "$x_1$", "$$y$$", "\\(z\\)", "\\[w\\]", "\\*"),
    *("<!x ", '<img src="', '$<img src="$', "$$\n<div\n$$", "$a<b$", '" onerror=x>', "</p>"),
    *("&amp;", "&lt;b&gt;", "&#32;", "&nbsp;", "javascript:alert(1)"),
]


@pytest.mark.parametrize("seed", range(4))
def test_random_documents_read_back(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(400):
        length = chance.randint(1, chance.choice([6, 14, 30]))
        check("".join(chance.choice(PARTS) for _ in range(length)))
