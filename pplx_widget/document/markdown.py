"""A finished answer as Markdown."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence

from ..core.errors import PplxError
from ..core.events import Source
from ..core.visible import one_line
from ..core.words import say
from ..markdown import urls
from ..markdown.link_parts import bracketed
from ..markdown.markdown_writer import to_markdown, with_citations
from ..markdown.tree import Element, Item, link
from . import wording
from .model import QUESTION_LINE, Sections, about, context_line, linked, title


def by_reference(sections: Sections) -> str:
    """Return the Markdown of an answer with citations as reference links."""
    name = _name(sections)
    labels = {number: f"{name}-{number}" for number in _addresses(sections)}

    def cite(number: int) -> str:
        return rf"[\[{number}\]][{labels[number]}]" if number in labels else _unlinked(number)

    definitions = "\n".join(
        f"[{labels[number]}]: {bracketed(href)}" for number, href in _addresses(sections).items()
    )
    return _whole(sections, with_citations(sections.body.markdown, cite), labels, definitions)


def by_link(sections: Sections) -> str:
    """Return the Markdown of an answer with citations as inline links: longer, but easy to quote."""
    addresses = _addresses(sections)

    def cite(number: int) -> str:
        href = addresses.get(number)
        return rf"[\[{number}\]]({bracketed(href)})" if href else _unlinked(number)

    return _whole(sections, with_citations(sections.body.markdown, cite), {})


def as_one(turns: Sequence[Sections], same: Callable[[str], str]) -> str:
    """Return the Markdown of a conversation, whose turns share one list of cited sources.

    ``same`` returns a text that is equal for the addresses of one web page, which gets one number.
    """
    numbers: dict[str, int] = {}
    sources: list[Source] = []
    pieces: list[str] = []
    for sections in turns:
        addresses = _addresses(sections)
        ours: dict[int, int] = {}
        for citation in sections.state.citations:
            page = same(citation.source.url)
            if page not in numbers:
                sources.append(citation.source)
                numbers[page] = len(sources)
            ours[citation.number] = numbers[page]

        def cite(
            number: int, addresses: dict[int, str] = addresses, ours: dict[int, int] = ours
        ) -> str:
            href = addresses.get(number)
            return rf"[\[{ours[number]}\]]({bracketed(href)})" if href else _unlinked(ours[number])

        text = with_citations(sections.body.markdown, cite)
        pieces += [*_begun(sections, text), *_ended(sections)]
    return joined([*pieces, _cited(sources, {})])


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
    pieces = [*_begun(sections, text), _cited(sections.cited, labels)]
    if sections.found:
        rows = [Element("li", _row(source)) for source in sections.found]
        heading = wording.others(len(sections.found), more=bool(sections.cited))
        pieces.append(to_markdown([_strong(heading), Element("ul", [*rows])]))
    return joined([*pieces, *_ended(sections), definitions])


def _begun(sections: Sections, text: str) -> list[str]:
    """Return the pieces before the sources."""
    asked = to_markdown([_strong(wording.shortened(sections.question, QUESTION_LINE))])
    lists = _quotes(sections), _findings(sections), _images(sections)
    return [asked, text, _error(sections.state.error), *lists]


def _ended(sections: Sections) -> list[str]:
    """Return the pieces after the sources."""
    pieces = []
    if sections.context:
        code = Element("pre", [Element("code", [sections.context.text + "\n"])])
        pieces.append(to_markdown([_strong(context_line(sections.context)), code]))
    said = (*sections.state.notes, one_line(sections.last_line()))
    return pieces + [note(line) for line in said]


def note(line: str) -> str:
    """Return a line about an answer."""
    return to_markdown([Element("p", [Element("em", [_said(line)])])])


def joined(pieces: Iterable[str]) -> str:
    """Return blocks of Markdown as one text, without empty ones."""
    return "\n\n".join(piece.strip("\n") for piece in pieces if piece.strip()) + "\n"


def _cited(sources: Sequence[Source], labels: dict[int, str]) -> str:
    """Return the list of cited sources; a source with a label becomes a reference link."""
    if not sources:
        return ""
    rows: list[Item] = []
    for number, source in enumerate(sources, start=1):
        label = {"label": labels[number]} if number in labels else {}
        rows.append(Element("li", _row(source, label)))
    return to_markdown([_strong(say("sources.heading")), Element("ol", rows)])


def _images(sections: Sections) -> str:
    """Return the list of images: links, since a reader of Markdown would fetch an image."""
    images = sections.images
    if not images.shown:
        return ""
    rows: list[Item] = []
    for image in images.shown:
        size = f" · {image.size} · " if image.size else " · "
        rows.append(
            Element(
                "li",
                [
                    link(image.address, [_said(one_line(image.title))]),
                    _said(size),
                    link(image.page, [_said(image.page.host)]),
                ],
            )
        )
    if images.more:
        rows.append(Element("li", [_said(images.rest)]))
    return to_markdown([_strong(images.heading), Element("ul", rows)])


def _quotes(sections: Sections) -> str:
    """Return the list of the quotes for the values of a structured answer."""
    quotes = sections.quotes
    if not quotes.rows:
        return ""
    rows: list[Item] = []
    for row in quotes.rows:
        parts: list[Item] = [_said(row.label)]
        if row.source:
            parts += [_said(" · "), linked(row.source.url, [_said(one_line(row.about))])]
        if row.warning:
            warning: Item = _said(row.warning)
            parts += [_said(" · "), Element("strong", [warning]) if row.missing else warning]
        rows.append(Element("li", parts))
    return to_markdown([_strong(quotes.heading), Element("ul", rows)])


def _findings(sections: Sections) -> str:
    """Return the short list of the sentences in doubt, if the answer was checked."""
    if sections.state.checked is None:
        return ""
    from .findings import Findings  # noqa: PLC0415 (few answers have them)

    found = Findings.of(sections.state.checked, sections.state.sources)
    rows: list[Item] = []
    for row in found.rows:
        parts: list[Item] = [
            Element("strong", [_said(row.label)]),
            _said(f": {''.join(row.sentence)} — {one_line(row.finding.why)}"),
        ]
        if row.source:
            parts += [_said(" · "), linked(row.source.url, [_said(one_line(row.about))])]
        rows.append(Element("li", parts))
    box = [Element("ul", rows)] if rows else []
    return to_markdown([_strong(found.heading), *box, Element("p", [_said(found.remark)])])


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
