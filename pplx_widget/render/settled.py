"""A finished answer as a document: HTML, Markdown and plain text that need no kernel.

The HTML has the page's own structure and classes (``js/src/view/``). It reads whole where a sanitiser
leaves it no stylesheet, no ``data-*`` and no ids, and holds nothing that a browser would fetch. It
depends on the answer alone, not on when or how fast it came.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from enum import IntEnum

from .._built import asset
from ..citations import Citation
from ..errors import PplxError
from ..events import Source
from ..state import AnswerState, Step
from . import urls, words
from .as_markdown import to_markdown
from .code import coloured
from .html import to_html
from .markdown import parse
from .tree import Element, Item, link, text_of, to_tree

SNIPPET = 300
"""Characters of a source's snippet that are kept."""

# What else of unforeseeable length is cut in a document that others read; the record has it whole.
_QUESTION = 1000
_THOUGHT = 300
_QUERY = 120
_ADDRESS = 80
_STEPS = 12
_PAGES = 12

_BLOCKS_PER_GROUP = 64  # as in the page: the browser can leave a finished group unpainted

# Three forms of one answer may take so many times the answer itself, and so much besides.
_TIMES = 4
_BESIDES = 6_000  # bytes; the stylesheet is most of it

_IN_PARENTHESES = re.compile(r"\\\(\s*([^$]*?)\s*\\\)", re.DOTALL)
_IN_BRACKETS = re.compile(r"\\\[\s*([^$]*?)\s*\\\]", re.DOTALL)

# Hosts typeset `$…$` with MathJax, versions 2 and 3: formulas they may, "$5 and $10" they may not.
_NO_MATH = "tex2jax_ignore mathjax_ignore"
_MATH = "tex2jax_process mathjax_process"


class _Detail(IntEnum):
    """How much goes into the HTML of what is pleasant but not needed."""

    BARE = 0  # a further mention of a source is a link and nothing else
    FEW_TITLES = 1  # hover texts where a source is first cited, and no snippets
    PLAIN_CODE = 2
    FULL = 3


def forms(question: str, state: AnswerState) -> dict[str, str]:
    """Return the answer in its three forms, by MIME type.

    Together they take at most four times the bytes of the text and its sources (snippets of 300
    characters) and 6 KB: where code colours or hover texts would take more, they are left out. Only
    a text that is little more than citations may take more, since each of them keeps its link.
    """
    rest = {
        "text/markdown": markdown(question, state),
        "text/plain": plain(question, state),
    }
    room = _TIMES * _weight(state) + _BESIDES - sum(map(_bytes, rest.values()))
    page = ""
    for detail in sorted(_Detail, reverse=True):
        page = _html(question, state, detail)
        if _bytes(page) <= room:
            break
    return {"text/html": page, **rest}


def html(question: str, state: AnswerState) -> str:
    """Return the answer as an HTML fragment with its stylesheet."""
    return forms(question, state)["text/html"]


def markdown(question: str, state: AnswerState) -> str:
    """Return the answer as Markdown: its citations as links, and the list of its sources.

    A citation names its source by a reference, since some are cited dozens of times. Its label is not
    a plain number: documents are joined, and the same label would lead elsewhere.
    """
    label = "s" + hashlib.sha256(f"{question}\0{state.text}".encode()).hexdigest()[:4]
    addresses = {c.number: urls.safe_url(c.source.url) for c in state.citations}
    numbers = {c.id: c.number for c in state.citations}

    def cite(id_: int) -> Item | None:
        if (number := numbers.get(id_)) is None:
            return None
        reference = f"[{label}-{number}]" if addresses[number] else ""
        return Element("span", [rf"[\[{number}\]]{reference}" if reference else rf"\[{number}\]"])

    text = to_tree(parse(str(state.text)), cite, runs=False)
    _write_math_in_dollars(text)
    parts = [
        to_markdown([_strong(words.shortened(question, _QUESTION))]),
        to_markdown(text),
        _error_markdown(state.error),
    ]
    cited, found = _split(state)
    if cited:
        rows = [Element("li", _row(source)) for source in cited]
        parts.append(to_markdown([_strong("Sources"), Element("ol", [*rows])]))
    if found:
        rows = [Element("li", _row(source)) for source in found]
        heading = f"{'Also found' if cited else 'Found'} ({len(found)})"
        parts.append(to_markdown([_strong(heading), Element("ul", [*rows])]))
    parts.append(to_markdown([Element("p", [Element("em", [_last_line(state)])])]))
    parts.append("\n".join(f"[{label}-{n}]: <{a.href}>" for n, a in addresses.items() if a))
    return "\n\n".join(part.strip("\n") for part in parts if part.strip()) + "\n"


