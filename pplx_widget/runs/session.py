"""One run of one question: provider → events → state, on the background thread.

A session knows nothing of widgets: whoever wants to follow it is told after every change.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import threading
import time
import weakref
from collections.abc import Awaitable, Callable, Generator
from concurrent.futures import Future, InvalidStateError
from datetime import datetime
from typing import Any

from ..core import errors
from ..core.events import Event, Failed, Finished, Noted, Opened
from ..core.runtime import runtime
from ..core.sanitize import sanitized
from ..core.state import AnswerState, Status
from ..providers import Provider
from ..providers import trace as traces
from ..providers.trace import Trace
from ..question.context.summary import Summary
from ..question.request import Request
from ..question.schema import loosely
from .conversation import continued
from .ledger import ledger

log = logging.getLogger("pplx_widget")

# Seconds after which an answer lets others have the thread, and itself be stopped.
_TURN = 0.005


class Session:
    """Runs a request and folds what comes back into a state.

    Parameters
    ----------
    request : Request
        What to ask.
    provider : callable
        Makes the provider; awaited, since the first time it imports the SDK.
    heard : callable, optional
        Told of each event that counts, the last one included; on the background thread.
    place : object
        Stands for the service that is asked: equal for runs that ask the same one.
    before : Session, optional
        The run of the question before in the same conversation; it is waited for.
    """

    def __init__(
        self,
        request: Request,
        provider: Callable[[], Awaitable[Provider]],
        *,
        heard: Callable[[Event], None] | None = None,
        place: object = None,
        before: Session | None = None,
    ) -> None:
        self.request = request
        self.place = place
        self._before = before
        structured = request.schema is not None
        # Changed by this run alone, with the lock held. Readers of more than one field take a snapshot.
        self.state = AnswerState(datetime.now().astimezone(), structured=structured)
        self.lock = threading.RLock()
        self._parsed: Any = None
        self._provider = provider
        self._heard = heard
        self._changed: Callable[[], None] = _nobody
        self._asked = time.monotonic()
        self._over: Future[None] = Future()
        self._task: asyncio.Task[Any] | None = None  # while it can be cancelled
        self._entry: object = None
        # Weakly: the newest few are kept there, and others by whoever looks at them.
        self._trace: Callable[[], Trace | None] = _nothing
        _sessions.add(self)

    @classmethod
    def over(cls, question: str, state: AnswerState, context: Summary | None = None) -> Session:
        """Return a run that is over, from the state it ended in."""
        session = cls(Request(question=question, context=context), _no_provider)
        session.state = state
        if state.structured and state.status is Status.COMPLETE:
            session._parsed = loosely(str(state.text))
        session._over.set_result(None)
        return session

    @property
    def before(self) -> Session | None:
        """The run that it waits for; None once that is over."""
        return self._before

    @property
    def follower(self) -> Callable[[], None]:
        """The function that is called after each change."""
        return self._changed

    def follow(self, changed: Callable[[], None]) -> None:
        """Call ``changed()`` after each change from now on, on the background thread."""
        self._changed = changed

    def snapshot(self) -> AnswerState:
        """Return a copy of the state at this moment: its fields belong together and do not change."""
        with self.lock:
            return self.state.snapshot()

    @property
    def parsed(self) -> Any:
        """What the text says by the request's schema, once the answer is complete; else None."""
        return self._parsed if self.state.status is Status.COMPLETE else None

    @property
    def elapsed(self) -> float:
        """Seconds since the question was asked; once it is over, how long it took."""
        finished = self.state.timing.finished
        return finished if finished is not None else time.monotonic() - self._asked

    @property
    def trace(self) -> Trace | None:
        """What the run did, moment by moment; None where that is not kept (any more)."""
        return self._trace()

    def start(self, *, paid: bool = True, priced: bool = False) -> None:
        """Begin, or queue behind the question before, unless that could pass the budget.

        Returns at once. ``paid`` says whether it may cost anything, which a replay does not; ``priced``
        whether the prices of the service can be its. If it cannot begin, it has failed.
        """
        entry = self._entry = object() if paid else None
        begun = traces.made(self.request, self._asked)
        self._trace = weakref.ref(begun)
        try:
            if paid:
                ledger.begin(self.request, priced=priced, entry=entry)
            if self._before is None or self._before.state.status.final:
                self._connect()
            traces.begin(begun)
            runtime().begin(lambda: self._traced(begun)).add_done_callback(self._left)
        except errors.PplxError as error:  # for want of money, or of a thread
            ledger.forget(entry)
            self.fail(error)
            begun.end()
        except BaseException:  # an interrupt: no caller gets this run
            ledger.forget(entry)
            self.stop()
            begun.end()
            raise

    def _connect(self) -> None:
        if (before := self._before) is not None:
            same = before.place is not None and before.place == self.place
            state = before.snapshot()
            self.request = continued(self.request, before.request, state, same_place=same)
            self._before = None  # or a long conversation would be held by its last turn
        self.state.connect()

    def note(self, text: str) -> None:
        """Note that something was understood otherwise than it was put, before it begins."""
        self._apply(Noted(text))

    def fail(self, error: errors.PplxError) -> None:
        """End without having begun."""
        self._apply(Failed(error))

    def stop(self, reason: str | None = None) -> None:
        """End as stopped, keep the text so far and close the connection. Works from any thread.

        ``reason`` says why, if it is not the asker who stops it.
        """
        if not runtime().call(lambda: self._stop(reason)):  # without a thread nothing is under way
            self._apply(Finished("stopped", reason))

    def _stop(self, reason: str | None) -> None:
        # The state first: closing a connection can take a moment that nobody should wait for.
        self._apply(Finished("stopped", reason))
        task, self._task = self._task, None
        # From an observer it is the task itself, which sees the end when the observer is back.
        if task is not None and task is not asyncio.current_task():
            task.cancel()

    def _left(self, task: Future[None]) -> None:
        """See to it that it is over when its task is, however that came."""
        if task.cancelled():
            self._apply(Finished("stopped"))
        elif isinstance(error := task.exception(), Exception):
            self._apply(
                Failed(error if isinstance(error, errors.PplxError) else errors.unforeseen(error))
            )

    def wait(self, timeout: float | None = None) -> None:
        """Wait until it is over.

        Raises
        ------
        TimeoutError
            It was not over after ``timeout`` seconds.
        """
        if runtime().here() and not self._over.done():
            raise RuntimeError("wait() inside an observer would wait for itself.")
        try:
            self._over.result(timeout)
        except TimeoutError:
            raise TimeoutError(f"The answer was not over after {timeout:g} s.") from None

    def __await__(self) -> Generator[Any, None, None]:
        # Shielded: giving up waiting is not stopping.
        return asyncio.shield(asyncio.wrap_future(self._over)).__await__()

    def _apply(self, event: Event, *, ours: bool = True) -> None:
        """Take an event in: of the provider, or ours, when the end is made on this side."""
        traced = self.trace
        if traced is not None and not self.state.status.final:
            (traced.note if ours else traced.event)(event)
        with self.lock:
            # After the end nothing counts: a stop and what was on its way cross each other.
            counts = not self.state.status.final
            self.state.apply(event, round(self.elapsed, 3))  # milliseconds: more is noise
            if self.state.status.final:
                ledger.end(self._entry, self.request, self.state)
            if self._heard and counts:
                self._heard(event)
        if traced is not None:
            traced.final = self.state.status.final
        self._tell()

    def _tell(self) -> None:
        try:
            self._changed()
        except Exception:
            # Whoever waits for the end must not wait for ever.
            log.exception("a change of an answer could not be shown")
        if self.state.status.final:
            self._changed = _nobody  # it would keep the answer
            with contextlib.suppress(InvalidStateError):
                self._over.set_result(None)

    def _after_fork(self) -> None:
        """Be over in a forked child: what runs the answer stayed in the parent.

        The thread that is missing may have held any lock, and its event loop shares its sockets with
        the parent's: nothing of either is touched.
        """
        self.lock = threading.RLock()
        self._over, self._task, self._changed = Future(), None, _nobody
        self._trace = _nothing  # whoever follows it is the parent's
        # Does nothing to one that was over.
        self._apply(Failed(_stayed_behind()))

    async def _traced(self, begun: Trace) -> None:
        traces.enter(begun)
        try:
            await self._drive()
        finally:
            begun.end()

    async def _drive(self) -> None:
        if self.state.status.final:  # stopped before it began
            return
        self._task = asyncio.current_task()
        try:
            if self._before is not None:
                await self._before
                with self.lock:
                    self._connect()
                self._tell()
            provider = await self._provider()
            events = provider.stream(self.request)
            turn = 0.0
            try:
                async for event in events:
                    self._apply(sanitized(await self._checked(event)), ours=False)
                    if self.state.status.final:
                        return
                    # What has been received already is read without a wait for anything.
                    if time.monotonic() >= turn:
                        await asyncio.sleep(0)
                        turn = time.monotonic() + _TURN
            finally:
                # Cancelled now, in the middle of closing, it would leave the connection open.
                self._task = None
                # A generator left in the middle would keep its connection until collected.
                if close := getattr(events, "aclose", None):
                    with contextlib.suppress(Exception):
                        await close()
            self._apply(Failed(errors.cut(kept=bool(self.state.text))))
        except asyncio.CancelledError:
            self._apply(Finished("stopped"))
        except errors.PplxError as error:
            self._apply(Failed(error))
        # A provider may raise anything, and a task that lets an exit through ends the whole thread.
        except (Exception, SystemExit, KeyboardInterrupt) as error:  # noqa: BLE001
            self._apply(Failed(errors.unforeseen(error)))

    async def _checked(self, event: Event) -> Event:
        """Return an event; in the place of the end, where a schema was given, how it ends by that."""
        schema, end = self.request.schema, event
        if schema is None or not isinstance(end, Finished) or end.status != "complete":
            return event
        try:
            # A validator of the user's may take its time.
            self._parsed, note = await asyncio.to_thread(schema.read, str(self.state.text))
        except errors.SchemaMismatch as error:
            self._apply(Opened(model=end.model))
            return Failed(error.with_traceback(None))
        if note:
            self._apply(Noted(note))
        return end


async def _no_provider() -> Provider:
    """Stand in for the provider of a run that is over."""
    raise AssertionError("a run that is over does not start")


def _nobody() -> None:
    """Stand in for a follower until there is one."""


def _nothing() -> None:
    """Stand in for the trace of a run that has not begun here."""


def _stayed_behind() -> errors.PplxError:
    lines = "error.forked.what", "error.forked.why", "error.forked.try"
    return errors.told(errors.PplxError, *lines)


# All that there are: any of their locks may be held at a fork.
_sessions: weakref.WeakSet[Session] = weakref.WeakSet()


def _after_fork() -> None:
    for session in list(_sessions):
        session._after_fork()  # noqa: SLF001


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
