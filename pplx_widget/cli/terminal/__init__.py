"""An answer in a terminal, a pipe or a file: live with rich where that is installed, plain elsewhere.

Markers stay as the service wrote them, and the list of sources below names sources by the same
numbers: text that has scrolled away can be renumbered no more.
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

# How it ended, as exit codes.
COMPLETE, FAILED, INCOMPLETE, INTERRUPTED, NO_READER = 0, 1, 3, 130, 141


Form: TypeAlias = Literal["plain", "json"]


class Printer(Protocol):
    """Shows one answer."""

    def __enter__(self) -> Self: ...
    def __exit__(self, *_exc: object) -> None: ...

    def take(self, event: Event, state: AnswerState) -> None:
        """Show what an event has changed."""

    def end(self, state: AnswerState) -> None:
        """Show what comes last: the rest of the text, the sources, the line with the cost."""


def printer(question: str, out: TextIO, notes: TextIO, form: Form | None = None) -> Printer:
    """Return what suits where the answer goes.

    Parameters
    ----------
    question : str
        What is asked.
    out : file
        Where the answer goes.
    notes : file
        Where goes what is not part of it: progress, hints.
    form : {"plain", "json"}, optional
        What it is to be, also in a terminal.
    """
    if form == "json":
        return JsonPrinter(question, out)
    # A kernel gives what `!` runs a terminal, and shows no moving of the cursor.
    draws = os.environ.get("TERM") != "dumb" and "JPY_PARENT_PID" not in os.environ
    if form == "plain" or not out.isatty() or not draws:
        return TextPrinter(out, notes)
    if importlib.util.find_spec("rich") is None:
        print(HINT, file=notes)
        return TextPrinter(out, notes)
    from .live import RichPrinter  # noqa: PLC0415 (rich is an extra)

    return RichPrinter(out)


def show(events: Stream, shown: Printer) -> int:
    """Show an answer until it is over or Ctrl-C stops it, and return the exit code.

    Whatever ends it, what had arrived is shown, and after it how it ended.
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
    except BrokenPipeError:  # whoever read, `head` say, has enough
        # What is still to be written must not fail once more, at the end of the process.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return NO_READER
    if failure:
        print(failure, file=sys.stderr)
    return code