def plain(question: str, state: AnswerState) -> str:
    """Return the answer as plain text: Markdown as it was written, citations as ``[1]``."""
    numbers = {citation.id: citation.number for citation in state.citations}

    def cite(id_: int) -> Item | None:
        return Element("span", [f"[{numbers[id_]}]"]) if id_ in numbers else None

    error = state.error
    cited, found = _split(state)
    parts = [
        words.shortened(question, _QUESTION),
        to_markdown(to_tree(parse(str(state.text)), cite, runs=False)),
        "\n".join(filter(None, (error.what, error.why, error.try_this))) if error else "",
        "\n".join(f"[{n}] {_line(source)}" for n, source in enumerate(cited, start=1)),
        "\n".join(["Also found:", *map(_line, found)]) if found else "",
        _last_line(state),
    ]
    return "\n\n".join(part.strip("\n") for part in parts if part.strip())


# ---- HTML -------------------------------------------------------------------------------------------


def _html(question: str, state: AnswerState, detail: _Detail) -> str:
    parts = [
        _box("pplx-header", _box("pplx-question", Element("b", [_cut(question)]))),
        _box("pplx-bar", _trace(state)),
        _box("pplx-text", *_groups(_text(state, detail))),
        *_error(state.error),
        *_sources(state, detail),
        _box("pplx-footer", _box("pplx-last", _last_line(state))),
        Element("style", [asset("answer.css").strip()]),
    ]
    status = f"pplx-{state.status}"
    root = _box(f"pplx {status} pplx-settled {_NO_MATH}", *parts)
    # A blank line would end the HTML where a notebook is turned into Markdown.
    return re.sub(r"\n(?=\n)", "&#10;", to_html([root]))


def _text(state: AnswerState, detail: _Detail) -> list[Item]:
    by_id = {citation.id: citation for citation in state.citations}

    cited: set[int] = set()

    def cite(id_: int) -> Item | None:
        if id_ not in by_id:
            return None
        chip = _chip(by_id[id_], detail, again=id_ in cited)
        cited.add(id_)
        return chip

    items = to_tree(parse(str(state.text)), cite)
    _dress(items, detail)
    return items


def _dress(items: Iterable[Item], detail: _Detail) -> None:
    """Colour the code, and let the host typeset the formulas."""
    for item in items:
        if isinstance(item, str):
            continue
        if item.class_name == "pplx-math":
            item.class_name += f" {_MATH}"
        elif item.tag == "sup" and detail is _Detail.BARE:
            item.class_name = ""
        elif item.tag == "code" and item.class_name.startswith("language-"):
            if detail >= _Detail.FULL:
                code = "".join(child for child in item.children if isinstance(child, str))
                item.children = coloured(item.class_name.removeprefix("language-"), code)
        else:
            _dress(item.children, detail)


def _groups(blocks: list[Item]) -> list[Item]:
    size = _BLOCKS_PER_GROUP
    return [_box("pplx-group", *blocks[at : at + size]) for at in range(0, len(blocks), size)]


def _chip(citation: Citation, detail: _Detail, *, again: bool) -> Element:
    """Return what stands for a marker: its number, which leads to the source."""
    source = citation.source
    chip = _linked(source.url, [str(citation.number)])
    if detail > _Detail.FEW_TITLES or not again:
        chip.attributes["title"] = " — ".join(filter(None, (source.title, source.site)))
    elif detail is _Detail.BARE:
        chip.attributes = {k: v for k, v in chip.attributes.items() if k == "href"}
    return chip


def _trace(state: AnswerState) -> Element:
    """Return the line that says how it ended, with the way there folded in it."""
    note = words.trace_note(state.steps)
    line: list[Item] = [
        _span("pplx-dot"),
        _span("pplx-phase-label", words.phase(state.status)),
    ]
    if note:
        line += [" ", _span("pplx-phase-note", note)]
    if not state.steps:
        return _box("pplx-trace", _box("pplx-phase", *line))
    steps: list[Item] = [*map(_step, state.steps[:_STEPS])]
    if more := len(state.steps[_STEPS:]):
        steps.append(Element("li", [f"and {words.count(more, 'step')} more"], "pplx-step"))
    return Element(
        "details",
        [Element("summary", line, "pplx-phase"), Element("ul", steps, "pplx-steps")],
        "pplx-trace",
    )


def _step(step: Step) -> Element:
    match step.kind:
        case "search":
            queries = ", ".join(f"“{words.shortened(query, _QUERY)}”" for query in step.items)
            line: list[Item] = [f"Searched {queries}" if queries else "Searched"]
            if step.found is not None:
                line += [" ", _span("pplx-step-note", words.count(step.found, "source"))]
        case "read":
            line = ["Read "]
            for url in step.items[:_PAGES]:
                address = re.sub(r"^https?://(?:www\.)?|/$", "", url)
                line += [", "] if len(line) > 1 else []
                line.append(_linked(url, [words.shortened(address, _ADDRESS)]))
            if more := len(step.items[_PAGES:]):
                line.append(f" and {more} more")
        case "thought":
            text = words.shortened(step.items[0], _THOUGHT)
            return Element("li", [text], "pplx-step pplx-thought")
    return Element("li", line, "pplx-step")


