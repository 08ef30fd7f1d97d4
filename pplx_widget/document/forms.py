"""A finished answer as a document: HTML, Markdown and plain text that need no kernel.

The HTML has the page's own structure and classes (``js/src/view/``). It reads whole where a sanitiser
leaves it no stylesheet, no ``data-*`` and no ids, and holds nothing that a browser would fetch. It
depends on the answer alone, not on when or how fast it came.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..core.state import AnswerState
from ..core.tables import LONGEST_SNIPPET
from ..question.context.summary import Summary
from . import html as as_html
from . import text as as_text
from .html import Detail, Fragment
from .model import Parts

# Three forms of one answer may take so many times the answer itself, and so much besides.
_TIMES = 4
_BESIDES = 6_000  # bytes; the stylesheet is most of it

_CUT = "\n\n[…] The rest of this answer is in its Markdown and HTML forms."
_SHORTEST = 400  # bytes of plain text that stay


@dataclass(frozen=True, slots=True)
class Forms:
    """The three forms of an answer."""

    fragment: Fragment
    markdown: str
    plain: str

    def bundle(self, key: str = "") -> dict[str, str]:
        """Return the forms by MIME type; the key names the HTML (see `Fragment.html`)."""
        return {
            "text/html": self.fragment.html(key),
            "text/markdown": self.markdown,
            "text/plain": self.plain,
        }


def written(question: str, state: AnswerState, context: Summary | None = None) -> Forms:
    """Return the answer in its three forms.

    Together they take at most four times the bytes of the text, its sources (snippets of 300
    characters) and the context, and 6 KB. Where an answer is so full of citations, tables and code
    that they would take more, code colours give way first, then hover texts, then the links of
    further mentions of a source, and last the end of the plain text.
    """
    parts = Parts(question, state, context)
    markdown_, plain_ = as_text.both(parts)
    room = _TIMES * _weight(parts) + _BESIDES - _bytes(markdown_)
    fragment, size = _fitting(parts, room - _bytes(plain_))
    return Forms(fragment, markdown_, _shortened(plain_, room - size))


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
    return as_text.markdown(Parts(question, state, context))


def plain(question: str, state: AnswerState, context: Summary | None = None) -> str:
    """Return the answer as plain text: Markdown as it was written, citations as ``[1]``."""
    return as_text.both(Parts(question, state, context))[1]


def unmarked(question: str, state: AnswerState, context: Summary | None = None) -> str:
    """Return the answer as text without any marks, to be pasted where nobody reads Markdown."""
    return as_text.plain(Parts(question, state, context))


def _fitting(parts: Parts, room: int) -> tuple[Fragment, int]:
    """Return the HTML with as many details as there is room for, and its bytes."""
    for detail in sorted(Detail, reverse=True):
        fragment = as_html.write(parts, detail)
        if (size := _bytes(fragment.html())) <= room:
            break
    return fragment, size


def _shortened(text: str, room: int) -> str:
    if _bytes(text) <= room:
        return text
    kept = text.encode()[: max(_SHORTEST, room - _bytes(_CUT))]
    return kept.decode(errors="ignore") + _CUT


def _weight(parts: Parts) -> int:
    """Return the bytes of the text, its sources, snippets cut, the context, and the notes."""
    fields = [f for s in parts.state.sources for f in (s.title, s.url, s.snippet[:LONGEST_SNIPPET])]
    context = parts.context.text if parts.context else ""
    return sum(map(_bytes, (parts.text, *fields, context, *parts.state.notes)))


def _bytes(text: str) -> int:
    return len(text.encode())
