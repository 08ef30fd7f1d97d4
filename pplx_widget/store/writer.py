"""The thread that writes rows, so that neither the event loop nor a cell waits for the disk."""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, wait
from typing import Final

from ..core import threads
from ..core.errors import PplxError
from ..core.loop import start
from .row import Line

MOST: Final = 30
"""The most rows of one commit."""

EVERY: Final = 0.05
"""The least seconds between two commits, unless there are `MOST` rows."""

Work = tuple[Callable[[], Line], "Future[None]"]


class Writer:
    """Commits rows in batches: a single row at once, many rows every 50 ms or every 30 rows.

    Parameters
    ----------
    commit : callable
        Writes rows in one transaction; raises if none of them is written.
    """

    def __init__(self, commit: Callable[[Sequence[Line]], None]) -> None:
        self._commit = commit
        self._lock = threading.Lock()
        self._queue: queue.SimpleQueue[Work] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._open: set[Future[None]] = set()

    def add(self, make: Callable[[], Line]) -> Future[None]:
        """Write the row that ``make()`` returns, called on the thread.

        Returns
        -------
        Future
            Its result is None once the row is committed.
        """
        done: Future[None] = Future()
        done.set_running_or_notify_cancel()  # a caller that stops waiting does not lose the row
        with self._lock:
            self._open.add(done)
            done.add_done_callback(self._open.discard)
            alone = not self._started()
            if not alone:
                self._queue.put((make, done))
        if alone:
            self._write([(make, done)])
        return done

    def _started(self) -> bool:
        """Start the thread; return False if there can be none, as in a browser or at the end."""
        if self._thread is None and threads.can_start():
            thread = threading.Thread(target=self._run, name="pplx_widget store", daemon=True)
            try:
                start(thread)
            except PplxError:
                return False
            self._thread = thread
        return self._thread is not None

    def flush(self, timeout: float | None = None) -> None:
        """Wait until the rows so far are written."""
        wait([*self._open], timeout)

    def _run(self) -> None:
        last = -EVERY
        while True:
            batch = [self._queue.get()]
            while len(batch) < MOST:
                try:
                    batch.append(self._queue.get(timeout=max(0, last + EVERY - time.monotonic())))
                except queue.Empty:
                    break
            self._write(batch)
            last = time.monotonic()

    def _write(self, batch: Sequence[Work]) -> None:
        made: list[tuple[Line, Future[None]]] = []
        for make, done in batch:
            try:
                made.append((make(), done))
            except Exception as error:  # noqa: BLE001 (raised again by the future)
                done.set_exception(error)
        try:
            self._commit([line for line, _ in made])
        except Exception as error:  # noqa: BLE001 (raised again by the future)
            for _, done in made:
                done.set_exception(error)
        else:
            for _, done in made:
                done.set_result(None)


async def over(work: Future[None]) -> None:
    """Wait for a row on an event loop."""
    await asyncio.wrap_future(work)
