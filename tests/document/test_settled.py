"""A finished answer as a document: what is in it, what is not, how much it takes, where it opens."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import bleach
import nbformat
import pypandoc
import pytest
from nbconvert.exporters import HTMLExporter, LatexExporter, MarkdownExporter

import pplx_widget as pplx
from pplx_widget.core.events import (
    Failed,
    Fetching,
    Finished,
    PagesFetched,
    Searching,
    Source,
    SourcesFound,
    Text,
    Thought,
)
from pplx_widget.core.state import AnswerState
from pplx_widget.document import forms
from pplx_widget.server.library import samples
from pplx_widget.server.server import LocalServer
from pplx_widget.widget import Answer

from ..support.wire_server import WireServer

SOURCES = (
    Source(
        7,
        "On <bees>",
        "https://bees.org/7?a=1&b=2",
        "bees.org",
        "2026-01-02",
        snippet='They "dance".',
    ),
    Source(3, "On ants", "https://ants.org/3", "ants.org", snippet="Ants walk. " * 40),
    Source(9, "On wasps", "javascript:alert(1)", "wasps.org"),
)


def state(*events: object, status: str = "complete") -> AnswerState:
    """Return the state after these events and an end."""
    folded = AnswerState()
    for at, event in enumerate((*events, Finished(status))):
        folded.apply(event, at)
    return folded


@pytest.fixture(scope="module")
def answers() -> Iterator[list[Answer]]:
    """Every shipped sample, answered."""
    with LocalServer(speed=0) as server:
        pplx.configure(base_url=server.base_url)
        asked = [pplx.ask(question) for question in samples().questions]
        yield [answer.wait(60) for answer in asked]


# ---- what is in it ----------------------------------------------------------------------------------


def test_html_holds_the_answer_and_where_it_comes_from() -> None:
    html = forms.html(
        "Do bees <talk>?",
        state(
            Searching(("bees",)),
            SourcesFound(SOURCES, ("bees",)),
            Fetching(("https://bees.org/7",)),
            PagesFetched(("https://bees.org/7",)),
            Thought("Hmm."),
            Text("They **dance**.[3][web:7] Not [8].\n\n```py\nx = 1\n```\n"),
            Text("And so it goes. " * 50),  # there is room for all of it only where there is much
        ),
    )
    assert "<b>Do bees &lt;talk&gt;?</b>" in html
    assert "<strong>dance</strong>" in html
    assert re.search(
        r'<sup class="pplx-cite"><a href="https://ants.org/3"[^>]*>1</a> <a [^>]*>2</a></sup>', html
    )
    assert "Not [8]." in html  # no source has this id
    assert 'title="They &quot;dance&quot;."' in html
    assert "Also found (1)" in html
    assert "javascript:" not in html
    assert "1 search · 1 page read" in html
    assert "“bees”" in html
    assert "Hmm." in html
    assert "2 sources cited of 3" in html
    assert "<samp>1</samp>" in html


def test_markdown_links_every_citation_and_lists_the_sources() -> None:
    folded = state(SourcesFound(SOURCES), Text("They dance.[3][web:7]"))
    text = forms.markdown("Q?", folded)
    assert r"They dance.[\[1\]](<https://ants.org/3>)[\[2\]](<https://bees.org/7?a=1&b=2>)" in text
    assert "1. [On ants](https://ants.org/3) · ants.org" in text
    assert text.index("**Sources**") < text.index("[On ants]") < text.index("Also found (1)")


def test_the_markdown_form_names_each_source_once() -> None:
    folded = state(SourcesFound(SOURCES), Text("They dance.[3][web:7] And[3]"))
    text = forms.mime_bundle("Q?", folded)["text/markdown"]
    label = re.search(r"\[(s[0-9a-f]{4})-1\]: <https://ants.org/3>", text)
    assert label
    assert (
        rf"They dance.[\[1\]][{label[1]}-1][\[2\]][{label[1]}-2] And[\[1\]][{label[1]}-1]" in text
    )
    assert f"[{label[1]}-2]: <https://bees.org/7?a=1&b=2>" in text


def test_plain_text_numbers_citations_as_the_page_does() -> None:
    text = forms.plain("Q?", state(SourcesFound(SOURCES), Text("They dance.[3][web:7]")))
    assert "They dance.[1][2]" in text
    assert "[1] On ants — https://ants.org/3" in text


@pytest.mark.parametrize("status", ["incomplete", "stopped"])
def test_unfinished_never_looks_finished(status: str) -> None:
    folded = state(Text("Half of"), status=status)
    for form in forms.mime_bundle("Q?", folded).values():
        assert status.capitalize() in form
        assert "Half of" in form
        assert "Answered" not in form


def test_an_error_is_a_card_after_the_text_that_came() -> None:
    folded = AnswerState()
    folded.apply(Text("So far"), 1)
    folded.apply(Failed(pplx.RateLimited("Too & many.", "Because `x`.", "Wait.")), 2)
    bundle = forms.mime_bundle("Q?", folded)
    assert "Too &amp; many." in bundle["text/html"]
    assert '<code class="pplx-code">x</code>' in bundle["text/html"]
    for kind, form in bundle.items():
        assert form.index("So far") < form.index("Because")
        assert form.count("Failed") == 1, kind


def test_formulas_are_for_the_host_to_typeset_and_prices_are_not() -> None:
    html = forms.html("Q?", state(Text(r"From $5 to $10, \(a_1*b*c\) and $x^2$.")))
    assert html.count("mathjax_process") == 2
    assert r">\(a_1*b*c\)</span>" in html
    assert html.index("mathjax_ignore") < html.index("From $5 to $10")


def test_a_formula_that_would_lead_elsewhere_stays_as_it_was_written() -> None:
    html = forms.html("Q?", state(Text(r"$\href{https://evil.org}{x}$ $\gdef\frac{H}$ $\frac12$")))
    assert html.count("mathjax_process") == 1
    assert r'<span class="pplx-math">$\href{https://evil.org}{x}$</span>' in html


def test_formulas_in_markdown_are_such_as_pandoc_knows() -> None:
    text = forms.markdown("Q?", state(Text(r"Both \( a_1*b*c \) and \[x^2\] for $5, and $y$.")))
    assert r"Both $a_1*b*c$ and $$x^2$$ for \$5, and $y$." in text


def test_no_blank_line_ends_the_html_inside_markdown() -> None:
    html = forms.html("Q?\n \t\nR?", state(Text("```\na\n\n  \nb\n```\n\nc")))
    assert not re.search(r"\n[ \t]*\n", html)
    assert "a&#10;&#10;  \nb" in html


def test_what_was_cut_off_in_mid_answer_reads_as_that() -> None:
    under_way = AnswerState()
    under_way.apply(Text("So far"), 1)
    assert "Not finished" in forms.markdown("Q?", under_way)


# ---- how much it takes ------------------------------------------------------------------------------


def weight(answer_state: AnswerState) -> int:
    sources = sum(
        len("".join((s.title, s.url, s.snippet[:300])).encode()) for s in answer_state.sources
    )
    return len(str(answer_state.text).encode()) + sources


def size(forms: dict[str, str]) -> int:
    return sum(len(form.encode()) for form in forms.values())


def test_every_sample_keeps_to_the_budget(answers: list[Answer]) -> None:
    for answer in answers:
        bundle = forms.mime_bundle(answer.question, answer._session.state)
        assert size(bundle) <= 4 * weight(answer._session.state) + 6_000, answer.question


@pytest.mark.parametrize(
    "text",
    [
        "Yes.",
        "```python\n" + "def f(x): return [x, 1, 'a']\n" * 200 + "```\n",
        "A claim about bees, as long as such claims are, from two of the many sources.[3][web:7] "
        * 100,
        "| a | b |\n|---|---|\n" + "| 1 | 2 |\n" * 200,
        "Ключ к разгадке. 答えは簡単です。 " * 100,
        "a " * 50_000,
        "A *line* of prose with a `word` of code in it, and what it says.[3][7] And more.[1]\n\n"
        "- a point\n- another, of which a source speaks[2]\n\n"
        "| what | how much |\n|---|--:|\n| one | 2 |\n\n```py\nfor a in b: print(a)  # all\n```\n\n"
        * 60,
    ],
    ids=["short", "code", "citations", "table", "scripts", "long", "all of it"],
)
def test_the_budget_holds_for_what_grows_most(text: str) -> None:
    found = tuple(
        Source(
            i,
            f"On bees, part {i}",
            f"https://bees.org/articles/2026/part-{i}",
            "bees.org",
            snippet="x " * 200,
        )
        for i in range(1, 11)
    )
    folded = state(SourcesFound(found), Text(text))
    bundle = forms.mime_bundle("Q?", folded)
    assert size(bundle) <= 4 * weight(folded) + 6_000
    # What gives way is not the answer.
    assert len(re.findall(r"<sup\b.*?</sup>", bundle["text/html"])) == len(
        re.findall(r"(?:\[(?:web:)?\d\])+", text)
    )
    cut = bundle["text/plain"].partition("\n\n[…] The rest")[0]
    assert forms.plain("Q?", folded).startswith(cut)


def test_the_same_sample_gives_the_same_bytes(answers: list[Answer]) -> None:
    with LocalServer(speed=0) as server:
        pplx.configure(base_url=server.base_url)
        for first in answers:
            again = pplx.ask(first.question).wait(60)
            assert forms.mime_bundle(again.question, again._session.state) == forms.mime_bundle(
                first.question, first._session.state
            )


# ---- where it opens ---------------------------------------------------------------------------------

# What GitHub's sanitiser leaves of a notebook's HTML: https://github.com/gjtorikian/html-pipeline,
# its default list of tags and attributes.
GITHUB_TAGS = """
    h1 h2 h3 h4 h5 h6 br b i strong em a pre code img tt div ins del sup sub p picture ol ul table
    thead tbody tfoot blockquote dl dt dd kbd q samp var hr ruby rt rp li tr td th s strike summary
    details caption figure figcaption abbr bdo cite dfn mark small source span time wbr
