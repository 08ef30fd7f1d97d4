"""One way to wait for an answer, and what is measured of it while it goes."""

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
    """The figures of a lane at one moment; the fields are those of `Lane`."""

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


class Lane:
    """One of the two ways.

    Parameters
    ----------
    way : {"whole", "streamed"}
        Which.
    request : Request
        What is asked.
    connection : Connection
        Where.
    api : ApiFormat
        What is spoken there.
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
        # Asked again by itself, it would not be one way of waiting that is measured.
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
        """Do what the first question of all would wait for."""
        await providers.prepare(providers.Raw(), self._connection)
        await self._provider()

    def start(self) -> None:
        """Ask, and start the clock."""
        if self.status.final:  # stopped before it began
            return
        self._session = self._new()
        headers = self._request.extra_headers
        if self._connection.needs_key and not (headers and headers.secret):
            self._session.fail(self._connection.missing_key())
        else:
            self._session.start(priced=not is_loopback(self._connection.base_url))

    def fail(self, error: errors.PplxError) -> None:
        """End without having begun; a run that is over stays as it is."""
        self._session.fail(error)

    def stop(self, reason: str | None = None) -> None:
        """Stop, and close the connection; ``reason`` says why, if it is not the asker's doing."""
        self._session.stop(reason)

    def read(self) -> Reading:
        """Return the figures up to now: values that belong together."""
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
        """How far it is; see `pplx_widget.Status`."""
        return self._session.state.status

    @property
    def text(self) -> str:
        """The text so far."""
        return str(self._session.state.text)

    @property
    def reason(self) -> str | None:
        """Why it is incomplete, or what stopped it."""
        return self._session.state.reason

    @property
    def error(self) -> errors.PplxError | None:
        """What went wrong; None otherwise."""
        return self._session.state.error

    @property
    def first_token(self) -> float | None:
        """Seconds until there was something to read; None before."""
        return self._session.state.timing.first_token

    @property
    def total(self) -> float | None:
        """Seconds until the end, however it ended; None before."""
        return self._session.state.timing.finished

    @property
    def elapsed(self) -> float:
        """Seconds on its clock."""
        return 0.0 if self.status is Status.QUEUED else self._session.elapsed

    @property
    def bytes(self) -> int:
        """Bytes of the answer that have arrived, without HTTP's own."""
        return self.meter.bytes

    @property
    def held(self) -> int:
        """The most bytes that had to be kept at once until something could be read of them."""
        return self.meter.held

    def __repr__(self) -> str:
        return f"<Lane {self.way}: {self.status}, {self.bytes} bytes>"
