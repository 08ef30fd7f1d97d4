"""`Race`: the model of one question asked in two ways at once."""

from __future__ import annotations

import asyncio
import logging
import time
import weakref
from collections.abc import Generator
from concurrent.futures import Future
from typing import Any, Self

import traitlets

from ...core import waiting, words
from ...core.assets import page_code
from ...core.errors import PplxError, unforeseen
from ...core.runtime import runtime
from ...core.state import Status
from .. import host, lifetime, protocol
from ..displays import Content, Displays
from ..documents import arriving
from ..shown import Shown
from . import document
from .lane import Lane, Reading, newest

log = logging.getLogger("pplx_widget")

_EVERY = 0.1  # seconds between two messages to the page


class Race(Shown):
    """A blocking request and a stream of the same question; returned by `pplx_widget.race`.

    A notebook shows two running clocks, and at the end a document with the measurements. In plain
    Python, the ``repr`` is a table.

    Parameters
    ----------
    question : str
        The question.
    """

    question = traitlets.Unicode(read_only=True).tag(sync=True)
    """The question."""

    lanes = traitlets.Dict(read_only=True).tag(sync=True)
    """The data of both lanes for the page."""

    whole: Lane
    """The blocking lane: one request that returns the complete answer."""

    streamed: Lane
    """The streaming lane, read as the answer arrives."""

    def __init__(self, question: str) -> None:
        self._over: Future[None] = Future()
        self._sent, self._due = 0.0, False
        self.set_trait("question", question)
        unseen = host.non_interactive()
        self._language = words.language()
        watched = host.has_front_end() and not unseen
        super().__init__(Displays("a race"), unseen=unseen, **(self._code() if watched else {}))

    def _code(self) -> dict[str, str]:
        return {"_esm": page_code("race.js", self._language)}

    def start(self, whole: Lane, streamed: Lane, *, apart: float) -> None:
        """Start both lanes, the second one ``apart`` seconds after the first."""
        self.whole, self.streamed = whole, streamed
        lifetime.watch(self)
        try:
            runtime().begin(lambda: _run(whole, streamed, apart))
        except PplxError as error:  # no thread can start
            whole.fail(error)
            streamed.fail(error)
        except BaseException:  # an interrupt: the caller does not get the race, which costs money
            self.stop()
            raise
        self._tell()

    # ---- methods for users ---------------------------------------------------------------------------

    @property
    def status(self) -> Status:
        """``streaming`` while a lane is in progress, then the final status of both lanes.

        If they ended differently, it is ``complete``; see the status of each lane.
        """
        ends = {self.whole.status, self.streamed.status}
        if not all(end.final for end in ends):
            return Status.STREAMING
        return next(iter(ends)) if len(ends) == 1 else Status.COMPLETE

    def wait(self, timeout: float | None = None) -> Self:
        """Wait until both lanes are over, with any final status.

        Raises
        ------
        TimeoutError
            The lanes were not over after ``timeout`` seconds. They go on.
        """
        try:
            waiting.wait(self._over, timeout, instead="`await race`")
        except TimeoutError:
            raise waiting.too_long("race", timeout) from None
        return self

    def __await__(self) -> Generator[Any, None, Self]:
        yield from asyncio.shield(asyncio.wrap_future(self._over)).__await__()
        return self

    def stop(self) -> None:
        """Stop both lanes and close their connections."""
        self.whole.stop()
        self.streamed.stop()

    def close(self) -> None:
        """Remove the race from the page; stop lanes in progress, since they cost money."""
        if hasattr(self, "streamed"):
            self.stop()
        super().close()

    def __repr__(self) -> str:
        with words.speaking(self._language):
            return document.report(self.question, self._read())

    # ---- lifetime ------------------------------------------------------------------------------------

    session = None
    """Always None: a race has two runs, for which no other question waits."""

    needs = ()
    """The other runs that a race needs: none."""

    def abandon(self) -> None:
        """Stop both lanes, since no output shows the race and nothing refers to it."""
        self.whole.stop(lifetime.LOST)
        self.streamed.stop(lifetime.LOST)

    def holders(self) -> tuple[Any, ...]:
        """Return the objects of this package that refer to the race."""
        return self.whole.changed, self.streamed.changed

    # ---- display -------------------------------------------------------------------------------------

    def _repr_mimebundle_(self, **arguments: Any) -> Content:
        if not host.in_kernel():
            return super()._repr_mimebundle_(**arguments)
        if self._over.done():
            return self._document()
        data, metadata = super()._repr_mimebundle_(**arguments)
        return data | arriving(self.question), metadata

    def _document(self) -> Content:
        with words.speaking(self._language):
            return dict(document.forms(self.question, self._read())), {}

    def _read(self) -> tuple[Reading, ...]:
        return self.whole.read(), self.streamed.read()

    # ---- messages ------------------------------------------------------------------------------------

    def _asked(self, content: Any) -> None:
        if content == {"type": "stop"}:
            self.stop()

    def on_change(self) -> None:
        """Update the page at intervals, and handle the end."""
        if not hasattr(self, "streamed"):
            return
        if self.status.final:
            self._end()
        elif runtime().here() and not self._due:
            self._due = True
            pause = max(0.0, self._sent + _EVERY - time.monotonic())
            # A weak reference: a strong one in the timer would keep the race going.
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
        # Otherwise the imports and the creation of the client would count for the first lane.
        await whole.prepare()
        whole.start()
        if apart:
            await asyncio.sleep(apart)
        streamed.start()
    except Exception as error:  # noqa: BLE001 (otherwise `wait` would block forever)
        failure = error if isinstance(error, PplxError) else unforeseen(error)
        whole.fail(failure)
        streamed.fail(failure)


def _shown(lane: Reading) -> dict[str, Any]:
    """Return the data of a lane for the page."""
    return {
        "status": lane.status.value,
        "elapsed": protocol.seconds(lane.elapsed),
        "first_token": protocol.seconds(lane.first_token),
        "bytes": lane.bytes,
        "text": newest(lane.text),
        "error": lane.error.what if lane.error else None,
    }
