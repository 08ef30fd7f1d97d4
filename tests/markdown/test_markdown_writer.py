"""A tree as Markdown: it reads back as the same tree, without additional links or elements."""

from __future__ import annotations

import random
import re
import sys
from collections.abc import Iterable, Iterator
from re import _constants, _parser  # type: ignore[attr-defined]
from typing import Any

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from pplx_widget.markdown import bare
from pplx_widget.markdown.ends import drop_stray_end
from pplx_widget.markdown.markdown_writer import to_markdown
from pplx_widget.markdown.parser import parse
from pplx_widget.markdown.tree import Element, Item, text_of, to_tree

from ..support import specifications

# A different reader: without math, without a check of addresses, and with raw HTML.
OTHER_READER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


def cited(id_: int) -> Item | None:
    return Element("a", [f"[{id_}]"], "", {"href": f"https://s.org/{id_}"}) if id_ < 10 else None


def uncited(_: int) -> None:
    return None


def written(text: str) -> str:
    return to_markdown(to_tree(parse(text), uncited))


def compared(items: Iterable[Item], *, linked: bool = False) -> list[Any]:
    """Return a tree without the details that Markdown cannot express.

    Links have no inner links, citations are not joined, and the spaces that keep tags and links out of
    a formula are ignored.
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
        if item.tag == "sup" and item.class_name:
            children = [child for child in children if child != " "]
        if (item.tag == "sup" and item.class_name) or (item.tag == "a" and linked):
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
    # An empty paragraph (from `[](relative)`) is not written.
    return [item for item in found if item != ("p", "", {}, [])]


def without_line_ends(items: list[Any]) -> None:
    """Remove the line ends at the edges, which were next to items that are not shown."""
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
            assert token.type not in ("html_block", "image"), markdown
            assert token.type != "html_inline" or re.fullmatch(r"<br>|</?su[bp]>", token.content), (
                markdown
            )
            if token.type == "link_open":
                assert token.attrs["href"] in allowed, markdown


def hrefs(items: Iterable[Item]) -> Iterator[str]:
    for item in items:
        if isinstance(item, Element):
            if "href" in item.attributes:
                # The other reader normalizes addresses in its own way.
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


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        *(("a<br>", "a"), ("**a<br>**", "**a**"), ("[a<br>](https://e.org)", "[a](https://e.org)")),
        *((f"a {mark}", "a") for mark in ("**", "*", "~~", "`", "![", "[", "\\", "<br>")),
        *((f"a\n\n{mark}", "a") for mark in ("-", "#", ">", "1.", "**", "> -")),
        *(
            ("- a\n-", "- a"),
            ("**a **", r"\*\*a"),
            ("a*", r"a\*"),
            ("`a `", "`a `"),
            ("$x$", "$x$"),
        ),
    ],
)
def test_a_cut_text_ends_without_a_stray_mark(text: str, ends: str) -> None:
    tree = to_tree(parse(text), uncited)
    drop_stray_end(tree)
    assert to_markdown(tree) == ends


def test_tags_are_written() -> None:
    for text in ("H<sub>2</sub>O and x<sup>*a*</sup>", "| a<br>b |\n| --- |\n| c |", "### a<br>b"):
        assert written(text) == text
        check(text)
    # Tags that the parser would not read again are left out.
    assert written("<sub>&#96;</sub> <sup>[x](https://e.org)</sup>") == "\\` [x](https://e.org)"
    assert written("<sub>" + "\\*" * 70 + "</sub>") == "\\*" * 70
    check("[1, 2] 【1】 [1] \\[1, 2] &#12304;1】 [1【2】 ［3］ [1-3]: x")


def test_pictures_and_formulas_are_fetched_by_no_reader() -> None:
    text = "![p](https://e.org/p) $![a](https://e.org/b)$ \\(<img src=https://e.org/c>\\)"
    check("$![a$ b](https://e.org/c) $![a$ [b](https://e.org/c) $[a$ b](javascript:c)")
    markdown = written(text)
    assert markdown.startswith('[image: e.org (p)](https://e.org/p "p") $![a]')
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
        # Most of their links are relative, and relative addresses do not become links here.
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


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        ("#head\na\n#. b", "\\#head\na\n\\#. b"),
        ("% title\na\n%%time", "\\% title\na\n\\%%time"),
        ("+++\na\n+++ {}\n++ b", "\\+++\na\n\\+++ \\{}\n++ b"),
        (":field: a\n::include", "\\:field: a\n\\::include"),
        ("+---+\n+===+\n+:--+", "\\+---+\n\\+===+\n\\+:--+"),
        ("(a)=\nb\n(c-d)= \ne = (f)=g", "(a)\\=\nb\n(c-d)\\=&#32;\ne = (f)=g"),
        ("!!! note\n??? note\nno!!! 5%, C#, a:b", "\\!!! note\n\\??? note\nno!!! 5%, C#, a:b"),
        ("a{.b} {c=d}", "a\\{.b} \\{c=d}"),
        ("{{ a }} {% b %} {# c #}", "\\{\\{ a }} \\{\\% b %} \\{\\# c #}"),
        ("{{< env HOME >}}", "\\{\\{< env HOME >}}"),
        ("@key -@key [@key] (@) a @ b", "\\@key -\\@key [\\@key] (\\@) a @ b"),
        ("<é> <ß <1 < a <-", "&lt;é> &lt;ß <1 < a <-"),
        ("x^2 and y^2", "x\\^2 and y\\^2"),
    ],
)
def test_what_other_readers_obey_is_text(text: str, markdown: str) -> None:
    assert to_markdown([text]) == markdown
    assert to_markdown([Element("text", [text])]) == markdown
    for place in ("p", "blockquote", "li"):
        tree = to_tree(parse(to_markdown([Element(place, [text])])), uncited)
        # The texts are equal; a character reference keeps the white space before a line end.
        assert [*map(text_of, tree)] == [text]


@pytest.mark.parametrize(
    ("code", "markdown"),
    [
        ("r 1 + 1", "` r 1 + 1 `"),
        ("r#x", "` r#x `"),
        ("{python} x", "` {python} x `"),
        ("{r} `x`", "`` {r} `x` ``"),
        ("read", "`read`"),
        ("a {b}", "`a {b}`"),
    ],
)
def test_code_in_a_line_is_run_by_no_reader(code: str, markdown: str) -> None:
    assert to_markdown([Element("code", [code])]) == markdown
    check(markdown)


@pytest.mark.parametrize(
    "line", ["[^1]: b", "% b", "+++", "#b", ":b", "(b)=", "~~~", "- b", "1. b"]
)
def test_no_line_of_a_formula_begins_a_block(line: str) -> None:
    def formula(text: str) -> str:
        return to_markdown([Element("span", [text], "pplx-math")])

    assert formula(f"$$\na\n{line}\nc\n$$") == f"$$\na {line}\nc\n$$"
    assert formula(f"$$\na\n&{line}\n$$") == f"$$\na\n&{line}\n$$"


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        # A link would go to another host than it seems to.
        ("www.a.org@evil.org", "www\\.a.org@evil.org"),
        ("https://a@evil.org/$x$", "https:\\//a\\@evil.org/$x$"),
        ("$www.a@evil.org$", "$www. a@evil.org$"),
        ("$WWW.a@evil.org$", "$WWW. a@evil.org$"),
        ("$https://a@evil.org$", "$https:/ /a@evil.org$"),
        ("$https://a.org/b$", "$https://a.org/b$"),
        # The text after the address does not belong to it.
        ("$a<www.b.org$`c`", "$a<www. b.org$`c`"),
        ("$a www.b.org$`c`", "$a www. b.org$`c`"),
    ],
)
def test_bare_addresses_of_an_answer(text: str, markdown: str) -> None:
    assert written(text) == markdown


# Like some readers, this one links even a host name alone.
LINKING = MarkdownIt("commonmark", {"linkify": True}).enable("linkify")
BARE = [
    *("https://evil.org", "HTTP://evil.org/a", "ftp://evil.org", "xhttps://evil.org"),
    *("www.evil.org", "WWW.evil.org/a", "_www.evil.org_", "*www.evil.org*", "(www.evil.org)"),
    *("//evil.org/a", "me@evil.org", "_me@evil.org", "mailto:me@evil.org", "_mailto:me@evil.org"),
    *("https://" + "a" * 400 + ".org", "www." + "a." * 300 + "org", "me@" + "a." * 300 + "org"),
    *("xmpp:me@evil.org", "https://a@evil.org", "www.a.org@evil.org", "https://évil.org"),
]


@pytest.mark.parametrize("address", BARE)
@pytest.mark.parametrize("around", ["{}", "a {} b", "“{}”", "a\n{}", "`{}", "[{}]", "{}{}"])
def test_a_bare_address_of_a_stranger_is_no_link(address: str, around: str) -> None:
    text = around.replace("{}", address)
    shown = to_markdown([Element("text", [text])])
    [paragraph] = [token for token in LINKING.parse(shown) if token.type == "inline"]
    children = paragraph.children or []
    said = "".join("\n" if each.type == "softbreak" else each.content for each in children)
    linked = [
        children[i + 1].content for i, each in enumerate(children) if each.type == "link_open"
    ]
    assert said == text
    # A host name alone cannot be escaped: it has no character that marks it as an address.
    assert not [each for each in linked if re.search(r"//|@|:|\bwww\.", each, re.IGNORECASE)]


def repeats(pattern: Any) -> Iterator[int]:
    """Yield the maximum number of repetitions of each part of a parsed regular expression."""
    for operation, argument in pattern:
        if operation in (_constants.MAX_REPEAT, _constants.MIN_REPEAT):
            yield argument[1]
        for part in argument if isinstance(argument, tuple | list) else ():
            for each in part if isinstance(part, list) else [part]:
                if isinstance(each, _parser.SubPattern):
                    yield from repeats(each)


def test_an_address_is_looked_for_within_bounds() -> None:
    found = [each for each in vars(bare).values() if isinstance(each, re.Pattern)]
    assert len(found) == 4
    bounds = [n for each in found for n in repeats(_parser.parse(each.pattern, each.flags))]
    assert bounds
    assert max(bounds) == 300


@pytest.mark.parametrize(
    "text",
    [
        *(
            "https://",
            "//a",
            "www.",
            "a@",
            "@a",
            "[",
            "](",
            "[x](",
            "$",
            "*a",
            "<a",
            "&",
            "{",
            "{%",
        ),
        *("^", "+++\n", "(a)=\n", "[1]", "`", "~", "\\(", "- ", "| ", " "),
    ],
)
def test_work_grows_with_the_text(text: str) -> None:
    def work(count: int) -> int:
        calls = 0

        def called(*_: object) -> None:
            nonlocal calls
            calls += 1

        tree = [Element("text", [text * count]), "<b>", Element("em", ["x"])]
        sys.setprofile(called)
        try:
            to_markdown(tree)
        finally:
            sys.setprofile(None)
        return calls

    assert work(800) < 2.2 * work(400)
