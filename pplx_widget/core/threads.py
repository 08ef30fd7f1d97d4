"""Whether this Python can start threads, and the event loop that replaces them if not.

Python in a browser (JupyterLite) runs everything on one thread, whose event loop already runs.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import types
import weakref
from collections.abc import Callable
from typing import Any

from .errors import ProviderFailed, told


def can_start() -> bool:
    """Return whether threads can start; false only in a build of Python without them.

    A system that refuses a further thread is another matter: see `loop.refused`.
    """
    build = getattr(sys, "_emscripten_info", None)
    return build is None or bool(build.pthreads)


def running_loop() -> asyncio.AbstractEventLoop:
    """Return the running event loop, on which answers run if no thread can start.

    Raises
    ------
    ProviderFailed
        No loop is running, so nothing could run an answer.
    """
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        lines = "error.no_loop.what", "error.no_loop.why", "error.no_loop.try"
        raise told(ProviderFailed, *lines) from None
    if loop not in _fitted:
        _fitted.add(loop)
        _fit(loop)
    return loop


_fitted: weakref.WeakSet[asyncio.AbstractEventLoop] = weakref.WeakSet()


def _fit(loop: Any) -> None:
    """Give a loop what asyncio promises of one and this one lacks.

    Pyodide's loop refuses a time that has just passed, at which asyncio's timeouts often aim.
    """
    if not _takes_the_past(loop):
        call_at = loop.call_at

        def soon(
            self: Any, when: float, callback: Callable[..., object], *arguments: Any, **options: Any
        ) -> asyncio.Handle:
            try:
                handle: asyncio.Handle = call_at(when, callback, *arguments, **options)
            except ValueError:
                handle = self.call_soon(callback, *arguments, **options)
            return handle

        loop.call_at = types.MethodType(soon, loop)
    loop.run_in_executor = types.MethodType(_in_place, loop)


def _takes_the_past(loop: asyncio.AbstractEventLoop) -> bool:
    with contextlib.suppress(ValueError):
        loop.call_at(loop.time() - 1, int).cancel()
        return True
    return False


def _in_place(
    loop: asyncio.AbstractEventLoop, _executor: object, work: Callable[..., Any], *arguments: Any
) -> asyncio.Future[Any]:
    """Call a function that was meant for a worker thread; `asyncio.to_thread` calls this."""
    done = loop.create_future()
    try:
        done.set_result(work(*arguments))
    except Exception as error:  # noqa: BLE001 (raised again in the awaiting code)
        done.set_exception(error)
    return done
