"""An answer in a terminal, formatted by rich while it arrives.

Finished blocks are printed once and scroll away like any output; only the last block, which still
grows, is redrawn. So the cost of redrawing does not grow with the length of the answer.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from typing import Self, TextIO

from rich.console import Console, ConsoleOptions, RenderResult
from rich.live import Live as Region
from rich.markdown import Markdown
from rich.segment import Segment
from rich.spinner import Spinner
from rich.style import Style
from rich.table import Table
from rich.text import Text

from ...core import events
from ...core.state import AnswerState
from ...core.words import say
from ...markdown.parser import parse
from ...markdown.tree import Element, Item, link, to_tree
from ...markdown.urls import safe_url
from . import said
from .tokens import to_tokens

_WIDEST = 100  # columns: longer lines are hard to read
_A_SECOND = 12  # redraws of the growing block per second


class RichPrinter:
    """A printer that formats one answer in a terminal."""

    def __init__(self, out: TextIO) -> None:
        self._console = Console(file=out, highlight=False, markup=False, emoji=False)
        self._spinner = Spinner("dots", Text(say("terminal.asking")), style="cyan")
        self._whole: object = None
        self._mark = 0
        self._text = ""  # the text that is not printed yet
        self._whole_lines = 0  # length of the part of it already searched for finished blocks
        self._printed = False
        self._state: AnswerState | None = None
        self._undo = _nothing
        self._region = Region(
            console=self._console,
            get_renderable=self._growing,
            auto_refresh=False,
            transient=True,
        )
        # Until the end only this thread draws and prints. rich's own refresh thread could draw in the
        # middle of a print, and that drawing would stay on the screen.
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._draw, name="pplx-terminal", daemon=True)

    def __enter__(self) -> Self:
        self._undo = _no_caret_c()
        self._region.start(refresh=True)
        self._thread.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._stop()
        self._text = ""
        self._region.stop()
        self._undo()

    def take(self, event: events.Event, state: AnswerState) -> None:
        """Keep the new state for the next redraw, and show progress at once."""
        self._state = state
        if line := said.progress(event):
            self._spinner.update(text=Text(line, overflow="ellipsis", no_wrap=True))

    def end(self, state: AnswerState) -> None:
        """Print the rest of the text, the sources and the last line."""
        self._state = state
        self._stop()
        self._take_new()
        rest, self._text = self._text, ""
        self._region.stop()
        self._print(rest)
        if rows := said.sources(state):
            table = Table.grid(padding=(0, 1))
            table.add_column(justify="right", style="cyan")
            table.add_column()
            for row in rows:
                name = Text(row.title, Style(link=row.address or None))
                about = "".join(f" · {said_}" for said_ in (row.site, row.date) if said_)
                table.add_row(row.number, Text.assemble(name, (about, "dim")))
            self._console.print()
            self._console.print(Text(say("sources.heading"), "bold"))
            self._console.print(table, width=self._width)
        if images := said.images(state):
            self._console.print()
            self._console.print(Text("\n".join(images)), width=self._width)
        self._console.print()
        self._console.print(Text(said.last_line(state), "dim"))

    def _draw(self) -> None:
        pause = 1 / _A_SECOND
        while not self._over.wait(pause):
            began = time.monotonic()
            self._take_new()
            self._print_what_is_over()
            self._region.refresh()
            # A long block takes longer to draw: spend at most a fifth of the time on it.
            pause = max(1 / _A_SECOND, 4 * (time.monotonic() - began))

    def _stop(self) -> None:
        self._over.set()
        self._thread.join()

    @property
    def _width(self) -> int:
        return min(self._console.width, _WIDEST)

    def _take_new(self) -> None:
        if self._state:
            until = self._state.shown.parts
            if self._state.shown.whole is not self._whole:  # it was withdrawn
                self._whole, self._mark = self._state.shown.whole, 0
                self._text, self._whole_lines = "", 0
            self._text += said.printable(self._state.shown.since(self._mark, until))
            self._mark = until

    def _print_what_is_over(self) -> None:
        """Print the finished blocks: a block is finished when another block follows."""
        end = self._text.rfind("\n") + 1
        if end <= self._whole_lines:
            return
        self._whole_lines = end
        # Complete lines only: an incomplete line could still continue the previous block.
        whole = self._text[:end]
        starts = [token.map[0] for token in parse(whole) if token.map and token.level == 0]
        if starts and (last := max(starts)):
            lines = self._text.split("\n")
            self._text = "\n".join(lines[last:])
            self._whole_lines = self._text.rfind("\n") + 1
            self._print("\n".join(lines[:last]))

    def _print(self, text: str) -> None:
        if not text.strip():
            return
        lines = _Lines(self._formatted(text), self._width, blank=self._printed)
        self._printed = True
        self._console.print(lines, end="")

    def _formatted(self, text: str) -> Markdown:
        # Draw the same tree as the notebook's page, with no raw HTML, images or deceptive links.
        # rich's own parser would also find Markdown in formulas.
        shown = Markdown("", code_theme="ansi_dark")
        shown.parsed = [*to_tokens(to_tree(parse(text), self._cite, runs=False))]
        return shown

    def _cite(self, id_: int) -> Item | None:
        citations = self._state.citations if self._state else ()
        cited = next((c for c in citations if c.id == id_), None)
        if cited is None:
            return None
        address = safe_url(cited.source.url)
        label = f"[{cited.number}]"
        return link(address, [label]) if address else Element("span", [label])

    def _growing(self) -> _Lines:
        text = self._text
        shown = self._formatted(text) if text.strip() else self._spinner
        return _Lines(shown, self._width, blank=self._printed, most=self._console.height - 1)


def _no_caret_c() -> Callable[[], None]:
    """Stop the terminal from printing ``^C`` into the redrawn region; return an undo function."""
    try:
        import termios  # noqa: PLC0415 (POSIX only)
    except ImportError:
        return _nothing
    try:
        tty = sys.stdin.fileno()
        before = termios.tcgetattr(tty)
    except (OSError, ValueError, termios.error):  # standard input is not a terminal
        return _nothing
    quiet = [*before]
    quiet[3] &= ~termios.ECHOCTL
    termios.tcsetattr(tty, termios.TCSADRAIN, quiet)
    return lambda: termios.tcsetattr(tty, termios.TCSADRAIN, before)


def _nothing() -> None:
    """Do nothing: there is nothing to undo."""


class _Lines:
    """The rendered lines of a block, without blank lines at either end and cut to the screen height.

    rich puts blank lines before some blocks only, because it expects to print the complete document.
    Here a blank line precedes every block except the first.
    """

    def __init__(
        self, inner: Markdown | Spinner, width: int, *, blank: bool, most: int | None = None
    ) -> None:
        self._inner = inner
        self._width = width
        self._blank = blank
        self._most = most

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        options = options.update(width=self._width, height=None)
        lines = console.render_lines(self._inner, options, pad=False)
        while lines and _is_blank(lines[0]):
            lines = lines[1:]
        while lines and _is_blank(lines[-1]):
            lines = lines[:-1]
        if self._blank:
            lines = [[], *lines]
        for line in lines[-max(1, self._most) :] if self._most is not None else lines:
            yield from _trimmed(line)
            yield Segment.line()


def _trimmed(line: list[Segment]) -> list[Segment]:
    """Remove the spaces that fill a line, so that they are not copied with the text."""
    end = len(line)
    while end and not line[end - 1].text.strip():
        end -= 1
    if not end:
        return []
    text, style, control = line[end - 1]
    return [*line[: end - 1], Segment(text.rstrip(), style, control)]


def _is_blank(line: list[Segment]) -> bool:
    return not any(segment.text.strip() for segment in line)
