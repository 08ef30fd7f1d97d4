"""A comparison as a document: the metrics, each answer, and the sources that they share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

from ...core.assets import asset
from ...core.text import shortened
from ...core.visible import one_line, printable
from ...core.words import count, decimal, say
from ...document import wording
from ...document.compact import moved
from ...document.record import FURTHER, KEY
from ..displays import Bundle, Content
from ..documents import RULE
from .metrics import Column, Page, pages, shared

if TYPE_CHECKING:
    from ...markdown.tree import Element, Item

ROWS: Final = ("first", "total", "rate", "cost", "sources", "cited", "shared", "alone", "end")

_NOTHING: Final = "–"  # noqa: RUF001
_SHORT: Final = 70  # characters of the question in a title


def rows(columns: Sequence[Column]) -> list[list[str]]:
    """Return the table of the metrics as text: a row for each metric, a cell for each answer."""
    cells = map(_metrics, columns, shared(columns))
    names = [say(f"compare.row.{row}") for row in ROWS]
    return [[name, *values] for name, *values in zip(names, *cells, strict=True)]


def _metrics(column: Column, found: int) -> list[str]:
    state, usage = column.state, column.state.usage
    rate = state.timing.tokens_per_second
    return [
        _seconds(state.timing.first_token),
        _seconds(state.timing.finished),
        _NOTHING if rate is None else decimal(f"{rate:.0f}"),
        _NOTHING
        if usage is None or usage.cost is None
        else wording.money(usage.cost, usage.currency),
        str(len(state.sources)),
        str(len(state.citations)),
        str(found),
        str(len(column.pages) - found),
        _end(column),
    ]


def _seconds(value: float | None) -> str:
    return _NOTHING if value is None else f"{decimal(f'{value:.2f}')} s"


def _end(column: Column) -> str:
    state = column.state
    if state.error:
        return say("race.failed", what=one_line(state.error.what))
    ended = say(f"status.{state.status}")
    return (
        say("phase.because", phase=ended, reason=wording.reason(state)) if state.reason else ended
    )


def report(question: str, columns: Sequence[Column]) -> str:
    """Return the metrics so far, as text in columns."""
    table = [["", *(column.name for column in columns)], *rows(columns)]
    widths = [max(len(row[at]) for row in table) for at in range(len(columns) + 1)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in table
    ]
    asked = shortened(" ".join(question.split()), _SHORT)
    return printable("\n".join([say("compare.title", question=asked), "", *lines]))


def whole(question: str, columns: Sequence[Column], answers: Sequence[Content]) -> Content:
    """Return the document, with the record of each answer.

    Parameters
    ----------
    question : str
        The question.
    columns : sequence of Column
        The answers.
    answers : sequence of (dict, dict)
        The output of each answer alone.
    """
    found = pages(columns)
    text, starts = _markdown(question, columns, found, [data for data, _ in answers])
    records: list[dict[str, Any]] = []
    for column, (_, metadata), start in zip(columns, answers, starts, strict=True):
        record, *others = _records(metadata)
        records += [
            moved({**record, "way": column.name}, start),
            *(moved(o, start) for o in others),
        ]
    first, *further = records
    data = {
        "text/html": _html(question, columns, found, [data for data, _ in answers]),
        "text/markdown": text,
        "text/plain": "\n\n\n".join(
            [report(question, columns), *(data["text/plain"].strip("\n") for data, _ in answers)]
        ),
    }
    return data, {KEY: {**first, FURTHER: further}}


def _records(metadata: Bundle) -> list[dict[str, Any]]:
    record = dict(metadata[KEY])
    return [record, *record.pop(FURTHER, ())]


def _markdown(
    question: str, columns: Sequence[Column], found: list[Page], answers: list[Bundle]
) -> tuple[str, list[int]]:
    """Return the Markdown, and where the Markdown of each answer begins in it."""
    from ...markdown.markdown_writer import to_markdown  # noqa: PLC0415 (loads the parser)
    from ...markdown.tree import Element  # noqa: PLC0415

    def said(text: str) -> Item:
        return Element("text", [one_line(text)])

    def line(cells: Sequence[Item]) -> Element:
        return Element("tr", [Element("td", [cell]) for cell in cells])

    def strong(text: str) -> str:
        return to_markdown([Element("strong", [said(text)])])

    head = line([said(""), *(said(column.name) for column in columns)])
    table = [head, *(line([*map(said, row)]) for row in rows(columns))]
    made = f"{strong(question)}\n\n{to_markdown([Element('table', [*table])])}"
    starts = []
    for column, answer in zip(columns, answers, strict=True):
        made += f"{RULE}{strong(column.name)}\n\n"
        starts.append(len(made))
        made += answer["text/markdown"].strip("\n")
    if found:
        listed = [head, *(line(cells) for cells in _sources(columns, found, said))]
        made += f"{RULE}{strong(_counted(found))}\n\n{to_markdown([Element('table', [*listed])])}"
    return made + "\n", starts


def _html(
    question: str, columns: Sequence[Column], found: list[Page], answers: list[Bundle]
) -> str:
    from ...document.model import QUESTION  # noqa: PLC0415 (loads the parser)
    from ...markdown.html_writer import to_block  # noqa: PLC0415
    from ...markdown.tree import Element, summary  # noqa: PLC0415

    def row(cells: Sequence[Item], tag: str = "td") -> Element:
        scope = {"scope": "col" if tag == "th" else "row"}
        first, *others = cells
        named = Element("th", [first], attributes=scope)
        rest = [Element(tag, [c], attributes=scope if tag == "th" else {}) for c in others]
        return Element("tr", [named, *rest])

    def table(head: Element, lines: Sequence[Element]) -> Element:
        inside = Element("table", [Element("thead", [head]), Element("tbody", [*lines])])
        return Element("div", [inside], "pplx-compare-table", {"style": "overflow:auto"})

    head = row(["", *(column.name for column in columns)], "th")
    sections = [
        Element(
            "section",
            [Element("h3", [column.name], "pplx-compare-name"), Element("", [answer["text/html"]])],
            "pplx-compare-column",
            {"aria-label": column.name},
        )
        for column, answer in zip(columns, answers, strict=True)
    ]
    parts: list[Item] = [
        Element("style", [asset("compare.css").strip()]),
        Element("h2", [wording.cut(question, QUESTION)], "pplx-compare-question"),
        table(head, [row(cells) for cells in rows(columns)]),
        Element("div", [*sections], "pplx-compare-columns", {"style": "overflow:auto"}),
    ]
    if found:
        lines = [row(cells) for cells in _sources(columns, found, lambda text: text)]
        listed: list[Item] = [summary([_counted(found)]), table(head, lines)]
        parts.append(Element("details", listed, "pplx-compare-sources"))
    return to_block([Element("div", parts, "pplx-compare")])


def _sources(
    columns: Sequence[Column], found: list[Page], said: Callable[[str], Item]
) -> list[list[Item]]:
    """Return the table of the sources: each with its number in every answer that has it."""
    from ...document.model import linked, title  # noqa: PLC0415 (loads the parser)

    lines: list[list[Item]] = []
    for page in found:
        name: Item = linked(page.source.url, [said(one_line(title(page.source)))])
        cells = [said(_cited(column, page, at)) for at, column in enumerate(columns)]
        lines.append([name, *cells])
    return lines


def _cited(column: Column, page: Page, at: int) -> str:
    """Return how an answer has a web page: the number of its citation, found, or not at all."""
    if at not in page.found:
        return _NOTHING
    ids = {s.id for s in column.state.sources if s.url == page.found[at].url}
    numbers = [str(c.number) for c in column.state.citations if c.id in ids]
    return say("compare.cited", numbers=", ".join(numbers)) if numbers else say("compare.found")


def _counted(found: list[Page]) -> str:
    several = sum(len(page.found) > 1 for page in found)
    return say(
        "compare.sources",
        shared=count(several, "count.source"),
        alone=count(len(found) - several, "count.source"),
    )
