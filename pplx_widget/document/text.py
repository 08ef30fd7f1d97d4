"""A finished answer as Markdown and as plain text."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping

from ..core.errors import PplxError
from ..core.events import Source
from ..markdown import urls
from ..markdown.markdown_writer import to_markdown
from ..markdown.text_writer import to_plain
from ..markdown.tree import Element, Item, text_of, to_tree
from ..question.context.summary import Summary
from . import wording
from .model import Parts, about, linked, title

_IN_PARENTHESES = re.compile(r"\\\(\s*([^$]*?)\s*\\\)", re.DOTALL)
_IN_BRACKETS = re.compile(r"\\\[\s*([^$]*?)\s*\\\]", re.DOTALL)


_QUESTION = 300  # characters


def both(parts: Parts) -> tuple[str, str]:
    """Return the Markdown of an answer, with its sources as references, and the plain text."""
    label = _label(parts)
    text = _text(parts, label)
    addresses = {c.number: urls.safe_url(c.source.url) for c in parts.state.citations}
    labels = {number: f"{label}-{number}" for number, address in addresses.items() if address}
    definitions = "\n".join(f"[{labels[n]}]: <{a.href}>" for n, a in addresses.items() if a)
    plain = _references(label).sub(r"[\1]", text)
    return _markdown(parts, text, labels, definitions), _plain(parts, plain)


def markdown(parts: Parts) -> str:
    """Return the Markdown of an answer, with its citations as links: longer, and easier to quote."""
    label = _label(parts)
    addresses = {c.number: urls.safe_url(c.source.url) for c in parts.state.citations}

    def link(reference: re.Match[str]) -> str:
        address = addresses[int(reference[1])]
        return rf"[\[{reference[1]}\]](<{address.href}>)" if address else reference[0]

    return _markdown(parts, _references(label).sub(link, _text(parts, label)))


def plain(parts: Parts) -> str:
    """Return an answer without any marks, to be pasted where nobody reads Markdown."""

    def cite(id_: int) -> Item | None:
        return f"[{parts.by_id[id_].number}]" if id_ in parts.by_id else None

    return _plain(parts, to_plain(to_tree(parts.tokens, cite, runs=False)))


def _references(label: str) -> re.Pattern[str]:
    return re.compile(rf"\[\\\[(\d+)\\\]\]\[{label}-\1\]")


def _label(parts: Parts) -> str:
    """Return what the labels of the references begin with.

    A citation names its source by a reference, since some are cited dozens of times. Its label is not
    a plain number: documents are joined, and the same label would lead elsewhere.
    """
    return "s" + hashlib.sha256(f"{parts.question}\0{parts.state.text}".encode()).hexdigest()[:4]


def _text(parts: Parts, label: str) -> str:
    def cite(id_: int) -> Item | None:
        if (citation := parts.by_id.get(id_)) is None:
            return None
        number = citation.number
        reference = f"[{label}-{number}]" if urls.safe_url(citation.source.url) else ""
        return Element("span", [rf"[\[{number}\]]{reference}" if reference else rf"\[{number}\]"])

    text = to_tree(parts.tokens, cite, runs=False)
    _write_math_in_dollars(text)
    return to_markdown(text)


def _markdown(
    parts: Parts, text: str, labels: Mapping[int, str] | None = None, definitions: str = ""
) -> str:
    pieces = [
        to_markdown([_strong(wording.shortened(parts.question, _QUESTION))]),
        text,
        _error(parts.state.error),
        _cited(parts, labels or {}),
    ]
    if parts.found:
        rows = [Element("li", _row(source)) for source in parts.found]
        heading = f"{'Also found' if parts.cited else 'Found'} ({len(parts.found)})"
        pieces.append(to_markdown([_strong(heading), Element("ul", [*rows])]))
    if parts.context:
        code = Element("pre", [Element("code", [parts.context.text + "\n"])])
        pieces.append(to_markdown([_strong(_context(parts.context)), code]))
    said = (*parts.state.notes, parts.last_line())
    pieces += [to_markdown([Element("p", [Element("em", [line])])]) for line in said]
    pieces.append(definitions)
    return "\n\n".join(piece.strip("\n") for piece in pieces if piece.strip()) + "\n"


def _cited(parts: Parts, labels: Mapping[int, str]) -> str:
    """Return the list of cited sources; one that has a label is linked by it."""
    if not parts.cited:
        return ""
    rows: list[Item] = []
    for number, source in enumerate(parts.cited, start=1):
        row = _row(source)
        if number in labels and isinstance(row[0], Element):
            row[0].attributes["href"] = labels[number]
        rows.append(Element("li", row))
    written = to_markdown([_strong("Sources"), Element("ol", rows)])
    for label in labels.values():
        written = written.replace(f"]({label})", f"][{label}]")
    return written


def _plain(parts: Parts, text: str) -> str:
    error = parts.state.error
    pieces = [
        wording.shortened(parts.question, _QUESTION),
        _context(parts.context) if parts.context else "",
        text,
        "\n".join(filter(None, (error.what, error.why, error.try_this))) if error else "",
        "\n".join(f"[{n}] {_line(source)}" for n, source in enumerate(parts.cited, start=1)),
        "\n".join(["Also found:", *map(_line, parts.found)]) if parts.found else "",
        *parts.state.notes,
        parts.last_line(),
    ]
    return "\n\n".join(piece.strip("\n") for piece in pieces if piece.strip())


def _write_math_in_dollars(items: Iterable[Item]) -> None:
    r"""Give formulas the delimiters that pandoc, GitHub and Jupyter know: not ``\(…\)``."""
    for item in items:
        if isinstance(item, str):
            continue
        if item.class_name == "pplx-math":
            item.children = [
                _IN_PARENTHESES.sub(r"$\1$", _IN_BRACKETS.sub(r"$$\1$$", text_of(item)))
            ]
        else:
            _write_math_in_dollars(item.children)


def _row(source: Source) -> list[Item]:
    said = about(source)
    return [linked(source.url, [title(source)]), *([f" · {said}"] if said else [])]


def _line(source: Source) -> str:
    address = urls.safe_url(source.url)
    return " — ".join(filter(None, (title(source), address.href if address else "", source.date)))


def _error(error: PplxError | None) -> str:
    if not error:
        return ""
    lines = [_strong(error.what)]
    lines += [Element("p", [text]) for text in (error.why, error.try_this) if text]
    return to_markdown([Element("blockquote", [*lines])])


def _context(context: Summary) -> str:
    return f"Context · {context.label}"


def _strong(text: str) -> Element:
    return Element("p", [Element("strong", [text])])
