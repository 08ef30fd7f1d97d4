"""The outputs of the notebook that show a widget: a live view at first, a document at the end.

Each output has its own display id, through which it is replaced later, from any thread and while other
cells run. A reloaded page no longer knows the ids, so the page itself replaces the output then
(``js/src/document/``).
"""

from __future__ import annotations

import logging
import os
import threading
import time
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
"""The content of an output: data by MIME type, and metadata."""


@dataclass(slots=True)
class _Place:
    """An output and its publisher, since ``%%capture`` replaces the publisher while its cell runs."""

    publisher: Any
    display_id: str
    data: Bundle
    metadata: Bundle
    replaced: bool = False

    def publish(self) -> None:
        self.publisher.publish(
            data=self.data,
            metadata=self.metadata,
            transient={"display_id": self.display_id},
            update=self.replaced,
        )


class Displays:
    """The outputs that show one widget, or several widgets in the same outputs.

    Parameters
    ----------
    of : str
        The name of the content in log messages: "an answer".
    """

    def __init__(self, of: str) -> None:
        self.lock: AbstractContextManager[Any] = threading.RLock()
        """Guards the outputs. Take it before a session's lock, never while holding one."""
        self._of = of
        self._places: list[_Place] = []
        # The ids of the cells whose outputs show it; None for a cell without an id.
        self._cells: set[str | None] = set()
        self._captured: list[ipywidgets.Output] = []
        self._repeated = False  # whether the newest replacement was published twice
        self._missed = False  # whether a page said that nothing shows it, and none has denied it
        self.unseen_since: float | None = None
        """When a page said so and no other one denied it, by ``time.monotonic``."""
        _displays.add(self)

    def show(self, content: Callable[[], Content]) -> None:
        """Show what ``content()`` returns in the output of the running cell."""
        with self.lock:  # otherwise the end could come in between
            self._missed, self.unseen_since = False, None
            data, metadata = content()
            place = _Place(host.shell().display_pub, uuid.uuid4().hex, data, metadata)
            self._places.append(place)
            if (output := _capturing()) is not None:
                self._captured.append(output)
            else:
                self._cells.add(host.cell_id())
            place.publish()

    @property
    def used(self) -> bool:
        """Whether it was ever shown in an output."""
        return bool(self._places)

    @property
    def shown(self) -> bool:
        """Whether an output shows it: of a cell that did not run again, or of an open Output widget."""
        return bool(self._cells) or any(output.comm is not None for output in self._captured)

    def emptied(self, cell: str | None) -> None:
        """Note that a cell runs again, which clears its output."""
        if cell is not None:
            self._cells.discard(cell)

    def is_missed(self) -> bool:
        """Note that a page shows it nowhere; return whether a page said so before."""
        before, self._missed = self._missed, True
        return before

    def found(self) -> None:
        """Note that a page shows it, for example after an undo."""
        with self.lock:
            self._missed = False
            if self.unseen_since is not None:
                self.unseen_since = None
                self._cells.add(None)

    def vanish(self) -> bool:
        """Count it as not shown, unless a page has said that it shows it; return whether it counts."""
        with self.lock:
            if self._missed and self.unseen_since is None:
                self.unseen_since = time.monotonic()
                self._cells.clear()
            return self._missed

    def settle(self, content: Callable[[], Content | None]) -> None:
        """Replace every live view by the result of ``content()``, unless that is None.

        ``content`` is not called if there is no output. Works from any thread; a failure is logged.
        """
        try:
            with self.lock:
                if self._places and (shown := content()):
                    self._replace(*shown)
        except Exception:
            log.exception("%s could not be settled", self._of)

    def _replace(self, data: Bundle, metadata: Bundle) -> None:
        """Show the content in every output that does not show it already."""
        for place in self._places:
            if place.data is not data:
                place.data, place.metadata, place.replaced = data, metadata, True
                place.publish()
                self._repeated = False

    def again(self) -> None:
        """Replace the outputs once more, since a page still shows a live view after the end.

        A host may drop what a thread sends. As the reply to the page's message it may pass; if the
        page says so again, the next cell does it, because every host shows what a cell sends.
        """
        if not self._repeated:
            self._repeated = True
            self._publish_again()
        elif (events := getattr(host.shell(), "events", None)) is not None:

            def at_end(_result: Any) -> None:
                events.unregister("post_run_cell", at_end)
                self._publish_again()

            events.register("post_run_cell", at_end)

    def _publish_again(self) -> None:
        with self.lock:
            for place in self._places:
                if place.replaced:
                    place.publish()


def _capturing() -> ipywidgets.Output | None:
    """Return the Output widget that captures the displays of the running cell (``with output:``)."""
    request = host.request_id()
    outputs = [w for w in lifetime.widgets() if isinstance(w, ipywidgets.Output)]
    return next((o for o in reversed(outputs) if request and o.msg_id == request), None)


# All of them, because a thread may hold any of their locks at a fork.
_displays: weakref.WeakSet[Displays] = weakref.WeakSet()


def _after_fork() -> None:
    for displays in list(_displays):
        displays.lock = threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
