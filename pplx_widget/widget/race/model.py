"""`Race`: the model of one question that is asked in two ways at once."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
import weakref
from collections.abc import Generator
from concurrent.futures import Future
from typing import Any, Self

import anywidget
import traitlets

from ...core.assets import asset
from ...core.errors import PplxError, unforeseen
from ...core.runtime import runtime
from ...core.state import Status
from .. import host, lifetime, protocol
from ..displays import Displays, arriving
from . import document
from .lane import Lane, Reading

log = logging.getLogger("pplx_widget")

_EVERY = 0.1  # seconds from one message to the page to the next
_SEEN = 400  # characters of the text that the page shows


class Race(anywidget.AnyWidget):
    """The same answer waited for whole and streamed; made by `pplx_widget.race`.

    In a notebook two clocks run, and what was measured stays as a document; in plain Python its
    ``repr`` is the table.

    Parameters
    ----------
    question : str
        What is asked.
    """

    _esm = traitlets.Unicode().tag(sync=True)

    question = traitlets.Unicode(read_only=True).tag(sync=True)
    """The question."""

    lanes = traitlets.Dict(read_only=True).tag(sync=True)
    """What the page shows of the two ways."""

    whole: Lane
    """The blocking way: one request, one answer when all of it is there."""

    streamed: Lane
    """The other: read as it comes."""

    def __init__(self, question: str) -> None:
        self._displays = Displays()
        self._showing = threading.RLock()
        self._over: Future[None] = Future()
        self._sent, self._due = 0.0, False
        self._unattended = host.unattended()
        self.set_trait("question", question)
        page = host.in_kernel() and not self._unattended
        super().__init__(**({"_esm": asset("race.js")} if page else {}))
        self.on_msg(self._on_page_message)

    def start(self, whole: Lane, streamed: Lane, *, apart: float) -> None:
        """Let the two go, the second one so many seconds after the first."""
        self.whole, self.streamed = whole, streamed
        lifetime.watch(self)
        try:
            runtime().begin(lambda: _run(whole, streamed, apart))
        except PplxError as error:  # no thread can be had
            whole.fail(error)
            streamed.fail(error)
        except BaseException:  # an interrupt: no caller gets it, and it costs money
            self.stop()
            raise
        self._tell()

    # ---- what one does with it ----------------------------------------------------------------------

    @property
    def status(self) -> Status:
        """``streaming`` while one of the two goes on, then ``complete``, ``stopped`` or ``failed``.

        It is ``failed`` where both have; look at the lanes for each.
        """
        ends = {self.whole.status, self.streamed.status}
        if not all(end.final for end in ends):
            return Status.STREAMING
        return next(iter(ends)) if len(ends) == 1 else Status.COMPLETE

    def wait(self, timeout: float | None = None) -> Self:
        """Wait until both are over, however they end.

        Raises
        ------
        TimeoutError
            They were not over after ``timeout`` seconds. They go on.
        """
        try:
            self._over.result(timeout)
        except TimeoutError:
            raise TimeoutError(f"The race was not over after {timeout:g} s.") from None
        return self

    def __await__(self) -> Generator[Any, None, Self]:
        yield from asyncio.shield(asyncio.wrap_future(self._over)).__await__()
        return self

    def stop(self) -> None:
        """Stop both, and close their connections."""
        self.whole.stop()
        self.streamed.stop()

    def close(self) -> None:
        """Take it out of the page; what is under way is stopped, since it costs money."""
        if hasattr(self, "streamed"):
            self.stop()
        super().close()

    def __repr__(self) -> str:
        return document.report(self.question, self._read())

    # ---- how it is shown ----------------------------------------------------------------------------

    @property
    def seen(self) -> bool:
        """Whether some output shows it."""
        return self._displays.shown

    def unseen_in(self, cell: str | None) -> None:
        """Note that a cell runs again, which empties its output."""
        if cell is not None:
            self._displays.cells.discard(cell)

    session = None
    """A run of its own; it has two, which no question waits for."""

    needs = ()
    """The runs that it waits for."""

    def abandon(self) -> None:
        """Stop both, since nothing shows it and nothing refers to it."""
        self.whole.stop(lifetime.LOST)
        self.streamed.stop(lifetime.LOST)

    def holders(self) -> tuple[Any, ...]:
        """Return the objects by which its own parts refer to it."""
        return self.whole.changed, self.streamed.changed

    def _ipython_display_(self) -> None:
        """Show it in the running cell: live, and a document as soon as it is over."""
        if not host.in_kernel():
            raise NotImplementedError  # IPython shows the repr then
        if self._unattended:
            try:
                self.wait()
            except BaseException:
                self.stop()
                raise
        with self._showing:
            self._displays.add(*self._repr_mimebundle_())

    def _repr_mimebundle_(self, **arguments: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        if not host.in_kernel():
            return {"text/plain": repr(self)}, {}
        if self._over.done():
            return self._document(), {}
        data, metadata = super()._repr_mimebundle_(**arguments) or ({}, {})
        return data | arriving(self.question), metadata

    def _document(self) -> dict[str, Any]:
        return dict(document.forms(self.question, self._read()))

    def _read(self) -> tuple[Reading, ...]:
        return self.whole.read(), self.streamed.read()

    # ---- what the page is told ----------------------------------------------------------------------

    def open(self) -> None:
        """Open the comm, if a page is to know of it."""
        if not self._unattended:
            super().open()

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Ignore it: nothing of a race is written by the page."""

    @traitlets.observe("comm")
    def _on_comm(self, change: Any) -> None:
        if change["new"] is not None:
            host.answer_where_asked(change["new"])

    def _on_page_message(self, _widget: Any, content: Any, _buffers: Any) -> None:
        if content == {"type": "stop"}:
            self.stop()

    def on_change(self) -> None:
        """Tell the page now and then, and see the end."""
        if not hasattr(self, "streamed"):
            return
        if self.status.final:
            self._end()
        elif runtime().here() and not self._due:
            self._due = True
            pause = max(0.0, self._sent + _EVERY - time.monotonic())
            # Weakly, or the timer would count as a reference that keeps the race under way.
            asyncio.get_running_loop().call_later(pause, _tell_later, weakref.ref(self))

    def _tell(self) -> None:
        self._due, self._sent = False, time.monotonic()
        try:
            self.set_trait("lanes", {lane.way: _shown(lane) for lane in self._read()})
        except Exception:
            log.debug("a race could not be shown", exc_info=True)

    def _end(self) -> None:
        if self._over.done():
            return
        self._tell()
        self._over.set_result(None)
        try:
            with self._showing:
                if self._displays:
                    self._displays.replace(self._document(), {})
        except Exception:
            log.exception("a race could not be settled")


def _tell_later(ref: weakref.ref[Race]) -> None:
    if (race := ref()) is not None:
        race._tell()  # noqa: SLF001


async def _run(whole: Lane, streamed: Lane, apart: float) -> None:
    try:
        # Imports and a client, made once, would count as the first one's waiting.
        await whole.prepare()
        whole.start()
        if apart:
            await asyncio.sleep(apart)
        streamed.start()
    except Exception as error:  # noqa: BLE001 (or a waiter would wait for ever)
        failure = error if isinstance(error, PplxError) else unforeseen(error)
        whole.fail(failure)
        streamed.fail(failure)


def _shown(lane: Reading) -> dict[str, Any]:
    """Return what the page gets of a lane."""
    return {
        "status": lane.status.value,
        "elapsed": protocol.seconds(lane.elapsed),
        "first_token": protocol.seconds(lane.first_token),
        "bytes": lane.bytes,
        "text": lane.text[-_SEEN:],
        "error": lane.error.what if lane.error else None,
    }
