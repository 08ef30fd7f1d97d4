"""A finished answer as a document: HTML, Markdown and plain text that need no kernel.

The HTML has the structure and the classes of the page (``js/src/view/``). It stays readable if a
sanitizer removes the stylesheet, ``data-*`` attributes and ids. A browser fetches nothing for it. It
depends only on the answer, not on when or how fast it arrived.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..core.state import AnswerState
from ..core.tables import LONGEST_SNIPPET
from ..core.words import say
from ..question.context.summary import Summary
from . import html as as_html
from . import markdown as as_markdown
from . import text as as_text
from .html import Detail, Fragment
from .model import Sections

# The three forms of an answer may take this many times the bytes of the answer, plus a constant.
_TIMES = 4
_BESIDES = 6_000  # bytes; the stylesheet is most of it

_SHORTEST = 400  # bytes of plain text that are always kept


@dataclass(frozen=True, slots=True)
class Forms:
    """The three forms of an answer."""

    fragment: Fragment
    markdown: str
    text: str

    def bundle(self, key: str = "") -> dict[str, str]:
        """Return the forms by MIME type; the key names the HTML (see `Fragment.html`)."""
        return {
            "text/html": self.fragment.html(key),
            "text/markdown": self.markdown,
            "text/plain": self.text,
        }


def written(question: str, state: AnswerState, context: Summary | None = None) -> Forms:
    """Return the answer in its three forms.

    Together they take at most 6 KB plus four times the bytes of the text, its sources (snippets of 300
    characters) and the context. If an answer has so many citations, tables and code that the forms
    would take more, they lose details in this order: code colours, hover texts, the links of repeated
    citations, and the end of the plain text.
    """
    sections = Sections(question, state, context)
    body = as_markdown.body_of(sections)
    markdown_, text_ = as_markdown.by_reference(sections, body), as_text.marked(sections, body)
    room = _TIMES * _weight(sections) + _BESIDES - _bytes(markdown_)
    fragment, size = _fitting(sections, room - _bytes(text_))
    return Forms(fragment, markdown_, _shortened(text_, room - size))


def mime_bundle(
    question: str, state: AnswerState, context: Summary | None = None
) -> dict[str, str]:
    """Return the answer in its three forms, by MIME type."""
    return written(question, state, context).bundle()


def html(question: str, state: AnswerState, context: Summary | None = None) -> str:
    """Return the answer as an HTML fragment with its stylesheet."""
    return written(question, state, context).fragment.html()


def markdown(question: str, state: AnswerState, context: Summary | None = None) -> str:
    """Return the answer as Markdown: its citations as links, and the list of its sources."""
    return as_markdown.by_link(Sections(question, state, context))


def text(question: str, state: AnswerState, context: Summary | None = None) -> str:
    """Return the answer as plain text: its Markdown source, with citations as ``[1]``."""
    sections = Sections(question, state, context)
    return as_text.marked(sections, as_markdown.body_of(sections))


def unmarked(question: str, state: AnswerState, context: Summary | None = None) -> str:
    """Return the answer as text without Markdown, to paste into programs that do not read it."""
    return as_text.unmarked(Sections(question, state, context))


def _fitting(sections: Sections, room: int) -> tuple[Fragment, int]:
    """Return the HTML with as many details as fit into ``room`` bytes, and its size."""
    for detail in sorted(Detail, reverse=True):
        fragment = as_html.write(sections, detail)
        if (size := _bytes(fragment.html())) <= room:
            break
    return fragment, size


def _shortened(text: str, room: int) -> str:
    if _bytes(text) <= room:
        return text
    note = "\n\n" + say("document.cut")
    kept = text.encode()[: max(_SHORTEST, room - _bytes(note))]
    return kept.decode(errors="ignore") + note


def _weight(sections: Sections) -> int:
    """Return the bytes of the text, the sources with cut snippets, the context, and the notices."""
    fields = [
        f for s in sections.state.sources for f in (s.title, s.url, s.snippet[:LONGEST_SNIPPET])
    ]
    context = sections.context.text if sections.context else ""
    return sum(map(_bytes, (sections.text, *fields, context, *sections.state.notes)))


def _bytes(text: str) -> int:
    return len(text.encode())
