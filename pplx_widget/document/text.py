"""A finished answer as plain text."""

from __future__ import annotations

from ..core.events import Source
from ..core.visible import one_line, printable
from ..markdown import urls
from ..markdown.markdown_writer import with_citations
from ..markdown.parser import parse
from ..markdown.text_writer import to_text
from ..markdown.tree import Item, to_tree
from . import wording
from .model import QUESTION_LINE, Sections, context_line, title


def marked(sections: Sections) -> str:
    """Return an answer as text with its Markdown, and citations as ``[1]``."""
    return _whole(sections, with_citations(sections.body.markdown, "[{}]".format))


def unmarked(sections: Sections) -> str:
    """Return an answer as text without Markdown."""

    def cite(id_: int) -> Item | None:
        return f"[{sections.by_id[id_].number}]" if id_ in sections.by_id else None

    return _whole(sections, to_text(to_tree(sections.tokens, cite, runs=False)))


def beginning(markdown: str, limit: int) -> str:
    """Return the beginning of a text without Markdown, on one line of at most ``limit`` characters."""
    # Some of the characters are marks, or addresses of links.
    tree = to_tree(parse(markdown[: 4 * limit]), lambda _: None, runs=False)
    return wording.shortened(to_text(tree), limit)


def _whole(sections: Sections, text: str) -> str:
    error = sections.state.error
    pieces = [
        wording.shortened(sections.question, QUESTION_LINE),
        context_line(sections.context) if sections.context else "",
        text,
        "\n".join(error.lines.values()) if error else "",
        _quotes(sections),
        "\n".join(sections.images.lines),
        "\n".join(f"[{n}] {_line(source)}" for n, source in enumerate(sections.cited, start=1)),
        _found(sections),
        *sections.state.notes,
        one_line(sections.last_line()),
    ]
    return printable("\n\n".join(piece.strip("\n") for piece in pieces if piece.strip()))


def _quotes(sections: Sections) -> str:
    quotes = sections.quotes
    if not quotes.rows:
        return ""
    lines = []
    for row in quotes.rows:
        number = f"[{row.number}]" if row.number else ""
        label = " ".join(filter(None, (row.label, number)))
        lines.append(one_line(" — ".join(filter(None, (label, row.warning)))))
    return "\n".join([f"{quotes.heading}:", *lines])


def _found(sections: Sections) -> str:
    if not sections.found:
        return ""
    heading = wording.others(len(sections.found), more=bool(sections.cited))
    return "\n".join([f"{heading}:", *map(_line, sections.found)])


def _line(source: Source) -> str:
    address = urls.safe_url(source.url)
    said = filter(None, (title(source), address.href if address else "", source.date))
    return one_line(" — ".join(said))