def _error(error: PplxError | None) -> list[Item]:
    if not error:
        return []
    lines: list[Item] = [_box("pplx-error-what", error.what)]
    for name, text in (("why", error.why), ("try", error.try_this)):
        if text:
            # Every second piece stood between backticks.
            pieces = re.split(r"`([^`]+)`", text)
            lines.append(
                _box(
                    f"pplx-error-{name}",
                    *[
                        Element("code", [p], "pplx-code") if i % 2 else p
                        for i, p in enumerate(pieces)
                    ],
                )
            )
    if error.request_id:
        lines.append(_box("pplx-error-id", f"Request {error.request_id}"))
    return [_box("pplx-error", *lines)]


def _sources(state: AnswerState, detail: _Detail) -> list[Item]:
    if not state.sources:
        return []
    cited, found = _split(state)
    parts: list[Item] = []
    if cited:
        parts.append(Element("ol", [_item(source, detail) for source in cited], "pplx-cited"))
    if found:
        label = f"Also found ({len(found)})" if cited else f"Found ({len(found)})"
        sites: list[Item] = []
        for site in dict.fromkeys(source.site for source in found if source.site):
            sites += [" ", _span("pplx-site", site)] if sites else [_span("pplx-site", site)]
        summary: list[Item] = [
            _span("pplx-found-count", label),
            " ",
            _span("pplx-found-sites", *sites),
        ]
        rows: list[Item] = [_item(source, detail) for source in found]
        parts.append(
            Element(
                "details",
                [
                    Element("summary", summary, "pplx-found-summary"),
                    Element("ul", rows, "pplx-found-list"),
                ],
                "pplx-found",
            )
        )
    return [_box("pplx-sources", *parts)]


def _item(source: Source, detail: _Detail) -> Element:
    title = _linked(source.url, [_title(source)])
    title.class_name = "pplx-source-title"
    if detail > _Detail.FEW_TITLES and source.snippet:
        title.attributes["title"] = words.shortened(source.snippet, SNIPPET)
    about = _about(source)
    children: list[Item] = [title]
    if about:
        children += [" ", _span("pplx-source-about", about)]
    return Element("li", children, "pplx-source")


# ---- Markdown and plain text ------------------------------------------------------------------------


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
    about = _about(source)
    return [_linked(source.url, [_title(source)]), *([f" · {about}"] if about else [])]


def _line(source: Source) -> str:
    address = urls.safe_url(source.url)
    return " — ".join(filter(None, (_title(source), address.href if address else "", source.date)))


def _error_markdown(error: PplxError | None) -> str:
    if not error:
        return ""
    lines = [_strong(error.what)]
    lines += [Element("p", [text]) for text in (error.why, error.try_this) if text]
    return to_markdown([Element("blockquote", [*lines])])


# ---- what all forms say -----------------------------------------------------------------------------


def _split(state: AnswerState) -> tuple[list[Source], list[Source]]:
    """Return the cited sources in the order of their numbers, and the others."""
    cited = [citation.source for citation in state.citations]
    ids = {source.id for source in cited}
    return cited, [source for source in state.sources if source.id not in ids]


def _title(source: Source) -> str:
    address = urls.safe_url(source.url)
    return source.title or (address.host if address else source.url)


def _about(source: Source) -> str:
    return " · ".join(filter(None, (source.site, source.date)))


def _last_line(state: AnswerState) -> str:
    if state.status.final:
        return words.last_line(state)
    return "Not finished: this is what had arrived."


def _cut(question: str) -> str:
    if len(question) <= _QUESTION:
        return question
    return f"{question[:_QUESTION].rstrip()}… ({len(question) - _QUESTION} more characters)"


def _linked(url: str, children: list[Item]) -> Element:
    """Return a link, or plain text where the address is none to be followed."""
    address = urls.safe_url(url)
    return link(address, children) if address else Element("span", children)


def _strong(text: str) -> Element:
    return Element("p", [Element("strong", [text])])


def _box(class_name: str, *children: Item) -> Element:
    return Element("div", [*children], class_name)


def _span(class_name: str, *children: Item) -> Element:
    return Element("span", [*children], class_name)


def _weight(state: AnswerState) -> int:
    """Return the bytes of the text and its sources, snippets cut."""
    fields = (f for s in state.sources for f in (s.title, s.url, s.snippet[:SNIPPET]))
    return _bytes(str(state.text)) + sum(map(_bytes, fields))


def _bytes(text: str) -> int:
    return len(text.encode())
