"""The sections of a finished answer, which all of its forms share."""

from __future__ import annotations

from dataclasses import dataclass

from markdown_it.token import Token

from ..core.citations import Citation
from ..core.events import Source
from ..core.once import once
from ..core.state import AnswerState
from ..core.visible import one_line
from ..core.words import say
from ..markdown import urls
from ..markdown.json_text import as_code
from ..markdown.parser import parse
from ..markdown.tree import Element, Item, link
from ..question.context.summary import Summary
from . import wording
from .body import Body, cited
from .images import Images
from .quotes import Quotes

QUESTION = 1000
"""Maximum number of characters of a question in a document; the record holds the whole question."""

QUESTION_LINE = 300
"""Maximum number of characters of a question on one line."""


@dataclass(frozen=True)
class Sections:
    """One answer, parsed once for all of its forms; ``begun`` is the text that is already written."""

    question: str
    state: AnswerState
    context: Summary | None = None
    begun: Body | None = None

    @once
    def text(self) -> str:
        """The text to show; structured output (JSON) without citations is in a code block."""
        text = str(self.state.shown)
        return as_code(text) if self.state.as_code else text

    @once
    def body(self) -> Body:
        """The text as HTML and Markdown."""
        body = self.begun or Body()
        body.complete(self.text, cited(self.state.citations))
        return body

    @once
    def tokens(self) -> list[Token]:
        """The tokens of the text."""
        return parse(self.text)

    @once
    def by_id(self) -> dict[int, Citation]:
        """The citations by the ids of their markers."""
        return {citation.id: citation for citation in self.state.citations}

    @once
    def cited(self) -> list[Source]:
        """The cited sources, in the order of their numbers."""
        return [citation.source for citation in self.state.citations]

    @once
    def found(self) -> list[Source]:
        """The sources that were found but not cited."""
        return [source for source in self.state.sources if source.id not in self.by_id]

    @once
    def images(self) -> Images:
        """The images to show, and how many more there are."""
        return Images.of(self.state.images)

    @once
    def quotes(self) -> Quotes:
        """The quotes for the values of a structured answer."""
        return Quotes.of(self.state)

    def last_line(self, *, brief: bool = False) -> str:
        """Return the last line of the document; see `wording.last_line`."""
        if self.state.status.final:
            return wording.last_line(self.state, brief=brief)
        return say("document.unfinished")


def title(source: Source) -> str:
    """Return the title of a source, or else its host or address."""
    address = urls.safe_url(source.url)
    return source.title or (address.host if address else source.url)


def about(source: Source) -> str:
    """Return the site and the date of a source."""
    return " · ".join(filter(None, (site(source), source.date)))


def context_line(context: Summary) -> str:
    """Return the line that names the data sent with the question."""
    return one_line(say("context.label", label=context.label))


def site(source: Source) -> str:
    """Return the real host of a source, with letters beyond ASCII as ``xn--…``."""
    address = urls.safe_url(source.url)
    return address.host if address else source.site


def linked(url: str, children: list[Item]) -> Element:
    """Return a link, or plain text if the address is unsafe."""
    address = urls.safe_url(url)
    return link(address, children) if address else Element("span", children)