"""
GITHUB_ATTRIBUTES = {"a": ["href"], "*": ["title", "start", "align", "open"]}


def as_github_shows(html: str) -> str:
    html = re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL)
    return bleach.clean(
        html,
        tags=set(GITHUB_TAGS.split()),
        attributes=GITHUB_ATTRIBUTES,
        protocols={"http", "https", "mailto"},
        strip=True,
    )


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.text = ""

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag in {"div", "p", "li", "summary", "tr", "h1", "h2", "h3"}:
            self.text += "\n"


def words(html: str) -> str:
    parser = _Words()
    parser.feed(html)
    return parser.text


def test_it_reads_whole_where_there_is_no_stylesheet(answers: list[Answer]) -> None:
    for answer in answers:
        html = answer.to_html()
        bare = as_github_shows(html)
        assert "class=" not in bare
        shown = words(bare)
        assert words(re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL)) == shown
        assert answer.question in shown
        for citation in answer.citations:
            assert f'<a href="{citation.source.url}"'.replace("&", "&amp;") in bare
    text = forms.html("Q?", state(SourcesFound(SOURCES), Text("They dance.[3][web:7]")))
    # Two numbers side by side are two numbers, and a title does not run into its site.
    assert "They dance.1 2" in words(as_github_shows(text))
    assert "On ants ants.org" in words(as_github_shows(text))


class _Requests(HTMLParser):
    """What a browser would fetch by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if (
                (tag, name) != ("a", "href")
                and re.search(r"//|url\(", value or "")
                and name != "title"
            ):
                self.found.append((name, value or ""))
        if tag in {
            "script",
            "img",
            "link",
            "iframe",
            "object",
            "embed",
            "video",
            "audio",
            "source",
        }:
            self.found.append((tag, ""))


