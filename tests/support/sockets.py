"""Wait for a socket."""

from __future__ import annotations

import selectors
from socket import socket


def readable(connection: socket | int, seconds: float | None = None) -> bool:
    """Wait until there is data to read or the other side has closed; None waits forever.

    `select.select` cannot watch a descriptor above 1023, which a long run of tests reaches.
    """
    with selectors.DefaultSelector() as selector:
        selector.register(connection, selectors.EVENT_READ)
        return bool(selector.select(seconds))
