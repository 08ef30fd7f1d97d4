"""The transport through the OpenAI SDK: its client, authentication and connection pool.

The SDK's types and its reader of server-sent events are not used. Building a typed object costs 150 to
220 µs an event, and it would be converted back to the mapping that it was made of. The reader fails at
keepalives: a comment after a frame with an ``id:``, or ``retry:`` alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import openai

from .._version import __version__
from ..config import Connection
from ..core import errors, http_errors
from . import _body, _turns
from ._pool import Pool
from .fetch import connecting

# Headers that a request needs. The SDK also adds those of OPENAI_CUSTOM_HEADERS, OPENAI_ORG_ID and
# OPENAI_PROJECT_ID, which are for another service.
_ITS_OWN = frozenset(
    {
        "accept",
        "accept-encoding",
        "authorization",
        "connection",
        "content-length",
        "content-type",
        "host",
        "user-agent",
        "x-pplx-integration",
    }
)


def _make(connection: Connection) -> openai.AsyncOpenAI:
    hooks = _body.hooks(connection.host)
    key = connection.key

    async def send_no_more(request: Any) -> None:
        for name in list(request.headers):
            theirs = name not in _ITS_OWN and not name.startswith("x-stainless-")
            # A server on this machine needs no key, but the SDK always sends one.
            if theirs or (name == "authorization" and not key):
                del request.headers[name]

    # First, so that it does not remove the further headers.
    hooks["request"].insert(0, send_no_more)
    headers = {
        "Accept-Encoding": _body.ACCEPTED,
        "X-Pplx-Integration": f"pplx_widget/{__version__}",
    }
    if key:  # also over one in OPENAI_CUSTOM_HEADERS
        headers["Authorization"] = f"Bearer {key.reveal()}"
    return openai.AsyncOpenAI(
        api_key=key.reveal() if key else "none",
        base_url=connection.base_url,
        max_retries=0,  # see _retries.py
        default_headers=headers,
        # A redirect would send the question to another host, and show that host's answer as this one's.
        http_client=openai.DefaultAsyncHttpxClient(
            event_hooks=hooks,
            follow_redirects=False,
            **connecting(connection, openai.DefaultAsyncHttpxClient),
        ),
    )


clients = Pool(_make, openai.AsyncOpenAI.close)


async def post(connection: Connection, path: str, body: Mapping[str, Any] | None) -> _body.Response:
    """Send a question; return the response once its head has arrived and reports success."""
    stream: openai.AsyncStream[object] = await clients.client(connection).post(
        f"/{path}",
        body=body,
        cast_to=object,
        options={"timeout": _limits(connection)},
        stream=True,
        stream_cls=openai.AsyncStream[object],
    )
    response: _body.Response = stream.response
    return response


async def get(
    connection: Connection, path: str, query: Mapping[str, Any] | None = None
) -> _body.Response:
    """Request a path; otherwise like `post`."""
    stream: openai.AsyncStream[object] = await clients.client(connection).get(
        f"/{path}",
        cast_to=object,
        options={"timeout": _limits(connection), "params": dict(query or {})},
        stream=True,
        stream_cls=openai.AsyncStream[object],
    )
    response: _body.Response = stream.response
    return response


def _limits(connection: Connection) -> openai.Timeout:
    return openai.Timeout(connection.timeout.read, **_turns.limits(connection.timeout.connect))


def translator(host: str) -> Callable[[Exception, bool], errors.PplxError]:
    """Return a function that converts exceptions of the SDK and its HTTP library to `PplxError`."""

    def our_error(error: Exception, started: bool) -> errors.PplxError:  # noqa: FBT001
        # Before version 3 the SDK wraps exceptions of hooks.
        for each in (error, error.__cause__):
            if isinstance(each, errors.PplxError):
                return each
        # During a stream the HTTP library raises.
        theirs = type(error).__module__.startswith(("httpx", "httpcore"))
        if theirs or isinstance(error, openai.APIConnectionError | OSError):
            return http_errors.from_transport(error, host=host, started=started)
        return errors.unforeseen(error)

    return our_error
