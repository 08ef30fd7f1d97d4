"""A finished answer as a document: its content, and details that it must not have."""

from __future__ import annotations

import re

import pytest

import pplx_widget as pplx
from pplx_widget.core.events import (
    Failed,
    Fetching,
    PagesFetched,
    Searching,
    Source,
    SourcesFound,
    Text,
    Thought,
)
from pplx_widget.core.state import AnswerState
from pplx_widget.document import forms

from ..support.settled_document import SOURCES, state


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
            Text("And so it goes. " * 50),  # long enough for all details to fit
        ),
    )
    assert re.search('<h2 class="pplx-question"[^>]*>Do bees &lt;talk&gt;[?]</h2>', html)
    assert "<strong>dance</strong>" in html
    assert re.search(
        r'<sup class="pplx-cite"><a href="https://ants.org/3"[^>]*>1</a> <a [^>]*>2</a></sup>', html
    )
    assert "Not [8]." in html  # there is no source with this id
    assert 'title="They &quot;dance&quot;."' in html
    assert "1 more source" in html
    assert "javascript:" not in html
    assert "1 search · 1 page read" in html
    assert "“bees”" in html
    assert "Hmm." in html
    assert "2 of 3 sources cited" in html
    assert "<samp>1</samp>" in html


def test_markdown_links_every_citation_and_lists_the_sources() -> None:
    folded = state(SourcesFound(SOURCES), Text("They dance.[3][web:7]"))
    text = forms.markdown("Q?", folded)
    assert r"They dance.[\[1\]](<https://ants.org/3>)[\[2\]](<https://bees.org/7?a=1&b=2>)" in text
    assert "1. [On ants](https://ants.org/3) · ants.org" in text
    assert text.index("**Sources**") < text.index("[On ants]") < text.index("1 more source")


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
    text = forms.text("Q?", state(SourcesFound(SOURCES), Text("They dance.[3][web:7]")))
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
    html = forms.mime_bundle("Q?", state(Text(r"From $5 to $10, \(a_1*b*c\) and $x^2$.")))[
        "text/html"
    ]
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


def test_no_element_has_a_counter() -> None:
    """Whenever an element with a counter comes, Chromium counts through the whole page."""
    events = Searching(("bees",)), SourcesFound(SOURCES, ("bees",)), Text("They dance.[3] " * 20)
    html = forms.html("Do bees talk?", state(*events))
    summaries = re.findall("<summary[^>]*>", html)
    assert len(summaries) == 2
    assert all('style="counter-increment:none"' in each for each in summaries)
    assert re.findall('<li class="pplx-source"([^>]*)>', html)[0] == ' value="1"'
