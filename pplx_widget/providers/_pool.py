"""The HTTP clients of a transport, one for each event loop, base URL and key."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from ..config import Connection
from ..config.base_url import proxied
from ..core.runtime import runtime
from ..core.secret import Secret

Client = TypeVar("Client")


def verification(connection: Connection) -> ssl.SSLContext | bool:
    """Return the ``verify`` of a client.

    To load the usual certificates takes 60 ms. A client for ``http://`` never uses TLS, so it gets a
    context without any, with which every TLS connection would fail.
    """
    if connection.base_url.startswith("http://") and not proxied(connection.base_url):
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    return True


class Pool(Generic[Client]):
    """Makes clients on demand and keeps them until the end.

    Parameters
    ----------
    make, close : callable
        Makes the client for a connection; closes one.
    """

    def __init__(
        self, make: Callable[[Connection], Client], close: Callable[[Client], Awaitable[None]]
    ) -> None:
        self._make = make
        self._close = close
        self._clients: dict[tuple[asyncio.AbstractEventLoop, str, Secret | None], Client] = {}

    def client(self, connection: Connection) -> Client:
        """Return the client for a connection on the running loop."""
        where = (asyncio.get_running_loop(), connection.base_url, connection.key)
        if where not in self._clients:
            runtime().at_end(self.close)
            self._clients[where] = self._make(connection)
        return self._clients[where]

    async def close(self) -> None:
        """Close every client of the running loop."""
        loop = asyncio.get_running_loop()
        for where in [w for w in self._clients if w[0] is loop]:
            with contextlib.suppress(Exception):
                await self._close(self._clients.pop(where))
