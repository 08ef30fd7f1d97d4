"""The event loop of the background thread: asyncio's own, with daemon threads for other work.

asyncio's default executor takes no work once the main thread has ended, although other threads may go
on and ask. The end of the interpreter also waits for all of its work, however long that takes. Here
each piece of work has a daemon thread of its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import importlib
import inspect
import os
import socket
import sys
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor, Future
from typing import Any, TypeVar, TypeVarTuple, Unpack

from .errors import ProviderFailed

# For a library that needs it later: its first import fails once the main thread has ended.
with contextlib.suppress(RuntimeError):  # it has ended already
    importlib.import_module("concurrent.futures.thread")

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

if sys.platform == "win32":
    _Usual = asyncio.ProactorEventLoop
else:
    _Usual = asyncio.SelectorEventLoop

# Pieces of work at once; as many as in asyncio's default executor.
_AT_ONCE = min(32, (os.cpu_count() or 1) + 4)


class Loop(_Usual):
    """An event loop that looks names up, and does what would hold it up, in daemon threads."""

    _made = False

    def __init__(self) -> None:
        super().__init__()
        self._made = True
        self.ending = False
        """Whether it is not to run any more."""
        self.work: set[Future[Any]] = set()
        """What goes on in worker threads."""
        self._room = asyncio.Semaphore(_AT_ONCE)

    async def end_tasks(self, seconds: float) -> None:
        """Cancel every other task and wait for their ends, so long at most.

        Each is cancelled once, and not before it has begun: a coroutine inside it, as anyio's tasks
        have one, would never be awaited, and Python says so on stderr.
        """
        latest = self.time() + seconds
        cancelled: set[asyncio.Task[Any]] = set()
        while left := asyncio.all_tasks(self) - {asyncio.current_task(self)}:
            remaining = latest - self.time()
            if remaining <= 0:
                return
            begun = {task for task in left - cancelled if _has_begun(task)}
            for task in begun:
                task.cancel()
            cancelled |= begun
            if left <= cancelled:
                await asyncio.wait(left, timeout=remaining, return_when=asyncio.FIRST_COMPLETED)
            else:
                await asyncio.sleep(0)

    def is_closed(self) -> bool:
        """Return whether it is closed; one that could not be made (too many open files) is, too."""
        return not self._made or super().is_closed()

    def run_in_executor(
        self, executor: Executor | None, func: Callable[[Unpack[Ts]], T], *args: *Ts
    ) -> asyncio.Future[T]:
        """Run a function in a worker thread, as `asyncio.to_thread` wants it."""
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
        """Return what `socket.getaddrinfo` does.

        Beside the work, in which a few stuck look-ups would hold up everything else: a resolver may try
        for half a minute if there is no network.
        """
        look_up = functools.partial(socket.getaddrinfo, host, port, **options)
        return await asyncio.wrap_future(in_thread(look_up, "pplx_widget lookup"), loop=self)


def _has_begun(task: asyncio.Task[Any]) -> bool:
    work = task.get_coro()
    return not inspect.iscoroutine(work) or inspect.getcoroutinestate(work) != inspect.CORO_CREATED


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine on an event loop of its own, as `asyncio.run` does, and return its result."""
    with asyncio.Runner(loop_factory=Loop) as runner:
        return runner.run(main)


def in_thread(work: Callable[[], T], name: str) -> Future[T]:
    """Do some work in a daemon thread of its own.

    Raises
    ------
    ProviderFailed
        No thread can be started.
    """
    done: Future[T] = Future()
    done.set_running_or_notify_cancel()  # a waiter that gives up must not break the thread

    def do() -> None:
        try:
            result = work()
        except BaseException as error:  # noqa: BLE001 (raised in whoever awaits it)
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
        The system gives this process no more threads.
    """
    try:
        thread.start()
    except RuntimeError as error:
        raise refused(error) from None


def refused(error: Exception) -> ProviderFailed:
    """Return the error for a thread, or its event loop, that the system refuses."""
    return ProviderFailed(
        "The question could not be sent.",
        f"It needs a thread of its own, and the system refuses one: {error}.",
        "End what takes many threads or files (`ulimit -a` shows the limits), then ask again.",
    )
