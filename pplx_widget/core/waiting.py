"""Waiting in a cell or script for work on the background thread.

If no thread can start, the work runs on the caller's own event loop. Some browsers can suspend the
caller meanwhile (WebAssembly's JSPI); elsewhere only ``await`` can wait.
"""

from __future__ import annotations

import asyncio
import importlib
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Generic, TypeVar

from . import threads
from .runtime import runtime

T = TypeVar("T")


def would_block_itself() -> bool:
    """Return whether the caller is part of the work on the background thread, as an observer is."""
    return runtime().here() if threads.can_start() else runtime().in_task()


def refuse_itself(work: Future[Any], name: str) -> None:
    """Raise an error if a wait for the work would be part of it; ``name`` is that of the work.

    Raises
    ------
    RuntimeError
        The caller is an observer of the work.
    """
    if would_block_itself() and not work.done():
        raise RuntimeError(
            f"wait() cannot be called inside an observer. The {name} would wait for itself. Call it "
            "after the observer has returned, or read the attributes without waiting."
        )


def wait(work: Future[T], timeout: float | None = None, *, instead: str) -> T:
    """Wait for the outcome of work on the background thread, and return it.

    Parameters
    ----------
    work : Future
        The work.
    timeout : float, optional
        Seconds; without it, the wait has no limit.
    instead : str
        What to write if this Python cannot wait.

    Raises
    ------
    TimeoutError
        The work was not done in time. It goes on.
    RuntimeError
        This Python has one thread, and nothing can suspend the caller.
    """
    if threads.can_start() or work.done():
        return work.result(None if timeout is None else min(timeout, threading.TIMEOUT_MAX))
    check(instead=instead)
    done = asyncio.wrap_future(work, loop=threads.running_loop())
    # Shielded: a wait that ends early must not stop the work.
    result: T = suspending().run_sync(asyncio.wait_for(asyncio.shield(done), timeout))
    return result


def check(*, instead: str) -> None:
    """Raise the error of `wait` if it could not wait now; call it before something is paid for."""
    if not threads.can_start() and suspending() is None:
        raise RuntimeError(
            "This Python cannot wait without `await`. It runs in a browser on one thread, and the "
            f"browser cannot suspend a cell here. Write {instead}."
        )


def suspending() -> Any:
    """Return Pyodide's module that suspends the caller; None if there is none, or it cannot now."""
    try:
        ffi = importlib.import_module("pyodide.ffi")
    except ImportError:
        return None
    return ffi if ffi.can_run_sync() else None


class Mailbox(Generic[T]):
    """A queue between the background thread and one reader who waits."""

    def __init__(self) -> None:
        self._items: queue.SimpleQueue[T] = queue.SimpleQueue()
        self._reader: Future[None] | None = None

    def put(self, item: T) -> None:
        """Add an item."""
        self._items.put(item)
        if self._reader is not None and not self._reader.done():
            self._reader.set_result(None)

    def get(self, *, instead: str) -> T:
        """Return the next item, and wait for it if necessary; see `wait`."""
        if not threads.can_start():
            while self._items.empty():
                self._reader = Future()
                wait(self._reader, instead=instead)
        return self._items.get()


def carry_out(act: Callable[[], None]) -> None:
    """Call a function on the background thread, and wait until it has returned.

    Without a background thread, it is called here.
    """
    if runtime().here():
        act()
        return
    done: Future[None] = Future()

    def do() -> None:
        try:
            act()
        except BaseException as error:  # noqa: BLE001 (raised again in the waiting thread)
            done.set_exception(error)
        else:
            done.set_result(None)

    if runtime().call(do):
        wait(done, instead="it in a cell")
    else:
        act()


def too_long(what: str, timeout: float | None) -> TimeoutError:
    """Return the error of a wait that was over before its subject: ``what``, as users name it."""
    return TimeoutError(
        f"The {what} did not finish within {timeout:g} s. It goes on. Wait again, or stop it with "
        f"`{what}.stop()`."
    )
