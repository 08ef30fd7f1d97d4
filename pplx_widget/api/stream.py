"""`stream`, `astream` and `complete`: the doors for scripts, services and terminals.

A run goes on on the background thread, as for `ask`; its events are handed over to whoever iterates.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import queue
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, Self, TypeVar, Unpack, cast

from ..core.events import Event, Failed, Finished
from ..core.runtime import runtime
from ..core.state import AnswerState
from ..runs import prepare
from ..runs.prepare import OPTIONS, Options, Prepared
from ..runs.session import Session
from ..widget import Answer
from .ask import ask

# Seconds that closing waits at most until it shows: it takes a turn of the background thread.
_MOMENT = 2.0

Door = TypeVar("Door", bound=Callable[..., Any])


def _as_ask(door: Door) -> Door:
    """Let help and completion name the options, which are those of `ask`."""
    whole = inspect.signature(door)
    asked = inspect.signature(ask).parameters.values()
    shared = [p for p in asked if p.name == "question" or p.name in OPTIONS]
    setattr(door, "__signature__", whole.replace(parameters=shared))  # noqa: B010 (mypy)
    return door


@_as_ask
def stream(question: str, /, **options: Unpack[Options]) -> Stream:
    """Ask a question and iterate over what happens until its answer is over.

    Parameters
    ----------
    question : str
        What you want to know.
    **options
        Those of `ask`, but for ``check``.

    Returns
    -------
    Stream
        An iterator over the events of `pplx_widget.events`. The last one is `events.Finished`, whose
        ``status`` says whether the answer is complete. The question is sent with the first step, and
        leaving the loop stops the answer.

    Raises
    ------
    InvalidRequest
        The question is empty, or an option cannot be what it is; nothing was sent.
    UnknownOption
        A keyword that there is not.
    PplxError
        From the iterator, where the answer fails; what came before it has been yielded.

    Examples
    --------
    >>> import pplx_widget as pplx
    >>> for event in pplx.stream("Explain the CAP theorem with an example"):
    ...     if isinstance(event, pplx.events.Text):
    ...         print(event.delta, end="", flush=True)
    ## The CAP theorem
    ...
    """
    return Stream(_prepared("stream", question, options))


@_as_ask
def astream(question: str, /, **options: Unpack[Options]) -> AsyncStream:
    """Do as `stream` does, for ``async for``: other tasks run while the answer is waited for.

    Parameters
    ----------
    question : str
        What you want to know.
    **options
        Those of `ask`, but for ``check``.

    Returns
    -------
    AsyncStream
        An asynchronous iterator over the events; it needs asyncio. The whole answer without its
        events: ``await pplx.ask(…)``.

    Raises
    ------
    InvalidRequest, UnknownOption, PplxError
        As `stream` does.

    Examples
    --------
    >>> import asyncio
    >>> import pplx_widget as pplx
    >>> async def main():
    ...     async for event in pplx.astream("Explain the CAP theorem with an example"):
    ...         if isinstance(event, pplx.events.SourcesFound):
    ...             return len(event.sources)
    >>> asyncio.run(main())
    7
    """
    return AsyncStream(_prepared("astream", question, options))


@_as_ask
def complete(question: str, /, **options: Unpack[Options]) -> Answer:
    """Ask a question and wait for its answer.

    Parameters
    ----------
    question : str
        What you want to know.
    **options
        Those of `ask`, but for ``check``.

    Returns
    -------
    Answer
        It is over: ``complete``, or ``incomplete`` or ``stopped`` where the service left off, with
        the reason in ``answer.reason``.

    Raises
    ------
    InvalidRequest
        The question is empty, or an option cannot be what it is; nothing was sent.
    UnknownOption
        A keyword that there is not.
    PplxError
        The answer failed. `stream` and `ask` keep the text that had come by then.

    Examples
    --------
    >>> import pplx_widget as pplx
    >>> answer = pplx.complete("What does backpressure mean?", effort="low")
    >>> answer.status
    <Status.COMPLETE: 'complete'>
    """
    with Stream(_prepared("complete", question, options)) as events:
        for _ in events:
            pass
        return events.answer


def _prepared(function: str, question: str, options: Options) -> Prepared:
    prepare.refuse_unknown(function, cast("dict[str, Any]", options))
    return prepare.prepared(question, **options)


async def _over(session: Session) -> None:
    await session


class _Events:
    """What both iterators have in common: a run that begins late and is never left behind."""

    def __init__(self, begin: Prepared) -> None:
        self._begin = begin
        self._session: Session | None = None
        self._answer: Answer | None = None
        self._over = False

    def _run(self) -> Session:
        if self._session is None:
            self._session = self._begin(self._heard())
        return self._session

    def _heard(self) -> Callable[[Event], None]:
        """Return what hands an event over; it must not hold the iterator, which would never go."""
        raise NotImplementedError

    def _taken(self, event: Event) -> Event:
        self._over = isinstance(event, Finished | Failed)
        if isinstance(event, Failed):
            raise event.error
        return event

    @property
    def answer(self) -> Answer:
        """The answer that the events make: text, sources, citations, usage and the rest.

        It may be ahead of the events. A question that was not sent yet is sent.
        """
        if self._answer is None:
            self._answer = Answer(self._run(), self._begin, unseen=True)
        return self._answer

    @property
    def state(self) -> AnswerState:
        """What `answer` shows, as it is at this moment."""
        return self._run().snapshot()

    def _close(self) -> None:
        self._over = True
        if self._session is not None and not self._session.state.status.final:
            self._session.stop()

    def __del__(self) -> None:
        self._close()


class Stream(_Events, Iterator[Event]):
    """The events of one answer, as they come; made by `pplx_widget.stream`.

    Leaving a loop over it stops the answer. Where it has a name of its own, ``with`` or `close` does:

    >>> import pplx_widget as pplx
    >>> with pplx.stream("What does backpressure mean?") as events:
    ...     opened = next(events)
    >>> opened
    Opened(response_id='...', model=...)
    """

    def __init__(self, begin: Prepared) -> None:
        super().__init__(begin)
        self._come: queue.SimpleQueue[Event] = queue.SimpleQueue()

    def _heard(self) -> Callable[[Event], None]:
        return self._come.put

    def __next__(self) -> Event:
        if self._over:
            raise StopIteration
        if runtime().here():
            raise RuntimeError("stream() inside an observer would wait for itself.")
        self._run()
        try:
            event = self._come.get()
        except BaseException:  # an interrupt: nobody reads on, and it costs money
            self.close()
            raise
        return self._taken(event)

    def close(self) -> None:
        """Stop the answer, if it is not over, and close its connection."""
        self._close()
        if self._session and not runtime().here():
            with contextlib.suppress(TimeoutError):
                self._session.wait(_MOMENT)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()


class AsyncStream(_Events, AsyncIterator[Event]):
    """The events of one answer, as they come; made by `pplx_widget.astream`.

    Leaving a loop over it stops the answer. Where it has a name of its own, ``async with`` or
    `aclose` does.
    """

    def __init__(self, begin: Prepared) -> None:
        super().__init__(begin)
        self._come: asyncio.Queue[Event] = asyncio.Queue()

    def _heard(self) -> Callable[[Event], None]:
        loop, come = asyncio.get_running_loop(), self._come

        def hand_over(event: Event) -> None:
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(come.put_nowait, event)

        return hand_over

    async def __anext__(self) -> Event:
        if self._over:
            raise StopAsyncIteration
        self._run()
        try:
            event = await self._come.get()
        except BaseException:  # cancelled: nobody reads on, and it costs money
            await self.aclose()
            raise
        return self._taken(event)

    async def aclose(self) -> None:
        """Stop the answer, if it is not over, and close its connection."""
        self._close()
        if self._session:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(_over(self._session), _MOMENT)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exc: object) -> None:
        await self.aclose()
