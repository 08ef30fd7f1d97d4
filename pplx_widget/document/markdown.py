"""A finished answer as Markdown."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

from ..core.errors import PplxError
from ..core.events import Source
from ..core.visible import one_line
from ..core.words import say
from ..markdown import urls
from ..markdown.ends import drop_stray_end
from ..markdown.link_parts import bracketed
from ..markdown.markdown_writer import to_markdown, with_citations
from ..markdown.math import leads_elsewhere
from ..markdown.tree import Element, Item, text_of, to_tree
from . import wording
from .model import QUESTION_LINE, Sections, about, context_line, linked, title

_IN_PARENTHESES = re.compile(r"\\\(\s*([^$]*?)\s*\\\)", re.DOTALL)
_IN_BRACKETS = re.compile(r"\\\[\s*([^$]*?)\s*\\\]", re.DOTALL)


def by_reference(sections: Sections, body: str) -> str:
    """Return the Markdown of an answer with its ``body``, and citations as reference links."""
    name = _name(sections)
    labels = {number: f"{name}-{number}" for number in _addresses(sections)}

    def cite(number: int) -> str:
        return rf"[\[{number}\]][{labels[number]}]" if number in labels else _unlinked(number)

    definitions = "\n".join(
        f"[{labels[number]}]: {bracketed(href)}" for number, href in _addresses(sections).items()
    )
    return _whole(sections, with_citations(body, cite), labels, definitions)


def by_link(sections: Sections) -> str:
    """Return the Markdown of an answer with citations as inline links: longer, but easy to quote."""
    addresses = _addresses(sections)

    def cite(number: int) -> str:
        href = addresses.get(number)
        return rf"[\[{number}\]]({bracketed(href)})" if href else _unlinked(number)

    return _whole(sections, with_citations(body_of(sections), cite), {})


def body_of(sections: Sections) -> str:
    """Return the answer's text as Markdown with placeholders for `with_citations`."""
    addresses = _addresses(sections)

    def cite(id_: int) -> Item | None:
        if (citation := sections.by_id.get(id_)) is None:
            return None
        href = {"href": addresses[citation.number]} if citation.number in addresses else {}
        return Element("cite", [str(citation.number)], attributes=href)

    text = to_tree(sections.tokens, cite, runs=False)
    _write_math_in_dollars(text)
    drop_stray_end(text)
    return to_markdown(text)


def _unlinked(number: int) -> str:
    return rf"\[{number}\]"


def _addresses(sections: Sections) -> dict[int, str]:
    """Return the addresses of the citations by number, without unsafe ones."""
    found = ((c.number, urls.safe_url(c.source.url)) for c in sections.state.citations)
    return {number: address.href for number, address in found if address}


def _name(sections: Sections) -> str:
    """Return the prefix of the labels of reference links; `escape` recognizes their form.

    Citations are reference links because some sources are cited dozens of times. The labels are not
    plain numbers because documents can be joined, and the same label would then link to another source.
    """
    return (
        "s" + hashlib.sha256(f"{sections.question}\0{sections.state.text}".encode()).hexdigest()[:4]
    )


def _whole(sections: Sections, text: str, labels: dict[int, str], definitions: str = "") -> str:
    pieces = [
        to_markdown([_strong(wording.shortened(sections.question, QUESTION_LINE))]),
        text,
        _error(sections.state.error),
        _cited(sections, labels),
    ]
    if sections.found:
        rows = [Element("li", _row(source)) for source in sections.found]
        heading = wording.others(len(sections.found), more=bool(sections.cited))
        pieces.append(to_markdown([_strong(heading), Element("ul", [*rows])]))
    if sections.context:
        code = Element("pre", [Element("code", [sections.context.text + "\n"])])
        pieces.append(to_markdown([_strong(context_line(sections.context)), code]))
    said = (*sections.state.notes, one_line(sections.last_line()))
    pieces += [to_markdown([Element("p", [Element("em", [_said(line)])])]) for line in said]
    pieces.append(definitions)
    return "\n\n".join(piece.strip("\n") for piece in pieces if piece.strip()) + "\n"


def _cited(sections: Sections, labels: dict[int, str]) -> str:
    """Return the list of cited sources; a source with a label becomes a reference link."""
    if not sections.cited:
        return ""
    rows: list[Item] = []
    for number, source in enumerate(sections.cited, start=1):
        label = {"label": labels[number]} if number in labels else {}
        rows.append(Element("li", _row(source, label)))
    return to_markdown([_strong(say("sources.heading")), Element("ol", rows)])


def _write_math_in_dollars(items: Iterable[Item]) -> None:
    r"""Replace ``\(…\)`` and ``\[…\]`` by the delimiters that pandoc, GitHub and Jupyter recognize.

    An unsafe formula becomes text, as in the HTML.
    """
    for item in items:
        if isinstance(item, str):
            continue
        if item.class_name == "pplx-math":
            if leads_elsewhere(text_of(item)):
                item.class_name = ""
                continue
            item.children = [
                _IN_PARENTHESES.sub(r"$\1$", _IN_BRACKETS.sub(r"$$\1$$", text_of(item)))
            ]
        else:
            _write_math_in_dollars(item.children)


def _row(source: Source, label: dict[str, str] | None = None) -> list[Item]:
    name, said = linked(source.url, [_said(one_line(title(source)))]), one_line(about(source))
    name.attributes |= label or {}
    return [name, *([_said(f" · {said}")] if said else [])]


def _error(error: PplxError | None) -> str:
    if not error or not error.lines:
        return ""
    first, *rest = error.lines.values()
    lines = [_strong(first), *(Element("p", [_said(text)]) for text in rest)]
    return to_markdown([Element("blockquote", [*lines])])


def _strong(text: str) -> Element:
    return Element("p", [Element("strong", [_said(text)])])


def _said(text: str) -> Element:
    return Element("text", [text])
