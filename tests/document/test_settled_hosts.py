"""Settled answers in hosts without a stylesheet, nbconvert and pandoc; and nothing is fetched."""

from __future__ import annotations

import json
import re
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import bleach
import nbformat
import pypandoc
import pytest
from nbconvert.exporters import HTMLExporter, LatexExporter, MarkdownExporter

import pplx_widget as pplx
from pplx_widget.core.events import Source, SourcesFound, Text
from pplx_widget.document import forms
from pplx_widget.widget.answer import Answer

from ..support.settled_document import SOURCES, state
from ..support.wire_server import WireServer

# The tags and attributes that GitHub's sanitizer keeps in a notebook's HTML: the defaults of
# https://github.com/gjtorikian/html-pipeline.
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
    # Neighbouring numbers stay separate, and a title does not run into its site.
    assert "They dance.1 2" in words(as_github_shows(text))
    assert "On ants ants.org" in words(as_github_shows(text))


class _Requests(HTMLParser):
    """A parser that collects the addresses that a browser would fetch on its own."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if (
                (tag, name) != ("a", "href")
                and re.search(r"//|url\(", value or "")
                and name != "title"
                and (name, value) != ("xmlns", "http://www.w3.org/1998/Math/MathML")
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


@pytest.mark.jupyter
def test_nbconvert(answers: list[Answer], pandoc: str) -> None:
    for answer in answers:
        nb = notebook(answer)
        html, _ = HTMLExporter().from_notebook_node(nb)
        shown = forms.mime_bundle(answer.question, answer._session.state)["text/html"]
        assert words(shown) in words(html)
        latex, _ = LatexExporter().from_notebook_node(nb)
        for citation in answer.citations:
            assert re.sub(r"([%#])", r"\\\1", citation.source.url.split("#")[0]) in latex
        assert rf"\href{{{answer.citations[0].source.url}}}" in latex.replace(r"\%", "%").replace(
            r"\#", "#"
        )
        markdown, _ = MarkdownExporter().from_notebook_node(nb)
        assert shown in markdown


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
