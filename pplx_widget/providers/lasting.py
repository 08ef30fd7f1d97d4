"""A run that goes on at the service: taken up after a cut, cancelled there if the answer is stopped.

The service documents both for ``background=True``, but neither was ever recorded: experimental. The
question itself is never sent a second time, since the service is already answering it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import re
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol, TypeVar
from urllib.parse import quote

from ..config import Connection
from ..core import errors
from ..core.errors import NotFound, PplxError, RequestRejected, cut
from ..core.events import Retrying
from ..core.loop import Loop
from ..core.text import clean
from ..core.words import say
from ..question.request import Request
from . import _body, _extras, trace
from ._payloads import payloads
from ._wire import KEEPALIVES, mapping
from .agent_events import STORED, AgentReader
from .protocol import GoesOn

T = TypeVar("T")

# Statuses of a response that is still being made (Perplexity's page on background mode).
_UNDER_WAY = frozenset({"queued", "in_progress"})

# The pause between two requests for a response that is still being made.
_PAUSE_S: Final = 2.0

# The pauses before a run is taken up: half a second, doubled each time. The attempts without any news
# together take about five minutes.
_FIRST_S: Final = 0.5
_LONGEST_S: Final = 30.0
_MOST_FAILURES: Final = 14

# After so many streams without news, the response is requested instead.
_MOST_EMPTY: Final = 2

# The time limit for telling the service that the answer was stopped, and before that for its id.
_TELLING_S: Final = 5.0

# Failures that may pass. After any other, the service would refuse again.
_MAY_PASS = (
    errors.ConnectionCut,
    errors.ConnectionFailed,
    errors.ProviderFailed,
    errors.RateLimited,
    errors.ServiceFailed,
    errors.TimedOut,
)
# Failures after which the service may be answering, although no part of the answer has arrived.
_MAY_RUN = (errors.ProviderFailed, errors.ServiceFailed, errors.TimedOut)

_END = object()
_PLAIN_ID = re.compile(r"[\w.:-]{1,200}")
_chance = random.SystemRandom()


class Transport(Protocol):
    """The modules `sdk` and `http`."""

    async def post(
        self, connection: Connection, path: str, body: Mapping[str, Any] | None
    ) -> _body.Response:
        """Send a request; return the response once its head has arrived and reports success."""
        ...

    async def get(
        self, connection: Connection, path: str, query: Mapping[str, Any] | None = None
    ) -> _body.Response:
        """Request a path; otherwise like `post`."""
        ...

    def translator(self, host: str) -> Callable[[Exception, bool], PplxError]:
        """Return a function that converts the transport's exceptions to `PplxError`."""
        ...


@dataclass
class _Part:
    """One response of the service: the payloads read so far, and the rest."""

    rest: AsyncGenerator[Any, None]
    read: list[Any] = field(default_factory=list)
    error: Exception | None = None
    streamed: bool = False  # requested as a stream
    asked: bool = False  # the response to the question

    async def payloads(self) -> AsyncGenerator[Any, None]:
        for payload in self.read:
            yield payload
        if self.error is not None:
            raise self.error
        async for payload in self.rest:
            yield payload


