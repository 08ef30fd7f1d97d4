"""The OpenAI SDK as we use it: its client, its authentication, its pool; its errors made ours.

The SDK's types and its reader of server-sent events are not used. It would build an object of each
event, 150 to 220 µs, that would be turned back into the mapping it was made of; and its reader fails at
keepalives: a comment after a frame that had an ``id:``, or ``retry:`` alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import openai

from .._version import __version__
from ..config import Connection
from ..core import errors, http_errors
from . import _body
from ._pool import Pool

# What the SDK itself puts into a request. It also adds the headers that OPENAI_CUSTOM_HEADERS,
# OPENAI_ORG_ID and OPENAI_PROJECT_ID name: they are for another service.
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
            # A server on this machine is asked without a key, which the SDK cannot imagine.
            if theirs or (name == "authorization" and not key):
                del request.headers[name]

    # First, since what the asker adds is to stay.
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
        # A redirect would take the question, and an answer's authority, to another host.
        http_client=openai.DefaultAsyncHttpxClient(event_hooks=hooks, follow_redirects=False),
    )


clients = Pool(_make, openai.AsyncOpenAI.close)


async def post(connection: Connection, path: str, body: Mapping[str, Any]) -> _body.Response:
    """Ask; return the response once its head is there, and says that a stream follows."""
    limit = connection.timeout
    stream: openai.AsyncStream[object] = await clients.client(connection).post(
        f"/{path}",
        body=body,
        cast_to=object,
        options={"timeout": openai.Timeout(limit.read, connect=limit.connect)},
        stream=True,
        stream_cls=openai.AsyncStream[object],
    )
    response: _body.Response = stream.response
    return response


def translator(host: str) -> Callable[[Exception, bool], errors.PplxError]:
    """Return what makes an error of ours of an error of the SDK, or of what it rides on."""

    def our_error(error: Exception, started: bool) -> errors.PplxError:  # noqa: FBT001
        # The SDK before version 3 wraps also what a hook raises.
        for each in (error, error.__cause__):
            if isinstance(each, errors.PplxError):
                return each
        # In mid-stream it is the HTTP library that raises.
        theirs = type(error).__module__.startswith(("httpx", "httpcore"))
        if theirs or isinstance(error, openai.APIConnectionError | OSError):
            return http_errors.from_transport(error, host=host, started=started)
        return errors.unforeseen(error)

    return our_error
