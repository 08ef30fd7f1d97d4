"""The progress of a batch: a line in a notebook, a bar in a terminal."""

from __future__ import annotations

import contextlib
import importlib
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Future
from typing import Any

from ...batch.engine import Engine
from ...batch.tally import BatchStatus
from ...core import waiting
from ...core.words import say, thousands
from ...document.wording import money
from .. import host

# Seconds between two changes of a bar, and between two lines of a log.
_BAR = 0.25
_LOG = 60.0

_MINUTE, _HOUR = 60, 3600


def line(engine: Engine) -> str:
    """Return the progress in one line."""
    return " · ".join(filter(None, _parts(engine)))


def _parts(engine: Engine) -> Iterator[str]:
    counts = engine.counts
    open_ = counts.get("waiting", 0) + counts.get("running", 0)
    if engine.status is not BatchStatus.RUNNING:
        yield say(f"batch.{engine.status}")
    yield say("batch.done", n=thousands(len(engine) - open_), all=thousands(len(engine)))
    for state in ("failed", "incomplete", "stopped", "skipped"):
        if n := counts.get(state):
            yield say(f"batch.of.{state}", n=thousands(n))
    if engine.status is BatchStatus.RUNNING and open_:
        if rate := engine.rate:
            yield say("batch.rate", n=thousands(round(rate)))
        if left := engine.left:
            yield say("batch.left", time=_time(left))
    if engine.spent:
        yield say("batch.spent", amount=money(engine.spent, "USD"))
        if open_ and (projected := engine.projected):
            yield say("batch.projected", amount=money(projected, "USD"))


def _time(seconds: float) -> str:
    whole = round(seconds)
    if whole < _MINUTE:
        return f"{whole} s"
    if whole < _HOUR:
        return f"{whole // _MINUTE} min"
    return f"{whole // _HOUR} h {whole % _HOUR // _MINUTE} min"


def how_to_go_on(engine: Engine) -> str:
    """Return what to do after an interrupt."""
    if engine.status is BatchStatus.PAUSED:
        return say("batch.go_on", line=line(engine))
    return line(engine)


# ---- a terminal's bar ----------------------------------------------------------------------------


class Progress:
    """Shows nothing, while a thread waits for a batch."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def until(self, done: Future[None], timeout: float | None = None) -> None:
        """Wait, and show the progress meanwhile.

        Raises
        ------
        TimeoutError
            It was not done in time.
        """
        waiting.wait(done, timeout, instead="`await batch`")

    def tell(self, text: str) -> None:
        """Write a line at once."""
        _write(f"{text}\n")

    def close(self) -> None:
        """Show the end."""


class _Drawn(Progress):
    """Draws the progress at intervals."""

    every = _BAR

    def until(self, done: Future[None], timeout: float | None = None) -> None:
        ends = None if timeout is None else time.monotonic() + timeout
        while not done.done():
            self.draw()
            left = self.every if ends is None else min(self.every, ends - time.monotonic())
            with contextlib.suppress(TimeoutError):
                super().until(done, max(0.0, left))
                return
            if ends is not None and time.monotonic() >= ends and not done.done():
                raise TimeoutError

    def close(self) -> None:
        self.draw()

    def draw(self) -> None:
        """Draw the progress as it is."""
        raise NotImplementedError


class _Line(_Drawn):
    """A line that is written over itself; in a log, one line a minute."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self._again = sys.stderr.isatty()
        self._next = 0.0 if self._again else time.monotonic() + _LOG
        self._width = 0

    def draw(self) -> None:
        if time.monotonic() < self._next:
            return
        said = line(self._engine)
        if self._again:
            said, self._width = said.ljust(self._width), len(said)
            _write(f"\r{said}")
        else:
            self._next = time.monotonic() + _LOG
            _write(f"{said}\n")

    def tell(self, text: str) -> None:
        super().tell(f"\r{text.ljust(self._width)}" if self._again else text)

    def close(self) -> None:
        self._next = 0.0
        self.draw()
        if self._again:
            _write("\n")


class _Bar(_Drawn):
    """A bar of rich."""

    def __init__(self, engine: Engine, rich: Any) -> None:
        super().__init__(engine)
        console = importlib.import_module("rich.console").Console(stderr=True)
        self._bar = rich.Progress(
            rich.BarColumn(bar_width=20),
            rich.TextColumn("{task.description}", markup=False),
            console=console,
            auto_refresh=False,
        )
        self._task = self._bar.add_task("", total=max(1, len(engine)))
        self._bar.start()

    def draw(self) -> None:
        engine = self._engine
        open_ = engine.counts.get("waiting", 0) + engine.counts.get("running", 0)
        self._bar.update(self._task, completed=len(engine) - open_, description=line(engine))
        self._bar.refresh()

    def tell(self, text: str) -> None:
        self._bar.console.print(text, markup=False)

    def close(self) -> None:
        super().close()
        self._bar.stop()


def _write(text: str) -> None:
    with contextlib.suppress(Exception):  # a closed stream does not end a batch
        sys.stderr.write(text)
        sys.stderr.flush()


@contextlib.contextmanager
def shown(engine: Engine, *, quiet: bool) -> Iterator[Progress]:
    """Show the progress on stderr while a thread waits; nothing in a notebook, or if ``quiet``."""
    show = _made(engine, quiet=quiet)
    try:
        yield show
    finally:
        show.close()


def _made(engine: Engine, *, quiet: bool) -> Progress:
    if quiet or host.has_front_end() or sys.stderr is None or engine.over.done():
        return Progress(engine)
    if sys.stderr.isatty():
        with contextlib.suppress(ImportError):
            return _Bar(engine, importlib.import_module("rich.progress"))
    return _Line(engine)
