"""Where an answer stands in the notebook, and what stands there: live at first, a document at the end.

Each display has a display id of its own, by which its output is replaced later, from any thread and
while other cells run. A page that was reloaded has forgotten the ids; there the page itself replaces
the output (``js/src/document/``).
"""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass
from typing import Any, ClassVar

import ipywidgets

from ..core.state import AnswerState
from ..core.visible import printable
from ..document.record import KEY, to_record
from ..markdown.html_writer import escaped
from ..question.context.summary import Summary
from . import host, lifetime

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


@dataclass(slots=True)
class _Place:
    """An output. Its publisher is kept: `%%capture` puts another in place while its cell runs."""

    publisher: Any
    display_id: str
    data: Bundle

    def publish(self, metadata: Bundle, *, update: bool) -> None:
        self.publisher.publish(
            data=self.data,
            metadata=metadata,
            transient={"display_id": self.display_id},
            update=update,
        )


class Displays:
    """The outputs that show one answer."""

    def __init__(self) -> None:
        self._places: list[_Place] = []
        self.cells: set[str | None] = set()
        """The cells whose output shows it; None for one that has no name."""
        self._captured: list[ipywidgets.Output] = []

    def __bool__(self) -> bool:
        return bool(self._places)

    def add(self, data: Bundle, metadata: Bundle) -> None:
        """Show something in the output of the running cell."""
        place = _Place(host.shell().display_pub, uuid.uuid4().hex, data)
        self._places.append(place)
        if (output := _capturing()) is not None:
            self._captured.append(output)
        else:
            self.cells.add(host.cell_id())
        place.publish(metadata, update=False)

    @property
    def shown(self) -> bool:
        """Whether an output shows it: a cell's that did not run again, or a widget's that is open."""
        return bool(self.cells) or any(output.comm is not None for output in self._captured)

    def replace(self, data: Bundle, metadata: Bundle) -> None:
        """Show something in every output that does not show it already. Works from any thread."""
        for place in self._places:
            if place.data is not data:
                place.data = data
                place.publish(metadata, update=True)


def _capturing() -> ipywidgets.Output | None:
    """Return the widget that takes what the running cell displays: `with output:`."""
    request = host.request_id()
    outputs = [w for w in lifetime.widgets() if isinstance(w, ipywidgets.Output)]
    return next((o for o in reversed(outputs) if request and o.msg_id == request), None)


def arriving(question: str) -> Bundle:
    """Return what a notebook shows that was saved before the answer's end."""
    note = "This answer was still arriving when the notebook was saved. Run its cell to ask again."
    asked = f"<p><strong>{escaped(question)}</strong></p>"
    return {"text/html": f"{asked}<p>{note}</p>", "text/plain": f"{printable(question)}\n\n{note}"}


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

    data: Bundle = forms.mime_bundle(question, state, context)
    key = keys.of(data["text/html"])
    data["text/html"] = data["text/html"].replace("pplx-settled", f"pplx-settled pplx-k-{key}", 1)
    return Document(key, data, {KEY: to_record(question, state, context)})
