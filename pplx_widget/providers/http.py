"""The HTTP client of `raw`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import httpx2

from .._version import __version__
from ..config import Connection
from ..trace import Trace
from ._pool import Pool

# As many as the SDK has: every answer under way holds a connection.
_LIMITS = httpx2.Limits(max_connections=1000, max_keepalive_connections=100)


def _make(connection: Connection) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(
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


clients = Pool(_make, httpx2.AsyncClient.aclose)


def timeout(connection: Connection) -> httpx2.Timeout:
    """Return a connection's limits as the client takes them."""
    limit = connection.timeout
    return httpx2.Timeout(limit.read, connect=limit.connect)


# What httpcore2 calls the moments, in order.
_MOMENTS = {
    "connection.connect_tcp.complete": "connect",
    "connection.start_tls.complete": "tls",
    "http11.send_request_body.complete": "sent",
}


def moments(traced: Trace) -> Callable[[str, dict[str, Any]], Awaitable[None]]:
    """Return what notes the moments of a request that only the transport sees."""
    traced.reused = True

    async def note(name: str, _info: dict[str, Any]) -> None:
        if name == "connection.connect_tcp.started":
            traced.reused = False
        if moment := _MOMENTS.get(name):
            traced.mark(moment)

    return note
