"""`stream`, `astream` and `complete`: functions for scripts, services and terminals.

As for `ask`, the background thread runs the question; it passes the events to the iterator.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, Self, TypeVar, Unpack, cast

from ..core import waiting
from ..core.events import Event, Failed, Finished
from ..core.runtime import runtime
from ..core.state import AnswerState
from ..runs import prepare
from ..runs.prepare import OPTIONS, Options, Prepared
from ..runs.session import Session
from ..widget.answer import Answer
from .ask import ask

# The longest time that `close` waits for the background thread to stop the answer.
_MOMENT = 2.0

# What to write instead of `stream` in a Python that cannot wait.
_ASTREAM = "`async for event in pplx.astream(…)`"

Door = TypeVar("Door", bound=Callable[..., Any])


def _as_ask(door: Door) -> Door:
    """Give a function the signature of `ask`, for help and completion."""
    whole = inspect.signature(door)
    asked = inspect.signature(ask).parameters.values()
    shared = [p for p in asked if p.name == "question" or p.name in OPTIONS]
    setattr(door, "__signature__", whole.replace(parameters=shared))  # noqa: B010 (mypy)
    return door


@_as_ask
def stream(question: str, /, **options: Unpack[Options]) -> Stream:
    """Ask a question and iterate over the events of its answer.

    Parameters
    ----------
    question : str
        The question.
    **options
        The options of `ask`, except ``check``.

    Returns
    -------
    Stream
        An iterator over the events of `pplx_widget.events`. The last one is `events.Finished`, whose
        ``status`` says whether the answer is complete. The first step of the iteration sends the
        question, and leaving the loop stops the answer.

    Raises
    ------
    InvalidRequest
        The question is empty, or an option is invalid; nothing was sent.
    UnknownOption
        An unknown keyword argument.
    PplxError
        The answer failed. The iterator raises this after the events that had arrived.

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
    """Ask a question and iterate over the events of its answer with ``async for``.

    Parameters
    ----------
    question : str
        The question.
    **options
        The options of `ask`, except ``check``.

    Returns
    -------
    AsyncStream
        An asynchronous iterator over the events, for asyncio. If you need only the whole answer, use
        ``await pplx.ask(…)``.

    Raises
    ------
    InvalidRequest, UnknownOption, PplxError
        The same errors as for `stream`.

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
        The question.
    **options
        The options of `ask`, except ``check``.

    Returns
    -------
    Answer
        The finished answer. Its status is ``complete``, or ``incomplete`` or ``stopped`` if the
        service ended it early; ``answer.reason`` then says why.

    Raises
    ------
    InvalidRequest
        The question is empty, or an option is invalid; nothing was sent.
    UnknownOption
        An unknown keyword argument.
    PplxError
        The answer failed. To keep the text that had arrived, use `stream` or `ask`.

    Examples
    --------
    >>> import pplx_widget as pplx
    >>> answer = pplx.complete("What does backpressure mean?", effort="low")
    >>> answer.status
    <Status.COMPLETE: 'complete'>
    """
    begin = _prepared("complete", question, options)
    with Stream(begin, instead="`await pplx.ask(…)`") as events:
        for _ in events:
            pass
        return events.answer


def _prepared(function: str, question: str, options: Options) -> Prepared:
    prepare.refuse_unknown(function, cast("dict[str, Any]", options))
    return prepare.prepared(question, **options)


async def _over(session: Session) -> None:
    await session


class _Events:
    """The base of both iterators: the run starts with the first step and stops with the iterator."""

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
        """Return a function that passes an event to the iterator without a reference to it.

        With a reference, the iterator would never be freed, and so never stop its answer.
        """
        raise NotImplementedError

    def _taken(self, event: Event) -> Event:
        self._over = isinstance(event, Finished | Failed)
        if isinstance(event, Failed):
            raise event.error
        return event

    @property
    def answer(self) -> Answer:
        """The answer with its text, sources, citations, usage and so on.

        It may be ahead of the iteration. If the question has not been sent yet, this sends it.
        """
        if self._answer is None:
            self._answer = Answer(self._run(), self._begin, unseen=True)
        return self._answer

    @property
    def state(self) -> AnswerState:
        """A snapshot of the answer's state at this moment."""
        return self._run().snapshot()

    def _close(self) -> None:
        self._over = True
        if self._session is not None and not self._session.state.status.final:
            self._session.stop()

    def __del__(self) -> None:
        self._close()


class Stream(_Events, Iterator[Event]):
    """An iterator over the events of one answer; made by `pplx_widget.stream`.

    Leaving the loop stops the answer. If a variable holds the iterator, use ``with`` or `close`:

    >>> import pplx_widget as pplx
    >>> with pplx.stream("What does backpressure mean?") as events:
    ...     opened = next(events)
    >>> opened
    Opened(response_id='...', model=...)
    """

    def __init__(self, begin: Prepared, instead: str = _ASTREAM) -> None:
        super().__init__(begin)
        self._come: waiting.Mailbox[Event] = waiting.Mailbox()
        self._instead = instead

    def _heard(self) -> Callable[[Event], None]:
        return self._come.put

    def __next__(self) -> Event:
        if self._over:
            raise StopIteration
        if waiting.would_block_itself():
            raise RuntimeError(
                "stream() cannot be used inside an observer. An observer runs on the background "
                "thread, which would wait for itself. Iterate in a cell."
            )
        if self._session is None:  # nothing is paid for an answer that this could not read
            waiting.check(instead=self._instead)
        self._run()
        try:
            event = self._come.get(instead=self._instead)
        except BaseException:  # an interrupt: stop the answer, whose rest would cost money
            self.close()
            raise
        return self._taken(event)

    def close(self) -> None:
        """Stop the answer, if it has not ended, and close its connection."""
        self._close()
        if self._session and not runtime().here():
            with contextlib.suppress(TimeoutError):
                self._session.wait(_MOMENT)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()


class AsyncStream(_Events, AsyncIterator[Event]):
    """An asynchronous iterator over the events of one answer; made by `pplx_widget.astream`.

    Leaving the loop stops the answer. If a variable holds the iterator, use ``async with`` or
    `aclose`.
    """

    def __init__(self, begin: Prepared) -> None:
        super().__init__(begin)
        self._come: asyncio.Queue[Event] = asyncio.Queue()

    def _heard(self) -> Callable[[Event], None]:
        loop, come = asyncio.get_running_loop(), self._come

        def hand_over(event: Event) -> None:
            with contextlib.suppress(RuntimeError):  # the caller's loop is closed
                loop.call_soon_threadsafe(come.put_nowait, event)

        return hand_over

    async def __anext__(self) -> Event:
        if self._over:
            raise StopAsyncIteration
        self._run()
        try:
            event = await self._come.get()
        except BaseException:  # cancelled: stop the answer, whose rest would cost money
            await self.aclose()
            raise
        return self._taken(event)

    async def aclose(self) -> None:
        """Stop the answer, if it has not ended, and close its connection."""
        self._close()
        if self._session:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(_over(self._session), _MOMENT)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exc: object) -> None:
        await self.aclose()
