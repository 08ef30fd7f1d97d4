"""A check as a quiet list: the most doubtful sentence first, in HTML and in text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...core.finding import Finding
from ...core.tables import INLINE_STYLES
from ...core.text import shortened
from ...core.visible import one_line, printable
from ...core.words import say
from ...document.findings import totals, verdict
from ...document.html import Fragment
from ...markdown.html_writer import to_block
from ...markdown.tree import Element, Item

_QUOTE = 300
_SENTENCE = 300
_MOST = 50  # rows of a display; the frame has all
_ROW = "margin: 0.6em 0"
_WHOLE = "white-space: normal; overflow: visible"


def html(doubtful: Sequence[Finding], counts: Mapping[str, int], uncited: int) -> str:
    """Return a check as HTML with the stylesheet of an answer."""
    rows: list[Item] = [_row(finding) for finding in doubtful[:_MOST]]
    body: list[Item] = [
        _box("pplx-header", _box("pplx-question", Element("b", [say("check.title")])))
    ]
    if rows:
        body.append(
            Element("ul", rows, attributes={"style": "list-style: none; padding: 0; margin: 0"})
        )
    body.append(_box("pplx-footer", _box("pplx-last", *totals(counts, uncited))))
    return Fragment("pplx pplx-complete", to_block(body)).html(style="answer.css")


def text(doubtful: Sequence[Finding], counts: Mapping[str, int], uncited: int) -> str:
    """Return a check as text for a terminal."""
    lines = []
    for finding in doubtful[:_MOST]:
        lines.append(f"{verdict(finding)}  {one_line(shortened(finding.sentence, _SENTENCE))}")
        lines.append(f"    {finding.why}")
        if finding.quote and finding.verdict != "found":
            lines.append(f"    “{one_line(shortened(finding.quote, _QUOTE))}”")
    lines.append(" ".join(totals(counts, uncited)))
    return printable("\n".join(lines))


def _row(finding: Finding) -> Element:
    children: list[Item] = [
        Element("b", [verdict(finding)]),
        " ",
        shortened(finding.sentence, _SENTENCE),
        _line(finding.why),
    ]
    if finding.quote:
        quoted = Element("q", [shortened(finding.quote, _QUOTE)])
        children.append(_line(quoted))
    return Element("li", children, attributes={"style": _ROW})


def _line(item: Item) -> Element:
    """Return a line below a sentence; unlike a line of a list of sources, it is never cut."""
    return Element("div", [item], "pplx-source-about", {"style": _WHOLE})


def _box(class_name: str, *children: Item) -> Element:
    style = INLINE_STYLES.get(class_name)
    spaced: list[Item] = []
    for child in children:
        spaced += [" ", child] if spaced else [child]
    return Element("div", spaced, class_name, {"style": style} if style else {})