class Lasting(GoesOn):
    """The connection to a run that goes on without it.

    Parameters
    ----------
    connection : Connection
        The server and its key.
    transport : Transport
        The module that sends the requests.
    reader : AgentReader
        The reader of the run's payloads.
    request : Request
        The question, whose further headers go with each request.
    response_id : str, optional
        The id of a run that has begun.
    """

    def __init__(
        self,
        connection: Connection,
        transport: Transport,
        reader: AgentReader,
        request: Request,
        response_id: str | None = None,
    ) -> None:
        self._connection = connection
        self._transport = transport
        self._our_error = transport.translator(connection.host)
        self._reader = reader
        self._request = request
        self._traced = trace.current()
        self._id = response_id
        self._last: int | None = None  # the number of the newest event
        self._numbered = True  # whether numbers tell which events have come
        self._streams = True  # whether the server sends the events of a run again
        self._alive = False  # whether the server knows the run
        self._begun = False  # whether anything of the run had come before the newest cut
        self._news = False  # whether anything has come since
        self._waits = False  # whether the server has sent only that the run is under way
        self._failures = 0  # attempts without news, in a row
        self._asked_here = response_id is None

    # ---- the two beginnings -----------------------------------------------------------------------

    async def begin(
        self, ask: Callable[[], Awaitable[AsyncGenerator[Any, None]]]
    ) -> AsyncGenerator[Any, None]:
        """Send the question with ``ask()``; return the payloads of the run."""
        self._traced.marks.pop("sent", None)  # of an attempt before
        opening = _sparing(self._opened(ask))
        try:
            part = await asyncio.shield(opening)
        except asyncio.CancelledError:
            await self._leave_early(opening)
            raise
        return self._payloads(part)

    async def resume(self) -> AsyncGenerator[Any, None]:
        """Take up a run by its id, from its beginning; return its payloads."""
        try:
            return self._payloads(await self._again())
        except asyncio.CancelledError:
            await self._leave()
            raise

    async def _opened(self, ask: Callable[[], Awaitable[AsyncGenerator[Any, None]]]) -> _Part:
        """Send the question, and read up to the id of the run."""
        part = _Part(await ask(), asked=True)
        try:
            while (payload := await anext(part.rest, _END)) is not _END:
                part.read.append(payload)
                self._note_id(payload)
                if mapping(payload).get("type") not in KEEPALIVES:
                    break
        except Exception as error:  # noqa: BLE001 (raised again where the rest would be read)
            part.error = error
        return part

    # ---- reading ----------------------------------------------------------------------------------

    async def _payloads(self, part: _Part) -> AsyncGenerator[Any, None]:
        """Yield the payloads of a run until its end, and an event before each new attempt."""
        try:
            while True:
                failed: PplxError | None = None
                self._news = self._waits = False
                try:
                    async with contextlib.aclosing(part.payloads()) as incoming:
                        async for payload in incoming:
                            if self._is_new(payload):
                                yield payload
                except Exception as error:  # noqa: BLE001 (every exception becomes a PplxError)
                    failed = self._our_error(error, True).with_traceback(None)
                await part.rest.aclose()
                if self._reader.ended or (self._id is None and failed is None):
                    return
                failed = self._loss(part, failed)
                while True:
                    if failed is not None:
                        pause = _pause(failed, self._failures)
                        yield Retrying(failed, pause)
                        await asyncio.sleep(pause)
                    found = await self._tried(failed)
                    if isinstance(found, _Part):
                        part = found
                        break
                    failed = found
        except (asyncio.CancelledError, GeneratorExit):
            if not self._reader.ended:
                await part.rest.aclose()
                await self._leave()
            raise
        finally:
            await part.rest.aclose()

    def _loss(self, part: _Part, failed: PplxError | None) -> PplxError | None:
        """Return the error to show before the run is taken up; None if nothing is lost.

        Raises
        ------
        PplxError
            There is nothing to take up.
        """
        self._alive |= self._news or self._waits
        if self._waits:
            self._failures, self._streams = 0, self._streams and part.asked
            return None
        if self._news:
            self._failures = 0
            self._begun = True
        else:
            self._failures += 1
        failed = failed or cut(kept=self._begun)
        if self._id is None:
            raise failed
        if not self._begun or self._failures >= _MOST_EMPTY:
            if part.streamed and self._streams:
                self._streams = False  # perhaps it sends none: the response is requested
                return None
            if not self._begun:
                raise failed
        return self._within_bounds(failed)

    def _within_bounds(self, failed: PplxError) -> PplxError:
        """Return an error after which the run is taken up, or raise it with the call for later."""
        if self._failures >= _MOST_FAILURES or not isinstance(failed, _MAY_PASS):
            raise self._given_up(failed)
        return failed

    async def _tried(self, lost: PplxError | None) -> _Part | PplxError:
        """Take the run up after its newest event; return the error if that may work later."""
        try:
            return await self._again()
        except Exception as error:  # noqa: BLE001 (as above)
            found = self._our_error(error, False).with_traceback(None)
        self._failures += 1
        if not self._alive:
            raise found
        if isinstance(found, NotFound) and lost is not None and self._asked_here:
            raise lost  # the server did not keep the run
        return self._within_bounds(found)

    async def _again(self) -> _Part:
        placed = self._last is not None and self._numbered
        if self._streams and (placed or not self._begun):
            after = {"starting_after": self._last} if placed else {}
            try:
                response = await self._apart(
                    self._transport.get(self._connection, self._path, {"stream": "true"} | after)
                )
            except Exception as error:
                found = self._our_error(error, False)
                if not isinstance(found, NotFound | RequestRejected):
                    raise
            else:
                rest = payloads(response, self._traced, self._connection.host, "agent")
                return _Part(rest, streamed=True)
        self._streams = False
        return _Part(self._polled(await self._fetched()))

    async def _polled(self, response: Mapping[str, Any]) -> AsyncGenerator[Any, None]:
        """Request the response until it is over."""
        yield {"type": "response.created", "response": response}
        while response.get("status") in _UNDER_WAY:
            await asyncio.sleep(_PAUSE_S)
            response = await self._fetched()
        stored = {"type": STORED, "response": response}
        self._traced.frame(stored)
        yield stored

    async def _fetched(self) -> dict[str, Any]:
        response = await self._apart(self._transport.get(self._connection, self._path))
        found: dict[str, Any] = {}
        with contextlib.suppress(ValueError, RecursionError):
            found = dict(mapping(json.loads(await _body.whole(response))))
        if "status" not in found:
            lines = "error.no_response.what", "error.no_response.why", "error.no_response.try"
            raise errors.told(errors.ProviderFailed, *lines, host=self._connection.host)
        return found

    def _is_new(self, payload: Any) -> bool:
        """Return whether a payload is to be read; take note of its number."""
        self._note_id(payload)
        data = mapping(payload)
        response = mapping(data.get("response"))
        # JSON in place of a stream.
        if data.get("type") == "response.done" and response.get("status") in _UNDER_WAY:
            self._waits = True
            return False
        number = data.get("sequence_number")
        if type(number) is int and self._last is not None and number <= self._last:
            if self._begun and not response.get("output"):
                return False
            # Before a cut, the server counts otherwise; the end of a run has its whole text.
            self._numbered = self._begun
        elif type(number) is int:
            self._last = number
        self._news = True
        return True

    def _note_id(self, payload: Any) -> None:
        if self._id is None:
            self._id = clean(mapping(mapping(payload).get("response")).get("id")) or None

    def _given_up(self, error: PplxError) -> PplxError:
        """Return an error that names the call that takes the run up later."""
        named = bool(self._id and _PLAIN_ID.fullmatch(self._id))
        call = f'`pplx.resume("{self._id}")`' if named else "`pplx.resume(answer.response_id)`"
        why = say("error.lasting.why")
        how = say("error.lasting.try", call=call)
        if not isinstance(error, _MAY_PASS):  # its own lines say what to mend first
            why, how = error.why, f"{error.try_this} {how}".strip()
        told = type(error)(error.what, why, how, request_id=error.request_id)
        told.retry_after = error.retry_after
        return told

    # ---- leaving ----------------------------------------------------------------------------------

    async def _leave_early(self, opening: asyncio.Task[_Part]) -> None:
        """Leave a run whose id is not known yet: it is told with the first event."""
        if "sent" not in self._traced.marks and not opening.done():
            opening.cancel()  # the question has not gone out
            return
        try:
            async with asyncio.timeout(_TELLING_S):
                part = await asyncio.shield(opening)
        except TimeoutError:
            opening.cancel()
            self.untold = True
        except Exception as error:  # noqa: BLE001 (every exception becomes a PplxError)
            found = self._our_error(error, False)
            self.untold = found.sent or (isinstance(found, _MAY_RUN) and not found.transient)
        else:
            await part.rest.aclose()
            await self._leave()

    async def _leave(self) -> None:
        """Cancel the run at the service, and note whether that was possible."""
        self.untold = True
        if self._id is not None:
            self.untold = not await asyncio.shield(_sparing(self._told()))

    async def _told(self) -> bool:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_TELLING_S):
                for attempt in range(_MOST_FAILURES):
                    try:
                        path = f"{self._path}/cancel"
                        response = await self._apart(
                            self._transport.post(self._connection, path, None)
                        )
                        await response.aclose()
                        return True  # noqa: TRY300 (what follows is another attempt)
                    except Exception as error:  # noqa: BLE001 (as above)
                        found = self._our_error(error, False)
                    answered = not isinstance(found, errors.ConnectionFailed | errors.TimedOut)
                    if answered and await self._is_over():
                        return True
                    if not isinstance(found, _MAY_PASS):
                        return False
                    await asyncio.sleep(_pause(found, attempt))
        return False

    async def _is_over(self) -> bool:
        """Return whether the service has ended the run: then there is nothing to cancel."""
        with contextlib.suppress(Exception):
            return (await self._fetched()).get("status") not in _UNDER_WAY
        return False

    # ---- requests ---------------------------------------------------------------------------------

    @property
    def _path(self) -> str:
        return f"responses/{quote(self._id or '', safe='')}"

    async def _apart(self, sending: Awaitable[T]) -> T:
        """Send a request beside that of the question, whose head and moments the trace keeps."""
        with _extras.sending(self._request), trace.aside():
            return await sending


def lasts(request: Request) -> bool:
    """Return whether the service goes on with a request if the connection is lost."""
    extra: Mapping[str, Any] = request.extra_body or {}  # merged last, so it decides
    return bool(extra.get("background", request.background))


def _pause(error: PplxError, failures: int) -> float:
    """Return the seconds before the next attempt."""
    if error.retry_after and error.retry_after <= _LONGEST_S:
        return error.retry_after
    longest = min(_FIRST_S * 2.0**failures, _LONGEST_S)
    return longest * _chance.uniform(0.75, 1.0)


def _sparing(work: Any) -> asyncio.Task[Any]:
    """Start a task that the end of the kernel waits for, and does not cancel."""
    loop = asyncio.get_running_loop()
    task: asyncio.Task[Any] = loop.create_task(work)
    if isinstance(loop, Loop):
        loop.spared.add(task)
        task.add_done_callback(loop.spared.discard)
    return task
