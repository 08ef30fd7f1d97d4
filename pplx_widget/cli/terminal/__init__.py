"""Answers in a terminal, a pipe or a file: formatted live if rich is installed, else plain text.

Markers and the list of sources have the numbers of the notebook.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Callable
from typing import Literal, Protocol, Self, TextIO, TypeAlias

from ...api.stream import Stream
from ...core.errors import PplxError
from ...core.events import Event
from ...core.state import AnswerState, Status
from .interrupt import Interruptible
from .said import printable
from .text import TextPrinter
from .whole import JsonPrinter

HINT = "For formatted text: pip install 'pplx-widget[terminal]'"

# Exit codes.
COMPLETE, FAILED, INCOMPLETE, INTERRUPTED = 0, 1, 3, 130


Form: TypeAlias = Literal["plain", "json"]


class Printer(Protocol):
    """An object that prints one answer."""

    def __enter__(self) -> Self: ...
    def __exit__(self, *_exc: object) -> None: ...

    def take(self, event: Event, state: AnswerState) -> None:
        """Print the change that an event made."""

    def end(self, state: AnswerState) -> None:
        """Print the rest of the text, the sources, and the last line with the cost."""


def printer(
    question: str, out: TextIO, notes: TextIO, form: Form | None = None, *, sources: bool = False
) -> Printer:
    """Return the printer that suits the output stream.

    Parameters
    ----------
    question : str
        The question.
    out : file
        The stream for the answer.
    notes : file
        The stream for progress and hints; for a plain answer, also for its sources and last line.
    form : {"plain", "json"}, optional
        The form of the output, also in a terminal; by default it depends on ``out``.
    sources : bool
        Whether the sources of a plain answer go to ``out``.
    """
    if form == "json":
        return JsonPrinter(question, out)
    # `!` in a notebook runs commands in a terminal whose cursor movements are not shown.
    draws = os.environ.get("TERM") != "dumb" and "JPY_PARENT_PID" not in os.environ
    if form == "plain" or not out.isatty() or not draws:
        return TextPrinter(out, notes, sources=sources)
    if importlib.util.find_spec("rich") is None:
        print(HINT, file=notes)
        return TextPrinter(out, notes, sources=sources)
    from .live import RichPrinter  # noqa: PLC0415 (rich is an extra)

    return RichPrinter(out)


def show(events: Stream, shown: Printer, said: Callable[[PplxError], str] = str) -> int:
    """Print an answer until it ends or Ctrl-C stops it, and return the exit code.

    The text received so far and the outcome are always printed. ``said(error)`` returns the sentences
    of an error.
    """
    code, failure = COMPLETE, ""
    with Interruptible() as interruptible, shown:
        try:
            with events:
                for event in interruptible.each(events):
                    shown.take(event, events.state)
            if events.state.status is not Status.COMPLETE:
                code = INCOMPLETE
        except PplxError as error:
            code, failure = FAILED, printable(f"pplx-widget: {said(error)}")
        except KeyboardInterrupt:
            code = INTERRUPTED
        shown.end(events.state)
    if failure:
        print(failure, file=sys.stderr)
    return code
