"""The results of a search as a document: a list in HTML, Markdown and text that loads nothing."""

from __future__ import annotations

from collections.abc import Sequence

from ..core.events import Source
from ..core.tables import INLINE_STYLES, LONGEST_QUERY, LONGEST_SNIPPET
from ..core.visible import one_line, printable
from ..core.words import count, say
from ..markdown import urls
from ..markdown.html_writer import to_block
from ..markdown.markdown_writer import to_markdown
from ..markdown.tree import Element, Item
from . import wording
from .html import Fragment
from .model import about, linked, title
from .text import beginning

_QUERIES = 5  # of a longer list only the first are named


def html(queries: Sequence[str], sources: Sequence[Source]) -> str:
    """Return the results as HTML with the stylesheet of an answer."""
    heading = _box("pplx-question", Element("b", [_named(queries)]))
    body: list[Item] = [_box("pplx-header", heading)]
    if sources:
        body.append(_box("pplx-sources", Element("ol", [*map(_item, sources)], "pplx-cited")))
    body.append(_box("pplx-footer", _box("pplx-last", _counted(sources))))
    return Fragment("pplx pplx-complete", to_block(body)).html(style="answer.css")


def markdown(queries: Sequence[str], sources: Sequence[Source]) -> str:
    """Return the results as Markdown."""
    rows: list[Item] = []
    for source in sources:
        name = linked(source.url, [_said(one_line(title(source)))])
        said = one_line(about(source))
        rows.append(Element("li", [name, *([_said(f" · {said}")] if said else [])]))
    heading = Element("p", [Element("strong", [_said(_named(queries))])])
    listed = [Element("ol", rows)] if rows else []
    return to_markdown([heading, *listed, Element("p", [_said(_counted(sources))])])


def text(queries: Sequence[str], sources: Sequence[Source]) -> str:
    """Return the results as text for a terminal."""
    lines = [_named(queries)]
    for source in sources:
        address = urls.safe_url(source.url)
        said = filter(None, (title(source), address.href if address else "", source.date))
        lines.append(one_line(f"[{source.id}] " + " — ".join(said)))
    return printable("\n".join([*lines, _counted(sources)]))


def _item(source: Source) -> Element:
    name = linked(source.url, [title(source)])
    name.class_name = "pplx-source-title"
    children: list[Item] = [name]
    if said := about(source):
        children += [" ", Element("span", [said], "pplx-source-about")]
    if snippet := beginning(source.snippet, LONGEST_SNIPPET):
        children.append(Element("div", [Element("span", [snippet], "pplx-source-about")]))
    return Element("li", children, "pplx-source", {"value": str(source.id)})


def _box(class_name: str, *children: Item) -> Element:
    style = INLINE_STYLES.get(class_name)
    return Element("div", [*children], class_name, {"style": style} if style else {})


def _named(queries: Sequence[str]) -> str:
    named = [wording.shortened(query, LONGEST_QUERY) for query in queries[:_QUERIES]]
    more = len(queries) - len(named)
    return one_line(" · ".join(named) + (f" {say('more.things', n=more)}" if more else ""))


def _counted(sources: Sequence[Source]) -> str:
    return count(len(sources), "count.source")


def _said(words: str) -> Element:
    return Element("text", [words])
