"""One run of one question: provider → events → state, on the background thread.

A session knows nothing of widgets; it calls its follower after every change.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import threading
import time
import weakref
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Future
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ..core import errors
from ..core.events import Event, Failed, Finished, Noted, Opened
from ..core.runtime import runtime
from ..core.sanitize import sanitized
from ..core.state import AnswerState, Status
from ..providers import Provider
from ..providers import trace as traces
from ..providers.protocol import GoesOn
from ..providers.trace import Trace
from ..question.context.summary import Summary
from ..question.request import Request
from .conversation import continued, sent_with
from .followed import Followed
from .ledger import Ledger, ledger
from .parsed import read, read_again
from .usage import Run

if TYPE_CHECKING:
    from .keeping import Keeping

log = logging.getLogger("pplx_widget")

UNTOLD = "the service was not told, it may go on and be billed"
"""The reason of a stopped answer whose run in the background could not be cancelled."""

# Seconds after which an answer yields the thread to others. It can be stopped at that point, too.
_TURN = 0.005

# How long the end of an answer waits for its store, such as one on a slow disk.
_PATIENCE = 2.0


class Session(Followed):
    """One run of a request: applies the events of the provider to a state.

    Parameters
    ----------
    request : Request
        The request.
    provider : callable
        Returns an awaitable for the provider, because the first call imports the SDK.
    heard : callable, optional
        Called with each applied event, including the last one, on the background thread.
    place : object
        Identifies the service; equal for runs that ask the same service.
    before : callable, optional
        Returns the run of the previous question in the conversation, after whose end this run starts;
        or None, if that question was withdrawn and there is no other one.
    keeping : Keeping, optional
        The store for the answer.
    ledgers : sequence of Ledger
        Ledgers of the conversation, beside that of the process.
    """

    def __init__(
        self,
        request: Request,
        provider: Callable[[], Awaitable[Provider]],
        *,
        heard: Callable[[Event], None] | None = None,
        place: object = None,
        before: Callable[[], Session | None] | None = None,
        keeping: Keeping | None = None,
        ledgers: Sequence[Ledger] = (),
    ) -> None:
        self.request = request
        self.place = place
        self._earlier = before
        self._before = self.earlier
        self._keeping = keeping
        self._ledgers = (ledger, *ledgers)
        super().__init__(
            AnswerState(
                datetime.now().astimezone(),
                structured=request.schema is not None,
                evidence=bool(request.evidence),
                sources=request.context.sources if request.context else (),
            )
        )
        self._parsed: Any = None
        self._provider = provider
        self._heard = heard
        self._asked = time.monotonic()
        self._task: asyncio.Task[Any] | None = None  # set while it can be cancelled
        self._goes_on: GoesOn | None = None  # set if the service must be told of a stop
        self._stopping: str | None = None  # the reason, while the service is told; may be empty
        self._entry: object = None
        self.counted: Run | None = None
        """What the finished run has cost; None if it did not start or costs nothing."""
        # A weak reference: `providers.trace` keeps the newest traces, inspectors keep others.
        self._trace: Callable[[], Trace | None] = _no_trace
        _sessions.add(self)

    shared = False
    """Whether the run belongs to a batch, so that an answer without readers does not stop it."""

    @classmethod
    def over(
        cls,
        question: str,
        state: AnswerState,
        context: Summary | None = None,
        *,
        place: object = None,
        before: Callable[[], Session | None] | None = None,
        request: Request | None = None,
    ) -> Session:
        """Return a finished run with the given final state, and with its request if that is known.

        ``before`` is over, too.
        """
        if context is not None:  # a record has its sources among those of the answer
            context = replace(context, sources=sent_with(state))
        request = request or Request(question=question, context=context)
        session = cls(request, _no_provider, place=place, before=before)
        if earlier := session._before:
            session.request = continued(
                request, earlier.request, earlier.snapshot(), same_place=False
            )
            session._before = None
        session.state = state
        if state.structured and state.status is Status.COMPLETE:
            session._parsed = read_again(session.request.schema, state)
        session._over.set_result(None)
        return session

    @property
    def before(self) -> Session | None:
        """The previous run that this one waits for; None after its end."""
        return self._before

    @property
    def earlier(self) -> Session | None:
        """The newest run of the previous question of the conversation."""
        return self._earlier and self._earlier()

    @property
    def turns(self) -> list[Session]:
        """The runs of the conversation up to this one, oldest first."""
        found: list[Session] = [self]
        while run := found[-1].earlier:
            found.append(run)
        return found[::-1]

    @property
    def parsed(self) -> Any:
        """The value parsed from the text by the request's schema; None until the answer is complete."""
        return self._parsed if self.state.status is Status.COMPLETE else None

    @property
    def elapsed(self) -> float:
        """Seconds since the question was sent; after the end, the duration of the run.

        0 while a follow-up question waits for the previous answer.
        """
        finished = self.state.timing.finished
        if finished is not None:
            return finished
        return 0.0 if self._before is not None else time.monotonic() - self._asked

    @property
    def trace(self) -> Trace | None:
        """The trace of the run; None if there is none or it was discarded."""
        return self._trace()

    def start(
        self, *, paid: bool = True, priced: bool = False, refused: errors.PplxError | None = None
    ) -> None:
        """Start the run, or queue it behind the previous question, if the budget allows.

        Returns at once. ``paid`` says whether the run may cost money (a replay does not); ``priced``
        whether Perplexity's prices apply; ``refused`` why the service cannot be asked. If the run
        cannot start, it fails. An answer of the store needs no start.
        """
        entry = self._entry = object() if paid else None
        begun = traces.made(self.request, self._asked)
        self._trace = weakref.ref(begun)
        try:
            waits = self._before is not None and not self._before.state.status.final
            if not waits:
                self._connect()
                if self._take(self._look_up()):
                    return
            if refused is not None:
                raise refused  # noqa: TRY301 (handled like the others)
            if paid:
                for each in self._ledgers:
                    each.begin(self.request, priced=priced, entry=entry, waits=waits)
            traces.begin(begun)
            runtime().begin(lambda: self._traced(begun)).add_done_callback(self._left)
        except errors.PplxError as error:  # the budget is reached, or no thread could be started
            self._forget()
            self.fail(error)
            begun.end()
        except BaseException:  # an interrupt: the caller does not get this run
            self._forget()
            self.stop()
            begun.end()
            raise

    def _forget(self) -> None:
        for each in self._ledgers:
            each.forget(self._entry)

    def _connect(self) -> None:
        if self._earlier is not None:
            if (before := self._before) is not None:
                same = before.place is not None and before.place == self.place
                state = before.snapshot()
                self.request = continued(self.request, before.request, state, same_place=same)
                self.state.know(sent_with(state))  # this answer may cite them, too
            self._before = None
            self._asked = time.monotonic()
            if (traced := self.trace) is not None:
                traced.restart(self._asked)
        self.state.connect()

    def _look_up(self) -> tuple[AnswerState, Any] | None:
        """Return the final state of an answer in the store, and its parsed value."""
        if self._keeping is None:
            return None
        state, notice = self._keeping.found(self.request)
        if notice:
            self.note(notice)
        if state is None:
            return None
        try:
            schema = self.request.schema
            return state, schema and read(schema, str(state.text), state.sources)[0]
        except errors.SchemaMismatch:  # a validator of the user has changed
            return None

    def _take(self, found: tuple[AnswerState, Any] | None) -> bool:
        """End the run with an answer of the store; return whether there is one."""
        if found is None:
            return False
        state, parsed = found
        with self.lock:
            if self.state.status.final:  # stopped meanwhile
                return True
            known = {*state.notes}
            state.notes = (*state.notes, *(n for n in self.state.notes if n not in known))
            self.state, self._parsed = state, parsed
            if self._heard:
                from ..recordings.from_notebook import events_of  # noqa: PLC0415 (seldom needed)

                for _, event in events_of(state):
                    self._heard(event)
        self._tell()
        return True

    def note(self, text: str) -> None:
        """Add a notice, before the run starts, that the request was reinterpreted."""
        self._apply(Noted(text))

    def fail(self, error: errors.PplxError) -> None:
        """Fail without having started."""
        self._apply(Failed(error))

    def stop(self, reason: str | None = None) -> None:
        """Stop the run: keep the text so far and close the connection. Works from any thread.

        A run in the background ends once the service is told, which takes a few seconds at most.
        ``reason`` says why, if the user did not stop it.
        """
        if not runtime().call(lambda: self._stop(reason)):  # no thread, so no run is in progress
            self._apply(Finished("stopped", reason))

    def _stop(self, reason: str | None) -> None:
        if self._goes_on is not None and self._task is not None:
            if self._stopping is None:
                self._stopping = reason or ""
                # Later, since an observer runs inside the task.
                asyncio.get_running_loop().call_soon(self._interrupt)
            return
        # The state first, since closing a connection can take a moment and callers wait for the state.
        self._apply(Finished("stopped", reason))
        task, self._task = self._task, None
        # An observer runs inside the task; the task sees the final state when the observer returns.
        if task is not None and task is not asyncio.current_task():
            task.cancel()

    def _interrupt(self) -> None:
        if self._task is not None:
            self._task.cancel()

    def _stopped(self) -> Finished:
        """Return the end of a run that was cancelled."""
        untold = self._goes_on is not None and self._goes_on.untold
        return Finished("stopped", UNTOLD if untold else self._stopping or None)

    def _left(self, task: Future[None]) -> None:
        """Put the run in a final state when its task has ended, for whatever reason."""
        if task.cancelled():
            self._apply(Finished("stopped"))
        elif isinstance(error := task.exception(), Exception):
            self._apply(
                Failed(error if isinstance(error, errors.PplxError) else errors.unforeseen(error))
            )

    def _apply(
        self, event: Event, *, ours: bool = True, at: float | None = None, deltas: int = 1
    ) -> None:
        """Apply an event of the provider, or one of ``ours``; ``deltas`` counts those of a text."""
        traced = self.trace
        if traced is not None and not self.state.status.final:
            (traced.note if ours else traced.event)(event)
        with self.lock:
            # Events after the end are ignored: they may have been on their way when the run stopped.
            counts = not self.state.status.final
            at = self.elapsed if at is None else at
            self.state.apply(event, round(at, 3), deltas)  # milliseconds: more is noise
            if traced is not None and traced.replayed:  # so that each replay gives the same answer
                self.state.asked = traced.recorded
            written = None
            if self.state.status.final:
                for each in self._ledgers:
                    self.counted = each.end(self._entry, self.request, self.state) or self.counted
                if counts and self._keeping is not None:
                    written = self._keeping.keep(self.request, self.state.snapshot())
            if self._heard and counts and written is None:
                self._heard(event)
        if traced is not None:
            traced.final = self.state.status.final
        if written is None:
            self._tell()
        else:
            self._tell_once(written, event)

    def _tell_once(self, written: Future[None], end: Event) -> None:
        """Tell of the end once the store has the answer, or after `_PATIENCE`."""
        waits = threading.Lock()

        def tell() -> None:
            if not waits.acquire(blocking=False):
                return
            if written.done() and self._keeping and (notice := self._keeping.notice(written)):
                with self.lock:
                    self.state.notes = (*self.state.notes, notice)
            if self._heard:
                self._heard(end)
            self._tell()

        def back(_: Future[None]) -> None:
            if not runtime().call(tell):  # the background thread is ending
                tell()

        if not written.done():
            runtime().call(lambda: asyncio.get_running_loop().call_later(_PATIENCE, tell))
        written.add_done_callback(back)

    def _after_fork(self) -> None:
        """Fail the run in a forked child: the thread that runs it exists only in the parent.

        That thread may have held any lock, and its event loop shares its sockets with the parent, so
        this method touches neither.
        """
        self._begin_again()
        self._task = None
        self._trace = _no_trace  # its followers belong to the parent
        self._keeping = None  # the parent keeps the answer
        # No effect on a finished run.
        self._apply(Failed(errors.forked()))

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
            if self._before is not None and await self._turn():
                return
            provider = await self._provider()
            events = provider.stream(self.request)
            goes_on = getattr(provider, "goes_on", None)
            self._goes_on = goes_on if isinstance(goes_on, GoesOn) else None
            turn = 0.0
            try:
                async for event in events:
                    if self._stopping is not None and not isinstance(event, Finished | Failed):
                        continue
                    if not self._joins(event):
                        self._apply(sanitized(await self._checked(event)), ours=False)
                        if self.state.status.final:
                            return
                    # Events that have already been received come without a pause, so make one.
                    if time.monotonic() >= turn:
                        await asyncio.sleep(0)
                        turn = time.monotonic() + _TURN
            finally:
                # Cancelling during the close would leave the connection open.
                self._task = None
                # An unfinished generator would keep its connection until garbage collection.
                if close := getattr(events, "aclose", None):
                    with contextlib.suppress(Exception):
                        await close()
            self._apply(Failed(errors.cut(kept=bool(self.state.text))))
        except asyncio.CancelledError:
            self._apply(self._stopped())
        except errors.PplxError as error:
            self._apply(Failed(error))
        # A provider may raise anything, and an exit that leaves the task would end the whole thread.
        except (Exception, SystemExit, KeyboardInterrupt) as error:  # noqa: BLE001
            self._apply(Failed(errors.unforeseen(error)))

    def _joins(self, event: Event) -> bool:  # noqa: ARG002 (for subclasses)
        """Take an event that is applied later, together with those that follow; return whether."""
        return False

    async def _turn(self) -> bool:
        """Wait for the previous answer that is not withdrawn; return whether the store has this one."""
        while (waited := self._before) is not None and self._earlier:
            await waited
            self._before = self.earlier
            if self._before is waited:
                break
        with self.lock:
            self._connect()
        if self._take(await asyncio.to_thread(self._look_up)):
            self._forget()
            return True
        try:
            for each in self._ledgers:
                each.turn(self._entry, self.request)
        except errors.BudgetReached:
            self._forget()
            raise
        self._tell()
        return False

    async def _checked(self, event: Event) -> Event:
        """Return an event; if it completes an answer with a schema, check the text first.

        A text that does not match the schema turns the end into a failure.
        """
        schema, end = self.request.schema, event
        if schema is None or not isinstance(end, Finished) or end.status != "complete":
            return event
        try:
            # In a thread, because a validator of the user may be slow.
            found = await asyncio.to_thread(read, schema, str(self.state.text), self.state.sources)
        except errors.SchemaMismatch as error:
            self._apply(Opened(model=end.model))
            return Failed(error.with_traceback(None))
        value, fields, note = found
        with self.lock:
            self._parsed, self.state.fields = value, fields
        if note:
            self._apply(Noted(note))
        return end


async def _no_provider() -> Provider:
    """Replace the provider of a finished run, which never starts."""
    raise AssertionError("a finished run does not start")


def _no_trace() -> None:
    """Replace the trace of a run that has none in this process."""


# All sessions, because a thread may hold any of their locks at a fork.
_sessions: weakref.WeakSet[Session] = weakref.WeakSet()


def _after_fork() -> None:
    for session in list(_sessions):
        session._after_fork()  # noqa: SLF001


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
