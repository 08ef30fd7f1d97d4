"""A terminal for tests: a program in a pseudo-terminal, and its visible output."""

from __future__ import annotations

import contextlib
import os
import signal
import struct
import sys
import time
from collections.abc import Callable, Mapping
from typing import Self

import pyte

from .byte_server import LIMIT
from .sockets import readable

ROWS, COLUMNS = 24, 80


class Terminal:
    """Runs ``pplx-widget`` in a terminal of 24 lines."""

    def __init__(self, *arguments: str, environment: Mapping[str, str]) -> None:
        import fcntl
        import pty
        import termios  # POSIX only

        self._screen = pyte.HistoryScreen(COLUMNS, ROWS, history=10_000, ratio=0.5)
        self._stream = pyte.ByteStream(self._screen)
        self.code: int | None = None
        self._process, self._tty = pty.fork()
        if not self._process:
            command = [sys.executable, "-m", "pplx_widget.cli.main", *arguments]
            environment = {"TERM": "xterm-256color", **environment}
            os.execve(sys.executable, command, environment)  # noqa: S606
        size = struct.pack("HHHH", ROWS, COLUMNS, 0, 0)
        fcntl.ioctl(self._tty, termios.TIOCSWINSZ, size)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        os.close(self._tty)
        if self.code is None:
            os.kill(self._process, signal.SIGKILL)
            os.waitpid(self._process, 0)

    @property
    def lines(self) -> list[str]:
        """All printed lines, including those scrolled out of sight."""
        above = [
            "".join(line[column].data for column in range(COLUMNS))
            for line in self._screen.history.top
        ]
        return [line.rstrip() for line in (*above, *self._screen.display)]

    @property
    def text(self) -> str:
        return "\n".join(self.lines).rstrip()

    @property
    def cursor_hidden(self) -> bool:
        return bool(self._screen.cursor.hidden)

    def until(self, condition: Callable[[Self], object]) -> None:
        """Read until a condition holds."""
        latest = time.monotonic() + LIMIT * 3
        while not condition(self):
            assert time.monotonic() < latest, self.text
            assert self._read(), self.text

    def press(self, keys: bytes) -> None:
        os.write(self._tty, keys)

    def wait(self) -> int:
        """Read to the end and return the exit code."""
        while self._read():
            pass
        self.code = os.waitstatus_to_exitcode(os.waitpid(self._process, 0)[1])
        return self.code

    def _read(self) -> bool:
        if not readable(self._tty, 0.05):
            return True
        data = b""
        with contextlib.suppress(OSError):  # the other end is closed
            data = os.read(self._tty, 65_536)
        self._stream.feed(data)
        return bool(data)
