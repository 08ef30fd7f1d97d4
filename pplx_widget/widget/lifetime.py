"""Stops answers under way that nothing shows and nothing refers to any more: they cost money.

An answer is shown while a cell that displayed it keeps its output. Whether something refers to it
cannot be left to the garbage collector, since ipywidgets, the comm and IPython's history of outputs
keep every widget. Nor can the collector be asked what does: it sees neither into an array of objects
(a column of pandas or polars) nor into a function that runs, nor into what most C extensions keep. So
references are counted: Python's count of them, less those that are known to be bookkeeping. Any other
one keeps the answer under way. An answer in a cycle of garbage is kept until the cycle is collected.
"""

from __future__ import annotations

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

from ..core.runtime import runtime
from ..core.state import Status
from ..runs.session import Session
from . import host

log = logging.getLogger("pplx_widget")

LOST = "no output shows it and nothing refers to it any more"
"""Why such an answer was stopped."""

# IPython's names for what cells returned. Those of the first kind count only with the values that
# IPython gave them: a user may use them for something else.
_NEWEST = ("_", "__", "___")
_NUMBERED = re.compile(r"_\d+")

_PACKAGE = str(Path(__file__).parent.parent)

# How long the end of a cell waits at most for the background thread to be between two steps.
_STEP_SECONDS = 0.5

# Looking for garbage takes at most one part in so many of the time.
_SHARE = 20


class Watched(Protocol):
    """A widget that keeps something under way."""

    @property
    def status(self) -> Status:
        """How far that is."""
        ...

    @property
    def seen(self) -> bool:
        """Whether some output shows it."""
        ...

    @property
    def needs(self) -> Iterable[Session]:
        """The runs that must go on for its sake, its own one aside."""
        ...

    @property
    def session(self) -> Session | None:
        """Its run, if it has one."""
        ...

    def unseen_in(self, cell: str | None) -> None:
        """Note that a cell runs again, which empties its output."""
        ...

    def abandon(self) -> None:
        """Stop it for being `LOST`."""
        ...

    def holders(self) -> Iterable[Any]:
        """Return the objects of this package that refer to it."""
        ...


_live: set[weakref.ref[Watched]] = set()


def known(model_id: str) -> Any:
    """Return the widget of an id, which ipywidgets keep; None where it is closed.

    A reference by id does not keep an answer under way.
    """
    return registry._instances.get(model_id)  # noqa: SLF001 (of all widgets)


def widgets() -> list[Any]:
    """Return the widgets that are open."""
    return list(registry._instances.values())  # noqa: SLF001 (of all widgets)


def watch(widget: Watched) -> None:
    """Watch an answer until it is over; only a kernel has cells that run again."""
    shell = host.shell()
    if not host.in_kernel() or not hasattr(shell, "events"):
        return
    # Registered once, however often.
    shell.events.register("pre_run_cell", _cell_begins)
    shell.events.register("post_run_cell", _cell_ends)
    _live.add(weakref.ref(widget, _live.discard))


# ---- cells ------------------------------------------------------------------------------------------


class _Cell(threading.local):
    """The cell that a thread runs, and not one that its code runs in turn (`%%capture` does)."""

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
    """Stop what is neither shown nor referred to, now that the cell has bound its names."""
    info = getattr(result, "info", None)
    if _cell.info is not None and info is not None and info is not _cell.info:
        return
    _cell.info = None
    try:
        # Most often each is shown or has a name; then there is nothing to count.
        doubtful = not all(_is_over(ref) or _is_seen(ref) or _is_named(ref) for ref in [*_live])
        if doubtful and _sweep(result) and _garbage.collect():
            _sweep(result)
    except Exception:
        # A hook's exception would be printed below every cell.
        log.exception("answers out of reach could not be looked for")


class _Garbage:
    """Collects garbage now and then, for an answer that may be held by nothing else."""

    def __init__(self) -> None:
        self._next = 0.0

    def collect(self) -> bool:
        """Collect garbage, unless the user has turned that off or it would take too long."""
        begun = time.monotonic()
        if not gc.isenabled() or begun < self._next:
            return False
        gc.collect()
        now = time.monotonic()
        self._next = now + _SHARE * (now - begun)
        return True


