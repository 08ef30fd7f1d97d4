"""Markdown to tree to HTML: the output, its links, and that it contains no other elements."""

from __future__ import annotations

import re
import time
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pplx_widget.markdown import tree
from pplx_widget.markdown.html_writer import to_html
from pplx_widget.markdown.parser import parse
from pplx_widget.markdown.tree import Element, Item, to_tree
from pplx_widget.markdown.urls import Address, disguised_host, safe_url

from ..support import attacks, documents, specifications


def cite(id_: int) -> Item | None:
    return Element("a", [str(id_)]) if id_ < 10 else None


def html(text: str) -> str:
    return to_html(to_tree(parse(text), cite))


# ---- the output ----


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a[1][3].", 'a<sup class="pplx-cite"><a>1</a> <a>3</a></sup>.'),
        (
            "a[1] [3]",
            'a<sup class="pplx-cite"><a>1</a></sup> <sup class="pplx-cite"><a>3</a></sup>',
        ),
        ("a[1][99]", 'a<sup class="pplx-cite"><a>1</a></sup>[99]'),
        ("`[1]` \\[1] [0x1]", "<code>[1]</code> [1] [0x1]"),
        ("x[1]: y", 'x<sup class="pplx-cite"><a>1</a></sup>: y'),
        ("[1]: evil", "[1]: evil"),
        ("$x_1 * y * z_1$", '<span class="pplx-math">$x_1 * y * z_1$</span>'),
        ("$5 and $10", "$5 and $10"),
        ("$ x$ and $x $", "$ x$ and $x $"),
        ("\\(a*b*c\\)", '<span class="pplx-math">\\(a*b*c\\)</span>'),
        ("\\(\\) \\[\\\\\\] \\(*\\)", "() [\\] (*)"),
        ("\\[1\\] \\[d\\]", '[1] <span class="pplx-math">\\[d\\]</span>'),
        ("`$a$` $b `c$`", "<code>$a$</code> $b <code>c$</code>"),
        ("<b>&amp;&copy;</b>", "&lt;b&gt;&amp;©&lt;/b&gt;"),
        ("foo\\  \nbar", "foo\\<br>bar"),
    ],
)
def test_a_paragraph_shows(text: str, shown: str) -> None:
    assert html(text) == f"<p>{shown}</p>"


def test_citations_may_stand_on_their_own() -> None:
    assert to_tree(parse("a[1][3][99]"), cite, runs=False) == [
        Element("p", ["a", Element("a", ["1"]), Element("a", ["3"]), "[99]"])
    ]


def test_a_link_tells_its_target_nothing() -> None:
    rest = 'rel="noopener noreferrer nofollow" target="_blank"'
    assert html("[x](https://a.org/ä)") == f'<p><a href="https://a.org/%C3%A4" {rest}>x</a></p>'
    disguised = f'<p><a href="https://b.org" {rest}>a.org (b.org)</a></p>'
    assert html("[a.org](https://b.org)") == disguised
    picture = html("[see ![a picture](https://a.org/p.png)](https://b.org)")
    assert picture == f'<p><a href="https://b.org" {rest}>see a picture</a></p>'
    image = f'<a class="pplx-image" href="https://a.org/x.png" {rest} title="&quot;alt&quot;">'
    assert html('!["alt"](https://www.a.org/x.png)') == html(
        '!["alt"](https://a.org/x.png)'
    ).replace("//a", "//www.a")
    assert html('!["alt"](https://a.org/x.png)') == f'<p>{image}image: a.org ("alt")</a></p>'
    assert html("[x](/tree?token=1) ![y](data:image/png;x)") == "<p>x y</p>"


def test_tables_lists_and_code() -> None:
    assert html("|a|b|\n|-|:-:|\n|1|2|").startswith(
        '<div class="pplx-table"><table><thead><tr><th>a</th><th class="pplx-align-center">b</th>'
    )
    assert html("7. a\n8. b") == '<ol start="7"><li>a</li><li>b</li></ol>'
    assert html("```PY x\n<a>\n\n```") == '<pre><code class="language-py">&lt;a&gt;\n</code></pre>'
    assert html('```a"b\n```') == "<pre><code></code></pre>"
    assert html("---") == "<hr>"


