"""The one background thread with an event loop, on which every answer is a task.

It starts with the first use and ends with the interpreter. It knows neither HTTP nor traits.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import logging
import os
import sys
import threading
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

from .loop import Loop

T = TypeVar("T")

log = logging.getLogger("pplx_widget")

# How long the end of the interpreter waits for connections to be closed politely.
_LAST_SECONDS = 1.0

# How long a fork waits for the thread to be between two steps, and for imports.
_STEP_SECONDS = 1.0
_IMPORT_SECONDS = 10.0

# Seconds after which a busy thread hands over to one that waits, while answers are under way.
_SWITCH_INTERVAL = 0.0005


class Runtime:
    """A daemon thread that runs an asyncio event loop."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._tasks: set[Future[Any]] = set()
        self._usual_interval: float | None = None
        self._at_end: list[Callable[[], Awaitable[None]]] = []
        self._importing = threading.RLock()

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The event loop, started if need be."""
        with self._lock:
            if self._loop is None:
                self._loop = Loop()
                self._thread = threading.Thread(
                    target=self._run, args=(self._loop,), name="pplx_widget", daemon=True
                )
                self._thread.start()
            return self._loop

    @staticmethod
    def _run(loop: asyncio.AbstractEventLoop) -> None:
        asyncio.set_event_loop(loop)
        while not loop.is_closed():
            try:
                loop.run_forever()
            except (SystemExit, KeyboardInterrupt):
                # Somebody's callback wants to end the process: that is not this thread's to do, and
                # without it every answer would hang.
                log.exception("a callback on the background thread asked to exit")
            else:
                return

    def start(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        """Run a coroutine on the thread; cancelling the future cancels its task."""
        future = asyncio.run_coroutine_threadsafe(work, self.loop)
        with self._lock:
            # The loop itself holds its tasks only weakly.
            self._tasks.add(future)
            self._hurry()
        future.add_done_callback(self._discard)
        return future

    def _discard(self, future: Future[Any]) -> None:
        with self._lock:
            self._tasks.discard(future)
            self._hurry()

    def _hurry(self) -> None:
        """Let other threads interrupt a busy cell sooner while there are tasks.

        Each read, write and wake-up of the loop needs the interpreter's lock again, and beside a busy
        cell waits the whole switch interval for it: 5 ms by default, several times a token.
        """
        if self._tasks and self._usual_interval is None:
            self._usual_interval = sys.getswitchinterval()
            sys.setswitchinterval(min(_SWITCH_INTERVAL, self._usual_interval))
        elif not self._tasks:
            self.relax()

    def relax(self) -> None:
        """Give the interpreter its usual switch interval back."""
        if self._usual_interval is not None:
            sys.setswitchinterval(self._usual_interval)
            self._usual_interval = None

    def call(self, function: Callable[[], object]) -> None:
        """Call a function on the thread, soon. Works from any thread; at the end it does nothing."""
        with contextlib.suppress(RuntimeError):  # the loop is closed: the interpreter is ending
            # Without the lock where the loop runs: the collector may call, in a thread that holds it.
            (self._loop or self.loop).call_soon_threadsafe(function)

    async def importing(self, work: Callable[[], T]) -> T:
        """Await what imports modules, in a worker thread; a fork waits for it."""

        def alone() -> T:
            with self._importing:
                return work()

        return await asyncio.to_thread(alone)

    def pause(self) -> Callable[[], None]:
        """Keep the thread between two steps, with no import under way; return what lets it go on.

        A forked child has none of the threads and all of their locks as they were: a module whose
        import was under way could never be imported there.
        """
        resume = contextlib.ExitStack()
        if self._importing.acquire(timeout=_IMPORT_SECONDS):
            resume.callback(self._importing.release)
        if self._loop is not None and not self.here():
            still, go_on = threading.Event(), threading.Event()
            resume.callback(go_on.set)

            def wait() -> None:
                still.set()
                go_on.wait(_IMPORT_SECONDS)

            with contextlib.suppress(RuntimeError):  # the loop is closed
                self._loop.call_soon_threadsafe(wait)
                still.wait(_STEP_SECONDS)
        return resume.close

    def here(self) -> bool:
        """Return whether the caller runs on the thread (where waiting for it would never end)."""
        return threading.current_thread() is self._thread

    def at_end(self, close: Callable[[], Awaitable[None]]) -> None:
        """Await ``close()`` on the thread when the interpreter ends."""
        if close not in self._at_end:
            self._at_end.append(close)

    def close(self) -> None:
        """Cancel every task, close what is open and end the thread; twice does nothing more."""
        with self._lock:
            loop, thread = self._loop, self._thread
        if loop is None or thread is None or loop.is_closed() or self.here():
            return

        async def close_all() -> None:
            # Their connections are closed before their clients: a task that is left would be told of.
            tasks = asyncio.all_tasks() - {asyncio.current_task()}
            for task in tasks:
                task.cancel()
            if tasks:
                await asyncio.wait(tasks, timeout=_LAST_SECONDS / 2)
            for close in self._at_end:
                await close()

        with contextlib.suppress(Exception):
            asyncio.run_coroutine_threadsafe(close_all(), loop).result(_LAST_SECONDS)
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(loop.stop)
        thread.join(_LAST_SECONDS)
        if not thread.is_alive():
            loop.close()


_runtime = Runtime()


def runtime() -> Runtime:
    """Return the runtime of this process."""
    return _runtime


_forking = threading.local()


def _before_fork() -> None:
    _forking.resume = _runtime.pause()


def _after_fork() -> None:
    _forking.resume()


def _new_after_fork() -> None:
    """Begin anew in a forked child: it has the memory of the loop and not its thread."""
    global _runtime  # noqa: PLW0603 (one a process)
    _runtime.relax()
    _runtime = Runtime()


def _close() -> None:
    _runtime.close()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_before_fork, after_in_parent=_after_fork, after_in_child=_new_after_fork
    )
atexit.register(_close)