def test_nothing_in_it_is_fetched(answers: list[Answer]) -> None:
    hostile = state(
        SourcesFound(
            (Source(1, "<img src=//x>", 'https://x.org/"onload=1', "x.org", snippet="<script>"),)
        ),
        Text(
            "![a](https://track.er/p.png) <img src=//t.co> [r](/api) ![b][c]\n\n[c]: https://track.er/q"
        ),
    )
    for html in (*[a.to_html() for a in answers], forms.html("<img src=//q>", hostile)):
        parser = _Requests()
        parser.feed(html)
        assert parser.found == []
        assert "url(" not in html
        assert "@import" not in html


def test_what_is_kept_holds_no_key_path_or_header(server: WireServer, tmp_path: Path) -> None:
    key = "pplx-Zq7correcthorsebattery00staple11"
    pplx.configure(base_url=server.base_url, api_key=key)

    class Broken:
        async def stream(self, request: object) -> object:
            yield Text("So far")
            raise FileNotFoundError(2, f"no such file, {key}", str(tmp_path / "cert.pem"))

    answer = pplx.ask("q", provider=Broken()).wait(30)
    assert answer.status == "failed"
    kept = json.dumps([forms.mime_bundle("q", answer._session.state), str(answer.error)])
    assert "cert.pem" in kept
    for secret in (key, str(tmp_path), str(Path.home()), "Authorization"):
        assert secret not in kept