def test_footnotes() -> None:
    ref = '<sup class="pplx-note-ref">{}</sup>'
    a, b = ref.format("a"), ref.format("b")
    note = '<div class="pplx-note">{}</div>'
    notes = '<div class="pplx-notes">{}</div>'
    assert html("x[^2] y[^q] z[^2]\n\n[^q]: Q\n[^2]: *T*") == (
        f"<p>x{a} y{b} z{a}</p>"
        + notes.format(note.format(f"<p>{a} <em>T</em></p>") + note.format(f"<p>{b} Q</p>"))
    )
    # With blocks. Of two footnotes with the same label, ignoring case, the first one counts.
    assert html("[^X]:\n    - a\n\n[^x]: b\n\nc[^x]") == f"<p>c{a}</p>" + notes.format(
        note.format(f"<p>{a}</p><ul><li>a</li></ul>")
    )
    assert html("[^no] [1^] [^a b]") == "<p>[^no] [1^] [^a b]</p>"
    assert html("`[^q]` $[^q]$ [[^q]](https://a.org)\n\n[^q]: Q").count(a) == 1
    assert html("> [^q]: Q") == "<blockquote><p>[^q]: Q</p></blockquote>"
    many = "".join(f"[^{i}]" for i in range(28)) + "".join(f"\n\n[^{i}]: x" for i in range(28))
    assert ref.format("ab") in html(many)


def test_tasks() -> None:
    box = '<span class="pplx-task">{}</span>'
    todo, done = box.format("☐"), box.format("☑")
    assert html("- [ ] a\n- [X] b") == f"<ul><li>{todo} a</li><li>{done} b</li></ul>"
    assert html("1. [x] a\n\n   b") == f"<ol><li><p>{done} a</p><p>b</p></li></ol>"
    # Only at the start of an item, with text after it.
    assert html("- a\n\n  [x] b") == "<ul><li><p>a</p><p>[x] b</p></li></ul>"
    assert html("[x] a") == "<p>[x] a</p>"
    assert (
        html("- [ ]\n- [x]b\n- # [x] c")
        == "<ul><li>[ ]</li><li>[x]b</li><li><h1>[x] c</h1></li></ul>"
    )


def test_attributes_are_escaped() -> None:
    element = Element("a", ["<&>\"'"], "x", {"title": "<&>\"'"})
    assert to_html([element, "\x00"]) == (
        '<a class="x" title="&lt;&amp;&gt;&quot;\'">&lt;&amp;&gt;"\'</a>\x00'
    )


# ---- addresses ----


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        " https://a.org",
        "https://a.org\n",
        "data:text/html,x",
        "/tree?token=1",
        "//evil.org",
        "http:evil.org",
        "https://",
        "https:///evil.org",
        "https://user:secret@evil.org/",
        "https://bank.com\\@evil.org/",
        "https://b%61nk.com/",
        "https://a.org:65536/",
        "https://a.org:/",
        "https://1.2.3/",
        "https://0x7f.0.0.1/",
        "https://127.0.0.01/",
        "https://[::1]/",
        "https://a..org/",
        "https://xn--a/",
        "https://xn--a-/",
        "https://a\u200b.org/",
        "https://a.org/\u202egpj.exe",
        "https://a.org/\ud800",
        "https://ﬁ.org",
        "https://a\u3002org",
        "https://\u05d0b.org",
        f"https://{'é' * 100_000}.org",
        "mailto:",
        "",
    ],
)
def test_no_link(address: str) -> None:
    assert safe_url(address) is None


@pytest.mark.parametrize(
    ("address", "href", "host"),
    [
        ("https://a.org", "https://a.org", "a.org"),
        ("HTTPS://Www.A.org:443/x y", "https://www.a.org/x%20y", "a.org"),
        ("http://a.org:080/?q=ä|b#%zz%41", "http://a.org/?q=%C3%A4%7Cb#%25zz%41", "a.org"),
        ("http://a.org:8080", "http://a.org:8080", "a.org:8080"),
        ("https://127.0.0.1/", "https://127.0.0.1/", "127.0.0.1"),
        ("https://Bücher.example", "https://xn--bcher-kva.example", "xn--bcher-kva.example"),
        ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example", "xn--bcher-kva.example"),
        ("https://日本語.jp/", "https://xn--wgv71a119e.jp/", "xn--wgv71a119e.jp"),
        ("https://\u05d0\u05d1.org", "https://xn--4dbc.org", "xn--4dbc.org"),
        ("MAILTO:a@b.org?subject=x y", "mailto:a@b.org?subject=x%20y", "a@b.org"),
    ],
)
def test_a_link_leads_to(address: str, href: str, host: str) -> None:
    assert safe_url(address) == Address(href, host)
    assert safe_url(href) == Address(href, host)


@given(st.text(), st.sampled_from(["", "https://", "http://a.org", "https://a.org/", "mailto:a@"]))
def test_any_text_is_an_address_in_ascii_or_none(text: str, start: str) -> None:
    address = safe_url(start + text)
    if address:
        assert re.fullmatch(r"(https?://[a-z0-9._-]+(:\d+)?([/?#].*)?|mailto:.*@.*)", address.href)
        assert re.fullmatch("[!-~]+", address.href)
        assert safe_url(address.href) == address


