"""Waiting for the recorded moments with an eye on the client."""

from __future__ import annotations

import selectors
import socket
import time
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import TracebackType


class Pace:
    """The clock of one answer.

    Parameters
    ----------
    connection : socket.socket
        The connection to the client, which has sent its request and now only listens.
    speed : float
        How much faster than recorded; 0 means without waiting.
    """

    def __init__(self, connection: socket.socket, speed: float) -> None:
        self._connection = connection
        self._speed = speed
        self._start = time.monotonic()
        # Not select.select, which cannot watch a descriptor above 1023.
        self._selector = selectors.DefaultSelector()
        self._selector.register(connection, selectors.EVENT_READ)
        self._watching = True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._selector.close()

    def until(self, t: float) -> None:
        """Wait until a moment of the recording.

        Parameters
        ----------
        t : float
            Seconds since the request, as recorded.

        Raises
        ------
        ConnectionError
            As soon as the client goes away, also in the middle of the wait.
        """
        due = self._start + (t / self._speed if self._speed else 0.0)
        if self._watching and self._selector.select(max(0.0, due - time.monotonic())):
            if not self._connection.recv(1, socket.MSG_PEEK):
                raise ConnectionAbortedError("the client has closed the connection")
            # Its next request is here already (pipelining). While that lies unread the socket stays
            # readable, so from now on only a failing write tells that the client is gone.
            self._watching = False
        time.sleep(max(0.0, due - time.monotonic()))
