"""The options of a chat's later questions, as the page shows them and as a record keeps them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import date
from typing import Any

from ...core.errors import InvalidRequest
from ...question.request import Request, Search
from ..protocol import Json

# Plain values, and none that may hold a key.
_KEPT = (
    "effort",
    "model",
    "instructions",
    "max_tokens",
    "max_steps",
    "temperature",
    "top_p",
    "reasoning_effort",
    "language",
)


def shown(request: Request) -> Json:
    """Return the options that a user can change on the page."""
    search = request.search if isinstance(request.search, Search) else Search()
    return {
        "effort": request.effort,
        "model": request.model,
        "recency": search.recency,
        "domains": [*search.domains],
    }


def changes(request: Request, content: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options of `ask` for those that a user has changed on the page.

    Raises
    ------
    InvalidRequest
        A value is invalid.
    """
    found: dict[str, Any] = {}
    if "effort" in content:
        found["effort"] = content["effort"] or None
    asked = {name: content[name] for name in ("recency", "domains") if name in content}
    if asked:
        search = request.search if isinstance(request.search, Search) else Search()
        if asked.get("recency"):  # the service accepts one of them
            asked |= {"after": None, "before": None}
        asked["recency"] = asked.get("recency", search.recency) or None
        found["search"] = dataclasses.replace(search, **asked)
    return found


def to_json(request: Request) -> Json:
    """Return the options for a record."""
    kept = {name: getattr(request, name) for name in _KEPT}
    search: Any = request.search
    if isinstance(search, Search):
        search = _search_to_json(search)
    kept |= {"search": search, "models": [*request.models]}
    return {name: value for name, value in kept.items() if value not in (None, [])}


def from_json(saved: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options of a record, which may contain anything; invalid ones are left out."""
    found = {name: saved[name] for name in (*_KEPT, "models", "search") if name in saved}
    if isinstance(found.get("search"), dict):
        found["search"] = _search_from_json(found["search"])
    valid: dict[str, Any] = {}
    for name, value in found.items():
        try:
            Request(question="?", **valid, **{name: value})
        except (InvalidRequest, TypeError, ValueError):
            continue
        valid[name] = value
    return valid


def _search_to_json(search: Search) -> Json:
    made: Json = {}
    for field in dataclasses.fields(search):
        value = getattr(search, field.name)
        if value != field.default:
            made[field.name] = value.isoformat() if isinstance(value, date) else value
    return made | ({"domains": [*search.domains]} if search.domains else {})


def _search_from_json(saved: Json) -> Search | None:
    known = {field.name for field in dataclasses.fields(Search)}
    read: dict[str, Any] = {name: value for name, value in saved.items() if name in known}
    try:
        for name in ("after", "before", "updated_after", "updated_before"):
            if name in read:
                read[name] = date.fromisoformat(read[name])
        return Search(**read)
    except (InvalidRequest, TypeError, ValueError):
        return None
