"""Servers that know the effort only by its older name, ``preset``.

Such a server refuses the field ``effort`` with HTTP 400. The question is then sent once more with
``preset``. If the server takes it, later questions to it are sent so at once.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any

from ..config import Connection
from ..core.errors import PplxError, RequestRejected
from ..core.secret import Secret
from ._body import Response

# Of each server and key, since accounts may differ.
_known: set[tuple[str, Secret | None]] = set()

# "reasoning.effort" and "reasoning effort" are another field.
_NAMED = re.compile(r"(?<![\w.])(?<!reasoning )effort(?!\w)", re.IGNORECASE)
_NOT_KNOWN = re.compile(
    r"unknown|unexpected|unrecogni[sz]ed|unsupported|extra inputs|not (?:allowed|permitted)",
    re.IGNORECASE,
)


async def post(
    send: Callable[[dict[str, Any]], Awaitable[Response]],
    body: dict[str, Any],
    as_preset: dict[str, Any] | None,
    connection: Connection,
    our_error: Callable[[Exception, bool], PplxError],
) -> Response:
    """Send a body, and once more with the effort as a preset if the server refuses the field.

    Parameters
    ----------
    send : callable
        Sends a body; returns the response or raises.
    body : dict
        The body.
    as_preset : dict or None
        The same with ``preset``; None if it has no effort.
    connection : Connection
        The server and the key.
    our_error : callable
        Converts an exception to a `PplxError`.

    Raises
    ------
    PplxError
        The server refused or was not reached; the error has no context.
    """
    server = connection.base_url, connection.key
    if as_preset and server in _known:
        body, as_preset = as_preset, None
    response = await _sent(send, body, our_error)
    if as_preset and isinstance(response, PplxError) and _refuses_effort(response):
        again = await _sent(send, as_preset, our_error)
        if not isinstance(again, RequestRejected):
            _known.add(server)
            response = again
        # If the server knows the field and refused its value, the first refusal says so best.
        elif _NOT_KNOWN.search(response.said):
            if not _names(again, "preset"):
                _known.add(server)  # it refused something else
            response = again
    if isinstance(response, PplxError):
        raise response
    return response


async def _sent(
    send: Callable[[dict[str, Any]], Awaitable[Response]],
    body: dict[str, Any],
    our_error: Callable[[Exception, bool], PplxError],
) -> Response | PplxError:
    """Return the response or the error; an error that is raised here would get a context."""
    try:
        return await send(body)
    except Exception as error:  # noqa: BLE001 (the transports have exceptions of their own)
        return our_error(error, False).with_traceback(None)


def _refuses_effort(error: PplxError) -> bool:
    if not isinstance(error, RequestRejected):
        return False
    if _NAMED.search(error.said):
        return True
    return error.field == "effort" and "reasoning" not in error.said.lower()


def _names(error: PplxError, field: str) -> bool:
    return field in (error.field, *re.findall(r"\w+", error.said))
