"""`Table`: the live view of many answers. The page hears of the rows in sight only."""

from __future__ import annotations

import asyncio
import functools
import logging
import threading
import time
import uuid
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import traitlets

from ...core import errors, words
from ...core.assets import page_code
from ...core.runtime import runtime
from ...core.state import Status
from ...document.wording import money
from .. import host, lifetime, protocol
from ..displays import Content, Displays
from ..documents import Keys, arriving
from ..shown import Shown
from ..traits import Derived
from . import document
from .rows import UNDONE, Rows
from .window import Query, Window

if TYPE_CHECKING:
    from ..answer import Answer

log = logging.getLogger("pplx_widget")

_EVERY = 0.15  # seconds between two messages to the page
_FIRST = 30  # rows in the opening message, before a page has asked
_MOST_VIEWS = 8
_SILENT = 30.0  # seconds after which a view counts as closed, if another one was heard later


class Table(Shown):
    """A table of many answers, live in the output of a cell.

    Parameters
    ----------
    rows : Rows
        The rows.
    name : str
        How a cell reaches an answer: ``batch[{n}]``.
    """

    start = Derived[protocol.Json](lambda table: table._opening(), lambda value: value)  # noqa: SLF001
    """The message of a view at the top, for a page that has asked nothing yet."""

    rows = traitlets.Int(read_only=True).tag(sync=True)
    """The number of rows."""

    name = traitlets.Unicode(read_only=True).tag(sync=True)
    """How a cell reaches an answer."""

    settled = traitlets.Unicode(read_only=True).tag(sync=True)
    """The key of the document in the notebook; empty until the end."""

    widget_id = traitlets.Unicode(read_only=True).tag(sync=True)
    """The table's own model id, which hosts do not pass to a widget's JavaScript."""

    stop_waits = traitlets.Bool(read_only=True).tag(sync=True)
    """Whether the buttons take effect only after the running cell; see `host.stop_waits`."""

    def __init__(self, rows: Rows, name: str) -> None:
        self._rows = rows
        self._lock = threading.RLock()
        self._windows: dict[str, Window] = {}
        self._open: dict[tuple[str, int], Answer] = {}
        self._keys = Keys()
        self._made: Content | None = None
        self._due = False
        self._sent = 0.0
        self._language = words.language()
        self.set_trait("rows", len(rows))
        self.set_trait("name", name)
        self.set_trait("widget_id", uuid.uuid4().hex)
        self.set_trait("stop_waits", host.stop_waits())
        super().__init__(Displays("a batch"), unseen=True, model_id=self.widget_id)
        rows.watch(functools.partial(_changed, weakref.ref(self)))
        lifetime.watch(self)

    def _code(self) -> dict[str, str]:
        return {"_esm": page_code("batch.js", self._language)}

    # ---- lifetime: a table runs nothing itself -------------------------------------------------------

    status = Status.COMPLETE
    """Always final, since the rows belong to others."""

    session = None
    """None: a table has no run."""

    needs = ()
    """The runs that a table needs: none."""

    def wait(self) -> None:
        """Wait until all rows are over."""
        self._rows.wait()

    def stop(self) -> None:
        """Stop all rows."""
        self._rows.do("stop")

    def abandon(self) -> None:
        """Do nothing, since a table runs nothing."""

    def holders(self) -> tuple[Any, ...]:
        """Return the objects of this package that refer to the table: none."""
        return ()

    # ---- display -------------------------------------------------------------------------------------

    @property
    def answers(self) -> Callable[[int], Answer]:
        """The function that returns the answer of a row."""
        return self._rows.answer

    @property
    def over(self) -> bool:
        """Whether no row will change by itself any more."""
        rows = self._rows
        return rows.status in ("stopped", "complete") and not any(map(rows.counts.get, UNDONE))

    def _repr_mimebundle_(self, **arguments: Any) -> Content:
        if host.in_kernel() and self.over:
            if not host.non_interactive():
                self._appear()  # the page makes the document interactive
            return self._document()
        data, metadata = super()._repr_mimebundle_(**arguments)
        if not host.in_kernel():
            return data, metadata
        with words.speaking(self._language):
            title = document.counted(len(self._rows), "batch.title")
        return data | arriving(title, self.widget_id), metadata

    def _document(self) -> Content:
        """Return the document of the rows, which are over."""
        with self._displays.lock:
            if self._made is None:
                with words.speaking(self._language):
                    forms = document.forms(self._rows)
                key = self._keys.of(forms.html())
                self._made = forms.bundle(key), forms.metadata
                self.set_trait("settled", key)
            return self._made

    def _settle(self) -> None:
        self._displays.settle(lambda: self._document() if self.over else None)

    async def _settle_beside(self) -> None:
        """Settle in another thread, because many rows would block the event loop of all answers."""
        try:
            await asyncio.to_thread(self._settle)
        except Exception:  # noqa: BLE001 (no further thread can start, as in JupyterLite)
            self._settle()

    # ---- messages to the page ------------------------------------------------------------------------

    def on_change(self, row: int) -> None:
        """Note a change of a row, or of the whole (-1); on the background thread."""
        if row < 0:
            self._turned()
        for window in [*self._windows.values()]:
            window.touch(row)
        self._soon()

    def _turned(self) -> None:
        if not self.over:
            self._made = None
        elif self._made is None and self._displays.used and host.in_kernel():
            try:
                runtime().begin(self._settle_beside)
            except errors.PplxError:  # the background thread cannot start
                self._settle()

    def _soon(self) -> None:
        if self._due or not self._windows or not host.has_page(self.comm):
            return
        self._due = True
        if runtime().here():
            self._later()
        elif not runtime().call(self._later):
            self._due = False

    def _later(self) -> None:
        pause = max(0.0, self._sent + _EVERY - time.monotonic())
        asyncio.get_running_loop().call_later(pause, _tick, weakref.ref(self))

    def tick(self) -> None:
        """Send each view its news."""
        self._due = False
        # A search takes a while, in another thread; the event loop does not wait for it.
        if not self._lock.acquire(blocking=False):
            self._sent = time.monotonic()
            self._soon()
            return
        try:
            now = self._sent = time.monotonic()
            for window in self._windows.values():
                if message := window.message(now, self._totals):
                    self._say(message)
            waits = any(window.waits for window in self._windows.values())
        finally:
            self._lock.release()
        if waits:
            self._soon()

    def _say(self, message: protocol.Json) -> None:
        if host.has_page(self.comm):
            try:
                if not (host.takes_unparented() and host.unparented(self.comm, message)):
                    self.send(message)
            except Exception:
                log.debug("a message of a table could not be sent", exc_info=True)

    def _opening(self) -> protocol.Json:
        with self._lock:
            window = self._windows[""] = Window(self._rows)
            now = window.heard = time.monotonic()
            window.look(0, _FIRST, Query(), now)
            return window.message(now, self._totals, asked=True) or {}

    def _totals(self) -> protocol.Json:
        rows = self._rows
        with words.speaking(self._language):
            projected = rows.projected
            return {
                "status": str(rows.status),
                "counts": {state: n for state, n in rows.counts.items() if n},
                "rate": round(rows.rate, 1),
                "left": None if rows.left is None else round(rows.left),
                "spent": money(rows.spent, "USD") if rows.spent else None,
                "projected": money(projected, "USD") if projected else None,
                "can": [*rows.can()],
            }

    # ---- requests of the page ------------------------------------------------------------------------

    def _asked(self, content: Any) -> None:
        match content:
            case {"type": "view", "view": str(view), "from": int(from_), "to": int(to)}:
                self._look(view, from_, to, content)
            case {"type": "closed", "view": str(view)}:
                with self._lock:
                    self._windows.pop(view, None)
                    self._open = {at: one for at, one in self._open.items() if at[0] != view}
            case {"type": "pause" | "resume" | "stop" | "retry" as action}:
                if action in self._rows.can():
                    self._rows.do(action)
                self.on_change(-1)
            case {"type": "open", "view": str(view), "row": int(row)} if 0 <= row < len(self._rows):
                self._show(view, row)
            case {"type": "close", "view": str(view), "row": int(row)}:
                self._open.pop((view, row), None)
            case {"type": "settle"} if self.over:
                data, metadata = self._document()
                self.send({"type": "settled", "data": data, "metadata": metadata})
            case {"type": "echo"}:
                host.echoed()
            case _:
                super()._asked(content)

    def _look(self, view: str, from_: int, to: int, content: protocol.Json) -> None:
        self.set_trait("stop_waits", host.stop_waits())
        with self._lock:
            self._windows.pop("", None)  # a page is there, and has said what it shows
            now = time.monotonic()
            window = self._windows.pop(view, None) or Window(self._rows, view)
            self._windows[view] = window  # the newest is the last
            window.heard = now
            if content.get("missed") and content.get("seq") != window.seq:
                host.echoed(confirmed=False)
                window.forget()
            with words.speaking(self._language):
                window.look(from_, to, Query.of(content), now)
                message = window.message(now, self._totals, asked=True)
            self._prune(now)
            # As the reply to a request it passes in every host.
            self.send(message)
        if not host.takes_unparented():
            host.unparented(self.comm, {"type": "echo"})

    def _prune(self, now: float) -> None:
        """Forget views that were closed without a word, as with their page."""
        silent = [name for name, window in self._windows.items() if now - window.heard > _SILENT]
        for name in {*silent, *[*self._windows][:-_MOST_VIEWS]}:
            del self._windows[name]

    def _show(self, view: str, row: int) -> None:
        """Give the page the answer of a row, which is kept until the page closes it."""
        try:
            answer = self._open[view, row] = self._rows.answer(row)
            told = {"type": "opened", "row": row, "view": view, "model": answer.model_id}
        except Exception as error:  # noqa: BLE001 (the page has to be told in any case)
            known = error if isinstance(error, errors.PplxError) else errors.unforeseen(error)
            told = {"type": "refused", "row": row, "view": view, "why": known.what}
        self.send(told)


def _changed(ref: weakref.ref[Table], row: int) -> None:
    if (table := ref()) is not None:
        table.on_change(row)


def _tick(ref: weakref.ref[Table]) -> None:
    if (table := ref()) is not None:
        table.tick()
