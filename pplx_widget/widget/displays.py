"""The outputs of the notebook that show a widget: live at first, a document at the end.

Each display has a display id of its own, by which its output is replaced later, from any thread and
while other cells run. A page that was reloaded has forgotten the ids; there the page itself replaces
the output (``js/src/document/``).
"""

from __future__ import annotations

import logging
import os
import threading
import uuid
import weakref
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import ipywidgets

from . import host, lifetime

log = logging.getLogger("pplx_widget")

Bundle = dict[str, Any]
Content = tuple[Bundle, Bundle]
"""What an output shows: data by MIME type, and metadata."""


@dataclass(slots=True)
class _Place:
    """An output. Its publisher is kept: `%%capture` puts another in place while its cell runs."""

    publisher: Any
    display_id: str
    data: Bundle

    def publish(self, metadata: Bundle, *, update: bool) -> None:
        self.publisher.publish(
            data=self.data,
            metadata=metadata,
            transient={"display_id": self.display_id},
            update=update,
        )


class Displays:
    """The outputs that show one widget, or several widgets in the same outputs.

    Parameters
    ----------
    of : str
        Names what they show in log messages: "an answer".
    """

    def __init__(self, of: str) -> None:
        self.lock: AbstractContextManager[Any] = threading.RLock()
        """Held for what is shown; whoever holds it may take a session's lock, and not the other way."""
        self._of = of
        self._places: list[_Place] = []
        # The cells whose output shows it; None for one that has no name.
        self._cells: set[str | None] = set()
        self._captured: list[ipywidgets.Output] = []
        _displays.add(self)

    def show(self, content: Callable[[], Content]) -> None:
        """Show what ``content()`` returns in the output of the running cell."""
        with self.lock:  # or the end could come in between
            data, metadata = content()
            place = _Place(host.shell().display_pub, uuid.uuid4().hex, data)
            self._places.append(place)
            if (output := _capturing()) is not None:
                self._captured.append(output)
            else:
                self._cells.add(host.cell_id())
            place.publish(metadata, update=False)

    @property
    def shown(self) -> bool:
        """Whether an output shows it: a cell's that did not run again, or a widget's that is open."""
        return bool(self._cells) or any(output.comm is not None for output in self._captured)

    def emptied(self, cell: str | None) -> None:
        """Note that a cell runs again, which empties its output."""
        if cell is not None:
            self._cells.discard(cell)

    def settle(self, content: Callable[[], Content | None]) -> None:
        """Replace every live view by what ``content()`` returns, unless that is None.

        ``content`` is not called if there is no output. Works from any thread; a failure is logged.
        """
        try:
            with self.lock:
                if self._places and (shown := content()):
                    self._replace(*shown)
        except Exception:
            log.exception("%s could not be settled", self._of)

    def _replace(self, data: Bundle, metadata: Bundle) -> None:
        """Show something in every output that does not show it already."""
        for place in self._places:
            if place.data is not data:
                place.data = data
                place.publish(metadata, update=True)


def _capturing() -> ipywidgets.Output | None:
    """Return the widget that takes what the running cell displays: `with output:`."""
    request = host.request_id()
    outputs = [w for w in lifetime.widgets() if isinstance(w, ipywidgets.Output)]
    return next((o for o in reversed(outputs) if request and o.msg_id == request), None)


# All that there are: any of their locks may be held at a fork.
_displays: weakref.WeakSet[Displays] = weakref.WeakSet()


def _after_fork() -> None:
    for displays in list(_displays):
        displays.lock = threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
