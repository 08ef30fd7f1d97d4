"""The addresses of the local server: which of its parts a request is for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias
from urllib.parse import parse_qs, unquote, urlsplit

Kind: TypeAlias = Literal["ask", "chat", "search", "models", "stored", "cancel", "unknown"]

# Some clients add /v1 to a base URL that already has it.
_VERSIONED = re.compile(r"(?:/v1)+(?=/)")
_PATHS: dict[str, Kind] = {
    "/v1/responses": "ask",
    "/v1/agent": "ask",
    "/v1/models": "models",
    "/v1/search": "search",
    "/search": "search",
    # The three paths of the retired API.
    "/v1/chat/completions": "chat",
    "/chat/completions": "chat",
    "/v1/sonar": "chat",
}
_STORED = re.compile(r"/v1/(?:responses|agent)/([^/]+)(/cancel)?")


@dataclass(frozen=True, slots=True)
class Route:
    """The address of a request.

    Attributes
    ----------
    kind : str
        The part of the server.
    path : str
        The path, without the query.
    response_id : str
        The id of a stored response; empty for other parts.
    query : dict of str to str
        The last value of each field of the query.
    """

    kind: Kind
    path: str
    response_id: str
    query: dict[str, str]


def route_of(target: str) -> Route:
    """Return the route for the target of a request line.

    Parameters
    ----------
    target : str
        A path, which may have a query.
    """
    parts = urlsplit(target)
    path = _VERSIONED.sub("/v1", parts.path.rstrip("/"), count=1)
    query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    if stored := _STORED.fullmatch(path):
        return Route("cancel" if stored[2] else "stored", path, unquote(stored[1]), query)
    return Route(_PATHS.get(path, "unknown"), path, "", query)
