"""The transport without the OpenAI SDK: httpx2 alone."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import httpx2

from .._version import __version__
from ..config import Connection
from ..core import errors, http_errors
from . import _body, _turns
from ._pool import Pool
from .fetch import connecting

# The limits of the SDK: every answer under way holds a connection.
_LIMITS = httpx2.Limits(max_connections=1000, max_keepalive_connections=100)


def _make(connection: Connection) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(
        headers={
            "Accept": "text/event-stream",
            "Accept-Encoding": _body.ACCEPTED,
            "User-Agent": f"pplx_widget/{__version__}",
            "X-Pplx-Integration": f"pplx_widget/{__version__}",
        }
        # A server on this machine needs no key.
        | ({"Authorization": f"Bearer {connection.key.reveal()}"} if connection.key else {}),
        # A redirect would send the question to another host, and show that host's answer as this one's.
        follow_redirects=False,
        event_hooks=_body.hooks(connection.host),
        **connecting(connection, httpx2.AsyncClient, limits=_LIMITS),
    )


clients = Pool(_make, httpx2.AsyncClient.aclose)


async def post(
    connection: Connection,
    path: str,
    body: Mapping[str, Any] | None,
    headers: Mapping[str, str] | None = None,
) -> httpx2.Response:
    """Send a question; return the response once its head has arrived and reports success."""
    return await _send(connection, "POST", path, json=body, headers=headers)


async def get(
    connection: Connection, path: str, query: Mapping[str, Any] | None = None
) -> httpx2.Response:
    """Request a path; otherwise like `post`."""
    accepted = {} if query else {"Accept": "application/json"}
    return await _send(connection, "GET", path, params=query, headers=accepted)


async def get_json(connection: Connection, path: str) -> Any:
    """Return the JSON at a path below the base URL; None if the response is not JSON.

    Raises
    ------
    PplxError
        The server refuses, or sends too much. Exceptions of the transport are not converted.
    """
    response = await get(connection, path)
    try:
        return json.loads(await _body.whole(response))
    except (ValueError, RecursionError):
        return None


async def _send(connection: Connection, method: str, path: str, **options: Any) -> httpx2.Response:
    limit = connection.timeout
    client = clients.client(connection)
    request = client.build_request(
        method,
        f"{connection.base_url}/{path}",
        timeout=httpx2.Timeout(limit.read, **_turns.limits(limit.connect)),
        **options,
    )
    return await client.send(request, stream=True)


def translator(host: str) -> Callable[[Exception, bool], errors.PplxError]:
    """Return a function that converts the transport's exceptions to `PplxError`."""

    def our_error(error: Exception, started: bool) -> errors.PplxError:  # noqa: FBT001
        if isinstance(error, errors.PplxError):
            return error
        if isinstance(error, httpx2.HTTPError | httpx2.StreamError | OSError):
            return http_errors.from_transport(error, host=host, started=started)
        return errors.unforeseen(error)

    return our_error
