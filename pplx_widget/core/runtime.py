"""The background thread with an event loop on which every answer is a task.

It starts with the first use and ends with the interpreter. It is independent of HTTP and traits.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import logging
import os
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import Future, InvalidStateError, wait
from typing import Any, TypeVar

from . import threads
from .errors import PplxError, ProviderFailed, told
from .loop import SPARED_SECONDS, Loop, refused, start

T = TypeVar("T")

log = logging.getLogger("pplx_widget")

# How long the interpreter's exit waits for connections to close properly.
_LAST_SECONDS = 1.0

# A loop that fails twice within this time is given up.
_AGAIN_SECONDS = 1.0

# How long a fork waits for the current step of the thread, and for imports.
_STEP_SECONDS = 1.0
_IMPORT_SECONDS = 10.0

# The interpreter's switch interval while answers are under way.
_SWITCH_INTERVAL = 0.0005


class Runtime:
    """A daemon thread that runs an asyncio event loop; the running loop if no thread can start."""

    def __init__(self) -> None:
        # Reentrant: while it is held, the garbage collector may free an answer, which then stops.
        self._lock = threading.RLock()
        self._loop: Loop | None = None
        self._thread: threading.Thread | None = None
        self._tasks: set[Future[Any]] = set()
        self._usual_interval: float | None = None
        self._at_end: list[Callable[[], Awaitable[None]]] = []
        self._importing = threading.RLock()

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The event loop, started if necessary.

        Raises
        ------
        ProviderFailed
            The thread could not be started. The next question tries again.
        """
        if not threads.can_start():
            return threads.running_loop()
        with self._lock:
            return self._loop or self._begun()

    def _begun(self) -> Loop:
        """Start the thread, and keep it only if its loop runs, even if an interrupt comes meanwhile."""
        made: Future[Loop] = Future()
        thread = threading.Thread(target=self._run, args=(made,), name="pplx_widget", daemon=True)
        try:
            start(thread)
            self._thread, self._loop = thread, made.result()
        except BaseException as error:
            self._thread = self._loop = None
            # After an interrupt, the thread may still start a loop, which must then end.
            made.add_done_callback(_given_up)
            if isinstance(error, OSError):  # too many open files
                raise refused(error) from None
            raise
        return self._loop

    def _run(self, made: Future[Loop]) -> None:
        try:
            loop = Loop()
        except BaseException as error:  # noqa: BLE001 (raised again in the waiting thread)
            made.set_exception(error)
            return
        made.set_result(loop)
        asyncio.set_event_loop(loop)
        failed = -_AGAIN_SECONDS
        while not loop.ending:
            try:
                # This also returns if a provider stops the loop.
                loop.run_forever()
            except (SystemExit, KeyboardInterrupt):
                # A callback tried to end the process. Keep running, or every answer would hang.
                log.exception("a callback on the background thread asked to exit")
            except Exception:
                log.exception("the event loop of the background thread failed")
                if time.monotonic() - failed < _AGAIN_SECONDS:
                    break
                failed = time.monotonic()
        if loop.ending:
            # On a busy machine, tasks may be left over from `close`.
            loop.run_until_complete(loop.end_tasks(_LAST_SECONDS / 10))
            loop.close()
        else:
            self._lose(loop)

    def _lose(self, loop: Loop) -> None:
        """Give up a loop that cannot run any more; the next question starts a new one."""
        with self._lock:
            if self._loop is loop:
                self._thread = self._loop = None
            lost = [*self._tasks]
        with contextlib.suppress(Exception):
            loop.close()
        for future in lost:
            with contextlib.suppress(InvalidStateError):  # cancelled or finished in the meantime
                future.set_exception(_lost())

    def start(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        """Run a coroutine on the thread; cancelling the future cancels its task.

        Raises
        ------
        ProviderFailed
            The thread could not be started, or the interpreter is ending.
        """
        handed = [work]
        try:
            return self.begin(handed.pop)
        except BaseException:
            # If the thread has not taken the coroutine yet, it never will: close it.
            with contextlib.suppress(IndexError):
                handed.pop().close()
            raise

    def begin(self, work: Callable[[], Coroutine[Any, Any, T]]) -> Future[T]:
        """Run a coroutine that ``work()`` creates on the thread; otherwise like `start`."""
        future: Future[T] = Future()
        loop = self.loop
        try:
            with self._lock:
                # Hold the future: the loop itself has only weak references to its tasks.
                self._tasks.add(future)
                self._hurry()
            future.add_done_callback(self._discard)
            loop.call_soon_threadsafe(_launch, loop, work, future)
            return future  # noqa: TRY300 (an interrupt may still come here)
        except BaseException as error:
            future.cancel()
            self._discard(future)
            if isinstance(error, RuntimeError):  # the loop is closed
                raise _ending() from None
            raise

    def _discard(self, future: Future[Any]) -> None:
        with self._lock:
            self._tasks.discard(future)
            self._hurry()

    def _hurry(self) -> None:
        """Shorten the interpreter's switch interval while there are tasks.

        Each read, write and wake-up of the loop needs the interpreter's lock. If a cell is busy, each
        waits a whole switch interval for the lock: 5 ms by default, several times a token.
        """
        if self._tasks and self._usual_interval is None:
            self._usual_interval = sys.getswitchinterval()
            sys.setswitchinterval(min(_SWITCH_INTERVAL, self._usual_interval))
        elif not self._tasks:
            self.relax()

    def relax(self) -> None:
        """Restore the interpreter's usual switch interval."""
        if self._usual_interval is not None:
            sys.setswitchinterval(self._usual_interval)
            self._usual_interval = None

    def call(self, function: Callable[[], object]) -> bool:
        """Schedule a function on the thread; return False if there is no thread to call it.

        This works from any thread, and while the interpreter is ending.
        """
        try:
            # If the loop runs, do not take the lock, so that callers never wait.
            (self._loop or self.loop).call_soon_threadsafe(function)
        except (RuntimeError, PplxError):  # the loop is closed or could not start
            return False
        return True

    async def importing(self, work: Callable[[], T]) -> T:
        """Call a function that imports modules in a worker thread; a fork waits for its end."""

        def alone() -> T:
            with self._importing:
                return work()

        return await asyncio.to_thread(alone)

    def pause(self) -> Callable[[], None]:
        """Pause the thread between two steps and outside imports; return a function that resumes it.

        A forked child inherits the state of all locks but not the threads that hold them. It could
        never import a module whose import was under way at the fork.
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
        """Return whether the caller runs on the thread, where waiting for the thread would deadlock."""
        return threading.current_thread() is self._thread or not threads.can_start()

    def in_task(self) -> bool:
        """Return whether the caller is part of a task that `begin` started on the running loop."""
        try:
            task = asyncio.current_task()
        except RuntimeError:  # no loop runs in this thread
            return False
        return task is not None and task.get_name() == TASK

    def at_end(self, close: Callable[[], Awaitable[None]]) -> None:
        """Await ``close()`` on the thread when the interpreter ends."""
        if close not in self._at_end:
            self._at_end.append(close)

    def close(self) -> None:
        """Cancel all tasks, close the connections and end the thread; a second call does nothing."""
        with self._lock:
            loop, thread = self._loop, self._thread
        if loop is None or thread is None or loop.is_closed() or self.here():
            return

        async def close_all() -> None:
            # The tasks close their connections before the clients close; asyncio warns of tasks left.
            await loop.end_tasks(_LAST_SECONDS / 2)
            for close in self._at_end:
                await close()

        with contextlib.suppress(Exception):
            closing = asyncio.run_coroutine_threadsafe(close_all(), loop)
            wait([closing], _LAST_SECONDS)
            closing.result(SPARED_SECONDS if loop.spared else 0)
        # Breaking off an import, or the making of a document, could crash the process.
        if self._importing.acquire(timeout=_IMPORT_SECONDS):
            self._importing.release()
        wait(loop.work, _LAST_SECONDS)
        _given_up(loop)
        thread.join(_LAST_SECONDS)


TASK = "pplx_widget"
"""The name of the tasks that run answers."""


def _given_up(loop: Loop | Future[Loop]) -> None:
    """End a running loop, or one that is about to run, and its thread."""
    if isinstance(loop, Future):
        if loop.exception() is None:
            _given_up(loop.result())
        return
    loop.ending = True
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(loop.stop)


def _launch(
    loop: asyncio.AbstractEventLoop, work: Callable[[], Coroutine[Any, Any, T]], future: Future[T]
) -> None:
    """Start the coroutine on the thread; its outcome becomes the future's outcome."""
    if future.cancelled():
        return

    def over(task: asyncio.Task[T]) -> None:
        with contextlib.suppress(InvalidStateError):  # the future was cancelled in the meantime
            if task.cancelled():
                future.cancel()
            elif error := task.exception():
                future.set_exception(error)
            else:
                future.set_result(task.result())

    def given_up(future: Future[T]) -> None:
        if future.cancelled():
            with contextlib.suppress(RuntimeError):  # the loop is closed
                loop.call_soon_threadsafe(task.cancel)

    try:
        task = loop.create_task(work(), name=TASK)
    except Exception as error:  # noqa: BLE001 (raised again by the future)
        future.set_exception(error)
        return
    task.add_done_callback(over)
    future.add_done_callback(given_up)


def _lost() -> ProviderFailed:
    return told(ProviderFailed, "error.lost.what", "error.lost.why", "error.lost.try")


def _ending() -> ProviderFailed:
    return told(ProviderFailed, "error.ending.what", "error.ending.why", "error.ending.try")


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
    """Replace the runtime in a forked child, which inherits the loop but not its thread."""
    global _runtime  # noqa: PLW0603 (one per process)
    _runtime.relax()
    _runtime = Runtime()


def _close() -> None:
    _runtime.close()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_before_fork, after_in_parent=_after_fork, after_in_child=_new_after_fork
    )
atexit.register(_close)
