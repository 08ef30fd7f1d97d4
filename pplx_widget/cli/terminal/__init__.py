"""Answers in a terminal, a pipe or a file: formatted live if rich is installed, else plain text.

Markers and the list of sources keep the numbers of the service, because text that has scrolled away
can no longer be renumbered.
"""

from __future__ import annotations

import importlib.util
import os
import sys
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
COMPLETE, FAILED, INCOMPLETE, INTERRUPTED, NO_READER = 0, 1, 3, 130, 141


Form: TypeAlias = Literal["plain", "json"]


class Printer(Protocol):
    """An object that prints one answer."""

    def __enter__(self) -> Self: ...
    def __exit__(self, *_exc: object) -> None: ...

    def take(self, event: Event, state: AnswerState) -> None:
        """Print the change that an event made."""

    def end(self, state: AnswerState) -> None:
        """Print the rest of the text, the sources, and the last line with the cost."""


def printer(question: str, out: TextIO, notes: TextIO, form: Form | None = None) -> Printer:
    """Return the printer that suits the output stream.

    Parameters
    ----------
    question : str
        The question.
    out : file
        The stream for the answer.
    notes : file
        The stream for progress and hints.
    form : {"plain", "json"}, optional
        The form of the output, also in a terminal; by default it depends on ``out``.
    """
    if form == "json":
        return JsonPrinter(question, out)
    # `!` in a notebook runs commands in a terminal whose cursor movements are not shown.
    draws = os.environ.get("TERM") != "dumb" and "JPY_PARENT_PID" not in os.environ
    if form == "plain" or not out.isatty() or not draws:
        return TextPrinter(out, notes)
    if importlib.util.find_spec("rich") is None:
        print(HINT, file=notes)
        return TextPrinter(out, notes)
    from .live import RichPrinter  # noqa: PLC0415 (rich is an extra)

    return RichPrinter(out)


def show(events: Stream, shown: Printer) -> int:
    """Print an answer until it ends or Ctrl-C stops it, and return the exit code.

    The text received so far and the outcome are always printed.
    """
    code, failure = COMPLETE, ""
    try:
        with Interruptible() as interruptible, shown:
            try:
                with events:
                    for event in interruptible.each(events):
                        shown.take(event, events.state)
                if events.state.status is not Status.COMPLETE:
                    code = INCOMPLETE
            except PplxError as error:
                code, failure = FAILED, printable(f"pplx-widget: {error}")
            except KeyboardInterrupt:
                code = INTERRUPTED
            shown.end(events.state)
    except BrokenPipeError:  # the reader of the pipe, such as `head`, has closed it
        # Discard buffered output: writing it at the exit of the process would fail again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return NO_READER
    if failure:
        print(failure, file=sys.stderr)
    return code
