"""The base class of the widgets: they are shown in outputs, and only the kernel writes their traits."""

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
    """A widget that displays itself in outputs; the page sends requests and does not write traits.

    Parameters
    ----------
    displays : Displays
        The outputs that show the widget.
    unseen : bool
        Whether the widget stays unknown to the page.
    **traits
        As for any widget.
    """

    _esm = traitlets.Unicode().tag(sync=True)

    # A subclass defines both, or overrides `_wait_for_nobody`.
    wait: Callable[..., Any]
    stop: Callable[[], Any]

    def __init__(self, displays: Displays, *, unseen: bool, **traits: Any) -> None:
        self._displays = displays
        self._unseen = unseen
        super().__init__(**traits)
        self.on_msg(self._on_page_message)

    def open(self) -> None:
        """Open the comm, unless the widget is unseen: its state would only enlarge the file."""
        if not self._unseen:
            super().open()

    # ---- display -------------------------------------------------------------------------------------

    @property
    def seen(self) -> bool:
        """Whether an output shows the widget."""
        return self._displays.shown

    def unseen_in(self, cell: str | None) -> None:
        """Note that a cell runs again, which clears its output."""
        self._displays.emptied(cell)

    def _ipython_display_(self) -> None:
        """Display the widget in the running cell: a live view, or a document after the end."""
        if not host.in_kernel():
            raise NotImplementedError  # IPython then shows the repr
        if host.non_interactive():
            self._wait_for_nobody()
        self._displays.show(self._output)

    def _output(self) -> Content:
        """Return the content of a new output."""
        return cast("Content", self._repr_mimebundle_())

    def _wait_for_nobody(self) -> None:
        """Wait for the end in a non-interactive run; if interrupted, stop the unreachable widget."""
        try:
            self.wait()
        except BaseException:
            self.stop()
            raise

    # ---- the page ------------------------------------------------------------------------------------

    def set_state(self, sync_data: Json) -> None:
        """Ignore the state from the page, which must not write traits."""

    def _asked(self, content: Any) -> None:
        """Carry out a request of the page; ignore other content."""

    def _on_page_message(self, _widget: Any, content: Any, _buffers: Any) -> None:
        """Handle a message of the page, on any thread; log errors, which would not be shown."""
        try:
            self._asked(content)
        except Exception:
            log.exception("a message of the page could not be handled")

    @traitlets.observe("comm")
    def _on_comm(self, change: Any) -> None:
        if change["new"] is not None:
            host.answer_where_asked(change["new"])
