"""A finished answer as HTML, with the structure and the classes of the page's view."""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

from ..core.assets import asset
from ..core.citations import Citation
from ..core.errors import PplxError
from ..core.events import Source
from ..core.state import AnswerState, Status, Step
from ..core.tables import (
    BLOCKS_PER_GROUP,
    IN_MESSAGE,
    INLINE_STYLES,
    LONGEST_ADDRESS,
    LONGEST_QUERY,
    LONGEST_SNIPPET,
    LONGEST_THOUGHT,
    MOST_PAGES,
    MOST_SITES,
    MOST_STEPS,
    NO_MATH,
    STEPS,
)
from ..core.words import count, say
from ..markdown.html_writer import to_block, to_html
from ..markdown.tree import Element, Item, link, summary
from ..markdown.urls import safe_url
from ..question.context.summary import Summary
from . import wording
from .images import Shown
from .model import QUESTION, Sections, about, linked, site, title
from .quotes import Row

# With these classes, hosts typeset an element: our formulas, but not "$5 and $10".
_MATH = "tex2jax_process mathjax_process"
_CITATIONS = re.compile('<sup class="[^"]*">')
_ANY_CELL = re.compile('(<t[dh](?: class="pplx-align-([a-z]+)")?)>')
_CELLS = re.compile('<td class="[^"]*">')
_IN_LINE = re.compile(IN_MESSAGE)
_SHORT_QUESTION = 200
# Around a mark, until it is behind its run of citations. Text contains no tags.
_MARK, _MARK_END = "<!>", "<!/>"
_MARKED = re.compile(f"{_MARK}(.*?){_MARK_END}(.*?</sup>)", re.DOTALL)


class Detail(IntEnum):
    """The amount of optional details in the HTML; those of the highest level are dropped first."""

    NUMBERS = (
        0  # only the first citation of a source is an element; fewer classes, a short question
    )
    BARE = 1  # repeated citations are bare links; no steps
    FEW_TITLES = 2  # hover texts only at the first citation of a source; no snippets
    PLAIN_CODE = 3
    FULL = 4


@dataclass(frozen=True, slots=True)
class Fragment:
    """The HTML of an answer without its key and its stylesheet, which depend on where it is shown."""

    classes: str
    body: str
    as_asked: Fragment | None = None
    """The same before the store answered in place of the service, if it did."""

    def html(self, key: str = "", *, style: str = "") -> str:
        """Return the HTML.

        Parameters
        ----------
        key : str
            The page finds the HTML by the class ``pplx-k-<key>``.
        style : str
            The stylesheet in it: none for an output of a notebook, to whose page the widget's code adds
            it; ``answer.css`` elsewhere.
        """
        name = f"pplx-settled pplx-k-{key}" if key else "pplx-settled"
        end = _style(style) if style else ""
        inline = INLINE_STYLES["pplx"]
        return (
            f'<div class="{self.classes} {name} {NO_MATH}" style="{inline}">{self.body}{end}</div>'
        )


@functools.cache
def _style(name: str) -> str:
    return to_block([Element("style", [asset(name).strip()])])


def write(sections: Sections, detail: Detail) -> Fragment:
    """Return the HTML of an answer."""
    state = sections.state
    question = wording.cut(sections.question, QUESTION if detail else _SHORT_QUESTION)
    last = _box("pplx-last", sections.last_line(brief=True))
    if said := wording.figures(state):
        last.attributes["title"] = said
    header = [_box("pplx-header", _box("pplx-question", question, tag="h2"))] if question else []
    body: list[Item] = [
        *header,
        *_context(sections.context),
        _box("pplx-bar", _trace(state, steps=detail > Detail.BARE)),
        _text(sections, detail),
        *_error(state.error),
        *_quotes(sections, detail),
        *_findings(sections),
        *_images(sections, detail),
        *_sources(sections, detail),
        *_notices(state.notes),
        _box("pplx-footer", last),
    ]
    return Fragment(f"pplx pplx-{state.status}", to_block(body))


