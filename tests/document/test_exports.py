"""Untrusted texts in every export: they read back as the same text and as nothing else."""

from __future__ import annotations

import json
import re
import unicodedata
import xml.etree.ElementTree as ET
from collections.abc import Iterable
from html import unescape
from types import SimpleNamespace
from typing import Any
from urllib.parse import unquote

import pytest

from pplx_widget.bibliography.sources import Citations, Sources
from pplx_widget.core import errors
from pplx_widget.core.assets import asset
from pplx_widget.core.events import Finished, Source, SourcesFound, Text
from pplx_widget.core.state import AnswerState, Status
from pplx_widget.core.visible import printable
from pplx_widget.document import forms as answer_forms
from pplx_widget.document import markdown as answer_markdown
from pplx_widget.document.export import export
from pplx_widget.document.model import Sections, title
from pplx_widget.markdown.markdown_writer import to_markdown
from pplx_widget.markdown.tree import Element
from pplx_widget.markdown.urls import safe_url
from pplx_widget.providers.trace import Frame, Trace
from pplx_widget.widget.documents import arriving
from pplx_widget.widget.inspector import timeline
from pplx_widget.widget.inspector.metrics import metrics
from pplx_widget.widget.race import document as race

from ..support import attacks
from ..support.hostile import (
    EVERYTHING,
    allowed,
    answers,
    answers_for_pandoc,
    answers_of,
    attacks_of,
    hostile,
    in_order,
    saying,
)
from ..support.readings import (
    PANDOC,
    Html,
    Outline,
    Reading,
    by_markdown_it,
    by_nbconvert,
    by_pandoc,
    harmless,
    hidden,
    obeyed,
    same,
    stays_html,
)

pytestmark = pytest.mark.slow


def without_blanks(outline: Outline) -> Outline:
    return [(kind, text) for kind, text in outline if text and text != [""]]


def check_markdown(read: Reading, state: AnswerState, wanted: Outline) -> None:
    assert read.faults == []
    assert read.elsewhere == []
    assert set(read.links) <= allowed(state)
    assert without_blanks(read.outline) == without_blanks(wanted)
    for label, href in read.definitions.items():
        assert re.fullmatch("S[0-9A-F]{4}-[0-9]+", label)
        assert href in allowed(state)


def check_html(output: str, state: AnswerState, *, whole: bool = False) -> Html:
    read = Html(output)
    assert read.faults == []
    assert set(read.links) <= allowed(state)
    assert all("url(" not in style and "@import" not in style for style in read.styles)
    assert obeyed(output) == []
    assert whole or stays_html(output)
    return read


# ---- Markdown -----------------------------------------------------------------------------------


@EVERYTHING
def test_markdown(name: str) -> None:
    for each in answers_of(name):
        for markdown in dict.fromkeys((each.forms["text/markdown"], each.linking)):
            assert obeyed(markdown) == []
            check_markdown(by_markdown_it(markdown), each.state, each.expected)
        check_page(by_nbconvert(each.forms["text/markdown"]), each.state)


@EVERYTHING
def test_an_answers_own_text(name: str) -> None:
    for text in attacks_of(name):
        state = saying(f"{text}\n\n[1][2]")
        parts = Sections("q", state)
        for markdown in (
            answer_markdown.by_reference(parts),
            answer_markdown.by_link(parts),
        ):
            read = by_markdown_it(markdown)
            assert not [fault for fault in read.faults if re.match("html|image", fault)]
            # Some readers link an address after a letter or a quotation mark; it must be a safe address.
            assert all(map(harmless, read.bare))
            assert set(read.links) - set(read.bare) <= allowed(state, said=True)
            assert all(re.fullmatch("S[0-9A-F]{4}-[0-9]+", label) for label in read.definitions)
            assert obeyed(markdown) == []


