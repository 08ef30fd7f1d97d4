"""The HTTP client of `raw`: one a base URL and key, pooled, closed at the end."""

from __future__ import annotations

import asyncio
import contextlib

import httpx2

from .._secret import Secret
from .._version import __version__
from ..config import Connection
from ..runtime import runtime

# As many as the SDK has: every answer under way holds a connection.
_LIMITS = httpx2.Limits(max_connections=1000, max_keepalive_connections=100)

_clients: dict[tuple[asyncio.AbstractEventLoop, str, Secret | None], httpx2.AsyncClient] = {}


def client(connection: Connection) -> httpx2.AsyncClient:
    """Return the client for a connection; it is made once and shared."""
    where = (asyncio.get_running_loop(), connection.base_url, connection.key)
    if where not in _clients:
        runtime().at_end(close_clients)
        _clients[where] = httpx2.AsyncClient(
            headers={
                "Accept": "text/event-stream",
                "User-Agent": f"pplx_widget/{__version__}",
                "X-Pplx-Integration": f"pplx_widget/{__version__}",
            }
            # A server on this machine is asked without a key.
            | ({"Authorization": f"Bearer {connection.key.reveal()}"} if connection.key else {}),
            limits=_LIMITS,
            follow_redirects=True,
        )
    return _clients[where]


def timeout(connection: Connection) -> httpx2.Timeout:
    """Return a connection's limits as the client takes them."""
    limit = connection.timeout
    return httpx2.Timeout(limit.read, connect=limit.connect)


async def close_clients() -> None:
    """Close every client of the running loop."""
    loop = asyncio.get_running_loop()
    for where in [w for w in _clients if w[0] is loop]:
        with contextlib.suppress(Exception):
            await _clients.pop(where).aclose()
