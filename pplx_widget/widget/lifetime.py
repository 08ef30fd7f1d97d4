"""Stopping answers in progress that no output shows and nothing references, since they cost money.

An answer is shown while a cell that displayed it keeps its output. An answer is referenced if anything
beyond ipywidgets, its comm and IPython's history holds it. The garbage collector cannot decide that,
because these three keep every widget alive. Nor can it list the referrers: it does not see into arrays
of objects (a column of pandas or polars), running functions, and the data of most C extensions. So this
module counts references: Python's reference count minus the known bookkeeping. Any other reference
keeps the answer going. An answer in a garbage cycle goes on until the cycle is collected.

A page tells when it no longer shows an answer, because its cell was deleted, say. Finished answers are
removed from the page by the same rule: otherwise ipywidgets would keep them for ever.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import re
import sys
import threading
import time
import weakref
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import MethodType, TracebackType
from typing import Any, Protocol

from ipywidgets.widgets import widget as registry

from ..core.errors import PplxError
from ..core.runtime import runtime
from ..runs.session import Session
from . import host

log = logging.getLogger("pplx_widget")

LOST = "no output shows it and nothing refers to it any more"
"""The reason shown for such an answer."""

# IPython's names for the results of cells. They count as bookkeeping only with the values that IPython
# assigned, because users may use the names for something else.
_NEWEST = ("_", "__", "___")
_NUMBERED = re.compile(r"_\d+")

_PACKAGE = str(Path(__file__).parent.parent)

# The maximum wait at the end of a cell until the background thread is between two steps.
_STEP_SECONDS = 0.5

# How long other pages may take to say that they show an answer.
_REPLY_SECONDS = 2.0

# How long a finished answer is kept for an undo, after a page said that nothing shows it.
_UNDO_SECONDS = 600.0

# Garbage collection takes at most one part in this many of the time.
_SHARE = 20


class Ending(Protocol):
    """A status."""

    @property
    def final(self) -> bool:
        """Whether it is the last one."""
        ...


class Watched(Protocol):
    """A widget with at least one run."""

    @property
    def status(self) -> Ending:
        """The status of its run or runs."""
        ...

    @property
    def seen(self) -> bool:
        """Whether an output shows it."""
        ...

    @property
    def needs(self) -> Iterable[Session]:
        """The other runs that it needs, without its own."""
        ...

    @property
    def session(self) -> Session | None:
        """Its run, if it has one."""
        ...

    @property
    def on_page(self) -> bool:
        """Whether a page knows it."""
        ...

    @property
    def unseen_since(self) -> float | None:
        """When a page said that nothing shows it; None if a cell cleared its output."""
        ...

    def release(self) -> None:
        """Remove it from the page until it is displayed again."""
        ...

    def unseen_in(self, cell: str | None) -> None:
        """Note that a cell runs again, which clears its output."""
        ...

    def abandon(self) -> None:
        """Stop it with the reason `LOST`."""
        ...

    def holders(self) -> Iterable[Any]:
        """Return the objects of this package that refer to it."""
        ...


_live: set[weakref.ref[Watched]] = set()


def known(model_id: str) -> Any:
    """Return the open widget with an id from the registry of ipywidgets; None if it is closed.

    A reference by id does not keep an answer going.
    """
    return registry._instances.get(model_id)  # noqa: SLF001 (of all widgets)


def widgets() -> list[Any]:
    """Return the open widgets."""
    return list(registry._instances.values())  # noqa: SLF001 (of all widgets)


class Disappearing(Protocol):
    """The outputs of a widget."""

    def vanish(self) -> bool:
        """Count it as not shown, unless a page has said that it shows it; return whether it counts."""
        ...


def watch(widget: Watched) -> None:
    """Watch a widget while it runs or a page knows it; does nothing outside a kernel."""
    shell = host.shell()
    if not host.in_kernel() or not hasattr(shell, "events"):
        return
    # IPython registers a callback only once, even after several calls.
    shell.events.register("pre_run_cell", _cell_begins)
    shell.events.register("post_run_cell", _cell_ends)
    _live.add(weakref.ref(widget, _live.discard))


def unseen(outputs: Disappearing) -> None:
    """Stop widgets that are not referenced, if no other page says that it shows these outputs."""

    async def look() -> None:
        await asyncio.sleep(_REPLY_SECONDS)
        try:
            if outputs.vanish() and _stop_lost(None) and _garbage.collect():
                _stop_lost(None)
        except Exception:
            log.exception("the search for unreferenced answers failed")

    with contextlib.suppress(PplxError):  # no thread, so no run is in progress
        runtime().begin(look)


# ---- cells ------------------------------------------------------------------------------------------


class _Cell(threading.local):
    """The outermost cell that a thread runs; its code may run nested cells (as ``%%capture`` does)."""

    info: Any = None
    request: str | None = None


_cell = _Cell()


def _cell_begins(info: Any) -> None:
    request = host.request_id()
    if _cell.info is not None and request is not None and request == _cell.request:
        return
    _cell.info, _cell.request = info, request
    cell = host.cell_id()
    for ref in [*_live]:
        if widget := ref():
            widget.unseen_in(cell)


def _cell_ends(result: Any) -> None:
    """Stop widgets that are neither shown nor referenced, after the cell has bound its names."""
    info = getattr(result, "info", None)
    if _cell.info is not None and info is not None and info is not _cell.info:
        return
    _cell.info = None
    _patience.tick()
    try:
        # Usually every widget is shown or has a name, and no references need to be counted.
        doubtful = not all(_is_kept(ref) for ref in [*_live])
        if doubtful and _sweep(result) and _garbage.collect():
            _sweep(result)
    except Exception:
        # IPython would print the exception of a hook below every cell.
        log.exception("the search for unreferenced answers failed")


class _Garbage:
    """Collects garbage occasionally, in case only a garbage cycle references an answer."""

    def __init__(self) -> None:
        self._next = 0.0

    def collect(self) -> bool:
        """Collect garbage, unless the user disabled it or it would take too much time."""
        begun = time.monotonic()
        if not gc.isenabled() or begun < self._next:
            return False
        gc.collect()
        now = time.monotonic()
        self._next = now + _SHARE * (now - begun)
        return True


_garbage = _Garbage()


def _sweep(result: Any) -> bool:
    """Stop unreferenced widgets; return whether any others may be held by garbage only.

    Runs on the background thread between two of its steps, because a step itself holds references.
    """
    doubtful: list[bool] = []
    done = threading.Event()

    def look() -> None:
        try:
            doubtful.append(_stop_lost(result))
        except Exception:
            log.exception("the search for unreferenced answers failed")
        finally:
            done.set()

    if runtime().here():  # between two steps, as only one thread exists
        look()
    elif runtime().call(look):
        done.wait(_STEP_SECONDS)
    return any(doubtful)


def _stop_lost(result: Any) -> bool:
    doubtful = False
    lost: list[weakref.ref[Watched]] = []
    needed: set[int] = set()  # ids of the runs that other widgets need
    for ref in [*_live]:
        if _is_done(ref):
            _live.discard(ref)
        elif _patience.rests(ref):
            continue
        elif _is_seen(ref) or _is_named(ref):
            needed |= _needs(ref)
        elif _is_held(ref, result):
            needed |= _needs(ref)
            doubtful |= not _is_over(ref)
            _patience.wait(ref)
        else:
            lost.append(ref)
    for ref in lost:
        if (widget := ref()) is None:
            continue
        if not _is_over(ref):
            if id(widget.session) not in needed:
                log.info("stopping an answer: %s", LOST)
                widget.abandon()
        elif widget.unseen_since is None or widget.unseen_since + _UNDO_SECONDS < time.monotonic():
            widget.release()
    return doubtful


class _Patience:
    """When to look again at finished widgets that something refers to: after 1, 2, 4, … cells."""

    def __init__(self) -> None:
        self._cells = 0
        self._due: dict[weakref.ref[Watched], tuple[int, int]] = {}  # the cell, and the next pause

    def tick(self) -> None:
        """Count a cell."""
        self._cells += 1
        self._due = {ref: due for ref, due in self._due.items() if ref() is not None}

    def rests(self, ref: weakref.ref[Watched]) -> bool:
        """Return whether a widget is finished and not due yet."""
        return self._cells < self._due.get(ref, (0, 0))[0] and _is_over(ref)

    def wait(self, ref: weakref.ref[Watched]) -> None:
        """Let a finished widget rest."""
        if _is_over(ref):
            pause = self._due.get(ref, (0, 1))[1]
            self._due[ref] = self._cells + pause, 2 * pause


_patience = _Patience()


# ---- references -------------------------------------------------------------------------------------
# These functions take weak references. No caller may hold a strong one, since it would be counted.


def _is_over(ref: weakref.ref[Watched]) -> bool:
    return (widget := ref()) is None or widget.status.final


def _is_done(ref: weakref.ref[Watched]) -> bool:
    """Return whether a widget is over and unknown to the page, so that ipywidgets does not keep it."""
    return _is_over(ref) and ((widget := ref()) is None or not widget.on_page)


def _is_kept(ref: weakref.ref[Watched]) -> bool:
    return _is_done(ref) or _is_seen(ref) or _patience.rests(ref) or _is_named(ref)


def _is_seen(ref: weakref.ref[Watched]) -> bool:
    return (widget := ref()) is not None and widget.seen


def _needs(ref: weakref.ref[Watched]) -> set[int]:
    if _is_over(ref) or (widget := ref()) is None:
        return set()
    return {id(session) for session in widget.needs}


def _is_named(ref: weakref.ref[Watched]) -> bool:
    """Return whether a variable of the notebook refers to the widget."""
    widget = ref()
    return any(value is widget and not _is_history(name, value) for name, value in _names())


def _is_held(ref: weakref.ref[Watched], result: Any) -> bool:
    """Return whether the widget has more references than the bookkeeping that every widget has."""
    before = _bookkeeping(ref, result)
    count = _references(ref)
    # If the bookkeeping changed meanwhile, the difference proves nothing.
    return count > before or before != _bookkeeping(ref, result)


def _references(ref: weakref.ref[Any]) -> int:
    """Return the number of references to an object, without those of the counting itself."""
    return sys.getrefcount(ref()) - _COUNTING


class _Probe:
    """An object with exactly one reference, to calibrate the counting."""


_COUNTING = 0
_probe = _Probe()
_COUNTING = _references(weakref.ref(_probe)) - 1


def _bookkeeping(ref: weakref.ref[Watched], result: Any) -> int:
    """Return the number of references held by ipywidgets, the comm, IPython and this package."""
    if (widget := ref()) is None:
        return 0
    holders = {id(holder): holder for holder in _holders(widget, result)}
    return (
        sum(value is widget and _is_history(name, value) for name, value in _names())
        + sum(value is widget for value in _outputs())
        + sum(one is widget for h in holders.values() for one in gc.get_referents(h))
        + sum(one is widget for one in _results(result))
        + (_comm_id(widget) is not None and known(_comm_id(widget)) is widget)
    )


def _comm_id(widget: Any) -> Any:
    return getattr(widget.comm, "comm_id", None)


def _holders(widget: Any, result: Any) -> Iterator[Any]:
    """Yield the objects of the comm, ipywidgets and this package that may refer to the widget."""
    comm = widget.comm
    callbacks = (
        getattr(comm, "_msg_callback", None),
        getattr(comm, "_close_callback", None),
        # Of `on_msg`; a batch is not a widget.
        *getattr(getattr(widget, "_msg_callbacks", None), "callbacks", ()),
    )
    yield from (c for c in callbacks if isinstance(c, MethodType))
    yield from widget.holders()
    yield from _our_frames(result)


def _names() -> list[tuple[str, Any]]:
    return list(getattr(host.shell(), "user_ns", {}).items())


def _outputs() -> list[Any]:
    """Return the results of cells that IPython keeps, by number, by name and by age."""
    shell = host.shell()
    hook = getattr(shell, "displayhook", None)
    kept = (getattr(shell, "user_ns", {}).get("_oh"), getattr(shell, "user_ns_hidden", None))
    return [
        *(value for one in kept if isinstance(one, dict) for value in list(one.values())),
        *(getattr(hook, name, None) for name in _NEWEST),
    ]


def _is_history(name: str, value: Any) -> bool:
    shell = host.shell()
    if name in _NEWEST:
        return getattr(getattr(shell, "displayhook", None), name, None) is value
    if not _NUMBERED.fullmatch(name):
        return False
    numbered = shell.user_ns.get("_oh")
    return isinstance(numbered, dict) and numbered.get(int(name[1:])) is value


def _results(result: Any) -> Iterator[Any]:
    """Yield the result of the last cell, once for each object that holds it."""
    shell = host.shell()
    hook = getattr(shell, "displayhook", None)
    told = (
        result,
        getattr(shell, "last_execution_result", None),
        getattr(hook, "exec_result", None),
    )
    for one in {id(one): one for one in told}.values():
        yield getattr(one, "result", None)


def _our_frames(result: Any) -> Iterator[Any]:
    """Yield the stack frames of this package in the last traceback, which hold their variables.

    If the user interrupted `Answer.wait`, its stack frame is one of them. Stack frames of user code are
    not included, since a debugger can reach them.
    """
    told = (
        getattr(sys, "last_exc", None),
        getattr(sys, "last_value", None),
        getattr(result, "error_in_exec", None),
    )
    todo = [error for error in told if isinstance(error, BaseException)]
    been: set[int] = set()
    while todo:
        error = todo.pop()
        if id(error) in been:
            continue
        been.add(id(error))
        todo += [e for e in (error.__cause__, error.__context__) if e is not None]
        traceback: TracebackType | None = error.__traceback__
        while traceback is not None:
            frame = traceback.tb_frame
            if frame.f_code.co_filename.startswith(_PACKAGE):
                yield frame
                # Before Python 3.13 this is a separate dict, if something (IPython, say) has read it.
                yield frame.f_locals
            traceback = traceback.tb_next
