"""What asks by hand: the client, the shapes that it speaks, and what its failures say."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import httpx2

from .. import errors
from .._version import __version__
from ..config import Connection
from ..request import Request
from ..trace import Trace
from . import Shape, agent_body, chat_body
from ._pool import Pool
from ._wire import Reader
from .agent_events import AgentReader
from .chat_events import ChatReader

# Where each is asked, in what words, and what reads the answer.
SHAPES: Mapping[Shape, tuple[str, Callable[[Request], dict[str, Any]], Callable[[str], Reader]]] = {
    "agent": ("responses", agent_body.body, AgentReader),
    "chat": ("chat/completions", chat_body.body, ChatReader),
}

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


async def refusal(response: httpx2.Response, host: str) -> errors.PplxError:
    """Return what a response says that is no success, and close it."""
    try:
        content = await response.aread()
    finally:
        await response.aclose()
    return errors.from_response(response.status_code, response.headers, content, host=host)


async def get_json(connection: Connection, path: str) -> Any:
    """Return what a server says of a path below the base URL; None where that is no JSON.

    Raises
    ------
    PplxError
        The server refuses; what the transport raises is not translated.
    """
    response = await clients.client(connection).get(
        f"{connection.base_url}/{path}",
        headers={"Accept": "application/json"},
        timeout=timeout(connection),
    )
    if not response.is_success:
        raise await refusal(response, connection.host)
    try:
        return json.loads(response.content)
    except (ValueError, RecursionError):
        return None


def translator(host: str) -> Callable[[Exception, bool], errors.PplxError]:
    """Return what makes the transport's exceptions ours."""

    def our_error(error: Exception, started: bool) -> errors.PplxError:  # noqa: FBT001
        if isinstance(error, errors.PplxError):
            return error
        if isinstance(error, httpx2.HTTPError | httpx2.StreamError | OSError):
            return errors.from_transport(error, host=host, started=started)
        return errors.unforeseen(error)

    return our_error


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