@pytest.mark.parametrize("reader", PANDOC)
@EVERYTHING
def test_pandoc(name: str, reader: str) -> None:
    # All of the corpus as sources; only the texts made for this purpose in the other fields.
    every = [each for each in answers_for_pandoc(name) if each.state.sources or name == "made up"]
    # Many answers in one document: pandoc takes longer to start than to read, and an unclosed element
    # of one answer would show up in the next.
    for start in range(0, len(every), 200):
        some = every[start : start + 200]
        read = by_pandoc("\n***\n\n".join(each.linking for each in some), reader)
        assert read.faults == []
        assert set(read.links) <= set().union(*(allowed(each.state) for each in some))
        for each, outline in zip(some, divided(read.outline), strict=True):
            seen, wanted = map(as_pandoc_has_it, (outline, each.expected))
            assert without_blanks(seen) == without_blanks(wanted)


def divided(outline: Outline) -> list[Outline]:
    """Return the outlines of documents that are separated by rules."""
    parts: list[Outline] = [[]]
    for kind, text in outline:
        if kind == "HorizontalRule":
            parts.append([])
        else:
            parts[-1].append((kind, text))
    return parts


def as_pandoc_has_it(outline: Outline) -> Outline:
    """Return an outline with composed letters, and without line ends before brackets."""
    text = unicodedata.normalize("NFC", json.dumps(outline, ensure_ascii=False))
    blocks = json.loads(text.replace(" ]", "]"))
    return [
        (kind, sorted(shown) if kind in ("ol", "ul", "quote") else shown) for kind, shown in blocks
    ]


def test_answers_that_are_joined() -> None:
    some = [*answers([*attacks.made_up(150, seed=2)])]
    document = export([(each.question, each.state) for each in some], "md")
    read = by_markdown_it(document)
    assert read.faults == []
    assert set(read.links) <= set().union(*(allowed(each.state) for each in some))
    assert read.definitions == {}
    assert [kind for kind, _ in read.outline].count("hr") == len(some) - 1


def check_page(page: str, state: AnswerState) -> None:
    read = Html(page)
    assert read.faults == []
    assert set(map(meant, read.links)) <= set(map(meant, allowed(state)))


def meant(href: str) -> str:
    """Return the decoded address, because mistune decodes and encodes addresses by its own rules."""
    return unquote(unescape(unescape(unescape(href))))


@pytest.mark.parametrize(
    "name",
    ["<script src=https://evil.example/x.js x=", "[r]: https://evil.example/b.png", "![x][r]"],
)
def test_a_title_whose_address_may_not_be_followed(name: str) -> None:
    """Each of these was once written as active HTML, a definition or an image."""
    for url in ("https://user@evil.example/p", "urn:a", "", "data:text/html,x"):
        sources = (Source(1, name, url, ""), Source(2, name, url, ""))
        state = AnswerState()
        for event in (SourcesFound(sources), Text("So.[1]"), Finished()):
            state.apply(event, 0)
        forms = answer_forms.mime_bundle("q", state)
        for markdown in (forms["text/markdown"], answer_forms.markdown("q", state)):
            read = by_markdown_it(markdown)
            assert (read.faults, read.links, read.definitions) == ([], [], {})
            assert ("ol", [name]) in read.outline
            assert ("ul", [name]) in read.outline


@pytest.mark.parametrize(
    "text",
    [
        "[s{}-1]",
        "[x][s{}-1]",
        "[ S{}-1\t]",
        "[\u017f{}-1]",
        "](s{}-1)",
        "[\\[1\\]][s{}-1]",
        "x](s{}-1) [",
    ],
)
def test_nothing_else_leads_to_a_source(text: str) -> None:
    """The labels derive from the question and the text, so an attacker can predict them."""
    label = answer_forms.mime_bundle("q", hostile(["A title"]))["text/markdown"].partition(
        "[\\[1\\]][s"
    )[2][:4]
    state = hostile([text.format(label)])
    read = by_markdown_it(answer_forms.mime_bundle("q", state)["text/markdown"])
    # One for each title, one for each citation, and two for the image.
    assert len(read.links) == len(linked(state.sources)) + len(linked(in_order(state)[:4])) + 2


