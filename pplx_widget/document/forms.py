"""A finished answer as a document: HTML, Markdown and plain text that need no kernel.

The HTML has the structure and the classes of the page (``js/src/view/``). It stays readable if a
sanitizer removes the stylesheet, ``data-*`` attributes and ids. A browser fetches nothing for it. It
depends only on the answer, not on when or how fast it arrived.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from ..core.state import AnswerState
from ..core.tables import LONGEST_SNIPPET
from ..core.words import say
from ..question.context.summary import Summary
from . import html as as_html
from . import markdown as as_markdown
from . import text as as_text
from .body import Body
from .compact import packed, without_text
from .html import Detail, Fragment
from .model import Sections
from .record import to_record

Turn: TypeAlias = tuple[str, AnswerState, Summary | None]
"""A question, the final state of its answer, and the data that were sent with it."""

# The forms and the record of an answer may take this many times the bytes of the answer in a notebook
# file, plus a constant.
_TIMES = 4
_BESIDES = 8_000  # bytes
_AN_IMAGE = 600  # bytes for each image that is shown
_A_FIELD = 400  # bytes for each value with evidence: its citation and its quote
_A_FINDING = 900  # bytes for each finding of a check: its mark, its row, and its record

_SHORTEST = 400  # bytes of plain text that are always kept

# What nbformat adds to each line of a text: indentation, quotation marks, a comma, two line ends.
_A_LINE = 12
_AROUND = 200  # the MIME types and the key of the HTML
_A_RECORD_LINE = 6  # the indentation of an output's metadata
_TIMES_OF_RECORD = 300  # bytes of `asked` and `timing`
_A_TIME = 1234.567


@dataclass(frozen=True, slots=True)
class Forms:
    """The three forms of an answer, and its record for the same output."""

    fragment: Fragment
    markdown: str
    text: str
    record: dict[str, Any]

    def bundle(self, key: str = "") -> dict[str, str]:
        """Return the forms by MIME type; the key names the HTML (see `Fragment.html`)."""
        return {
            "text/html": self.fragment.html(key),
            "text/markdown": self.markdown,
            "text/plain": self.text,
        }


def written(
    question: str,
    state: AnswerState,
    context: Summary | None = None,
    *,
    begun: Body | None = None,
    pause: Callable[[], None] | None = None,
) -> Forms:
    """Return the answer in its three forms, with its record.

    In a notebook file they take at most 8 KB plus four times the bytes of the text, its sources
    (snippets of 300 characters), its images and the context, 600 bytes for each image that is shown,
    400 bytes for each value with evidence, and 900 for each finding of a check. If they would take
    more, the end of the plain text is left out, then code colours, hover texts, and the links of
    repeated citations; at last the record is compressed.

    ``begun`` contains the part of the text that was written before the answer's end. ``pause`` is
    called every few milliseconds.
    """
    pause = pause or _go_on
    asked = Sections(question, state.as_asked(), context, begun)
    forms, detail = _written(asked, pause)
    if state.kept is None:
        return forms
    # The details depend on the size. With those of the first run, only the last line differs.
    sections = Sections(question, state, context, asked.body)
    markdown_ = as_markdown.by_reference(sections)
    record = without_text(to_record(question, state, context), markdown_)
    whole = forms.text == as_text.marked(asked)
    return Forms(
        replace(as_html.write(sections, detail), as_asked=forms.fragment),
        markdown_,
        as_text.marked(sections) if whole else forms.text,
        packed(record) if "packed" in forms.record else record,
    )


def _written(sections: Sections, pause: Callable[[], None]) -> tuple[Forms, Detail]:
    markdown_, text_ = as_markdown.by_reference(sections), as_text.marked(sections)
    pause()
    record = without_text(to_record(sections.question, sections.state, sections.context), markdown_)
    pause()
    besides = (
        _BESIDES + _AN_IMAGE * len(sections.images.shown) + _A_FIELD * len(sections.state.fields)
    )
    if checked := sections.state.checked:
        besides += _A_FINDING * len(checked.findings)
    room = _TIMES * _weight(sections) + besides - _AROUND - _filed(markdown_)
    shortest = min(_filed(text_), _SHORTEST + _filed(say("document.cut")) + 2)
    taken = _filed_record(record)
    fragment, size, detail = _fitting(sections, room - taken - shortest, pause)
    if size > room - taken - shortest:
        taken, record = _filed_packed(record), packed(record)
    return Forms(fragment, markdown_, _shortened(text_, room - taken - size), record), detail


def _go_on() -> None:
    """Make no pause."""


def mime_bundle(
    question: str, state: AnswerState, context: Summary | None = None
) -> dict[str, str]:
    """Return the answer in its three forms, by MIME type."""
    return written(question, state, context).bundle()


def html(
    question: str, state: AnswerState, context: Summary | None = None, *, style: str = "answer.css"
) -> str:
    """Return the answer as an HTML fragment with a stylesheet, and MathML; see `Fragment.html`."""
    from .mathml import with_mathml  # noqa: PLC0415 (notebooks keep TeX, which every host typesets)

    return with_mathml(written(question, state, context).fragment.html(style=style))


def markdown(question: str, state: AnswerState, context: Summary | None = None) -> str:
    """Return the answer as Markdown: its citations as links, and the list of its sources."""
    return as_markdown.by_link(Sections(question, state, context))


def conversation(turns: Sequence[Turn], same: Callable[[str], str]) -> str:
    """Return a conversation as Markdown with one list of its cited sources.

    ``same`` returns a text that is equal for the addresses of one web page.
    """
    return as_markdown.as_one([Sections(*turn) for turn in turns], same)


def text(question: str, state: AnswerState, context: Summary | None = None) -> str:
    """Return the answer as plain text: its Markdown source, with citations as ``[1]``."""
    return as_text.marked(Sections(question, state, context))


def unmarked(question: str, state: AnswerState, context: Summary | None = None) -> str:
    """Return the answer as text without Markdown, to paste into programs that do not read it."""
    return as_text.unmarked(Sections(question, state, context))


def _fitting(
    sections: Sections, room: int, pause: Callable[[], None]
) -> tuple[Fragment, int, Detail]:
    """Return the HTML with as many details as fit into ``room`` bytes of a file, and its size."""
    for detail in sorted(Detail, reverse=True):
        fragment = as_html.write(sections, detail)
        pause()
        if (size := _filed(fragment.html())) <= room:
            break
    return fragment, size, detail


def _shortened(text: str, room: int) -> str:
    if _filed(text) <= room:
        return text
    note = "\n\n" + say("document.cut")
    room = max(_SHORTEST, room - _filed(note))
    kept: list[bytes] = []
    for line in text.splitlines(keepends=True):
        encoded = line.encode()
        room -= _filed(line)
        kept.append(encoded[: len(encoded) + min(0, max(-len(encoded), room))])
        if room <= 0:
            break
    return b"".join(kept).decode(errors="ignore").rstrip() + note


def _weight(sections: Sections) -> int:
    """Return the bytes of the text, the sources with cut snippets, the images, context and notices."""
    fields = [
        f for s in sections.state.sources for f in (s.title, s.url, s.snippet[:LONGEST_SNIPPET])
    ]
    fields += [field for i in sections.state.images for field in (i.title, i.url, i.origin)]
    context = sections.context.text if sections.context else ""
    text = sections.text if sections.state.as_code else str(sections.state.text)
    return sum(map(_bytes, (text, *fields, context, *sections.state.notes)))


def _filed(text: str) -> int:
    """Return the bytes of a form in a notebook file, as nbformat writes it."""
    escapes = text.count('"') + text.count("\\") + text.count("\t")
    return _bytes(text) + escapes + _A_LINE * len(text.splitlines())


def _filed_record(record: dict[str, Any]) -> int:
    """Return the bytes of a record in a notebook file, the same for all times in it."""
    written = json.dumps(_timeless(record), ensure_ascii=False, indent=1)
    return _bytes(written) + _A_RECORD_LINE * (written.count("\n") + 1) + _TIMES_OF_RECORD


def _filed_packed(record: dict[str, Any]) -> int:
    return _filed_record(packed(_timeless(record)))


def _timeless(record: dict[str, Any]) -> dict[str, Any]:
    """Return a record with the same times for each run, so that the document is the same, too."""
    rest = {name: value for name, value in record.items() if name not in ("asked", "timing")}
    if steps := record.get("steps"):
        rest["steps"] = [{**step, "at": _A_TIME} for step in steps]
    return rest


def _bytes(text: str) -> int:
    return len(text.encode())