def test_a_disguised_host_is_told() -> None:
    evil = Address("https://evil.org/", "evil.org")
    assert disguised_host("bank.com", evil) == "evil.org"
    assert disguised_host("https://bank.com/login", evil) == "evil.org"
    assert disguised_host("www.evil.org/x", evil) is None
    assert disguised_host("the report", evil) is None
    lookalike = safe_url("https://рау.org/x")
    assert lookalike
    assert disguised_host("pay", lookalike) == lookalike.host == "xn--80a5ak.org"
    assert disguised_host("see xn--80a5ak.org", lookalike) is None


# ---- hostile and large input ----

ALLOWED = {
    *tree._TAGS,
    *("a", "br", "hr", "code", "pre", "div", "span", "sup"),
}


class Inspector(HTMLParser):
    """A parser that fails on any tag or attribute that is not ours."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in ALLOWED
        for name, value in attrs:
            assert name in {"class", "href", "rel", "target", "title", "start"}
            assert value is not None
            if name == "href":
                assert value.startswith(("https://", "http://", "mailto:"))
            if name == "class":
                assert re.fullmatch("(pplx|language)-[a-z0-9+#-]+", value)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)

    def handle_decl(self, decl: str) -> None:
        raise AssertionError(decl)


def inspect(text: str) -> None:
    inspector = Inspector()
    inspector.feed(html(text))
    inspector.close()


def test_nothing_but_ours_gets_through() -> None:
    for text in documents.made_up(500, seed=2):
        inspect(text)


@attacks.EVERY
def test_no_attack_gets_through(name: str) -> None:
    for text in attacks.strings(name):
        inspect(text)


@pytest.mark.parametrize(
    "text",
    [
        *(
            piece * 20_000
            for piece in ("$", "\\(", "\\[", "$a", "\\(a", "[", "[1]", "![", "`a", "*a ")
        ),
        "> " * 5_000 + "a",
        "- " * 5_000 + "a",
        "*_" * 5_000 + "a" + "_*" * 5_000,
    ],
    ids=lambda text: text[:4],
)
def test_much_of_anything_costs_little(text: str) -> None:
    started = time.monotonic()
    html(text)
    assert time.monotonic() - started < 20


# ---- the specification ----

# The tags of CommonMark's own output. An example with other tags, or with these tags in its source, is
# about raw HTML, which is text here, or about images, which become links.
_WRITTEN = re.compile(
    r"</?(?:p|h[1-6]|ul|ol|li|blockquote|strong|em|pre|code|a)>|<[bh]r />|<ol start=\"\d+\">"
    r'|<code class="language-[^"]*">|<a href="[^"]*"(?: title="[^"]*")?>'
)
# Examples with bare addresses, which are text in CommonMark.
_LINKED_BY_GFM = {606, 608, 611, 612}
_BLOCKS = re.compile(r"\s*(</?(?:p|h\d|ul|ol|li|blockquote|pre|hr|br)>)\s*")


def test_the_specification_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tree, "safe_url", lambda address: Address(address, ""))
    plain = [
        each
        for each in specifications.commonmark()
        if each.number not in _LINKED_BY_GFM
        and "<" not in _WRITTEN.sub("", each.html)
        and not re.search(r"<\w+ \w+=|<!|</?\w+>", each.markdown)
    ]
    different = {
        each.number: (shown, wanted)
        for each in plain
        if (shown := shape(html(each.markdown)))
        != (wanted := shape(each.html.replace("\n</code></pre>", "</code></pre>")))
    }
    assert not different
    assert len(plain) > 500


def test_addresses_as_github_links_them() -> None:
    linked = [
        each
        for each in specifications.gfm()
        if each.section == "6.9 Autolinks (extension)"
        and not re.search("mailto:|xmpp:", each.markdown)
    ]
    for each in linked:
        shown = re.sub(' rel="[^"]*" target="_blank"', "", html(each.markdown))
        # Except addresses that may not be links.
        wanted = re.sub('<a href="ftp:[^>]*>(.*?)</a>', r"\1", each.html)
        assert shown == wanted.replace("&quot;", '"').replace("\n", "")
    assert len(linked) > 10


def shape(page: str) -> str:
    page = re.sub(r"<(\w+) (?:class|href|title)[^>]*>|<([bh]r) />", r"<\1\2>", page)
    return _BLOCKS.sub(r"\1", page.replace("&quot;", '"'))
