"""The client's side of a cluster: rows become tasks, and their results become answers."""

from __future__ import annotations

import asyncio
import uuid
from concurrent.futures import CancelledError
from dataclasses import replace
from functools import partial
from typing import Any

from distributed import Client
from distributed.scheduler import KilledWorker

from ...core import errors
from ...core.errors import ConnectionCut, ConnectionFailed, InvalidRequest, PplxError, told
from ...core.events import Failed, Finished
from ...core.state import AnswerState, Status
from ...question.request import Request
from ...recordings.from_notebook import events_of
from ...runs.ledger import ledger
from ...runs.parsed import read
from ...runs.prepare import Way
from ..room import MOST, Room
from ..row import Row
from .desk import Desk
from .order import Order, unpacked
from .worker import Asker, ask_row

# How often a row that waits for its answer looks whether the client was closed.
_LOOK_SECONDS = 1.0


class Cluster:
    """Asks rows on the workers of a Dask cluster.

    Parameters
    ----------
    client : distributed.Client
        The cluster.
    room : Room
        How many rows may be under way; it becomes wider with the number of workers.

    Raises
    ------
    InvalidRequest
        The client is closed, or it is none.
    """

    def __init__(self, client: Any, room: Room) -> None:
        if not isinstance(client, Client):
            raise InvalidRequest(
                f"executor cannot be a {type(client).__name__}.",
                "Rows go to the workers of a Dask cluster.",
                "Pass `distributed.Client(…)`.",
            )
        if client.status not in ("running", "connecting"):
            raise InvalidRequest(
                "The Dask client is closed.", "", "Make a new one: `distributed.Client(…)`."
            )
        self._client: Any = client  # some of its types are too narrow
        self._room = room
        self._order: Order | None = None
        self._ready: asyncio.Task[None] | None = None
        self.lost = False
        """Whether the cluster cannot ask at all, so that the rows that wait are not sent."""

    def way(self, request: Request, way: Way) -> Way:
        """Return the way of rows that are asked by workers, with their keys.

        Raises
        ------
        InvalidRequest
            The workers cannot ask this provider, or an option holds a key.
        """
        self._order = Order.of(request, way)
        self.lost = False
        return replace(way, missing_key=None)

    def row(self, request: Request, way: Way, heard: Any) -> Row:
        """Return the run of a row."""
        return _Sent(request, way, heard, self)

    async def answer(self, question: str) -> AnswerState:
        """Have a row asked; return its final state. A row that is cancelled is stopped.

        Raises
        ------
        PplxError
            The cluster cannot ask it, or was lost.
        """
        if self._client.status not in ("running", "connecting"):
            raise self._gone()
        # Dask's client belongs to the loop of its own thread, which Tornado wraps.
        loop = self._client.loop.asyncio_loop
        asked = asyncio.wrap_future(asyncio.run_coroutine_threadsafe(self._asked(question), loop))
        try:
            while not (await asyncio.wait([asked], timeout=_LOOK_SECONDS))[0]:
                if self._client.status == "closed":
                    raise self._gone()
            return unpacked(asked.result())
        finally:
            asked.cancel()

    # ---- on the client's loop --------------------------------------------------------------------

    async def _asked(self, question: str) -> bytes:
        if self._ready is None:
            self._ready = asyncio.create_task(self._begin())
        await asyncio.shield(self._ready)
        key = f"pplx_widget-{uuid.uuid4().hex}"
        future = self._client.submit(ask_row, self._order, question, key=key, pure=False)
        try:
            return bytes(await future)
        except CancelledError:  # Dask's; that of asyncio says that the row was stopped
            self._ready = None  # there may be another scheduler
            raise self._gone() from None
        except KilledWorker:
            lines = "error.workers_died.what", "error.workers_died.why", "error.workers_died.try"
            raise told(ConnectionCut, *lines) from None
        finally:
            future.release()  # the scheduler forgets the task, and stops it if it is under way

    async def _begin(self) -> None:
        """Send this package's plugins to the scheduler and the workers."""
        try:
            for plugin in (Desk(), Asker()):
                await self._client.register_plugin(plugin)
            workers = await self._client.scheduler.pplx_widget_workers()
        except Exception as error:  # noqa: BLE001 (of any module that is missing there)
            self._ready, self.lost = None, True
            why = errors.their_words(f"{type(error).__name__}: {error}")
            lines = "error.cluster.what", "error.cluster.why", "error.cluster.try"
            raise told(ConnectionFailed, *lines, details=why) from None
        self._room.widen(MOST * workers)

    def _gone(self) -> PplxError:
        self.lost = self._client.status not in ("running", "connecting")
        lines = "error.cluster_lost.what", "error.cluster_lost.why", "error.cluster_lost.try"
        return told(ConnectionCut, *lines)


class _Sent(Row):
    """A row that a worker asks: its state arrives as a whole."""

    def __init__(self, request: Request, way: Way, heard: Any, cluster: Cluster) -> None:
        super().__init__(request, way, heard)
        self._cluster = cluster

    async def _drive(self) -> None:
        if self.state.status.final:  # stopped before it began
            return
        self._task = asyncio.current_task()
        try:
            found = await self._read(await self._cluster.answer(self.request.question))
        except asyncio.CancelledError:
            self._apply(self._stopped())
        except PplxError as error:
            self._apply(Failed(error))
        except Exception as error:  # noqa: BLE001 (Dask may raise anything)
            self._apply(Failed(errors.unforeseen(error)))
        else:
            self._end(*found)
        finally:
            self._task = None

    async def _read(self, state: AnswerState) -> tuple[AnswerState, Any]:
        """Return the state and the parsed value of an answer."""
        schema = self.request.schema
        if schema is None or state.status is not Status.COMPLETE:
            return state, None
        check = partial(read, schema, str(state.text), state.sources)
        try:  # in a thread, because a validator of the user may be slow
            value, _fields, notice = await asyncio.to_thread(check)
        except errors.SchemaMismatch as error:
            state.status, state.error = Status.FAILED, error.with_traceback(None)
            return state, None
        state.notes = (*state.notes, *([notice] if notice else []))
        return state, value

    def _end(self, state: AnswerState, parsed: Any) -> None:
        with self.lock:
            if self.state.status.final:  # stopped meanwhile
                return
            self.state, self._parsed = state, parsed
            self.counted = ledger.end(self._entry, self.request, state)
        end = Failed(state.error) if state.error else Finished()
        if (traced := self.trace) is not None:  # a recorder, which gets events without frames
            for _, event in events_of(state):
                traced.event(event)
            if state.error:
                traced.note(end)
            traced.final = True
        if self._heard:
            self._heard(end)
        self._tell()
