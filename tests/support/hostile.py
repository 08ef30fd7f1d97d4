"""Answers with an attack in every field, and the expected text and links of their exports."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from pplx_widget.core import errors
from pplx_widget.core.events import (
    Event,
    Failed,
    Fetching,
    Finished,
    Image,
    ImagesFound,
    Noted,
    Opened,
    PagesFetched,
    Retrying,
    Searching,
    Source,
    SourcesFound,
    Text,
    Thought,
    ToolUse,
    Unknown,
    Usage,
    UsageReported,
)
from pplx_widget.core.state import AnswerState
from pplx_widget.core.visible import one_line, printable
from pplx_widget.core.words import count
from pplx_widget.document import forms as answer_forms
from pplx_widget.document import wording
from pplx_widget.document.images import Images, Shown
from pplx_widget.document.model import about, title
from pplx_widget.markdown.parser import parse
from pplx_widget.markdown.tree import Element, Item, to_tree
from pplx_widget.markdown.urls import safe_url
from pplx_widget.question.context.summary import Summary

from . import attacks
from .readings import Outline, address, same

EVERYTHING = pytest.mark.parametrize("name", ["made up", *attacks.NAMES])
"""Runs a test for every set of attacks; `attacks_of` and `answers_of` return them."""

SAID = "So it is.[1][2][3][4]"  # the other sources are listed as uncited
LONGEST = 300

ADDRESSES = (
    "https://example.org/{}",
    "{}",
    "urn:a",
    "https://user@evil.example/p",
    "",
    "data:text/html,{}",
    "https://example.com/?a=&lt;b&amp;c&#60;",
)

PICTURE = "https://pictures.example.org/a.png"


@functools.cache
def attacks_of(name: str) -> list[str]:
    if name == "made up":
        return list(attacks.made_up(500, seed=1))
    return [text[:LONGEST] for text in attacks.corpus(name)]


def hostile(
    texts: Sequence[str],
    said: str = SAID,
    *,
    failed: bool = True,
    addresses: Sequence[str] = ADDRESSES,
) -> AnswerState:
    """Return an answer with an attack in every field except its text.

    There is one source for each address. The sources use the texts in turn, all other fields the first.
    """
    text = texts[0]
    turn = itertools.cycle(texts)
    sources = tuple(
        Source(i, each, where.format(each[:60]), each, each, each, each, each)
        for i, (where, each) in enumerate(zip(addresses, turn, strict=False), start=1)
    )
    urls = tuple(source.url for source in sources[:1])
    error = errors.PplxError(text, text, text, request_id=text)
    events: list[Event] = [
        Opened(text, text),
        Retrying(error, 1.0),
        Searching((text, text)),
        *([SourcesFound(sources, (text,))] if sources else ()),
        ImagesFound((Image(text, text, text), Image(PICTURE, text, text, 640, 480))),
        Fetching((text, *urls)),
        PagesFetched((text, *urls)),
        Thought(text),
        Noted(text),
        Unknown(text, text),
        Text(said),
        UsageReported(Usage(1, 2, 3, 0.5, text, tools=(ToolUse(text, 2, 0.1),))),
        Failed(error) if failed else Finished("incomplete", text, text),
    ]
    state = AnswerState()
    for at, event in enumerate(events):
        state.apply(event, at)
    return state


def context(text: str) -> Summary:
    return Summary(text, text, (text,))


def saying(text: str) -> AnswerState:
    """Return an answer with an attack only in its text."""
    state = AnswerState()
    for event in (
        SourcesFound(
            tuple(Source(i, "A title", url, "") for i, url in enumerate(ADDRESSES[:2], 1))
        ),
        Text(text),
        Finished(),
    ):
        state.apply(event, 0)
    return state


@dataclass(frozen=True)
class Answered:
    """An answer made of attacks, and its output forms, each written once."""

    question: str
    state: AnswerState
    sent: Summary

    @functools.cached_property
    def forms(self) -> dict[str, str]:
        return answer_forms.mime_bundle(self.question, self.state, self.sent)

    @functools.cached_property
    def linking(self) -> str:
        """Its Markdown with citations as links; without sources there are none."""
        if not self.state.sources:
            return self.forms["text/markdown"]
        return answer_forms.markdown(self.question, self.state, self.sent)

    @functools.cached_property
    def expected(self) -> Outline:
        return expected(self.question, self.state, self.sent)


def answers(texts: Sequence[str]) -> Iterator[Answered]:
    """Yield one answer for each attack, with the attack as question, error, notice and so on.

    One answer in several has sources, with an attack in each. The others have none, which makes them
    faster to read.
    """
    for i, text in enumerate(texts):
        if i % len(ADDRESSES) == 0:
            state = hostile(texts[i : i + len(ADDRESSES)], failed=len(text) % 2 == 0)
        else:
            state = hostile([text], failed=len(text) % 2 == 0, addresses=())
        yield Answered(text, state, context(text))


@functools.cache
def answers_of(name: str) -> list[Answered]:
    others = [text for text in attacks_of(name) if not for_pandoc(text)]
    return [*answers_for_pandoc(name), *answers(others)]


@functools.cache
def answers_for_pandoc(name: str) -> list[Answered]:
    return [*answers([*filter(for_pandoc, attacks_of(name))])]


def for_pandoc(text: str) -> bool:
    # Nested brackets take pandoc quadratic time or worse, even if escaped.
    return max(map(text.count, "[<*_")) < 30


def allowed(state: AnswerState, *, said: bool = False) -> set[str]:
    """Return the allowed link targets: safe addresses of sources and steps, and of the text if ``said``."""
    urls = {safe_url(source.url) for source in state.sources}
    urls |= {safe_url(url) for image in state.images for url in (image.url, image.origin)}
    found = {url.href for url in urls if url}
    steps = (safe_url(item) for step in state.steps for item in step.items)
    found |= {url.href for url in steps if url}
    if said:
        found |= set(links(to_tree(parse(str(state.text)), lambda _: None)))
    return found | {address(href) for href in found}


def links(items: Iterable[Item]) -> Iterator[str]:
    for item in items:
        if isinstance(item, Element):
            if "href" in item.attributes:
                yield item.attributes["href"]
            yield from links(item.children)


def expected(question: str, state: AnswerState, sent: Summary) -> Outline:
    """Return the expected outline of the Markdown of an answer with the text `SAID`."""
    cited = {citation.id for citation in state.citations}
    also = [source for source in state.sources if source.id not in cited]
    blocks: Outline = [("p", wording.shortened(question, 300)), ("p", SAID)]
    if error := state.error:
        said = [text for text in (error.what, error.why, error.try_this) if text]
        blocks.append(("quote", said))
    images = Images.of(state.images)
    if images.shown:
        blocks += [("p", images.heading), ("ul", [pictured(image) for image in images.shown])]
    if state.sources:
        blocks += [("p", "Sources"), ("ol", [row(c.source) for c in state.citations])]
        blocks += [
            ("p", count(len(also), "sources.more")),
            ("ul", [row(source) for source in also]),
        ]
    blocks += [("p", one_line(f"Context · {sent.label}")), ("code", sent.text)]
    blocks += [("p", note) for note in state.notes]
    blocks.append(("p", one_line(wording.last_line(state))))
    return [as_shown(kind, text) for kind, text in blocks]


def row(source: Source) -> str:
    said = one_line(about(source))
    return printable(one_line(title(source))) + (printable(f" · {said}") if said else "")


def pictured(image: Shown) -> str:
    size = f" · {image.size}" if image.size else ""
    return printable(one_line(image.title)) + f"{size} · {image.page.host}"


def as_shown(kind: str, text: Any) -> tuple[str, Any]:
    if kind == "code":
        return kind, printable(text, code=True).rstrip("\n")
    if isinstance(text, str):
        return kind, same(printable(text))
    return kind, sorted(same(printable(each)) for each in text)


def in_order(state: AnswerState) -> list[Source]:
    cited = [citation.source for citation in state.citations]
    return cited + [source for source in state.sources if source not in cited]