def _context(context: Summary | None) -> list[Item]:
    """Return the context sent with the question, verbatim and folded."""
    if not context:
        return []
    line = summary([say("context.label", label=context.label)])
    text = Element(
        "pre", [Element("code", [context.text])], attributes={"style": INLINE_STYLES["pre"]}
    )
    return [Element("details", [line, text], "pplx-sent")]


def _text(sections: Sections, detail: Detail) -> Element:
    body = sections.body
    seen: dict[int, str] = {}
    marked = _marks(sections)
    places = itertools.count()

    def chip(id_: int) -> str:
        """Return a citation as HTML, and marks behind it."""
        return once(id_) + marked.get(next(places), "")

    def once(id_: int) -> str:
        """Return a citation as HTML; a repeated one is written once."""
        if again := seen.get(id_):
            return again
        citation = sections.by_id[id_]
        seen[id_] = to_html([_chip(citation, detail, again=True)])
        return to_html([_chip(citation, detail, again=False)])

    # If only formulas look like formulas, the whole text gets the classes, not each formula.
    all_math = not body.looks_like_math
    math = "pplx-math" if all_math else f"pplx-math {_MATH}"
    pieces = body.html(chip, colours=detail >= Detail.FULL, math=math)
    box = _box(f"pplx-text {_MATH}" if all_math else "pplx-text", *_groups(pieces, detail))
    box.attributes["dir"] = "auto"
    return box


def _groups(pieces: list[str], detail: Detail) -> Iterator[Item]:
    for at in range(0, len(pieces), BLOCKS_PER_GROUP):
        html = _behind("".join(pieces[at : at + BLOCKS_PER_GROUP]))
        # Text cannot contain these tags, since its "<" is escaped.
        if detail <= Detail.BARE:
            html = _CITATIONS.sub("<sup>", html)
        if detail > Detail.FEW_TITLES:  # the host's rules for tables would align them otherwise
            html = _ANY_CELL.sub(_aligned, html)
        if detail is Detail.NUMBERS:
            html = _CELLS.sub("<td>", html)
        yield _box("pplx-group", Element("", [html]))


def _marks(sections: Sections) -> dict[int, str]:
    """Return the marks of findings by the place of a citation, as they are written before `_behind`."""
    if sections.state.checked is None:
        return {}
    from .findings import mark, marks  # noqa: PLC0415 (few answers have them)

    return {
        chip: f"{_MARK}{to_html([*map(mark, found)])}{_MARK_END}"
        for chip, found in marks(sections.state.checked).items()
    }


def _behind(html: str) -> str:
    """Move each mark behind the citations that it follows."""
    while _MARK in html:
        html = _MARKED.sub(r"\2\1", html)
    return html


def _findings(sections: Sections) -> list[Item]:
    """Return the list of doubtful sentences, if the answer was checked."""
    if sections.state.checked is None:
        return []
    from .findings import Findings, listed  # noqa: PLC0415 (few answers have them)

    return [listed(Findings.of(sections.state.checked, sections.state.sources))]


def _aligned(cell: re.Match[str]) -> str:
    align = {"right": "end", "center": "center"}.get(cell[2], "start")
    return f'{cell[1]} style="text-align:{align}">'


def _chip(citation: Citation, detail: Detail, *, again: bool) -> Item:
    """Return the citation for a marker: its number, linked to the source."""
    source, number = citation.source, str(citation.number)
    if again and detail is Detail.NUMBERS:
        return number
    chip = linked(source.url, [number])
    if again and detail is Detail.BARE:
        chip.attributes = {k: v for k, v in chip.attributes.items() if k == "href"}
    elif detail > Detail.FEW_TITLES or not again:
        chip.attributes["title"] = " — ".join(filter(None, (source.title, site(source))))
        if chip.tag == "a":
            chip.attributes["aria-label"] = say("source.number", n=number)
    return chip