def linked(sources: Iterable[Source]) -> list[Source]:
    return [source for source in sources if safe_url(source.url)]


def test_a_formula_begins_no_block_and_reads_no_file() -> None:
    state = hostile(
        ["A title"], "$$\n    # a\n    - b\n    ~~~\n    1. c\n$$ and $\\input{/etc/passwd}$"
    )
    read = by_markdown_it(answer_forms.markdown("q", state))
    assert read.outline[1] == ("p", "$$ # a - b ~~~ 1. c $$ and $\\input{/etc/passwd}$")
    assert not [item for item in read.outline if item[0] not in ("p", "ul", "quote")]
    shown = by_pandoc(answer_forms.markdown("q", state), "markdown")
    assert [fault[:4] for fault in shown.faults] == ["Math"]


@pytest.mark.parametrize("reader", PANDOC)
def test_a_stranger_begins_nothing_in_pandoc(reader: str) -> None:
    """Each text alone, at the start of a line, within a line, and twice."""
    texts = [text for text in (*attacks.MARKDOWN, *attacks.BLOCKS) if text.strip()]
    said = [each for text in texts for each in (text, f"a\n{text}", f"a {text} b", f"{text}{text}")]
    written = [to_markdown([Element("p", [Element("text", [each])])]) for each in said]
    read = by_pandoc("\n\n".join(written), reader)
    assert (read.faults, read.links) == ([], [])
    wanted = [("p", same(each)) for each in said]
    assert as_pandoc_has_it(read.outline) == as_pandoc_has_it(wanted)


@pytest.mark.parametrize("text", ["<br/>", "<br>", "<hr />", "<p>a<br/>b</p>", "<p/></p>"])
def test_the_reader_of_html_knows_what_has_no_end(text: str) -> None:
    assert Html(text).faults == []


@pytest.mark.parametrize("text", ["<br></br>", "<p/>", "<p/>a<b/></p>", "<svg/>"])
def test_the_reader_of_html_is_strict(text: str) -> None:
    assert Html(text).faults


# ---- HTML ---------------------------------------------------------------------------------------


@EVERYTHING
def test_html(name: str) -> None:
    for each in answers_of(name):
        text, state = each.question, each.state
        read = check_html(each.forms["text/html"], state)
        assert read.styles == []
        titles = [same(printable(title(source))) for source in in_order(state)]
        assert [*map(same, read.classes.get("pplx-source-title", []))] in ([], titles)
        assert same(read.classes["pplx-said"][0]) == same(printable(text))
        if state.sources:
            check_html(Sources.of(state)._repr_html_(), state)
            check_html(Citations.of(state)._repr_html_(), state)
        check_html(arriving(text)["text/html"], state)


def test_answers_on_one_page() -> None:
    some = [*answers([*attacks.made_up(250, seed=3)])]
    page = export([(each.question, each.state) for each in some], "html")
    read = Html(page)
    assert read.faults == []
    assert set(read.links) <= set().union(*(allowed(each.state) for each in some))
    assert len(read.styles) == 1
    assert asset("answer.css").strip() in read.styles[0]
    assert obeyed(page) == []
    small = hostile(["A title"], addresses=())
    for text in attacks.made_up(250, seed=4):
        check_html(export([(text, small)], "html"), small, whole=True)


# ---- inspector and race --------------------------------------------------------------------------


def traced(text: str, state: AnswerState) -> tuple[Trace, list[tuple[str, str]]]:
    trace = Trace(text, 0)
    trace.shape = "agent"
    trace.frames = [
        Frame(0.1, {"type": text}, text=text),
        Frame(0.2, {"object": text}, None, ((0.1, 2),), text),
        Frame(0.3, None, text.encode("utf-8", "replace"), text=text),
    ]
    return trace, metrics(trace, state.usage, 3.0)