def notebook(answer: Answer) -> nbformat.NotebookNode:
    bundle = forms.mime_bundle(answer.question, answer._session.state)
    output = nbformat.v4.new_output("display_data", data=bundle)
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("answer", outputs=[output])])


@pytest.fixture
def pandoc(monkeypatch: pytest.MonkeyPatch) -> str:
    path = pypandoc.get_pandoc_path()
    monkeypatch.setenv("PATH", str(Path(path).parent), prepend=":")
    return path


def test_nbconvert(answers: list[Answer], pandoc: str) -> None:
    for answer in answers:
        nb = notebook(answer)
        html, _ = HTMLExporter().from_notebook_node(nb)
        assert words(answer.to_html()) in words(html)
        latex, _ = LatexExporter().from_notebook_node(nb)
        for citation in answer.citations:
            assert re.sub(r"([%#])", r"\\\1", citation.source.url.split("#")[0]) in latex
        assert rf"\href{{{answer.citations[0].source.url}}}" in latex.replace(r"\%", "%").replace(
            r"\#", "#"
        )
        markdown, _ = MarkdownExporter().from_notebook_node(nb)
        assert answer.to_html() in markdown


def test_pandoc_reads_the_markdown(answers: list[Answer], pandoc: str) -> None:
    for answer in answers:
        command = [pandoc, "--from", "markdown", "--to", "html"]
        made = subprocess.run(
            command, input=answer.to_markdown(), capture_output=True, text=True, check=True
        )
        assert made.stderr == ""
        for citation in answer.citations:
            href = citation.source.url.replace("&", "&amp;")
            assert re.search(
                rf'<a\s+href="{re.escape(href)}"[^>]*>\[{citation.number}\]</a>', made.stdout
            )


def test_sources_stand_under_the_search_that_found_them() -> None:
    found = [("a", "one"), ("b", "two · too"), ("c", "one"), ("d", None)]
    sources = tuple(
        Source(i, title, f"https://{title}.org", f"{title}.org", query=query)
        for i, (title, query) in enumerate(found)
    )
    html = forms.html("q", state(SourcesFound(sources), Text("x" * 2000)))
    rows = re.search(r'<ul class="pplx-found-list">(.*?)</ul>', html)
    assert rows
    said = re.findall(r"<li[^>]*>(.*?)</li>", rows[1])
    plain = [re.sub(r"<[^>]+>", "", row) for row in said]
    assert plain == ["“one”", "a a.org", "c c.org", "“two”, “too”", "b b.org", "d d.org"]
    html = forms.html("q", state(SourcesFound(sources[:1] + sources[2:]), Text("x")))
    assert "“one”" not in html


# ---- without any marks ----

MARKED = r"""# On *bees*

They **dance**[3], see [the page](https://a.org/x) or https://b.org/y; not [99].

- [x] done
- [ ] open
  - deep
    with lines

7. one

   more
8. two $x^2$[^n]

|a|b|
|-|-|
|1|**2**[3]|

> a quote
> of two lines

```py
x = *1*

y
```

[^n]: The note.
"""

UNMARKED = """On bees

They dance[1], see the page (https://a.org/x) or https://b.org/y; not [99].

☑ done
☐ open
  • deep
    with lines

7. one
   more
8. two $x^2$[a]

a\tb
1\t2[1]

> a quote
> of two lines

x = *1*

y

[a] The note.

[1] """


def test_text_without_marks() -> None:
    written = forms.unmarked("Why?", state(SourcesFound(SOURCES), Text(MARKED)))
    assert written.startswith(f"Why?\n\n{UNMARKED}")