def _trace(state: AnswerState, *, steps: bool) -> Element:
    """Return the line with the final status; the steps are folded in it."""
    note = wording.trace_note(state.steps)
    stopped = state.status is Status.STOPPED
    line: list[Item] = [
        _span("pplx-dot"),
        # The last line says that it was stopped.
        _span("pplx-phase-label", "" if stopped else wording.phase(state.status)),
    ]
    if note:
        line += [" ", _span("pplx-phase-note", note)]
    if not (steps and state.steps):
        return _box("pplx-trace", _box("pplx-phase", *line))
    items: list[Item] = [*map(_step, state.steps[:MOST_STEPS])]
    if more := len(state.steps[MOST_STEPS:]):
        items.append(Element("li", [count(more, "more.steps")], "pplx-step"))
    return Element(
        "details",
        [summary(line, "pplx-phase"), Element("ul", items, "pplx-steps")],
        "pplx-trace",
    )


def _step(step: Step) -> Element:
    look, more = STEPS[step.kind]["look"], 0
    match look:
        case "text":
            text = wording.shortened(step.items[0], LONGEST_THOUGHT)
            return Element("li", [text], "pplx-step pplx-thought")
        case "quotes":
            shown: list[Item] = [_quoted(i) for i in step.items]
        case "links":
            shown = [*map(_page, step.items[:MOST_PAGES])]
            more = len(step.items) - len(shown)
        case "reason":
            shown = [*step.items[1:]]
    line: list[Item] = [say(f"step.{step.kind}.done")]
    for i, item in enumerate(shown):
        line += [", " if i else " ", item]
    if more:
        line.append(" " + say("more.things", n=more))
    if step.found is not None and look == "quotes":
        things = "count.image" if step.kind == "images" else "count.source"
        line += [" ", _span("pplx-step-note", count(step.found, things))]
    return Element("li", line, "pplx-step")


def _quoted(query: str) -> str:
    return say("quote.marks", text=wording.shortened(query, LONGEST_QUERY))


def _page(url: str) -> Item:
    address = safe_url(url)
    return linked(url, [address.host if address else wording.shortened(url, LONGEST_ADDRESS)])


def _error(error: PplxError | None) -> list[Item]:
    if not error:
        return []
    lines: list[Item] = [
        _box(f"pplx-error-{name.removesuffix('_this')}", *_with_code(text))
        for name, text in error.lines.items()
    ]
    if error.request_id:
        lines.append(_box("pplx-error-id", say("error.request", id=error.request_id)))
    return [_box("pplx-error", *lines)]


def _with_code(text: str) -> list[Item]:
    # After each text comes the code between backticks, or an address.
    pieces = _IN_LINE.split(text)
    items: list[Item] = []
    for i, piece in enumerate(pieces):
        if piece and i % 3 == 1:
            items.append(Element("code", [piece], "pplx-code"))
        elif piece and i % 3:
            items.append(_address(piece))
        elif piece:
            items.append(piece)
    return items


def _address(text: str) -> Item:
    address = safe_url(text)
    return link(address, [address.href]) if address else text


def _notices(notes: tuple[str, ...]) -> list[Item]:
    return [_box("pplx-said", *(_box("", note) for note in notes))] if notes else []


def _images(sections: Sections, detail: Detail) -> list[Item]:
    """Return the chips of the images; the page shows an image when its chip is clicked."""
    images = sections.images
    if not images.shown:
        return []
    rows: list[Item] = [_image(image, detail) for image in images.shown]
    if images.more:
        rows.append(Element("li", [images.rest], "pplx-source"))
    heading = Element("div", [images.heading])
    return [_box("pplx-images", heading, Element("ul", rows, "pplx-found-list"))]


def _image(image: Shown, detail: Detail) -> Element:
    chip = link(image.address, [image.title])
    chip.class_name = "pplx-image"
    if detail <= Detail.BARE:
        chip.attributes = {"href": image.address.href}
        return Element("li", [chip])
    page = link(image.page, [image.page.host])
    about = _span("pplx-source-about", f"{image.size} · " if image.size else "· ", page)
    return Element("li", [chip, " ", about], "pplx-source")


