"""An answer as one JSON object, printed when it ends."""

from __future__ import annotations

from typing import Self, TextIO

from ...core.events import Event
from ...core.json_writer import to_json
from ...core.state import AnswerState
from ...document.record import to_record


class JsonPrinter:
    """A printer of the record of an answer, as a notebook saves it, with the citations added."""

    def __init__(self, question: str, out: TextIO) -> None:
        self._question = question
        self._out = out

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        pass

    def take(self, event: Event, state: AnswerState) -> None:
        """Print nothing before the end."""

    def end(self, state: AnswerState) -> None:
        """Write the JSON object."""
        cited = [{"number": c.number, "id": c.id, "count": c.count} for c in state.citations]
        record = to_record(self._question, state) | {"citations": cited}
        self._out.write(to_json(record))
        self._out.flush()
