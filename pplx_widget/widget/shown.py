"""The base class of the widgets: they are shown in outputs, and only the kernel writes their traits."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import anywidget
import ipywidgets
import traitlets

from ..core import errors
from . import host, lifetime
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
        Whether the widget stays unknown to the page until it is displayed. Outside of a kernel it
        always does, because ipywidgets keeps each widget that is known to a page for ever.
    **traits
        As for any widget.
    """

    _esm = traitlets.Unicode().tag(sync=True)

    # The layout that was made with the comm. A layout given by the user may have other widgets.
    _layout: ipywidgets.Layout | None = None

    # A subclass defines both, or overrides `_wait_for_the_end`.
    wait: Callable[..., Any]
    stop: Callable[[], Any]

    def __init__(self, displays: Displays, *, unseen: bool, **traits: Any) -> None:
        self._displays = displays
        self._unseen = unseen or not host.has_front_end()
        super().__init__(**traits)
        self.on_msg(self._on_page_message)

    def open(self) -> None:
        """Open the comm, unless the widget is unseen: its state would only enlarge the file."""
        if not self._unseen:
            given = self.trait_has_value("layout")
            if given and self.layout.comm is None:  # closed by `release`
                self.layout.open()
                given = False
            super().open()
            if not given:
                self._layout = self.layout

    @property
    def model_id(self) -> str:
        """The id of this widget for other widgets and the page.

        Raises
        ------
        InvalidRequest
            The widget was closed.
        """
        self._appear()
        if self.comm is None:
            raise errors.InvalidRequest(
                f"This {type(self).__name__.lower()} was closed.",
                "A closed widget has no view.",
                "For an answer, use its text, or `answer.to_html()`.",
            )
        return str(super().model_id)

    def _appear(self) -> None:
        """Open the comm of an unseen widget."""
        if self._unseen:
            self._unseen = False
            self._load_code()
            self.open()

    def _code(self) -> dict[str, str]:
        """Return the traits that load the widget's code on a page."""
        raise NotImplementedError

    def _load_code(self) -> None:
        """Set these traits, if a page will show the widget and they are not set yet."""
        if not self._esm and not host.non_interactive():
            for name, value in self._code().items():
                self.set_trait(name, value)

    def close(self) -> None:
        """Remove the widget from the page."""
        super().close()
        self._unseen = False  # for good: it does not open again
        # ipywidgets hides this method, but a finished answer can still be shown as a document.
        self.__dict__.pop("_repr_mimebundle_", None)
        if (layout := self._layout) is not None:
            self._layout = None
            layout.close()

    def release(self) -> None:
        """Remove the widget from the page, until it is displayed again; free its memory there."""
        Shown.close(self)
        self._unseen = True

    # ---- display -------------------------------------------------------------------------------------

    @property
    def on_page(self) -> bool:
        """Whether the page knows the widget, so that ipywidgets keeps it."""
        return self.comm is not None

    @property
    def unseen_since(self) -> float | None:
        """When a page said that no output shows the widget; None otherwise."""
        return self._reported.unseen_since

    @property
    def seen(self) -> bool:
        """Whether an output shows the widget."""
        return self._displays.shown or self._reported.shown

    def unseen_in(self, cell: str | None) -> None:
        """Note that a cell runs again, which clears its output."""
        self._displays.emptied(cell)

    def _repr_mimebundle_(self, **arguments: Any) -> Content:
        """Return the live view; outside of a kernel and for a closed widget, its repr."""
        page = host.has_page(self.comm) or (self._unseen and host.has_front_end())
        if page and host.exports():
            self._wait_for_the_end()
            self.send_state()  # the file keeps states and no patches
        if not page:
            return {"text/plain": repr(self)}, {}
        return super()._repr_mimebundle_(**arguments) or ({}, {})

    def _ipython_display_(self) -> None:
        """Display the widget in the running cell: a live view, or a document after the end."""
        if not host.in_kernel():
            raise NotImplementedError  # IPython then shows the repr
        if host.non_interactive():
            self._wait_for_the_end()
        self._displays.show(self._output)

    def _output(self) -> Content:
        """Return the content of a new output."""
        return self._repr_mimebundle_()

    def _wait_for_the_end(self) -> None:
        """Wait for the end in a non-interactive run; if interrupted, stop the unreachable widget."""
        try:
            self.wait()
        except BaseException:
            self.stop()
            raise

    # ---- the page ------------------------------------------------------------------------------------

    def set_state(self, sync_data: Json) -> None:
        """Ignore the state from the page, which must not write traits."""

    @property
    def _reported(self) -> Displays:
        """The outputs in which a page sees it: its own, or those of a widget that shows it."""
        return self._displays

    def _asked(self, content: Any) -> None:
        """Carry out a request of the page; ignore other content."""
        match content:
            case {"type": "hidden"}:
                if self._reported.is_missed():
                    lifetime.unseen(self._reported)
                else:  # another page may show it
                    self.send({"type": "shown"})
            case {"type": "shown"}:
                self._reported.found()
            case _:
                pass

    def _on_page_message(self, _widget: Any, content: Any, _buffers: Any) -> None:
        """Handle a message of the page, on any thread; log errors, which would not be shown."""
        try:
            host.heard()
            self._asked(content)
        except Exception:
            log.exception("a message of the page could not be handled")

    @traitlets.observe("comm")
    def _on_comm(self, change: Any) -> None:
        if host.has_page(change["new"]):
            host.answer_where_asked(change["new"])
            if self._unseen:  # opened by the server of an application (Shiny), not by `_appear`
                self._unseen = False
                self._load_code()
