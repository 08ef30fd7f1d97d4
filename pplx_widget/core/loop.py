"""The event loop of the background thread: asyncio's loop, with daemon threads for blocking work.

asyncio's default executor accepts no work after the main thread has ended, although other threads may
still ask questions. The interpreter also waits at exit for all work in that executor. Here, each
blocking call gets a daemon thread of its own.
"""

from __future__ import annotations

import asyncio
import functools
import inspect
import os
import socket
import sys
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor, Future
from typing import Any, TypeVar, TypeVarTuple, Unpack

from .errors import ProviderFailed

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

if sys.platform == "win32":
    _Usual = asyncio.ProactorEventLoop
else:
    _Usual = asyncio.SelectorEventLoop

# The most worker threads at once; the same number as in asyncio's default executor.
_AT_ONCE = min(32, (os.cpu_count() or 1) + 4)

# How long the end of the loop waits for tasks that are not cancelled.
SPARED_SECONDS = 3.0


class Loop(_Usual):
    """An event loop that resolves host names and runs blocking calls in daemon threads."""

    _made = False

    def __init__(self) -> None:
        super().__init__()
        self._made = True
        self.ending = False
        """Whether the loop is to end."""
        self.work: set[Future[Any]] = set()
        """The calls that are running in worker threads."""
        self.spared: set[asyncio.Task[Any]] = set()
        """Short tasks that the end waits for and does not cancel."""
        self._room = asyncio.Semaphore(_AT_ONCE)

    async def end_tasks(self, seconds: float) -> None:
        """Cancel all other tasks and wait up to ``seconds`` for them to end.

        The tasks in `spared` are not cancelled, and have `SPARED_SECONDS`.

        Each task is cancelled once, after it has begun. If it were cancelled before, a coroutine inside
        it (tasks of anyio have one) would never be awaited, and Python would warn on stderr.
        """
        began = self.time()
        cancelled: set[asyncio.Task[Any]] = set()
        while left := asyncio.all_tasks(self) - {asyncio.current_task(self)}:
            most = SPARED_SECONDS if self.spared else seconds
            remaining = began + most - self.time()
            if remaining <= 0:
                return
            begun = {task for task in left - cancelled - self.spared if _has_begun(task)}
            for task in begun:
                task.cancel()
            cancelled |= begun
            if left <= cancelled | self.spared:
                await asyncio.wait(left, timeout=remaining, return_when=asyncio.FIRST_COMPLETED)
            else:
                await asyncio.sleep(0)

    def is_closed(self) -> bool:
        """Return whether the loop is closed or could not be created (too many open files)."""
        return not self._made or super().is_closed()

    def run_in_executor(
        self, executor: Executor | None, func: Callable[[Unpack[Ts]], T], *args: *Ts
    ) -> asyncio.Future[T]:
        """Run a function in a worker thread; `asyncio.to_thread` calls this."""
        if executor is not None:
            return super().run_in_executor(executor, func, *args)
        return self.create_task(self._worked(functools.partial(func, *args)))

    async def _worked(self, work: Callable[[], T]) -> T:
        async with self._room:
            begun = in_thread(work, "pplx_widget worker")
            self.work.add(begun)
            begun.add_done_callback(self.work.discard)
            return await asyncio.wrap_future(begun, loop=self)

    async def getaddrinfo(self, host: Any, port: Any, **options: Any) -> Any:
        """Return the result of `socket.getaddrinfo`, from a thread that is not among the workers.

        Without a network, a resolver may try for half a minute; a few such look-ups would occupy all
        workers.
        """
        look_up = functools.partial(socket.getaddrinfo, host, port, **options)
        return await asyncio.wrap_future(in_thread(look_up, "pplx_widget lookup"), loop=self)


def _has_begun(task: asyncio.Task[Any]) -> bool:
    work = task.get_coro()
    return not inspect.iscoroutine(work) or inspect.getcoroutinestate(work) != inspect.CORO_CREATED


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine on a new `Loop`, like `asyncio.run`, and return its result."""
    with asyncio.Runner(loop_factory=Loop) as runner:
        return runner.run(main)


def in_thread(work: Callable[[], T], name: str) -> Future[T]:
    """Run a function in a new daemon thread.

    Raises
    ------
    ProviderFailed
        The system refuses a new thread.
    """
    done: Future[T] = Future()
    done.set_running_or_notify_cancel()  # so that a caller's cancel cannot break the thread

    def do() -> None:
        try:
            result = work()
        except BaseException as error:  # noqa: BLE001 (raised again in the awaiting code)
            done.set_exception(error)
        else:
            done.set_result(result)

    start(threading.Thread(target=do, name=name, daemon=True))
    return done


def start(thread: threading.Thread) -> None:
    """Start a thread.

    Raises
    ------
    ProviderFailed
        The system refuses a new thread.
    """
    try:
        thread.start()
    except RuntimeError as error:
        raise refused(error) from None


def refused(error: Exception) -> ProviderFailed:
    """Return the error for a thread or event loop that the system refuses."""
    return ProviderFailed(
        "The question could not be sent.",
        f"The system refused to start a thread for it: {error}.",
        "End programs with many threads or open files (`ulimit -a` shows the limits). Ask again.",
    )
