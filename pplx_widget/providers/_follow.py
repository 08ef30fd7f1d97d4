"""From the payloads of a stream to its events, for every transport and both API formats."""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, TypeAlias, TypeVar

from ..core.errors import (
    ConnectionCut,
    ConnectionFailed,
    NotFound,
    PplxError,
    RequestRejected,
    TimedOut,
    cut,
)
from ..core.events import Event, Noted, Opened, Retrying, Waiting
from ..core.words import say
from . import _retries
from ._bounds import Bounds
from ._turns import ConnectTimeout, Turn, Turns
from ._wire import Reader

# How long to wait for usage after everything else: a busy gateway takes a while to count.
_USAGE_SECONDS = 3.0

# How long to wait for the end of the response.
_REST_SECONDS = 1.0

# The service's time within so many seconds of this machine's is now: clocks differ.
_NOW_SECONDS = 600.0

_END = object()

Payloads: TypeAlias = AsyncGenerator[Any, None]
T = TypeVar("T")

OurError: TypeAlias = Callable[[Exception, bool], PplxError]


async def follow(
    ask: Callable[[], Awaitable[Payloads]],
    reader: Reader,
    our_error: OurError,
    max_retries: int,
    *,
    in_full: Callable[[], Awaitable[Payloads]] | None = None,
    notices: Iterable[str] = (),
    turns: Turns | None = None,
    connect: float = math.inf,
) -> AsyncGenerator[Event, None]:
    """Yield the events of a stream; raise the error that kept the answer from its end.

    Parameters
    ----------
    ask : callable
        Sends the request; returns the payloads once the response has begun. Closing them closes the
        connection.
    reader : Reader
        The reader of the API format.
    our_error : callable
        Converts an exception to a `PplxError`; its second argument says whether anything had arrived.
    max_retries : int
        How often the request may be repeated.
    in_full : callable, optional
        Sends the request with all turns in place of the previous answer's id. The service refuses an
        unknown id like any bad request, so this is tried after every such refusal.
    notices : iterable of str
        Sentences about parts of the request that were reinterpreted.
    turns : Turns, optional
        The queue in which the request waits; by default it waits for no other one.
    connect : float
        Seconds to connect.
    """
    for notice in notices:
        yield Noted(notice)
    retries, forgotten = 0, False
    turn = Turn(turns or Turns(), connect)
    try:
        while True:
            async for waiting in _waiting(turn):
                yield waiting
            asked = await asked_in(turn, ask, our_error)
            if not isinstance(asked, PplxError):
                break
            if in_full is not None and isinstance(asked, RequestRejected | NotFound):
                ask, in_full, forgotten = in_full, None, True
                turn.again(0.0, refused=False)
                continue
            pause = _retries.pause(asked, retries) if retries < max_retries else None
            if pause is None:
                raise asked
            retries += 1
            turn.again(pause, refused=not isinstance(asked, ConnectionFailed | TimedOut))
            yield Retrying(asked, pause)
        if forgotten:
            yield Noted(say("notice.forgotten"))
        async with contextlib.aclosing(_read(asked, reader, our_error)) as events:
            async for event in events:
                yield event
    finally:
        turn.close()


async def _waiting(turn: Turn) -> AsyncGenerator[Waiting, None]:
    """Wait until the turn has come, and yield each change of its place."""
    if turn.come:
        return
    while not turn.come:
        yield Waiting(*turn.now())
        await turn.changed()
    yield Waiting(0)


async def asked_in(
    turn: Turn, ask: Callable[[], Awaitable[T]], our_error: OurError
) -> T | PplxError:
    """Return the outcome of a request, or the error; raising it here would give it a context."""
    with turn.sending() as limit:
        try:
            async with limit:
                return await ask()
        except Exception as error:  # noqa: BLE001 (the boundary: every exception becomes a PplxError)
            return _bare(our_error(ConnectTimeout() if limit.expired() else error, False))


def _bare(error: PplxError) -> PplxError:
    """Return an error without its traceback.

    The variables of its frames hold the server's response, which may repeat the key, and some
    tracebacks show variables.
    """
    return error.with_traceback(None)


async def _read(  # noqa: C901, PLR0912 (one case per thing that a stream may do)
    payloads: Payloads, reader: Reader, our_error: OurError
) -> AsyncGenerator[Event, None]:
    started, latest = False, None
    failed: PplxError | None = None
    bounds = Bounds()
    try:
        try:
            while not reader.ended:
                if latest is None:
                    payload = await anext(payloads, _END)
                else:
                    payload = await _next_until(payloads, latest)
                if payload is _END:
                    break
                if isinstance(payload, Retrying):  # a run in the background is taken up
                    yield payload
                    continue
                started = True
                for event in reader.read(payload):
                    bounds.check(event)
                    yield _dated(event)
                if not reader.closing:
                    latest = None
                elif latest is None:
                    latest = asyncio.get_running_loop().time() + _USAGE_SECONDS
        except Exception as error:  # noqa: BLE001 (the boundary, as above)
            failed = _bare(our_error(error, True))  # at least the head had arrived
            if not started and isinstance(failed, ConnectionCut):
                failed = cut(kept=False)
        # Text that was held back comes before any error.
        for event in reader.end(whole=failed is None):
            yield event
    finally:
        # Also reached if the answer is stopped: the response is closed, not only hidden.
        if reader.ended:
            await read_out(payloads)
        await payloads.aclose()
    # Raised outside of the handler: the original exception, which may hold the request's headers, would
    # stay reachable as its context.
    if failed is not None and not reader.ended:
        raise failed


def _dated(event: Event) -> Event:
    """Return an event without the service's time if that is now: this clock knows its zone."""
    if not isinstance(event, Opened) or event.created is None:
        return event
    now = abs((datetime.now(UTC) - event.created).total_seconds()) < _NOW_SECONDS
    return replace(event, created=None) if now else event


async def _next_until(payloads: Payloads, latest: float) -> Any:
    """Return the next payload; `_END` at the end of the stream or after the time limit."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout_at(latest):
            return await anext(payloads, _END)
    return _END


async def read_out(rest: AsyncIterator[Any]) -> None:
    """Read the bytes after the last event, so that the next answer can reuse the connection."""
    with contextlib.suppress(Exception):
        async with asyncio.timeout(_REST_SECONDS):
            async for _ in rest:
                pass
