"""One lane of a race: one way to receive an answer, and its measurements."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ... import providers
from ...config import Connection
from ...config.base_url import is_loopback
from ...core import errors
from ...core.state import Status
from ...providers.formats import ApiFormat
from ...question.request import Request
from ...runs.session import Session
from .meter import Meter, Way


@dataclass(frozen=True, slots=True)
class Reading:
    """The measurements of a lane at one moment; the fields are those of `Lane`."""

    way: Way
    status: Status
    text: str
    reason: str | None
    error: errors.PplxError | None
    first_token: float | None
    total: float | None
    elapsed: float
    bytes: int
    held: int


_SEEN = 1_200  # characters


def newest(text: str) -> str:
    """Return the end of a text, from the start of a block if there is one."""
    end = text[-_SEEN:]
    if len(end) == len(text):
        return end
    return end.partition("\n\n")[2] or end


class Lane:
    """One lane of a race.

    Parameters
    ----------
    way : {"whole", "streamed"}
        The way to receive the answer.
    request : Request
        The request.
    connection : Connection
        The server and the key.
    api : ApiFormat
        The API format of the server.
    changed : callable
        Called after each change, on the background thread.
    """

    def __init__(
        self,
        way: Way,
        request: Request,
        connection: Connection,
        api: ApiFormat,
        changed: Callable[[], None],
    ) -> None:
        self.way = way
        self.meter = Meter()
        # No automatic retries, which would distort the measurements.
        self._connection = dataclasses.replace(connection, max_retries=0)
        self._api = api
        self._request = request
        self.changed = changed
        self._session = self._new()

    def _new(self) -> Session:
        session = Session(self._request, self._provider)
        session.follow(self.changed)
        return session

    async def _provider(self) -> providers.Provider:
        measured: Any = await providers.load("pplx_widget.widget.race.measured")
        provider: providers.Provider = measured.Measured(
            self._connection, self._api, self.way, self.meter
        )
        return provider

    async def prepare(self) -> None:
        """Load the imports and create the client, which the first question would wait for."""
        await providers.prepare(providers.Raw(), self._connection)
        await self._provider()

    def start(self) -> None:
        """Send the question and start the clock."""
        if self.status.final:  # stopped before it began
            return
        self._session = self._new()
        headers = self._request.extra_headers
        if self._connection.needs_key and not (headers and headers.secret):
            self._session.fail(self._connection.missing_key())
        else:
            self._session.start(priced=not is_loopback(self._connection.base_url))

    def fail(self, error: errors.PplxError) -> None:
        """Fail without having started; a finished run does not change."""
        self._session.fail(error)

    def stop(self, reason: str | None = None) -> None:
        """Stop and close the connection; ``reason`` says why, if the user did not stop it."""
        self._session.stop(reason)

    def read(self) -> Reading:
        """Return consistent measurements up to now."""
        session, held = self._session, self.meter.held
        state = session.snapshot()
        return Reading(
            self.way,
            state.status,
            str(state.text),
            state.reason,
            state.error,
            state.timing.first_token,
            state.timing.finished,
            0.0 if state.status is Status.QUEUED else session.elapsed,
            self.meter.bytes,
            held,
        )

    @property
    def status(self) -> Status:
        """The status; see `pplx_widget.Status`."""
        return self._session.state.status

    @property
    def text(self) -> str:
        """The text so far."""
        return str(self._session.state.text)

    @property
    def reason(self) -> str | None:
        """The reason if the answer is incomplete or was stopped."""
        return self._session.state.reason

    @property
    def error(self) -> errors.PplxError | None:
        """The error if the answer failed, else None."""
        return self._session.state.error

    @property
    def first_token(self) -> float | None:
        """Seconds until the first text to read; None before."""
        return self._session.state.timing.first_token

    @property
    def total(self) -> float | None:
        """Seconds until the end, with any final status; None before."""
        return self._session.state.timing.finished

    @property
    def elapsed(self) -> float:
        """Seconds on its clock."""
        return 0.0 if self.status is Status.QUEUED else self._session.elapsed

    @property
    def bytes(self) -> int:
        """Number of bytes received of the answer, without the overhead of HTTP."""
        return self.meter.bytes

    @property
    def held(self) -> int:
        """Peak number of bytes that had to be buffered before they could be read."""
        return self.meter.held

    def __repr__(self) -> str:
        return f"<Lane {self.way}: {self.status}, {self.bytes} bytes>"
