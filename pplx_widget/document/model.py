"""What the forms of a finished answer have in common."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from markdown_it.token import Token

from ..core.citations import Citation
from ..core.events import Source
from ..core.state import AnswerState
from ..core.visible import one_line
from ..core.words import say
from ..markdown import urls
from ..markdown.json_text import as_code
from ..markdown.parser import parse
from ..markdown.tree import Element, Item, link
from ..question.context.summary import Summary
from . import wording

QUESTION = 1000
"""Characters of a question that a document shows at most; the record has it whole."""

QUESTION_LINE = 300
"""And on one line."""


@dataclass(frozen=True)
class Sections:
    """One answer, taken apart once for all its forms."""

    question: str
    state: AnswerState
    context: Summary | None = None

    @cached_property
    def text(self) -> str:
        """The text as it is shown: what was asked for as JSON stands in a block of code."""
        text = str(self.state.text)
        return as_code(text) if self.state.structured else text

    @cached_property
    def tokens(self) -> list[Token]:
        """The text, parsed."""
        return parse(self.text)

    @cached_property
    def by_id(self) -> dict[int, Citation]:
        """The citations by the id that their markers name."""
        return {citation.id: citation for citation in self.state.citations}

    @cached_property
    def cited(self) -> list[Source]:
        """The cited sources, in the order of their numbers."""
        return [citation.source for citation in self.state.citations]

    @cached_property
    def found(self) -> list[Source]:
        """The sources that were found and not cited."""
        return [source for source in self.state.sources if source.id not in self.by_id]

    def last_line(self, *, failed: bool = True) -> str:
        """Return what stands below everything; see `wording.last_line`."""
        if self.state.status.final:
            return wording.last_line(self.state, failed=failed)
        return say("document.unfinished")


def title(source: Source) -> str:
    """Return what a source is called."""
    address = urls.safe_url(source.url)
    return source.title or (address.host if address else source.url)


def about(source: Source) -> str:
    """Return where a source is from, and from when."""
    return " · ".join(filter(None, (site(source), source.date)))


def context_line(context: Summary) -> str:
    """Return what the data is called that went out with the question."""
    return one_line(say("context.label", label=context.label))


def site(source: Source) -> str:
    """Return where a source really leads: look-alike letters show as ``xn--…``."""
    address = urls.safe_url(source.url)
    return address.host if address else source.site


def linked(url: str, children: list[Item]) -> Element:
    """Return a link, or plain text where the address is none to be followed."""
    address = urls.safe_url(url)
    return link(address, children) if address else Element("span", children)
