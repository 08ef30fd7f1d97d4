"""A list of answers as a document: each line opens its answer, and nothing is loaded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..core.state import AnswerState
from ..core.tables import INLINE_STYLES
from ..core.visible import one_line, printable
from ..core.words import count, day, say
from ..markdown.html_writer import to_block
from ..markdown.markdown_writer import to_markdown
from ..markdown.tree import Element, Item, summary
from . import html as as_html
from . import wording
from .html import Detail, Fragment
from .model import QUESTION_LINE, Sections

OPENED = 20
"""The most answers whose text is in the list, and `_ROOM` the most bytes of these texts."""

_ROOM = 400_000


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of the list: the answer to a question."""

    question: str
    state: AnswerState

    @property
    def about(self) -> str:
        """The day, the cost, and the outcome unless the answer is complete."""
        status, usage, asked = self.state.status, self.state.usage, self.state.asked
        parts = [
            day(asked) if asked else "",
            wording.phase(status) if status != "complete" else "",
            wording.money(usage.cost, usage.currency) if usage and usage.cost is not None else "",
        ]
        return " · ".join(filter(None, parts))


def html(answers: Sequence[Listed], total: int) -> str:
    """Return the list as HTML with the stylesheet of an answer; the first answers can be opened."""
    rows: list[Item] = []
    left = _ROOM
    for place, each in enumerate(answers):
        body = _body(each) if place < OPENED and left > 0 else ""
        left -= len(body.encode())
        opened = bool(body) and left >= 0
        line: list[Item] = [_named(each), " ", Element("span", [each.about], "pplx-source-about")]
        folded: list[Item] = [summary(line, "pplx-found-summary"), Element("", [body])]
        unfolded = Element("details", folded, "pplx-found")
        rows.append(unfolded if opened else Element("div", line, "pplx-found"))
    closed = sum(isinstance(row, Element) and row.tag == "div" for row in rows)
    last = _box("pplx-footer", _box("pplx-last", _counted(len(answers), total, closed)))
    return Fragment("pplx pplx-complete", to_block([*rows, last])).html(style="answer.css")


def _body(each: Listed) -> str:
    sections = Sections("", each.state)
    return as_html.write(sections, Detail.PLAIN_CODE).html()


def markdown(answers: Sequence[Listed], total: int) -> str:
    """Return the list as Markdown, without the answers."""
    rows: list[Item] = [
        Element("li", [Element("text", [_named(each)]), Element("text", [f" · {each.about}"])])
        for each in answers
    ]
    listed = [Element("ul", rows)] if rows else []
    said = Element("text", [_counted(len(answers), total, 0)])
    return to_markdown([*listed, Element("p", [said])])


def text(answers: Sequence[Listed], total: int) -> str:
    """Return the list as text for a terminal."""
    lines = [one_line(f"{each.about} — {_named(each)}") for each in answers]
    return printable("\n".join([*lines, _counted(len(answers), total, 0)]))


def _named(each: Listed) -> str:
    return wording.shortened(each.question, QUESTION_LINE)


def _counted(shown: int, total: int, closed: int) -> str:
    said = [
        count(shown, "count.answer")
        if shown >= total
        else say("history.some", n=shown, total=total),
        count(closed, "history.closed") if closed else "",
    ]
    return " · ".join(filter(None, said))


def _box(class_name: str, *children: Item) -> Element:
    style = INLINE_STYLES.get(class_name)
    return Element("div", [*children], class_name, {"style": style} if style else {})
