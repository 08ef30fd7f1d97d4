"""A simulated network between the local server and its clients.

It acts on the real socket, so a client sees the same effects as over a real network.
"""

from __future__ import annotations

import enum
import io
import os
import selectors
import socket
import struct
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing_extensions import Buffer  # of collections.abc from Python 3.12 on

# Seconds between two writes on a slow connection: short, so that it never counts as idle.
_TICK = 0.02
_LINGER_NOT = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)


class Do(enum.Enum):
    """An action on a connection, instead of sending data."""

    STALL = "stall"
    """Send nothing more, and keep the connection until the client closes it."""
    CLOSE = "close"
    """Close the connection cleanly (FIN)."""
    RESET = "reset"
    """Reset the connection (RST)."""


class HungUp(ConnectionError):
    """The server ended the connection on purpose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """A simulated network between the local server and its clients.

    Parameters
    ----------
    latency : float, optional
        Delay in seconds in each direction; an answer begins after twice this time.
    bytes_per_second : float, optional
        Bandwidth for answers, including HTTP headers; unlimited by default.
    buffer : bool, optional
        Whether a proxy holds the complete answer back until its end.
    sever_idle : float, optional
        Seconds without a byte in either direction after which a load balancer resets the
        connection.

    Raises
    ------
    ValueError
        If a value is negative, or ``bytes_per_second`` or ``sever_idle`` is 0.

    Examples
    --------
    >>> Network(latency=0.3, bytes_per_second=4_000).buffer
    False
    """

    latency: float = 0.0
    bytes_per_second: float | None = None
    buffer: bool = False
    sever_idle: float | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.latency < float("inf"):
            raise ValueError(f"latency must be 0 or more seconds, not {self.latency!r}")
        for name in ("bytes_per_second", "sever_idle"):
            value = getattr(self, name)
            if value is not None and not 0 < value < float("inf"):
                raise ValueError(f"{name} must be more than 0, not {value!r}")


PERFECT = Network()
"""A network without delay, limit or proxy."""


class Line(io.BufferedIOBase):
    """The output stream of a handler, which sends its data through the simulated network.

    Parameters
    ----------
    connection : socket.socket
        The connection to the client.
    """

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._network = PERFECT
        self._held = bytearray()  # held back by the buffering proxy
        # When the slow connection can carry the next byte; when the last byte was on the wire.
        self._free = self._latest = time.monotonic()
        # select.select cannot watch a file descriptor above 1023.
        self._selector = selectors.DefaultSelector()
        self._selector.register(connection, selectors.EVENT_READ)
        self._watching = True

    def begin(self, network: Network) -> None:
        """Begin an answer: the request is complete, and the client only reads from now on."""
        self._network = network
        self._watching = True
        if network.latency:
            self._watch(time.monotonic() + 2 * network.latency)
        self._latest = time.monotonic()

    def writable(self) -> bool:
        """Return True: the stream is writable."""
        return True

    def write(self, data: Buffer) -> int:
        """Send bytes, or hold them back if the network buffers.

        Raises
        ------
        ConnectionError
            If the client disconnects, or the connection is reset.
        """
        data = bytes(data)
        if self._network.buffer:
            self._held += data
        else:
            self._send(data)
        return len(data)

    def flush(self) -> None:
        """Send the bytes that were held back; the answer is complete."""
        held, self._held = bytes(self._held), bytearray()
        self._send(held)

    def close(self) -> None:
        """Close this stream. The connection stays open: its owner closes it."""
        if not self.closed:
            super().close()
            self._selector.close()

    def wait(self, moment: float) -> None:
        """Wait until a time of the monotonic clock, and watch the client meanwhile.

        Raises
        ------
        ConnectionError
            As soon as the client disconnects.
        HungUp
            If the connection was idle for too long.
        """
        limit = self._network.sever_idle
        if limit is not None and self._latest + limit < moment:
            self._watch(self._latest + limit)
            self.do(Do.RESET)
        self._watch(moment)

    def do(self, what: Do) -> None:
        """Stall or end the connection.

        Raises
        ------
        ConnectionError
            Always: when the client disconnects, or when the server ends the connection.
        """
        match what:
            case Do.STALL:
                self.wait(float("inf"))
            case Do.RESET:
                tear_down(self._connection)
            case _:
                pass
        self._held.clear()
        raise HungUp("the server ended the connection on purpose")

    def _send(self, data: bytes) -> None:
        rate = self._network.bytes_per_second
        size = max(1, int(rate * _TICK)) if rate else max(1, len(data))
        for start in range(0, len(data), size):
            piece = data[start : start + size]
            if rate:
                # The piece arrives when its last byte arrives.
                self._free = max(self._free, time.monotonic()) + len(piece) / rate
                self.wait(self._free)
            self._connection.sendall(piece)
            self._latest = time.monotonic()

    def _watch(self, moment: float) -> None:
        while self._watching:
            left = moment - time.monotonic()
            # Some systems reject a very long timeout.
            if not self._selector.select(min(max(0.0, left), 3600.0)):
                if left <= 3600.0:  # noqa: PLR2004
                    return
            elif not self._connection.recv(1, socket.MSG_PEEK):
                raise ConnectionAbortedError("the client has closed the connection")
            else:
                # The client has sent its next request already (pipelining). Until that is read, the
                # socket stays readable, so only a failing write shows that the client is gone.
                self._watching = False
        time.sleep(max(0.0, min(moment - time.monotonic(), 3600.0)))


def tear_down(connection: socket.socket) -> None:
    """Make the closing of a connection a reset, so that the client sees an error and not an end."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)


def torn(connection: socket.socket) -> bool:
    """Return whether closing a connection will reset it."""
    kept = connection.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, len(_LINGER_NOT))
    return kept == _LINGER_NOT


def chunk(data: bytes) -> bytes:
    """Return bytes as an HTTP/1.1 chunk; empty bytes make the last chunk."""
    return b"%x\r\n%b\r\n" % (len(data), data)
