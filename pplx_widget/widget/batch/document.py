"""A batch as a document: totals, failed rows, first rows and all sources, without JavaScript.

Its size has a limit, since a batch may have any number of rows. It says what it leaves out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...core.assets import asset
from ...core.events import Source
from ...core.tables import NO_MATH
from ...core.visible import one_line, printable
from ...core.words import say, thousands
from ...document import wording
from ...document.model import about, linked, title
from ...document.record import KEY
from ...document.text import beginning
from ...markdown.html_writer import to_block
from ...markdown.markdown_writer import to_markdown
from ...markdown.tree import Element, Item, summary, text_of
from .rows import STATES, UNDONE, Rows

_FIRST = 25  # rows
_FAILED = 50  # rows
_SOURCES = 500
_QUESTION = 160  # characters
_TEXT = 280  # characters
_RECORDED = 100_000  # characters of text in the record, at most


@dataclass(frozen=True, slots=True)
class Forms:
    """The forms of a finished batch, and its record for the same output."""

    body: str
    markdown: str
    text: str
    metadata: dict[str, Any]

    def html(self, key: str = "") -> str:
        """Return the HTML; the page finds it by the class ``pplx-k-<key>``."""
        named = f" pplx-k-{key}" if key else ""
        classes = f"pplx-batch pplx-settled{named} {NO_MATH}"
        return f'<div class="{classes}">{self.body}</div>'

    def bundle(self, key: str) -> dict[str, Any]:
        """Return the forms by MIME type."""
        return {
            "text/html": self.html(key),
            "text/markdown": self.markdown,
            "text/plain": self.text,
        }


@dataclass(frozen=True, slots=True)
class _Table:
    """A part of the document: a heading, and rows of cells."""

    heading: str
    columns: list[str]
    rows: list[list[str]]
    more: str = ""


@dataclass(frozen=True, slots=True)
class _Content:
    """What the document says, the same in all forms."""

    title: str
    line: str
    tables: list[_Table]
    sources: list[Source]
    found: str
    more: str


def forms(rows: Rows) -> Forms:
    """Return a batch whose rows are over as HTML, Markdown and text, with its record."""
    failed = [row for row in range(len(rows)) if rows.state(row) == "failed"]
    over = (row for row in range(len(rows)) if rows.state(row) not in (*UNDONE, "skipped"))
    first = [row for row, _ in zip(over, range(_FIRST), strict=False)]
    content = _content(rows, failed, first)
    record = rows.records(_recorded(rows, first, failed[:_FAILED]))
    return Forms(_html(content), _markdown(content), _text(content), {KEY: record})


def _recorded(rows: Rows, first: Iterable[int], failed: Iterable[int]) -> list[int]:
    """Return the rows whose answers the record has: those of the document, if they are short enough."""
    room, kept = _RECORDED, []
    for row in dict.fromkeys([*first, *failed]):
        room -= len(rows.question(row)) + len(rows.text(row))
        if room < 0:
            break
        kept.append(row)
    return sorted(kept)


def _content(rows: Rows, failed: Sequence[int], first: Sequence[int]) -> _Content:
    tables = []
    if failed:
        lines = [[_number(row), _asked(rows, row), _error(rows, row)] for row in failed[:_FAILED]]
        names = ["row", "question", "error"]
        tables.append(
            _Table(
                counted(len(failed), "batch.failed"), _columns(names), lines, _more(failed, lines)
            )
        )
    if first:
        lines = [_line(rows, row) for row in first]
        names = ["row", "state", "question", "text", "sources", "cost"]
        rest = len(rows) - len({*first, *failed[:_FAILED]})
        more = counted(rest, "batch.rest") if rest else ""
        tables.append(_Table(counted(len(first), "batch.first"), _columns(names), lines, more))
    sources, all_ = _sources(rows)
    return _Content(
        counted(len(rows), "batch.title"),
        _totals(rows),
        tables,
        sources,
        counted(all_, "count.source"),
        _rest(all_ - len(sources)),
    )


def _sources(rows: Rows) -> tuple[list[Source], int]:
    """Return the first sources of all rows, each address once, and the number of all."""
    found: dict[str, Source | None] = {}
    for row in range(len(rows)):
        for saved in rows.sources(row):
            if (url := saved.get("url", "")) not in found:
                found[url] = _read(saved) if len(found) < _SOURCES else None
    return [source for source in found.values() if source], len(found)


def _read(saved: Mapping[str, Any]) -> Source:
    title, url, site = (saved.get(name, "") for name in ("title", "url", "site"))
    return Source(saved["id"], title, url, site, saved.get("date"))


def _totals(rows: Rows) -> str:
    counts = rows.counts
    states = [
        f"{thousands(counts[state])} {say(f'batch.state.{state}')}"
        for state in STATES
        if counts.get(state)
    ]
    cost = say("batch.spent", amount=wording.money(rows.spent, "USD")) if rows.spent else ""
    return " · ".join(filter(None, [*states, cost]))


def _columns(names: Iterable[str]) -> list[str]:
    return [say(f"batch.column.{name}") for name in names]


def _more(all_: Sequence[int], shown: Sequence[object]) -> str:
    return _rest(len(all_) - len(shown))


def counted(n: int, id_: str) -> str:
    """Return the words for a number of things, with its thousands separated."""
    return say(f"{id_}.one" if n == 1 else f"{id_}.other", n=thousands(n))


def _rest(n: int) -> str:
    return say("more.things", n=thousands(n)) if n else ""


def _number(row: int) -> str:
    return thousands(row + 1)


def _asked(rows: Rows, row: int) -> str:
    return wording.shortened(rows.question(row), _QUESTION)


def _error(rows: Rows, row: int) -> str:
    error = rows.error(row)
    return " ".join(error.lines.values()) if error else ""


def _line(rows: Rows, row: int) -> list[str]:
    error, cost, found = rows.error(row), rows.cost(row), rows.found(row)
    return [
        _number(row),
        say(f"batch.state.{rows.state(row)}"),
        _asked(rows, row),
        error.what if error else beginning(rows.text(row), _TEXT),
        str(found) if found else "",
        "" if cost is None else wording.money(cost, "USD"),
    ]


def _html(content: _Content) -> str:
    parts: list[Item] = [
        Element("style", [asset("batch.css").strip()]),
        Element("h2", [content.title]),
        Element("p", [content.line]),
    ]
    for table in content.tables:
        parts += [Element("h3", [table.heading]), _html_table(table)]
        if table.more:
            parts.append(Element("p", [table.more]))
    if content.sources:
        items: list[Item] = [Element("li", _source(source)) for source in content.sources]
        listed = [Element("ul", items), *([Element("p", [content.more])] if content.more else [])]
        parts.append(Element("details", [summary([content.found]), *listed]))
    return to_block(parts)


def _html_table(table: _Table) -> Element:
    head = Element(
        "tr", [Element("th", [name], attributes={"scope": "col"}) for name in table.columns]
    )
    body = [
        Element("tr", [Element("td", [cell], attributes={"dir": "auto"}) for cell in cells])
        for cells in table.rows
    ]
    whole = Element("table", [Element("thead", [head]), Element("tbody", [*body])])
    # A table that is wider than the output scrolls in this box.
    return Element("div", [whole], attributes={"style": "overflow:auto"})


def _source(source: Source) -> list[Item]:
    said = about(source)
    return [linked(source.url, [title(source)]), *([f" · {said}"] if said else [])]


def _markdown(content: _Content) -> str:
    parts: list[Item] = [_strong(content.title), _paragraph(content.line)]
    for table in content.tables:
        lines = [table.columns, *table.rows]
        drawn: list[Item] = [
            Element("tr", [Element("td", [_said(c)]) for c in line]) for line in lines
        ]
        parts += [_strong(table.heading), Element("table", drawn)]
        if table.more:
            parts.append(_paragraph(table.more))
    if content.sources:
        rows: list[Item] = [Element("li", _cited(source)) for source in content.sources]
        parts += [_strong(content.found), Element("ul", rows)]
        if content.more:
            parts.append(_paragraph(content.more))
    return to_markdown(parts) + "\n"


def _cited(source: Source) -> list[Item]:
    said = about(source)
    name = linked(source.url, [_said(title(source))])
    return [name, *([_said(f" · {said}")] if said else [])]


def _strong(text: str) -> Element:
    return Element("p", [Element("strong", [_said(text)])])


def _paragraph(text: str) -> Element:
    return Element("p", [_said(text)])


def _said(text: str) -> Element:
    return Element("text", [one_line(text)])


def _text(content: _Content) -> str:
    lines = [content.title, content.line]
    for table in content.tables:
        lines += ["", table.heading, *("\t".join(map(one_line, cells)) for cells in table.rows)]
        if table.more:
            lines.append(table.more)
    if content.sources:
        lines += [
            "",
            content.found,
            *(one_line(text_of(Element("p", _source(s)))) for s in content.sources),
        ]
        if content.more:
            lines.append(content.more)
    return printable("\n".join(lines))
