"""A finished answer as Markdown and as plain text."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

from ..core.errors import PplxError
from ..core.events import Source
from ..core.visible import one_line, printable
from ..markdown import urls
from ..markdown.link_parts import bracketed
from ..markdown.markdown_writer import to_markdown, with_citations
from ..markdown.math import leads_elsewhere
from ..markdown.text_writer import to_text
from ..markdown.tree import Element, Item, text_of, to_tree
from ..question.context.summary import Summary
from . import wording
from .model import Sections, about, linked, title

_IN_PARENTHESES = re.compile(r"\\\(\s*([^$]*?)\s*\\\)", re.DOTALL)
_IN_BRACKETS = re.compile(r"\\\[\s*([^$]*?)\s*\\\]", re.DOTALL)


_QUESTION = 300  # characters


def both(sections: Sections) -> tuple[str, str]:
    """Return the Markdown of an answer, with its sources as references, and the plain text."""
    text = _text(sections)
    name = _name(sections)
    labels = {number: f"{name}-{number}" for number in _addresses(sections)}

    def cite(number: int) -> str:
        return rf"[\[{number}\]][{labels[number]}]" if number in labels else _unlinked(number)

    definitions = "\n".join(
        f"[{labels[number]}]: {bracketed(href)}" for number, href in _addresses(sections).items()
    )
    markdown_ = _markdown(sections, with_citations(text, cite), labels, definitions)
    return markdown_, _as_text(sections, with_citations(text, "[{}]".format))


def markdown(sections: Sections) -> str:
    """Return the Markdown of an answer, with its citations as links: longer, and easier to quote."""
    addresses = _addresses(sections)

    def cite(number: int) -> str:
        href = addresses.get(number)
        return rf"[\[{number}\]]({bracketed(href)})" if href else _unlinked(number)

    return _markdown(sections, with_citations(_text(sections), cite), {})


def verbatim(sections: Sections) -> str:
    """Return an answer without any marks, to be pasted where nobody reads Markdown."""

    def cite(id_: int) -> Item | None:
        return f"[{sections.by_id[id_].number}]" if id_ in sections.by_id else None

    return _as_text(sections, to_text(to_tree(sections.tokens, cite, runs=False)))


def _unlinked(number: int) -> str:
    return rf"\[{number}\]"


def _addresses(sections: Sections) -> dict[int, str]:
    """Return where the citations lead, by number; one that may not be followed is left out."""
    found = ((c.number, urls.safe_url(c.source.url)) for c in sections.state.citations)
    return {number: address.href for number, address in found if address}


def _name(sections: Sections) -> str:
    """Return what the labels of the references begin with; `escape` knows what they look like.

    A citation names its source by a reference, since some are cited dozens of times. Its label is not
    a plain number: documents are joined, and the same label would lead elsewhere.
    """
    return (
        "s" + hashlib.sha256(f"{sections.question}\0{sections.state.text}".encode()).hexdigest()[:4]
    )


def _text(sections: Sections) -> str:
    addresses = _addresses(sections)

    def cite(id_: int) -> Item | None:
        if (citation := sections.by_id.get(id_)) is None:
            return None
        href = {"href": addresses[citation.number]} if citation.number in addresses else {}
        return Element("cite", [str(citation.number)], attributes=href)

    text = to_tree(sections.tokens, cite, runs=False)
    _write_math_in_dollars(text)
    return to_markdown(text)


def _markdown(sections: Sections, text: str, labels: dict[int, str], definitions: str = "") -> str:
    pieces = [
        to_markdown([_strong(wording.shortened(sections.question, _QUESTION))]),
        text,
        _error(sections.state.error),
        _cited(sections, labels),
    ]
    if sections.found:
        rows = [Element("li", _row(source)) for source in sections.found]
        heading = f"{'Also found' if sections.cited else 'Found'} ({len(sections.found)})"
        pieces.append(to_markdown([_strong(heading), Element("ul", [*rows])]))
    if sections.context:
        code = Element("pre", [Element("code", [sections.context.text + "\n"])])
        pieces.append(to_markdown([_strong(_context(sections.context)), code]))
    said = (*sections.state.notes, one_line(sections.last_line()))
    pieces += [to_markdown([Element("p", [Element("em", [_said(line)])])]) for line in said]
    pieces.append(definitions)
    return "\n\n".join(piece.strip("\n") for piece in pieces if piece.strip()) + "\n"


def _cited(sections: Sections, labels: dict[int, str]) -> str:
    """Return the list of cited sources; one that has a label is linked by it."""
    if not sections.cited:
        return ""
    rows: list[Item] = []
    for number, source in enumerate(sections.cited, start=1):
        label = {"label": labels[number]} if number in labels else {}
        rows.append(Element("li", _row(source, label)))
    return to_markdown([_strong("Sources"), Element("ol", rows)])


def _as_text(sections: Sections, text: str) -> str:
    error = sections.state.error
    pieces = [
        wording.shortened(sections.question, _QUESTION),
        _context(sections.context) if sections.context else "",
        text,
        "\n".join(filter(None, (error.what, error.why, error.try_this))) if error else "",
        "\n".join(f"[{n}] {_line(source)}" for n, source in enumerate(sections.cited, start=1)),
        "\n".join(["Also found:", *map(_line, sections.found)]) if sections.found else "",
        *sections.state.notes,
        one_line(sections.last_line()),
    ]
    return printable("\n\n".join(piece.strip("\n") for piece in pieces if piece.strip()))


def _write_math_in_dollars(items: Iterable[Item]) -> None:
    r"""Give formulas the delimiters that pandoc, GitHub and Jupyter know: not ``\(…\)``.

    One that would lead elsewhere is text, as it is in the HTML.
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


def _line(source: Source) -> str:
    address = urls.safe_url(source.url)
    said = filter(None, (title(source), address.href if address else "", source.date))
    return one_line(" — ".join(said))


def _error(error: PplxError | None) -> str:
    if not error or not any((error.what, error.why, error.try_this)):
        return ""
    lines = [_strong(error.what)]
    lines += [Element("p", [_said(text)]) for text in (error.why, error.try_this) if text]
    return to_markdown([Element("blockquote", [*lines])])


def _context(context: Summary) -> str:
    return one_line(f"Context · {context.label}")


def _strong(text: str) -> Element:
    return Element("p", [Element("strong", [_said(text)])])


def _said(text: str) -> Element:
    return Element("text", [text])