def _quotes(sections: Sections, detail: Detail) -> list[Item]:
    """Return the quotes, folded unless one is not in its source; in brief, only such quotes."""
    quotes = sections.quotes
    if not quotes.rows:
        return []
    shown = [row for row in quotes.rows if row.missing or detail > Detail.BARE]
    line = summary([quotes.heading], "pplx-found-summary")
    rows: list[Item] = [_quote(row) for row in shown]
    box = _box("pplx-quotes", line, Element("ul", rows, "pplx-found-list"), tag="details")
    if quotes.missing:
        box.attributes["open"] = ""
    return [box]


def _quote(row: Row) -> Element:
    children: list[Item] = [_span("pplx-source-title", Element("b", [row.name]), " ", row.quote)]
    if row.source:
        children += [" ", _span("pplx-source-about", linked(row.source.url, [row.about]))]
    if row.warning:
        missing = Element("strong", [row.warning], "pplx-missing")
        children += [" ", missing if row.missing else _span("pplx-source-about", row.warning)]
    return Element("li", children, "pplx-source")


def _sources(sections: Sections, detail: Detail) -> list[Item]:
    if not sections.state.sources:
        return []
    cited, found = sections.cited, sections.found
    lists: list[Item] = []
    if cited:
        name = say("sources.heading")
        items: list[Item] = [
            _item(source, detail, number) for number, source in enumerate(cited, start=1)
        ]
        lists += [
            _box("pplx-sources-name", name, tag="b"),
            Element("ol", items, "pplx-cited", {"aria-label": name}),
        ]
    if found:
        label = wording.others(len(found), more=bool(cited))
        sites: list[Item] = []
        shown = found if detail else []
        for host in [*dict.fromkeys(filter(None, map(site, shown)))][:MOST_SITES]:
            sites += [" ", _span("pplx-site", host)] if sites else [_span("pplx-site", host)]
        line: list[Item] = [
            _span("pplx-found-count", label),
            " ",
            _span("pplx-found-sites", *sites),
        ]
        rows = _rows(sections, detail)
        lists.append(
            Element(
                "details",
                [
                    summary(line, "pplx-found-summary"),
                    Element("ul", rows, "pplx-found-list"),
                ],
                "pplx-found",
            )
        )
    return [_box("pplx-sources", *lists)]


def _rows(sections: Sections, detail: Detail) -> list[Item]:
    """Return the rows of uncited sources, grouped by search if there were several."""
    if len({source.query for source in sections.state.sources if source.query}) < 2:  # noqa: PLR2004
        return [_item(source, detail) for source in sections.found]
    rows: list[Item] = []
    for query in dict.fromkeys(source.query for source in sections.found):
        if query:
            quoted = ", ".join(map(_quoted, query.split(" · ")))
            rows.append(Element("li", [quoted], "pplx-found-by"))
        rows += [_item(source, detail) for source in sections.found if source.query == query]
    return rows


def _item(source: Source, detail: Detail, number: int = 0) -> Element:
    """Return the row of a source; ``number`` is 0 if it is not cited."""
    if detail is Detail.NUMBERS:
        bare = linked(source.url, [title(source)])
        bare.attributes = {k: v for k, v in bare.attributes.items() if k == "href"}
        said = about(source)
        return Element("li", [bare, f" {said}"] if said else [bare])
    name = linked(source.url, [title(source)])
    name.class_name = "pplx-source-title"
    if detail > Detail.FEW_TITLES and source.snippet:
        name.attributes["title"] = wording.shortened(source.snippet, LONGEST_SNIPPET)
    children: list[Item] = [name]
    if said := about(source):
        children += [" ", _span("pplx-source-about", said)]
    return Element("li", children, "pplx-source", {"value": str(number)} if number else {})


def _box(class_name: str, *children: Item, tag: str = "div") -> Element:
    style = INLINE_STYLES.get(class_name)
    return Element(tag, [*children], class_name, {"style": style} if style else {})


def _span(class_name: str, *children: Item) -> Element:
    return Element("span", [*children], class_name)
