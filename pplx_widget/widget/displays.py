"""Where an answer stands in the notebook, and what stands there: live at first, a document at the end.

Each display has a display id of its own, by which its output is replaced later, from any thread and
while other cells run. A page that was reloaded has forgotten the ids; there the page itself replaces
the output (``js/src/settled/``).
"""

from __future__ import annotations

import hashlib
import html
import uuid
import weakref
from dataclasses import dataclass
from typing import Any

from ..record import to_record
from ..state import AnswerState
from . import host

Bundle = dict[str, Any]


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
    """

    key: str
    data: Bundle
    metadata: Bundle


class Displays:
    """The outputs that show one answer."""

    def __init__(self) -> None:
        self._places: list[tuple[Any, str]] = []

    def __bool__(self) -> bool:
        return bool(self._places)

    def add(self, data: Bundle, metadata: Bundle) -> None:
        """Show something in the output of the running cell."""
        # Kept with the id: `%%capture` puts another publisher in place while its cell runs.
        publisher = host.shell().display_pub
        place = publisher, uuid.uuid4().hex
        self._places.append(place)
        _publish(place, data, metadata)

    def replace(self, data: Bundle, metadata: Bundle) -> None:
        """Show something else in every output. Works from any thread."""
        for place in self._places:
            _publish(place, data, metadata, update=True)


def _publish(
    place: tuple[Any, str], data: Bundle, metadata: Bundle, *, update: bool = False
) -> None:
    publisher, display_id = place
    publisher.publish(
        data=data, metadata=metadata, transient={"display_id": display_id}, update=update
    )


def arriving(question: str) -> Bundle:
    """Return what a notebook shows that was saved before the answer's end."""
    note = "This answer was still arriving when the notebook was saved. Run its cell to ask again."
    asked = f"<p><strong>{html.escape(question)}</strong></p>"
    return {"text/html": f"{asked}<p>{note}</p>", "text/plain": f"{question}\n\n{note}"}


def document(owner: object, question: str, state: AnswerState) -> Document:
    """Return a finished answer as an output; ``owner`` is the answer that the page will find in it."""
    from ..render import settled  # noqa: PLC0415 (parser and lexers: not before the first token)

    data: Bundle = settled.forms(question, state)
    key = _key(owner, data["text/html"])
    data["text/html"] = data["text/html"].replace("pplx-settled", f"pplx-settled pplx-k-{key}", 1)
    return Document(key, data, {"pplx_widget": to_record(question, state)})


_owners: weakref.WeakValueDictionary[str, object] = weakref.WeakValueDictionary()


def _key(owner: object, page: str) -> str:
    """Return the key of an answer's HTML.

    It follows from the content, so that a notebook that runs again gives the same output; where two
    answers of one session are alike, the second is counted.
    """
    digest = key = hashlib.sha256(page.encode()).hexdigest()[:12]
    number = 1
    while _owners.setdefault(key, owner) is not owner:
        number += 1
        key = f"{digest}-{number}"
    return key
