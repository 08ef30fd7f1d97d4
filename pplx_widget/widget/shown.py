"""The base class of the widgets: shown in outputs of the notebook, written by the kernel alone."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, cast

import anywidget
import traitlets

from . import host
from .displays import Content, Displays
from .protocol import Json

log = logging.getLogger("pplx_widget")


class Shown(anywidget.AnyWidget):
    """A widget that shows itself in outputs; the page sends it requests and writes no trait.

    Parameters
    ----------
    displays : Displays
        The outputs that show it.
    unseen : bool
        Whether no page is told of it.
    **traits
        As for any widget.
    """

    _esm = traitlets.Unicode().tag(sync=True)

    # A subclass has both, or its own `_wait_for_nobody`.
    wait: Callable[..., Any]
    stop: Callable[[], Any]

    def __init__(self, displays: Displays, *, unseen: bool, **traits: Any) -> None:
        self._displays = displays
        self._unseen = unseen
        super().__init__(**traits)
        self.on_msg(self._on_page_message)

    def open(self) -> None:
        """Open the comm, if a page is to know of it: what nobody sees would only grow the file."""
        if not self._unseen:
            super().open()

    # ---- how it is shown -----------------------------------------------------------------------------

    @property
    def seen(self) -> bool:
        """Whether some output shows it."""
        return self._displays.shown

    def unseen_in(self, cell: str | None) -> None:
        """Note that a cell runs again, which empties its output."""
        self._displays.emptied(cell)

    def _ipython_display_(self) -> None:
        """Show it in the running cell: live, and a document as soon as it is over."""
        if not host.in_kernel():
            raise NotImplementedError  # IPython shows the repr then
        if host.non_interactive():
            self._wait_for_nobody()
        self._displays.show(self._output)

    def _output(self) -> Content:
        """Return what a new output shows."""
        return cast("Content", self._repr_mimebundle_())

    def _wait_for_nobody(self) -> None:
        """Wait for the end; if the wait is interrupted, stop, since nothing could reach it any more."""
        try:
            self.wait()
        except BaseException:
            self.stop()
            raise

    # ---- the page ------------------------------------------------------------------------------------

    def set_state(self, sync_data: Json) -> None:
        """Ignore it: nothing is written by the page."""

    def _asked(self, content: Any) -> None:
        """Carry out a request of the page; other content is ignored."""

    def _on_page_message(self, _widget: Any, content: Any, _buffers: Any) -> None:
        """Read a message of the page. It comes on any thread, and what it raises is seen by nobody."""
        try:
            self._asked(content)
        except Exception:
            log.exception("a message of the page could not be handled")

    @traitlets.observe("comm")
    def _on_comm(self, change: Any) -> None:
        if change["new"] is not None:
            host.answer_where_asked(change["new"])
