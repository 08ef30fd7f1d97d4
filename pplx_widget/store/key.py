"""The key of a request: equal for two requests that send the same to the same server."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from ..config import Connection
from ..core.options import FormatName
from ..core.secret_names import masked
from ..providers import describe
from ..providers.formats import FORMATS, shown
from ..question.request import Request


@dataclass(frozen=True, slots=True)
class Place:
    """Where a request goes.

    Attributes
    ----------
    api : {"agent", "chat"} or None
        The API format; None for a provider object.
    server : str
        The base URL, or the name of a provider object.
    exact : bool
        Whether equal requests to this place may be answered from the cache.
    """

    api: FormatName | None
    server: str
    exact: bool = True


def place_of(provider: Any, connection: Connection) -> Place:
    """Return the place to which a provider sends requests.

    Two objects of a class may ask different models, so they are not exact, unless their attribute
    ``server`` names what they ask.
    """
    described = describe(provider)
    if described.keyed:
        api = described.api.name if described.api else None
        return Place(api, connection.base_url, exact=api is not None)
    kind = type(provider)
    named = getattr(provider, "server", None)
    if isinstance(named, str) and named:
        return Place(None, named)
    return Place(None, f"{kind.__module__}.{kind.__qualname__}", exact=False)


def request_key(request: Request, place: Place) -> str:
    """Return the key of a request at a place.

    Parameters
    ----------
    request : Request
        The request.
    place : Place
        Where it goes.

    Returns
    -------
    str
        The SHA-256 of the request as it is sent: the body, with all earlier turns in place of a
        previous answer's id, and the headers of ``extra_headers``. Of a header or a field with a key
        only the name counts. The time limits, the retries and the transport do not count.
    """
    api = FORMATS[place.api or "agent"]  # a provider object gets every option; so has this format
    whole = api.without_id(request) or request
    headers = masked({name.lower(): value for name, value in (request.extra_headers or {}).items()})
    sent = [place.api, place.server, shown(api.body(whole), request), headers]
    # Lone surrogates are possible in a schema, and cannot be encoded.
    written = json.dumps(sent, sort_keys=True, ensure_ascii=True, default=str)
    return hashlib.sha256(written.encode()).hexdigest()
