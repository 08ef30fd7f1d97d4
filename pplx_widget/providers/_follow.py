"""From the payloads of a stream to its events, the same for every transport and both shapes."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable
from typing import Any

from ..errors import PplxError
from ..events import Event
from ._wire import Reader

# How long what comes after the last words is waited for: figures, and the end of the response.
_REST_SECONDS = 1.0

_END = object()


async def follow(
    payloads: AsyncGenerator[Any, None],
    reader: Reader,
    our_error: Callable[[Exception, bool], PplxError],
) -> AsyncGenerator[Event, None]:
    """Yield the events of a stream; raise what went wrong before the answer was over.

    Parameters
    ----------
    payloads : asynchronous generator
        Asks, and yields each payload. Closing it closes the connection.
    reader : Reader
        Of the shape that is spoken.
    our_error : callable
        Makes the error of ours of an exception; told too whether anything had arrived.
    """
    started = False
    failed: PplxError | None = None
    try:
        try:
            async for payload in payloads:
                started = True
                for event in reader.read(payload):
                    yield event
                if reader.closing:
                    break
            latest = asyncio.get_running_loop().time() + _REST_SECONDS
            while reader.closing and not reader.ended:
                async with asyncio.timeout_at(latest):
                    payload = await anext(payloads, _END)
                if payload is _END:
                    break
                for event in reader.read(payload):
                    yield event
        except Exception as error:  # noqa: BLE001 (the border: whatever was raised becomes ours)
            # Without the frames that it came through: their variables hold what the server sent,
            # which may repeat the key, and some tracebacks show variables.
            failed = our_error(error, started).with_traceback(None)
        # Words that were held back come before any error.
        for event in reader.end():
            yield event
    finally:
        # Reached too when the answer is stopped: the response is closed, not only hidden.
        if reader.ended:
            await _read_out(payloads)
        await payloads.aclose()
    # Not raised where it was caught: the original, which may hold the request's headers, would stay
    # reachable as its context.
    if failed is not None and not reader.ended:
        raise failed


async def _read_out(payloads: AsyncGenerator[Any, None]) -> None:
    """Read what comes after the last event, so that the next answer can use the connection.

    A generator of the SDK that is left in the middle would also be collected some time later, in any
    thread, and closed while this one runs it.
    """
    with contextlib.suppress(Exception):
        async with asyncio.timeout(_REST_SECONDS):
            async for _ in payloads:
                pass
