"""The content of an answer's outputs: a notice until it is over, then a document."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from ..core.state import AnswerState
from ..core.visible import printable
from ..core.words import say
from ..document.record import FURTHER, KEY, to_record
from ..markdown.html_writer import escaped
from ..question.context.summary import Summary
from .displays import Bundle, Content

if TYPE_CHECKING:  # it brings the parser; see `document`
    from ..document.html import Fragment

# Of Markdown, where dashes would make the line before them a heading.
_RULE = "\n\n***\n\n"


@dataclass(frozen=True, slots=True)
class Document:
    """A finished answer as an output of the notebook.

    Attributes
    ----------
    key : str
        Names the HTML: the page finds it in the notebook by the class ``pplx-k-<key>``.
    data : dict
        MIME type → content.
    metadata : dict
        The output's metadata, with the record of the answer.
    fragment : Fragment
        The HTML without key and stylesheet: beneath another document it needs no stylesheet.
    """

    key: str
    data: Bundle
    metadata: Bundle
    fragment: Fragment


class Keys:
    """The keys of one answer's documents: what follows from the content, and a count.

    A notebook that runs again gives the same keys. Where two answers of one session are alike, the
    second is counted, since the page has to tell them apart.
    """

    _given: ClassVar[dict[str, int]] = {}

    def __init__(self) -> None:
        self._own: dict[str, str] = {}

    def of(self, page: str) -> str:
        """Return the key of a document; the same again when this answer comes to the same again."""
        digest = hashlib.sha256(page.encode()).hexdigest()[:12]
        if digest not in self._own:
            count = Keys._given[digest] = Keys._given.get(digest, 0) + 1
            self._own[digest] = digest if count == 1 else f"{digest}-{count}"
        return self._own[digest]


def document(
    keys: Keys, question: str, state: AnswerState, context: Summary | None = None
) -> Document:
    """Return a finished answer as an output."""
    from ..document import forms  # noqa: PLC0415 (parser and lexers: not before the first token)

    written = forms.written(question, state, context)
    key = keys.of(written.fragment.html())
    record = to_record(question, state, context)
    return Document(key, written.bundle(key), {KEY: record}, written.fragment)


def together(documents: Sequence[Document]) -> Content:
    """Return the documents of one conversation as one output.

    The first stands as it would alone. The page finds each by the class that its key names, and one
    stylesheet is enough for all.
    """
    first, *others = documents
    if not others:
        return first.data, first.metadata
    rest = [each.fragment.html(each.key, style=False) for each in others]
    data = {
        "text/html": "\n".join([first.data["text/html"], *rest]),
        "text/markdown": _RULE.join(each.data["text/markdown"].strip("\n") for each in documents),
        "text/plain": "\n\n\n".join(each.data["text/plain"].strip("\n") for each in documents),
    }
    further = [each.metadata[KEY] for each in others]
    return data, {**first.metadata, KEY: {**first.metadata[KEY], FURTHER: further}}


def arriving(question: str) -> Bundle:
    """Return what a notebook shows that was saved before the answer's end."""
    note = say("document.saved_early")
    asked = f"<p><strong>{escaped(question)}</strong></p>"
    return {"text/html": f"{asked}<p>{note}</p>", "text/plain": f"{printable(question)}\n\n{note}"}
