"""Deferred Ctrl-C: it takes effect between two events, never in the middle of printing."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from typing import Any, Self, TypeVar

T = TypeVar("T")


class Interruptible:
    """A context that raises KeyboardInterrupt only while waiting for the next item.

    A second Ctrl-C raises at once.
    """

    def __init__(self) -> None:
        self._asked = False
        self._waiting = False
        self._before: Any = None

    def __enter__(self) -> Self:
        # Python allows signal handlers in the main thread only.
        if threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGINT, self._on_signal)
        return self

    def __exit__(self, *_exc: object) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)

    def _on_signal(self, *_: object) -> None:
        if self._asked or self._waiting:
            raise KeyboardInterrupt
        self._asked = True

    def each(self, items: Iterator[T]) -> Iterator[T]:
        """Yield the items, and raise KeyboardInterrupt between them if Ctrl-C was pressed."""
        while True:
            self._waiting = True
            try:
                if self._asked:
                    raise KeyboardInterrupt
                item = next(items)
            except StopIteration:
                return
            finally:
                self._waiting = False
            yield item
