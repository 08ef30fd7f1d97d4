"""A race as a document: the measurements as a table and a picture, without JavaScript."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...core.assets import asset
from ...core.state import Status
from ...core.tables import NO_MATH
from ...core.text import shortened
from ...core.visible import one_line, printable
from ...core.words import decimal, say, translated
from .lane import Reading, newest

if TYPE_CHECKING:
    from ...markdown.tree import Item

_WIDE = 40  # characters of the longest bar in the picture

_CAME = (Status.COMPLETE, Status.INCOMPLETE)

_ROWS = ("first", "all", "bytes", "peak", "end")


def forms(question: str, lanes: tuple[Reading, ...]) -> dict[str, str]:
    """Return a race in HTML, Markdown and plain text."""
    head = ["", *map(_name, lanes)]
    columns = [_metrics(lane) for lane in lanes]
    rows = [[name, *cells] for name, *cells in zip(_rows(), *columns, strict=True)]
    return {
        "text/html": _html(question, lanes, head, rows),
        "text/markdown": _markdown(question, head, rows, picture(lanes)),
        "text/plain": report(question, lanes),
    }


def report(question: str, lanes: tuple[Reading, ...]) -> str:
    """Return the measurements so far, as text in columns."""
    table = [["", *_rows()[:-1], ""]]
    for lane in lanes:
        failed = lane.error and say("race.failed", what=one_line(lane.error.what))
        table.append([_name(lane), *_metrics(lane)[:-1], failed or _end(lane)])
    widths = [max(len(row[n]) for row in table) for n in range(len(_ROWS))]
    lines = []
    for name, *cells, end in table:
        metrics = [cell.rjust(width) for cell, width in zip(cells, widths[1:], strict=True)]
        lines.append("  ".join([name.ljust(widths[0]), *metrics, end]).rstrip())
    asked = shortened(" ".join(question.split()), 70)
    return printable("\n".join([say("race.title", question=asked), "", *lines, "", picture(lanes)]))


def picture(lanes: tuple[Reading, ...]) -> str:
    """Return a bar for the time of each lane, light until there was text to read."""
    longest = max(*(lane.elapsed for lane in lanes), 0.001)
    name = max(map(len, map(_name, lanes)))
    return "\n".join(f"{_name(lane):{name}}  {_bar(lane, longest)}" for lane in lanes)


def _name(lane: Reading) -> str:
    return say(f"race.{lane.way}")


def _rows() -> list[str]:
    return [say(f"race.row.{row}") for row in _ROWS]


def _bar(lane: Reading, longest: float) -> str:
    took = round(_WIDE * lane.elapsed / longest)
    first = lane.elapsed if lane.first_token is None else lane.first_token
    waited = round(_WIDE * first / longest)
    if lane.first_token is not None and lane.status.final:
        waited = min(waited, took - 1)  # text that came only at the end must still be visible
    end = "✕" if lane.status is Status.FAILED else "" if lane.status.final else "…"
    return f"{'░' * waited}{'█' * (took - waited)}{end}  {_in_seconds(lane.elapsed)}"


def _metrics(lane: Reading) -> list[str]:
    return [
        _seconds(lane, lane.first_token),
        _seconds(lane, lane.total if lane.status in _CAME else None),
        size(lane.bytes),
        size(lane.held),
        _end(lane),
    ]


def _end(lane: Reading) -> str:
    if lane.error is None:
        ended = say(f"status.{lane.status}")
        if not lane.reason:
            return ended
        return say("phase.because", phase=ended, reason=translated(lane.reason, "reason"))
    what = f"{lane.error.what} {lane.error.why}".strip()
    if not lane.bytes:
        return say("race.failed", what=what)
    return say("race.failed_after", size=size(lane.bytes), what=what)


def _seconds(lane: Reading, seconds: float | None) -> str:
    if seconds is None:
        return say("race.never" if lane.status.final else "race.not_yet")
    return _in_seconds(seconds)


def _in_seconds(seconds: float) -> str:
    return f"{decimal(f'{seconds:.2f}')} s"


def size(count: int) -> str:
    """Return a number of bytes as text."""
    return f"{count} B" if count < 1000 else f"{decimal(f'{count / 1000:.1f}')} kB"  # noqa: PLR2004


def _html(question: str, lanes: tuple[Reading, ...], head: list[str], rows: list[list[str]]) -> str:
    from ...markdown.html_writer import to_block  # noqa: PLC0415 (loads the parser)
    from ...markdown.tree import Element  # noqa: PLC0415

    def row(tag: str, cells: list[str]) -> Item:
        return Element("tr", [Element(tag if i else "th", [cell]) for i, cell in enumerate(cells)])

    longest = max(*(lane.elapsed for lane in lanes), 0.001)
    table = Element(
        "table",
        [
            Element("thead", [row("th", head)]),
            Element("tbody", [row("td", cells) for cells in rows]),
        ],
    )
    box = Element(
        "div",
        [
            Element("style", [asset("race.css").strip()]),
            Element("h2", [question], "pplx-race-question"),
            Element("div", [_lane(lane, longest) for lane in lanes], "pplx-race-lanes"),
            Element("div", [table], "pplx-race-table"),
        ],
        f"pplx-race {NO_MATH}",
    )
    return to_block([box])


def _lane(lane: Reading, longest: float) -> Item:
    """Return a lane as the page shows it: its clock, its bar and its newest words."""
    from ...markdown.parser import parse  # noqa: PLC0415
    from ...markdown.tree import Element, to_tree  # noqa: PLC0415

    def box(name: str, *children: Item) -> Element:
        return Element("div", [*children], f"pplx-race-{name}")

    first = lane.elapsed if lane.first_token is None else lane.first_token
    parts = [
        Element(tag, [], attributes={"style": f"width:{100 * part / longest:.1f}%"})
        for tag, part in (("i", first), ("b", lane.elapsed - first))
    ]
    failed = " pplx-race-failed" if lane.error else ""
    text = to_tree(parse(newest(lane.text)), lambda _id: None)
    return box(
        "lane",
        box("name", _name(lane)),
        box("clock", _in_seconds(lane.elapsed)),
        box(f"note{failed}", _end(lane)),
        box("bar", *parts),
        box("text", Element("div", [Element("div", text, "pplx-group")])),
    )


def _markdown(question: str, head: list[str], rows: list[list[str]], drawn: str) -> str:
    from ...markdown.markdown_writer import to_markdown  # noqa: PLC0415 (loads the parser)
    from ...markdown.tree import Element  # noqa: PLC0415

    def line(cells: list[str]) -> Element:
        return Element("tr", [Element("td", [Element("text", [one_line(cell)])]) for cell in cells])

    asked = Element("strong", [Element("text", [" ".join(question.split())])])
    table = Element("table", [line(head), *map(line, rows)])
    # Indented code is safe, because it contains no text of the service or the user.
    code = ["    " + row for row in drawn.split("\n")]
    return "\n".join([to_markdown([asked]), "", *code, "", to_markdown([table]), ""])
