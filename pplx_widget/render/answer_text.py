"""A finished answer as Markdown and as plain text."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

from ..errors import PplxError
from ..events import Source
from . import urls, words
from .as_markdown import to_markdown
from .parts import QUESTION, Parts, about, linked, title
from .tree import Element, Item, text_of, to_tree

_IN_PARENTHESES = re.compile(r"\\\(\s*([^$]*?)\s*\\\)", re.DOTALL)
_IN_BRACKETS = re.compile(r"\\\[\s*([^$]*?)\s*\\\]", re.DOTALL)


def both(parts: Parts) -> tuple[str, str]:
    """Return the Markdown and the plain text of an answer."""
    label = _label(parts)
    text = _text(parts, label)
    return _markdown(parts, text, label), _plain(parts, text, label)


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


def _markdown(parts: Parts, text: str, label: str) -> str:
    pieces = [
        to_markdown([_strong(words.shortened(parts.question, QUESTION))]),
        text,
        _error(parts.state.error),
    ]
    if parts.cited:
        rows = [Element("li", _row(source)) for source in parts.cited]
        pieces.append(to_markdown([_strong("Sources"), Element("ol", [*rows])]))
    if parts.found:
        rows = [Element("li", _row(source)) for source in parts.found]
        heading = f"{'Also found' if parts.cited else 'Found'} ({len(parts.found)})"
        pieces.append(to_markdown([_strong(heading), Element("ul", [*rows])]))
    pieces.append(to_markdown([Element("p", [Element("em", [parts.last_line])])]))
    addresses = ((c.number, urls.safe_url(c.source.url)) for c in parts.state.citations)
    pieces.append("\n".join(f"[{label}-{n}]: <{a.href}>" for n, a in addresses if a))
    return "\n\n".join(piece.strip("\n") for piece in pieces if piece.strip()) + "\n"


def _plain(parts: Parts, text: str, label: str) -> str:
    error = parts.state.error
    pieces = [
        words.shortened(parts.question, QUESTION),
        re.sub(rf"\[\\\[(\d+)\\\]\]\[{label}-\1\]", r"[\1]", text),
        "\n".join(filter(None, (error.what, error.why, error.try_this))) if error else "",
        "\n".join(f"[{n}] {_line(source)}" for n, source in enumerate(parts.cited, start=1)),
        "\n".join(["Also found:", *map(_line, parts.found)]) if parts.found else "",
        parts.last_line,
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


def _strong(text: str) -> Element:
    return Element("p", [Element("strong", [text])])
