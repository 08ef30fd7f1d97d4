"""Stops answers under way that nobody can see or reach any more: they cost money.

An answer is seen while a cell that showed it keeps its output, and reached while something of the
user's refers to it. ipywidgets, the comm and IPython's history of outputs refer to every widget for
ever, so the collector never gets to decide; it is asked who refers to the answer.
"""

from __future__ import annotations

import gc
import logging
import re
import weakref
from types import FrameType, MethodType
from typing import TYPE_CHECKING, Any, TypeAlias

from ipywidgets.widgets import widget as registry

from . import host

if TYPE_CHECKING:
    from .answer import Answer as OneAnswer
    from .race.model import Race

    Answer: TypeAlias = OneAnswer | Race

log = logging.getLogger("pplx_widget")

# IPython's names for what cells returned: `_`, `__`, `_12`, `Out`, `_oh`.
_HISTORY = re.compile(r"_+\d*|Out|_oh")

_WIDGETS = ("anywidget", "ipywidgets", "traitlets")
_HOSTS = ("IPython", "ipykernel")

_live: weakref.WeakSet[Answer] = weakref.WeakSet()
_hooked: weakref.WeakSet[Any] = weakref.WeakSet()


def known(model_id: str) -> Any:
    """Return the widget of an id, which ipywidgets keep; None where it is closed.

    Whoever refers to an answer by its id alone does not keep it under way.
    """
    return registry._instances.get(model_id)  # noqa: SLF001 (of all widgets)


def watch(answer: Answer) -> None:
    """Watch an answer until it is over; only a kernel has cells that run again."""
    shell = host.shell()
    if not host.in_kernel() or not hasattr(shell, "events"):
        return
    _live.add(answer)
    if shell not in _hooked:
        _hooked.add(shell)
        shell.events.register("pre_run_cell", _cell_begins)
        shell.events.register("post_run_cell", _cell_ends)


def _cell_begins(_info: Any) -> None:
    cell = host.cell_id()
    for answer in list(_live):
        answer.unseen_in(cell)


def _cell_ends(_result: Any) -> None:
    """Stop what can neither be seen nor reached now that the cell has bound its names anew."""
    try:
        # One at a time: a list of them would be one more that refers to each.
        for ref in [weakref.ref(answer) for answer in _live]:
            _stop_if_lost(ref)
    except Exception:
        # A hook's exception would be printed below every cell.
        log.exception("answers out of reach could not be looked for")


def _stop_if_lost(ref: weakref.ref[Answer]) -> None:
    if (answer := ref()) is None:
        return
    if answer.status.final:
        _live.discard(answer)
    elif not answer.seen and not _reached(answer):
        log.info("an answer that nobody can see or reach any more is stopped")
        answer.stop()


def _reached(answer: Answer) -> bool:
    """Return whether something refers to an answer that is neither ours nor a host's bookkeeping."""
    outputs = getattr(host.shell(), "user_ns", {}).get("_oh")
    # A plain loop: a comprehension would refer to the answer itself, from its closure.
    for referrer in gc.get_referrers(answer):
        if referrer is registry._instances or referrer is outputs:  # noqa: SLF001 (of all widgets)
            continue
        if _counts(referrer, answer):
            return True
    return False


def _counts(referrer: Any, answer: Answer) -> bool:
    if isinstance(referrer, dict) and "_oh" in referrer:  # IPython's namespaces
        return any(v is answer and not _HISTORY.fullmatch(name) for name, v in referrer.items())
    if isinstance(referrer, MethodType):
        # A callback between the widget and its comm; one of its public methods is somebody's handle.
        module = referrer.__func__.__module__.partition(".")[0]
        return not (referrer.__name__.startswith("_") or module in _WIDGETS)
    # What runs now, and what the last cell returned.
    return not (isinstance(referrer, FrameType) or type(referrer).__module__.startswith(_HOSTS))
