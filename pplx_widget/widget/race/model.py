"""`Race`: the model of one question that is asked in two ways at once."""

from __future__ import annotations

import asyncio
import logging
import time
import weakref
from collections.abc import Generator
from concurrent.futures import Future
from typing import Any, Self

import traitlets

from ...core import words
from ...core.assets import page_code
from ...core.errors import PplxError, unforeseen
from ...core.runtime import runtime
from ...core.state import Status
from .. import host, lifetime, protocol
from ..displays import Content, Displays
from ..documents import arriving
from ..shown import Shown
from . import document
from .lane import Lane, Reading

log = logging.getLogger("pplx_widget")

_EVERY = 0.1  # seconds from one message to the page to the next
_SEEN = 400  # characters of the text that the page shows


class Race(Shown):
    """The same answer waited for whole and streamed; made by `pplx_widget.race`.

    In a notebook two clocks run, and what was measured stays as a document; in plain Python its
    ``repr`` is the table.

    Parameters
    ----------
    question : str
        What is asked.
    """

    question = traitlets.Unicode(read_only=True).tag(sync=True)
    """The question."""

    lanes = traitlets.Dict(read_only=True).tag(sync=True)
    """What the page shows of the two ways."""

    whole: Lane
    """The blocking way: one request, one answer when all of it is there."""

    streamed: Lane
    """The other: read as it comes."""

    def __init__(self, question: str) -> None:
        self._over: Future[None] = Future()
        self._sent, self._due = 0.0, False
        self.set_trait("question", question)
        unseen = host.non_interactive()
        self._language = words.language()
        watched = host.in_kernel() and not unseen
        code = {"_esm": page_code("race.js", self._language)} if watched else {}
        super().__init__(Displays("a race"), unseen=unseen, **code)

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

    # ---- what one does with it -----------------------------------------------------------------------

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
        with words.speaking(self._language):
            return document.report(self.question, self._read())

    # ---- whether it goes on --------------------------------------------------------------------------

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

    # ---- how it is shown -----------------------------------------------------------------------------

    def _repr_mimebundle_(self, **arguments: Any) -> Content:
        if not host.in_kernel():
            return {"text/plain": repr(self)}, {}
        if self._over.done():
            return self._document()
        data, metadata = super()._repr_mimebundle_(**arguments) or ({}, {})
        return data | arriving(self.question), metadata

    def _document(self) -> Content:
        with words.speaking(self._language):
            return dict(document.forms(self.question, self._read())), {}

    def _read(self) -> tuple[Reading, ...]:
        return self.whole.read(), self.streamed.read()

    # ---- what the page is told -----------------------------------------------------------------------

    def _asked(self, content: Any) -> None:
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
        self._displays.settle(self._document)


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
