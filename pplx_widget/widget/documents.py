"""The content of an answer's outputs: a placeholder until the end, then a document."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, ClassVar

from ..core.state import AnswerState
from ..core.words import say
from ..document.compact import moved
from ..document.record import FURTHER, KEY
from ..markdown.html_writer import escaped
from ..question.context.summary import Summary
from .displays import Bundle, Content

if TYPE_CHECKING:  # an import would load the parser; see `document`
    from ..document.forms import Forms
    from ..document.html import Fragment

# A Markdown rule of asterisks, since dashes would turn the line above into a heading.
RULE = "\n\n***\n\n"


@dataclass(frozen=True, slots=True)
class Document:
    """A finished answer as an output of the notebook.

    Attributes
    ----------
    key : str
        The key of the HTML, which the page finds in the notebook by the class ``pplx-k-<key>``.
    data : dict
        Content by MIME type.
    metadata : dict
        The output's metadata, with the record of the answer.
    fragment : Fragment
        The HTML without key and stylesheet.
    """

    key: str
    data: Bundle
    metadata: Bundle
    fragment: Fragment


class Keys:
    """The keys of one answer's documents, derived from their content.

    A notebook that runs again produces the same keys. If two answers of one kernel have the same
    content, the second key gets a count, so that the page can tell them apart.
    """

    _given: ClassVar[dict[str, int]] = {}

    def __init__(self) -> None:
        self._own: dict[str, str] = {}

    def of(self, page: str) -> str:
        """Return the key of a document, the same for equal documents of this answer."""
        digest = hashlib.sha256(page.encode()).hexdigest()[:12]
        if digest not in self._own:
            count = Keys._given[digest] = Keys._given.get(digest, 0) + 1
            self._own[digest] = digest if count == 1 else f"{digest}-{count}"
        return self._own[digest]


def document(
    keys: Keys, question: str, state: AnswerState, context: Summary | None = None
) -> Document:
    """Return a finished answer as an output."""
    from ..document import forms  # noqa: PLC0415 (loads parser and lexers, not before the first token)

    return named(keys, forms.written(question, state, context))


def named(keys: Keys, written: Forms) -> Document:
    """Return the forms of a finished answer as an output with a key."""
    # An answer of the store keeps its key, so that only one line of the notebook changes.
    key = keys.of((written.fragment.as_asked or written.fragment).html())
    return Document(key, written.bundle(key), {KEY: written.record}, written.fragment)


def together(documents: Sequence[Document]) -> Content:
    """Return the documents of one conversation as one output.

    Each document is the same as on its own. The page finds it by the class with its key.
    """
    first, *others = documents
    if not others:
        return first.data, first.metadata
    rest = [each.fragment.html(each.key) for each in others]
    texts = [each.data["text/markdown"].strip("\n") for each in documents]
    data = {
        "text/html": "\n".join([first.data["text/html"], *rest]),
        "text/markdown": RULE.join(texts),
        "text/plain": "\n\n\n".join(each.data["text/plain"].strip("\n") for each in documents),
    }
    starts = accumulate(len(text) + len(RULE) for text in texts)
    further = [
        moved(each.metadata[KEY], start) for each, start in zip(others, starts, strict=False)
    ]
    return data, {**first.metadata, KEY: {**first.metadata[KEY], FURTHER: further}}


def arriving(question: str, model_id: str = "") -> Bundle:
    """Return the placeholder for readers without the live view, above all of a file saved early.

    A page whose host shows it in place of the view, as for a second reader of a shared notebook, finds
    it by the class with the model's id. Its text form is the repr, as in IPython's terminal, because a
    console shows it at once.
    """
    named = f' class="pplx-arriving pplx-k-{model_id}"' if model_id else ""
    asked = f"<p><strong>{escaped(question)}</strong></p>"
    return {"text/html": f"<div{named}>{asked}<p>{say('document.saved_early')}</p></div>"}
