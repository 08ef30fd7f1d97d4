"""The way of the bytes from the local server to one client, and what a network does to them there.

Everything here happens on the real socket: a client sees what it would see from far away.
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

# A slow line moves on this often, in seconds: what is on its way is never idle.
_TICK = 0.02
_LINGER_NOT = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)


class Do(enum.Enum):
    """What can be done to a connection in place of sending something."""

    STALL = "stall"
    """Nothing more comes; the connection stays until the client leaves."""
    CLOSE = "close"
    """It is closed in good order (FIN)."""
    RESET = "reset"
    """It is torn down (RST)."""


class HungUp(ConnectionError):
    """The connection was ended here, on purpose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """What stands between the local server and its clients.

    Parameters
    ----------
    latency : float, optional
        Seconds that everything takes on its way, in each direction: an answer begins two of them
        later.
    bytes_per_second : float, optional
        How much the way carries of an answer, heads of HTTP included; as much as the machine can by
        default.
    buffer : bool, optional
        Whether a proxy holds the whole answer until its end, and only then passes it on.
    sever_idle : float, optional
        Seconds without a byte in either direction after which a load balancer tears the connection
        down.

    Raises
    ------
    ValueError
        If one of them is negative, or a rate or an idle time 0.

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
            raise ValueError(f"latency is 0 or more seconds, not {self.latency!r}")
        for name in ("bytes_per_second", "sever_idle"):
            value = getattr(self, name)
            if value is not None and not 0 < value < float("inf"):
                raise ValueError(f"{name} is more than 0, not {value!r}")


PERFECT = Network()
"""The network of a machine with itself."""


class Line(io.BufferedIOBase):
    """What a handler writes its answers to.

    Parameters
    ----------
    connection : socket.socket
        The connection to the client.
    """

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._network = PERFECT
        self._held = bytearray()  # by the buffering proxy
        self._free = self._latest = time.monotonic()  # of the slow line; of any byte
        # Not select.select, which cannot watch a descriptor above 1023.
        self._selector = selectors.DefaultSelector()
        self._selector.register(connection, selectors.EVENT_READ)
        self._watching = True

    def begin(self, network: Network) -> None:
        """Begin an answer: its request is here, and the client now only listens."""
        self._network = network
        self._watching = True
        if network.latency:
            self._watch(time.monotonic() + 2 * network.latency)
        self._latest = time.monotonic()

    def writable(self) -> bool:
        """Return that it can be written to."""
        return True

    def write(self, data: Buffer) -> int:
        """Send bytes, or hold them where a proxy does.

        Raises
        ------
        ConnectionError
            If the client goes away, or the line is severed.
        """
        data = bytes(data)
        if self._network.buffer:
            self._held += data
        else:
            self._send(data)
        return len(data)

    def flush(self) -> None:
        """Send what was held: the answer is over."""
        held, self._held = bytes(self._held), bytearray()
        self._send(held)

    def close(self) -> None:
        """Let go of the connection; whoever made it closes it."""
        if not self.closed:
            super().close()
            self._selector.close()

    def wait(self, moment: float) -> None:
        """Wait until a moment of the monotonic clock, with an eye on the client.

        Raises
        ------
        ConnectionError
            As soon as the client goes away, also in the middle of the wait.
        HungUp
            If the connection was idle for too long meanwhile.
        """
        limit = self._network.sever_idle
        if limit is not None and self._latest + limit < moment:
            self._watch(self._latest + limit)
            self.do(Do.RESET)
        self._watch(moment)

    def do(self, what: Do) -> None:
        """Wait for ever, or end the connection.

        Raises
        ------
        ConnectionError
            Always, in the end.
        """
        match what:
            case Do.STALL:
                self.wait(float("inf"))
            case Do.RESET:
                tear_down(self._connection)
            case _:
                pass
        self._held.clear()
        raise HungUp("the connection was ended on purpose")

    def _send(self, data: bytes) -> None:
        rate = self._network.bytes_per_second
        size = max(1, int(rate * _TICK)) if rate else max(1, len(data))
        for start in range(0, len(data), size):
            piece = data[start : start + size]
            if rate:
                # It has arrived when its last byte has.
                self._free = max(self._free, time.monotonic()) + len(piece) / rate
                self.wait(self._free)
            self._connection.sendall(piece)
            self._latest = time.monotonic()

    def _watch(self, moment: float) -> None:
        while self._watching:
            left = moment - time.monotonic()
            # Some systems refuse a very long wait.
            if not self._selector.select(min(max(0.0, left), 3600.0)):
                if left <= 3600.0:  # noqa: PLR2004
                    return
            elif not self._connection.recv(1, socket.MSG_PEEK):
                raise ConnectionAbortedError("the client has closed the connection")
            else:
                # Its next request is here already (pipelining). While that lies unread the socket
                # stays readable, so from now on only a failing write tells that the client is gone.
                self._watching = False
        time.sleep(max(0.0, min(moment - time.monotonic(), 3600.0)))


def tear_down(connection: socket.socket) -> None:
    """Let the closing of a connection be a reset: the client is told of an error, not of an end."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)


def torn(connection: socket.socket) -> bool:
    """Return whether the closing of a connection will be a reset."""
    kept = connection.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, len(_LINGER_NOT))
    return kept == _LINGER_NOT


def chunk(data: bytes) -> bytes:
    """Return bytes as a chunk of HTTP/1.1; no bytes are the last one."""
    return b"%x\r\n%b\r\n" % (len(data), data)