_garbage = _Garbage()


def _sweep(result: Any) -> bool:
    """Stop what is lost; return whether something is left that garbage may hold.

    On the background thread, between two of its steps: what it does with an answer refers to it, too.
    """
    doubtful: list[bool] = []
    done = threading.Event()

    def look() -> None:
        try:
            doubtful.append(_stop_lost(result))
        except Exception:
            log.exception("answers out of reach could not be looked for")
        finally:
            done.set()

    if runtime().call(look):
        done.wait(_STEP_SECONDS)
    return any(doubtful)


def _stop_lost(result: Any) -> bool:
    doubtful = False
    lost: list[weakref.ref[Watched]] = []
    needed: set[int] = set()  # the runs that others wait for, by their ids
    for ref in [*_live]:
        if _is_over(ref):
            _live.discard(ref)
        elif _is_seen(ref) or _is_named(ref):
            needed |= _needs(ref)
        elif _is_held(ref, result):
            needed |= _needs(ref)
            doubtful = True
        else:
            lost.append(ref)
    for ref in lost:
        if (widget := ref()) is not None and id(widget.session) not in needed:
            log.info("an answer is stopped: %s", LOST)
            widget.abandon()
    return doubtful


# ---- references -------------------------------------------------------------------------------------
# Each function takes a weak reference, and none of its callers has another: it would count.


def _is_over(ref: weakref.ref[Watched]) -> bool:
    return (widget := ref()) is None or widget.status.final


def _is_seen(ref: weakref.ref[Watched]) -> bool:
    return (widget := ref()) is not None and widget.seen


def _needs(ref: weakref.ref[Watched]) -> set[int]:
    return {id(session) for session in widget.needs} if (widget := ref()) is not None else set()


def _is_named(ref: weakref.ref[Watched]) -> bool:
    """Return whether a name of the notebook's stands for it."""
    widget = ref()
    return any(value is widget and not _is_history(name, value) for name, value in _names())


def _is_held(ref: weakref.ref[Watched], result: Any) -> bool:
    """Return whether there are more references to it than those that keep every widget."""
    before = _bookkeeping(ref, result)
    count = _references(ref)
    # If references came or went meanwhile, the difference says nothing.
    return count > before or before != _bookkeeping(ref, result)


def _references(ref: weakref.ref[Any]) -> int:
    """Return how many references there are to an object, besides the one that is counted by."""
    return sys.getrefcount(ref()) - _COUNTING


class _Probe:
    """Something that one reference is known to lead to."""


_COUNTING = 0
_probe = _Probe()
_COUNTING = _references(weakref.ref(_probe)) - 1


def _bookkeeping(ref: weakref.ref[Watched], result: Any) -> int:
    """Return how many of the references to it are ipywidgets', the comm's, IPython's and ours."""
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
    """Give the callbacks by which a widget is known to those that it works with."""
    comm = widget.comm
    callbacks = (
        getattr(comm, "_msg_callback", None),
        getattr(comm, "_close_callback", None),
        *widget._msg_callbacks.callbacks,  # noqa: SLF001 (of `on_msg`)
    )
    yield from (c for c in callbacks if isinstance(c, MethodType))
    yield from widget.holders()
    yield from _our_frames(result)


def _names() -> list[tuple[str, Any]]:
    return list(getattr(host.shell(), "user_ns", {}).items())


def _outputs() -> list[Any]:
    """Return what IPython keeps of each cell: by number, by name, and by age."""
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
    """Give what the last cell returned, for each object that says so."""
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
    """Give the functions of this package in the last traceback, which keeps their variables.

    If waiting for an answer was interrupted, `Answer.wait` is one of them. Functions of the user's are
    left out, since a debugger gets at them.
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
                # Before Python 3.13 this is a dict of its own, once it was asked for (by IPython, say).
                yield frame.f_locals
            traceback = traceback.tb_next
