"""An answer as plain text: its Markdown as it arrives, then the sources."""

from __future__ import annotations

from typing import Self, TextIO

from ...core.events import Event, Text
from ...core.state import AnswerState
from ...core.words import say
from . import said


class TextPrinter:
    """A printer of Markdown as it arrives; progress goes to ``notes`` if that is a terminal."""

    def __init__(self, out: TextIO, notes: TextIO) -> None:
        self._out = out
        self._notes = notes if notes.isatty() else None
        self._whole: object = None
        self._mark = 0
        self._note = ""  # the last progress line, because a service may repeat an event
        self._last = ""  # the last character written

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        pass

    def take(self, event: Event, state: AnswerState) -> None:
        """Write new text, or progress before the first text."""
        if isinstance(event, Text):
            self._write_new(state)
        elif self._notes and not self._mark:
            note = said.progress(event)
            if note and note != self._note:
                print(note, file=self._notes, flush=True)
                self._note = note

    def end(self, state: AnswerState) -> None:
        """Write the sources and the last line."""
        self._write_new(state)
        # The text may or may not end with a line break.
        lines = [""] if self._mark and self._last == "\n" else ["", ""] if self._mark else []
        if rows := said.sources(state):
            lines.append(say("sources.heading"))
            lines += [
                " — ".join(filter(None, (f"{r.number} {r.title}", r.address, r.date))) for r in rows
            ]
            lines.append("")
        self._write("\n".join([*lines, said.last_line(state), ""]))

    def _write_new(self, state: AnswerState) -> None:
        until = state.text.parts
        if state.text.whole is not self._whole:
            if self._mark:  # it was withdrawn; what stands in a pipe stays
                self._write("\n\n")
            self._whole, self._mark = state.text.whole, 0
        self._write(said.printable(state.text.since(self._mark, until)))
        self._mark = until

    def _write(self, text: str) -> None:
        self._out.write(text)
        self._out.flush()
        self._last = text[-1:] or self._last