@EVERYTHING
def test_the_inspectors_picture(name: str) -> None:
    for each in answers_of(name):
        state = each.state
        trace, rows = traced(each.question, state)
        check_html(timeline.page(trace, rows, "pplx-inspected"), state)
        picture = ET.fromstring(timeline.svg(trace))
        assert {element.tag.partition("}")[2] for element in picture.iter()} <= {
            "svg",
            "title",
            "path",
            "text",
        }
        plain = timeline.text(trace, rows)
        assert obeyed(plain) == []
        assert plain.count("\n") == len(rows)


@EVERYTHING
def test_a_race(name: str) -> None:
    for each in answers_of(name):
        text, state = each.question, each.state
        lanes: Any = [
            SimpleNamespace(
                way=way,
                status=Status.FAILED,
                # A longer text is cut, and might have other links.
                text=str(state.text) if len(str(state.text)) < 1_000 else "",
                reason=None,
                error=errors.PplxError(text, text),
                first_token=None,
                total=None,
                elapsed=1.0,
                bytes=3,
                held=4,
            )
            for way in ("whole", "streamed")
        ]
        forms = race.forms(text, tuple(lanes))
        check_html(forms["text/html"], state)
        read = by_markdown_it(forms["text/markdown"])
        assert (read.links, read.definitions) == ([], {})
        assert not [fault for fault in read.faults if re.match("html|image", fault)]
        kinds = [kind for kind, shown in without_blanks(read.outline)]
        assert kinds == ["p", "code", "table_open"] or (not text.strip() and kinds[-2] == "code")
        assert read.outline[-1][1].count(same(printable(f"failed after 3 B: {text} {text}"))) in (
            0,
            2,
        )
        assert obeyed(forms["text/plain"]) == []
        assert forms["text/plain"].count("\n") == 7


# ---- data ---------------------------------------------------------------------------------------


@EVERYTHING
def test_bibliographies(name: str) -> None:
    for answer in answers_of(name):
        if not answer.state.sources:
            continue
        sources = Sources.of(answer.state)
        entries = sources._entries(None)
        titles = [entry.title for entry in entries]
        assert all(not hidden(each) for each in titles)
        assert bibtex_titles(sources.to_bibtex()) == titles
        csl = sources.to_csl_json()
        assert obeyed(csl) == []
        assert [item["title"] for item in json.loads(csl)] == titles
        records = sources.to_ris().split("\r\n\r\n")
        tags = [[line[:6] for line in record.splitlines()] for record in records]
        assert all(each[:3] == ["TY  - ", "ID  - ", "TI  - "] for each in tags)
        assert all(each[-1] == "ER  - " and each.count("ER  - ") == 1 for each in tags)
        assert [record.splitlines()[2][6:] for record in records] == titles


_COMMANDS = {
    "textbackslash": "\\",
    "textbraceleft": "{",
    "textbraceright": "}",
    "textasciitilde": "~",
    "textasciicircum": "^",
    "textless": "<",
    "textgreater": ">",
}


def bibtex_titles(text: str) -> list[str]:
    """Return the titles of BibTeX; read it strictly, with one field per line."""
    field_ = r"  (?:organization|date|url|urldate) = \{[^\n]*\},\n"
    entry = rf"@online\{{[a-z0-9-]+,\n  title = \{{\{{([^\n]*)\}}\}},\n(?:{field_})*\}}\n\n?"
    assert re.fullmatch(f"(?:{entry})*", text)
    return [untex(found[1]) for found in re.finditer(entry, text)]


def untex(text: str) -> str:
    pieces = re.findall(r"\\string(\")|\\([a-z]+)\{\}|\\([$&#%_])|([^\\{}$&#%_~^<>\"])", text)
    whole = "".join(
        f'\\string"{a}'[:8] if a else f"\\{b}{{}}" if b else f"\\{c}" if c else d
        for a, b, c, d in pieces
    )
    assert whole == text
    return "".join(a or _COMMANDS.get(b, "") or c or d for a, b, c, d in pieces)


@EVERYTHING
def test_frames_hold_what_came(name: str) -> None:
    for state in [each.state for each in answers_of(name) if each.state.sources][:50]:
        frame = Sources.of(state).to_frame()
        assert [*frame["title"]] == [source.title for source in state.sources]
