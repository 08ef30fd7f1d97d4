"""An answer as plain text: its Markdown as it arrives; sources and last line beside it."""

from __future__ import annotations

from typing import Self, TextIO

from ...core.events import Event, Text
from ...core.state import AnswerState
from ...core.words import say
from . import said
from .numbers import Numbers


class TextPrinter:
    """A printer of Markdown as it arrives.

    Parameters
    ----------
    out : file
        The stream for the text.
    notes : file
        The stream for the sources and the last line; if it is a terminal, also for progress.
    sources : bool
        Whether the sources go to ``out``, below the text.
    """

    def __init__(self, out: TextIO, notes: TextIO, *, sources: bool = False) -> None:
        self._out = out
        self._notes = notes
        self._sources = out if sources else notes
        self._whole: object = None
        self._mark = 0
        self._note = ""  # the last progress line, because a service may repeat an event
        self._last = ""  # the last character of the text that was written
        self._told = False  # whether the sources were written to `notes`
        self._state: AnswerState | None = None
        self._numbers = Numbers(self._number)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        pass

    def take(self, event: Event, state: AnswerState) -> None:
        """Write new text, or progress before the first text."""
        self._state = state
        if isinstance(event, Text):
            self._write_new(state)
        elif not self._mark and self._notes.isatty():
            note = said.progress(event)
            if note and note != self._note:
                print(note, file=self._notes, flush=True)
                self._note = note

    def end(self, state: AnswerState) -> None:
        """Write the sources and the last line."""
        self._state = state
        self._write_new(state)
        self._write(said.printable(self._numbers.end()))
        if self._last and self._last != "\n":
            self._write("\n")
        if rows := said.sources(state):
            lines = [
                " — ".join(filter(None, (f"{r.number} {r.title}", r.address, r.date))) for r in rows
            ]
            self._tell(self._sources, [say("sources.heading"), *lines])
        if images := said.images(state):
            self._tell(self._sources, images)
        self._tell(self._notes, [said.last_line(state)])

    def _number(self, id_: int) -> int | None:
        # JSON is written as it is: "[1]" may be a list.
        state = self._state
        return said.number(id_, state) if state and not state.is_json else None

    def _write_new(self, state: AnswerState) -> None:
        until = state.text.parts
        if state.text.whole is not self._whole:
            if self._mark:  # the text was withdrawn; a pipe cannot take it back
                self._write(said.printable(self._numbers.end()) + "\n\n")
            self._whole, self._mark = state.text.whole, 0
        self._write(said.printable(self._numbers.feed(state.text.since(self._mark, until))))
        self._mark = until

    def _write(self, text: str) -> None:
        if not text:
            return
        self._out.write(text)
        self._out.flush()
        self._last = text[-1]

    def _tell(self, to: TextIO, lines: list[str]) -> None:
        # A blank line, if there is something above it on the screen or in the same file.
        above = self._told or (self._last and (to is not self._notes or to.isatty()))
        to.write("\n".join([*([""] if above else []), *lines, ""]))
        to.flush()
        self._told = self._told or to is self._notes
